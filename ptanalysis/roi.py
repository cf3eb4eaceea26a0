"""Return: what inbound and outbound cost and brought in, on spend old enough to have paid back.

Cost and outcomes come from the same matured units: a campaign or asset with the leads and the cost
of its first 52 weeks, or a 4-week block of a channel that runs without campaigns. Cost is full
cost, labour included; a unit enters once all its leads have been followed for as long as the
outcome asks.
"""

from __future__ import annotations

import pandas as pd

from ptanalysis.definitions import PATIENT_HORIZON_WEEKS, SQL_HORIZON_WEEKS
from ptanalysis.estimate import Estimate, cluster_labels, cost_per, cost_ratio, top_share
from ptanalysis.estimate import roi as roi_of
from ptanalysis.estimate import roi_difference as roi_difference_of
from ptanalysis.estimate import roi_ratio as roi_ratio_of
from ptanalysis.tables import ClinicTables

SIDES = ("inbound", "outbound")
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
UNITS = {"leads": "usd_per_lead", "mql": "usd_per_mql", "sql": "usd_per_sql",
         "patients": "usd_per_patient"}  # fmt: skip
_WEEK = pd.Timedelta(weeks=1)
_SUMS = ("leads", "mql", "sql", "patients", "revenue", "cost", "cost_labour", "cost_agency")


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
    in the block of the period's middle day.
    """
    end = tables.as_of + pd.Timedelta(days=1)
    units = _units(tables, unit_weeks)
    old_enough = end - followed * _WEEK
    people = _counted(_outcomes(tables, sql_weeks), units, "lead_at", old_enough)
    middle = (
        tables.spend["period_start"]
        + (tables.spend["period_end"] - tables.spend["period_start"]) / 2
    )
    spend = _costs(tables.spend.assign(day=middle))
    money = _counted(spend, units, "day", old_enough)
    table = pd.concat([_sum(people), _sum(money)]).groupby(level=[0, 1, 2, 3]).sum()
    table = table.reindex(columns=_SUMS, fill_value=0.0).fillna(0.0).reset_index()
    table = table[table["direction"].isin(SIDES)]
    known = units.set_index("campaign")
    named = table["cluster"].isin(known.index)
    table["kind"] = table["cluster"].map(known["kind"].to_dict()).where(named, "block")
    table["started_on"] = pd.to_datetime(table["cluster"].map(known["starts_on"].to_dict()))
    return table.reset_index(drop=True)


def cost_per_event(
    tables: ClinicTables, event: str = "sql", *, column: str = "direction",
    confidence_level: float = 0.95,
) -> list[Estimate]:  # fmt: skip
    """Return full cost per lead, MQL, SQL or patient of each direction or channel.

    Parameters
    ----------
    tables : ClinicTables
    event : str
        A key of UNITS.
    column : str
        direction or channel.
    confidence_level : float

    Returns
    -------
    list of Estimate
        The dearest first; a group without recorded cost is not identified, never free.
    """
    frame = by_cluster(tables, followed=FOLLOWED[event])
    found = [
        cost_per(arm["cost"], arm[event], unit=UNITS[event], confidence_level=confidence_level)
        .labelled(f"cost_per_{_singular(event)}", "roi", group)
        for group, arm in frame.groupby(column)
    ]  # fmt: skip
    return sorted(found, key=lambda each: -(each.value or 0))


def cost_per_ratio(
    tables: ClinicTables, event: str = "sql", *,
    sql_weeks: float = SQL_HORIZON_WEEKS, null: float = 1.0, confidence_level: float = 0.95,
) -> Estimate:  # fmt: skip
    """Return outbound's full cost per event over inbound's, on the same matured spend.

    Parameters
    ----------
    tables : ClinicTables
    event : str
        leads, mql, sql or patients.
    sql_weeks : float
        Weeks from lead to SQL.
    null : float
    confidence_level : float

    Returns
    -------
    Estimate
        Ratio; log jackknife over campaigns, assets and blocks (over clinics where there are 6).
    """
    followed = sql_weeks if event == "sql" else FOLLOWED[event]
    inbound, outbound, paired = _arms(by_cluster(tables, followed=followed, sql_weeks=sql_weeks))
    label = (f"cost_per_{_singular(event)}_ratio", "roi", "outbound / inbound")
    if missing := _missing(inbound, outbound):
        return Estimate.not_identified(missing, unit="ratio").labelled(*label)
    return cost_ratio(
        outbound["cost"], outbound[event], inbound["cost"], inbound[event],
        null=null, confidence_level=confidence_level, paired=paired,
    ).labelled(*label)  # fmt: skip


def roi(
    tables: ClinicTables, *, column: str = "direction", confidence_level: float = 0.95
) -> list[Estimate]:
    """Return (revenue - cost) / cost of each direction or channel, the highest first."""
    found = []
    for group, arm in by_cluster(tables).groupby(column):
        if arm["cost"].sum() == 0:
            estimate = Estimate.not_identified("no cost is recorded", unit="roi", n=len(arm))
        else:
            estimate = roi_of(
                arm["revenue"], arm["cost"], patients=arm["patients"],
                confidence_level=confidence_level,
            )  # fmt: skip
        found.append(estimate.labelled("roi", "roi", group))
    return sorted(found, key=lambda each: -(each.value if each.known else -9))


def roi_ratio(
    tables: ClinicTables, *, null: float = 1.0, confidence_level: float = 0.95
) -> Estimate:
    """Return inbound's revenue per dollar of full cost over outbound's."""
    return _compare_roi(tables, roi_ratio_of, "ratio", null, confidence_level)


def roi_difference(
    tables: ClinicTables, *, null: float = 0.0, confidence_level: float = 0.95
) -> Estimate:
    """Return inbound's ROI less outbound's."""
    return _compare_roi(tables, roi_difference_of, "roi", null, confidence_level)


def shared_cost(tables: ClinicTables) -> float:
    """Return the dollars of spend that belong to no side; shown, and counted on neither."""
    return float(tables.spend["amount"][~tables.spend["direction"].isin(SIDES)].sum())


def concentration(tables: ClinicTables) -> float | None:
    """Return the share of revenue that comes from the top 5 % of patients."""
    totals = tables.payments.groupby("lead_id")["amount"].sum()
    return float(top_share(totals)) if (totals > 0).any() else None


def labour_tipping_point(tables: ClinicTables) -> float | None:
    """Return the unrecorded staff hours a month on inbound at which its ROI equals outbound's.

    Returns
    -------
    float or None
        Hours a month over the life of the inbound units counted; negative where inbound is behind
        already (so many fewer hours it would need), None where either side has no return.
    """
    inbound, outbound, _ = _arms(by_cluster(tables))
    if _missing(inbound, outbound) or outbound["revenue"].sum() <= 0:
        return None
    per_dollar = outbound["revenue"].sum() / outbound["cost"].sum()
    room = inbound["revenue"].sum() / per_dollar - inbound["cost"].sum()
    months = _months(tables, inbound)
    return float(room / tables.config.staff_hourly_rate / months) if months else None


def _months(tables: ClinicTables, arm: pd.DataFrame) -> float:
    """Return the months in which the arm's counted spend ran."""
    spend = tables.spend[tables.spend["direction"] == "inbound"]
    counted = arm["started_on"].dropna()
    last = tables.as_of - FOLLOWED["revenue"] * _WEEK
    first = min([*spend["period_start"].dropna(), *counted], default=last)
    return max((last - first).days / 30.44, 0.0)


def _compare_roi(tables: ClinicTables, compare, unit: str, null: float, level: float) -> Estimate:
    inbound, outbound, _ = _arms(by_cluster(tables))
    label = (f"roi_{'ratio' if unit == 'ratio' else 'difference'}", "roi", "inbound vs outbound")
    if missing := _missing(inbound, outbound, revenue=tables.payments.empty):
        return Estimate.not_identified(missing, unit=unit).labelled(*label)
    return compare(
        inbound["revenue"], inbound["cost"], outbound["revenue"], outbound["cost"],
        patients_a=inbound["patients"], patients_b=outbound["patients"],
        null=null, confidence_level=level,
    ).labelled(*label)  # fmt: skip


def _missing(inbound: pd.DataFrame, outbound: pd.DataFrame, *, revenue: bool = False) -> str:
    """Return why the two sides cannot be compared, or an empty string."""
    if revenue:
        return "no payment is recorded: export payments.csv"
    for side, arm in zip(SIDES, (inbound, outbound), strict=True):
        if arm["cost"].sum() == 0:
            return f"no cost is recorded for {side} that is old enough: export spend.csv"
    return ""


def _arms(frame: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame, bool]:
    """Return inbound and outbound by cluster; by clinic, aligned, where there are several."""
    clinics = frame["clinic"].nunique()
    arms = [frame[frame["direction"] == side] for side in SIDES]
    if clinics < 2:
        return *arms, False
    sums = [arm.groupby("clinic")[list(_SUMS)].sum() for arm in arms]
    names = sums[0].index.union(sums[1].index)
    return *(arm.reindex(names, fill_value=0.0) for arm in sums), True


def _units(tables: ClinicTables, unit_weeks: float) -> pd.DataFrame:
    """Return each campaign and asset with the day until which its cost and leads are counted."""
    listed = tables.campaigns.drop_duplicates("campaign")
    spent = tables.spend[~tables.spend["campaign"].isin(listed["campaign"])]
    unlisted = spent.dropna(subset="campaign").groupby("campaign").agg(
        starts_on=("period_start", "min"), ends_on=("period_end", "max")
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
    kept = rows[in_unit | in_block]
    return kept.assign(cluster=cluster_labels(kept, time))


def _sum(rows: pd.DataFrame) -> pd.DataFrame:
    columns = [name for name in _SUMS if name in rows]
    return rows.groupby(["clinic", "direction", "channel", "cluster"])[columns].sum()


def _singular(event: str) -> str:
    return event.removesuffix("s") if event in ("leads", "patients") else event
