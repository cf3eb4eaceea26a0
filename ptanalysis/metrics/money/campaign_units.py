"""The units cost and leads are counted in: campaigns and assets, and when each is complete."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pandas as pd

from ptanalysis.dataset import UNIT, ClinicData, active_spend, place_of
from ptanalysis.metrics.open_campaigns import always_on

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
