"""After a stop: which campaigns ever stopped, and the share of their leads that went on coming.

Decay is identified by stops alone. From spend that never pauses it can only be guessed, and a
regression guesses it wrong.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from ptanalysis.dataset import ClinicData
from ptanalysis.metrics.decay.response_windows import (
    STATES,
    count,
    left_out,
    state,
    stopped,
    windows,
)
from ptanalysis.stats import CAPPED, Estimate, ShareLeft, mover, share_left
from ptanalysis.stats.mover_interval import dual_p_value

#: With fewer stopped campaigns a true stop is rarely recognised as one.
FEWEST_STOPS = 4
TOO_FEW_LEADS = "too few leads came during the campaigns to say what share of them is left"
#: Beyond any persistence: stands for an open end inside a search.
_FAR = 1e6
_WEEK = pd.Timedelta(weeks=1)


def identification(tables: ClinicData) -> pd.DataFrame:
    """Return how many campaigns and assets of each direction show what follows a stop.

    Returns
    -------
    DataFrame
        Index direction, columns stopped, recent, running (counts); see STATES.
    """
    campaigns = tables.campaigns
    counts = pd.crosstab(campaigns["direction"], state(campaigns, tables.as_of))
    return counts.reindex(columns=list(STATES), fill_value=0)


def persistence(
    tables: ClinicData, direction: str, *, null: float = 0.25, confidence_level: float = 0.95
) -> Estimate:
    """Return the leads above baseline 5 to 12 weeks after the stop, as a share of those during.

    Parameters
    ----------
    tables : ClinicData
    direction : str
    null : float
        Share to test.
    confidence_level : float

    Returns
    -------
    Estimate
        Ratio: 0 ends at once, 1 does not decay. ``n`` is the campaigns that stopped; below 4 the
        verdict is capped; not identified where none (or one) stopped.

    Notes
    -----
    Assumes independent campaigns whose leads carry the campaign's name. Leads it brought without
    its name are not in it. A campaign whose baseline was not seen is left out.

    References
    ----------
    See `ptanalysis.stats.share_left_interval.share_left`.
    """
    return persistence_of(_arm(tables, direction), direction, null, confidence_level)


def persistence_of(arm: Arm, direction: str, null: float, confidence_level: float) -> Estimate:
    """Return `persistence` of what `arm_of` found."""
    label = ("persistence", "decay", direction)
    if arm.found is None:
        return Estimate.not_identified(arm.reason, unit="ratio", n=arm.n).labelled(*label)
    low, high = arm.found.interval(confidence_level)
    bounded = bool(np.isfinite([low, high]).all())
    return Estimate(
        value=arm.found.point,
        ci_low=low if bounded else None,
        ci_high=high if bounded else None,
        unit="ratio",
        n=arm.n,
        clusters=arm.n,
        method=f"score t over stopped campaigns{arm.unseen}",
        reason="; ".join(filter(None, ["" if bounded else TOO_FEW_LEADS, arm.reason])),
        p_value=arm.found.p_value(null),
        df=arm.found.df,
        confidence_level=confidence_level,
    ).labelled(*label)


def persistence_difference(
    tables: ClinicData, *, null: float = 0.0, confidence_level: float = 0.95
) -> Estimate:
    """Return inbound's persistence less outbound's, in points.

    References
    ----------
    Zou & Donner (2008), Stat. Med. 27:1693, on the two score intervals; the p is dual to it.
    """
    arms = {side: _arm(tables, side) for side in ("inbound", "outbound")}
    return difference_of(arms, null, confidence_level)


def difference_of(arms: dict[str, Arm], null: float, confidence_level: float) -> Estimate:
    """Return `persistence_difference` of what `arm_of` found of each side."""
    label = ("persistence_difference", "decay", "inbound - outbound")
    n = sum(arm.n for arm in arms.values())
    for side, arm in arms.items():
        if arm.found is None or not np.isfinite(arm.found.interval()).all():
            reason = f"{side}: {arm.reason or TOO_FEW_LEADS}"
            return Estimate.not_identified(reason, unit="points", n=n).labelled(*label)
    one, other = (arm.found for arm in arms.values())
    low, high = _apart(one, other, confidence_level)
    return Estimate(
        value=one.point - other.point,
        ci_low=low,
        ci_high=high,
        unit="points",
        n=n,
        clusters=n,
        method="MOVER of score t"
        + "".join(f"; {side}{arm.unseen}" for side, arm in arms.items() if arm.unseen),
        p_value=dual_p_value(lambda level: _apart(one, other, level), null),
        reason="; ".join(dict.fromkeys(arm.reason for arm in arms.values() if arm.reason)),
        df=min(one.df, other.df),
        confidence_level=confidence_level,
    ).labelled(*label)


class Arm(NamedTuple):
    """What is left, of how many campaigns, why not (or only with care), and who is not counted."""

    found: ShareLeft | None
    n: int
    reason: str
    unseen: str = ""


def _arm(tables: ClinicData, direction: str) -> Arm:
    campaigns, unseen = stopped(tables, direction)
    counts, weeks = windows(tables, campaigns)
    none = no_stop(identification(tables), direction, len(campaigns), unseen)
    return arm_of(counts, weeks, clinics=campaigns["clinic"], unseen=unseen, none=none)


def arm_of(
    counts: pd.DataFrame, weeks: pd.DataFrame, *, clinics: pd.Series, unseen: int, none: str
) -> Arm:
    """Return what is left of one side's stopped campaigns.

    Parameters
    ----------
    counts, weeks : DataFrame
        From `windows`, one row a campaign.
    clinics : Series
        The clinic of each.
    unseen : int
        How many others are not counted.
    none : str
        Why nothing is identified, where fewer than two campaigns are left.
    """
    n = len(counts)
    if n < 2:
        return Arm(None, n, none)
    if (counts["during"] / weeks["during"]).sum() <= (counts["before"] / weeks["before"]).sum():
        return Arm(None, n, "the campaigns brought no leads above their baseline")
    few = f"only {n} campaigns stopped, {FEWEST_STOPS} are needed; {CAPPED}"
    found = share_left(counts, weeks, groups=clinics)
    return Arm(found, n, few if n < FEWEST_STOPS else "", left_out(unseen))


def _apart(one: ShareLeft, other: ShareLeft, level: float) -> tuple[float, float]:
    """Return MOVER's interval of the difference of two shares left."""
    ends = (np.clip(each.interval(level), -_FAR, _FAR) for each in (one, other))
    arms = [
        Estimate(value=each.point, ci_low=low, ci_high=high, unit="ratio", n=0, method="score t")
        for each, (low, high) in zip((one, other), ends, strict=True)
    ]
    return mover(*arms)


def after_stop(tables: ClinicData, direction: str, *, weeks: int = 12) -> pd.DataFrame:
    """Return mean leads a campaign and week, aligned at the stop.

    Returns
    -------
    DataFrame
        Columns direction, week (0 is the first after the stop), leads, baseline, campaigns (those
        that were on, or over, in a week that was seen); from 12 weeks before the stop to `weeks`
        after.
    """
    ended, _ = stopped(tables, direction)
    columns = ["direction", "week", "leads", "baseline", "campaigns"]
    if ended.empty:
        return pd.DataFrame(columns=columns)
    counts, seen = windows(tables, ended)
    baseline = (counts["before"] / seen["before"]).mean()
    rows = []
    for week in range(-12, weeks):
        first = ended["stop"] + week * _WEEK
        on = (ended["starts_on"] <= first) & (first + _WEEK <= tables.as_of + pd.Timedelta(days=1))
        if on.any():
            leads = count(tables, ended[on], first[on], first[on] + _WEEK)
            rows.append((direction, week, leads.mean(), baseline, int(on.sum())))
    return pd.DataFrame(rows, columns=columns)


def no_stop(counts: pd.DataFrame, direction: str, n: int, unseen: int) -> str:
    """Return why decay is not identified on a side of which `n` stops are left.

    `counts` is what `identification` returns.
    """
    if direction not in counts.index:
        return f"not identified: no {direction} campaign or asset is listed in campaigns.csv"
    row = counts.loc[direction]
    if unseen:
        return f"not identified: fewer than 2 {direction} campaigns stopped{left_out(unseen)}"
    if n:
        return f"not identified: only one {direction} campaign stopped 12 weeks ago or earlier"
    return (
        f"not identified: no {direction} spend has stopped for 12 weeks "
        f"({row['running']} still running, {row['recent']} stopped too recently)"
    )
