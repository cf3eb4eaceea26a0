"""Cost per lead, MQL, SQL or patient of each side, and how the sides compare."""

from __future__ import annotations

import pandas as pd

from ptanalysis.dataset import ClinicData
from ptanalysis.metrics.clinic_facts import allowed, each_clinic, facts, given
from ptanalysis.metrics.money.compare_sides import (
    counts_only,
    known_units,
    missing,
    unequal_screening,
    with_caveat,
    with_reason,
)
from ptanalysis.metrics.money.mature import SIDES, units, weeks_followed
from ptanalysis.stats import Estimate, Estimates, cost_ratio
from ptanalysis.stats import cost_per as cost_per_event

#: What a cost of each event is a cost per; its unit is led by the clinic's currency.
UNITS = {"leads": "lead", "mql": "mql", "sql": "sql", "patients": "patient"}
_NONE_IN_TIME = "none of its leads was screened in time"


def cost_per(
    units: pd.DataFrame,
    event: str = "sql",
    *,
    by: str = "direction",
    compare: bool = False,
    bounds: bool = False,
    confidence_level: float = 0.95,
) -> Estimates:
    """Return full cost per lead, MQL, SQL or patient, with its interval.

    Parameters
    ----------
    units : DataFrame
        From `ptanalysis.units`, or a part of it.
    event : {"leads", "mql", "sql", "patients"}
    by : str
        Column to group by: direction, channel, vendor, or one you added.
    compare : bool
        Whether to return outbound's cost over inbound's (one row; of several clinics their
        average, then each) instead.
    bounds : bool
        Whether to return each group's cost per SQL if all, and if none, of its unscreened leads
        qualify, instead of an interval (Manski 1989, J. Hum. Resour. 24:343, eq. 4).
    confidence_level : float

    Returns
    -------
    Estimates
        The highest first; a group without recorded cost is not known, never free. An SQL's cost is
        that of an *expected* SQL: unscreened is unknown, never "not SQL". ``n`` counts the events
        on record.

    Raises
    ------
    FrameError
        Another event or column, or a frame that is not from `ptanalysis.units`.
    """
    known, event = facts(units), "sql" if bounds else allowed("event", event, UNITS)
    if compare:
        return Estimates.of(ratios_of(units, event, confidence_level=confidence_level))
    allowed("by", by, units.select_dtypes(exclude="number").columns)
    cost = _cost_bounds if bounds else _cost
    found = [
        cost(arm, known, event, confidence_level).labelled(
            f"cost_per_{UNITS[event]}{'_bounds' if bounds else ''}", "roi", group
        )
        for group, arm in units.groupby(given(units, by))
    ]
    return Estimates.of(sorted(found, key=lambda each: -(each.value or 0)))


def cost_per_ratio(
    tables: ClinicData, event: str = "sql", *, null: float = 1.0, confidence_level: float = 0.95
) -> Estimate:
    """Return the first of `ratios_of` the units whose leads were followed as `event` asks."""
    followed = weeks_followed(event, tables.assumptions)
    found = units(tables, followed=followed)
    return ratios_of(found, event, null=null, confidence_level=confidence_level)[0]


def ratios_of(units: pd.DataFrame, event: str, **test) -> list[Estimate]:
    """Return outbound's full cost per event over inbound's, on the same matured spend.

    Returns
    -------
    list of Estimate
        Ratio; log jackknife over campaigns, assets and blocks. Per SQL: of expected SQLs, and not
        identified where less than 60% of a side's leads in these units was screened in time, or
        much more of one side than of the other. Of several clinics: see `each_clinic`.
    """
    label = (f"cost_per_{UNITS[event]}_ratio", "roi", "outbound / inbound")
    return each_clinic(lambda of: _ratio(of, event, **test), units, label=label, **test)


def _ratio(
    units: pd.DataFrame, event: str, *, null: float = 1.0, confidence_level: float = 0.95
) -> Estimate:
    known, (inbound, outbound) = facts(units), (units[units["direction"] == at] for at in SIDES)
    reason = missing(inbound, outbound, spent=known["spent"])
    if event != "leads":
        reason = reason or counts_only(inbound, outbound) or known["unknown"].get(event, "")
    if event == "sql" and not reason:
        reason = unequal_screening(inbound, outbound, weeks=known["weeks_to_sql"])
    if reason:
        return Estimate.not_identified(reason, unit="ratio")
    ratio = cost_ratio(
        outbound["cost"],
        outbound[event],
        inbound["cost"],
        inbound[event],
        coverage_a=_coverage(outbound, event),
        coverage_b=_coverage(inbound, event),
        names_a=outbound["cluster"],
        names_b=inbound["cluster"],
        null=null,
        confidence_level=confidence_level,
    )
    return with_caveat(ratio, units)


def _cost(arm: pd.DataFrame, known: dict, event: str, confidence_level: float) -> Estimate:
    unit, spent = f"{known['money']}_per_{UNITS[event]}", arm["cost"].sum()
    arm, reason, left_out = known_units(arm, event, known["unknown"].get(event, ""))
    if event == "sql" and arm["screened"].sum() == 0 < arm["screenable"].sum():
        reason = reason or _NONE_IN_TIME
    if reason and spent > 0:
        return Estimate.not_identified(reason, unit=unit)
    found = cost_per_event(
        arm["cost"],
        arm[event].fillna(0),
        coverage=_coverage(arm, event),
        names=_names(arm),
        unit=unit,
        confidence_level=confidence_level,
    )
    return with_reason(found, left_out)


def _cost_bounds(arm: pd.DataFrame, known: dict, event: str, confidence_level: float) -> Estimate:
    found = _cost(arm, known, event, confidence_level)
    if not found.known and not found.ci_low:
        return found
    arm = known_units(arm, "sql")[0]
    cost, sql = arm["cost"].sum(), arm["sql"].sum()
    most = sql + (arm["screenable"] - arm["screened"]).sum()
    return Estimate(
        value=found.value,
        ci_low=cost / most if most else None,
        ci_high=cost / sql if sql else None,
        unit=found.unit,
        n=sql,
        method="bounds: all or none of the unscreened qualify",
        reason="" if sql else "no SQL on record: the cost has no upper bound",
    )


def _coverage(arm: pd.DataFrame, event: str) -> tuple | None:
    """Return the screened and the leads they are of, where the event asks for a screening."""
    return (arm["screened"], arm["screenable"]) if event == "sql" else None


def _names(arm: pd.DataFrame) -> pd.Series | None:
    """Return the clusters, where they are of one clinic."""
    return arm["cluster"] if arm["clinic"].nunique() < 2 else None
