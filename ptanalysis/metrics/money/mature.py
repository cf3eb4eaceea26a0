"""Matured units: each campaign, asset or 4-week block with its cost and what it brought."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pandas as pd

from ptanalysis.dataset import ClinicData, active_spend, place_of
from ptanalysis.definitions import Assumptions
from ptanalysis.metrics.money.campaign_units import UNIT_WEEKS, counted, units_of
from ptanalysis.metrics.money.overhead_cost import share_overhead
from ptanalysis.metrics.quality.followed_leads import decided_at, screenable
from ptanalysis.stats import cluster_labels

SIDES = ("inbound", "outbound")
SUMS = (
    "leads",
    "screenable",
    "screened",
    "mql",
    "sql",
    "patients",
    "revenue",
    "cost",
    "cost_labour",
    "cost_agency",
)
_WEEK = pd.Timedelta(weeks=1)
_KEYS = ["clinic", "direction", "channel", "cluster"]


def weeks_followed(event: str, assumed: Assumptions | None = None) -> int:
    """Return the weeks a lead must have been followed before its outcome is counted.

    Parameters
    ----------
    event : str
        leads, mql, sql, patients or revenue.
    assumed : Assumptions, optional
        The clinic's; the defaults where left out.

    Examples
    --------
    >>> [weeks_followed(event) for event in ("leads", "sql", "revenue")]
    [0, 13, 26]
    """
    assumed = assumed or Assumptions()
    sql, patient = assumed.weeks_to_sql, assumed.weeks_to_patient
    return {"leads": 0, "mql": sql, "sql": sql, "patients": patient, "revenue": patient}[event]


@lru_cache(maxsize=16)
def by_cluster(
    tables: ClinicData,
    *,
    followed: float | None = None,
    sql_weeks: float | None = None,
    patient_weeks: float | None = None,
    unit_weeks: float = UNIT_WEEKS,
) -> pd.DataFrame:
    """Return cost and outcomes of each campaign, asset or block that is old enough.

    Parameters
    ----------
    tables : ClinicData
    followed : float, optional
        Weeks every counted lead must have been followed; as for revenue where left out.
    sql_weeks : float, optional
        Weeks from lead to SQL within which an SQL is counted; the clinic's where left out.
    patient_weeks : float, optional
        Weeks from the lead within which a patient and revenue are counted; likewise.
    unit_weeks : float
        Weeks from a unit's start in which its cost and leads are counted.

    Returns
    -------
    DataFrame
        One row a cluster: clinic, direction, channel, cluster, kind (campaign, asset, block),
        started_on, leads, screenable (leads that nothing before screening excluded), screened (of
        these, and mql and sql: within `sql_weeks`), patients and revenue (within `patient_weeks`),
        cost, cost_labour, cost_agency. Inbound and outbound only. Dollars and counts.

    Notes
    -----
    Assumes that a lead belongs to the campaign it names, and that spend of a period may be counted
    in the block of the period's middle day. A campaign is a unit if spend names it; leads of any
    other are in their channel's blocks, where that channel's spend is. Spend that names no campaign
    in a channel that runs by campaigns alone is shared over those running (`share_overhead`).
    """
    assumed = tables.assumptions
    followed = weeks_followed("revenue", assumed) if followed is None else followed
    sql_weeks = assumed.weeks_to_sql if sql_weeks is None else sql_weeks
    patient_weeks = assumed.weeks_to_patient if patient_weeks is None else patient_weeks
    units = units_of(tables, unit_weeks)
    outcomes = _outcomes(tables, sql_weeks, patient_weeks)
    parts = _counted(tables, units, outcomes, followed=followed)
    sums = [_sum(rows.assign(cluster=cluster_labels(rows, "time"))) for rows in parts]
    table = pd.concat(sums).groupby(level=_KEYS).sum()
    table = table.reindex(columns=list(SUMS), fill_value=0.0).reset_index()
    place = place_of(table.rename(columns={"cluster": "campaign"}), units)
    known = units[["kind", "starts_on"]].reindex(place).set_axis(table.index)
    return table.assign(kind=known["kind"].fillna("block"), started_on=known["starts_on"])


def _counted(
    tables: ClinicData, units: pd.DataFrame, outcomes: pd.DataFrame, *, followed: float
) -> list[pd.DataFrame]:
    """Return the leads and the costs of the two sides that are old enough, with their units."""
    old_enough = tables.as_of + pd.Timedelta(days=1) - followed * _WEEK
    spend = active_spend(tables)
    length = spend["period_end"] - spend["period_start"]
    spend = spend.assign(day=spend["period_start"] + length / 2)
    spend = share_overhead(spend, tables.leads, units)
    sided = (rows[rows["direction"].isin(SIDES)] for rows in (outcomes, _costs(spend)))
    return [_placed(rows, units, old_enough) for rows in sided]


def _placed(rows: pd.DataFrame, units: pd.DataFrame, old_enough: pd.Timestamp) -> pd.DataFrame:
    """Return the rows that count; the name of a campaign that is no unit is dropped."""
    place = place_of(rows, units)
    rows = rows.assign(campaign=rows["campaign"].where(place >= 0))
    return rows[counted(rows["time"], place, units, old_enough)]


def _outcomes(tables: ClinicData, sql_weeks: float, patient_weeks: float) -> pd.DataFrame:
    """Return each lead with what it had become within the horizons."""
    leads = tables.leads
    asked = leads.index.isin(screenable(leads).index)
    at = {
        "mql": (leads["mql_at"], sql_weeks),
        "screened": (decided_at(leads).where(asked), sql_weeks),
        "sql": (leads["sql_at"].where(asked), sql_weeks),
        "patients": (leads["patient_at"], patient_weeks),
    }
    within = {
        name: (time <= leads["lead_at"] + limit * _WEEK).astype(float)
        for name, (time, limit) in at.items()
    }
    return leads[["clinic", "direction", "channel", "campaign"]].assign(
        time=leads["lead_at"],
        leads=1.0,
        screenable=asked.astype(float),
        **within,
        revenue=_revenue(tables, patient_weeks),
    )


def _revenue(tables: ClinicData, weeks: float) -> np.ndarray:
    """Return each lead's payments less refunds within the horizon, shape (leads,)."""
    place = pd.Index(tables.leads["lead_id"]).get_indexer(tables.payments["lead_id"])
    paid, place = tables.payments[place >= 0], place[place >= 0]
    age = paid["paid_at"].to_numpy() - tables.leads["lead_at"].to_numpy()[place]
    in_time = age <= (weeks * _WEEK).to_timedelta64()
    amount = paid["amount"].fillna(0.0).to_numpy()[in_time]
    return np.bincount(place[in_time], amount, minlength=len(tables.leads))


def _costs(spend: pd.DataFrame) -> pd.DataFrame:
    """Return each row of spend with its full cost and the parts that are labour and agency."""
    return spend[["clinic", "direction", "channel", "campaign"]].assign(
        time=spend["day"],
        cost=spend["amount"],
        cost_labour=spend["amount"].where(spend["kind"] == "labour", 0.0),
        cost_agency=spend["amount"].where(spend["kind"] == "agency", 0.0),
    )


def _sum(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.groupby(_KEYS)[[name for name in SUMS if name in rows]].sum()
