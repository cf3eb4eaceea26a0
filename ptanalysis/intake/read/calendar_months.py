"""Months as people write them in a cell or a header: Jan 2026, 2026-01, 1/2026, January."""

from __future__ import annotations

import calendar
import re
from contextlib import suppress
from datetime import date, datetime
from typing import TYPE_CHECKING

import ibis
import pandas as pd

from ptanalysis.intake.clean.text_folding import squeezed

if TYPE_CHECKING:
    from ptanalysis.intake.read.header import Header

_NAMES = {name.casefold(): number for number, name in enumerate(calendar.month_name) if name}
_NUMBERS = _NAMES | {name[:length]: n for name, n in _NAMES.items() for length in (3, 4)}
_WORDS = "|".join(sorted(_NUMBERS, key=len, reverse=True))
_SIGNS = r"[\s.,'/-]*"
#: A month with its year, by a name or a number; a date cell holds its first day.
_NAMED = rf"(?i)^(?:({_WORDS}){_SIGNS}((?:20)?\d\d)|(20\d\d){_SIGNS}({_WORDS}))\.?$"
_COUNTED = (
    r"^(?:(20\d\d)[-/.](0?[1-9]|1[0-2])(?:[-/.]0?1(?:[ T]00:00(?::00)?)?)?"
    r"|(0?[1-9]|1[0-2])[-/.](20\d\d))$"
)
_DAYS = (
    "%Y-%m-%d",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%d %H:%M:%S",
    "%m/%d/%Y",
    "%B %d, %Y",
    "%b %d, %Y",
    "%d %b %Y",
)
_LONG = {
    "week": pd.DateOffset(days=7),
    "month": pd.DateOffset(months=1),
    "quarter": pd.DateOffset(months=3),
}
#: Cells of months without an amount; one that says "tbd" is an amount that is not known.
_NOTHING = ("", "-", "--", "–", "—", "n/a", "na", "none")
_ALONE = re.compile(rf"(?i)^({_WORDS})\.?$")


def month_of(text: str, year: int | None = None) -> tuple[int, int] | None:
    """Return year and month of a text, None for what is no month; `year` is of months without one.

    Examples
    --------
    >>> [month_of(text) for text in ("Jan 2026", "2026-02-01 00:00:00", "03.2026", "Apr-26", "May")]
    [(2026, 1), (2026, 2), (2026, 3), (2026, 4), None]
    >>> month_of("May", 2026)
    (2026, 5)
    """
    text = text.strip()
    if found := re.match(_NAMED, text):
        name, after = found[1] or found[4], found[2] or found[3]
        return 2000 + int(after) % 100, _NUMBERS[name.casefold()]
    if found := re.match(_COUNTED, text):
        return int(found[1] or found[4]), int(found[2] or found[3])
    alone = _ALONE.match(text)
    return (year, _NUMBERS[alone[1].casefold()]) if alone and year else None


def days_of(month: tuple[int, int]) -> tuple[date, date]:
    """Return the first and the last day of a month.

    Examples
    --------
    >>> [str(day) for day in days_of((2028, 2))]
    ['2028-02-01', '2028-02-29']
    """
    return date(*month, 1), date(*month, calendar.monthrange(*month)[1])


def edge_of(text: str, unit: str, *, last: bool = False, within: str = "") -> str:
    """Return the first or last day of the week, month or quarter a text names, as ISO 8601.

    Parameters
    ----------
    text : str
        Its first day, a range of days, or a month; a text that names no day stays as it is.
    unit : {"week", "month", "quarter"}
    last : bool
        The last day, in place of the first.
    within : str
        Day that the edge is never beyond: the first, or last, of the whole report.

    Examples
    --------
    >>> edge_of("April 2026", "month"), edge_of("2026-04-06", "week", last=True)
    ('2026-04-01', '2026-04-12')
    >>> edge_of("2026-04-01", "quarter", last=True, within="May 31, 2026")
    '2026-05-31'
    >>> edge_of("2026-04-01 - 2026-04-30", "month", last=True), edge_of("soon", "month")
    ('2026-04-30', 'soon')
    """
    start, stated, end = re.sub(r"(?i)\s(-|to)\s", "\0", text).partition("\0")
    day = _day(end if last and stated else start)
    if not day:
        return text
    if last and not stated:
        day = (pd.Timestamp(day) + _LONG[unit] - pd.Timedelta(days=1)).date()
    limit = _day(within)
    return str((min if last else max)(day, limit) if limit else day)


def _day(text: str) -> date | None:
    """Return the day, or the first day of the month, that a text names."""
    if month := month_of(text):
        return days_of(month)[0]
    for pattern in _DAYS:
        with suppress(ValueError):
            return datetime.strptime(text.strip(), pattern).date()
    return None


def row_for_each_month(raw, header: Header):
    """Turn columns of months into a row for each amount; return them, and how many more they are.

    Parameters
    ----------
    raw : ibis Table
        One column a month, named like ``2026-04``.
    header : Header
        Without months the table stays as it is.
    """
    if not header.months:
        return raw, 0
    month, amount = header.format.months_across
    names = header.month_places
    rest = [name for name in raw.columns if name not in names]
    parts = [raw.select(*rest, **{month: ibis.literal(each), amount: raw[each]}) for each in names]
    long = ibis.union(*parts)
    long = long.filter(squeezed(long[amount]).lower().notin(_NOTHING))
    return long, int(long.count().execute()) - int(raw.count().execute())
