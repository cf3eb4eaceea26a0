"""After a stop: which campaigns ever stopped, and the share of their leads that went on coming.

Decay is identified by stops alone. From spend that never pauses it can only be guessed, and a
regression guesses it wrong.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from ptanalysis.dataset import ClinicData
from ptanalysis.metrics.clinic_facts import facts, with_facts
from ptanalysis.metrics.decay.response_windows import (
    AFTER_WEEKS,
    BASELINE_WEEKS,
    NAMES,
    SIDES,
    STATES,
    WINDOWS,
    count,
    left_out,
    noise,
    state,
    stopped,
    windows,
)
from ptanalysis.stats import CAPPED, Estimate, Estimates, ShareLeft, mover, share_left
from ptanalysis.stats.mover_interval import dual_p_value

#: With fewer stopped campaigns a true stop is rarely recognised as one.
FEWEST_STOPS = 4
#: Below, the campaigns that stopped say too little of others like them.
FEWEST_FOR_OTHERS = 12
TOO_FEW_LEADS = "too few leads came during the campaigns to say what share of them is left"
#: Beyond any persistence: stands for an open end inside a search.
_FAR = 1e6
#: Weeks after the stop in the weekly table.
WEEKS_AFTER = 16
_DAY, _WEEK = pd.Timedelta(days=1), pd.Timedelta(weeks=1)


def stops(
    clinic: ClinicData, *, after: tuple[float, float] = AFTER_WEEKS, weekly: bool = False
) -> pd.DataFrame:
    """Return the campaigns and assets that stopped, with their leads before, during and after.

    Parameters
    ----------
    clinic : ClinicData
        From `ptanalysis.load`.
    after : tuple of float
        Weeks after the stop between which leads count as coming after.
    weekly : bool
        Whether to return one row a campaign and week instead: week (0 is the first after the
        stop) and leads, for the weeks from 12 before to 15 after in which it was on, or over, and
        seen; and baseline, its leads a week before it began.

    Returns
    -------
    DataFrame
        One row a campaign that stopped long enough ago and whose weeks before were seen: clinic,
        campaign, direction, channel, vendor, starts_on, ends_on, stop (first day without);
        leads_before, leads_during, leads_after and weeks_before, weeks_during, weeks_after.
    """
    parts = {side: stopped(clinic, side, weeks=after[1]) for side in SIDES}
    make = _by_week if weekly else _by_window
    table = pd.concat([make(clinic, part, after) for part, _ in parts.values()], ignore_index=True)
    unseen = {side: unseen for side, (_, unseen) in parts.items()}
    noises = {side: noise(clinic, part, after=after) for side, (part, _) in parts.items()}
    states = identification(clinic).to_dict("index")
    return with_facts(table, unseen=unseen, states=states, noise=noises)


def _by_window(clinic: ClinicData, ended: pd.DataFrame, after: tuple) -> pd.DataFrame:
    counts, weeks = windows(clinic, ended, after=after)
    known = ended[[*NAMES, "starts_on", "ends_on", "stop"]].reset_index(drop=True)
    return known.join(counts.add_prefix("leads_")).join(weeks.add_prefix("weeks_"))


def _by_week(clinic: ClinicData, ended: pd.DataFrame, after: tuple) -> pd.DataFrame:
    counts, seen = windows(clinic, ended, after=after)
    known = ended[NAMES].assign(baseline=(counts["before"] / seen["before"]).to_numpy())
    return pd.concat(
        [_week(clinic, ended, known, week) for week in range(-BASELINE_WEEKS, WEEKS_AFTER)],
        ignore_index=True,
    )


def _week(clinic: ClinicData, ended: pd.DataFrame, known: pd.DataFrame, week: int) -> pd.DataFrame:
    first = ended["stop"] + week * _WEEK
    leads = count(clinic, ended, first, first + _WEEK)
    on = (ended["starts_on"] <= first) & (first + _WEEK <= clinic.as_of + _DAY)
    return known.assign(week=np.int64(week), leads=leads)[on]


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
    stops: pd.DataFrame, *, of_others: bool = False, confidence_level: float = 0.95
) -> Estimates:
    """Return each side's leads above baseline after the stop, as a share of those during.

    Parameters
    ----------
    stops : DataFrame
        From `ptanalysis.stops`, or a part of it.
    of_others : bool
        Whether to return what campaigns like these would leave instead: a wider interval, from 12
        stops on. The verdict is about the campaigns that stopped.
    confidence_level : float

    Returns
    -------
    Estimates
        A row a side (0 ends at once, 1 does not decay) and their difference in points. ``n`` is the
        campaigns that stopped; below 4 nothing is judged; not identified where none (or one) did.

    Notes
    -----
    A campaign's lift is its leads a week during or after, less those a week before it began; the
    estimate is the ratio of the sums of lifts. Assumes that leads carry the campaign's name: leads
    it brought without it are not counted. A campaign whose baseline was not seen is left out.
    Coverage with 4 to 20 stops, whatever the mix of campaigns that died and that went on: 94-98%.

    References
    ----------
    See `ptanalysis.stats.share_left_interval.share_left`.
    """
    test = {"of_others": of_others, "confidence_level": confidence_level}
    sides = [persistence_of(stops, side, **test) for side in SIDES]
    return Estimates.of([*sides, persistence_difference(stops, **test)])


def persistence_of(
    stops: pd.DataFrame,
    direction: str,
    *,
    null: float = 0.25,
    of_others: bool = False,
    confidence_level: float = 0.95,
) -> Estimate:
    """Return one side's `persistence`, tested against `null`."""
    arm = arm_of(stops, direction, of_others=of_others)
    label = ("persistence_of_others" if of_others else "persistence", "decay", direction)
    if arm.found is None:
        return Estimate.not_identified(arm.reason, unit="ratio", n=arm.n).labelled(*label)
    low, high = arm.found.interval(confidence_level)
    bounded = bool(np.isfinite([low, high]).all())
    whose = "of campaigns like these" if of_others else "of the campaigns that stopped"
    return Estimate(
        value=arm.found.point,
        ci_low=low if bounded else None,
        ci_high=high if bounded else None,
        unit="ratio",
        n=arm.n,
        clusters=arm.n,
        method=f"score interval {whose}{arm.unseen}",
        reason=arm.reason or ("" if bounded else TOO_FEW_LEADS),
        p_value=arm.found.p_value(null),
        confidence_level=confidence_level,
    ).labelled(*label)


def persistence_difference(
    stops: pd.DataFrame,
    *,
    null: float = 0.0,
    of_others: bool = False,
    confidence_level: float = 0.95,
) -> Estimate:
    """Return inbound's persistence less outbound's, in points.

    References
    ----------
    Zou & Donner (2008), Stat. Med. 27:1693, on the two score intervals; the p is dual to it.
    """
    arms = {side: arm_of(stops, side, of_others=of_others) for side in SIDES}
    label = ("persistence_difference", "decay", "inbound - outbound")
    n = sum(arm.n for arm in arms.values())
    for side, arm in arms.items():
        if arm.found is None or not np.isfinite(arm.found.interval()).all():
            reason = f"{side}: {arm.reason.removeprefix(CAPPED).strip() or TOO_FEW_LEADS}"
            reason = f"{CAPPED} {reason}" if CAPPED in arm.reason else reason
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
        method="MOVER of score intervals"
        + "".join(f"; {side}{arm.unseen}" for side, arm in arms.items() if arm.unseen),
        p_value=dual_p_value(lambda level: _apart(one, other, level), null),
        reason="; ".join(dict.fromkeys(arm.reason for arm in arms.values() if arm.reason)),
        confidence_level=confidence_level,
    ).labelled(*label)


class Arm(NamedTuple):
    """What is left, of how many campaigns, why not (or only with care), and who is not counted."""

    found: ShareLeft | None
    n: int
    reason: str
    unseen: str = ""


def arm_of(stops: pd.DataFrame, direction: str, *, of_others: bool = False) -> Arm:
    """Return what is left of one side's stopped campaigns."""
    known, own = facts(stops), stops[stops["direction"] == direction].reset_index(drop=True)
    n, unseen = len(own), known["unseen"].get(direction, 0)
    counts, weeks = (
        own[[f"{kind}_{name}" for name in WINDOWS]].set_axis(WINDOWS, axis="columns")
        for kind in ("leads", "weeks")
    )
    if n < 2:
        return Arm(None, n, _no_stop(known["states"].get(direction), direction, n, unseen))
    if (counts["during"] / weeks["during"]).sum() <= (counts["before"] / weeks["before"]).sum():
        return Arm(None, n, "the campaigns brought no leads above their baseline")
    needed = FEWEST_FOR_OTHERS if of_others else FEWEST_STOPS
    few = f"{CAPPED} only {n} campaigns stopped, {needed} needed" if n < needed else ""
    found = share_left(counts, weeks, dispersion=known["noise"][direction], of_others=of_others)
    return Arm(None if few and of_others else found, n, few, left_out(unseen))


def _apart(one: ShareLeft, other: ShareLeft, level: float) -> tuple[float, float]:
    """Return MOVER's interval of the difference of two shares left."""
    ends = (np.clip(each.interval(level), -_FAR, _FAR) for each in (one, other))
    arms = [
        Estimate(value=each.point, ci_low=low, ci_high=high, unit="ratio", n=0, method="score t")
        for each, (low, high) in zip((one, other), ends, strict=True)
    ]
    return mover(*arms)


def _no_stop(states: dict[str, int] | None, direction: str, n: int, unseen: int) -> str:
    """Return why decay is not identified on a side of which `n` stops are left."""
    if states is None:
        return f"not identified: no {direction} campaign or asset is listed in campaigns.csv"
    if unseen:
        return f"not identified: fewer than 2 {direction} campaigns stopped{left_out(unseen)}"
    if n:
        return f"not identified: only one {direction} campaign stopped 12 weeks ago or earlier"
    return (
        f"not identified: no {direction} spend has stopped for 12 weeks "
        f"({states['running']} still running, {states['recent']} stopped too recently)"
    )
