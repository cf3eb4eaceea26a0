"""The two sides, ready to be compared, and what stands in the way."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from ptanalysis.metrics.money.mature import SIDES
from ptanalysis.stats import CAPPED, Estimate, share_difference
from ptanalysis.stats.minimum_data import coverage_gate

#: Leads of channels without recorded cost, as a share of a side, above which nothing is stated.
MOST_UNCOSTED = 0.1


_NO_TIME = (
    "{counted} are known only as counts, with what became of them so far and not within weeks: the"
    " sides are not compared"
)


_SO_FAR = "what became of them is as of the count, not within weeks"
_NOT_COUNTED = (
    "the leads are known only as counts, and this was not counted: fill it in in totals.csv"
)


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
    return with_reason(estimate, uncosted(frame))


def with_reason(estimate: Estimate, more: str) -> Estimate:
    """Return an estimate with another reason beside its own."""
    return replace(estimate, reason="; ".join(filter(None, [estimate.reason, more])))


def known_units(
    arm: pd.DataFrame, event: str, unrecorded: str = ""
) -> tuple[pd.DataFrame, str, str]:
    """Return the units of which an event is known where leads are known only as counts.

    Parameters
    ----------
    arm : DataFrame
        From `ptanalysis.units`.
    event : str
        leads, mql, sql, patients or revenue.
    unrecorded : str
        Why nothing is known of it in the leads on record.

    Returns
    -------
    units : DataFrame
    reason : str
        Why it is known of none.
    left_out : str
        What the counts do not say.
    """
    counted, leads = arm["counted"].sum(), arm["leads"].sum()
    reason = "" if 0 < counted == leads else unrecorded
    if not counted or event == "leads":
        return arm, reason, ""
    known = arm[arm[event].notna()]
    left = round(leads - known["leads"].sum())
    said = f"{counted:,.0f} of {leads:,.0f} leads are known only as counts"
    said += f", and for {left:,.0f} it was not counted" * bool(left)
    return known, reason or _NOT_COUNTED * known.empty, f"{said}; {_SO_FAR}"


def unequal_screening(inbound: pd.DataFrame, outbound: pd.DataFrame, *, weeks: float) -> str:
    """Return why the sides' screened leads may not be compared, or an empty string.

    A side without any lead left nothing unscreened.
    """
    if min(inbound["screenable"].sum(), outbound["screenable"].sum()) == 0:
        return ""
    counts = [of for arm in (inbound, outbound) for of in (arm["screened"], arm["screenable"])]
    shares = [arm["screened"].sum() / arm["screenable"].sum() for arm in (inbound, outbound)]
    names = {"names_a": inbound["cluster"], "names_b": outbound["cluster"]}
    difference = share_difference(*counts, **names)
    return coverage_gate(SIDES, shares, difference, weeks=weeks)


def counts_only(*arms: pd.DataFrame) -> str:
    """Return why outcomes of leads known only as counts are not compared, or an empty string."""
    counted, leads = (sum(arm[name].sum() for arm in arms) for name in ("counted", "leads"))
    return _NO_TIME.format(counted=f"{counted:,.0f} of {leads:,.0f} leads") if counted else ""


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
