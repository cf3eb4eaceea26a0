"""Quality as an analyst asks for it: leads with what became of them, and shares of any frame."""

from __future__ import annotations

import pandas as pd

from ptanalysis.dataset import ClinicData
from ptanalysis.definitions import Quarter
from ptanalysis.metrics.lead_counts import known_group
from ptanalysis.metrics.quality import (
    quality_by_quarter,
    quality_difference,
    screening_coverage,
    stage_funnel,
)
from ptanalysis.metrics.quality.followed_leads import (
    RATES,
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
from ptanalysis.stats.estimate import Estimate
from ptanalysis.stats.estimates_frame import Estimates


class ColumnError(ValueError):
    """A column that cannot be used; the message lists those that can."""


def within(clinic: ClinicData, weeks: float | None = None) -> pd.DataFrame:
    """Return the leads that had `weeks` to be judged, with what had happened to them by then.

    Parameters
    ----------
    clinic : ClinicData
    weeks : float, optional
        Weeks since the lead; the clinic's weeks to SQL where left out.

    Returns
    -------
    DataFrame
        The columns of ``clinic.leads`` and, as bool, ``mql, screened, sql, patient`` (within
        `weeks` of the lead) and ``screenable`` (nothing before a screening excluded it: spam that
        was found by screening is screened, an existing patient found in the books is not asked);
        ``cluster`` is what could have come out differently as a whole: campaign, 4-week block of
        its channel, or clinic.

    Examples
    --------
    >>> import ptanalysis as pt
    >>> judged = pt.within(pt.load("sample", "2026Q2"), 13)
    >>> bool((judged["lead_at"] < "2026-04-01").all()), bool(judged["sql"].any())
    (True, True)
    """
    weeks = weeks or clinic.assumptions.weeks_to_sql
    leads = matured(clinic, weeks)
    until = leads["lead_at"] + weeks * WEEK
    moments = {
        "mql": leads["mql_at"],
        "screened": decided_at(leads),
        "sql": leads["sql_at"],
        "patient": leads["patient_at"],
    }
    happened = {name: time <= until for name, time in moments.items()}
    asked = leads.index.isin(screenable(leads).index)
    return leads.assign(**happened, screenable=asked, cluster=clusters_of(leads))


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
    ColumnError
        A column that is not there.
    """
    _there(leads, column)
    _there(leads, by)
    return Estimates.of(
        screening_coverage.share_of_leads(of[column], of).labelled(
            measure or f"share_{column}", "quality", group
        )
        for group, of in groups(leads, by)
    )


def funnel(clinic: ClinicData, *, by: str = "direction") -> Estimates:
    """Return each step from lead to patient, as a share of those that took the step before.

    Parameters
    ----------
    clinic : ClinicData
    by : {"direction", "channel", "campaign", "vendor", "service", "clinic"}

    Returns
    -------
    Estimates
        See `ptanalysis.metrics.quality.funnel`.
    """
    return Estimates.of(stage_funnel.funnel(clinic, known_group(by)))


def screening(clinic: ClinicData, *, by: str = "direction") -> Estimates:
    """Return the share screened, the share of these that is SQL, and the bounds for the rest.

    Parameters
    ----------
    clinic : ClinicData
    by : {"direction", "channel", "campaign", "vendor", "service", "clinic"}

    Returns
    -------
    Estimates
        Measures ``share_screened``, ``screened_to_sql_rate`` and ``sql_rate_bounds`` (its ends:
        none, or all, of the unscreened would qualify).
    """
    return Estimates.of(screening_coverage.screening(clinic, known_group(by)))


def screened_soon(clinic: ClinicData, *, weeks: float = 4, by: str = "direction") -> Estimates:
    """Return the share of MQLs screened within `weeks` of the lead, young MQLs included."""
    return Estimates.of(screening_coverage.screened_within(clinic, weeks, known_group(by)))


def conversion(clinic: ClinicData, event: str = "sql_at") -> pd.DataFrame:
    """Return the share with an event by weeks since the lead, inbound and outbound.

    Parameters
    ----------
    clinic : ClinicData
    event : {"sql_at", "patient_at"}
        SQLs are a share of the screened.

    Returns
    -------
    DataFrame
        Columns weeks, direction, estimate, ci_low, ci_high: Aalen and Johansen, so that a lead
        that is still open counts for as long as it was followed. Empty where the event was never
        recorded.
    """
    if event not in ("sql_at", "patient_at"):
        raise ColumnError(f"an event is sql_at or patient_at, not {event!r}")
    curves = stage_funnel.conversion_curves(clinic, event)
    columns = ["weeks", "direction", "estimate", "ci_low", "ci_high"]
    parts = [
        curve.assign(direction=side).rename(columns={"share": "estimate"})[columns]
        for side, curve in curves.items()
    ]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


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
    asked = (quality_difference.sql_share_difference, quality_difference.mql_sql_gap_difference)
    return Estimates.of(ask(clinic) for ask in asked)


def quality_of_all(clinic: ClinicData) -> Estimates:
    """Return the share of all screened leads that are SQL within the clinic's weeks (one row)."""
    label, leads = (RATES["sql_at"], "quality", "all"), clinic.leads
    reason = unrecorded(clinic, "sql_at")
    if leads["sql_at"].isna().all():
        none = clinic.none_of_a_lead("screenings", "stages")
        reason = none or "no lead has a date of becoming SQL"
    if reason:
        found = Estimate.not_identified(reason, unit="share", n=len(leads))
    else:
        found = rate(leads, end_of(clinic), weeks=clinic.assumptions.weeks_to_sql)
    return Estimates.of([found.labelled(*label)])


def vendor_gaps(clinic: ClinicData) -> Estimates:
    """Return each vendor's share of screened leads that are SQL, less that of its side's rest."""
    return Estimates.of(quality_difference.vendors(clinic))


def quality_change(clinic: ClinicData, before: Quarter, *, event: str = "sql_at") -> Estimates:
    """Return the quarter's share with the event less an earlier quarter's, at equal lead age."""
    return Estimates.of(quality_by_quarter.change(clinic, before, event=event))


def _there(frame: pd.DataFrame, column: str) -> None:
    if column not in frame:
        raise ColumnError(f"there is no column {column!r}; there are {', '.join(frame.columns)}")
