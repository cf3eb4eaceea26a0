"""Numbers and verdicts as a client reads them: value, likely range, how many, as of when.

Formatting only. Wording stays "with": campaigns are not randomised.
"""

from __future__ import annotations

from datetime import date

from ptanalysis.estimate.result import Estimate

#: unit: (factor shown, text before, text after one number, text after a range).
_UNITS = {
    "share": (100, "", " %", " %"),
    "points": (100, "", " points", " points"),
    "leads": (1, "", " leads", " leads"),
    "leads_per_week": (1, "", " leads a week", " leads a week"),
    "usd": (1, "$", "", ""),
    "ratio": (1, "", " times", " times"),
    "roi": (100, "", " %", " %"),
    "weeks": (1, "", " weeks", " weeks"),
    "days": (1, "", " days", " days"),
    "per_year": (1, "", " times a year", " times a year"),
}

#: What a client reads for each verdict.
VERDICTS = {
    "supported": "Supported",
    "contradicted": "Contradicted",
    "no_material_difference": "No material difference",
    "cannot_tell": "Cannot tell yet",
    "not_testable": "Not testable",
}


def as_of(day: date) -> str:
    """Return the as-of date in words.

    Examples
    --------
    >>> as_of(date(2026, 6, 30))
    'as of June 30, 2026'
    """
    return f"as of {day:%B} {day.day}, {day.year}"


def number(value: float, unit: str, *, decimals: int | None = None) -> str:
    """Return one number with its unit.

    Parameters
    ----------
    value : float
        As an Estimate holds it: a share is 0 to 1, ROI 1.9 is 190 %.
    unit : str
        A unit of `Estimate`; ``usd_per_<event>`` for any event.
    decimals : int, optional
        Decimals shown; by the size of the number where not given.

    Examples
    --------
    >>> number(0.27, "share"), number(1240.4, "usd_per_sql"), number(-0.031, "points")
    ('27 %', '$1,240 per SQL', '−3.1 points')
    """
    _, before, after, _ = _unit(unit)
    return _digits(value, unit, decimals, before) + after


def phrase(estimate: Estimate, *, of: str = "leads") -> str:
    """Return an estimate as a phrase: value, likely range, number behind it.

    Parameters
    ----------
    estimate : Estimate
    of : str
        What ``n`` counts, in the plural.

    Examples
    --------
    >>> phrase(Estimate(value=.27, ci_low=.19, ci_high=.36, unit="share", n=104, method="Wilson"))
    '27 % (likely between 19 and 36 %; 104 leads)'
    >>> phrase(Estimate(value=None, ci_low=240, ci_high=None, unit="usd_per_sql", n=0,
    ...                 method="Poisson", reason="no SQL yet"), of="SQLs")
    'at least $240 per SQL (no SQL yet; 0 SQLs)'
    >>> phrase(Estimate.not_identified("no campaign ever stopped", unit="ratio"))
    'not known: no campaign ever stopped'
    """
    if estimate.value is None and estimate.ci_low is None and estimate.ci_high is None:
        return f"not known: {estimate.reason}"
    decimals = _shared_decimals(estimate)
    notes = [_range(estimate, decimals)] if estimate.known else []
    if estimate.reason:
        notes.append(estimate.reason)
    notes.append(count(estimate.n, of))
    head = (
        number(estimate.value, estimate.unit, decimals=decimals)
        if estimate.known
        else _one_sided(estimate, decimals)
    )
    return f"{head} ({'; '.join(note for note in notes if note)})"


def interval(estimate: Estimate) -> str:
    """Return only the interval: ``19 to 36 %``, ``at least $240``, or a dash where there is none.

    Examples
    --------
    >>> interval(Estimate(value=.27, ci_low=.19, ci_high=.36, unit="share", n=104, method="Wilson"))
    '19 to 36 %'
    """
    if estimate.ci_low is None and estimate.ci_high is None:
        return "–"
    decimals = _shared_decimals(estimate)
    if estimate.ci_low is None or estimate.ci_high is None:
        return _one_sided(estimate, decimals)
    return _between(estimate, decimals, " to ")


def value(estimate: Estimate) -> str:
    """Return only the value with its unit, or a dash where it is not known.

    Examples
    --------
    >>> value(Estimate(value=.27, ci_low=.19, ci_high=.36, unit="share", n=104, method="Wilson"))
    '27 %'
    """
    if not estimate.known:
        return "–"
    return number(estimate.value, estimate.unit, decimals=_shared_decimals(estimate))


def count(n: float, of: str) -> str:
    """Return how many, with thousands separated and the noun in its number.

    Examples
    --------
    >>> count(1204, "leads"), count(1, "leads"), count(1, "patients")
    ('1,204 leads', '1 lead', '1 patient')
    """
    noun = of[:-1] if round(n) == 1 and of.endswith("s") else of
    return f"{n:,.0f} {noun}"


def listed(parts: list[str]) -> str:
    """Return words in a row as a sentence has them.

    Examples
    --------
    >>> listed(["spam", "job seekers", "vendors"]), listed([])
    ('spam, job seekers and vendors', 'none')
    """
    if len(parts) < 2:
        return parts[0] if parts else "none"
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def label(word: str) -> str:
    """Return a stored word (``direct_mail``) as a reader sees it.

    Examples
    --------
    >>> label("direct_mail"), label("seo"), label("inbound")
    ('Direct mail', 'SEO', 'Inbound')
    """
    return _CASED.get(word, word.replace("_", " ")[:1].upper() + word.replace("_", " ")[1:])


_CASED = {"seo": "SEO", "ppc": "PPC", "mql": "MQL", "sql": "SQL", "roi": "ROI", "sms": "SMS"}


def _unit(unit: str) -> tuple[float, str, str, str]:
    if unit.startswith("usd_per_"):
        event = unit.removeprefix("usd_per_")
        after = f" per {_CASED.get(event, event.replace('_', ' '))}"
        return 1, "$", after, after
    return _UNITS[unit]


def _default_decimals(shown: float, unit: str) -> int:
    size = abs(shown)
    if unit.startswith("usd"):
        return 0 if size >= 10 else 2
    if unit == "leads":
        return 0
    if unit in ("ratio", "per_year"):
        return 0 if size >= 100 else 1 if size >= 10 else 2
    return 0 if size >= 10 else 1


def _shared_decimals(estimate: Estimate) -> int:
    """Return decimals that fit the whole line: as fine as its ends differ, no finer."""
    factor = _unit(estimate.unit)[0]
    shown = [
        end * factor for end in (estimate.value, estimate.ci_low, estimate.ci_high)
        if end is not None
    ]  # fmt: skip
    spread = max(shown) - min(shown)
    coarse = min(_default_decimals(end, estimate.unit) for end in shown)
    if estimate.unit.startswith("usd") or estimate.unit == "leads":
        return coarse
    return max(coarse, 1) if spread < 4 and len(shown) > 1 else coarse


def _digits(value: float, unit: str, decimals: int | None, before: str) -> str:
    shown = value * _unit(unit)[0]
    places = _default_decimals(shown, unit) if decimals is None else decimals
    text = f"{abs(shown):,.{places}f}"
    negative = shown < 0 and text.strip("0.,")
    return ("−" if negative else "") + before + text


def _between(estimate: Estimate, decimals: int, joint: str) -> str:
    _, before, _, after = _unit(estimate.unit)
    ends = [
        _digits(end, estimate.unit, decimals, before) for end in (estimate.ci_low, estimate.ci_high)
    ]
    return joint.join(ends) + after


def _range(estimate: Estimate, decimals: int) -> str:
    if estimate.ci_low is None and estimate.ci_high is None:
        return ""
    if estimate.ci_low is None or estimate.ci_high is None:
        return f"likely {_one_sided(estimate, decimals)}"
    return f"likely between {_bare(_between(estimate, decimals, ' and '), estimate.unit)}"


def _bare(text: str, unit: str) -> str:
    """Drop a unit that the value just named, but keep the sign of a percentage."""
    after = _unit(unit)[2]
    return text if after in (" %", "") else text.removesuffix(after)


def _one_sided(estimate: Estimate, decimals: int) -> str:
    side, end = (
        ("at least", estimate.ci_low) if estimate.ci_low is not None
        else ("at most", estimate.ci_high)
    )  # fmt: skip
    return f"{side} {number(end, estimate.unit, decimals=decimals)}"
