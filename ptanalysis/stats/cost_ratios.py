"""Cost per event: the campaign is the unit and events are few; Poisson ratios cover 30 to 87%."""

from __future__ import annotations

import numpy as np

from ptanalysis.stats.counts import garwood
from ptanalysis.stats.estimate import Estimate
from ptanalysis.stats.leave_one_out import (
    contrast,
    jackknife_product,
)
from ptanalysis.stats.minimum_data import CAPPED, cluster_gate


def cost_per(
    cost,
    events,
    *,
    coverage=None,
    names=None,
    unit: str = "usd_per_sql",
    confidence_level: float = 0.95,
) -> Estimate:
    """Return the cost of one event, total cost over total events.

    Parameters
    ----------
    cost, events : array_like, shape (K,)
        Dollars and events (leads, MQLs, SQLs, patients) of each cluster, from the same matured
        spend.
    coverage : (array_like, array_like), optional
        Of the leads among whom `events` were looked for (the screened) and of all leads, one value
        a cluster: the cost is then that of an expected event, the leads times the events' share of
        the screened.
    names : array_like of str, shape (K,), optional
        The clusters; 4-week blocks are recognized by them, see `ptanalysis.stats.jackknife`.
    unit : str
        ``"usd_per_lead"`` and its like: the currency's code comes first.
    confidence_level : float

    Returns
    -------
    Estimate
        ``n`` counts the events on record. Without an event: no value, and `ci_low` as the "at
        least" that Poisson's upper limit (3.69 events at 0) gives. One cluster: Garwood's interval
        with a warning. Below 3 clusters `reason` says that it is not judged.

    Notes
    -----
    Assumes independent campaigns; cost and events of one may be related, and blocks of a channel
    may be correlated.

    References
    ----------
    Jackknife: Tukey (1958), on the log; Garwood (1936), Biometrika 28:437.

    Examples
    --------
    >>> nothing = cost_per([500, 700], [0, 0])
    >>> nothing.value, round(nothing.ci_low)
    (None, 325)

    Ten leads, six screened, three of these SQL: five expected, of 1000 dollars 200 each.

    >>> round(cost_per([400, 600], [1, 2], coverage=([3, 3], [4, 6])).value, 9)
    200.0
    """
    total, count = float(np.sum(cost)), float(np.sum(events))
    if total == 0:
        return Estimate.not_identified("no cost is recorded", unit=unit, n=count)
    terms = _terms(cost, events, coverage)
    per = jackknife_product(*terms, names=names)
    reason = cluster_gate(per.clusters)
    if count == 0 or per.clusters == 1:
        seen = total * (1.0 if coverage is None else _share(*coverage))
        return _poisson_cost(seen, count, unit=unit, reason=reason, level=confidence_level)
    return per.estimate(
        unit=unit,
        n=count,
        method="log cluster jackknife t",
        reason=reason,
        confidence_level=confidence_level,
    )


def cost_ratio(
    cost_a,
    events_a,
    cost_b,
    events_b,
    *,
    coverage_a=None,
    coverage_b=None,
    names_a=None,
    names_b=None,
    null: float = 1.0,
    confidence_level: float = 0.95,
) -> Estimate:
    """Return the cost per event of arm a over that of arm b.

    Parameters
    ----------
    cost_a, events_a : array_like, shape (K_a,)
        Dollars and events of each cluster of arm a.
    cost_b, events_b : array_like, shape (K_b,)
        The same of arm b.
    coverage_a, coverage_b, names_a, names_b
        As `cost_per` takes them.
    null : float
        Ratio to test.
    confidence_level : float

    Returns
    -------
    Estimate
        Ratio. With no event in one arm only the bound on that side is known. Below 3 clusters an
        arm `reason` says that it is not judged.

    References
    ----------
    Tukey (1958), Ann. Math. Stat. 29:614; Kish (1965), Survey Sampling, section 11.7;
    see `ptanalysis.stats.drift`.

    Examples
    --------
    >>> ratio = cost_ratio([900] * 6, [2, 3, 4, 3, 2, 4], [900] * 6, [6, 5, 7, 6, 4, 8])
    >>> round(ratio.value, 2), round(ratio.ci_low, 2), round(ratio.ci_high, 2)
    (2.0, 1.41, 2.84)
    """
    n = float(np.sum(events_a) + np.sum(events_b))
    if min(np.sum(events_a), np.sum(events_b)) == 0:
        per = [
            cost_per(cost, events, coverage=coverage, confidence_level=confidence_level)
            for cost, events, coverage in (
                (cost_a, events_a, coverage_a),
                (cost_b, events_b, coverage_b),
            )
        ]
        return _ratio_of_bounds(*per, n=n)
    terms = _terms(cost_a, events_a, coverage_a), _terms(cost_b, events_b, coverage_b)
    a, b = (
        jackknife_product(*each, names=names)
        for each, names in zip(terms, (names_a, names_b), strict=True)
    )
    return contrast(a, b).estimate(
        unit="ratio",
        n=n,
        method="log cluster jackknife t",
        reason=cluster_gate(a.clusters, b.clusters),
        null=null,
        confidence_level=confidence_level,
    )


def _terms(cost, events, coverage) -> list:
    """Return the ratios whose product is the cost of an (expected) event."""
    return [(cost, events)] if coverage is None else [(cost, events), coverage]


def _share(screened, leads) -> float:
    """Return the share screened; 1 of no leads, of which nothing is left open."""
    return float(np.sum(screened) / np.sum(leads)) if np.sum(leads) else 1.0


def _poisson_cost(total: float, count: float, *, unit: str, reason: str, level: float) -> Estimate:
    """Return cost over Garwood's interval of the events; "at least" when there are none."""
    fewest, most = garwood(count, confidence_level=level)
    none = "" if count else "no event yet: the cost is at least this much"
    return Estimate(
        value=total / count if count else None,
        ci_low=total / most,
        ci_high=total / fewest if count else None,
        unit=unit,
        n=count,
        method="Garwood",
        clusters=None,
        reason="; ".join(filter(None, [none, reason])),
        confidence_level=level,
    )


def _ratio_of_bounds(a: Estimate, b: Estimate, *, n: float) -> Estimate:
    """Return the one-sided bound on a ratio when an arm has no event."""
    low = a.ci_low / b.ci_high if a.ci_low is not None and b.ci_high else None
    high = a.ci_high / b.ci_low if a.ci_high is not None and b.ci_low else None
    return Estimate(
        value=None,
        ci_low=low,
        ci_high=high,
        unit="ratio",
        n=n,
        method="bounds of both arms",
        reason=f"{CAPPED} one side has no event yet: only a bound is known",
        confidence_level=a.confidence_level,
    )
