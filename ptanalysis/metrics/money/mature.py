"""Matured units: each campaign, asset or 4-week block with its cost and what it brought.

The table knows its clinic's currency and what was never recorded, and keeps that through filters:
``units[units["cluster"] != "spring-cards"]`` leaves a campaign out.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pandas as pd

from ptanalysis.dataset import COUNTS, ClinicData, active_spend, place_of
from ptanalysis.definitions import Assumptions
from ptanalysis.metrics.clinic_facts import with_facts
from ptanalysis.metrics.money.campaign_units import (
    counted,
    on_record,
    share_overhead,
    spread_over_blocks,
    units_of,
    without_always_on,
)
from ptanalysis.metrics.quality.followed_leads import decided_at, screenable, unrecorded
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
    "cost_labor",
    "cost_agency",
    "counted",
)
_WEEK = pd.Timedelta(weeks=1)
_KEYS = ["clinic", "direction", "channel", "cluster"]
_NAMES = ["clinic", "direction", "channel", "vendor", "cluster", "kind", "started_on"]


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


def units(
    clinic: ClinicData,
    *,
    followed: float | None = None,
    weeks_to_sql: float | None = None,
    weeks_to_patient: float | None = None,
) -> pd.DataFrame:
    """Return each campaign, asset or 4-week block that is old enough, with its cost and outcomes.

    Parameters
    ----------
    clinic : ClinicData
        From `ptanalysis.load`.
    followed : float, optional
        Weeks every counted lead must have been followed: 0 for leads, as many as
        `weeks_to_sql` for SQLs, as `weeks_to_patient` for patients and revenue
        (where left out).
    weeks_to_sql, weeks_to_patient : float, optional
        Weeks from the lead within which an SQL, or a patient and revenue, count; the clinic's
        (``[assumptions]`` in clinic.toml) where left out.

    Returns
    -------
    DataFrame
        One row a unit of inbound or outbound: clinic, direction, channel, vendor (missing where
        its spend names none or several), cluster (the campaign's name, or the block), kind
        (campaign, asset, block), started_on; leads, screenable (nothing before screening excluded
        them), screened and sql (of these), mql, patients, revenue; cost, cost_labor, cost_agency;
        counted (of its leads those known only as counts, with their outcomes so far).
        A stage or payment that the clinic never recorded is missing, not 0: add up with
        ``sum(min_count=1)``.

    Notes
    -----
    Expected SQLs are ``screenable * sql / screened`` of a *group's sums*. A unit is counted whole:
    its first 52 weeks, or up to 13 weeks past its end. Assumes that a lead belongs to the campaign
    it names, and that a channel's spend of a period was spent evenly over it: it is spread over
    the blocks of the period. A campaign is a unit if spend names it and it was open for 26 weeks
    at most; leads and spend of any other are in their channel's blocks. Spend that names no
    campaign in a channel that runs by campaigns alone is shared over those running
    (`share_overhead`).

    Examples
    --------
    Cost per SQL, by hand::

        sums = pt.units(clinic, followed=13).groupby("direction").sum(numeric_only=True)
        sums["cost"] / (sums["screenable"] * sums["sql"] / sums["screened"])
    """
    assumed = clinic.assumptions
    weeks = float(weeks_to_sql or assumed.weeks_to_sql)
    patient_weeks = float(weeks_to_patient or assumed.weeks_to_patient)
    followed = float(patient_weeks if followed is None else followed)
    table = _units(clinic, followed, weeks, patient_weeks)
    return _with_unknown(clinic, table, weeks)


def spent_in(clinic: ClinicData, start: pd.Timestamp, end: pd.Timestamp) -> pd.DataFrame:
    """Return the leads and the spend of a span of time by cluster, with what the leads became.

    Parameters
    ----------
    clinic : ClinicData
    start, end : Timestamp
        Leads that came, and spend of, `start` up to before `end`.

    Returns
    -------
    DataFrame
        As `units` returns, for inbound and outbound: unlike there, a campaign is not held back
        until it is over.
    """
    weeks = float(clinic.assumptions.weeks_to_sql)
    outcomes = _outcomes(clinic, weeks, float(clinic.assumptions.weeks_to_patient))
    rows = [
        each[each["direction"].isin(SIDES) & (each["time"] >= start) & (each["time"] < end)]
        for each in (
            outcomes,
            _counted_leads(clinic, units_of(clinic), at=[start, end]),
            _costs(_daily(clinic, units_of(clinic), at=[start, end])),
        )
    ]
    rows = [without_always_on(each, clinic) for each in rows]
    sums = [_sum(each.assign(cluster=cluster_labels(each, "time"))) for each in rows]
    return _with_unknown(clinic, _added(sums).reset_index(), weeks)


def _with_unknown(clinic: ClinicData, table: pd.DataFrame, weeks: float) -> pd.DataFrame:
    """Return units that know their clinic, and what was never recorded as missing."""
    unknown = {event: unrecorded(clinic, f"{event}_at") for event in ("mql", "screened", "sql")}
    unknown |= {"patients": unrecorded(clinic, "patient_at"), "revenue": _unpaid(clinic)}
    table = table.copy()
    dated = (table["counted"] == 0) | (table["counted"] < table["leads"])
    never = [
        event
        for event, reason in unknown.items()
        if reason and (event == "screened" or not table.loc[dated, event].any())
    ]
    table.loc[dated, never] = np.nan
    return with_facts(
        table, money=clinic.config.money, weeks_to_sql=weeks, unknown=unknown, spent=_spent(clinic)
    )


def _spent(clinic: ClinicData) -> tuple[str, ...]:
    """Return the sides that any cost is on record for, old enough or not."""
    spend = active_spend(clinic)
    return tuple(side for side in SIDES if spend["amount"][spend["direction"] == side].sum() > 0)


def _unpaid(clinic: ClinicData) -> str:
    """Return why there is no revenue at all, or an empty string."""
    none = clinic.none_of_a_lead("payments") or "no payment is recorded: export payments.csv"
    return none if clinic.payments.empty else ""


@lru_cache(maxsize=16)
def _units(
    clinic: ClinicData, followed: float, weeks_to_sql: float, weeks_to_patient: float
) -> pd.DataFrame:
    campaigns = units_of(clinic)
    outcomes = _outcomes(clinic, weeks_to_sql, weeks_to_patient)
    parts = _counted(clinic, campaigns, outcomes, followed=followed)
    sums = [_sum(rows.assign(cluster=cluster_labels(rows, "time"))) for rows in parts]
    table = _added(sums).reset_index()
    place = place_of(table.rename(columns={"cluster": "campaign"}), campaigns)
    blocks = clinic.spend[place_of(clinic.spend, campaigns) < 0]
    known = campaigns[["kind", "starts_on"]].reindex(place).set_axis(table.index)
    table = table.assign(kind=known["kind"].fillna("block"), started_on=known["starts_on"])
    vendor = pd.Series(_vendor(table, clinic.spend, blocks), table.index, dtype=object)
    return table.assign(vendor=vendor)[[*_NAMES, *SUMS]]


def _vendor(table: pd.DataFrame, spend: pd.DataFrame, blocks: pd.DataFrame) -> list:
    """Return the one vendor that each unit's spend names: the campaign's, else the channel's."""
    campaigns = _only(spend, ["clinic", "campaign"])
    channels = _only(blocks, ["clinic", "channel"])
    return [
        channels.get((row.clinic, row.channel))
        if row.kind == "block"
        else campaigns.get((row.clinic, row.cluster))
        for row in table.itertuples()
    ]


def _only(spend: pd.DataFrame, by: list[str]) -> dict[tuple, str]:
    vendors = spend.dropna(subset=["vendor"]).groupby(by)["vendor"].agg(["first", "nunique"])
    return vendors["first"][vendors["nunique"] == 1].to_dict()


def _counted(
    tables: ClinicData, units: pd.DataFrame, outcomes: pd.DataFrame, *, followed: float
) -> list[pd.DataFrame]:
    """Return the leads and the costs of the two sides that are old enough, with their units."""
    span = on_record(tables), tables.as_of + pd.Timedelta(days=1) - followed * _WEEK
    at = [span[1], *span[0]]
    parts = (
        outcomes,
        _counted_leads(tables, units, at=at),
        _costs(_daily(tables, units, at=at)),
    )
    sided = (rows[rows["direction"].isin(SIDES)] for rows in parts)
    return [_placed(rows, units, span) for rows in sided]


def _daily(tables: ClinicData, units: pd.DataFrame, *, at=()) -> pd.DataFrame:
    """Return the spend with its middle day, in blocks where no unit's; a fee shared out."""
    return share_overhead(
        spread_over_blocks(active_spend(tables), units, at=at), tables.leads, units
    )


def _placed(rows: pd.DataFrame, units: pd.DataFrame, span: tuple) -> pd.DataFrame:
    """Return the rows that count; the name of a campaign that is no unit is dropped."""
    place = place_of(rows, units)
    rows = rows.assign(campaign=rows["campaign"].where(place >= 0))
    return rows[counted(rows, place, units, span)]


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
    """Return each row of spend with its full cost and the parts that are labor and agency."""
    return spend[["clinic", "direction", "channel", "campaign"]].assign(
        time=spend["day"],
        cost=spend["amount"],
        cost_labor=spend["amount"].where(spend["kind"] == "labor", 0.0),
        cost_agency=spend["amount"].where(spend["kind"] == "agency", 0.0),
    )


def _counted_leads(tables: ClinicData, units: pd.DataFrame, *, at=()) -> pd.DataFrame:
    """Return counts of leads as outcomes: what became of them so far, missing where not counted.

    They are spread over blocks as spend is. Where SQLs were counted and the screened were not, the
    SQLs are taken for all there are.
    """
    rows = spread_over_blocks(tables.counted, units, at=at, of=list(COUNTS))
    judged = rows["screened"].notna() | rows["sql"].notna()
    return rows[["clinic", "direction", "channel", "campaign", *COUNTS]].assign(
        time=rows["day"],
        screenable=rows["leads"].where(judged),
        screened=rows["screened"].fillna(rows["leads"].where(judged)),
        counted=rows["leads"],
    )


def _sum(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the sums by unit; of counts missing where a part of it was not counted."""
    names = [name for name in SUMS if name in rows]
    return rows.groupby(_KEYS)[names].sum(skipna="counted" not in names)


def _added(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """Return sums of the same units added up; what a part has no column or row for is nothing."""
    unknown = [part.isna().reindex(columns=list(SUMS), fill_value=False) for part in parts]
    table = pd.concat(parts).groupby(level=_KEYS).sum().reindex(columns=list(SUMS), fill_value=0.0)
    return table.mask(pd.concat(unknown).groupby(level=_KEYS).any())
