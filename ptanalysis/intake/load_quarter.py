"""A clinic's quarter for a notebook: read as intake left it, or run intake where that is stale."""

from __future__ import annotations

import json
import os
from pathlib import Path

from ptanalysis import intake
from ptanalysis.dataset import ClinicData, assumed, pooled
from ptanalysis.definitions import REPORT_VARIABLE, Places, Quarter, clinic_name, load_config
from ptanalysis.intake.read.encoding import file_hash
from ptanalysis.intake.storage import processed_tables as processed
from ptanalysis.intake.storage.stored_answers import key_of, with_answers
from ptanalysis.privacy.pseudonyms import clinic_key


def load(clinic: str | list[str], quarter: str, *, root: Path | None = None) -> ClinicData:
    """Open a clinic's quarter: its leads, payments, spend and campaigns, as intake left them.

    Parameters
    ----------
    clinic : str or list of str
        Folder under ``data/raw``; of several, their tables are joined (column ``clinic``).
    quarter : str
        Like ``2026Q2``.
    root : Path, optional
        Folder that holds ``data/``; PTANALYSIS_ROOT or this checkout where not given.

    Returns
    -------
    ClinicData
        Intake is run first where it never was, or where a file, format or setting has changed.

    Raises
    ------
    ptanalysis.definitions.UserError
        No such clinic or quarter, or files that cannot be read: the message says what to do.

    Examples
    --------
    >>> load("sample", "2026Q2").leads["direction"].value_counts().index.tolist()
    ['inbound', 'outbound', 'neither', 'unknown']
    """
    if isinstance(clinic, str):
        return open_quarter(clinic, quarter, root=root)
    return pooled([open_quarter(each, quarter, root=root) for each in clinic])


def open_quarter(clinic: str, quarter: str, *, root: Path | None = None) -> ClinicData:
    """Return the tables of a clinic's quarter.

    Parameters
    ----------
    clinic : str
        Folder under ``data/raw``.
    quarter : str
        Like ``2026Q2``.
    root : Path, optional
        Folder that holds ``data/``; PTANALYSIS_ROOT or this checkout where not given.

    Returns
    -------
    ClinicData
        Under the assumptions of clinic.toml (`ptanalysis.dataset.assumed`).
        Intake is run first where it never was, or where a file or clinic.toml has changed since;
        but while a report is made, they are those of its run, whatever has changed.
    """
    places, clinic = Places(root) if root else Places.default(), clinic_name(clinic)
    folder = places.processed(clinic, quarter)
    if REPORT_VARIABLE not in os.environ and stale(places, clinic, quarter):
        intake.run(clinic, quarter, root=places.root)
    key = key_of(folder)
    tables = intake.read_processed(clinic, quarter, root=places.root)
    return with_answers(assumed(tables), folder, key=key)


def stale(places: Places, clinic: str, quarter: str) -> bool:
    """Whether a quarter was never run, or not from what lies there now."""
    manifest = places.processed(clinic, quarter) / "manifest.json"
    return not manifest.is_file() or _changed(
        json.loads(manifest.read_text("utf-8")), places, clinic
    )


def _changed(manifest: dict, places: Places, clinic: str) -> bool:
    """Whether files, settings or this program differ from those a run was made from."""
    from ptanalysis.intake.read.find_files import files_up_to, formats_hash  # with what reads them

    folder = places.raw(clinic)
    config = load_config(folder / "clinic.toml")
    key = clinic_key(clinic, fingerprints=[manifest["key_fingerprint"]])
    if processed.configuration(config, key) != manifest["configuration"]:
        return True
    if processed.versions() != manifest["versions"]:
        return True
    if formats_hash(folder) != manifest.get("formats"):
        return True
    paths, _ = files_up_to(folder, Quarter.parse(manifest["quarter"], config.first_month))
    now = {path.relative_to(folder).as_posix(): file_hash(path) for path, _ in paths}
    return now != {each["file"]: each["sha256"] for each in manifest["inputs"]}
