"""Numbers with their units and fitting decimals."""

from __future__ import annotations

from ptanalysis.definitions import currency_sign
from ptanalysis.stats.estimate import Estimate

#: Unit to (factor shown, text before, text after).
_UNITS = {
    "share": (100, "", "%"),
    "points": (100, "", " points"),
    "leads": (1, "", " leads"),
    "leads_per_week": (1, "", " leads a week"),
    "ratio": (1, "", " times"),
    "roi": (100, "", "%"),
    "weeks": (1, "", " weeks"),
    "days": (1, "", " days"),
    "per_year": (1, "", " times a year"),
}

#: Words that are written in capitals.
CASED = {"seo": "SEO", "ppc": "PPC", "mql": "MQL", "sql": "SQL", "roi": "ROI", "ai": "AI"}


def unit_of(unit: str) -> tuple[float, str, str]:
    """Return the factor a unit is shown at, and the text before and after its number.

    Examples
    --------
    >>> unit_of("share"), unit_of("usd_per_sql"), unit_of("eur")
    ((100, '', '%'), (1, '$', ' per SQL'), (1, '€', ''))
    """
    if not (code := currency_of(unit)):
        return _UNITS[unit]
    _, per, event = unit.partition("_per_")
    after = f" per {CASED.get(event, event.replace('_', ' '))}" if per else ""
    return 1, currency_sign(code), after


def currency_of(unit: str) -> str:
    """Return the code of the currency a unit is in, empty where it is none.

    Examples
    --------
    >>> currency_of("eur_per_sql"), currency_of("leads_per_week"), currency_of("roi")
    ('eur', '', '')
    """
    code = unit.partition("_per_")[0]
    return code if len(code) == 3 and unit not in _UNITS else ""


def number(value: float, unit: str, *, decimals: int | None = None) -> str:
    """Return one number with its unit.

    Parameters
    ----------
    value : float
        As an Estimate holds it: a share is 0 to 1, ROI 1.9 is 190%.
    unit : str
        A unit of `Estimate`; ``<currency>_per_<event>`` for any event.
    decimals : int, optional
        Decimals shown; by the size of the number where not given.

    Examples
    --------
    >>> number(0.27, "share"), number(1240.4, "gbp_per_sql"), number(-0.031, "points")
    ('27%', '£1,240 per SQL', '−3.1 points')
    >>> number(1, "leads"), number(12, "leads")
    ('1 lead', '12 leads')
    """
    shown, after = bare_number(value, unit, decimals=decimals), unit_of(unit)[2]
    return shown + (" lead" if (shown, after) == ("1", " leads") else after)


def excel_format(unit: str) -> str:
    """Return the number format of a spreadsheet's cell or a chart's axis.

    Examples
    --------
    >>> excel_format("share"), excel_format("usd_per_sql"), excel_format("leads")
    ('0.0%', '"$"#,##0', '#,##0')
    """
    if code := currency_of(unit):
        return f'"{currency_sign(code)}"#,##0'
    kinds = {"share": "0.0%", "points": "0.0%", "roi": "0%", "leads": "#,##0", "p": "0.0000"}
    return kinds.get(unit, "#,##0.00")


def bare_number(value: float, unit: str, *, decimals: int | None = None) -> str:
    """Return one number without the text after it.

    Examples
    --------
    >>> bare_number(-1240.4, "usd"), bare_number(-0.0001, "points"), bare_number(0, "usd")
    ('−$1,240', '0.0', '$0')
    """
    factor, before, _ = unit_of(unit)
    shown = value * factor
    places = _decimals(shown, unit) if decimals is None else decimals
    if decimals is None and not shown and currency_of(unit):
        places = 0
    text = f"{abs(shown):,.{places}f}"
    negative = shown < 0 and text.strip("0.,")
    return ("−" if negative else "") + before + text


def whole(value: float | None, unit: str) -> str:
    """Return a number without decimals, as a table's cell has room for; a dash where there is none.

    Examples
    --------
    >>> whole(1240.4, "usd"), whole(None, "leads"), whole(float("nan"), "usd")
    ('$1,240', '–', '–')
    """
    missing = value is None or value != value
    return "–" if missing else bare_number(value, unit, decimals=0)


def shared_decimals(estimate: Estimate) -> int:
    """Return decimals that fit a whole estimate: as fine as its ends differ, no finer.

    Examples
    --------
    >>> shared_decimals(Estimate(value=.1053, ci_low=.0988, ci_high=.1121, unit="share", n=8000,
    ...                          method="Wilson"))
    1
    """
    factor = unit_of(estimate.unit)[0]
    ends = (estimate.value, estimate.ci_low, estimate.ci_high)
    shown = [end * factor for end in ends if end is not None]
    coarse = min(_decimals(end, estimate.unit) for end in shown)
    if currency_of(estimate.unit) or estimate.unit == "leads":
        return coarse
    narrow = len(shown) > 1 and max(shown) - min(shown) < 4
    return max(coarse, 1) if narrow else coarse


def _decimals(shown: float, unit: str) -> int:
    size = abs(shown)
    if currency_of(unit):
        return 0 if size >= 10 else 2
    if unit == "leads":
        return 0
    if unit in ("ratio", "per_year"):
        return 0 if size >= 100 else 1 if size >= 10 else 2
    return 0 if size >= 10 else 1
