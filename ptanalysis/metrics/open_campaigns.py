"""Campaigns that are channels: open for over half a year, whenever they began."""

from __future__ import annotations

from functools import lru_cache

import pandas as pd

from ptanalysis.dataset import UNIT, ClinicData, active_spend, place_of

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
    spans = pd.concat([_listed(tables), _spent(tables), _named(tables)], ignore_index=True)
    spans = spans.drop_duplicates(UNIT)
    long = spans[spans["last"] - spans["first"] > ALWAYS_ON_WEEKS * _WEEK]
    as_it_goes = _paid_as_it_goes(tables, long[long["kind"] == "asset"])
    return pd.concat([long[long["kind"] != "asset"], as_it_goes])[UNIT].reset_index(drop=True)


def without_always_on(table: pd.DataFrame, tables: ClinicData) -> pd.DataFrame:
    """Return rows of leads or spend without the names of campaigns that are channels."""
    named = place_of(table, always_on(tables)) < 0
    return table.assign(campaign=table["campaign"].where(named))


def _listed(tables: ClinicData) -> pd.DataFrame:
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
