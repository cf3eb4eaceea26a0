"""Months as people write them in a cell or a header: Jan 2026, 2026-01, 1/2026, January."""

from __future__ import annotations

import calendar
import re
from datetime import date
from typing import TYPE_CHECKING

import ibis

from ptanalysis.intake.clean.text_folding import folded

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
    r"|(0?[1-9]|1[0-2])[-/](20\d\d))$"
)
_ALONE = re.compile(rf"(?i)^({_WORDS})\.?$")


def month_of(text: str, year: int | None = None) -> tuple[int, int] | None:
    """Return year and month of a text, None for what is no month; `year` is of months without one.

    Examples
    --------
    >>> [month_of(text) for text in ("Jan 2026", "2026-02-01 00:00:00", "3/2026", "Apr-26", "May")]
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


def is_month_alone(text: str) -> bool:
    """Return whether a text names a month and no year."""
    return bool(_ALONE.match(text.strip()))


def days_of(month: tuple[int, int]) -> tuple[date, date]:
    """Return the first and the last day of a month.

    Examples
    --------
    >>> [str(day) for day in days_of((2028, 2))]
    ['2028-02-01', '2028-02-29']
    """
    return date(*month, 1), date(*month, calendar.monthrange(*month)[1])


def day_of_month(text, which: str):
    """Return the first or last day of the month a text column names, the text itself for others.

    Examples
    --------
    >>> cells = ibis.memtable({"month": ["Feb 2026", "4/2026", "soon"]})
    >>> day_of_month(cells.month, "last").execute().tolist()
    ['2026-02-28', '2026-04-30', 'soon']
    """
    year = (
        text.re_extract(_NAMED, 2)
        .right(2)
        .nullif("")
        .coalesce(
            text.re_extract(_NAMED, 3).right(2).nullif(""),
            text.re_extract(_COUNTED, 1).right(2).nullif(""),
            text.re_extract(_COUNTED, 4).right(2).nullif(""),
        )
    )
    name = text.re_extract(_NAMED, 1).nullif("").coalesce(text.re_extract(_NAMED, 4).nullif(""))
    counted = text.re_extract(_COUNTED, 2).nullif("").coalesce(text.re_extract(_COUNTED, 3))
    number = (
        name.lower()
        .substr(0, 3)
        .cases(
            *((short, f"{_NUMBERS[short]:02}") for short in _NUMBERS if len(short) == 3),
            else_=counted.nullif("").lpad(2, "0"),
        )
    )
    first = (ibis.literal("20") + year + "-" + number + "-01").try_cast("date")
    day = first if which == "first" else first + ibis.interval(months=1) - ibis.interval(days=1)
    return day.strftime("%Y-%m-%d").coalesce(text)


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
    long = long.filter(folded(long[amount]).notnull())
    return long, int(long.count().execute()) - int(raw.count().execute())
