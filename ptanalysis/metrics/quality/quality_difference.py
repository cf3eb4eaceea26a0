"""Differences of quality: inbound from outbound, a vendor from the rest of its side."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from ptanalysis.dataset import ClinicData
from ptanalysis.definitions import SQL_HORIZON_WEEKS
from ptanalysis.metrics.quality.followed_leads import (
    WEEK,
    clusters_of,
    end_of,
    follow_up,
    groups,
    matured,
    several_clinics,
    unrecorded,
)
from ptanalysis.stats import (
    Estimate,
    Scaled,
    contrast,
    incidence_difference,
    jackknife,
    jackknife_paired,
)
from ptanalysis.stats.proportions import clustered_difference

SIDES = ("inbound", "outbound")
_BOTH = "inbound - outbound"


def sql_share_difference(
    tables: ClinicData,
    *,
    null: float = 0.0,
    confidence_level: float = 0.95,
    horizon: float = SQL_HORIZON_WEEKS,
) -> Estimate:
    """Return inbound less outbound share of leads that are SQL within `horizon` weeks.

    Parameters
    ----------
    tables : ClinicData
    null : float
    confidence_level : float
    horizon : float
        Weeks.

    Returns
    -------
    Estimate
        In points; jackknife over campaigns, assets and blocks.
    """
    name = ("sql_share_difference", "quality", _BOTH)
    if reason := unrecorded(tables, "sql_at"):
        return Estimate.not_identified(reason, unit="points").labelled(*name)
    inbound, outbound = (tables.leads[tables.leads["direction"] == side] for side in SIDES)
    return rate_difference(
        inbound,
        outbound,
        (end_of(tables), end_of(tables)),
        horizon,
        null=null,
        confidence_level=confidence_level,
    ).labelled(*name)


def rate_difference(
    leads_a: pd.DataFrame,
    leads_b: pd.DataFrame,
    ends: tuple,
    weeks: float,
    *,
    event: str = "sql_at",
    null: float = 0.0,
    confidence_level: float = 0.95,
) -> Estimate:
    """Return the share of leads a with the event within `weeks` less that of leads b.

    Parameters
    ----------
    leads_a, leads_b : DataFrame
    ends : tuple of Timestamp
        Where the follow-up of each ends.
    weeks : float
        Horizon.
    event : str
    null, confidence_level : float

    Returns
    -------
    Estimate
        In points; see `ptanalysis.stats.incidence_difference`.
    """
    a, b = (follow_up(of, end, event) for of, end in zip((leads_a, leads_b), ends, strict=True))
    return incidence_difference(
        a.weeks,
        a.status,
        b.weeks,
        b.status,
        weeks,
        clusters_a=a.clusters,
        clusters_b=b.clusters,
        paired=several_clinics(leads_a) and several_clinics(leads_b),
        null=null,
        confidence_level=confidence_level,
    )


def mql_sql_gap_difference(
    tables: ClinicData,
    *,
    null: float = 0.0,
    confidence_level: float = 0.95,
    horizon: float = SQL_HORIZON_WEEKS,
) -> Estimate:
    """Return inbound less outbound (MQL share less SQL share), on leads followed for `horizon`.

    Parameters
    ----------
    tables : ClinicData
    null : float
    confidence_level : float
    horizon : float
        Weeks.

    Returns
    -------
    Estimate
        In points; jackknife over campaigns, assets and blocks.
    """
    name = ("mql_sql_gap_difference", "quality", _BOTH)
    if reason := unrecorded(tables, "sql_at"):
        return Estimate.not_identified(reason, unit="points").labelled(*name)
    leads = matured(tables, horizon)
    leads = leads[leads["direction"].isin(SIDES)]
    arms = [_fallen(leads[leads["direction"] == side], horizon) for side in SIDES]
    if any(arm.empty for arm in arms):
        reason = "no matured leads in an arm"
        return Estimate.not_identified(reason, unit="points").labelled(*name)
    gaps = [jackknife(arm["fell"], arm["leads"], scale="identity") for arm in arms]
    difference = _paired(*arms) if several_clinics(leads) else contrast(*gaps)
    return clustered_difference(
        gaps,
        [float(arm["leads"].sum()) for arm in arms],
        difference,
        null=null,
        confidence_level=confidence_level,
    ).labelled(*name)


def vendors(tables: ClinicData) -> list[Estimate]:
    """Return, for each vendor, its SQL share less that of its direction's other leads.

    Returns
    -------
    list of Estimate
        In points; ``group`` is the vendor and ``n`` its own leads. A vendor of several directions
        is compared in the one that brought it the most leads. Not identified where it brought all
        the leads of its direction, or too few.

    Notes
    -----
    One interval a vendor: of twenty vendors alike one is expected to stand out.
    """
    return [
        _vendor(tables, own, vendor).labelled("vendor_sql_share_difference", "quality", vendor)
        for vendor, own in groups(tables.leads, "vendor")
    ]


def _vendor(tables: ClinicData, own: pd.DataFrame, vendor: str) -> Estimate:
    side = own["direction"].mode()[0]
    peers = tables.leads[tables.leads["direction"] == side]
    own, rest = peers[peers["vendor"] == vendor], peers[peers["vendor"] != vendor]
    reason = unrecorded(tables, "sql_at")
    if rest.empty:
        reason = f"it brought all {side} leads: there is nothing to compare with"
    if reason:
        return Estimate.not_identified(reason, unit="points", n=len(own))
    found = rate_difference(own, rest, (end_of(tables), end_of(tables)), SQL_HORIZON_WEEKS)
    return replace(found, n=len(own))


def _fallen(leads: pd.DataFrame, horizon: float) -> pd.DataFrame:
    """Return leads, and those that are MQL but not SQL by `horizon`, of each cluster."""
    within = leads["lead_at"] + horizon * WEEK
    fell = (leads["mql_at"] <= within).astype(int) - (leads["sql_at"] <= within)
    return pd.DataFrame({"fell": fell, "leads": 1}).groupby(clusters_of(leads)).sum()


def _paired(inbound: pd.DataFrame, outbound: pd.DataFrame) -> Scaled:
    """Return the difference of two arms whose clusters are the same clinics."""
    a, b = inbound.align(outbound, join="outer", axis=0, fill_value=0)
    return jackknife_paired(a["fell"], a["leads"], b["fell"], b["leads"], scale="identity")
