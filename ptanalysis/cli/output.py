"""What the command line prints: steps at work, files, problems; and the code it ends with."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from ptanalysis.definitions import Problem, Quarter, UserError, once

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


def show_problems(problems: list[Problem], quarter: Quarter | None = None) -> None:
    """Print warnings and losses, a few of each kind and the count of the rest.

    Notes are in problems.json; those on unknown sources stand here where there are too many.
    Those of files of quarters before `quarter` were there in earlier runs: they are counted last.
    """
    old = [problem for problem in problems if _is_old(problem, quarter)]
    problems = [problem for problem in problems if problem not in old]
    named = "unknown_source" if any(each.code == "unknown_share" for each in problems) else ""
    kinds: dict[tuple[str, str], list[Problem]] = {}
    for problem in once(problems):
        if problem.severity != "note" or problem.code == named:
            kinds.setdefault((problem.severity, problem.code), []).append(problem)
    for (severity, _), alike in kinds.items():
        for problem in alike[:SHOWN]:
            console.print(f"{severity}: {problem}", markup=False, soft_wrap=True)
        if rest := alike[SHOWN:]:
            console.print(f"{severity}: … and {len(rest):,} more like it", markup=False)
    if old:
        console.print(f"and {len(old):,} about files of earlier quarters, as in their own runs")


def exit_code(problems: list[Problem], quarter: Quarter | None = None) -> int:
    """Return 2 where a file was refused or a warning of this quarter needs eyes, else 0."""
    asking = [each for each in problems if each.severity in ("refused", "warning")]
    return DONE if all(_is_old(problem, quarter) for problem in asking) else NEEDS_EYES


def _is_old(problem: Problem, quarter: Quarter | None) -> bool:
    """Return whether a problem is of an earlier quarter's file, and was reported in its own run."""
    reported = problem.severity in ("warning", "rejected")
    return reported and quarter is not None and quarter.follows(problem.file)


def show_tables(tables, folder: Path) -> None:
    """Print where the tables of a run lie, and what became of its inquiries."""
    book = tables.ledger
    out.print(f"Tables of {tables.clinic} {tables.quarter}: {folder}", markup=False, soft_wrap=True)
    out.print(
        f"{book['rows_in']:,} inquiries: {book['leads']:,} leads, {book['duplicates']:,} "
        f"duplicates, {book['rejected']:,} rejected, {book['not_leads']:,} not leads",
        soft_wrap=True,
    )


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
    if any(problem.code == "read_by_spelling" for problem in file.problems):
        out.print("  recognized by the spelling of its headers; if wrong: ptanalysis map FILE")
    if file.dropped:
        out.print(f"  not read: {escape(', '.join(file.dropped))}")
    out.print(f"  rows {file.rows_in:,}: used {file.used:,}, rejected {file.rejected:,}", end="")
    out.print("".join(f", {escape(why)} {n:,}" for why, n in file.excluded.items()))
    show_problems(list(file.problems))


#: What to do where the database gave up; its own text might hold a value.
_DATABASE = {
    "IOException": "the working files could not be written: is the disk full or read-only?",
    "OutOfMemoryException": "too little memory for these exports: set PTANALYSIS_MEMORY (2GB where"
    " it is not set) higher",
}


def reason(error: Exception) -> str:
    """Return why something was refused, in words for the user and without any cell's value."""
    if isinstance(error, UserError):
        return getattr(error, "why", str(error))
    if isinstance(error, OSError):
        return f"{error.strerror}: {error.filename or 'the disk'}"
    return _database(error) or _place(error)


def _database(error: Exception) -> str | None:
    return _DATABASE.get(type(error).__name__) if type(error).__module__ == "_duckdb" else None


def _place(error: Exception) -> str:
    """Return where an error of the program itself arose; its text might hold a cell's value."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if "ptanalysis" in frame.filename] or frames
    where = f"{Path(own[-1].filename).name}:{own[-1].lineno} ({own[-1].name})"
    return f"an error of the program, please report it: {type(error).__name__} at {where}"
