"""`python -m lab.calibrate`: run what is missing, store the results, write the page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from platformdirs import user_cache_path

from lab.calibrate.cells import cells
from lab.calibrate.page import page
from lab.calibrate.run import run
from lab.calibrate.stored import store
from lab.simulate import WORLDS

_PAGE = Path("docs/calibration.md")


def calibrate(
    replicates: Annotated[int, typer.Option(help="Draws a cell.")] = 1000,
    processes: Annotated[int, typer.Option(help="Run side by side.")] = 2,
    world: Annotated[list[str] | None, typer.Option(help="Only these worlds.")] = None,
    folder: Annotated[Path | None, typer.Option(help="Where unfinished work is kept.")] = None,
    keep: Annotated[bool, typer.Option(help="Store the results and write the page.")] = True,
) -> None:
    """Measure coverage and false verdicts on clinics with known truth; resumes where it stopped."""
    chosen = cells(tuple(world or WORLDS))
    where = folder or user_cache_path("ptanalysis") / "calibration"
    summary = run(chosen, replicates_each=replicates, folder=where, processes=processes)
    if keep:
        store(summary)
        _PAGE.write_text(page(summary), "utf-8")
    else:
        typer.echo(summary.to_csv(index=False, float_format="%.4g"))


if __name__ == "__main__":
    typer.run(calibrate)
