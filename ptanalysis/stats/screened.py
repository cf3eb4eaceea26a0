"""Quality among the screened: of the leads decided on in time, those found qualified.

An unscreened lead is unknown, never "not qualified". Counted as a failure it makes the side
with the slower front desk the side with the poorer leads.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ptanalysis.stats.aalen_johansen import (
    TOO_YOUNG,
    Arm,
    arm_of,
    difference_of,
    incidence_difference,
    share_of,
)
from ptanalysis.stats.estimate import Estimate
from ptanalysis.stats.minimum_data import coverage_gate

NONE_SCREENED = "no lead was screened in time"


@dataclass(frozen=True)
class FollowUp:
    """How long each lead was followed, and how that ended.

    Attributes
    ----------
    weeks : ndarray, shape (n,)
        From the lead to the event, the competing exit or the end of follow-up; 0 or above.
    status : ndarray of int, shape (n,)
        0 open, 1 the event, 2 disqualified first.
    ages : ndarray, shape (n,)
        Weeks from the lead to the end of follow-up, whether or not it ended before.
    clusters : ndarray of str, shape (n,)
        The campaign, block or clinic of each lead.
    """

    weeks: np.ndarray
    status: np.ndarray
    ages: np.ndarray
    clusters: np.ndarray

    def arm(self, horizon: float) -> Arm | None:
        """Return the share with the event at the horizon, None while the leads are too young."""
        return arm_of(self.weeks, self.status, horizon, clusters=self.clusters, ages=self.ages)


def qualified(sql: FollowUp, screening: FollowUp, horizon: float, **test) -> Estimate:
    """Return the share of the leads screened within `horizon` weeks that are SQL by then.

    Parameters
    ----------
    sql, screening : FollowUp
        The same leads, in the same order, followed to their qualification and to the first
        decision on them.
    horizon : float
        Weeks.
    **test
        ``null``, ``confidence_level``.

    Returns
    -------
    Estimate
        In share; ``n`` counts the leads screened in time. Not identified while fewer than 5 leads
        are as old as the horizon, or where none was screened.

    Notes
    -----
    The share that is SQL by the horizon over the share screened by it, both by Aalen and Johansen,
    so that young leads count for as long as they have been seen; with every lead old it is the
    plain share of the screened. It says nothing of the unscreened leads.

    References
    ----------
    Aalen & Johansen (1978), Scand. J. Stat. 5:141; Tukey (1958) for the interval of the ratio.

    Examples
    --------
    >>> weeks, clusters = np.array([2.0, 3, 20, 20]), np.array(["a", "b", "c", "d"])
    >>> sql = FollowUp(weeks, np.array([1, 2, 0, 0]), np.full(4, 20.0), clusters)
    >>> screening = FollowUp(weeks, np.array([1, 1, 0, 0]), np.full(4, 20.0), clusters)
    >>> found = qualified(sql, screening, 13)
    >>> found.value, found.n
    (0.5, 2.0)
    """
    arm = _among(sql, screening, horizon)
    if isinstance(arm, str):
        return Estimate.not_identified(arm, unit="share", n=_screened(screening, horizon))
    return share_of(arm, clustered=True, **test)


def qualified_difference(
    a: tuple[FollowUp, FollowUp],
    b: tuple[FollowUp, FollowUp],
    horizon: float,
    *,
    names: tuple[str, str],
    **test,
) -> Estimate:
    """Return the share of a's screened leads that are SQL less that of b's.

    Parameters
    ----------
    a, b : (FollowUp, FollowUp)
        As the first two of `qualified`.
    horizon : float
        Weeks.
    names : (str, str)
        What the reason calls the leads of a and b.
    **test
        ``null``, ``confidence_level``.

    Returns
    -------
    Estimate
        In points. Not identified where too little was screened, or much more of one than of the
        other (`unequal_screening`): the screened are then not the same part of the leads.
    """
    n = sum(_screened(screening, horizon) for _, screening in (a, b))
    arms = [_among(*each, horizon) for each in (a, b)]
    reason = f"{TOO_YOUNG} in an arm" if TOO_YOUNG in arms else ""
    reason = reason or unequal_screening(a[1], b[1], horizon, names=names)
    if reason:
        return Estimate.not_identified(reason, unit="points", n=n)
    return difference_of(arms, **test)


def unequal_screening(a: FollowUp, b: FollowUp, horizon: float, *, names: tuple[str, str]) -> str:
    """Return why the screened of a and b may not be compared, or an empty string.

    Parameters
    ----------
    a, b : FollowUp
        To the first decision on each lead.
    horizon : float
        Weeks.
    names : (str, str)

    Returns
    -------
    str
        See `ptanalysis.stats.minimum_data.coverage_gate`; empty while either arm is too young.
    """
    arms = [each.arm(horizon) for each in (a, b)]
    if None in arms:
        return ""
    difference = incidence_difference(
        a.weeks,
        a.status,
        b.weeks,
        b.status,
        horizon,
        clusters_a=a.clusters,
        clusters_b=b.clusters,
        ages_a=a.ages,
        ages_b=b.ages,
    )
    return coverage_gate(names, [arm.share for arm in arms], difference, weeks=horizon)


def _among(sql: FollowUp, screening: FollowUp, horizon: float) -> Arm | str:
    """Return the share among the screened as an arm, or why there is none."""
    reached, decided = sql.arm(horizon), screening.arm(horizon)
    if reached is None or decided is None:
        return TOO_YOUNG
    if decided.share == 0:
        return NONE_SCREENED
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = np.minimum(reached.shares / decided.shares, 1.0)
    effective = reached.effective * decided.share
    return replace(reached, shares=shares, n=_screened(screening, horizon), effective=effective)


def _screened(screening: FollowUp, horizon: float) -> int:
    return int(np.sum((screening.status == 1) & (screening.weeks <= horizon)))
