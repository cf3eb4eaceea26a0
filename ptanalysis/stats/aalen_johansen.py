"""Conversion at a horizon when young leads are still open and others have left for good.

The share of leads with the event within so many weeks, by Aalen and Johansen: a disqualified lead
is a competing end, never censored (1 - Kaplan-Meier would overstate the share by 34 to 43%).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ptanalysis.stats.estimate import Estimate
from ptanalysis.stats.leave_one_out import contrast, jackknife_values
from ptanalysis.stats.life_tables import LifeTable, at, incidence_by, life_table
from ptanalysis.stats.minimum_data import CAPPED, FEWEST_AT_RISK, cluster_gate
from ptanalysis.stats.proportions import clustered_difference, design_effect, wilson
from ptanalysis.stats.scales import Scaled, to_scale

TOO_YOUNG = f"fewer than {FEWEST_AT_RISK} leads have been followed to the horizon"


def incidence(
    weeks,
    status,
    horizon: float,
    *,
    clusters=None,
    ages=None,
    null=None,
    confidence_level: float = 0.95,
) -> Estimate:
    """Return the share of leads with the event within `horizon` weeks.

    Parameters
    ----------
    weeks : array_like, shape (n,)
        Weeks from lead to its end: the event, the competing exit, or the as-of date.
    status : array_like of int, shape (n,)
        0 still open (censored), 1 the event, 2 the competing exit.
    horizon : float
        Weeks.
    clusters : array_like, shape (n,), optional
        Cluster of each lead. From 3 on: jackknife t on the complementary log-log scale; below,
        Wilson at the effective n over the design effect, with the reason.
    ages : array_like, shape (n,), optional
        Weeks from the lead to the as-of date, ended or not; `weeks` where left out, which knows
        only of the leads that are still open how old they are.
    null : float, optional
        Share to test.
    confidence_level : float

    Returns
    -------
    Estimate
        In share. Not identified while fewer than 5 leads are as old as the horizon, ended or open.

    Notes
    -----
    Assumes that how long a lead was followed (its age) says nothing of its quality.

    References
    ----------
    Aalen & Johansen (1978), Scand. J. Stat. 5:141; effective n: Korn & Graubard (1998),
    Survey Methodology 24:193, with the interval of Wilson (1927).

    Examples
    --------
    >>> open_lead, sql, lost = 0, 1, 2
    >>> share = incidence([2, 3, 5, 6, 9, 14, 14, 15, 15, 16],
    ...     [sql, lost, sql, open_lead, lost, open_lead, open_lead, sql, lost, open_lead], 13)
    >>> round(share.value, 3), round(share.ci_low, 3), round(share.ci_high, 3)
    (0.2, 0.057, 0.51)
    """
    arm = arm_of(weeks, status, horizon, clusters=clusters, ages=ages)
    if arm is None:
        return Estimate.not_identified(TOO_YOUNG, unit="share", n=len(weeks))
    return share_of(
        arm, clustered=clusters is not None, null=null, confidence_level=confidence_level
    )


def share_of(arm: Arm, *, clustered: bool, **test) -> Estimate:
    """Return an arm's share: by the jackknife over its clusters, or Wilson's where they are few."""
    if not clustered:
        return _by_wilson(arm, arm.effective, **test)
    spread = arm.jackknife("cloglog")
    reason = cluster_gate(spread.clusters)
    if spread.bounded and not reason:
        method = "Aalen-Johansen, cluster jackknife t on cloglog"
        return spread.estimate(unit="share", n=arm.n, method=method, **test)
    effect = design_effect([arm.jackknife("identity")], [arm.effective])
    reason = reason or f"{CAPPED} the events stand in too few campaigns"
    found = _by_wilson(arm, arm.effective / effect, **test)
    return replace(found, clusters=spread.clusters, reason=reason)


def incidence_curve(weeks, status, *, ages=None, confidence_level: float = 0.95) -> pd.DataFrame:
    """Return the share with the event by each time, for as long as 5 leads are as old.

    Parameters
    ----------
    weeks, status, ages : array_like, shape (n,)
        As in `incidence`.
    confidence_level : float

    Returns
    -------
    DataFrame
        Columns weeks, share, ci_low, ci_high, at_risk (leads as old as that, ended or open); a row
        at 0 and at each time with an event.

    References
    ----------
    As `incidence`; the interval is pointwise.

    Examples
    --------
    >>> incidence_curve([1, 2, 2, 5, 6, 7, 8, 8], [1, 0, 2, 1, 0, 0, 0, 0])[["weeks", "share"]]
       weeks  share
    0    0.0  0.000
    1    1.0  0.125
    2    5.0  0.275
    """
    table = life_table(weeks, status)
    times = [0.0, *table.times[table.events[0] > 0]]
    rows = [(time, arm_of(weeks, status, time, ages=ages)) for time in times]
    return pd.DataFrame(
        [_point(time, arm, confidence_level) for time, arm in rows if arm is not None],
        columns=["weeks", "share", "ci_low", "ci_high", "at_risk"],
    )


def incidence_difference(
    weeks_a,
    status_a,
    weeks_b,
    status_b,
    horizon: float,
    *,
    clusters_a=None,
    clusters_b=None,
    ages_a=None,
    ages_b=None,
    null: float = 0.0,
    confidence_level: float = 0.95,
) -> Estimate:
    """Return the share with the event within `horizon` weeks in arm a less that in arm b.

    Parameters
    ----------
    weeks_a, status_a, weeks_b, status_b : array_like
        As in `incidence`, for each arm.
    horizon : float
        Weeks.
    clusters_a, clusters_b : array_like, optional
        Cluster of each lead. From 3 an arm: jackknife t; below, or without labels: Newcombe at
        the effective n, not judged.
    ages_a, ages_b : array_like, optional
        As in `incidence`.
    null : float
        Difference to test.
    confidence_level : float

    Returns
    -------
    Estimate
        In points. Not identified while an arm has fewer than 5 leads as old as the horizon.

    References
    ----------
    Aalen & Johansen (1978); Tukey (1958); Zou & Donner (2008), Stat. Med. 27:1693.

    Examples
    --------
    >>> gap = incidence_difference([14] * 20, [0] * 20, [3] * 5 + [14] * 15, [1] * 5 + [0] * 15, 13)
    >>> round(gap.value, 2), round(gap.ci_low, 2), round(gap.ci_high, 2)
    (-0.25, -0.47, -0.04)
    """
    arms = [
        arm_of(weeks_a, status_a, horizon, clusters=clusters_a, ages=ages_a),
        arm_of(weeks_b, status_b, horizon, clusters=clusters_b, ages=ages_b),
    ]
    if None in arms:
        n = len(weeks_a) + len(weeks_b)
        return Estimate.not_identified(f"{TOO_YOUNG} in an arm", unit="points", n=n)
    return difference_of(arms, null=null, confidence_level=confidence_level)


def difference_of(arms: list[Arm], **test) -> Estimate:
    """Return the share of the first arm less that of the second."""
    jackknives = [arm.jackknife("identity") for arm in arms]
    sizes = [arm.effective for arm in arms]
    found = clustered_difference(jackknives, sizes, contrast(*jackknives), **test)
    n = sum(arm.n for arm in arms)
    return replace(found, n=n, method=f"Aalen-Johansen, {found.method}")


@dataclass(frozen=True)
class Arm:
    """One arm at the horizon: its share, its size and the size its precision amounts to.

    Attributes
    ----------
    shares : ndarray, shape (1 + K,)
        The share at the horizon, then without each cluster in turn.
    n : int
    effective : float
        The number of independent leads that would be as precise.
    old : int
        Leads as old as the horizon, ended or open.
    names, sizes : ndarray, shape (K,)
        The clusters, sorted, and the leads of each.
    """

    shares: np.ndarray
    n: int
    effective: float
    old: int
    names: np.ndarray
    sizes: np.ndarray

    @property
    def share(self) -> float:
        """The share of the whole arm."""
        return float(self.shares[0])

    def jackknife(self, scale: str) -> Scaled:
        """Return the share with each cluster left out; one cluster when there are no labels."""
        values = to_scale(self.shares, scale)
        return jackknife_values(values, scale, weights=self.sizes, names=self.names)


def arm_of(weeks, status, horizon: float, *, clusters=None, ages=None) -> Arm | None:
    """Return the arm, or None while too few leads are as old as the horizon.

    A lead that ended early is as much a witness of the horizon as one that is still open: a clinic
    that decides on every lead within a month has no one left to follow, and knows all.
    """
    weeks, status = np.asarray(weeks, dtype=float), np.asarray(status)
    old = int(np.sum((weeks if ages is None else np.asarray(ages)) >= horizon))
    open_early = np.any((status == 0) & (weeks < horizon))
    if len(weeks) == 0 or (open_early and old < FEWEST_AT_RISK):
        return None
    shares, table = incidence_by(weeks, status, horizon, clusters)
    share, variance = shares[0], float(at(table.times, _variances(table), horizon))
    followed = np.sum((status != 0) | (weeks >= horizon))
    effective = share * (1 - share) / variance if variance > 0 else followed
    labels = np.zeros(len(weeks), dtype=object) if clusters is None else np.asarray(clusters)
    names, sizes = np.unique(labels, return_counts=True)
    return Arm(shares, len(weeks), float(min(effective, len(weeks))), old, names, sizes)


def _by_wilson(arm: Arm, effective: float, **test) -> Estimate:
    """Return the share of one arm with Wilson's interval at this many leads."""
    found = wilson(arm.share * effective, effective, **test)
    return replace(found, n=arm.n, method="Aalen-Johansen, Wilson at the effective n")


def _variances(table: LifeTable) -> np.ndarray:
    """Return the delta-method variance of the whole arm's share at each time, shape (J,).

    Marubini & Valsecchi (1995), Analysing Survival Data, chapter 10; the term of the last time
    is 0, not 0/0, when no one is left.
    """
    n, d, ended = table.at_risk[0], table.events[0], table.events[0] + table.competing[0]
    share = table.cumulative_incidence()[0]
    before = np.r_[1, table.survival()[0][:-1]]
    hazard = np.divide(ended, n * (n - ended), out=np.zeros(len(n)), where=n > ended)
    own = before * d / n**2
    return (
        share**2 * np.cumsum(hazard)
        - 2 * share * np.cumsum(share * hazard + own)
        + np.cumsum(share**2 * hazard + 2 * share * own + before * own * (n - d) / n)
    )


def _point(time: float, arm: Arm, confidence_level: float) -> tuple:
    """Return one row of the curve."""
    found = _by_wilson(arm, arm.effective, confidence_level=confidence_level)
    return time, arm.share, found.ci_low, found.ci_high, arm.old
