"""The funnel on matured leads: each step's rate, its time, and who is ahead."""

from __future__ import annotations

import pandas as pd

from ptanalysis.dataset import ClinicData
from ptanalysis.metrics.clinic_facts import allowed
from ptanalysis.metrics.quality.followed_leads import (
    HORIZONS,
    ONLY_QUALIFIED,
    WEEK,
    clustered,
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
from ptanalysis.metrics.volume import GROUPS
from ptanalysis.stats import Estimate, Estimates, incidence_curve

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


#: Leads this old have become what they will: how far they got counts, whenever that was.
CLOSED_WEEKS = 52


def funnel(clinic: ClinicData, *, by: str = "direction", ever: bool = False) -> Estimates:
    """Return each step's rate for each group of matured leads.

    Parameters
    ----------
    clinic : ClinicData
    by : {"direction", "channel", "campaign", "vendor", "service", "clinic"}
    ever : bool
        Of leads at least CLOSED_WEEKS old, what they ever became instead of what they became in
        time: ``ever_qualified_rate`` of those ever screened, ``ever_patient_rate`` of all. For
        systems that say how far a lead got and not when; no rate within weeks.

    Returns
    -------
    Estimates
        ``measure`` is a step of STEPS or WHOLE; the largest group first. The steps are a chain:
        lead, MQL, screened MQL and SQL within 13 weeks of the lead, patient within 26; ``n`` of
        each are those that took the one before. Only leads followed for 13 weeks (26 where the
        step ends in a patient) are in it, so that all had equal time. A step whose ends the clinic
        never recorded is not identified. How many of all screened leads are SQL, those found to
        be no MQLs included, is the ``screened_to_sql_rate`` of `screening`.
    """
    if ever:
        return _ever(clinic, allowed("by", by, GROUPS))
    leads = clustered(clinic)
    judged = {step: _judged(leads, clinic, *ends) for step, ends in (STEPS | WHOLE).items()}
    known = {step: each for step, each in judged.items() if not isinstance(each, str)}
    took = {f"{step} {n}": each[n] for step, each in known.items() for n in (0, 1)}
    rows = leads[list({"clinic", "cluster", allowed("by", by, GROUPS)})].assign(**took)
    return Estimates.of(
        (
            _step(of, step)
            if step in known
            else Estimate.not_identified(judged[step], unit="share")
        ).labelled(step, "quality", group)
        for group, of in groups(rows, by)
        for step in judged
    )


def _ever(clinic: ClinicData, by: str) -> Estimates:
    leads = clustered(clinic)
    closed = leads[leads["lead_at"] + CLOSED_WEEKS * WEEK < end_of(clinic)]
    asked = {"ever_qualified_rate": "sql_at", "ever_patient_rate": "patient_at"}
    return Estimates.of(
        _reached(rows, event, _unknown(clinic, event)).labelled(measure, "quality", group)
        for group, rows in (groups(closed, by) if len(closed) else [("all", closed)])
        for measure, event in asked.items()
    )


def _unknown(clinic: ClinicData, event: str) -> str:
    """Return why not even how far leads got is known; that a stage has no date is no reason."""
    reason = unrecorded(clinic, event)
    return clinic.undated_leads() or (reason if reason != clinic.undated(event) else "")


def _reached(leads: pd.DataFrame, event: str, reason: str) -> Estimate:
    if leads.empty:
        reason = reason or _TOO_YOUNG
    if event == "sql_at":
        leads = screenable(leads)
        leads = leads[decided_at(leads).notna()]
    if reason or leads.empty:
        return Estimate.not_identified(reason or _NONE_SCREENED, unit="share")
    return share_of_leads(leads[event].notna(), leads)


def _step(rows: pd.DataFrame, step: str) -> Estimate:
    before, start = rows[f"{step} 0"], (STEPS | WHOLE)[step][0]
    if before.any():
        return share_of_leads(rows.loc[before, f"{step} 1"], rows[before])
    none = f"no lead old enough reached {_WORDS[start]}" if start in _WORDS else _TOO_YOUNG
    return Estimate.not_identified(none, unit="share")


def _judged(
    leads: pd.DataFrame, tables: ClinicData, start: str, reached: str, event: str
) -> str | tuple[pd.Series, pd.Series]:
    """Return which leads took the step before and which this one, or why that is not known."""
    chain = [*_CHAIN[: _CHAIN.index(start) + 1], reached]
    if start == "sql_at" and unrecorded(tables, start) == ONLY_QUALIFIED:
        # What becomes of SQLs is known also where they alone are on record.
        chain = ["mql_at", reached]
    reasons = [unrecorded(tables, stage) for stage in chain]
    if start == "sql_at":
        reasons.append(tables.undated())
    if reason := next(filter(None, reasons), ""):
        return reason
    weeks, to_sql = (tables.assumptions.weeks_to(each) * WEEK for each in (event, "sql_at"))
    leads = leads.assign(screened_at=decided_at(leads))
    before = leads["lead_at"] + weeks < end_of(tables)
    for stage in _CHAIN[1 : _CHAIN.index(start) + 1]:
        before &= leads[stage] <= leads["lead_at"] + to_sql
    return before, leads[reached] <= leads["lead_at"] + weeks


_TOO_YOUNG = "no lead is old enough"
_NONE_SCREENED = "no lead old enough was screened"
_WORDS = {"mql_at": "MQL", "screened_at": "a screening", "sql_at": "SQL"}


def conversion(clinic: ClinicData, event: str = "sql_at") -> pd.DataFrame:
    """Return the share with an event by weeks since the lead, inbound and outbound.

    Parameters
    ----------
    clinic : ClinicData
    event : {"sql_at", "patient_at"}
        SQLs are a share of the leads that were screened within 13 weeks, up to that week, and only
        of sides with any.

    Returns
    -------
    DataFrame
        Columns weeks, direction, estimate, ci_low, ci_high: Aalen and Johansen, so that a lead
        that is still open counts for as long as it was followed. Empty where the event was never
        recorded, or not when.
    """
    known = not unrecorded(clinic, allowed("event", event, HORIZONS))
    sides = {side: clustered(clinic)[clinic.leads["direction"] == side] for side in SIDES if known}
    curves = {side: _curve_of(of, clinic, event) for side, of in sides.items() if len(of)}
    columns = ["weeks", "direction", "estimate", "ci_low", "ci_high"]
    parts = [
        curve.assign(direction=side).rename(columns={"share": "estimate"})[columns]
        for side, curve in curves.items()
        if curve is not None
    ]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


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
