"""ROI: what came back for a dollar, campaign by campaign; payments are few and skewed.

Treating the number of patients as fixed covers 73 to 84%.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ptanalysis.stats.estimate import Estimate
from ptanalysis.stats.leave_one_out import (
    contrast,
    effective_clusters,
    jackknife,
    jackknife_paired,
)
from ptanalysis.stats.minimum_data import roi_gate
from ptanalysis.stats.mover_interval import dual_p_value, mover
from ptanalysis.stats.scales import Scaled


def roi(
    revenue,
    cost,
    *,
    patients=None,
    confidence_level: float = 0.95,
    cluster: str = "campaign",
) -> Estimate:
    """Return (revenue - cost) / cost over the campaigns of one arm.

    Parameters
    ----------
    revenue, cost : array_like, shape (K,)
        Dollars of each campaign, revenue within a stated time of the spend.
    patients : array_like, shape (K,), optional
        Paying patients of each campaign; without it each campaign with revenue counts as one.
    confidence_level : float
    cluster : str
        What the reasons call a cluster.

    Returns
    -------
    Estimate
        ROI, -1 or above. With a gate failed (6 campaigns, 5 patients, none above 40% of the
        cost) the value stands as a description without an interval.

    Notes
    -----
    Assumes independent campaigns. Coverage was 93 to 96% in simulation.

    References
    ----------
    Tukey (1958), on log(1 + ROI); the fixed-patients interval it replaces covers 73 to 84%.

    Examples
    --------
    >>> back = roi([900, 400, 1500, 700, 0, 1100], [300, 250, 400, 300, 200, 350],
    ...     patients=[1, 1, 2, 1, 0, 1])
    >>> round(back.value, 2), round(back.ci_low, 2), round(back.ci_high, 2)
    (1.56, 0.58, 3.14)
    """
    if np.sum(cost) <= 0:
        return Estimate.not_identified("no cost is recorded", unit="roi")
    n = float(np.sum(patients)) if patients is not None else float(np.sum(np.asarray(revenue) > 0))
    found = _roi(revenue, cost)
    gate = roi_gate(revenue, cost, patients, cluster=cluster)
    if gate or not found.bounded:
        reason = gate or f"the revenue rests on one {cluster}"
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
    null: float = 1.0,
    confidence_level: float = 0.95,
    names: tuple[str, str] = ("arm a", "arm b"),
    paired: bool = False,
) -> Estimate:
    """Return (1 + ROI) of arm a over (1 + ROI) of arm b: what a dollar returned, compared.

    Parameters
    ----------
    revenue_a, cost_a, revenue_b, cost_b : array_like
        Dollars of each campaign of each arm.
    patients_a, patients_b : array_like, optional
        As in `roi`.
    null : float
        Ratio to test.
    confidence_level : float
    names : tuple of str
        What the reasons call the two arms.
    paired : bool
        True if the clusters are the same in both arms (clinics): each is dropped from both at once.

    Returns
    -------
    Estimate
        Ratio, with t at the smaller arm's degrees of freedom: an arm whose campaigns spread much
        more breaks Welch's (92.4% against 93.2 to 94.7%). Gates as in `roi`, in both arms.

    References
    ----------
    Tukey (1958); the smaller degrees of freedom are the conservative choice of Scheffe (1970),
    J. Am. Stat. Assoc. 65:1501.

    Examples
    --------
    >>> ratio = roi_ratio([90, 80, 95, 85, 70, 99], [30] * 6, [40, 60, 50, 45, 55, 50], [30] * 6)
    >>> round(ratio.value, 2), round(ratio.ci_low, 2), round(ratio.ci_high, 2)
    (1.73, 1.42, 2.1)
    """
    return _compare_roi(
        (revenue_a, cost_a, patients_a),
        (revenue_b, cost_b, patients_b),
        _roi_ratio,
        unit="ratio",
        names=names,
        paired=paired,
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
    null: float = 0.0,
    confidence_level: float = 0.95,
    names: tuple[str, str] = ("arm a", "arm b"),
    paired: bool = False,
) -> Estimate:
    """Return the ROI of arm a less the ROI of arm b.

    Parameters
    ----------
    revenue_a, cost_a, revenue_b, cost_b, patients_a, patients_b
        As in `roi_ratio`.
    null : float
        Difference to test, by inverting the interval.
    confidence_level : float
    names : tuple of str
        What the reasons call the two arms.
    paired : bool
        True if the clusters are the same in both arms (clinics).

    Returns
    -------
    Estimate
        MOVER of the two log jackknife intervals, as if the arms were independent: for clinics this
        is the cautious side, and the paired jackknife of the difference itself covered 89 to 96%
        against 93 to 98%, dollars being skewed.

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
        (revenue_a, cost_a, patients_a),
        (revenue_b, cost_b, patients_b),
        _roi_difference,
        unit="roi",
        names=names,
        paired=paired,
        null=null,
        confidence_level=confidence_level,
    )


def _roi(revenue, cost) -> Scaled:
    """Return ROI on the log(1 + ROI) scale."""
    return replace(jackknife(revenue, cost, scale="log"), scale="log1p")


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


def _compare_roi(a, b, compare, *, unit: str, names: tuple[str, str], paired: bool, **test):
    """Return `compare` of two arms (revenue, cost, patients), or a description if a gate fails."""
    cluster = "clinic" if paired else "campaign"
    arms = [roi(*arm[:2], patients=arm[2], cluster=cluster) for arm in (a, b)]
    reasons = "; ".join(
        f"{name}: {arm.reason}" for name, arm in zip(names, arms, strict=True) if arm.reason
    )
    n = sum(arm.n for arm in arms)
    if reasons:
        logs = contrast(_roi(*a[:2]), _roi(*b[:2]), df="min")
        value = logs.point if unit == "ratio" else _gap(*arms)
        return _described(value, reasons, logs, unit=unit, n=n)
    return compare(a[:2], b[:2], paired=paired, n=n, **test)


def _gap(a: Estimate, b: Estimate) -> float:
    """Return the difference of two values, NaN if one is unknown."""
    return a.value - b.value if a.known and b.known else float("nan")


def _roi_ratio(a, b, *, paired: bool, **test) -> Estimate:
    """Return the ratio of 1 + ROI of two arms (revenue, cost)."""
    found, how = contrast(_roi(*a), _roi(*b), df="min"), "min df"
    if paired:
        found, how = jackknife_paired(*a, *b), "paired"
        found = replace(found, df=min(found.df, effective_clusters(a[0], b[0]) - 1))
    return found.estimate(unit="ratio", method=f"log cluster jackknife t, {how}", **test)


def _roi_difference(a, b, *, paired: bool, n: float, null: float, confidence_level: float):
    """Return the difference of ROI of two arms (revenue, cost)."""

    def interval(level: float):
        return mover(
            *(
                _roi(*arm).estimate(unit="roi", n=n, method="t", confidence_level=level)
                for arm in (a, b)
            )
        )

    low, high = interval(confidence_level)
    first, second = _roi(*a), _roi(*b)
    return Estimate(
        value=first.point - second.point,
        ci_low=low,
        ci_high=high,
        unit="roi",
        n=n,
        method="MOVER of log jackknives",
        clusters=first.clusters if paired else first.clusters + second.clusters,
        p_value=dual_p_value(interval, null),
        confidence_level=confidence_level,
    )
