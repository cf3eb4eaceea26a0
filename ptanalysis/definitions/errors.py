"""UserError, the base of errors that are the user's to fix; Problem, how bad input is reported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace


class UserError(Exception):
    """Something given cannot be used; the message says what and how to fix it, never a value."""


#: refused: the file is not read. rejected: the row is not used. excluded: the row is known not to
#: be data (a total, a footer). warning: the row is used, but someone should look.
SEVERITIES = ("refused", "rejected", "excluded", "warning", "note")


@dataclass(frozen=True, kw_only=True)
class Problem:
    """What is wrong, where, and how to fix it.

    Parameters
    ----------
    code : str
        Short and stable, like ``ragged_row``; the ledger counts by it.
    severity : str
        One of SEVERITIES.
    file : str
        Path below the clinic's folder.
    what, fix : str
        What is wrong and how to fix it, in words; never a value from the file.
    row : int or None
        Physical line (1 is the first) or spreadsheet row where the record starts; with `count` > 1
        the first of them.
    column : str or None
        Header as this project knows it.
    count : int
        Rows with this problem.

    Examples
    --------
    >>> print(Problem(code="bad_date", severity="rejected", file="2026Q2/inquiries.csv", row=17,
    ...               column="received_at", what="not a date", fix="write dates as 2026-05-31"))
    2026Q2/inquiries.csv:17:received_at - not a date - write dates as 2026-05-31
    """

    code: str
    severity: str
    file: str
    what: str
    fix: str
    row: int | None = None
    column: str | None = None
    count: int = 1

    def __post_init__(self) -> None:
        if self.severity not in SEVERITIES:
            raise ValueError(f"severity must be one of {', '.join(SEVERITIES)}")

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.row, self.column) if part)
        times = f" ({self.count:,} rows)" if self.count > 1 else ""
        return f"{place} - {self.what}{times} - {self.fix}"


def once(problems: Sequence[Problem]) -> list[Problem]:
    """Return problems with a warning that several files have said once, for the first of them.

    Examples
    --------
    >>> same = {"code": "no_source", "severity": "warning", "what": "no source", "fix": "add it"}
    >>> for problem in once([Problem(file=f"2026Q{n}/a.csv", **same) for n in (1, 2, 3)]):
    ...     print(problem)
    2026Q1/a.csv - no source; the same in 2 more files (3 rows) - add it
    """
    causes: dict[tuple, list[Problem]] = {}
    for each in problems:
        place = () if each.severity == "warning" else (each.file, each.row)
        causes.setdefault((each.code, each.column, each.what, each.fix, *place), []).append(each)
    return [found for alike in causes.values() for found in _first(alike)]


def _first(alike: list[Problem]) -> list[Problem]:
    more = len({each.file for each in alike}) - 1
    if not more:
        return alike
    what = f"{alike[0].what}; the same in {more:,} more file{'s' * (more > 1)}"
    return [replace(alike[0], what=what, count=sum(each.count for each in alike))]
