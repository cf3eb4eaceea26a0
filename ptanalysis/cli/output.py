"""What the command line prints: steps at work, files, problems; and the code it ends with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from ptanalysis.definitions import Problem

DONE, REFUSED, NEEDS_EYES, STOPPED = 0, 1, 2, 130

#: Problems of one kind shown in full before the rest are counted.
SHOWN = 8

console = Console(stderr=True, highlight=False)
out = Console(highlight=False)


@contextmanager
def progress() -> Iterator:
    """Show the step at work on a terminal; say nothing where there is none."""
    shown = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*shown, console=console, transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda step: bar.update(task, description=escape(step))


def show_problems(problems: list[Problem]) -> None:
    """Print warnings and losses, a few of each kind and the count of the rest."""
    kinds: dict[tuple[str, str], list[Problem]] = {}
    for problem in problems:
        if problem.severity != "note":
            kinds.setdefault((problem.severity, problem.code), []).append(problem)
    for (severity, _), alike in kinds.items():
        for problem in alike[:SHOWN]:
            console.print(f"{severity}: {problem}", markup=False, soft_wrap=True)
        if rest := alike[SHOWN:]:
            console.print(f"{severity}: … and {len(rest):,} more like it", markup=False)


def exit_code(problems: list[Problem]) -> int:
    """Return 2 where a file was refused or a warning needs eyes, else 0."""
    return NEEDS_EYES if any(p.severity in ("refused", "warning") for p in problems) else DONE


def show_file(file) -> None:
    """Print what a file is, which columns map, what became of its rows, and what is wrong."""
    state = file.title or "not recognised"
    unverified = "" if file.verified or not file.title else " (format not verified on a real file)"
    out.print(f"[bold]{escape(file.file)}[/bold]  {escape(state)}{unverified}")
    if file.mapped:
        columns = Table("in the file", "read as", box=None, padding=(0, 2))
        for header, target in file.mapped.items():
            columns.add_row(escape(header), escape(target))
        out.print(columns)
    if file.dropped:
        out.print(f"  not read: {escape(', '.join(file.dropped))}")
    out.print(f"  rows {file.rows_in:,}: used {file.used:,}, rejected {file.rejected:,}", end="")
    out.print("".join(f", {escape(why)} {n:,}" for why, n in file.excluded.items()))
    show_problems(list(file.problems))
