"""Times of other zones made naive local times of the clinic, without any engine's zone database.

Rules: a time written without a zone is local and stays as it is written, also where the clocks
change (its day never moves). A time with an offset, or of an export in another zone, is one
instant, and becomes the local time of that instant. A local time of another zone that exists twice
is its first; one that does not exist is read with the offset before the change.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import ibis

_FIRST, _LAST = datetime(1995, 1, 1, tzinfo=UTC), datetime(2051, 1, 1, tzinfo=UTC)


def local(instant, zone: str):
    """Return the naive local time in `zone` of a naive UTC timestamp.

    Parameters
    ----------
    instant : ibis timestamp value
    zone : str
        IANA name.

    Examples
    --------
    >>> utc = ibis.literal("2026-04-01 04:30:00").cast("timestamp")
    >>> str(local(utc, "America/Chicago").execute())
    '2026-03-31 23:30:00'
    """
    return instant + _offset(instant, changes(zone)) * ibis.interval(seconds=1)


def instant(local_time, zone: str):
    """Return the naive UTC timestamp of a naive local time in `zone`."""
    walls = tuple(
        (at + timedelta(seconds=max(before, after)), before, after)
        for at, before, after in changes(zone)
    )
    return local_time - _offset(local_time, walls) * ibis.interval(seconds=1)


@cache
def changes(zone: str) -> tuple[tuple[datetime, int, int], ...]:
    """Return (naive UTC time, offset before, offset from then on, in seconds) of each change.

    Examples
    --------
    >>> [str(at) for at, before, after in changes("America/New_York") if at.year == 2026]
    ['2026-03-08 07:00:00', '2026-11-01 06:00:00']
    """
    info, found, day = ZoneInfo(zone), [], _FIRST
    while day < _LAST:
        after = day + timedelta(days=1)
        if _seconds(day, info) != _seconds(after, info):
            found.append(_change(day, after, info))
        day = after
    first = _seconds(_FIRST, info)
    return tuple(found) or ((_FIRST.replace(tzinfo=None), first, first),)


def _change(low: datetime, high: datetime, info: ZoneInfo) -> tuple[datetime, int, int]:
    before, after = _seconds(low, info), _seconds(high, info)
    while high - low > timedelta(seconds=1):
        middle = (low + (high - low) / 2).replace(microsecond=0)
        low, high = (middle, high) if _seconds(middle, info) == before else (low, middle)
    return high.replace(tzinfo=None), before, after


def _seconds(at: datetime, info: ZoneInfo) -> int:
    return int(at.astimezone(info).utcoffset().total_seconds())


def _offset(time, table: tuple[tuple[datetime, int, int], ...]):
    cases = [(time >= ibis.timestamp(str(at)), after) for at, _, after in reversed(table)]
    return ibis.cases(*cases, else_=table[0][1])
