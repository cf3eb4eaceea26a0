"""What could not be read, as Problems: file, row, column and the rule, never the value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import ibis

from ptanalysis.definitions import Problem
from ptanalysis.intake.clean.allowed_values import allowed
from ptanalysis.intake.clean.dates import DAY_FIRST, MONTH_FIRST
from ptanalysis.intake.clean.typed_columns import NOT_SCREENED, TYPES, date_order, marks_of

#: Rows reported one by one for each kind of problem; the rest are counted.
NAMED_ROWS = 20

_RULES = {
    "missing": ("a required cell is blank", "fill it, or leave the row out"),
    "bad_time": ("not a date this file may hold", "write dates like 2026-05-31 14:05"),
    "short_year": (
        "a year of two digits",
        "write dates like 2026-05-31, or set two_digit_years = true in clinic.toml (in a format of"
        " your own: %y in its dates)",
    ),
    "bad_money": (
        "not an amount in the declared currency and decimal mark",
        "write amounts like 1234.50, to the cent, in the clinic's currency",
    ),
    "bad_choice": (
        "not one of the words allowed",
        "use {words}, or say which it means under [words.{kind}.{column}] in clinic.toml",
    ),
    "bad_id": ("not an identifier", "export it as text"),
    "bad_scale": ("not a number from 1 to 5; left blank", "use 1 to 5"),
    "bad_hours": ("not a number of hours, 0 or more; left blank", "write hours like 2.5"),
    "bad_number": ("not a number, 0 or more; left blank", "write numbers like 12.5"),
    "bad_count": (
        "not a whole number, 0 or more",
        "write counts like 12; leave a cell blank where it was not counted",
    ),
    "more_than_of": (
        "more than the row has of an earlier stage (leads, then mql and screened, then sql)",
        "fix the counts: each is of the row's own leads, whenever they got that far",
    ),
    "bad_email": ("not an email address; left blank", "nothing to do if it is junk"),
    "bad_phone": ("not a phone number; left blank", "write ten digits, with the area code"),
    "bad_zip": ("not a zip; left blank", "write five digits"),
    "ends_before_start": ("it ends before it starts", "fix the dates"),
    "negative_spend": (
        "negative spend",
        "put a credit in a row of its own with kind = credit, or fix the sign",
    ),
}
#: Optional cells that junk is expected in; noted, but not as a warning.
_EXPECTED = ("bad_email", "bad_phone", "bad_zip")


def row_problems(table, kind: str, names: Sequence[str]) -> list[Problem]:
    """Return the problems of typed rows.

    Parameters
    ----------
    table : ibis Table
        From `typed`, best stored.
    kind : str
    names : sequence of str
        Name of each file, by its place in the run.

    Returns
    -------
    list of Problem
        The first NAMED_ROWS rows of each fault of a file one by one, the others counted.
    """
    return [*_faults(table, kind, names), *_blanked(table, kind, names)]


def order_problems(found: Mapping[str, object], file: str, *, kind: str, format, config):
    """Return the refusals that follow from `evidence` (one row, as a mapping).

    A column whose dates prove both orders, or the one not declared, is never read.
    """
    given = {key: int(row) for key, row in found.items() if row is not None and row == row}
    problems = [
        _refusal(
            "other_currency",
            file,
            (row, key.removeprefix("currency_")),
            "an amount in another currency",
            "convert it, or set currency in clinic.toml",
        )
        for key, row in given.items()
        if key.startswith("currency_")
    ]
    for column in sorted(name for name in TYPES[kind] if f"{DAY_FIRST}_{name}" in found):
        proof = [given.get(f"{order}_{column}") for order in (DAY_FIRST, MONTH_FIRST)]
        declared = date_order(column, kind, format, config)
        problems += _order(file, declared, (column, *proof), _where(format, kind, column))
    return problems


def by_file(rows, files: Sequence, *, what: str, **said) -> list[Problem]:
    """Return one problem for each file of `rows`: its first row, and how many there are.

    Parameters
    ----------
    rows : ibis Table
        With ``file`` (a place in `files`) and ``row``.
    files : sequence of SourceFile
    what : str
        May hold ``{rows}``.
    **said
        What else the problems say: ``code``, ``severity``, ``column``, ``fix``.
    """
    found = rows.group_by("file").aggregate(rows=rows.count(), row=rows.row.min())
    return [
        Problem(
            file=files[int(each.file)].file,
            row=int(each.row),
            count=int(each.rows),
            what=what.format(rows=each.rows),
            **said,
        )
        for each in found.order_by("file").execute().itertuples()
    ]


def day_problems(column: str, row: int, share: float, file: str) -> Problem:
    """Return what to say of a column with times at midnight of another zone: of days, or mixed."""
    if share == 1:
        what = "every time is midnight: the column holds days, which are kept as written"
        return _with(("days_not_times", "note", what, "nothing to do"), file, (row, column, 1))
    what = (
        f"{share:.0%} of the times are midnight, as days are written, and the others are not; all"
        " are read as times, which may move days to the day before"
    )
    fix = "export the column as days, like 2026-05-31, or with the clinic's own times"
    return _with(("days_and_times", "warning", what, fix), file, (row, column, 1))


def fraction_problem(column: str, row: int, file: str) -> Problem:
    """Return the note on a file whose amounts have fractions of a cent."""
    what = "amounts with more than two decimals: rounded to the cent, the file's sum kept"
    return _with(("fractions_rounded", "note", what, "nothing to do"), file, (row, column, 1))


def loss_problem(file: str, row: float, shares: Sequence[float]) -> Problem:
    """Return the refusal of a spend file by the shares of its rows and money that are lost."""
    return Problem(
        code="spend_incomplete",
        severity="refused",
        file=file,
        row=int(row) if row == row else None,
        what=f"{shares[0]:.0%} of the rows, with {shares[1]:.0%} of the money, cannot be used: the"
        " cost would be too low",
        fix="fix the rows named here and run again",
    )


def _where(format, kind: str, column: str) -> str:
    """Return where the order of day and month is declared that a column is read by."""
    if format.dates(kind, column):
        return "list their spelling, as {pattern}, under dates in the file's format"
    if format.date_order:
        return 'set date_order = "{other}" in the file\'s format'
    return (
        'set date_order = "{other}" in clinic.toml, or in a format of this export if others differ'
    )


def _order(file: str, declared: str, proof: tuple, where: str) -> list[Problem]:
    column, day_row, month_row = proof
    if day_row and month_row:
        what = (
            f"dates in both orders: row {day_row} has the day first, row {month_row} "
            "the month first"
        )
        fix = "export with one order of day and month, or dates as 2026-05-31"
        return [_refusal("mixed_date_order", file, (day_row, column), what, fix)]
    against = day_row if declared == MONTH_FIRST else month_row
    if not against:
        return []
    other = DAY_FIRST if declared == MONTH_FIRST else MONTH_FIRST
    pattern = "%d/%m/%Y" if other == DAY_FIRST else "%m/%d/%Y"
    what = f"dates are declared {declared}, but this row can only be {other}"
    fix = f"{where.format(other=other, pattern=pattern)}, or export dates as 2026-05-31"
    return [_refusal("other_date_order", file, (against, column), what, fix)]


def _refusal(code: str, file: str, place: tuple[int, str], what: str, fix: str) -> Problem:
    return Problem(
        code=code, severity="refused", file=file, what=what, fix=fix, row=place[0], column=place[1]
    )


def _faults(table, kind: str, names: Sequence[str]) -> list[Problem]:
    bad = table.filter(table.fault.notnull() & (table.fault != NOT_SCREENED))
    bad = bad.select("file", "row", "fault")
    alike = ibis.window(group_by=[bad.file, bad.fault])
    place = ibis.row_number().over(ibis.window(group_by=[bad.file, bad.fault], order_by=bad.row))
    bad = bad.mutate(place=place, rows=bad.count().over(alike))
    first = bad.filter(bad.place <= NAMED_ROWS).order_by("file", "fault", "row").execute()
    problems = []
    for found in first.itertuples():
        code, column = found.fault.split(":")
        count = 1 if found.place < NAMED_ROWS else found.rows - NAMED_ROWS
        where = (found.row, column, count)
        problems.append(_problem(code, "rejected", names[found.file], where, kind))
    return problems


def _blanked(table, kind: str, names: Sequence[str]) -> list[Problem]:
    marks = marks_of(table)
    if not marks:
        return []
    usable = table.filter(table.fault.isnull())
    counts = usable.group_by("file").aggregate(
        **{f"n_{name}": usable[name].sum() for name in marks},
        **{f"row_{name}": usable.row.min(where=usable[name]) for name in marks},
    )
    return [
        _mark_problem(
            name, (int(found[f"row_{name}"]), int(found[f"n_{name}"])), kind, names[found["file"]]
        )
        for found in counts.order_by("file").execute().to_dict("records")
        for name in marks
        if found[f"n_{name}"] > 0
    ]


def _mark_problem(mark: str, place: tuple[int, int], kind: str, file: str) -> Problem:
    prefix, column = mark.split("_", 1)
    where = (place[0], column, place[1])
    if prefix == "serial":
        what, fix = "a spreadsheet's day number, read in the 1900 system", "format dates as dates"
        return _with(("serial_date", "warning", what, fix), file, where)
    if prefix == "credit":
        what = "negative cost of a platform: it counts as a credit"
        return _with(("platform_credit", "note", what, "nothing to do"), file, where)
    if prefix == "short":
        what, fix = "a zip of four digits; its leading zero is put back", "format zips as text"
        return _with(("short_zip", "warning", what, fix), file, where)
    code = "short_year" if prefix == "year" else f"bad_{TYPES[kind][column].rstrip('!')}"
    severity = "note" if code in _EXPECTED else "warning"
    return _problem(code, severity, file, where, kind)


def _problem(code: str, severity: str, file: str, where: tuple, kind: str) -> Problem:
    what, fix = _RULES[code]
    words = ", ".join(allowed(kind, where[1]))
    return _with(
        (code, severity, what, fix.format(words=words, kind=kind, column=where[1])), file, where
    )


def _with(rule: tuple[str, str, str, str], file: str, where: tuple) -> Problem:
    code, severity, what, fix = rule
    row, column, count = where
    return Problem(
        code=code,
        severity=severity,
        file=file,
        what=what,
        fix=fix,
        row=int(row),
        column=column,
        count=int(count),
    )
