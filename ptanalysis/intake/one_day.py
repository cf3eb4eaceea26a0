"""Rows that share one day, or mostly lack one: when they happened is not known."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import ibis

from ptanalysis.definitions import Problem
from ptanalysis.intake.clean import step
from ptanalysis.intake.read import SourceFile

#: So many rows, and more than half of those of their kind and quarter, are no busy day.
FEWEST = 10
#: More rows than a file can have, to order rows of several files by one number.
_ROWS = 10**12
#: The times from which or to which a rate within weeks is counted, and the mark of a row.
MARKS = {
    "inquiries": {"received_at": "one_day"},
    "screenings": {"screened_at": "one_day"},
    "stages": {"sql_at": "sql_undated", "patient_at": "patient_undated"},
}


def marked(table, kind: str, files: Sequence[SourceFile]) -> tuple:
    """Mark the rows whose day most rows share, and those of files of which most rows lack one.

    Parameters
    ----------
    table : ibis Table
        Typed rows of `kind`, with ``file, age, row, format, fate``.
    kind : str
    files : sequence of SourceFile

    Returns
    -------
    table : ibis Table
        ``one_day`` (bool) of inquiries and screenings; of stages, what they say themselves where
        they have no date. Other kinds as they were.
    problems : list of Problem
        A warning for each such day and file.
    """
    marks = MARKS.get(kind, {})
    days = list(_days(table, marks)) if marks else []
    blank = [found for column, mark in marks.items() for found in _blank(table, column, mark)]
    said = [
        *(_problem(day, files) for day in days),
        *(_blank_problem(each, files) for each in blank),
    ]
    return with_marks(table, kind, days, [int(each.file) for each in blank]), said


def with_marks(table, kind: str, days: Sequence = (), undated: Sequence[int] = ()):
    """Return the rows with the marks of their kind, set on the days and for the files given."""
    for column, mark in MARKS.get(kind, {}).items():
        there = [_is_of(table, day) for day in days if day.column == column]
        there += [table.file.isin(undated)] if undated else []
        marked = ibis.or_(*there).fill_null(False) if there else ibis.literal(False)
        value = marked if mark == "one_day" else marked.ifelse("yes", table[mark])
        table = step(table, **{mark: value})
    return table


def _days(table, marks: dict[str, str]):
    live = table.filter(table.fate.isnull())
    parts = [
        live.filter(live[mark].fill_null("") != "yes" if mark in live.columns else True)
        .filter(live[name].notnull())
        .select("file", "age", "format", "row", column=ibis.literal(name), day=live[name].date())
        for name, mark in marks.items()
    ]
    rows = ibis.union(*parts) if len(parts) > 1 else parts[0]
    counts = rows.group_by("age", "format", "column", "day").aggregate(
        rows=rows.count(), place=(rows.file * _ROWS + rows.row).min()
    )
    alike = ibis.window(group_by=["age", "format", "column"])
    counts = step(counts, of=counts.rows.sum().over(alike))
    many = counts.filter((counts.rows >= FEWEST) & (2 * counts.rows > counts["of"]))
    return many.order_by("place", "column").execute().itertuples()


def _blank(table, column: str, mark: str):
    """Return the files of which most rows were rejected for want of a date."""
    if mark != "one_day":
        return []
    none = table[column].isnull() & table.fate.startswith("rejected:").fill_null(False)
    counts = table.group_by("file").aggregate(
        of=table.count(),
        rows=none.sum(),
        row=table.row.min(where=none),
        column=ibis.literal(column),
    )
    most = counts.filter((counts.rows >= FEWEST) & (2 * counts.rows > counts["of"]))
    return list(most.order_by("file").execute().itertuples())


def _is_of(table, day):
    on = table[day.column].date() == ibis.literal(date(day.day.year, day.day.month, day.day.day))
    return (table.age == int(day.age)) & (table.format == day.format) & on


def _problem(day, files: Sequence[SourceFile]) -> Problem:
    file, row = divmod(int(day.place), _ROWS)
    return Problem(
        code="one_day",
        severity="warning",
        file=files[file].file,
        row=row,
        column=day.column,
        count=int(day.rows),
        what=f"{day.rows:,} of {day.of:,} rows have the same day, as if they were entered or "
        "imported on it; no share or time within weeks is stated from it",
        fix="give the day on which each happened; leave out contacts that were only imported",
    )


def _blank_problem(found, files: Sequence[SourceFile]) -> Problem:
    return Problem(
        code="mostly_undated",
        severity="warning",
        file=files[int(found.file)].file,
        row=int(found.row),
        column=found.column,
        count=int(found.rows),
        what=f"{found.rows:,} of {found.of:,} rows have no date that can be read and are left out; "
        "no share or time within weeks is stated from the others",
        fix="give the day on which each happened, in one way of writing days",
    )
