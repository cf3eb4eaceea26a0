"""Cost per lead, MQL, SQL or patient of each side, and how the sides compare."""

from __future__ import annotations

from ptanalysis.dataset import ClinicData
from ptanalysis.definitions import SQL_HORIZON_WEEKS
from ptanalysis.metrics.money.compare_sides import arms_of, missing, with_caveat
from ptanalysis.metrics.money.mature import FOLLOWED, SIDES, by_cluster
from ptanalysis.stats import Estimate, cost_per, cost_ratio

#: What a cost of each event is a cost per; its unit is led by the clinic's currency.
UNITS = {"leads": "lead", "mql": "mql", "sql": "sql", "patients": "patient"}


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
        The dearest first; a group without recorded cost is not identified, never free.
    """
    frame, unit = by_cluster(tables, followed=FOLLOWED[event]), _unit(tables, event)
    if reason := _undated(tables, event):
        return [
            Estimate.not_identified(reason, unit=unit).labelled(
                f"cost_per_{UNITS[event]}", "roi", group
            )
            for group in frame[column].unique()
        ]
    found = [
        cost_per(arm["cost"], arm[event], unit=unit, confidence_level=confidence_level).labelled(
            f"cost_per_{UNITS[event]}", "roi", group
        )
        for group, arm in frame.groupby(column)
    ]
    return sorted(found, key=lambda each: -(each.value or 0))


def cost_per_ratio(
    tables: ClinicData,
    event: str = "sql",
    *,
    sql_weeks: float = SQL_HORIZON_WEEKS,
    null: float = 1.0,
    confidence_level: float = 0.95,
) -> Estimate:
    """Return outbound's full cost per event over inbound's, on the same matured spend.

    Parameters
    ----------
    tables : ClinicData
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
    frame = by_cluster(tables, followed=followed, sql_weeks=sql_weeks)
    inbound, outbound, paired = arms_of(frame)
    label = (f"cost_per_{UNITS[event]}_ratio", "roi", "outbound / inbound")
    if reason := missing(inbound, outbound) or _undated(tables, event):
        return Estimate.not_identified(reason, unit="ratio").labelled(*label)
    ratio = cost_ratio(
        outbound["cost"],
        outbound[event],
        inbound["cost"],
        inbound[event],
        null=null,
        confidence_level=confidence_level,
        paired=paired,
    )
    return with_caveat(ratio, frame).labelled(*label)


def shared_cost(tables: ClinicData) -> float:
    """Return the spend that belongs to no side; shown, and counted on neither."""
    return float(tables.spend["amount"][~tables.spend["direction"].isin(SIDES)].sum())


def _undated(tables: ClinicData, event: str) -> str:
    """Return why costs of an event within its weeks are not known where its dates are not."""
    dated = {"sql": "sql_at", "patients": "patient_at"}
    return tables.undated(dated[event]) if event in dated else ""


def _unit(tables: ClinicData, event: str) -> str:
    return f"{tables.config.money}_per_{UNITS[event]}"
