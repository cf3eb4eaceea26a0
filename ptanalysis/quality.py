"""Quality: lead to MQL to SQL to paid patient, on leads old enough to have become one.

Conversion is at a stated horizon: 13 weeks to SQL, 26 to patient. A disqualified lead is a
competing exit; a lead still open counts for as long as it has been followed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ptanalysis.definitions import PATIENT_HORIZON_WEEKS, SQL_HORIZON_WEEKS
from ptanalysis.estimate import (
    Estimate,
    cluster_labels,
    contrast,
    empirical_bayes,
    incidence,
    incidence_curve,
    incidence_difference,
    jackknife,
    wilson,
)
from ptanalysis.estimate.proportions import clustered_difference
from ptanalysis.tables import ClinicTables

WEEK = pd.Timedelta(weeks=1)
HORIZONS = {"sql_at": SQL_HORIZON_WEEKS, "patient_at": PATIENT_HORIZON_WEEKS}
#: Steps of the funnel: name to (of the leads with this time, the share with that time).
STEPS = {
    "lead_to_mql_rate": ("lead_at", "mql_at"),
    "mql_to_screened_rate": ("mql_at", "screened_at"),
    "screened_to_sql_rate": ("screened_at", "sql_at"),
    "lead_to_sql_rate": ("lead_at", "sql_at"),
    "sql_to_patient_rate": ("sql_at", "patient_at"),
    "lead_to_patient_rate": ("lead_at", "patient_at"),
}
_OPEN, _EVENT, _LOST = 0, 1, 2
_SIDES = ("inbound", "outbound")
_BOTH = "inbound - outbound"
_NOT_SCREENED = Estimate.not_identified(
    "no lead was ever screened: export screenings, or SQL dates from the CRM", unit="points"
)


@dataclass(frozen=True)
class FollowUp:
    """How long each lead was followed, and how that ended.

    Attributes
    ----------
    weeks : ndarray, shape (n,)
        From the lead to the event, the competing exit or the end of follow-up; 0 or above.
    status : ndarray of int, shape (n,)
        0 open, 1 the event, 2 disqualified first.
    clusters : ndarray of str, shape (n,)
        Campaign or asset, else the channel's 4-week block.
    """

    weeks: np.ndarray
    status: np.ndarray
    clusters: np.ndarray


def follow_up(leads: pd.DataFrame, end: pd.Timestamp, event: str = "sql_at") -> FollowUp:
    """Follow leads to the event or their loss, up to `end`.

    Parameters
    ----------
    leads : DataFrame
        As in ClinicTables.
    end : Timestamp
        First moment that is not known any more.
    event : str
        ``sql_at`` or ``patient_at``. An event dated before its lead counts at 0 weeks.

    Returns
    -------
    FollowUp

    Notes
    -----
    Assumes that a lead still open at `end` fares as others of its age.
    """
    happened, lost = leads[event], leads["lost_at"]
    happened = happened.where(happened < end)
    lost = lost.where((lost < end) & ~(happened <= lost))
    last = happened.where(happened.notna() & ~(lost < happened), lost).fillna(end)
    status = np.select([last == lost, last == happened], [_LOST, _EVENT], _OPEN)
    weeks = ((last - leads["lead_at"]) / WEEK).clip(lower=0).to_numpy()
    return FollowUp(weeks, status, cluster_labels(leads, "lead_at").to_numpy(dtype=object))


def matured(tables: ClinicTables, weeks: float) -> pd.DataFrame:
    """Return the leads that have been followed for at least `weeks`."""
    return tables.leads[tables.leads["lead_at"] < _end(tables) - weeks * WEEK]


def rate(
    leads: pd.DataFrame, end: pd.Timestamp, event: str = "sql_at", *,
    weeks: float | None = None, null: float | None = None, confidence_level: float = 0.95,
) -> Estimate:  # fmt: skip
    """Return the share of `leads` with the event within the horizon, by Aalen and Johansen.

    Parameters
    ----------
    leads : DataFrame
    end : Timestamp
        As in `follow_up`.
    event : str
    weeks : float, optional
        Horizon; HORIZONS[event] where left out.
    null : float, optional
    confidence_level : float

    Returns
    -------
    Estimate
        In share; see `ptanalysis.estimate.incidence` for its interval and gate.
    """
    weeks = weeks or HORIZONS[event]
    followed = follow_up(leads, end, event)
    return incidence(
        followed.weeks, followed.status, weeks, clusters=followed.clusters,
        null=null, confidence_level=confidence_level,
    )  # fmt: skip


def funnel(tables: ClinicTables, column: str = "direction") -> list[Estimate]:
    """Return each step's rate for each group of matured leads.

    Parameters
    ----------
    tables : ClinicTables
    column : str
        direction, channel, campaign or vendor.

    Returns
    -------
    list of Estimate
        ``id`` is a step of STEPS, ``group`` the group, the largest first. Only leads followed for
        13 weeks (26 where the step ends in a patient) are in it, so that all had equal time.
    """
    return [
        _step(leads, tables, step).labelled(step, "quality", group)
        for group, leads in _groups(tables.leads, column)
        for step in STEPS
    ]


def _step(leads: pd.DataFrame, tables: ClinicTables, step: str) -> Estimate:
    start, reached = STEPS[step]
    horizon = HORIZONS.get(reached, SQL_HORIZON_WEEKS)
    within = leads["lead_at"] + horizon * WEEK
    old = leads[(within < _end(tables)) & leads[start].notna() & ~(leads[start] > within)]
    got = (old[reached] <= old["lead_at"] + horizon * WEEK).to_numpy()
    return _share(got, cluster_labels(old, "lead_at").to_numpy(dtype=object))


def _share(got: np.ndarray, clusters: np.ndarray) -> Estimate:
    """Return a plain share with clusters: an incidence in which everybody was followed."""
    if len(got) == 0:
        return Estimate.not_identified("no lead is old enough", unit="share")
    return incidence(np.ones(len(got)), got.astype(int), 1, clusters=clusters)


def sql_share_difference(
    tables: ClinicTables, *, null: float = 0.0, confidence_level: float = 0.95,
    horizon: float = SQL_HORIZON_WEEKS,
) -> Estimate:  # fmt: skip
    """Return inbound less outbound share of leads that are SQL within `horizon` weeks.

    Parameters
    ----------
    tables : ClinicTables
    null : float
    confidence_level : float
    horizon : float
        Weeks.

    Returns
    -------
    Estimate
        In points; jackknife over campaigns, assets and blocks.
    """
    inbound, outbound = (
        follow_up(tables.leads[tables.leads["direction"] == side], _end(tables))
        for side in ("inbound", "outbound")
    )
    if not _screened(tables):
        return _NOT_SCREENED.labelled("sql_share_difference", "quality", _BOTH)
    return incidence_difference(
        inbound.weeks, inbound.status, outbound.weeks, outbound.status, horizon,
        clusters_a=inbound.clusters, clusters_b=outbound.clusters,
        null=null, confidence_level=confidence_level,
    ).labelled("sql_share_difference", "quality", _BOTH)  # fmt: skip


def mql_sql_gap_difference(
    tables: ClinicTables, *, null: float = 0.0, confidence_level: float = 0.95,
    horizon: float = SQL_HORIZON_WEEKS,
) -> Estimate:  # fmt: skip
    """Return inbound less outbound (MQL share less SQL share), on leads followed for `horizon`.

    Parameters
    ----------
    tables : ClinicTables
    null : float
    confidence_level : float
    horizon : float
        Weeks.

    Returns
    -------
    Estimate
        In points; jackknife over campaigns, assets and blocks.
    """
    leads = matured(tables, horizon)
    within = leads["lead_at"] + horizon * WEEK
    fell = (leads["mql_at"] <= within).astype(int) - (leads["sql_at"] <= within)
    sums = pd.DataFrame({"fell": fell, "leads": 1}).groupby(
        [leads["direction"], cluster_labels(leads, "lead_at")]
    ).sum()  # fmt: skip
    arms = [sums.loc[side] if side in sums.index.levels[0] else None for side in _SIDES]
    if not _screened(tables):
        return _NOT_SCREENED.labelled("mql_sql_gap_difference", "quality", _BOTH)
    if any(arm is None or arm.empty for arm in arms):
        none = Estimate.not_identified("no matured leads in an arm", unit="points", n=len(leads))
        return none.labelled("mql_sql_gap_difference", "quality", _BOTH)
    gaps = [jackknife(arm["fell"], arm["leads"], scale="identity") for arm in arms]
    return clustered_difference(
        gaps, [float(arm["leads"].sum()) for arm in arms], contrast(*gaps),
        null=null, confidence_level=confidence_level,
    ).labelled("mql_sql_gap_difference", "quality", _BOTH)  # fmt: skip


def conversion_curves(tables: ClinicTables, event: str = "sql_at") -> dict[str, pd.DataFrame]:
    """Return, for inbound and outbound, the share with the event by week since the lead."""
    curves = {}
    for side in _SIDES:
        followed = follow_up(tables.leads[tables.leads["direction"] == side], _end(tables), event)
        if len(followed.weeks):
            curves[side] = incidence_curve(followed.weeks, followed.status)
    return curves


def median_days(tables: ClinicTables, event: str = "sql_at") -> pd.Series:
    """Return the median days from lead to the event among those with it, all and by direction.

    Notes
    -----
    Of those that converted so far: quick ones are over-represented in young leads. The curves of
    `conversion_curves` are free of that.
    """
    leads = tables.leads[tables.leads[event].notna()]
    days = (leads[event] - leads["lead_at"]) / pd.Timedelta(days=1)
    return pd.concat([pd.Series({"all": days.median()}), days.groupby(leads["direction"]).median()])


def screening(tables: ClinicTables, column: str = "direction") -> list[Estimate]:
    """Return how much was screened, and what the unscreened leave open, for matured MQLs.

    Returns
    -------
    list of Estimate
        For each group ``share_screened``; ``sql_rate_screened``, the rate among the screened; and
        ``sql_rate_bounds``, whose ends are the rate if none or all of the unscreened would qualify.
    """
    found = []
    for group, leads in _groups(matured(tables, SQL_HORIZON_WEEKS), column):
        mql = leads[leads["mql_at"].notna()]
        if mql.empty:
            continue
        screened, sql = mql["screened_at"].notna(), mql["sql_at"].notna()
        bounds = Estimate(
            value=sql.sum() / max(screened.sum(), 1), ci_low=sql.mean(),
            ci_high=1 - (screened & ~sql).mean(), unit="share", n=len(mql),
            method="bounds: none or all of the unscreened qualify",
        )  # fmt: skip
        found += [
            wilson(screened.sum(), len(mql)).labelled("share_screened", "quality", group),
            _rate_among(sql, screened).labelled("sql_rate_screened", "quality", group),
            bounds.labelled("sql_rate_bounds", "quality", group),
        ]
    return found


def _rate_among(sql: pd.Series, screened: pd.Series) -> Estimate:
    if not screened.any():
        return _NOT_SCREENED
    return wilson((sql & screened).sum(), screened.sum())


def ranking(tables: ClinicTables, column: str = "channel") -> list[tuple[Estimate, Estimate]]:
    """Return each group's SQL share twice: shrunk, for the order, and with Wilson's bar.

    Returns
    -------
    list of (Estimate, Estimate)
        Empirical Bayes and Wilson, the largest shrunk share first; leads followed for 13 weeks.
    """
    leads = matured(tables, SQL_HORIZON_WEEKS)
    got = leads["sql_at"] <= leads["lead_at"] + SQL_HORIZON_WEEKS * WEEK
    table = got.groupby(leads[column]).agg(["sum", "count"])
    if len(table) < 2 or not got.any():
        return []
    shrunk = empirical_bayes(table["sum"], table["count"])
    pairs = [
        (eb.labelled("lead_to_sql_rate_shrunk", "quality", group),
         wilson(row["sum"], row["count"]).labelled("lead_to_sql_rate", "quality", group))
        for eb, (group, row) in zip(shrunk, table.iterrows(), strict=True)
    ]  # fmt: skip
    return sorted(pairs, key=lambda pair: -pair[0].value)


def vendors(tables: ClinicTables) -> list[Estimate]:
    """Return, for each vendor, its SQL share less that of its direction's other leads.

    Returns
    -------
    list of Estimate
        In points; ``group`` is the vendor. Not identified where the vendor brought all the leads
        of its direction, or too few.
    """
    leads, found = tables.leads, []
    for vendor, own in _groups(leads, "vendor"):
        side = own["direction"].mode()[0]
        rest = leads[(leads["direction"] == side) & (leads["vendor"] != vendor)]
        a, b = follow_up(own, _end(tables)), follow_up(rest, _end(tables))
        if len(rest) == 0:
            reason = f"{vendor} brought all {side} leads: there is nothing to compare with"
            gap = Estimate.not_identified(reason, unit="points", n=len(own))
        else:
            gap = incidence_difference(
                a.weeks, a.status, b.weeks, b.status, SQL_HORIZON_WEEKS,
                clusters_a=a.clusters, clusters_b=b.clusters,
            )  # fmt: skip
        found.append(gap.labelled("vendor_sql_share_difference", "quality", str(vendor)))
    return found


def reasons(tables: ClinicTables, column: str) -> pd.DataFrame:
    """Return how often each ``not_mql_reason`` or ``lost_reason`` was given, by direction."""
    leads = tables.leads[tables.leads[column].notna()]
    counts = leads.groupby([column, "direction"]).size().unstack(fill_value=0)
    return counts.loc[counts.sum(axis=1).sort_values(ascending=False).index]


def _groups(leads: pd.DataFrame, column: str):
    for group in leads[column].value_counts().index:
        yield group, leads[leads[column] == group]


def _screened(tables: ClinicTables) -> bool:
    return bool(tables.leads["sql_at"].notna().any() or tables.leads["screened_at"].notna().any())


def _end(tables: ClinicTables) -> pd.Timestamp:
    """Return the first moment the run does not know of."""
    return tables.as_of + pd.Timedelta(days=1)
