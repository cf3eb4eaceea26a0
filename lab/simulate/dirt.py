"""How a clinic's exports spell things: dates, phones, money, and the shares of what goes wrong."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True, kw_only=True)
class Dirt:
    """Shares of the sample's rows that are not clean leads ("b", "k": see `World`).

    Attributes
    ----------
    junk_share : float
        Inquiries that are no leads, of all inquiries but merged ones (b: 25-50%).
    second_touch_share : float
        Leads that inquire once more within half a year, through another channel (k: 4%).
    hard_match_share : float
        Of those, the ones that share no spelled email or phone with the first.
    return_share : float
        Leads whose person comes back as a new lead after the re-lead window.
    family_share : float
        Leads that share a phone with an earlier lead of the same surname.
    placeholder_share : float
        Leads with the front desk's number, or a placeholder address, in place of their own.
    source_missing, source_wrong : float
        k: 8% (phone calls twice as often) and 5%.
    unspecific_share, unstated_share : float
        SQLs that asked for an appointment without saying what for, and that stated nothing.
    odd_spelling_share : float
        Cells in another spelling than the rest of their column.
    unreachable_share : float
        Leads with a first call nobody answered (b: 20-40% of calls are missed).
    misdated_share : float
        Of those calls, the ones dated two weeks early, before the inquiry (k: 1%).
    again_share : float
        Rows of a quarter's last month exported once more in the next quarter.
    """

    junk_share: float = 0.36
    second_touch_share: float = 0.07
    hard_match_share: float = 0.12
    return_share: float = 0.02
    family_share: float = 0.015
    placeholder_share: float = 0.012
    source_missing: float = 0.06
    source_wrong: float = 0.03
    unspecific_share: float = 0.10
    unstated_share: float = 0.05
    odd_spelling_share: float = 0.04
    unreachable_share: float = 0.30
    misdated_share: float = 0.02
    again_share: float = 0.05


def dates(times: pd.Series, rng: np.random.Generator, *, odd: float, day_only: bool) -> pd.Series:
    """Spell timestamps; all have the month before the day, or the year first.

    Parameters
    ----------
    times : Series of datetime64
    odd : float
        Share spelled otherwise than the clinic's system of that time (US style until the end of
        2024, ISO after).
    day_only : bool
        Whether odd spellings may drop the time of day.

    Returns
    -------
    Series of str

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> times = pd.Series(pd.to_datetime(["2024-03-04 14:35", "2025-03-04 14:35"]))
    >>> dates(times, rng, odd=0, day_only=False).tolist()
    ['3/4/2024 2:35 PM', '2025-03-04 14:35']
    """
    american, iso = times.map(_american), times.dt.strftime("%Y-%m-%d %H:%M")
    plain = american.where(times < "2025-01-01", iso)
    others = [american, iso, times.dt.strftime("%Y-%m-%dT%H:%M:%S")]
    if day_only:
        others += [times.dt.strftime("%m/%d/%Y"), times.dt.strftime("%b %d, %Y")]
    return _sometimes(plain, others, rng, odd)


def phones(digits: pd.Series, rng: np.random.Generator, *, odd: float) -> pd.Series:
    """Spell ten-digit phone numbers; blanks stay blank.

    Examples
    --------
    >>> phones(pd.Series(["6185550123", ""]), np.random.default_rng(1), odd=0).tolist()
    ['(618) 555-0123', '']
    """
    area, head, tail = digits.str[:3], digits.str[3:6], digits.str[6:]
    plain = "(" + area + ") " + head + "-" + tail
    others = [
        area + "-" + head + "-" + tail,
        area + "." + head + "." + tail,
        "+1 " + area + " " + head + " " + tail,
        digits,
        plain + " x2",
    ]
    return _sometimes(plain, others, rng, odd).where(digits != "", "")


def money(amounts: pd.Series, rng: np.random.Generator, *, odd: float) -> pd.Series:
    """Spell dollars; negative amounts carry a minus or accountants' brackets.

    Examples
    --------
    >>> money(pd.Series([1250.0, -85.5]), np.random.default_rng(1), odd=0).tolist()
    ['1250.00', '-85.50']
    """
    plain = amounts.map("{:.2f}".format)
    dollars = amounts.abs().map("${:,.2f}".format)
    signed = dollars.where(amounts >= 0, "(" + dollars + ")")
    return _sometimes(plain, [signed], rng, odd)


def cases(text: pd.Series, rng: np.random.Generator, *, odd: float) -> pd.Series:
    """Return some cells in capitals, some with stray spaces."""
    return _sometimes(text, [text.str.upper(), text + " ", " " + text], rng, odd)


def _american(time: pd.Timestamp) -> str:
    hour = time.hour % 12 or 12
    half = "AM" if time.hour < 12 else "PM"
    return f"{time.month}/{time.day}/{time.year} {hour}:{time.minute:02d} {half}"


def _sometimes(
    plain: pd.Series, others: list[pd.Series], rng: np.random.Generator, odd: float
) -> pd.Series:
    """Return `plain`, a share `odd` of it replaced by the other spellings."""
    which = rng.integers(len(others), size=len(plain))
    changed = rng.random(len(plain)) < odd
    columns = np.column_stack([other.to_numpy(object) for other in others])
    return plain.where(~changed, pd.Series(columns[np.arange(len(plain)), which], plain.index))
