"""Problem: the one form in which bad input is reported. It never holds the cell's value."""

from __future__ import annotations

from dataclasses import dataclass

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
