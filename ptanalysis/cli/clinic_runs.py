"""The steps of a clinic's run, for one clinic or for all of them in few processes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

from ptanalysis.cli.output import DONE, NEEDS_EYES, REFUSED, exit_code, out, progress, reason
from ptanalysis.definitions import Places, UserError, load_config

if TYPE_CHECKING:
    from ptanalysis.dataset import ClinicData

#: Memory that one clinic's run may take: what DuckDB may have, and a kernel beside it.
_EACH = 3 * 2**30
#: Beside the answers of a run: what its report was made from.
_STAMP = "report.key"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of one clinic: done, unchanged (nothing had to be done) or refused, and why."""

    clinic: str
    state: str
    quarter: str = ""
    warnings: int = 0
    code: int = DONE
    why: str = ""

    def __str__(self) -> str:
        warnings = f"{self.warnings:,} warning{'s' * (self.warnings != 1)}" if self.warnings else ""
        return f"{self.state:<10}{self.quarter:<8}{self.clinic}  {self.why or warnings}".rstrip()


def run_all(quarter: str | None, *, tables_only: bool) -> int:
    """Run every clinic below data/raw and print a line for each; return the exit code.

    A clinic whose files, settings, notebooks and program are those of its last run is left as it
    is. One that fails stops no other.
    """
    from ptanalysis.report.clinics_page import write_clinics

    places = Places.default()
    raw = places.root / "data" / "raw"
    clinics = sorted(each.name for each in raw.glob("[!.]*/"))
    if not clinics:
        raise UserError(f"there is no clinic's folder in {raw}")
    work = partial(run_one, quarter=quarter, tables_only=tables_only)
    found = []
    with progress() as tell:
        tell(f"{len(clinics)} clinics")
        for outcome in _outcomes(work, clinics):
            found.append(outcome)
            tell(f"{len(found)} of {len(clinics)} clinics; last: {outcome.clinic}")
    for outcome in sorted(found, key=lambda each: each.clinic):
        out.print(str(outcome), markup=False, soft_wrap=True)
    states = [each.state for each in found]
    counts = [f"{states.count(each)} {each}" for each in ("done", "unchanged", "refused")]
    out.print(f"{len(found)} clinics: {', '.join(counts)}")
    if not tables_only:
        out.print(f"All clinics compared: {write_clinics(places, clinics, quarter=quarter)}")
    codes = {each.code for each in found}
    return next((code for code in (REFUSED, NEEDS_EYES) if code in codes), DONE)


def run_one(clinic: str, *, quarter: str | None, tables_only: bool) -> Outcome:
    """Run one clinic where anything has changed, whatever becomes of it."""
    try:
        return _run(clinic, quarter, tables_only=tables_only)
    except Exception as error:
        refused = {"state": "refused", "code": REFUSED, "why": reason(error)}
        return Outcome(clinic=clinic, quarter=quarter or "", **refused)


def _run(clinic: str, quarter: str | None, *, tables_only: bool) -> Outcome:
    places = Places.default()
    if last := _unchanged(places, clinic, quarter, tables_only=tables_only):
        return _outcome(places, clinic, last, "unchanged")
    how = {"ready": lambda tables: not tables_only, "most": 1}
    with findings_of(places, clinic, quarter, **how) as (tables, report):
        made = str(tables.quarter)
        if report:
            folder = places.processed(clinic, made)
            _stamp(folder).write_text(_key(places, clinic, folder), "utf-8")
    return _outcome(places, clinic, made, "done")


def _outcome(places: Places, clinic: str, quarter: str, state: str) -> Outcome:
    from ptanalysis import intake
    from ptanalysis.definitions import Quarter

    problems = intake.problems(clinic, quarter, root=places.root)
    code = exit_code(problems, Quarter.parse(quarter))
    asking = [each for each in problems if each.severity in ("warning", "refused")]
    said = {"state": state, "code": code, "warnings": len(asking)}
    return Outcome(clinic=clinic, quarter=quarter, **said)


def _unchanged(places: Places, clinic: str, quarter: str | None, *, tables_only: bool) -> str:
    """Return the quarter of a run that would be made again just as it is; empty where none is."""
    from ptanalysis.intake.load_quarter import stale
    from ptanalysis.intake.read.find_files import quarters

    last = quarter or next(reversed(quarters(places.raw(clinic))), "")
    if not last or stale(places, clinic, last):
        return ""
    folder = places.processed(clinic, last)
    if tables_only:
        return last
    stamp, page = _stamp(folder), places.report(clinic, last) / "findings.json"
    made = stamp.is_file() and page.is_file()
    return last if made and stamp.read_text("utf-8") == _key(places, clinic, folder) else ""


def _stamp(folder: Path) -> Path:
    from ptanalysis.intake.storage.processed_tables import ANSWERS

    return folder / ANSWERS / _STAMP


def _key(places: Places, clinic: str, folder: Path) -> str:
    """Return what a report is made from: a run, this program, the notebooks, a logo beside it."""
    from ptanalysis.intake.storage.stored_answers import key_of
    from ptanalysis.report.assemble import listed

    notebooks = [path.read_bytes() for path in listed(places.notebooks, clinic=clinic)]
    beside = [path for path in sorted(places.raw(clinic).iterdir()) if path.is_file()]
    looks = repr([(path.name, path.stat().st_mtime_ns) for path in beside])
    parts = [key_of(folder).encode(), looks.encode(), *notebooks]
    return sha256(b"".join(parts)).hexdigest()


def _outcomes(work: partial, clinics: Sequence[str]) -> Iterator[Outcome]:
    """Yield what became of each clinic; those at work when a process dies are run once more."""
    lost = []
    with _pool(min(len(clinics), _workers())) as pool:
        waiting = {pool.submit(work, clinic): clinic for clinic in clinics}
        for future in as_completed(waiting):
            try:
                yield future.result()
            except BrokenProcessPool:
                lost.append(waiting[future])
    for clinic in lost:
        try:
            with _pool(1) as pool:
                yield pool.submit(work, clinic).result()
        except BrokenProcessPool:
            why = "its process was ended from outside: is there enough memory?"
            yield Outcome(clinic=clinic, state="refused", code=REFUSED, why=why)


def _pool(workers: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(
        workers, mp_context=get_context("spawn"), initializer=os.umask, initargs=(0o077,)
    )


def _workers() -> int:
    """Return how many clinics are run at a time: a core and memory for each."""
    from ptanalysis.report.run_notebook import cores

    try:
        free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return cores()
    return max(1, min(cores(), free // _EACH))


@contextmanager
def findings_of(
    places: Places,
    clinic: str,
    quarter: str | None,
    *,
    ready: Callable[[ClinicData], bool],
    tell: Callable | None = None,
    most: int | None = None,
    engine: str = "duckdb",
) -> Iterator[tuple[ClinicData, Path | None]]:
    """Read a clinic's exports and make its report; no other run of it begins until the end.

    Parameters
    ----------
    places : Places
    clinic, quarter : str
    ready : callable
        Asked of the tables before a report is made of them; where it says no, none is made.
    tell : callable, optional
        Called with the name of each step.
    most : int, optional
        Notebooks at a time.
    engine : str
        What reads the exports (`ptanalysis.intake.engine.connected`).

    Yields
    ------
    tables : ClinicData
    report : Path or None
        Its folder.
    """
    from ptanalysis import intake
    from ptanalysis.claims import load_claims
    from ptanalysis.dataset import assumed
    from ptanalysis.intake.storage.stored_answers import key_of, with_answers
    from ptanalysis.report.assemble import make_report

    raw = places.raw(clinic)
    load_claims(load_config(raw / "clinic.toml"))  # refuses wrong ones at once
    with intake.running(clinic, quarter, root=places.root, engine=engine) as tables:
        if not ready(tables):
            yield tables, None
            return
        folder, out = (
            places.processed(clinic, tables.quarter),
            places.report(clinic, tables.quarter),
        )
        tables = with_answers(assumed(tables), folder, key=key_of(folder))
        ways = {"notebooks": places.notebooks, "raw": raw, "progress": tell, "most": most}
        yield tables, make_report(tables, out=out, **ways)
