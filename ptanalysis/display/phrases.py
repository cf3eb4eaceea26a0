"""Estimates as a client reads them: value, 95% interval, how many.

Formatting only. Wording stays "with": campaigns are not randomized.
"""

from __future__ import annotations

from dataclasses import replace

from ptanalysis.display.numbers import bare_number, number, shared_decimals, unit_of
from ptanalysis.display.words import count
from ptanalysis.stats import CAPPED, Estimate


def phrase(estimate: Estimate, *, of: str = "leads") -> str:
    """Return an estimate as a phrase: value, 95% interval, number behind it.

    Parameters
    ----------
    estimate : Estimate
    of : str
        What ``n`` counts, in the plural.

    Examples
    --------
    >>> phrase(Estimate(value=.27, ci_low=.19, ci_high=.36, unit="share", n=104, method="Wilson"))
    '27% (19 to 36%; 104 leads)'
    >>> phrase(Estimate(value=None, ci_low=240, ci_high=None, unit="usd_per_sql", n=0,
    ...                 method="Poisson", reason="no SQL yet"), of="SQLs")
    'at least $240 per SQL (no SQL yet; 0 SQLs)'
    >>> phrase(Estimate.not_identified("no campaign ever stopped", unit="ratio"))
    'not known: no campaign ever stopped'
    """
    if not estimate.known and not _any_end(estimate):
        return f"not known: {remark(estimate)}"
    notes = (remark(estimate), count(estimate.n, of))
    return brief(estimate, behind="; ".join(filter(None, notes)))


def brief(estimate: Estimate, *, behind: str = "") -> str:
    """Return value and interval in few words, as a title or a list has room for.

    Parameters
    ----------
    estimate : Estimate
    behind : str
        What stands behind it (``104 leads``), within the parentheses.

    Examples
    --------
    >>> share = Estimate(value=.27, ci_low=.19, ci_high=.36, unit="share", n=104, method="Wilson")
    >>> brief(share), brief(share, behind="104 leads")
    ('27% (19 to 36%)', '27% (19 to 36%; 104 leads)')
    """
    if not estimate.known and not _any_end(estimate):
        return remark(estimate)
    span = _range(estimate) if _any_end(estimate) else "no range"
    head, span = (value(estimate), span) if estimate.known else (interval(estimate), "")
    notes = "; ".join(filter(None, (span, behind)))
    return f"{head} ({notes})" if notes else head


def compared(
    estimate: Estimate,
    null: float,
    *,
    above: str,
    below: str,
    unclear: str,
    unknown: str,
    verdict: str = "supported",
) -> str:
    """Return a finding: which side of `null` the whole interval lies on, with the numbers.

    Parameters
    ----------
    estimate : Estimate
    null : float
        The value of no effect.
    above, below, unclear, unknown : str
        Said where the interval lies above, below, on both sides, or there is none.
    verdict : str
        Of the claim about this number, as in `ptanalysis.verdicts`: where it is open among all
        claims, `unclear` is said whatever the interval alone would say.

    Examples
    --------
    >>> ratio = Estimate(value=2, ci_low=1.2, ci_high=3.3, unit="ratio", n=34, method="t")
    >>> said = {"above": "Outbound costs more", "below": "Inbound costs more",
    ...         "unclear": "No clear difference", "unknown": "Not known"}
    >>> compared(ratio, 1, **said)
    'Outbound costs more: 2.00 times (1.20 to 3.30)'
    >>> compared(ratio, 1, verdict="cannot_tell", **said)
    'No clear difference: 2.00 times (1.20 to 3.30)'
    """
    if not estimate.known:
        return f"{unknown}: {brief(estimate)}"
    if CAPPED in estimate.reason:
        return f"Not judged: {brief(estimate)}, {estimate.reason.removeprefix('not judged, ')}"
    side = clear_side(estimate, null) if verdict in ("supported", "contradicted") else ""
    said = {"above": above, "below": below, "": unclear}[side]
    return f"{said}: {brief(estimate)}"


def clear_side(estimate: Estimate, null: float) -> str:
    """Return ``above`` or ``below`` where the interval excludes `null` and no gate caps it.

    Examples
    --------
    >>> clear_side(Estimate(value=2, ci_low=1.2, ci_high=3, unit="ratio", n=34, method="t"), 1)
    'above'
    """
    if CAPPED in estimate.reason:
        return ""
    if estimate.ci_low is not None and estimate.ci_low > null:
        return "above"
    return "below" if estimate.ci_high is not None and estimate.ci_high < null else ""


def interval(estimate: Estimate) -> str:
    """Return only the interval: ``19 to 36%``, ``at least $240``, or a dash where there is none.

    Examples
    --------
    >>> interval(Estimate(value=.27, ci_low=.19, ci_high=.36, unit="share", n=104, method="Wilson"))
    '19 to 36%'
    """
    if not _any_end(estimate):
        return "–"
    if not estimate.closed:
        return _one_sided(estimate)
    return _between(estimate) + unit_of(estimate.unit)[2]


def value(estimate: Estimate) -> str:
    """Return only the value with its unit, or a dash where it is not known.

    Examples
    --------
    >>> value(Estimate(value=.27, ci_low=.19, ci_high=.36, unit="share", n=104, method="Wilson"))
    '27%'
    """
    if not estimate.known:
        return "–"
    return number(estimate.value, estimate.unit, decimals=shared_decimals(estimate))


def percent(ratio: Estimate, *, behind: str = "") -> str:
    """Return a ratio that is a part of a whole (persistence) as a percentage with its interval.

    Without an interval it is not stated at all: the point alone says nothing.

    Examples
    --------
    >>> percent(Estimate(value=.6, ci_low=.3, ci_high=1.1, unit="ratio", n=4, method="Fieller"))
    '60% (30 to 110%)'
    >>> percent(Estimate(value=0, ci_low=-1.9, ci_high=2.3, unit="ratio", n=2, method="score",
    ...                  reason="not judged, because only 2 campaigns stopped, 4 needed"))
    'not judged: only 2 campaigns stopped, 4 needed'
    """
    if refused(ratio):
        return f"not judged: {remark(ratio)}"
    if not _any_end(ratio):
        return f"not known: {remark(ratio)}".removesuffix(": ")
    return brief(replace(ratio, unit="share"), behind=behind)


def more_or_fewer(ratio: Estimate) -> str:
    """Return a ratio of two counts as a reader says it: so many percent more, or fewer.

    Examples
    --------
    >>> found = Estimate(value=.81, ci_low=.58, ci_high=1.14, unit="ratio", n=150, method="t")
    >>> more_or_fewer(found)
    '19% fewer (42% fewer to 14% more)'
    >>> more_or_fewer(Estimate.not_identified("one quarter only", unit="ratio"))
    'not known: one quarter only'
    """
    if not ratio.known:
        return f"not known: {remark(ratio)}"
    low, high = (None if end is None else _more(end) for end in (ratio.ci_low, ratio.ci_high))
    if low and high:
        return f"{_more(ratio.value)} ({low} to {high})"
    open_end = f"at least {low}" if low else f"at most {high}"
    return f"{_more(ratio.value)} ({open_end if low or high else 'no range'})"


def _more(ratio: float) -> str:
    percent = round(100 * (ratio - 1))
    return f"{abs(percent):,}% {'more' if percent > 0 else 'fewer'}" if percent else "as many"


def refused(estimate: Estimate) -> bool:
    """Return whether a gate refuses to judge by an estimate."""
    return estimate.reason.startswith(CAPPED)


def remark(estimate: Estimate) -> str:
    """Return why a value or an end is missing, without what that means for a claim.

    Examples
    --------
    >>> remark(Estimate.not_identified("not judged, because it has 1 campaign", unit="usd"))
    'it has 1 campaign'
    """
    return estimate.reason.removeprefix(CAPPED).strip().removeprefix("not identified: ")


def _any_end(estimate: Estimate) -> bool:
    return estimate.ci_low is not None or estimate.ci_high is not None


def _between(estimate: Estimate) -> str:
    decimals = shared_decimals(estimate)
    low, high = (
        bare_number(end, estimate.unit, decimals=decimals)
        for end in (estimate.ci_low, estimate.ci_high)
    )
    return f"{low} to {high}"


def _range(estimate: Estimate) -> str:
    """Return the interval after its value: the unit was just named, but a percent sign stays."""
    if not estimate.closed:
        return _one_sided(estimate)
    after = unit_of(estimate.unit)[2]
    return _between(estimate) + (after if after == "%" else "")


def _one_sided(estimate: Estimate) -> str:
    below = estimate.ci_low is not None
    end = estimate.ci_low if below else estimate.ci_high
    said = number(end, estimate.unit, decimals=shared_decimals(estimate))
    return f"{'at least' if below else 'at most'} {said}"
