"""What came back for a dollar, campaign by campaign, or patient by patient where none is known.

Treating the number of patients as fixed covers 73 to 84%.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import stats

from ptanalysis.stats.estimate import Estimate
from ptanalysis.stats.leave_one_out import contrast, jackknife
from ptanalysis.stats.minimum_data import CAPPED, roi_gate
from ptanalysis.stats.mover_interval import dual_p_value, mover
from ptanalysis.stats.scales import NO_SPREAD, Scaled


def roi(
    revenue,
    cost,
    *,
    patients=None,
    names=None,
    confidence_level: float = 0.95,
) -> Estimate:
    """Return (revenue - cost) / cost over the campaigns of one arm.

    Parameters
    ----------
    revenue, cost : array_like, shape (K,)
        Dollars of each campaign, revenue within a stated time of the spend.
    patients : array_like, shape (K,), optional
        Paying patients of each campaign; without it each campaign with revenue counts as one.
    names : array_like of str, shape (K,), optional
        The clusters; 4-week blocks are recognized by them, see `ptanalysis.stats.jackknife`.
    confidence_level : float

    Returns
    -------
    Estimate
        ROI, -1 or above. With fewer than 3 campaigns or 5 patients the value stands as a
        description without an interval.

    Notes
    -----
    Assumes independent campaigns. Coverage of a ratio of two was 94 to 98% with 3 to 20 campaigns
    of any size, whatever share of the cost the largest held.

    References
    ----------
    Tukey (1958), on log(1 + ROI); the fixed-patients interval it replaces covers 73 to 84%.

    Examples
    --------
    >>> back = roi([900, 400, 1500, 700, 0, 1100], [300, 250, 400, 300, 200, 350],
    ...     patients=[1, 1, 2, 1, 0, 1])
    >>> round(back.value, 2), round(back.ci_low, 2), round(back.ci_high, 2)
    (1.56, 0.52, 3.28)
    """
    if np.sum(cost) <= 0:
        return Estimate.not_identified("no cost is recorded", unit="roi")
    n = float(np.sum(patients)) if patients is not None else float(np.sum(np.asarray(revenue) > 0))
    found = _roi(revenue, cost, names)
    gate = roi_gate(found.clusters, n)
    if gate or not found.bounded:
        reason = gate or f"{CAPPED} the revenue rests on one campaign or block"
        return _described(found.point, reason, found, unit="roi", n=n)
    return found.estimate(
        unit="roi", n=n, method="log cluster jackknife t", confidence_level=confidence_level
    )


def roi_ratio(
    revenue_a,
    cost_a,
    revenue_b,
    cost_b,
    *,
    patients_a=None,
    patients_b=None,
    names_a=None,
    names_b=None,
    null: float = 1.0,
    confidence_level: float = 0.95,
    sides: tuple[str, str] = ("arm a", "arm b"),
) -> Estimate:
    """Return (1 + ROI) of arm a over (1 + ROI) of arm b: what a dollar returned, compared.

    Parameters
    ----------
    revenue_a, cost_a, revenue_b, cost_b : array_like
        Dollars of each campaign of each arm.
    patients_a, patients_b, names_a, names_b : array_like, optional
        As in `roi`.
    null : float
        Ratio to test.
    confidence_level : float
    sides : tuple of str
        What the reasons call the two arms.

    Returns
    -------
    Estimate
        Ratio. Gates as in `roi`, in both arms.

    References
    ----------
    Tukey (1958); the degrees of freedom: see `ptanalysis.stats.drift`.

    Examples
    --------
    >>> ratio = roi_ratio([90, 80, 95, 85, 70, 99], [30] * 6, [40, 60, 50, 45, 55, 50], [30] * 6)
    >>> round(ratio.value, 2), round(ratio.ci_low, 2), round(ratio.ci_high, 2)
    (1.73, 1.46, 2.05)
    """
    return _compare_roi(
        (revenue_a, cost_a, names_a, patients_a),
        (revenue_b, cost_b, names_b, patients_b),
        _roi_ratio,
        unit="ratio",
        sides=sides,
        null=null,
        confidence_level=confidence_level,
    )


def roi_difference(
    revenue_a,
    cost_a,
    revenue_b,
    cost_b,
    *,
    patients_a=None,
    patients_b=None,
    names_a=None,
    names_b=None,
    null: float = 0.0,
    confidence_level: float = 0.95,
    sides: tuple[str, str] = ("arm a", "arm b"),
) -> Estimate:
    """Return the ROI of arm a less the ROI of arm b.

    Parameters
    ----------
    revenue_a, cost_a, revenue_b, cost_b, patients_a, patients_b, names_a, names_b
        As in `roi_ratio`.
    null : float
        Difference to test, by inverting the interval.
    confidence_level : float
    sides : tuple of str
        What the reasons call the two arms.

    Returns
    -------
    Estimate
        MOVER of the two log jackknife intervals: dollars are skewed, and the jackknife of the
        difference itself covered 89 to 96% against 93 to 98%.

    References
    ----------
    Zou & Donner (2008), Stat. Med. 27:1693.

    Examples
    --------
    >>> gap = roi_difference([90, 80, 95, 85, 70, 99], [30] * 6, [40, 60, 50, 45, 55, 50], [30] * 6)
    >>> round(gap.value, 2), round(gap.ci_low, 2), round(gap.ci_high, 2)
    (1.22, 0.78, 1.67)
    """
    return _compare_roi(
        (revenue_a, cost_a, names_a, patients_a),
        (revenue_b, cost_b, names_b, patients_b),
        _roi_difference,
        unit="roi",
        sides=sides,
        null=null,
        confidence_level=confidence_level,
    )


def _roi(revenue, cost, names=None) -> Scaled:
    """Return ROI on the log(1 + ROI) scale."""
    return replace(jackknife(revenue, cost, names=names), scale="log1p")


def _described(value: float, reason: str, found: Scaled, **labels) -> Estimate:
    """Return a value without an interval, and why."""
    known = value if np.isfinite(value) else None
    return Estimate(
        value=known,
        ci_low=None,
        ci_high=None,
        method="description only",
        reason=reason,
        clusters=found.clusters,
        **labels,
    )


def _compare_roi(a, b, compare, *, unit: str, sides: tuple[str, str], **test):
    """Return `compare` of two arms (revenue, cost, names, patients), or why a gate fails."""
    arms = [roi(*arm[:2], names=arm[2], patients=arm[3]) for arm in (a, b)]
    reasons = " and ".join(
        f"{side} {arm.reason.removeprefix(CAPPED).strip()}"
        for side, arm in zip(sides, arms, strict=True)
        if arm.reason
    )
    n = sum(arm.n for arm in arms)
    if reasons:
        logs = contrast(_roi(*a[:3]), _roi(*b[:3]))
        value = logs.point if unit == "ratio" else _gap(*arms)
        return _described(value, f"{CAPPED} {reasons}", logs, unit=unit, n=n)
    return compare(a[:3], b[:3], n=n, **test)


def _gap(a: Estimate, b: Estimate) -> float:
    """Return the difference of two values, NaN if one is unknown."""
    return a.value - b.value if a.known and b.known else float("nan")


def _roi_ratio(a, b, **test) -> Estimate:
    """Return the ratio of 1 + ROI of two arms (revenue, cost, names)."""
    found = contrast(_roi(*a), _roi(*b))
    return found.estimate(unit="ratio", method="log cluster jackknife t", **test)


def _roi_difference(a, b, *, n: float, null: float, confidence_level: float):
    """Return the difference of ROI of two arms (revenue, cost, names)."""

    def interval(level: float):
        return mover(
            *(
                _roi(*arm).estimate(unit="roi", n=n, method="t", confidence_level=level)
                for arm in (a, b)
            )
        )

    low, high = interval(confidence_level)
    first, second = _roi(*a), _roi(*b)
    of_dollars = [replace(each, value=0, se=each.se * (1 + each.point)) for each in (first, second)]
    spread = contrast(*(replace(each, scale="identity", spread=None) for each in of_dollars))
    return Estimate(
        value=first.point - second.point,
        ci_low=low,
        ci_high=high,
        unit="roi",
        n=n,
        reason="" if None not in (low, high) else NO_SPREAD,
        method="MOVER of log jackknives",
        clusters=first.clusters + second.clusters,
        se=spread.se if spread.bounded else None,
        df=spread.df,
        scale="identity",
        p_value=dual_p_value(interval, null),
        confidence_level=confidence_level,
    )


HEAVY_TAIL = f"{CAPPED} the top 5% of patients hold more than half of the revenue"


def fay_feuer_total(
    payments, *, largest=None, unit: str = "usd", confidence_level: float = 0.95
) -> Estimate:
    """Return total revenue when no campaign is known: a compound Poisson sum over patients.

    Parameters
    ----------
    payments : array_like, shape (n,)
        Net dollars of each patient (not of each payment); zeros are left out.
    largest : float, optional
        Largest payment that one more patient could bring; by default the largest seen.
    unit : str
        The currency's code, in lower case.
    confidence_level : float

    Returns
    -------
    Estimate
        In `unit`; the interval allows for another number of patients. With half of the revenue
        in the top 5% of patients `reason` caps the verdict.

    Notes
    -----
    Assumes that patients come independently. With 3 to 6 patients and an unclipped heavy tail
    it covers 86 to 89%.

    References
    ----------
    Fay & Feuer (1997), Stat. Med. 16:791: gamma limits with the weights' V / S as scale.

    Examples
    --------
    >>> total = fay_feuer_total([1000] * 10)
    >>> round(total.ci_low), round(total.ci_high)
    (4795, 18390)
    """
    weights = _positive(payments)
    if len(weights) == 0:
        return Estimate.not_identified("no patients, so no revenue to judge by", unit=unit)
    tail = (1 - confidence_level) / 2
    s, v, most = weights.sum(), np.sum(weights**2), largest or weights.max()
    above, spread = s + most, v + most**2
    return Estimate(
        value=s,
        unit=unit,
        n=len(weights),
        method="Fay-Feuer gamma",
        ci_low=v / (2 * s) * stats.chi2.ppf(tail, 2 * s**2 / v),
        ci_high=spread / (2 * above) * stats.chi2.isf(tail, 2 * above**2 / spread),
        reason=_tail_reason(weights),
        confidence_level=confidence_level,
    )


def top_share(payments, *, top: float = 0.05) -> float:
    """Return the share of revenue that the largest `top` of patients hold, at least one patient.

    Examples
    --------
    >>> round(top_share([100] * 19 + [1900]), 2)
    0.5
    """
    weights = np.sort(_positive(payments))
    largest = max(int(np.ceil(top * len(weights))), 1)
    return float(weights[-largest:].sum() / weights.sum())


def _tail_reason(weights) -> str:
    """Return why one or two patients make this revenue, or an empty string."""
    return HEAVY_TAIL if len(weights) > 1 and top_share(weights) > 0.5 else ""


def _positive(payments) -> np.ndarray:
    """Return the payments but for the zeros, or raise ValueError."""
    weights = np.asarray(payments, dtype=float)
    if not (weights >= 0).all():
        raise ValueError("a patient's net payment must be 0 or above")
    return weights[weights > 0]
