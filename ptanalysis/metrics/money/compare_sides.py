"""The two sides, ready to be compared, and what stands in the way."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from ptanalysis.metrics.money.mature import SIDES, SUMS
from ptanalysis.stats import CAPPED, Estimate, share_difference
from ptanalysis.stats.minimum_data import coverage_gate

#: Leads of channels without recorded cost, as a share of a side, above which nothing is stated.
MOST_UNCOSTED = 0.1


def arms_of(frame: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame, bool]:
    """Return inbound and outbound by cluster; by clinic, aligned, where there are several."""
    clinics = frame["clinic"].nunique()
    arms = [frame[frame["direction"] == side] for side in SIDES]
    if clinics < 2:
        return *arms, False
    sums = [arm.groupby("clinic")[list(SUMS)].sum() for arm in arms]
    names = sums[0].index.union(sums[1].index)
    return *(arm.reindex(names, fill_value=0.0) for arm in sums), True


def uncosted(frame: pd.DataFrame) -> str:
    """Return a caveat where channels without recorded cost bring much of a side's leads."""
    for side in SIDES:
        channels = frame[frame["direction"] == side].groupby("channel")[["leads", "cost"]].sum()
        share = channels["leads"][channels["cost"] == 0].sum() / max(channels["leads"].sum(), 1)
        if share > MOST_UNCOSTED:
            return f"{CAPPED} {share:.0%} of {side} leads come from channels without recorded cost"
    return ""


def with_caveat(estimate: Estimate, frame: pd.DataFrame) -> Estimate:
    """Return a comparison of costs with what `uncosted` says of its sides."""
    reasons = [estimate.reason, uncosted(frame)]
    return replace(estimate, reason="; ".join(filter(None, reasons)))


def unequal_screening(
    inbound: pd.DataFrame, outbound: pd.DataFrame, *, weeks: float, paired: bool
) -> str:
    """Return why the sides' screened leads may not be compared, or an empty string.

    A side without any lead left nothing unscreened.
    """
    if min(inbound["screenable"].sum(), outbound["screenable"].sum()) == 0:
        return ""
    counts = [of for arm in (inbound, outbound) for of in (arm["screened"], arm["screenable"])]
    shares = [arm["screened"].sum() / arm["screenable"].sum() for arm in (inbound, outbound)]
    names = {} if paired else {"names_a": inbound["cluster"], "names_b": outbound["cluster"]}
    difference = share_difference(*counts, paired=paired, **names)
    return coverage_gate(SIDES, shares, difference, weeks=weeks)


def missing(
    inbound: pd.DataFrame, outbound: pd.DataFrame, *, spent: tuple[str, ...], paid: str = ""
) -> str:
    """Return why the two sides cannot be compared: `paid`, or a side without cost; else empty."""
    if paid:
        return paid
    for side, arm in zip(SIDES, (inbound, outbound), strict=True):
        if arm["cost"].sum() == 0:
            return (
                f"{CAPPED} none of {side}'s spend is old enough yet, or its leads are not on record"
                if side in spent
                else f"no cost is recorded for {side}: export spend.csv"
            )
    return ""
