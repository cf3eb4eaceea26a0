"""A clinic's quarter for a notebook: read as intake left it, or run intake where that is stale."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from ptanalysis import intake
from ptanalysis.definitions import Places, Quarter, load_config
from ptanalysis.intake.folders import files_up_to
from ptanalysis.sources.decode import file_hash
from ptanalysis.tables import ClinicTables


def open_quarter(clinic: str, quarter: str, *, root: Path | None = None) -> ClinicTables:
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
    ClinicTables
        Intake is run first where it never was, or where a file or clinic.toml has changed since.
    """
    places = Places(root) if root else Places.default()
    manifest = places.processed(clinic, quarter) / "manifest.json"
    if not manifest.is_file() or _changed(json.loads(manifest.read_text("utf-8")), places, clinic):
        return intake.run(clinic, quarter, root=places.root)
    return intake.read_processed(clinic, quarter, root=places.root)


def _changed(manifest: dict, places: Places, clinic: str) -> bool:
    """Whether raw files or settings differ from those a run was made from."""
    folder = places.raw(clinic)
    config = load_config(folder / "clinic.toml")
    if json.loads(json.dumps(asdict(config))) != manifest["configuration"]:
        return True
    paths, _ = files_up_to(folder, Quarter.parse(manifest["quarter"], config.quarter_start_month))
    now = {path.relative_to(folder).as_posix(): file_hash(path) for path, _ in paths}
    return now != {each["file"]: each["sha256"] for each in manifest["inputs"]}
