"""Campaigns, assets and 4-week blocks as a table to count with, and the intervals of what it says.

The table knows its clinic's currency and what was never recorded (``frame.attrs``), and keeps that
through filters: ``frame[frame["cluster"] != "spring-cards"]`` leaves a campaign out.
"""

from __future__ import annotations

import pandas as pd

from ptanalysis.dataset import ClinicData
from ptanalysis.metrics.money.cost_per_outcome import UNITS, bounds_of, costs_of, facts, ratio_of
from ptanalysis.metrics.money.mature import by_cluster
from ptanalysis.metrics.money.roi_by_side import compare_roi, roi_of_groups, totals_of
from ptanalysis.stats.estimates_frame import Estimates

#: What `roi` compares the sides by.
COMPARISONS = ("ratio", "difference")
_FACTS = "clinic_facts"


class UnitsError(ValueError):
    """A word or a frame that cannot be used; the message lists those that can."""


def units(
    clinic: ClinicData,
    *,
    followed: float | None = None,
    weeks_to_sql: float | None = None,
    weeks_to_patient: float | None = None,
) -> pd.DataFrame:
    """Return each campaign, asset or 4-week block that is old enough, with its cost and outcomes.

    Parameters
    ----------
    clinic : ClinicData
        From `ptanalysis.load`.
    followed : float, optional
        Weeks every counted lead must have been followed: 0 for leads, as many as
        `weeks_to_sql` for SQLs, as `weeks_to_patient` for patients and revenue
        (where left out).
    weeks_to_sql, weeks_to_patient : float, optional
        Weeks from the lead within which an SQL, or a patient and revenue, count; the clinic's
        (``[assumptions]`` in clinic.toml) where left out.

    Returns
    -------
    DataFrame
        One row a unit of inbound or outbound: clinic, direction, channel, vendor (missing where
        its spend names none or several), cluster (the campaign's name, or the block), kind
        (campaign, asset, block), started_on; leads, screenable (nothing before screening excluded
        them), screened and sql (of these), mql, patients, revenue; cost, cost_labour, cost_agency.

    Notes
    -----
    Expected SQLs are ``screenable * sql / screened`` of a *group's sums*. A unit is counted whole:
    its first 52 weeks, or up to 13 weeks past its end; see `ptanalysis.metrics.money.left_out`.

    Examples
    --------
    Cost per SQL, by hand::

        sums = pt.units(clinic, followed=13).groupby("direction").sum(numeric_only=True)
        sums["cost"] / (sums["screenable"] * sums["sql"] / sums["screened"])
    """
    weeks_to_sql = weeks_to_sql or clinic.assumptions.weeks_to_sql
    frame = by_cluster(
        clinic, followed=followed, sql_weeks=weeks_to_sql, patient_weeks=weeks_to_patient
    )
    shown = frame.assign(vendor=_vendor(frame, clinic.spend))
    first = ["clinic", "direction", "channel", "vendor", "cluster", "kind", "started_on"]
    shown = shown[[*first, *shown.columns.difference(first, sort=False)]]
    shown.attrs[_FACTS] = facts(clinic) | {"weeks": f"{weeks_to_sql:g}"}
    return shown


def cost_per(
    units: pd.DataFrame,
    event: str = "sql",
    *,
    by: str = "direction",
    compare: bool = False,
    bounds: bool = False,
    confidence_level: float = 0.95,
) -> Estimates:
    """Return full cost per lead, MQL, SQL or patient, with its interval.

    Parameters
    ----------
    units : DataFrame
        From `units`, or a part of it.
    event : {"leads", "mql", "sql", "patients"}
    by : str
        Column to group by: direction, channel, vendor, or one you added.
    compare : bool
        Whether to return outbound's cost over inbound's (one row) instead.
    bounds : bool
        Whether to return each group's cost per SQL if all, and if none, of its unscreened leads
        qualify, instead of an interval.
    confidence_level : float

    Returns
    -------
    Estimates
        The highest first. An SQL's cost is that of an *expected* SQL: unscreened is unknown, never
        "not SQL". ``n`` counts the events on record.

    Raises
    ------
    UnitsError
        Another event or column, or a frame that is not from `units`.
    """
    known = _facts(units)
    _allowed("event", event, UNITS)
    if compare:
        weeks, test = float(known["weeks"]), {"null": 1.0, "confidence_level": confidence_level}
        return Estimates.of([ratio_of(units, known, event, weeks=weeks, **test)])
    _allowed("by", by, units.select_dtypes(exclude="number").columns)
    if bounds:
        return Estimates.of(bounds_of(units, known, by=by))
    return Estimates.of(costs_of(units, known, event, by=by, confidence_level=confidence_level))


def roi(
    units: pd.DataFrame,
    *,
    by: str = "direction",
    compare: str = "",
    confidence_level: float = 0.95,
) -> Estimates:
    """Return (revenue - cost) / cost, with its interval.

    Parameters
    ----------
    units : DataFrame
        From `units`, followed as long as its revenue counts.
    by : str
        Column to group by.
    compare : {"", "ratio", "difference"}
        Inbound beside outbound instead: revenue per unit of money as a ratio, or ROI less ROI.
    confidence_level : float

    Returns
    -------
    Estimates
        The highest first. Few units, few patients, or one that holds most of the cost: the value
        is a description without an interval.

    Raises
    ------
    UnitsError
        Another word or column, or a frame that is not from `units`.
    """
    known = _facts(units)
    _allowed("compare", compare, ("", *COMPARISONS))
    if compare:
        unit, null = ("ratio", 1.0) if compare == "ratio" else ("roi", 0.0)
        test = {"null": null, "confidence_level": confidence_level}
        return Estimates.of([compare_roi(units, known, unit, **test)])
    _allowed("by", by, units.select_dtypes(exclude="number").columns)
    return Estimates.of(roi_of_groups(units, by=by, confidence_level=confidence_level))


def revenue(
    patients: pd.DataFrame,
    *,
    by: str = "direction",
    currency: str = "USD",
    confidence_level: float = 0.95,
) -> Estimates:
    """Return each group's revenue; the interval allows for another number of patients.

    Parameters
    ----------
    patients : DataFrame
        One row a patient, with ``amount`` (payments less refunds) and the column to group by.
    by : str
    currency : str
        Code of the currency, as in ``clinic.config.currency``.
    confidence_level : float

    References
    ----------
    Fay & Feuer (1997), Stat. Med. 16:791.
    """
    _allowed("by", by, patients.columns)
    net = patients.set_index(by)["amount"].clip(lower=0)
    return Estimates.of(totals_of(net, currency.lower(), confidence_level=confidence_level))


def _vendor(frame: pd.DataFrame, spend: pd.DataFrame) -> list:
    """Return the one vendor that each unit's spend names: the campaign's, else the channel's."""
    campaigns = _only(spend, ["clinic", "campaign"])
    channels = _only(spend[spend["campaign"].isna()], ["clinic", "channel"])
    return [
        channels.get((row.clinic, row.channel))
        if row.kind == "block"
        else campaigns.get((row.clinic, row.cluster))
        for row in frame.itertuples()
    ]


def _only(spend: pd.DataFrame, by: list[str]) -> dict[tuple, str]:
    vendors = spend.dropna(subset=["vendor"]).groupby(by)["vendor"].agg(["first", "nunique"])
    return vendors["first"][vendors["nunique"] == 1].to_dict()


def _facts(units: pd.DataFrame) -> dict[str, str]:
    if _FACTS not in units.attrs:
        raise UnitsError("this frame no longer knows its clinic: filter what pt.units returned")
    return units.attrs[_FACTS]


def _allowed(option: str, word: str, words) -> None:
    if word not in list(words):
        raise UnitsError(f"{option} is one of {', '.join(map(repr, words))}, not {word!r}")
