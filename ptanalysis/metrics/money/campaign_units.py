"""Units cost is counted in: campaigns, assets, always-on channels; overhead spread on them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import pandas as pd

from ptanalysis.dataset import UNIT, ClinicData, active_spend, place_of
from ptanalysis.stats.drift import block_starts

#: Weeks from a unit's start in which its cost and leads are counted.
UNIT_WEEKS = 52
#: Weeks after a campaign's end until its late responders have come.
TAIL_WEEKS = 13
#: A side's campaigns close at their tail's end while at most this share of their first year's
#: leads (or fewer than FEWEST_LATE) came later; else at the year, as everything else does.
MOST_LATE = 0.1
FEWEST_LATE = 5
#: Days a clinic's first lead or spend may lag behind the first unit that is known from its start.
SLACK_DAYS = 28
_WEEK = pd.Timedelta(weeks=1)


@lru_cache(maxsize=8)
def units_of(tables: ClinicData) -> pd.DataFrame:
    """Return each campaign and asset that spend names and that is no always-on channel.

    Returns
    -------
    DataFrame
        The columns of `tables.campaigns`, ``closes`` (when it has all of its cost and leads) and
        ``seen`` (whether the clinic's records reach back to its start).

    Notes
    -----
    An ended campaign closes `TAIL_WEEKS` after its end: waiting for a year would leave out half of
    a young clinic's campaigns. Where the campaigns that are a year old show that their side's leads
    come later than that, all of the side's campaigns are given the year that assets have.
    """
    units = pd.concat([_listed(tables), _unlisted(tables)], ignore_index=True)
    units = units[place_of(units, always_on(tables)) < 0].reset_index(drop=True)
    year = units["starts_on"] + UNIT_WEEKS * _WEEK
    tail = units["ends_on"] + TAIL_WEEKS * _WEEK
    ended = (units["kind"] == "campaign") & (tail < year)
    units = units.assign(tail=tail.where(ended), closes=year, seen=_seen(units, tables))
    late = _late_sides(units, tables)
    early = ended & ~units["direction"].isin(late)
    return units.assign(closes=year.where(~early, tail)).drop(columns="tail")


def counted(rows: pd.DataFrame, place: np.ndarray, units: pd.DataFrame, span: tuple) -> np.ndarray:
    """Return whether each row of spend or leads is in the comparison.

    Not counted are rows of a unit (or block) whose first cost or leads are not on record, those
    after a unit's time, and those of a unit (or block) that is too young.

    Parameters
    ----------
    rows : DataFrame
        With ``time`` and ``clinic``.
    place : ndarray of int
        The row of `units` each belongs to, -1 for rows of blocks.
    units : DataFrame
        From `units_of`.
    span : (Series, Timestamp)
        Since when both spend and leads of a clinic are on record; units that close later than the
        second, and rows of blocks from then on, are too young.
    """
    since, old_enough = span
    in_unit, at = place >= 0, rows["time"].to_numpy()
    # One more at the end, for the rows of no unit: their place is -1.
    closes = np.append(units["closes"].to_numpy(), np.datetime64("NaT"))[place]
    seen = np.append(units["seen"].to_numpy(bool), True)[place]
    limit = np.datetime64(old_enough)
    young = np.where(in_unit, closes > limit, at >= limit)
    seen &= in_unit | ~(at < pd.to_datetime(rows["clinic"].map(since.to_dict())).to_numpy())
    return seen & ~(in_unit & (at >= closes)) & ~young


def _listed(tables: ClinicData) -> pd.DataFrame:
    listed = tables.campaigns.drop_duplicates(UNIT)
    return listed[place_of(listed, active_spend(tables)[UNIT].dropna().drop_duplicates()) >= 0]


def _unlisted(tables: ClinicData) -> pd.DataFrame:
    """Return the campaigns that spend names and no list does, as long as they were paid for."""
    spend = active_spend(tables).dropna(subset="campaign")
    spent = spend[place_of(spend, tables.campaigns.drop_duplicates(UNIT)) < 0]
    if spent.empty:
        return spent[UNIT]
    first = {name: (name, "first") for name in ("channel", "direction")}
    return (
        spent.groupby(UNIT, as_index=False)
        .agg(starts_on=("period_start", "min"), ends_on=("period_end", "max"), **first)
        .assign(kind="campaign")
    )


def on_record(tables: ClinicData) -> pd.Series:
    """Return since when both leads and spend of each clinic are on record, with some slack.

    Of a clinic that keeps only counts of leads: both counts and spend.
    """
    leads = tables.leads.groupby("clinic")["lead_at"].min()
    if not tables.counted.empty:
        counted = tables.counted.groupby("clinic")["period_start"].min()
        leads = leads.combine_first(counted)
    spend = active_spend(tables).groupby("clinic")["period_start"].min()
    return pd.concat([leads, spend], axis=1).max(axis=1) - pd.Timedelta(days=SLACK_DAYS)


def _seen(units: pd.DataFrame, tables: ClinicData) -> pd.Series:
    """Return whether both leads and spend are on record from each unit's start."""
    since = on_record(tables).to_dict()
    return ~(units["starts_on"] < pd.to_datetime(units["clinic"].map(since)))


def _late_sides(units: pd.DataFrame, tables: ClinicData) -> list[str]:
    """Return the sides of which too many leads come after their campaigns' tails."""
    closed = units[units["tail"].notna() & units["seen"] & (units["closes"] <= tables.as_of)]
    place = place_of(tables.leads, closed)
    leads, of = tables.leads["lead_at"][place >= 0].to_numpy(), closed.iloc[place[place >= 0]]
    in_year = leads < of["closes"].to_numpy()
    late = pd.Series(leads >= of["tail"].to_numpy())[in_year]
    by_side = late.groupby(of["direction"].to_numpy()[in_year]).agg(["mean", "sum"])
    many = (by_side["mean"] > MOST_LATE) & (by_side["sum"] >= FEWEST_LATE)
    return list(by_side.index[many])


#: A channel runs by campaigns alone where this share of its leads names one that has spend.
BY_UNITS = 0.9
_DAY = pd.Timedelta(days=1)


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
    named = pd.Series(place_of(leads, units) >= 0, leads.index)
    by_units = named.groupby([leads["clinic"], leads["channel"]]).mean() >= BY_UNITS
    channel = pd.MultiIndex.from_frame(spend[["clinic", "channel"]])
    overhead = spend["campaign"].isna().to_numpy() & channel.isin(by_units[by_units].index)
    if not overhead.any():
        return spend
    rows = spend[overhead].reset_index(names="row").drop(columns="campaign")
    running = rows.merge(
        units[["clinic", "channel", "campaign", "starts_on", "ends_on"]], on=["clinic", "channel"]
    )
    open_ended = running["ends_on"].isna()
    on = (running["starts_on"] <= running["day"]) & (
        open_ended | (running["day"] < running["ends_on"] + pd.Timedelta(days=1))
    )
    running = running[on]
    parts = running.groupby("row")["campaign"].transform("size")
    shares = running.assign(amount=running["amount"] / parts)
    kept = spend[~spend.index.isin(shares["row"])]
    return pd.concat([kept, shares[list(spend.columns)]], ignore_index=True)


def spread_over_blocks(
    spend: pd.DataFrame, units: pd.DataFrame, *, at=(), of: Sequence[str] = ("amount",)
) -> pd.DataFrame:
    """Return spend with ``day``, its middle day; what is of no unit cut into its 4-week blocks.

    A quarter's invoice is thirteen weeks' cost, and in the block of its middle day it would make
    that block dear and the others free: the interval would be the bookkeeper's.

    Parameters
    ----------
    spend : DataFrame
        Rows of spend, or counts of leads.
    units : DataFrame
    at : sequence of Timestamp
        Moments to cut at, too.
    of : sequence of str
        Columns that are cut; each adds up to the same.

    Returns
    -------
    DataFrame
    """
    spend = spend.assign(first=spend["period_start"], last=spend["period_end"] + _DAY)
    cut = place_of(spend, units) < 0
    whole, rows = spend[~cut], spend[cut]
    edges = block_starts(rows["first"].min(), rows["last"].max(), at)
    end = np.searchsorted(edges, rows["last"].to_numpy())
    start = np.searchsorted(edges, rows["first"].to_numpy(), side="right") - 1
    pieces = np.maximum(end - start, 1)
    number = np.arange(pieces.sum()) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    length = (rows["last"] - rows["first"]).to_numpy().repeat(pieces)
    edge = np.repeat(start, pieces) + number
    rows = rows.loc[rows.index.repeat(pieces)]
    rows["first"] = np.maximum(rows["first"].to_numpy(), edges[edge])
    rows["last"] = np.minimum(rows["last"].to_numpy(), edges[edge + 1])
    share = (rows["last"] - rows["first"]).to_numpy() / length
    rows[list(of)] = rows[list(of)].mul(share, axis=0)
    found = pd.concat([whole, rows], ignore_index=True)
    middle = found["first"] + (found["last"] - _DAY - found["first"]).clip(lower=_DAY * 0) / 2
    return found.assign(day=middle).drop(columns=["first", "last"])


#: A campaign open for longer is a channel, for cost and quality; for decay a stop is a stop.
ALWAYS_ON_WEEKS = 26
#: An asset is one where over half of its first year's spend falls after so many weeks: it is not
#: published and then waited for, but paid as it goes.
UP_FRONT_WEEKS = 13
_DAY, _WEEK = pd.Timedelta(days=1), pd.Timedelta(weeks=1)


@lru_cache(maxsize=8)
def always_on(tables: ClinicData) -> pd.DataFrame:
    """Return the campaigns that were open for over 26 weeks, and the assets paid as they go.

    Returns
    -------
    DataFrame
        Columns of UNIT. Open is from the start to the end that a list of campaigns states; else
        from the first to the last day of spend that names it; else between the 5th and the 95th
        percentile of the days of its leads.
    """
    spans = pd.concat([_listed_spans(tables), _spent(tables), _named(tables)], ignore_index=True)
    spans = spans.drop_duplicates(UNIT)
    long = spans[spans["last"] - spans["first"] > ALWAYS_ON_WEEKS * _WEEK]
    as_it_goes = _paid_as_it_goes(tables, long[long["kind"] == "asset"])
    return pd.concat([long[long["kind"] != "asset"], as_it_goes])[UNIT].reset_index(drop=True)


def without_always_on(table: pd.DataFrame, tables: ClinicData) -> pd.DataFrame:
    """Return rows of leads or spend without the names of campaigns that are channels."""
    named = place_of(table, always_on(tables)) < 0
    return table.assign(campaign=table["campaign"].where(named))


def _listed_spans(tables: ClinicData) -> pd.DataFrame:
    rows = tables.campaigns[[*UNIT, "kind", "starts_on", "ends_on"]]
    last = rows["ends_on"].fillna(tables.as_of).clip(upper=tables.as_of) + _DAY
    return rows.rename(columns={"starts_on": "first"}).assign(last=last).drop(columns="ends_on")


def _spent(tables: ClinicData) -> pd.DataFrame:
    spend = active_spend(tables).dropna(subset="campaign").groupby(UNIT, as_index=False)
    spans = spend.agg(first=("period_start", "min"), last=("period_end", "max"))
    return spans.assign(last=pd.to_datetime(spans["last"]) + _DAY, kind="campaign")


def _named(tables: ClinicData) -> pd.DataFrame:
    leads = tables.leads.dropna(subset="campaign").groupby(UNIT)["lead_at"]
    spans = pd.DataFrame({"first": leads.quantile(0.05), "last": leads.quantile(0.95)})
    return spans.reset_index().assign(kind="campaign")


def _paid_as_it_goes(tables: ClinicData, assets: pd.DataFrame) -> pd.DataFrame:
    spend = active_spend(tables)
    place = place_of(spend, assets)
    spend, of = spend[place >= 0], assets.iloc[place[place >= 0]]
    on_record = active_spend(tables)["period_start"].min()
    age = spend["period_start"] - of["first"].clip(lower=on_record).to_numpy()
    year = spend.assign(later=age >= UP_FRONT_WEEKS * _WEEK)[age < 52 * _WEEK]
    sums = year.groupby([*UNIT, "later"])["amount"].sum().unstack("later", fill_value=0.0)
    sums = sums.reindex(columns=[False, True], fill_value=0.0)
    return sums[sums[True] > sums[False]].reset_index()
