"""Matured units: each campaign, asset or 4-week block with its cost and what it brought."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from ptanalysis.definitions import PATIENT_HORIZON_WEEKS, SQL_HORIZON_WEEKS
from ptanalysis.estimate import CAPPED, Estimate, cluster_labels
from ptanalysis.tables import ClinicTables

SIDES = ("inbound", "outbound")
#: Leads of channels without recorded cost, as a share of a side, above which nothing is told.
MOST_UNCOSTED = 0.1
UNIT_WEEKS = 52
#: Weeks after a campaign's end until its late responders have come.
TAIL_WEEKS = 13
#: Weeks a lead must have been followed before its outcome is counted.
FOLLOWED = {
    "leads": 0,
    "mql": SQL_HORIZON_WEEKS,
    "sql": SQL_HORIZON_WEEKS,
    "patients": PATIENT_HORIZON_WEEKS,
    "revenue": PATIENT_HORIZON_WEEKS,
}
#: A channel runs by campaigns alone where this share of its leads names one that has spend.
BY_UNITS = 0.9
_WEEK = pd.Timedelta(weeks=1)
SUMS = ("leads", "mql", "sql", "patients", "revenue", "cost", "cost_labour", "cost_agency")


def by_cluster(
    tables: ClinicTables, *, followed: float = PATIENT_HORIZON_WEEKS,
    sql_weeks: float = SQL_HORIZON_WEEKS, unit_weeks: float = UNIT_WEEKS,
) -> pd.DataFrame:  # fmt: skip
    """Return cost and outcomes of each campaign, asset or block that is old enough.

    Parameters
    ----------
    tables : ClinicTables
    followed : float
        Weeks every counted lead must have been followed; see FOLLOWED.
    sql_weeks : float
        Weeks from lead to SQL within which an SQL is counted.
    unit_weeks : float
        Weeks from a unit's start in which its cost and leads are counted.

    Returns
    -------
    DataFrame
        One row a cluster: clinic, direction, channel, cluster, kind (campaign, asset, block),
        started_on, leads, mql, sql (within `sql_weeks`), patients and revenue (within 26), cost,
        cost_labour, cost_agency. Inbound and outbound only. Dollars and counts.

    Notes
    -----
    Assumes that a lead belongs to the campaign it names, and that spend of a period may be counted
    in the block of the period's middle day. A campaign is a unit if spend names it; leads of any
    other are in their channel's blocks, where that channel's spend is. Spend that names no campaign
    in a channel that runs by campaigns alone is shared over those running (`share_overhead`).
    """
    end = tables.as_of + pd.Timedelta(days=1)
    units = _units(tables, unit_weeks)
    old_enough = end - followed * _WEEK
    people = _counted(_outcomes(tables, sql_weeks), units, "lead_at", old_enough)
    middle = (
        tables.spend["period_start"]
        + (tables.spend["period_end"] - tables.spend["period_start"]) / 2
    )
    spend = share_overhead(tables.spend.assign(day=middle), tables.leads, units)
    money = _counted(_costs(spend), units, "day", old_enough)
    table = pd.concat([_sum(people), _sum(money)]).groupby(level=[0, 1, 2, 3]).sum()
    table = table.reindex(columns=SUMS, fill_value=0.0).fillna(0.0).reset_index()
    table = table[table["direction"].isin(SIDES)]
    known = units.set_index("campaign")
    named = table["cluster"].isin(known.index)
    table["kind"] = table["cluster"].map(known["kind"].to_dict()).where(named, "block")
    table["started_on"] = pd.to_datetime(table["cluster"].map(known["starts_on"].to_dict()))
    return table.reset_index(drop=True)


def share_overhead(spend: pd.DataFrame, leads: pd.DataFrame, units: pd.DataFrame) -> pd.DataFrame:
    """Return spend with a channel's unnamed cost shared over its campaigns of that day.

    Only in channels that run by campaigns alone: where nearly every lead names a unit, the cost
    that names none (an agency's monthly fee, staff time) bought those units' leads, and in a block
    of its own it would meet none. The campaigns and assets running on the day bear equal parts;
    with none running the cost stays in its block.

    Parameters
    ----------
    spend : DataFrame
        Rows of spend with ``day``.
    leads : DataFrame
    units : DataFrame
        With campaign, clinic, channel, starts_on and ends_on (missing while it runs).

    Returns
    -------
    DataFrame
        The columns of `spend`; ``amount`` adds up to the same.
    """
    named = leads["campaign"].isin(units["campaign"])
    by_units = named.groupby([leads["clinic"], leads["channel"]]).mean() >= BY_UNITS
    channel = pd.MultiIndex.from_frame(spend[["clinic", "channel"]])
    overhead = spend["campaign"].isna().to_numpy() & channel.isin(by_units[by_units].index)
    if not overhead.any():
        return spend
    rows = spend[overhead].reset_index(names="row").drop(columns="campaign")
    running = rows.merge(units[["clinic", "channel", "campaign", "starts_on", "ends_on"]],
                         on=["clinic", "channel"])  # fmt: skip
    open_ended = running["ends_on"].isna()
    on = (running["starts_on"] <= running["day"]) & (
        open_ended | (running["day"] < running["ends_on"] + pd.Timedelta(days=1))
    )
    running = running[on]
    parts = running.groupby("row")["campaign"].transform("size")
    shares = running.assign(amount=running["amount"] / parts)
    kept = spend[~spend.index.isin(shares["row"])]
    return pd.concat([kept, shares[list(spend.columns)]], ignore_index=True)


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
            return (
                f"{share:.0%} of {side} leads come from channels without recorded cost; {CAPPED}"
            ).replace("%", " %", 1)
    return ""


def with_caveat(estimate: Estimate, frame: pd.DataFrame) -> Estimate:
    """Return a comparison of costs with what `uncosted` says of its sides."""
    reasons = [estimate.reason, uncosted(frame)]
    return replace(estimate, reason="; ".join(filter(None, reasons)))


def missing(inbound: pd.DataFrame, outbound: pd.DataFrame, *, revenue: bool = False) -> str:
    """Return why the two sides cannot be compared, or an empty string."""
    if revenue:
        return "no payment is recorded: export payments.csv"
    for side, arm in zip(SIDES, (inbound, outbound), strict=True):
        if arm["cost"].sum() == 0:
            return f"no cost is recorded for {side} that is old enough: export spend.csv"
    return ""


def _units(tables: ClinicTables, unit_weeks: float) -> pd.DataFrame:
    """Return each campaign and asset that spend names, and the day until which it is counted."""
    listed = tables.campaigns.drop_duplicates("campaign")
    # `isin` walks its values one by one: a handful of names, not a row each.
    listed = listed[listed["campaign"].isin(tables.spend["campaign"].dropna().unique())]
    spent = tables.spend[~tables.spend["campaign"].isin(listed["campaign"])]
    unlisted = spent.dropna(subset="campaign").groupby("campaign").agg(
        starts_on=("period_start", "min"), ends_on=("period_end", "max"),
        clinic=("clinic", "first"), channel=("channel", "first"),
    )  # fmt: skip
    units = pd.concat([listed, unlisted.reset_index().assign(kind="campaign")])
    year = units["starts_on"] + unit_weeks * _WEEK
    tail = units["ends_on"] + TAIL_WEEKS * _WEEK
    ended = (units["kind"] == "campaign") & (tail < year)
    return units.assign(closes=year.where(~ended, tail)).reset_index(drop=True)


def _outcomes(tables: ClinicTables, sql_weeks: float) -> pd.DataFrame:
    """Return each lead with what it had become within the horizons."""
    leads = tables.leads
    age = {"sql_at": sql_weeks, "patient_at": PATIENT_HORIZON_WEEKS}
    within = {name: leads["lead_at"] + weeks * _WEEK for name, weeks in age.items()}
    paid = tables.payments.merge(leads[["lead_id", "lead_at"]], on="lead_id")
    in_time = paid["paid_at"] <= paid["lead_at"] + PATIENT_HORIZON_WEEKS * _WEEK
    revenue = paid[in_time].groupby("lead_id")["amount"].sum()
    return leads.assign(
        leads=1.0,
        mql=(leads["mql_at"] <= within["sql_at"]).astype(float),
        sql=(leads["sql_at"] <= within["sql_at"]).astype(float),
        patients=(leads["patient_at"] <= within["patient_at"]).astype(float),
        revenue=leads["lead_id"].map(revenue).fillna(0.0),
    )


def _costs(spend: pd.DataFrame) -> pd.DataFrame:
    return spend.assign(
        cost=spend["amount"],
        cost_labour=spend["amount"].where(spend["kind"] == "labour", 0.0),
        cost_agency=spend["amount"].where(spend["kind"] == "agency", 0.0),
    )


def _counted(
    rows: pd.DataFrame, units: pd.DataFrame, time: str, old_enough: pd.Timestamp
) -> pd.DataFrame:
    """Return the rows of units that are complete, and of blocks that are old enough."""
    closes = pd.to_datetime(
        rows["campaign"].map(dict(zip(units["campaign"], units["closes"], strict=True)))
    )
    in_unit = closes.notna() & (rows[time] < closes) & (closes <= old_enough)
    in_block = closes.isna() & (rows[time] < old_enough)
    kept = rows.assign(campaign=rows["campaign"].where(closes.notna()))[in_unit | in_block]
    return kept.assign(cluster=cluster_labels(kept, time))


def _sum(rows: pd.DataFrame) -> pd.DataFrame:
    columns = [name for name in SUMS if name in rows]
    return rows.groupby(["clinic", "direction", "channel", "cluster"])[columns].sum()
