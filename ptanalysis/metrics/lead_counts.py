"""Counts of leads as an analyst asks for them: by any column, with intervals, as tidy tables."""

from __future__ import annotations

import pandas as pd

from ptanalysis.dataset import ClinicData
from ptanalysis.definitions import Quarter
from ptanalysis.metrics import volume
from ptanalysis.stats.estimate import Estimate
from ptanalysis.stats.estimates_frame import Estimates

#: Columns of the leads that group them.
GROUPS = ("direction", "channel", "campaign", "vendor", "service", "clinic")


class GroupError(ValueError):
    """Leads cannot be grouped by this; the message lists what they can be grouped by."""


def count(
    clinic: ClinicData,
    *,
    by: str = "direction",
    share: bool = False,
    confidence_level: float = 0.95,
) -> Estimates:
    """Return the leads of the quarter in each group, the largest group first.

    Parameters
    ----------
    clinic : ClinicData
    by : {"direction", "channel", "campaign", "vendor", "service", "clinic"}
    share : bool
        Each group's share of the leads instead of their number (at 95%).
    confidence_level : float

    Returns
    -------
    Estimates
        The number expected of such a quarter: its interval allows for weeks that scatter more
        than chance alone, as this group's weeks have so far. A share has Wilson's interval.

    Examples
    --------
    >>> import ptanalysis as pt
    >>> pt.count(pt.load("sample", "2026Q2"), by="direction")["group"].tolist()[:2]
    ['inbound', 'outbound']
    """
    known_group(by)
    if share:
        return Estimates.of(volume.shares(clinic, by))
    return Estimates.of(volume.by_group(clinic, by, confidence_level=confidence_level))


def weekly(clinic: ClinicData, *, by: str | None = None) -> pd.DataFrame:
    """Return the leads of each full week, weeks without leads included.

    Parameters
    ----------
    clinic : ClinicData
    by : str, optional
        What the groups are, as in `count`; one group ``all`` where left out.

    Returns
    -------
    DataFrame
        Columns week (its Monday), group, leads; from the clinic's first lead to the as-of date.
    """
    wheres = _wheres(clinic.leads, by)
    whole = {group: volume.weekly(clinic, **where) for group, where in wheres.items()}
    parts = [
        pd.DataFrame({"week": counts.index, "group": group, "leads": counts.to_numpy()})
        for group, counts in whole.items()
    ]
    return pd.concat(parts, ignore_index=True) if parts else _no_weeks()


def change(clinic: ClinicData, before: Quarter, *, by: str = "direction") -> Estimates:
    """Return the quarter's leads as a multiple of those of an earlier quarter, of all and by group.

    Parameters
    ----------
    clinic : ClinicData
    before : Quarter
        ``clinic.quarter.previous()``, or a year back ``clinic.quarter.previous(4)``.
    by : str
        As in `count`.

    Returns
    -------
    Estimates
        Not known, with the reason, where the record does not reach back so far, or falls silent
        before its end.
    """
    known_group(by)
    return Estimates.of(volume.change(clinic, before, column=by))


def trend(clinic: ClinicData, *, by: str = "direction") -> Estimates:
    """Return the change in weekly leads a year as a multiple, of all and of each group.

    Parameters
    ----------
    clinic : ClinicData
    by : str
        As in `count`; the groups are those with leads in the quarter.

    Returns
    -------
    Estimates
        1.2 is a fifth more each year. Weeks that resemble their neighbors count for less.
    """
    groups = count(clinic, by=by)["group"]
    every = [volume.trend(clinic), *(volume.trend(clinic, **{by: group}) for group in groups)]
    return Estimates.of(every)


def season(clinic: ClinicData) -> Estimates:
    """Return each calendar month's leads as a multiple of what the trend expects.

    Returns
    -------
    Estimates
        Groups are the names of the months seen in two years or more; one row without a value,
        with the reason, where a season cannot be told from a trend.
    """
    found = volume.season(clinic)
    if isinstance(found, str):
        return Estimates.of([Estimate.not_identified(found, unit="ratio", id="season")])
    return Estimates.of(_month(row) for row in found.to_dict("records"))


def unknown_share(clinic: ClinicData) -> Estimates:
    """Return the share of the quarter's leads whose source is not known, with Wilson's interval."""
    return Estimates.of([volume.unknown_share(clinic)])


def _month(row: dict) -> Estimate:
    name = pd.Timestamp(2000, int(row["month"]), 1).month_name()
    ends = {"ci_low": row["ci_low"], "ci_high": row["ci_high"]}
    method = "quasi-Poisson count of the month's weeks, over the trend"
    found = Estimate(value=row["index"], **ends, unit="ratio", n=row["years"], method=method)
    return found.labelled("season", "volume", name)


def _wheres(leads: pd.DataFrame, by: str | None) -> dict[str, dict]:
    if by is None:
        return {"all": {}}
    known_group(by)
    return {group: {by: group} for group in leads[by].value_counts().index}


def _no_weeks() -> pd.DataFrame:
    empty = {"week": "datetime64[ns]", "group": "str", "leads": "int64"}
    return pd.DataFrame(columns=list(empty)).astype(empty)


def known_group(by: str) -> str:
    """Return a column that leads can be grouped by; another is an error that lists them."""
    if by not in GROUPS:
        raise GroupError(f"leads are grouped by one of {', '.join(GROUPS)}, not by {by!r}")
    return by
