"""The funnel on matured leads: each step's rate, its time, and who is ahead."""

from __future__ import annotations

import pandas as pd

from ptanalysis.dataset import ClinicData
from ptanalysis.metrics.quality.followed_leads import (
    ONLY_QUALIFIED,
    WEEK,
    decided_at,
    end_of,
    follow_up,
    groups,
    screenable,
    screening_of,
    unrecorded,
)
from ptanalysis.metrics.quality.quality_difference import SIDES
from ptanalysis.metrics.quality.screening_coverage import share_of_leads
from ptanalysis.stats import (
    Estimate,
    incidence_curve,
)

#: Steps of the funnel, a chain: each is the share of those that took the one before. Name to
#: (stage, stage reached, event within whose weeks the latter counts).
STEPS = {
    "lead_to_mql_rate": ("lead_at", "mql_at", "sql_at"),
    "mql_to_screened_rate": ("mql_at", "screened_at", "sql_at"),
    "screened_mql_to_sql_rate": ("screened_at", "sql_at", "sql_at"),
    "sql_to_patient_rate": ("sql_at", "patient_at", "patient_at"),
}
#: The whole way, which asks for no screening.
WHOLE = {"lead_to_patient_rate": ("lead_at", "patient_at", "patient_at")}
_CHAIN = ("lead_at", "mql_at", "screened_at", "sql_at")


def funnel(tables: ClinicData, column: str = "direction") -> list[Estimate]:
    """Return each step's rate for each group of matured leads.

    Parameters
    ----------
    tables : ClinicData
    column : str
        direction, channel, campaign or vendor.

    Returns
    -------
    list of Estimate
        ``id`` is a step of STEPS or WHOLE, ``group`` the group, the largest first. The steps are a
        chain: lead, MQL, screened MQL and SQL within 13 weeks of the lead, patient within 26; ``n``
        of each are those that took the one before. Only leads followed for 13 weeks (26 where the
        step ends in a patient) are in it, so that all had equal time. A step whose ends the clinic
        never recorded is not identified. How many of all screened leads are SQL, those found to
        be no MQLs included, is the ``screened_to_sql_rate`` of `screening`.
    """
    return [
        _step(leads, tables, *ends).labelled(step, "quality", group)
        for group, leads in groups(tables.leads, column)
        for step, ends in (STEPS | WHOLE).items()
    ]


def _step(
    leads: pd.DataFrame, tables: ClinicData, start: str, reached: str, event: str
) -> Estimate:
    # What becomes of SQLs is known also where they alone are on record.
    unknown = unrecorded(tables, start)
    unknown = tables.undated() if (start, unknown) == ("sql_at", ONLY_QUALIFIED) else unknown
    if reason := unknown or unrecorded(tables, reached):
        return Estimate.not_identified(reason, unit="share")
    weeks, to_sql = (tables.assumptions.weeks_to(each) for each in (event, "sql_at"))
    old = leads[leads["lead_at"] + weeks * WEEK < end_of(tables)]
    old = old.assign(screened_at=decided_at(old))
    for stage in _CHAIN[1 : _CHAIN.index(start) + 1]:
        old = old[old[stage] <= old["lead_at"] + to_sql * WEEK]
    if old.empty:
        none = start != "lead_at" and not leads.empty
        reason = f"no lead old enough reached {_WORDS[start]}" if none else _TOO_YOUNG
        return Estimate.not_identified(reason, unit="share")
    return share_of_leads(old[reached] <= old["lead_at"] + weeks * WEEK, old)


_TOO_YOUNG = "no lead is old enough"
_WORDS = {"mql_at": "MQL", "screened_at": "a screening", "sql_at": "SQL"}


def conversion_curves(tables: ClinicData, event: str = "sql_at") -> dict[str, pd.DataFrame]:
    """Return, for inbound and outbound, the share with the event by week since the lead.

    Returns
    -------
    dict of DataFrame
        Of `ptanalysis.stats.incidence_curve`, by side with leads; for SQLs of the leads that
        were screened within 13 weeks, up to that week, and only for sides with any. Empty where
        the clinic never recorded the event, or not when.
    """
    if unrecorded(tables, event):
        return {}
    sides = {side: tables.leads[tables.leads["direction"] == side] for side in SIDES}
    curves = {side: _curve_of(of, tables, event) for side, of in sides.items() if len(of)}
    return {side: curve for side, curve in curves.items() if curve is not None}


def _curve(leads: pd.DataFrame, end: pd.Timestamp, event: str) -> pd.DataFrame:
    found = follow_up(leads, end, event)
    return incidence_curve(found.weeks, found.status, ages=found.ages)


def _curve_of(leads: pd.DataFrame, tables: ClinicData, event: str) -> pd.DataFrame | None:
    if event == "sql_at":
        return _sql_curve(leads, end_of(tables), tables.assumptions.weeks_to_sql)
    return _curve(leads, end_of(tables), event)


def _sql_curve(leads: pd.DataFrame, end: pd.Timestamp, weeks: int) -> pd.DataFrame | None:
    """Return the share that is SQL by each week over the share that is screened by the horizon."""
    leads = screenable(leads)
    screened = screening_of(leads, end).arm(weeks)
    if screened is None or screened.share == 0:
        return None
    curve = _curve(leads, end, "sql_at")
    shares = ["share", "ci_low", "ci_high"]
    curve[shares] = (curve[shares] / screened.share).clip(upper=1)
    return curve[curve["weeks"] <= weeks]
