"""Screening: how much of it was done, how soon, and what the unscreened leave open."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ptanalysis.dataset import ClinicData
from ptanalysis.metrics.quality.followed_leads import (
    NOT_SCREENED,
    WEEK,
    clusters_of,
    decided_at,
    end_of,
    groups,
    matured,
    rate,
    screenable,
    unrecorded,
)
from ptanalysis.stats import Estimate, incidence


def screening(tables: ClinicData, column: str = "direction") -> list[Estimate]:
    """Return how much was screened within 13 weeks, how much of it qualified, what is left open.

    Parameters
    ----------
    tables : ClinicData
    column : str
        direction, channel, campaign or vendor.

    Returns
    -------
    list of Estimate
        Of the leads followed for 13 weeks that nothing before screening excluded, for each group:
        ``share_screened`` (n: those leads); ``screened_to_sql_rate``, the share of the screened
        that are SQL (n: the screened); and ``sql_rate_bounds``, whose ends are the share of all
        of them if none or all of the unscreened would qualify.
        An SQL was screened, whether or not the day was written down.

    References
    ----------
    Bounds: Manski (1989), J. Hum. Resour. 24:343, eq. 4 (no assumption on those not seen).
    """
    weeks = tables.assumptions.weeks_to_sql
    old = screenable(matured(tables, weeks))
    reason = unrecorded(tables, "sql_at")
    return [
        found.labelled(name, "quality", group)
        for group, leads in groups(old, column)
        for name, found in _of_group(leads, weeks, reason).items()
    ]


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


def share_of_leads(got: pd.Series, leads: pd.DataFrame) -> Estimate:
    """Return a plain share with clusters: an incidence in which everybody was followed."""
    clusters = clusters_of(leads).to_numpy(dtype=object)
    return incidence(np.ones(len(got)), got.to_numpy(dtype=int), 1, clusters=clusters)


def screened_within(
    tables: ClinicData, weeks: float = 1, column: str = "direction"
) -> list[Estimate]:
    """Return the share of MQLs screened within `weeks` of the lead, young MQLs included.

    Parameters
    ----------
    tables : ClinicData
    weeks : float
    column : str

    Returns
    -------
    list of Estimate
        In share; ``group`` is the group, the largest first.
    """
    mql = tables.leads[tables.leads["mql_at"].notna()]
    reason = unrecorded(tables, "screened_at")
    return [
        (
            Estimate.not_identified(reason, unit="share", n=len(leads))
            if reason
            else rate(leads, end_of(tables), "screened_at", weeks=weeks)
        ).labelled("screened_within", "quality", group)
        for group, leads in groups(mql, column)
    ]
