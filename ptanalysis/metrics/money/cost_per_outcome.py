"""Cost per lead, MQL, SQL or patient of each side, and how the sides compare."""

from __future__ import annotations

import pandas as pd

from ptanalysis.dataset import ClinicData
from ptanalysis.metrics.money.compare_sides import arms_of, missing, unequal_screening, with_caveat
from ptanalysis.metrics.money.mature import by_cluster, weeks_followed
from ptanalysis.metrics.quality.followed_leads import unrecorded
from ptanalysis.stats import Estimate, cost_per, cost_ratio

#: What a cost of each event is a cost per; its unit is led by the clinic's currency.
UNITS = {"leads": "lead", "mql": "mql", "sql": "sql", "patients": "patient"}


_NONE_IN_TIME = "none of its leads was screened in time"


def cost_per_event(
    tables: ClinicData,
    event: str = "sql",
    *,
    column: str = "direction",
    confidence_level: float = 0.95,
) -> list[Estimate]:
    """Return full cost per lead, MQL, SQL or patient of each direction or channel.

    Parameters
    ----------
    tables : ClinicData
    event : str
        A key of UNITS.
    column : str
        direction or channel.
    confidence_level : float

    Returns
    -------
    list of Estimate
        The dearest first; a group without recorded cost is not identified, never free. An SQL's
        cost is that of an expected one: the leads that nothing before screening excluded times
        the share of their screened that are SQL; ``n`` counts the SQLs on record.
    """
    frame = by_cluster(tables, followed=weeks_followed(event, tables.assumptions))
    return costs_of(frame, facts(tables), event, by=column, confidence_level=confidence_level)


def costs_of(
    frame: pd.DataFrame,
    known: dict[str, str],
    event: str,
    *,
    by: str = "direction",
    confidence_level: float = 0.95,
) -> list[Estimate]:
    """Return `cost_per_event` of clusters, given what `facts` says of their clinic."""
    found = [
        _cost(arm, known, event, confidence_level).labelled(
            f"cost_per_{UNITS[event]}", "roi", group
        )
        for group, arm in frame.groupby(by)
    ]
    return sorted(found, key=lambda each: -(each.value or 0))


def facts(tables: ClinicData) -> dict[str, str]:
    """Return a clinic's unit of money, and why costs per SQL or patient are not known at all."""
    return {
        "money": tables.config.money,
        "sql": unrecorded(tables, "sql_at"),
        "patients": tables.undated("patient_at"),
        "revenue": unpaid(tables),
    }


def unpaid(tables: ClinicData) -> str:
    """Return why there is no revenue at all, or an empty string."""
    none = tables.none_of_a_lead("payments") or "no payment is recorded: export payments.csv"
    return none if tables.payments.empty else ""


def cost_per_sql_bounds(tables: ClinicData, *, column: str = "direction") -> list[Estimate]:
    """Return each group's cost per SQL if all, and if none, of its unscreened leads qualify.

    Returns
    -------
    list of Estimate
        ``ci_low`` and ``ci_high`` are the bounds, the value is that of `cost_per_event`, ``n`` the
        SQLs on record. Without any the upper bound is open.

    References
    ----------
    Manski (1989), J. Hum. Resour. 24:343, eq. 4.
    """
    frame = by_cluster(tables, followed=weeks_followed("sql", tables.assumptions))
    return bounds_of(frame, facts(tables), by=column)


def bounds_of(
    frame: pd.DataFrame, known: dict[str, str], *, by: str = "direction"
) -> list[Estimate]:
    """Return `cost_per_sql_bounds` of clusters, given what `facts` says of their clinic."""
    arms = frame.groupby(by)
    return [
        _cost_bounds(each, arms.get_group(each.group)) if each.known or each.ci_low else each
        for each in costs_of(frame, known, "sql", by=by)
    ]


def _cost(
    arm: pd.DataFrame, known: dict[str, str], event: str, confidence_level: float
) -> Estimate:
    unit, reason = f"{known['money']}_per_{UNITS[event]}", _unknown(known, event, arm)
    if reason and arm["cost"].sum() > 0:
        return Estimate.not_identified(reason, unit=unit)
    return cost_per(
        arm["cost"],
        arm[event],
        coverage=_coverage(arm, event),
        unit=unit,
        confidence_level=confidence_level,
    )


def _cost_bounds(found: Estimate, arm: pd.DataFrame) -> Estimate:
    cost, sql = arm["cost"].sum(), arm["sql"].sum()
    most = sql + (arm["screenable"] - arm["screened"]).sum()
    return Estimate(
        value=found.value,
        ci_low=cost / most if most else None,
        ci_high=cost / sql if sql else None,
        unit=found.unit,
        n=sql,
        method="bounds: all or none of the unscreened qualify",
        id="cost_per_sql_bounds",
        reason="" if sql else "no SQL on record: the cost has no upper bound",
        question="roi",
        group=found.group,
    )


def _coverage(arm: pd.DataFrame, event: str) -> tuple | None:
    """Return the screened and the leads they are of, where the event asks for a screening."""
    return (arm["screened"], arm["screenable"]) if event == "sql" else None


def cost_per_ratio(
    tables: ClinicData,
    event: str = "sql",
    *,
    sql_weeks: float | None = None,
    null: float = 1.0,
    confidence_level: float = 0.95,
) -> Estimate:
    """Return outbound's full cost per event over inbound's, on the same matured spend.

    Parameters
    ----------
    tables : ClinicData
    event : str
        leads, mql, sql or patients.
    sql_weeks : float, optional
        Weeks from lead to SQL; the clinic's where left out.
    null : float
    confidence_level : float

    Returns
    -------
    Estimate
        Ratio; log jackknife over campaigns, assets and blocks (over clinics where there are 6). Per
        SQL: of expected SQLs, and not identified where less than 60% of a side's leads in these
        units was screened in time, or much more of one side than of the other.
    """
    sql_weeks = sql_weeks or tables.assumptions.weeks_to_sql
    followed = sql_weeks if event == "sql" else weeks_followed(event, tables.assumptions)
    frame = by_cluster(tables, followed=followed, sql_weeks=sql_weeks)
    return ratio_of(
        frame,
        facts(tables),
        event,
        weeks=sql_weeks,
        null=null,
        confidence_level=confidence_level,
    )


def ratio_of(
    frame: pd.DataFrame, known: dict[str, str], event: str, *, weeks: float, **test
) -> Estimate:
    """Return `cost_per_ratio` of clusters, SQLs within `weeks`; `test` is null and level."""
    inbound, outbound, paired = arms_of(frame)
    label = (f"cost_per_{UNITS[event]}_ratio", "roi", "outbound / inbound")
    reason = missing(inbound, outbound) or _unknown(known, event, inbound, outbound)
    if event == "sql" and not reason:
        reason = unequal_screening(inbound, outbound, weeks=weeks, paired=paired)
    if reason:
        return Estimate.not_identified(reason, unit="ratio").labelled(*label)
    ratio = cost_ratio(
        outbound["cost"],
        outbound[event],
        inbound["cost"],
        inbound[event],
        coverage_a=_coverage(outbound, event),
        coverage_b=_coverage(inbound, event),
        paired=paired,
        **test,
    )
    return with_caveat(ratio, frame).labelled(*label)


def _unknown(known: dict[str, str], event: str, *arms: pd.DataFrame) -> str:
    """Return why costs of an event within its weeks are not known, or an empty string."""
    if event != "sql":
        return known.get(event, "")
    none = any(arm["screened"].sum() == 0 < arm["screenable"].sum() for arm in arms)
    return known["sql"] or (_NONE_IN_TIME if none and len(arms) == 1 else "")
