"""The steps of a clinic's run, whoever asks for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ptanalysis.definitions import Places, load_config

if TYPE_CHECKING:
    from ptanalysis.dataset import ClinicData


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
