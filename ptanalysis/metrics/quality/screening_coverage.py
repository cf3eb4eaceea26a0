"""Screening: how much of it was done, how soon, and what the unscreened leave open."""

from __future__ import annotations

import pandas as pd

from ptanalysis.dataset import ClinicData
from ptanalysis.definitions import SQL_HORIZON_WEEKS
from ptanalysis.metrics.quality.followed_leads import (
    NOT_SCREENED,
    WEEK,
    end_of,
    groups,
    matured,
    rate,
    unrecorded,
)
from ptanalysis.stats import Estimate, wilson


def screening(tables: ClinicData, column: str = "direction") -> list[Estimate]:
    """Return how much was screened within 13 weeks, and what the rest leaves open.

    Returns
    -------
    list of Estimate
        Of MQLs followed for 13 weeks, for each group ``share_screened``; ``sql_rate_screened``, the
        rate among the screened; and ``sql_rate_bounds``, whose ends are the rate if none or all of
        the unscreened would qualify.
        An MQL that is SQL was screened, whether or not the day was written down.

    References
    ----------
    Bounds: Manski (1989), J. Hum. Resour. 24:343, eq. 4 (no assumption on those not seen).
    """
    old = matured(tables, SQL_HORIZON_WEEKS)
    return [
        found.labelled(name, "quality", group)
        for group, leads in groups(old[old["mql_at"].notna()], column)
        for name, found in _of_group(leads, unrecorded(tables, "screened_at")).items()
    ]


def _of_group(mql: pd.DataFrame, reason: str) -> dict[str, Estimate]:
    until = mql["lead_at"] + SQL_HORIZON_WEEKS * WEEK
    sql = mql["sql_at"] <= until
    screened = sql | (mql["screened_at"] <= until)
    among = (
        wilson(sql.sum(), screened.sum())
        if screened.any() and not reason
        else Estimate.not_identified(reason or NOT_SCREENED, unit="share")
    )
    bounds = Estimate(
        value=among.value,
        ci_low=sql.mean(),
        ci_high=1 - (screened & ~sql).mean(),
        unit="share",
        n=len(mql),
        method="bounds: none or all of the unscreened qualify",
        reason=among.reason,
    )
    return {
        "share_screened": Estimate.not_identified(reason, unit="share", n=len(mql))
        if reason
        else wilson(screened.sum(), len(mql)),
        "sql_rate_screened": among,
        "sql_rate_bounds": bounds,
    }


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
