"""Run intake for a clinic's quarter: raw exports in, the tables of the seam out."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

import ibis
import pandas as pd

from ptanalysis.dataset import ClinicData
from ptanalysis.definitions import (
    ClinicConfig,
    Places,
    Problem,
    Quarter,
    UserError,
    clinic_name,
    load_config,
)
from ptanalysis.intake import intake_warnings, reconcile
from ptanalysis.intake.analysis_tables import parts, reader
from ptanalysis.intake.deduplicate import last_time
from ptanalysis.intake.engine import DUCKDB, connected, stoppable
from ptanalysis.intake.read.find_files import files_up_to, formats_hash, quarters
from ptanalysis.intake.steps import Settled, settled
from ptanalysis.intake.storage import processed_tables as processed
from ptanalysis.intake.typed_rows import Rows, read_rows
from ptanalysis.privacy.forget import erase_outputs
from ptanalysis.privacy.pseudonyms import ClinicKey
from ptanalysis.privacy.redact import fit_files

_LAST = Quarter(9998, 4)
_USED = ("inquiries", "spend", "payments", "campaigns", "totals")


class IntakeError(UserError, ValueError):
    """Nothing usable was found.

    Attributes
    ----------
    why : str
        In one line.
    problems : list of Problem
        Everything found until then.
    """

    def __init__(self, why: str, problems: Sequence[Problem] = ()) -> None:
        lines = [str(problem) for problem in problems if problem.severity == "refused"]
        super().__init__("\n".join([why, *lines]))
        self.why, self.problems = why, list(problems)


def run(
    clinic: str, quarter: str | Quarter | None = None, *, root: Path, engine: str = DUCKDB
) -> ClinicData:
    """Read a clinic's exports up to a quarter, and write and return the tables of the seam.

    Parameters
    ----------
    clinic : str
        Folder under ``data/raw``.
    quarter : str or Quarter, optional
        Like ``2026Q2``; the latest there is where not given.
    root : Path
        Folder that holds ``data/``.
    engine : str
        ``duckdb``, ``spark`` or the master of a cluster (`ptanalysis.intake.engine.connected`).

    Returns
    -------
    ClinicData
        As `read_processed` returns them.

    Raises
    ------
    IntakeError
        No folder, no file that can be used, or no lead up to the quarter.
    ptanalysis.definitions.PlaceError, ptanalysis.definitions.QuarterError
        The clinic is not one folder's name, the quarter none, or a folder to be written is raw
        exports; before anything is written.
    ptanalysis.privacy.pseudonyms.KeyFileError
        The clinic's key is missing or another one; before anything is written.
    ptanalysis.privacy.forget.suppression_list.SuppressionListError
        The list of forgotten people is damaged or missing; before anything is written.
    ptanalysis.intake.ledger.LedgerError
        Rows went nowhere; an error of this program.
    """
    with running(clinic, quarter, root=root, engine=engine) as tables:
        return tables


@contextmanager
def running(
    clinic: str, quarter: str | Quarter | None = None, *, root: Path, engine: str = DUCKDB
) -> Iterator[ClinicData]:
    """Run as `run` does and yield its tables, the clinic held: what is made of them is of one run.

    No other run of the clinic and no forgetting falls in between.

    Raises
    ------
    IntakeError
        As of `run`, with all that it raises.
    ptanalysis.intake.storage.atomic.ClinicBusyError
        Another run of this clinic is at work.
    """
    places, clinic = Places(Path(root)), clinic_name(clinic)
    quarter = Quarter.parse(quarter) if isinstance(quarter, str) else quarter
    folder, (tables, _) = places.raw(clinic), places.outputs(clinic)
    if not folder.is_dir():
        raise IntakeError(f"there is no folder {folder}: put the clinic's exports there")
    key = erase_outputs.key_of(clinic, places=places)
    with processed.locked(tables):
        made = _make(clinic, quarter, places=places, key=key, engine=engine)
        yield processed.read_processed(clinic, made, root=places.root)


def _make(
    clinic: str, quarter: Quarter | None, *, places: Places, key: ClinicKey, engine: str
) -> Quarter:
    """Write the tables of the seam and return their quarter."""
    folder = places.raw(clinic)
    config = load_config(folder / "clinic.toml")
    known = erase_outputs.in_force(clinic, places=places, key=key)
    with _connection(places.outputs(clinic)[0], engine) as connection:
        rows, quarter = _read(folder, quarter, config=config, connection=connection)
        with _carried(rows.problems):
            found = settled(
                rows,
                config=config,
                quarter=quarter,
                connection=connection,
                gone=lambda tables: known.ids(tables, key),
            )
            book = reconcile.book(found)
            problems = found.rows.problems + intake_warnings.shares(book, config, rows.files)
            made = parts(found)
            counted = ibis._.kind == "counted"
            if not book["leads"] and not made["totals"].filter(counted).count().execute():
                raise IntakeError(intake_warnings.no_lead(book), problems)
            manifest = processed.manifest_of(
                rows.files,
                config=config,
                as_of=quarter.end.isoformat(),
                key=key,
                quarter=quarter,
                forgotten=len(known.marks),
                formats=formats_hash(folder),
            )
            problems = [*problems, *_no_campaign(config, found)]
            readers = {name: reader(name, made[name], clinic=clinic, key=key) for name in made}
            processed.write(
                readers,
                folder=places.processed(clinic, quarter),
                ledger=book,
                problems=problems,
                manifest=manifest,
            )
    return quarter


def _no_campaign(config: ClinicConfig, found: Settled) -> list[Problem]:
    """Say which campaigns to be left out no table names, with those spelled like them."""
    if not config.assumptions.excluded_campaigns:
        return []
    named = set(found.labels["campaign"].label.execute())
    return [
        Problem(
            code="no_campaign",
            severity="warning",
            file="clinic.toml",
            what=f"excluded_campaigns: {sentence}",
            fix="spell it as the exports do, or take it out",
        )
        for sentence in config.assumptions.missing(named)
    ]


@contextmanager
def _carried(problems: list[Problem]) -> Iterator[None]:
    """Let what ends the block early carry the problems found until then; they may be its cause."""
    try:
        yield
    except Exception as error:
        if not getattr(error, "problems", None):
            error.problems = list(problems)
        raise


def _read(
    folder: Path, quarter: Quarter | None, *, config: ClinicConfig, connection
) -> tuple[Rows, Quarter]:
    wanted = _quarter(folder, quarter, config)
    paths, problems = files_up_to(folder, wanted or _LAST)
    if not paths:
        others = {problem.file: folder / problem.file for problem in problems}
        notes = fit_files(problems, others)[1]
        raise IntakeError(f"no exports in {folder} up to {wanted or 'any quarter'}", notes)
    rows = read_rows(paths, clinic_folder=folder, config=config, connection=connection)
    others = {problem.file: folder / problem.file for problem in problems}
    rows.problems[:0] = fit_files(problems, others, rows.tables.get("inquiries"))[1]
    if not any(kind in rows.tables for kind in _USED):
        raise IntakeError(f"no file in {folder} can be used", rows.problems)
    if not {"inquiries", "totals"} & set(rows.tables):
        raise IntakeError(f"no file of inquiries in {folder} can be used", rows.problems)
    return rows, wanted or _latest(rows, config)


def _quarter(folder: Path, quarter: Quarter | None, config: ClinicConfig) -> Quarter | None:
    there = quarters(folder)
    if there and quarter and str(quarter) not in [each.upper() for each in there]:
        raise IntakeError(f"there is no folder {quarter}: there are {', '.join(there)}")
    found = quarter or (Quarter.parse(there[-1]) if there else None)
    return replace(found, start_month=config.first_month) if found else None


def _latest(rows: Rows, config: ClinicConfig) -> Quarter:
    """Return the quarter of the last date of any kind, for exports in no quarter's folder."""
    found = [last_time(table, kind) for kind, table in rows.tables.items()]
    last = max((time for time in found if not pd.isna(time)), default=None)
    asked = rows.tables.get("inquiries")
    undated = asked is not None and pd.isna(asked.received_at.max().execute())
    if last is None or (undated and "totals" not in rows.tables):
        raise IntakeError("no inquiry has a date that can be read", rows.problems)
    return Quarter.containing(date(last.year, last.month, last.day), config.first_month)


@contextmanager
def _connection(folder: Path, engine: str = DUCKDB) -> Iterator:
    """Yield an engine; what does not fit in memory spills to a private folder, then removed."""
    with tempfile.TemporaryDirectory(prefix=".new-work-", dir=folder) as work:
        connection = connected(engine, Path(work))
        try:
            with stoppable():
                yield connection
        finally:
            connection.disconnect()
