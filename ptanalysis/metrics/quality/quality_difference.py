"""Differences of quality: inbound from outbound, a vendor from the rest of its side."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from ptanalysis.dataset import ClinicData
from ptanalysis.metrics.clinic_facts import each_clinic
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
    unrecorded,
)
from ptanalysis.stats import (
    Estimate,
    Estimates,
    contrast,
    held_together,
    incidence_difference,
    jackknife,
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
    test = {"null": null, "confidence_level": confidence_level}
    return _share_differences(tables, horizon, **test)[0]


def _share_differences(tables: ClinicData, horizon: float | None = None, **test) -> list[Estimate]:
    """Return `sql_share_difference`; of several clinics their average, then each."""
    label = ("sql_share_difference", "quality", _BOTH)
    if reason := unrecorded(tables, "sql_at"):
        return [Estimate.not_identified(reason, unit="points").labelled(*label)]
    sides = (_of(clustered(tables), side) for side in SIDES)
    weeks = horizon or tables.assumptions.weeks_to_sql
    return rate_differences(*sides, (end_of(tables),) * 2, weeks, label=label, **test)


def rate_differences(
    leads_a: pd.DataFrame,
    leads_b: pd.DataFrame,
    ends: tuple,
    weeks: float,
    *,
    label: tuple[str, str, str],
    event: str = "sql_at",
    names: tuple[str, str] = SIDES,
    **test,
) -> list[Estimate]:
    """Return the share of leads a with the event within `weeks` less that of leads b.

    Parameters
    ----------
    leads_a, leads_b : DataFrame
    ends : tuple of Timestamp
        Where the follow-up of each ends.
    weeks : float
        Horizon.
    label : (str, str, str)
        Id, question and group.
    event : str
        For ``sql_at`` the shares are of the screened leads.
    names : (str, str)
        What a reason calls the leads of either.
    **test
        ``null``, ``confidence_level``.

    Returns
    -------
    list of Estimate
        In points; see `ptanalysis.stats.qualified_difference` for SQLs, else
        `ptanalysis.stats.incidence_difference`. Of several clinics: see `each_clinic`.
    """

    def ask(*sides: pd.DataFrame) -> Estimate:
        return _rate_difference(sides, ends, weeks, event=event, names=names, **test)

    return each_clinic(ask, leads_a, leads_b, label=label, **test)


def _rate_difference(
    sides: tuple, ends: tuple, weeks: float, *, event: str, names: tuple[str, str], **test
) -> Estimate:
    """Return the difference in one clinic."""
    if event == "sql_at":
        arms = [
            (follow_up(of, end), screening_of(of, end))
            for of, end in zip(map(screenable, sides), ends, strict=True)
        ]
        return qualified_difference(*arms, weeks, names=names, **test)
    a, b = (follow_up(of, end, event) for of, end in zip(sides, ends, strict=True))
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
    test = {"null": null, "confidence_level": confidence_level}
    end, weeks = end_of(tables), horizon or tables.assumptions.weeks_to_sql

    def ask(*sides: pd.DataFrame) -> Estimate:
        return _gap(sides, end, weeks, **test)

    leads = screenable(clustered(tables))
    return each_clinic(ask, *(_of(leads, side) for side in SIDES), label=name, **test)[0]


def _gap(sides: tuple, end: pd.Timestamp, weeks: float, **test) -> Estimate:
    """Return the gap of one clinic's sides."""
    arms = [_fallen(side, end, weeks) for side in sides]
    reason = "no screened leads old enough in an arm" if any(arm.empty for arm in arms) else ""
    if reason := _unequal(sides, end, weeks) or reason:
        return Estimate.not_identified(reason, unit="points")
    gaps = [
        jackknife(arm["fell"], arm["screened"], scale="identity", names=arm.index) for arm in arms
    ]
    sizes = [float(arm["screened"].sum()) for arm in arms]
    return clustered_difference(gaps, sizes, contrast(*gaps), **test)


def quality_gap(clinic: ClinicData) -> Estimates:
    """Return inbound less outbound: the share of the screened that is SQL, and MQL less SQL.

    Parameters
    ----------
    clinic : ClinicData

    Returns
    -------
    Estimates
        In points. Not judged, with the reason, where under 60% of a side was screened or the sides
        were screened too unequally. Of several clinics their averages, then the first by clinic.
    """
    share, *each = _share_differences(clinic)
    return Estimates.of([share, mql_sql_gap_difference(clinic), *each])


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
    found = rate_differences(
        own,
        rest,
        (end_of(tables),) * 2,
        tables.assumptions.weeks_to_sql,
        label=("vendor_sql_share_difference", "quality", vendor),
        names=(vendor, f"other {side}"),
        confidence_level=level,
    )[0]
    return replace(found, n=len(own))


def _of(leads: pd.DataFrame, side: str) -> pd.DataFrame:
    return leads[leads["direction"] == side]


def _unequal(sides: tuple, end: pd.Timestamp, horizon: float) -> str:
    """Return why the screened leads of the two sides may not be compared, or an empty string."""
    screened = (screening_of(leads, end) for leads in sides)
    return unequal_screening(*screened, horizon, names=SIDES)


def _fallen(leads: pd.DataFrame, end: pd.Timestamp, horizon: float) -> pd.DataFrame:
    """Return the screened old leads, and the MQLs among them that are no SQL, of each cluster."""
    within = leads["lead_at"] + horizon * WEEK
    leads = leads[(within < end) & (decided_at(leads) <= within)]
    within = within[leads.index]
    fell = (leads["mql_at"] <= within).astype(int) - (leads["sql_at"] <= within)
    return pd.DataFrame({"fell": fell, "screened": 1}).groupby(clusters_of(leads)).sum()
