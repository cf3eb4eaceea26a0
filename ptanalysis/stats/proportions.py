"""Shares and differences of shares, with and without clusters.

statsmodels' `score` interval of a difference is wrong in 0.15 (its issue 10269) and not used.
"""

from __future__ import annotations

from dataclasses import replace
from math import sqrt

import numpy as np
from scipy import stats

from ptanalysis.stats.estimate import Estimate
from ptanalysis.stats.leave_one_out import contrast, jackknife
from ptanalysis.stats.minimum_data import CAPPED, cluster_gate
from ptanalysis.stats.mover_interval import dual_p_value, mover
from ptanalysis.stats.scales import Scaled


def wilson(successes: float, n: float, *, null=None, confidence_level: float = 0.95) -> Estimate:
    """Return a share with Wilson's score interval.

    Parameters
    ----------
    successes, n : float
        0 <= successes <= n; an effective n may be fractional.
    null : float, optional
        Share to test by the score test, dual to the interval.
    confidence_level : float

    Raises
    ------
    ValueError
        `successes` is not within 0 and n.

    Notes
    -----
    Assumes independent leads; with campaigns the truth is less certain.

    References
    ----------
    Wilson (1927), J. Am. Stat. Assoc. 22:209.

    Examples
    --------
    >>> share = wilson(81, 263)
    >>> round(share.value, 4), round(share.ci_low, 4), round(share.ci_high, 4)
    (0.308, 0.2553, 0.3662)
    """
    if not 0 <= successes <= n:
        raise ValueError("successes must lie within 0 and n")
    if n == 0:
        return Estimate.not_identified("no leads", unit="share")
    share = successes / n
    low, high = _score(share, n, confidence_level)
    return Estimate(
        value=share,
        ci_low=low,
        ci_high=high,
        unit="share",
        n=n,
        method="Wilson",
        p_value=None if null is None else _score_p(share, n, null),
        confidence_level=confidence_level,
    )


def _score(share: float, n: float, confidence_level: float) -> tuple[float, float]:
    """Return the ends of Wilson's interval, exactly 0 or 1 where the share is."""
    z2 = stats.norm.ppf((1 + confidence_level) / 2) ** 2
    centre = share + z2 / (2 * n)
    half = sqrt(z2 * (share * (1 - share) + z2 / (4 * n)) / n)
    low, high = (centre - half) / (1 + z2 / n), (centre + half) / (1 + z2 / n)
    return (0.0 if share == 0 else low), (1.0 if share == 1 else high)


def _score_p(share: float, n: float, null: float) -> float:
    """Return the two-sided p of the score test."""
    if null in (0, 1):
        return float(share == null)
    return float(2 * stats.norm.sf(abs(share - null) / sqrt(null * (1 - null) / n)))


def newcombe(
    k1: float, n1: float, k2: float, n2: float, *, null=None, confidence_level: float = 0.95
) -> Estimate:
    """Return the difference of two independent shares, ``k1/n1 - k2/n2``.

    Parameters
    ----------
    k1, n1, k2, n2 : float
        Successes and size of each arm; effective sizes may be fractional.
    null : float, optional
        Difference to test, by inverting the interval.
    confidence_level : float

    Returns
    -------
    Estimate
        In points, -1 to 1; `se` is a quarter of the 95% width or so, for planning only.

    Notes
    -----
    Assumes independent leads in both arms.

    References
    ----------
    Newcombe (1998), Stat. Med. 17:873, method 10.

    Examples
    --------
    >>> gap = newcombe(56, 70, 48, 80)
    >>> round(gap.value, 4), round(gap.ci_low, 4), round(gap.ci_high, 4)
    (0.2, 0.0524, 0.3339)
    """
    if min(n1, n2) == 0:
        return Estimate.not_identified("no leads in an arm", unit="points", n=n1 + n2)

    def interval(level: float):
        arms = [wilson(k, n, confidence_level=level) for k, n in ((k1, n1), (k2, n2))]
        return mover(*arms)

    low, high = interval(confidence_level)
    return Estimate(
        value=k1 / n1 - k2 / n2,
        ci_low=low,
        ci_high=high,
        unit="points",
        n=n1 + n2,
        method="Newcombe",
        scale="identity",
        se=(high - low) / (2 * stats.norm.ppf((1 + confidence_level) / 2)),
        p_value=None if null is None else dual_p_value(interval, null),
        confidence_level=confidence_level,
    )


def share_difference(
    successes_a,
    totals_a,
    successes_b,
    totals_b,
    *,
    null: float = 0.0,
    confidence_level: float = 0.95,
    names_a=None,
    names_b=None,
) -> Estimate:
    """Return the share of arm a less that of arm b when leads come in clusters.

    Parameters
    ----------
    successes_a, totals_a : array_like, shape (K_a,)
        Successes and leads of each cluster of arm a.
    successes_b, totals_b : array_like, shape (K_b,)
        The same of arm b.
    null : float
        Difference to test.
    confidence_level : float
    names_a, names_b : array_like of str, optional
        The clusters; 4-week blocks are recognized by them, see `ptanalysis.stats.jackknife`.

    Returns
    -------
    Estimate
        In points. From 3 clusters an arm: jackknife t. With 2, or an arm in which every lead
        ended alike: Newcombe with the design effect, not judged. With one: Newcombe, not judged.

    Notes
    -----
    Clusters without leads are not counted.

    References
    ----------
    Jackknife: Tukey (1958); Welch (1947). Design effect: Kish (1965), Survey Sampling, section 8.2.

    Examples
    --------
    >>> gap = share_difference([3, 4, 2, 5, 3, 4], [10] * 6, [1, 2, 1, 3, 2, 1], [10] * 6)
    >>> round(gap.value, 3), round(gap.ci_low, 3), round(gap.ci_high, 3)
    (0.183, 0.061, 0.305)
    """
    arms = [
        jackknife(successes_a, totals_a, scale="identity", names=names_a),
        jackknife(successes_b, totals_b, scale="identity", names=names_b),
    ]
    sizes = [float(np.sum(totals_a)), float(np.sum(totals_b))]
    return clustered_difference(
        arms, sizes, contrast(*arms), null=null, confidence_level=confidence_level
    )


def clustered_difference(arms, sizes, difference: Scaled, **test) -> Estimate:
    """Return `difference` where the clusters carry it, else Newcombe at the effective sizes.

    Parameters
    ----------
    arms : list of Scaled
        The jackknife of each arm's share, identity scale.
    sizes : list of float
        Leads in each arm, or their effective number.
    difference : Scaled
        Arm a less arm b, identity scale.
    **test
        `null`, `confidence_level`.
    """
    if min(sizes) == 0:
        return Estimate.not_identified("no leads in an arm", unit="points", n=sum(sizes))
    reason = cluster_gate(*(arm.clusters for arm in arms))
    if not reason and all(arm.bounded and arm.se > 0 for arm in arms):
        return difference.estimate(
            unit="points", n=sum(sizes), method="cluster jackknife t", **test
        )
    reason = (
        reason or f"{CAPPED} in a side every lead ended alike, or the events stand in one campaign"
    )
    effect = design_effect(arms, sizes)
    effective = [size / effect for size in sizes]
    found = newcombe(
        arms[0].value * effective[0],
        effective[0],
        arms[1].value * effective[1],
        effective[1],
        **test,
    )
    method = "Newcombe" if effect == 1 else f"Newcombe, sizes divided by {effect:.1f}"
    clusters = sum(arm.clusters for arm in arms)
    return replace(found, n=sum(sizes), clusters=clusters, method=method, reason=reason)


def design_effect(arms, sizes) -> float:
    """Return what the sizes are divided by: the design effect, at least 1, times (t / z) squared.

    Parameters
    ----------
    arms : list of Scaled
        The jackknife of each share, identity scale; arms of one cluster say nothing.
    sizes : list of float

    Notes
    -----
    A design effect from few clusters is itself uncertain; t at the pooled degrees of freedom
    pays for that. Without it the interval covers 90 to 94% with 2 to 5 clusters an arm.

    References
    ----------
    Kish (1965), Survey Sampling, section 8.2; Korn & Graubard (1998), Survey Methodology 24:193,
    for the t in the effective size.

    Examples
    --------
    >>> round(design_effect([Scaled(0.3, 0.1, 4, 5, "identity")], [50]), 2)
    4.78
    """
    bounded = [(arm, n) for arm, n in zip(arms, sizes, strict=True) if arm.bounded]
    independent = sum(arm.value * (1 - arm.value) / n for arm, n in bounded)
    if independent == 0:
        return 1.0
    spread = max(1.0, sum(arm.se**2 for arm, _ in bounded) / independent)
    t = stats.t.isf(0.025, sum(arm.df for arm, _ in bounded))
    return float(spread * (t / stats.norm.isf(0.025)) ** 2)
