"""Dates and times: declared spellings only, naive local time of the clinic, nothing guessed."""

from __future__ import annotations

from collections.abc import Sequence

import ibis

from ptanalysis.intake.clean import time_zones
from ptanalysis.intake.clean.text_folding import Stage, folded, parsed, part, squeezed

MONTH_FIRST, DAY_FIRST = "month_first", "day_first"

_MONTH = (
    "(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    "|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_MONTHS = "janfebmaraprmayjunjulaugsepoctnovdec"
_ORDINAL = "(?:st|nd|rd|th)?"
_NUMERIC = r"^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})"
#: Two digits of a year where a format's patterns hold %y; and what says so at the end of a form.
_SHORT_YEAR, _SHORT = r"(\d{2})", "_short_year"
#: Hours that zones named by letters are from UTC (RFC 5322, section 4.3).
_LETTERS = {"est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7}
_ZONES = "|".join(("z|utc|gmt", *_LETTERS))
_TIME = (
    r"(?:(?:,? (?:at )?|t)\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?: ?[ap]\.?m\.?)?"
    rf"(?: ?(?:{_ZONES}|[+-]\d{{2}}:?\d{{2}}))?)?$"
)
#: What a time of day ends with, before its zone.
_END = r":\d{2}(?:[.,]\d+)?(?: ?[ap]\.?m\.?)?"
#: Spelling of the day -> pattern and which group is year, month, day.
_FORMS = {
    "year_first": (r"^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})", (1, 2, 3)),
    "compact": (r"^(\d{4})(\d{2})(\d{2})", (1, 2, 3)),
    MONTH_FIRST: (_NUMERIC, (3, 1, 2)),
    DAY_FIRST: (_NUMERIC, (3, 2, 1)),
    "month_name": (
        rf"^(?:[a-z]{{3,9}},? )?{_MONTH}\.? (\d{{1,2}}){_ORDINAL},? (\d{{4}})",
        (3, 1, 2),
    ),
    "day_name": (rf"^(\d{{1,2}}){_ORDINAL}[- ]{_MONTH}\.?,?[- ](\d{{4}})", (3, 2, 1)),
}
_NAMED = ("month_name", "day_name")
#: The project's own spellings, with a year of two digits too, by the order of day and month.
SHORT_YEARS = {
    order: tuple(
        f"{each}{year}" for each in (numeric, "%b %d, ", "%d %b ") for year in ("%Y", "%y")
    )
    for order, numeric in ((MONTH_FIRST, "%m/%d/"), (DAY_FIRST, "%d/%m/"))
}
_PARTS = ("odd", "day", "clock", "at", "utc")
#: ISO 8601 as most exports write it: a database reads it as it stands.
_ISO = r"^\d{4}-\d{2}-\d{2}(?: (?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d)?)?$"
_SERIAL = r"^\d{5}(?:\.\d+)?$"
#: Excel's day numbers of 1990-01-01 and 2099-12-31 in the 1900 system.
_SERIALS = (32_874, 73_050)


def with_time(
    table,
    column: str,
    *,
    order: str = MONTH_FIRST,
    patterns: Sequence[str] = (),
    zone: str = "",
    clinic_zone: str = "UTC",
    zoned: bool = True,
):
    """Return `table` with a text column parsed as dates and times; missing where it is none.

    Days that do not exist and years outside 1990-2099 are missing, and two-digit years where no
    pattern declares them (``%y``: 69 to 99 are 1969 to 1999, as POSIX has it).

    Parameters
    ----------
    table : ibis Table
    column : str
        Text column, replaced by a naive timestamp in the clinic's zone.
    order : str
        ``month_first`` or ``day_first``: how 03/04/2026 is read.
    patterns : sequence of str
        strptime patterns a format declares; only their spellings of the day and ISO 8601 are then
        read.
    zone : str
        IANA zone of times the export writes without one; empty: the clinic's own.
    clinic_zone : str
        IANA zone the result is local to.
    zoned : bool
        Whether cells may carry an offset or be of another zone; if not, that work is left out.

    Returns
    -------
    ibis Table

    Examples
    --------
    >>> cells = ibis.memtable({"at": ["3/4/2026 2:05 PM", "2026-02-30"]})
    >>> with_time(cells, "at").at.execute().astype(str).tolist()
    ['2026-03-04 14:05:00', nan]
    >>> with_time(cells, "at", order="day_first").at.execute().astype(str).tolist()
    ['2026-04-03 14:05:00', nan]
    """
    stages = time_stages(
        column, order=order, patterns=patterns, zone=zone, clinic_zone=clinic_zone, zoned=zoned
    )
    return parsed(table, column, stages)


def time_stages(
    column: str, *, order: str, patterns: Sequence[str], zone: str, clinic_zone: str, zoned: bool
) -> list[Stage]:
    """Return the steps of `with_time`, to run beside those of other columns.

    Cells in ISO 8601 are done in the first step; the others cost what they cost.
    """
    text, (odd, day, clock, at, utc) = f"folded_{column}", (f"_{column}_{p}" for p in _PARTS)

    def moved(table):
        local = time_zones.local(table[utc], clinic_zone)
        return {at: local.coalesce(table[at])}

    stages = [
        lambda table: {at: _stamp(table[text])},
        lambda table: {odd: table[at].isnull().ifelse(table[text], None)},
        lambda table: {day: iso_day(table[odd], order, patterns), clock: _clock(table[odd])},
        lambda table: {at: table[at].coalesce(_written(table[odd], table[day], table[clock]))},
    ]
    move = [lambda table: {utc: _instant(table[text], table[at], zone, clinic_zone)}, moved]
    return [*stages, *(move if zoned else ()), lambda table: {column: _in_range(table[at])}]


def _stamp(lower):
    """Return the time of a text in ISO 8601, missing where it is none; seconds for every engine."""
    seconds = (lower.length() == len("2026-05-31 14:05")).ifelse(":00", "")
    return iso(lower).ifelse(lower + seconds, None).try_cast("timestamp")


def iso(lower):
    """Return whether a folded text is a day, or a day and a time, as ISO 8601 has them."""
    return lower.re_search(_ISO)


def is_serial(lower):
    """Return whether a folded text is a day number of Excel's 1900 system (1990 to 2099)."""
    days = lower.re_extract(_SERIAL, 0).try_cast("float64")
    return ((days >= _SERIALS[0]) & (days < _SERIALS[1] + 1)).fill_null(False)


def has_zone(lower):
    """Return whether a folded text tells its zone, by an offset or by letters."""
    return lower.re_search(rf"{_END} ?(?:{_ZONES}|[+-]\d{{2}}:?\d{{2}})$")


def midnight(lower):
    """Return whether a folded text's time of day is midnight; missing where it has none."""
    plain = lower.re_search(r" 00:00(?::00)?$")
    at = iso(lower).ifelse(plain, _clock(iso(lower).ifelse(None, lower)) == "00:00:00")
    return lower.re_search(r"\d:\d{2}").ifelse(at, None)


def day_of(text):
    """Return the day as written, without time and zone.

    Examples
    --------
    >>> day_of(ibis.literal("2026-05-04T00:00:00.000Z")).execute()
    '2026-05-04'
    """
    return squeezed(text).re_replace(r"(?i),?[ t](?:at )?\d{1,2}:\d{2}.*$", "")


def short_year(text):
    """Return whether the text is a day like 4/5/26 or 4-May-26, its year in two digits."""
    return ends_in_short_year(folded(text))


def ends_in_short_year(lower):
    """Return what `short_year` does, of a folded text."""
    return ibis.or_(
        *(lower.re_search(_pattern(form + _SHORT) + _TIME) for form in (DAY_FIRST, *_NAMED))
    )


def declared_order(patterns: Sequence[str], order: str) -> str:
    """Return the order of day and month in numbers like 03/04/2026: of the patterns, or `order`.

    Empty where the patterns leave no such date to be read.

    Examples
    --------
    >>> [declared_order(p, "month_first") for p in ((), ("%d.%m.%y",), ("%Y-%m-%d", "%b %d, %Y"))]
    ['month_first', 'day_first', '']
    """
    numeric = (form.removesuffix(_SHORT) for form in map(_form, patterns))
    return next(
        (form for form in numeric if form in (MONTH_FIRST, DAY_FIRST)), "" if patterns else order
    )


def day_first(lower, patterns: Sequence[str] = ()):
    """Return whether a folded text can only be read with the day first, like 25/12/2026."""
    first, second = _pair(lower, patterns)
    return (first > 12) & (second <= 12)


def month_first(lower, patterns: Sequence[str] = ()):
    """Return whether a folded text can only be read with the month first, like 12/25/2026."""
    first, second = _pair(lower, patterns)
    return (second > 12) & (first <= 12)


def _pair(lower, patterns: Sequence[str]):
    year = r"(?:\d{4}|\d{2})(?:\D|$)" if any("%y" in each for each in patterns) else r"\d{4}"
    pattern = _NUMERIC.replace(r"(\d{4})", year)
    return tuple(part(lower, pattern, group).try_cast("int64").fill_null(0) for group in (1, 2))


def _forms(order: str, patterns: Sequence[str]) -> list[str]:
    named = map(_form, patterns) if patterns else (order, *_NAMED)
    return list(dict.fromkeys(("year_first", "compact", *named)))


def _form(pattern: str) -> str:
    """Return the spelling of the day in a strptime pattern.

    Examples
    --------
    >>> [_form(p) for p in ("%Y-%m-%d %H:%M", "%Y%m%d", "%d/%m/%Y", "%m/%d/%Y", "%b %d, %Y")]
    ['year_first', 'compact', 'day_first', 'month_first', 'month_name']
    >>> _form("%m/%d/%y")
    'month_first_short_year'
    """
    month = next(mark for mark in ("%m", "%b", "%B") if mark in pattern)
    named = month != "%m"
    if pattern.startswith("%Y"):
        return "compact" if pattern.startswith("%Y%m") else "year_first"
    form = (
        ("day_name", DAY_FIRST)
        if pattern.index("%d") < pattern.index(month)
        else ("month_name", MONTH_FIRST)
    )
    return form[not named] + _SHORT * ("%y" in pattern)


def _pattern(form: str) -> str:
    pattern, _ = _FORMS[form.removesuffix(_SHORT)]
    return pattern.replace(r"(\d{4})", _SHORT_YEAR) if form.endswith(_SHORT) else pattern


def _in_range(time):
    return time.year().between(1990, 2099).ifelse(time, None)


def _written(lower, day, clock):
    written = (day + " " + clock).try_cast("timestamp")
    return is_serial(lower).ifelse(_from_serial(lower), written)


def iso_day(lower, order: str, patterns: Sequence[str]):
    """Return the day of a text as YYYY-MM-DD, whatever its declared spelling."""
    return ibis.cases(
        *(
            (lower.re_search(_pattern(form) + _TIME), _iso(lower, form))
            for form in _forms(order, patterns)
        ),
        else_=ibis.null("string"),
    )


def _iso(lower, form: str):
    spelling = form.removesuffix(_SHORT)
    places = _FORMS[spelling][1]
    year, month, day = (part(lower, _pattern(form), place) for place in places)
    if spelling != form:
        year = (year >= "69").ifelse("19", "20") + year
    if spelling in _NAMED:
        at = ibis.literal(_MONTHS).find(month.substr(0, 3))
        month = (at // 3 + 1).cast("string")
    return year + "-" + _two(month) + "-" + _two(day)


def _clock(lower):
    hour = part(lower, r"(\d{1,2}):\d{2}", 1).try_cast("int64")
    half = part(lower, r"\d ?([ap])\.?m", 1)
    in_half = (hour % 12) + (half == "p").ifelse(12, 0)
    valid = ibis.cases((hour.between(1, 12), in_half), else_=99)
    whole_day = (hour <= 23).ifelse(hour, 99)
    hour = ibis.cases((hour.isnull(), 0), (half.isnull(), whole_day), else_=valid)
    minute = part(lower, r"\d{1,2}:(\d{2})", 1).fill_null("00")
    second = part(lower, r"\d{1,2}:\d{2}:(\d{2})", 1).fill_null("00")
    return _two(hour.cast("string")) + ":" + minute + ":" + second


def _two(text):
    return text.lpad(2, "0")


def _from_serial(lower):
    number = lower.re_extract(_SERIAL, 0).try_cast("float64")
    day = number.floor().cast("int64")
    seconds = ((number - day) * 86_400).round().cast("int64")
    epoch = ibis.timestamp("1899-12-30")
    return epoch + day * ibis.interval(days=1) + seconds * ibis.interval(seconds=1)


def _instant(text, written, zone: str, clinic_zone: str):
    """Return the UTC time of cells that tell it; a date alone never moves."""
    offset = part(text, rf"{_END} ?([+-]\d{{2}}:?\d{{2}})$", 1)
    letters = part(text, rf"{_END} ?({'|'.join(_LETTERS)})$", 1)
    hours = letters.cases(*_LETTERS.items(), else_=0)
    cases = [
        (offset.notnull(), written - _seconds(offset)),
        (text.re_search(rf"{_END} ?(?:z|utc|gmt)$"), written),
        (letters.notnull(), written - hours * ibis.interval(hours=1)),
    ]
    if zone and zone != clinic_zone:
        cases.append((text.re_search(r"\d:\d{2}"), time_zones.instant(written, zone)))
    return ibis.cases(*cases, else_=ibis.null("timestamp"))


def _seconds(offset):
    hours, minutes = offset.substr(1, 2), offset.re_extract(r"\d{2}$", 0)
    size = hours.try_cast("int64") * 60 + minutes.try_cast("int64")
    return offset.startswith("-").ifelse(-size, size) * ibis.interval(minutes=1)
