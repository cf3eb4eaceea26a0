"""Differences of quality: inbound from outbound, a vendor from the rest of its side."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from ptanalysis.dataset import ClinicData
from ptanalysis.metrics.quality.followed_leads import (
    WEEK,
    clustered,
    clusters_of,
    decided_at,
    end_of,
    follow_up,
    groups,
    screenable,
    screening_of,
    several_clinics,
    unrecorded,
)
from ptanalysis.stats import (
    Estimate,
    Estimates,
    Scaled,
    contrast,
    held_together,
    incidence_difference,
    jackknife,
    jackknife_paired,
    qualified_difference,
    unequal_screening,
)
from ptanalysis.stats.proportions import clustered_difference

SIDES = ("inbound", "outbound")
_BOTH = "inbound - outbound"


def sql_share_difference(
    tables: ClinicData,
    *,
    null: float = 0.0,
    confidence_level: float = 0.95,
    horizon: float | None = None,
) -> Estimate:
    """Return inbound less outbound share of screened leads that are SQL within `horizon` weeks.

    Parameters
    ----------
    tables : ClinicData
    null : float
    confidence_level : float
    horizon : float, optional
        Weeks; ``tables.assumptions.weeks_to_sql`` where left out.

    Returns
    -------
    Estimate
        In points; jackknife over campaigns, assets and blocks. Not identified where less than 60%
        of a side was screened in time, or much more of one side than of the other.
    """
    name = ("sql_share_difference", "quality", _BOTH)
    if reason := unrecorded(tables, "sql_at"):
        return Estimate.not_identified(reason, unit="points").labelled(*name)
    inbound, outbound = (_of(clustered(tables), side) for side in SIDES)
    return rate_difference(
        inbound,
        outbound,
        (end_of(tables), end_of(tables)),
        horizon or tables.assumptions.weeks_to_sql,
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
    names: tuple[str, str] = SIDES,
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
        For ``sql_at`` the shares are of the screened leads.
    names : (str, str)
        What a reason calls the leads of either.
    null, confidence_level : float

    Returns
    -------
    Estimate
        In points; see `ptanalysis.stats.qualified_difference` for SQLs, else
        `ptanalysis.stats.incidence_difference`.
    """
    paired = several_clinics(leads_a) and several_clinics(leads_b)
    test = {"paired": paired, "null": null, "confidence_level": confidence_level}
    if event == "sql_at":
        arms = [
            (follow_up(of, end), screening_of(of, end))
            for of, end in zip(map(screenable, (leads_a, leads_b)), ends, strict=True)
        ]
        return qualified_difference(*arms, weeks, names=names, **test)
    a, b = (follow_up(of, end, event) for of, end in zip((leads_a, leads_b), ends, strict=True))
    return incidence_difference(
        a.weeks,
        a.status,
        b.weeks,
        b.status,
        weeks,
        clusters_a=a.clusters,
        clusters_b=b.clusters,
        ages_a=a.ages,
        ages_b=b.ages,
        **test,
    )


def mql_sql_gap_difference(
    tables: ClinicData,
    *,
    null: float = 0.0,
    confidence_level: float = 0.95,
    horizon: float | None = None,
) -> Estimate:
    """Return inbound less outbound (MQL share less SQL share) of leads screened within `horizon`.

    Parameters
    ----------
    tables : ClinicData
    null : float
    confidence_level : float
    horizon : float, optional
        Weeks; ``tables.assumptions.weeks_to_sql`` where left out.

    Returns
    -------
    Estimate
        In points; jackknife over campaigns, assets and blocks of the leads old enough. Not
        identified where `sql_share_difference` is not for want of screening.
    """
    name = ("mql_sql_gap_difference", "quality", _BOTH)
    if reason := unrecorded(tables, "sql_at") or unrecorded(tables, "mql_at"):
        return Estimate.not_identified(reason, unit="points").labelled(*name)
    horizon = horizon or tables.assumptions.weeks_to_sql
    leads = screenable(clustered(tables))
    sides = [_of(leads, side) for side in SIDES]
    arms = [_fallen(side, end_of(tables), horizon) for side in sides]
    paired = all(map(several_clinics, sides))
    reason = "no screened leads old enough in an arm" if any(arm.empty for arm in arms) else ""
    if reason := _unequal(sides, end_of(tables), horizon, paired=paired) or reason:
        return Estimate.not_identified(reason, unit="points").labelled(*name)
    gaps = [
        jackknife(arm["fell"], arm["screened"], scale="identity", names=arm.index) for arm in arms
    ]
    difference = _paired(*arms) if paired else contrast(*gaps)
    return clustered_difference(
        gaps,
        [float(arm["screened"].sum()) for arm in arms],
        difference,
        null=null,
        confidence_level=confidence_level,
    ).labelled(*name)


def quality_gap(clinic: ClinicData) -> Estimates:
    """Return inbound less outbound: the share of the screened that is SQL, and MQL less SQL.

    Parameters
    ----------
    clinic : ClinicData

    Returns
    -------
    Estimates
        In points. Not judged, with the reason, where under 60% of a side was screened or the sides
        were screened too unequally.
    """
    return Estimates.of([sql_share_difference(clinic), mql_sql_gap_difference(clinic)])


def vendor_gaps(clinic: ClinicData) -> Estimates:
    """Return each vendor's share of screened leads that are SQL, less that of its side's rest.

    Returns
    -------
    Estimates
        In points; ``group`` is the vendor and ``n`` its own leads. A vendor of several directions
        is compared in the one that brought it the most leads. Not identified where it brought all
        the leads of its direction, or too few, or where its leads were screened much more or less
        than the rest.

    Notes
    -----
    The intervals hold together with 95% (Bonferroni over the vendors that can be compared): of
    twenty vendors alike none is expected to stand out.
    """
    own = list(groups(clustered(clinic).dropna(subset="vendor"), "vendor"))
    found = held_together(
        lambda level: [_vendor(clinic, leads, vendor, level) for vendor, leads in own], "vendors"
    )
    return Estimates.of(
        each.labelled("vendor_sql_share_difference", "quality", vendor)
        for each, (vendor, _) in zip(found, own, strict=True)
    )


def _vendor(tables: ClinicData, own: pd.DataFrame, vendor: str, level: float) -> Estimate:
    """Return a vendor beside the rest of its side."""
    side = own["direction"].mode()[0]
    peers = _of(clustered(tables), side)
    own, rest = peers[peers["vendor"] == vendor], peers[peers["vendor"] != vendor]
    reason = unrecorded(tables, "sql_at")
    if rest.empty:
        reason = f"it brought all {side} leads: there is nothing to compare with"
    if reason:
        return Estimate.not_identified(reason, unit="points", n=len(own))
    found = rate_difference(
        own,
        rest,
        (end_of(tables), end_of(tables)),
        tables.assumptions.weeks_to_sql,
        names=(vendor, f"other {side}"),
        confidence_level=level,
    )
    return replace(found, n=len(own))


def _of(leads: pd.DataFrame, side: str) -> pd.DataFrame:
    return leads[leads["direction"] == side]


def _unequal(sides: list, end: pd.Timestamp, horizon: float, *, paired: bool) -> str:
    """Return why the screened leads of the two sides may not be compared, or an empty string."""
    screened = (screening_of(leads, end) for leads in sides)
    return unequal_screening(*screened, horizon, names=SIDES, paired=paired)


def _fallen(leads: pd.DataFrame, end: pd.Timestamp, horizon: float) -> pd.DataFrame:
    """Return the screened old leads, and the MQLs among them that are no SQL, of each cluster."""
    within = leads["lead_at"] + horizon * WEEK
    leads = leads[(within < end) & (decided_at(leads) <= within)]
    within = within[leads.index]
    fell = (leads["mql_at"] <= within).astype(int) - (leads["sql_at"] <= within)
    return pd.DataFrame({"fell": fell, "screened": 1}).groupby(clusters_of(leads)).sum()


def _paired(inbound: pd.DataFrame, outbound: pd.DataFrame) -> Scaled:
    """Return the difference of two arms whose clusters are the same clinics."""
    a, b = inbound.align(outbound, join="outer", axis=0, fill_value=0)
    return jackknife_paired(a["fell"], a["screened"], b["fell"], b["screened"], scale="identity")
