"""What unfolds in time: conversion curves, and the numbers of decay, as tables of estimates."""

from __future__ import annotations

import pandas as pd

from ptanalysis import decay
from ptanalysis.definitions.allowed_words import check_word
from ptanalysis.estimate import incidence_curve
from ptanalysis.estimate.tidy import COLUMNS, Estimates
from ptanalysis.metrics.clinic_frames import EVENTS, NOT_RECORDED
from ptanalysis.quality.follow_up import follow_up
from ptanalysis.roi.matured import SIDES
from ptanalysis.tables import ClinicTables


def curve(
    leads: pd.DataFrame,
    *,
    event: str = "sql",
    by: str = "direction",
    weeks: float = 26,
    as_of: pd.Timestamp,
    confidence_level: float = 0.95,
) -> Estimates:
    """Return the share of leads with an event by week since the lead, for each group.

    Parameters
    ----------
    leads : DataFrame
        As ``clinic.leads``; young leads count for as long as they have been followed.
    event : {"mql", "screened", "sql", "patient"}
        A lead disqualified first is a competing end, not one still open.
    by : str
        Column whose values are the groups, the largest first; blanks are in none.
    weeks : float
        Where the curves end.
    as_of : Timestamp
        Last day the data can know about: ``clinic.as_of``.
    confidence_level : float

    Returns
    -------
    Estimates
        With a column ``week``: a row at 0 and at each time with an event; ``n`` is the leads still
        followed by then.

    Notes
    -----
    Assumes that how long a lead was followed says nothing of its quality. Intervals are pointwise
    and take leads as independent.

    References
    ----------
    Aalen & Johansen (1978), Scand. J. Stat. 5:141.
    """
    check_word("event", event, [name for name in EVENTS if name != "lost"])
    check_word("column", by, leads.columns)
    if event in leads.attrs.get(NOT_RECORDED, {}):
        return Estimates(pd.DataFrame(columns=[*COLUMNS, "week"]))
    end = pd.Timestamp(as_of) + pd.Timedelta(days=1)
    parts = []
    for group in leads[by].value_counts().index:
        followed = follow_up(leads[leads[by] == group], end, EVENTS[event])
        points = incidence_curve(followed.weeks, followed.status, confidence_level=confidence_level)
        parts.append(points[points["weeks"] <= weeks].assign(group=group))
    points = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
    table = points.rename(columns={"share": "estimate", "at_risk": "n", "weeks": "week"}).assign(
        measure=f"{event}_by_week",
        unit="share",
        note="",
        clusters=float("nan"),
        p_value=float("nan"),
        confidence_level=confidence_level,
        method="Aalen-Johansen, Wilson at the effective n",
    )
    return Estimates(table.reindex(columns=[*COLUMNS, "week"]))


def persistence(clinic: ClinicTables, direction: str | None = None) -> Estimates:
    """Return how much of a campaign's extra leads still comes 5 to 12 weeks after it stopped.

    Parameters
    ----------
    clinic : ClinicData
    direction : {"inbound", "outbound"}, optional
        Both sides where not given.

    Returns
    -------
    Estimates
        A part of the extra leads a week during the campaign: 0 ends at once, 1 does not decay.
    """
    if direction is not None:
        check_word("direction", direction, SIDES)
    sides = SIDES if direction is None else (direction,)
    return Estimates.of(decay.persistence(clinic, side) for side in sides)


def growth(clinic: ClinicTables) -> Estimates:
    """Return an inbound asset's leads a month in months 7-12 over those of months 1-6, and 3-6.

    Returns
    -------
    Estimates
        Two ratios, ``growth`` and ``lasting``.
    """
    return Estimates.of([decay.growth(clinic), decay.lasting(clinic)])


def first_sql(clinic: ClinicTables) -> Estimates:
    """Return inbound less outbound mean weeks to the first SQL of a campaign or asset."""
    return Estimates.of([decay.first_sql_difference(clinic)])
