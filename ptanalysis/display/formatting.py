"""Numbers and estimates as a reader sees them: ``27%``, ``$373 ($287-$484)``, ``19% fewer``."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from ptanalysis.estimate import CAPPED, Estimate

#: Sign of a currency; any other currency is shown by its code.
_SIGNS = {"usd": "$", "cad": "C$", "aud": "A$", "eur": "€", "gbp": "£"}
#: Unit to (factor shown, text after).
_UNITS = {
    "share": (100, "%"),
    "points": (100, " points"),
    "roi": (100, "%"),
    "leads": (1, " leads"),
    "leads_per_week": (1, " leads a week"),
    "ratio": (1, " times"),
    "weeks": (1, " weeks"),
    "days": (1, " days"),
    "per_year": (1, " times a year"),
    "number": (1, ""),
}
#: Measures in ratio that are a part of a whole.
_PARTS = ("persistence",)
#: Measures of how many, not how much.
_MANY = ("change", "trend", "leads", "growth", "lasting")
MISSING = "–"
#: The engine's reasons to a reader's words.
_NOTES = {
    "one cluster: variation between clusters is ignored, the true uncertainty is larger": (
        "a single campaign, the true range is wider"
    ),
    "too few clusters hold an event: the interval is open": "too few campaigns to give a range",
    "clusters in an arm": "campaigns in a group",
    "no leads in an arm": "no leads in a group",
    " %": "%",
}


def number(value: float, unit: str, *, decimals: int | None = None) -> str:
    """Return one number with its unit.

    Parameters
    ----------
    value : float
        As an Estimate holds it: a share is 0 to 1, an ROI of 1.9 is 190%.
    unit : str
        A unit of `Estimate`, a currency's code (``usd``), or ``usd_per_<event>``.
    decimals : int, optional
        Decimals shown; by the size of the number where not given.

    Examples
    --------
    >>> number(0.27, "share"), number(1240.4, "usd_per_sql"), number(-0.031, "points")
    ('27%', '$1,240', '−3.1 points')
    >>> number(99.5, "eur"), number(80, "chf")
    ('€100', 'CHF 80')
    """
    factor, before, after = _parts(unit)
    shown = value * factor
    text = f"{abs(shown):,.{_decimals(shown, unit) if decimals is None else decimals}f}"
    return ("−" if shown < 0 and text.strip("0.,") else "") + before + text + after


def estimate_words(estimate: Estimate) -> str:
    """Return an estimate with its interval: what a sentence or a cell has room for.

    Examples
    --------
    >>> share = Estimate(value=.27, ci_low=.19, ci_high=.36, unit="share", n=104, method="Wilson")
    >>> estimate_words(share)
    '27% (19%-36%)'
    >>> fewer = Estimate(value=.81, ci_low=.58, ci_high=1.14, unit="ratio", n=350, method="t",
    ...                  id="change")
    >>> estimate_words(fewer)
    '19% fewer (42% fewer to 14% more)'
    >>> estimate_words(Estimate.not_identified("no campaign stopped", unit="ratio"))
    'not known (no campaign stopped)'
    """
    if value := value_words(estimate):
        return f"{value} ({inside_words(estimate) or 'no interval'})"
    if interval := interval_words(estimate):
        return interval
    return f"not known ({note_words(estimate)})"


def value_words(estimate: Estimate) -> str:
    """Return only the value in words, empty where it is not known."""
    estimate = _as_part(estimate)
    return "" if estimate.value is None else _end(estimate, estimate.value, alone=True)


def interval_words(estimate: Estimate) -> str:
    """Return only the interval in words: ``19%-36%``, ``at least $240``, or an empty string.

    Examples
    --------
    >>> interval_words(Estimate(value=None, ci_low=240, ci_high=None, unit="usd_per_sql", n=0,
    ...                         method="Garwood", reason="no SQL yet"))
    'at least $240'
    """
    estimate = _as_part(estimate)
    low, high = estimate.ci_low, estimate.ci_high
    if low is None and high is None:
        return ""
    if low is None or high is None:
        end = high if low is None else low
        return f"at {'most' if low is None else 'least'} {_end(estimate, end, alone=True)}"
    last = _end(estimate, high, alone=True)
    first = _end(estimate, low, alone=_is_percent(estimate) or not last.endswith(_after(estimate)))
    dash = "-" if min(low, high) >= 0 and not _is_change(estimate) else " to "
    return f"{first}{dash}{last}"


def inside_words(estimate: Estimate) -> str:
    """Return the interval as it stands in parentheses after its value, whose unit was just named.

    Examples
    --------
    >>> inside_words(Estimate(value=2.5, ci_low=1.6, ci_high=3.9, unit="ratio", n=131, method="t"))
    '1.6-3.9'
    """
    words = interval_words(estimate)
    named = is_money(estimate.unit) or _is_percent(_as_part(estimate)) or _is_change(estimate)
    return words if named else words.removesuffix(_after(estimate))


def note_words(estimate: Estimate) -> str:
    """Return why a number is missing or settles nothing, in a reader's words.

    Examples
    --------
    >>> why = f"only 4 clusters in an arm, 6 are needed; {CAPPED}"
    >>> note_words(Estimate.not_identified(why, unit="usd"))
    'too little to judge: only 4 campaigns in a group, 6 are needed'
    """
    kept = [part for part in estimate.reason.split("; ") if part and part != CAPPED]
    text = "; ".join(kept).removeprefix("not identified: ")
    for code, words in _NOTES.items():
        text = text.replace(code, words)
    return f"too little to judge: {text}" if CAPPED in estimate.reason and text else text


def date_words(day: pd.Timestamp) -> str:
    """Return a date as people write it.

    Examples
    --------
    >>> date_words(pd.Timestamp("2026-06-30"))
    'June 30, 2026'
    """
    return f"{day:%B} {day.day}, {day.year}"


def count_words(n: float, of: str) -> str:
    """Return how many, with the noun in its number.

    Examples
    --------
    >>> count_words(1204, "leads"), count_words(1, "leads")
    ('1,204 leads', '1 lead')
    """
    noun = of[:-1] if round(n) == 1 and of.endswith("s") else of
    return f"{n:,.0f} {noun}"


def is_money(unit: str) -> bool:
    """Return whether a unit is money, or money an event."""
    code = unit.partition("_per_")[0]
    return unit not in _UNITS and len(code) == 3 and code.isalpha()


def _parts(unit: str) -> tuple[float, str, str]:
    if is_money(unit):
        code = unit[:3]
        return 1, _SIGNS.get(code, f"{code.upper()} "), ""
    factor, after = _UNITS[unit]
    return factor, "", after


def _decimals(shown: float, unit: str) -> int:
    size = abs(shown)
    if is_money(unit):
        return 0 if size >= 10 or size == 0 else 2
    if unit == "leads":
        return 0
    if unit == "number":
        return 0 if float(shown).is_integer() else 2
    if unit in ("ratio", "per_year"):
        return 0 if size >= 100 else 1
    return 0 if size >= 10 or size == 0 else 1


def _shared(estimate: Estimate) -> int:
    """Return decimals that fit value and ends: as fine as they differ, no finer."""
    factor = _parts(estimate.unit)[0]
    ends = (estimate.value, estimate.ci_low, estimate.ci_high)
    shown = [end * factor for end in ends if end is not None]
    coarse = min(_decimals(end, estimate.unit) for end in shown)
    if is_money(estimate.unit) or estimate.unit == "leads":
        return coarse
    narrow = len(shown) > 1 and max(shown) - min(shown) < 4
    return max(coarse, 1) if narrow else coarse


def _end(estimate: Estimate, value: float, *, alone: bool) -> str:
    """Return the value or an end; without its unit where that follows anyway."""
    if _is_change(estimate):
        return _more(value, estimate.id)
    text = number(value, estimate.unit, decimals=_shared(estimate))
    return text if alone else text.removesuffix(_after(estimate))


def _more(ratio: float, measure: str) -> str:
    """Return a ratio near 1 as a change: 0.81 is 19% fewer."""
    many = any(word in measure for word in _MANY)
    percent = abs(ratio - 1) * 100
    if round(percent) == 0:
        return "no change"
    return f"{percent:,.0f}% {('more' if ratio > 1 else 'fewer' if many else 'less')}"


def _is_change(estimate: Estimate) -> bool:
    """Return whether a ratio reads better as a change in percent than as times."""
    if estimate.unit != "ratio":
        return False
    lowest = estimate.value if estimate.value is not None else estimate.ci_low or 0
    return lowest < 2 or (estimate.ci_low is not None and estimate.ci_low < 1)


def _is_percent(estimate: Estimate) -> bool:
    return _parts(estimate.unit)[2] == "%"


def _after(estimate: Estimate) -> str:
    return _parts(estimate.unit)[2]


def _as_part(estimate: Estimate) -> Estimate:
    return replace(estimate, unit="share") if estimate.id in _PARTS else estimate
