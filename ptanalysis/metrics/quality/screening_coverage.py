"""Screening: how much of it was done, how soon, and what the unscreened leave open."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ptanalysis.dataset import ClinicData
from ptanalysis.metrics.clinic_facts import allowed
from ptanalysis.metrics.quality.followed_leads import (
    NOT_SCREENED,
    RATES,
    WEEK,
    clustered,
    clusters_of,
    decided_at,
    end_of,
    groups,
    matured,
    rate,
    screenable,
    unrecorded,
)
from ptanalysis.metrics.volume import GROUPS
from ptanalysis.stats import Estimate, Estimates, incidence


def screening(clinic: ClinicData, *, by: str = "direction") -> Estimates:
    """Return how much was screened within 13 weeks, how much of it qualified, what is left open.

    Parameters
    ----------
    clinic : ClinicData
    by : {"direction", "channel", "campaign", "vendor", "service", "clinic"}

    Returns
    -------
    Estimates
        Of the leads followed for 13 weeks that nothing before screening excluded, for each group:
        ``share_screened`` (n: those leads); ``screened_to_sql_rate``, the share of the screened
        that are SQL (n: the screened); and ``sql_rate_bounds``, whose ends are the share of all
        of them if none or all of the unscreened would qualify.
        An SQL was screened, whether or not the day was written down.

    References
    ----------
    Bounds: Manski (1989), J. Hum. Resour. 24:343, eq. 4 (no assumption on those not seen).
    """
    weeks = clinic.assumptions.weeks_to_sql
    old = screenable(matured(clinic, weeks))
    reason = unrecorded(clinic, "sql_at")
    return Estimates.of(
        found.labelled(name, "quality", group)
        for group, leads in groups(old, allowed("by", by, GROUPS))
        for name, found in _of_group(leads, weeks, reason).items()
    )


def _of_group(leads: pd.DataFrame, weeks: int, reason: str) -> dict[str, Estimate]:
    until = leads["lead_at"] + weeks * WEEK
    sql, screened = leads["sql_at"] <= until, decided_at(leads) <= until
    seen, count = int(screened.sum()), len(leads)
    among = reason or ("" if seen else NOT_SCREENED)
    return {
        "share_screened": Estimate.not_identified(reason, unit="share", n=count)
        if reason
        else share_of_leads(screened, leads),
        "screened_to_sql_rate": Estimate.not_identified(among, unit="share", n=seen)
        if among
        else share_of_leads(sql[screened], leads[screened]),
        "sql_rate_bounds": _bounds(int(sql.sum()), seen, count, reason=reason),
    }


def _bounds(sql: int, screened: int, leads: int, *, reason: str) -> Estimate:
    """Return the share of all leads that are SQL, if none and if all of the unscreened are."""
    if reason == NOT_SCREENED:
        return Estimate.not_identified(reason, unit="share", n=leads)
    unknown = reason or ("" if screened else NOT_SCREENED)
    return Estimate(
        value=None if unknown else sql / screened,
        ci_low=sql / leads,
        ci_high=1 if reason else (leads - screened + sql) / leads,
        unit="share",
        n=leads,
        method="bounds: none or all of the unscreened qualify",
        reason=unknown,
    )


def proportion(
    leads: pd.DataFrame, column: str, *, by: str = "direction", measure: str = ""
) -> Estimates:
    """Return the share of each group's leads for which `column` is true, with its interval.

    Parameters
    ----------
    leads : DataFrame
        From `within`, or a part of it: of the screened, ``leads[leads["screened"]]``.
    column : str
        A column of bool.
    by : str
        Column to group by; leads without it are in no group.
    measure : str
        What the share is called; made of `column` where left out.

    Returns
    -------
    Estimates
        The largest group first. The interval allows for leads of one campaign (or one 4-week block
        of a channel) being alike.

    Raises
    ------
    FrameError
        A column that is not there.
    """
    allowed("column", column, leads.columns)
    allowed("by", by, leads.columns)
    return Estimates.of(
        share_of_leads(of[column], of).labelled(measure or f"share_{column}", "quality", group)
        for group, of in groups(leads, by)
    )


def share_of_leads(got: pd.Series, leads: pd.DataFrame) -> Estimate:
    """Return a plain share with clusters: an incidence in which everybody was followed."""
    if got.isna().any():
        why = "not recorded for all of these leads: see pt.unrecorded"
        return Estimate.not_identified(why, unit="share", n=len(got))
    clusters = clusters_of(leads).to_numpy(dtype=object)
    return incidence(np.ones(len(got)), got.to_numpy(dtype=int), 1, clusters=clusters)


def screened_soon(clinic: ClinicData, *, weeks: float = 4, by: str = "direction") -> Estimates:
    """Return the share of MQLs screened within `weeks` of the lead, young MQLs included."""
    mql = clustered(clinic)[clinic.leads["mql_at"].notna()]
    reason = unrecorded(clinic, "screened_at")
    return Estimates.of(
        (
            Estimate.not_identified(reason, unit="share", n=len(leads))
            if reason
            else rate(leads, end_of(clinic), "screened_at", weeks=weeks)
        ).labelled("screened_within", "quality", group)
        for group, leads in groups(mql, allowed("by", by, GROUPS))
    )


def quality_of_all(clinic: ClinicData) -> Estimates:
    """Return the share of all screened leads that are SQL within the clinic's weeks (one row)."""
    label, leads = (RATES["sql_at"], "quality", "all"), clustered(clinic)
    reason = unrecorded(clinic, "sql_at")
    if leads["sql_at"].isna().all():
        none = clinic.none_of_a_lead("screenings", "stages")
        reason = none or "no lead has a date of becoming SQL"
    if reason:
        found = Estimate.not_identified(reason, unit="share", n=len(leads))
    else:
        found = rate(leads, end_of(clinic), weeks=clinic.assumptions.weeks_to_sql)
    return Estimates.of([found.labelled(*label)])
