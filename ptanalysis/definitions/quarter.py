"""A clinic's quarter: ``2026Q2`` to dates and back, with any fiscal-year start."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from ptanalysis.definitions.errors import UserError

#: Years in which every quarter has a first and a last day, and neighbors.
_SPELLING = re.compile(r"((?:19|20|21)[0-9]{2})Q([1-4])", re.IGNORECASE | re.ASCII)


class QuarterError(UserError, ValueError):
    """A text that is no quarter."""


@dataclass(frozen=True, order=True)
class Quarter:
    """One quarter of a clinic's (fiscal) year.

    Parameters
    ----------
    year, number : int
        The year that names the fiscal year, and 1 to 4.
    start_month : int, default 1
        Month in which the clinic's first quarter starts: 1 to 12 of that year, 0 and less of the
        year before (-5 is its July).

    Examples
    --------
    >>> quarter = Quarter.parse("2026Q2")
    >>> quarter.start, quarter.end
    (datetime.date(2026, 4, 1), datetime.date(2026, 6, 30))
    >>> str(quarter.previous()), str(Quarter.parse("2025Q4").next())
    ('2026Q1', '2026Q1')
    >>> Quarter.parse("2026Q4", start_month=7).end
    datetime.date(2027, 6, 30)
    >>> Quarter.parse("2027Q1", start_month=-5).start
    datetime.date(2026, 7, 1)
    >>> str(Quarter.containing(date(2026, 5, 9)))
    '2026Q2'
    """

    year: int
    number: int
    start_month: int = 1

    def follows(self, file: str) -> bool:
        """Return whether a file, named below the clinic's folder, is of an earlier quarter's.

        Examples
        --------
        >>> [Quarter(2026, 2).follows(f"{folder}/a.csv") for folder in ("2026Q1", "2026Q2", "old")]
        [True, False, False]
        """
        found = _SPELLING.fullmatch(file.split("/")[0])
        return bool(found) and (int(found[1]), int(found[2])) < (self.year, self.number)

    @classmethod
    def parse(cls, text: str, start_month: int = 1) -> Quarter:
        """Read ``2026Q2`` (any case).

        Raises
        ------
        QuarterError
            The text is not a year from 1900 to 2199, Q, and 1 to 4.
        """
        found = _SPELLING.fullmatch(text.strip())
        if not found:
            raise QuarterError("a quarter is written as four digits, Q and 1 to 4, like 2026Q2")
        return cls(int(found[1]), int(found[2]), start_month)

    @classmethod
    def containing(cls, day: date, start_month: int = 1) -> Quarter:
        """Return the quarter in which `day` falls."""
        months = day.year * 12 + day.month - start_month
        return cls(months // 12, months % 12 // 3 + 1, start_month)

    @property
    def start(self) -> date:
        """First day."""
        months = self.year * 12 + self.start_month - 1 + 3 * (self.number - 1)
        return date(months // 12, months % 12 + 1, 1)

    @property
    def end(self) -> date:
        """Last day; the as-of date of the quarter's run."""
        return self.next().start - timedelta(days=1)

    def next(self, quarters: int = 1) -> Quarter:
        """Return the quarter `quarters` later."""
        index = self.year * 4 + self.number - 1 + quarters
        return Quarter(index // 4, index % 4 + 1, self.start_month)

    def previous(self, quarters: int = 1) -> Quarter:
        """Return the quarter `quarters` earlier."""
        return self.next(-quarters)

    def __str__(self) -> str:
        return f"{self.year}Q{self.number}"
