"""The funnel on matured leads: each step's rate, its time, and who is ahead."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ptanalysis.dataset import ClinicData
from ptanalysis.definitions import SQL_HORIZON_WEEKS
from ptanalysis.metrics.quality.followed_leads import (
    HORIZONS,
    WEEK,
    end_of,
    follow_up,
    groups,
    matured,
    unrecorded,
)
from ptanalysis.metrics.quality.quality_difference import SIDES
from ptanalysis.stats import (
    Estimate,
    cluster_labels,
    empirical_bayes,
    incidence,
    incidence_curve,
    wilson,
)

#: Steps of the funnel: name to (of the leads with this time, the share with that time).
STEPS = {
    "lead_to_mql_rate": ("lead_at", "mql_at"),
    "mql_to_screened_rate": ("mql_at", "screened_at"),
    "mql_to_sql_rate": ("mql_at", "sql_at"),
    "screened_to_sql_rate": ("screened_at", "sql_at"),
    "lead_to_sql_rate": ("lead_at", "sql_at"),
    "sql_to_patient_rate": ("sql_at", "patient_at"),
    "lead_to_patient_rate": ("lead_at", "patient_at"),
}


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
        ``id`` is a step of STEPS, ``group`` the group, the largest first. Only leads followed for
        13 weeks (26 where the step ends in a patient) are in it, so that all had equal time. A
        step whose ends the clinic never recorded is not identified.
    """
    return [
        _step(leads, tables, step).labelled(step, "quality", group)
        for group, leads in groups(tables.leads, column)
        for step in STEPS
    ]


def _step(leads: pd.DataFrame, tables: ClinicData, step: str) -> Estimate:
    start, reached = STEPS[step]
    if reason := unrecorded(tables, start) or unrecorded(tables, reached):
        return Estimate.not_identified(reason, unit="share")
    horizon = HORIZONS.get(reached, SQL_HORIZON_WEEKS)
    within = leads["lead_at"] + horizon * WEEK
    old = leads[(within < end_of(tables)) & leads[start].notna() & ~(leads[start] > within)]
    got = (old[reached] <= old["lead_at"] + horizon * WEEK).to_numpy()
    return _share(got, cluster_labels(old, "lead_at").to_numpy(dtype=object))


def _share(got: np.ndarray, clusters: np.ndarray) -> Estimate:
    """Return a plain share with clusters: an incidence in which everybody was followed."""
    if len(got) == 0:
        return Estimate.not_identified("no lead is old enough", unit="share")
    return incidence(np.ones(len(got)), got.astype(int), 1, clusters=clusters)


def conversion_curves(tables: ClinicData, event: str = "sql_at") -> dict[str, pd.DataFrame]:
    """Return, for inbound and outbound, the share with the event by week since the lead.

    Returns
    -------
    dict of DataFrame
        Of `ptanalysis.stats.incidence_curve`, by side with leads; empty where the clinic never
        recorded the event, or not when.
    """
    if unrecorded(tables, event):
        return {}
    sides = {side: tables.leads[tables.leads["direction"] == side] for side in SIDES}
    followed = {side: follow_up(of, end_of(tables), event) for side, of in sides.items() if len(of)}
    return {side: incidence_curve(found.weeks, found.status) for side, found in followed.items()}


def median_days(tables: ClinicData, event: str = "sql_at") -> pd.Series:
    """Return the median days from lead to the event among those with it, all and by direction.

    Notes
    -----
    Of those that converted so far: quick ones are over-represented in young leads. The curves of
    `conversion_curves` are free of that.
    """
    leads = tables.leads[tables.leads[event].notna()]
    days = (leads[event] - leads["lead_at"]) / pd.Timedelta(days=1)
    return pd.concat([pd.Series({"all": days.median()}), days.groupby(leads["direction"]).median()])


def ranking(
    tables: ClinicData, column: str = "channel", event: str = "sql_at"
) -> list[tuple[Estimate, Estimate]]:
    """Return each group's share with the event twice: shrunk, for the order, and Wilson's bar.

    Returns
    -------
    list of (Estimate, Estimate)
        Empirical Bayes and Wilson, the largest shrunk share first; the event within 13 weeks, of
        leads followed for as long. Empty with fewer than two groups, no event at all, or none
        whose times are known.
    """
    if tables.undated(event):
        return []
    leads = matured(tables, SQL_HORIZON_WEEKS)
    got = leads[event] <= leads["lead_at"] + SQL_HORIZON_WEEKS * WEEK
    table = got.groupby(leads[column]).agg(["sum", "count"])
    if len(table) < 2 or not got.any():
        return []
    shrunk, step = empirical_bayes(table["sum"], table["count"]), _rate_to(event)
    pairs = [
        (
            eb.labelled(f"{step}_shrunk", "quality", group),
            wilson(row["sum"], row["count"]).labelled(step, "quality", group),
        )
        for eb, (group, row) in zip(shrunk, table.iterrows(), strict=True)
    ]
    return sorted(pairs, key=lambda pair: -pair[0].value)


def _rate_to(event: str) -> str:
    return next(name for name, ends in STEPS.items() if ends == ("lead_at", event))


def reasons(tables: ClinicData, column: str) -> pd.DataFrame:
    """Return how often each ``not_mql_reason`` or ``lost_reason`` was given, by direction."""
    leads = tables.leads[tables.leads[column].notna()]
    counts = leads.groupby([column, "direction"]).size().unstack(fill_value=0)
    return counts.loc[counts.sum(axis=1).sort_values(ascending=False).index]
