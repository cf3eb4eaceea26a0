"""data/processed: written beside and put in place at once, manifest last, one run at a time."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from functools import partial
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from ptanalysis.dataset import SCHEMA, ClinicData, conform
from ptanalysis.definitions import ClinicConfig, Places, Problem, Quarter, UserError, spare_raw
from ptanalysis.intake.read import SHEET
from ptanalysis.intake.storage.atomic import ClinicBusyError, alone, put_in_place, recover, remove
from ptanalysis.privacy.pseudonyms import ClinicKey

__all__ = [
    "ClinicBusyError",
    "NotRunError",
    "by_definition",
    "locked",
    "manifest_of",
    "manifests",
    "read_problems",
    "read_processed",
    "write",
]

MANIFEST = "manifest.json"
#: Folder of `stored_answers` in a quarter's own.
ANSWERS = "answers"
_VERSIONS = ("ptanalysis", "duckdb", "ibis-framework", "pandas", "phonenumbers")
_PACKAGE = Path(__file__).parents[2]
_LEFT_OVER = ".new-"
_OLD = f"{_LEFT_OVER}old-"


class NotRunError(UserError, FileNotFoundError):
    """The quarter was not run, or its run did not end."""


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a clinic's processed folder for one run, and repair what a killed one left.

    Raises
    ------
    ptanalysis.intake.storage.atomic.ClinicBusyError
        Another run holds it; the message names its process.
    """
    with alone(folder):
        _recover(folder)
        yield


def write(
    tables: Mapping[str, pa.RecordBatchReader],
    *,
    folder: Path,
    ledger: dict,
    problems: list[Problem],
    manifest: dict,
) -> None:
    """Write a run's tables, ledger and problems; the earlier ones stay until all are there.

    Parameters
    ----------
    tables : mapping of name to RecordBatchReader
        Of `ptanalysis.intake.analysis_tables.reader`.
    folder : Path
        ``data/processed/<clinic>/<quarter>``.
    ledger : dict
    problems : list of Problem
    manifest : dict
        Of `manifest_of`.
    """
    spare_raw(folder)
    new = Path(tempfile.mkdtemp(prefix=_LEFT_OVER, dir=folder.parent))
    try:
        for name in SCHEMA:
            _write_parquet(tables[name], new / f"{name}.parquet")
        _write_json(ledger, new / "ledger.json")
        _write_json([asdict(problem) for problem in problems], new / "problems.json")
        _write_json(manifest, new / MANIFEST)
        _keep_answers(folder, new)
        put_in_place(new, folder, old=folder.parent / f"{_OLD}{folder.name}")
    finally:
        remove(new)


def _keep_answers(folder: Path, new: Path) -> None:
    """Keep the answers about a run that was made from just the same."""
    with suppress(OSError):
        if (folder / MANIFEST).read_bytes() == (new / MANIFEST).read_bytes():
            shutil.copytree(folder / ANSWERS, new / ANSWERS)


def versions() -> dict[str, str]:
    """Return the versions of what makes the tables, with names for their columns and its rules."""
    columns = sha256(json.dumps(SCHEMA).encode()).hexdigest()[:12]
    texts = (path.read_bytes() for path in sorted(_PACKAGE.rglob("*.toml")))
    rules = sha256(b"".join(texts)).hexdigest()[:12]
    return {name: version(name) for name in _VERSIONS} | {"columns": columns, "rules": rules}


def configuration(config: ClinicConfig, key: ClinicKey) -> dict:
    """Return the settings as a manifest holds them: own source labels by their pseudonyms."""
    coded = partial(key.pseudonym, "label")
    overrides = {coded(label): channel for label, channel in config.channel_overrides.items()}
    channels = {
        name: channel | {"labels": [coded(label) for label in channel["labels"]]}
        for name, channel in config.channels.items()
    }
    return config.model_dump(mode="json") | {"channel_overrides": overrides, "channels": channels}


def manifest_of(
    files: list,
    *,
    config: ClinicConfig,
    as_of: str,
    key: ClinicKey,
    quarter: Quarter,
    forgotten: int,
    formats: str,
) -> dict:
    """Return what a run was made from: inputs with hashes, versions, configuration, as-of.

    Of the key there is its fingerprint, of the list of forgotten people its length.
    """
    return {
        "quarter": str(quarter),
        "as_of": as_of,
        "inputs": [
            {
                "file": source.file.partition(SHEET)[0],
                "sha256": source.sha256,
                "kind": source.kind,
                "format": source.format.name if source.format else "",
            }
            for source in files
        ],
        "formats": formats,
        "configuration": configuration(config, key),
        "key_fingerprint": key.fingerprint,
        "forgotten": forgotten,
        "versions": versions(),
        "data": "limited data set: no direct identifiers, but dates of single people",
    }


def manifests(folder: Path) -> list[dict]:
    """Return the manifests of the runs in a clinic's folder."""
    paths = [path for path in folder.glob(f"*/{MANIFEST}") if _whole(path.parent.name)]
    return [json.loads(path.read_text("utf-8")) for path in paths]


def _whole(name: str) -> bool:
    """Return whether a folder is a run's that ended, not the beginnings of one that was killed."""
    return name.startswith(_OLD) or not name.startswith(_LEFT_OVER)


def read_processed(
    clinic: str, quarter: str | Quarter, *, root: Path, lead_definition: str | None = None
) -> ClinicData:
    """Read what a run wrote.

    Parameters
    ----------
    clinic : str
    quarter : str or Quarter
    root : Path
        Folder that holds ``data/``.
    lead_definition : str, optional
        ``strict`` or ``broad``; the clinic's own where not given. Rows that are leads under the
        broad definition alone are, under the strict one, in ``broad_only``.

    Returns
    -------
    ClinicData

    Raises
    ------
    NotRunError
        The quarter was not run, or its run did not end.
    """
    folder = Places(Path(root)).processed(clinic, quarter)
    if not (folder / MANIFEST).is_file():
        raise NotRunError(f"{clinic} {quarter} was not run yet: ptanalysis run {clinic} {quarter}")
    manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    config = ClinicConfig.model_validate(manifest["configuration"])
    read = {name: pd.read_parquet(folder / f"{name}.parquet") for name in SCHEMA}
    tables = {name: conform(name, table) for name, table in read.items()}
    return by_definition(
        ClinicData(
            clinic=clinic,
            quarter=Quarter.parse(manifest["quarter"], config.first_month),
            as_of=pd.Timestamp(manifest["as_of"]),
            config=config,
            ledger=json.loads((folder / "ledger.json").read_text("utf-8")),
            problems=tuple(read_problems(clinic, quarter, root=root)),
            **tables,
        ),
        lead_definition or config.lead_definition,
    )


def by_definition(tables: ClinicData, lead_definition: str) -> ClinicData:
    """Return the tables with the leads of one definition; those of the broad one alone apart."""
    leads = tables.leads
    if lead_definition == "broad":
        leads = leads.assign(lead_at=leads["broad_lead_at"])
    known = leads["lead_at"].notna()
    return replace(
        tables,
        leads=leads[known].reset_index(drop=True),
        touches=tables.touches.merge(leads.loc[known, ["lead_id"]], on="lead_id"),
        broad_only=leads[~known].reset_index(drop=True),
    )


def read_problems(clinic: str, quarter: str | Quarter, *, root: Path) -> list[Problem]:
    """Return the problems of a run, in the order they were found."""
    path = Places(Path(root)).processed(clinic, quarter) / "problems.json"
    return [Problem(**entry) for entry in json.loads(path.read_text("utf-8"))]


def _write_parquet(rows: pa.RecordBatchReader, path: Path) -> None:
    with path.open("wb") as file, pq.ParquetWriter(file, rows.schema, compression="zstd") as writer:
        for batch in rows:
            writer.write_batch(batch)
    _settle(path)


def _write_json(value: object, path: Path) -> None:
    path.write_text(json.dumps(value, indent=1, allow_nan=False, default=str) + "\n", "utf-8")
    _settle(path)


def _settle(path: Path) -> None:
    path.chmod(0o600)
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _recover(folder: Path) -> None:
    """Put back what a run that was killed had moved away, and remove what it left."""
    for old in folder.glob(f"{_OLD}*"):
        recover(folder / old.name.removeprefix(_OLD), old=old)
    for left in folder.glob(f"{_LEFT_OVER}*"):
        remove(left)
