"""Which campaigns stopped, and their leads in the weeks before, during and after."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ptanalysis.dataset import UNIT, ClinicData, first_lead, place_of
from ptanalysis.stats.share_left_interval import weekly_dispersion

#: Weeks before the start that give the baseline, and after the end that the verdict looks at.
BASELINE_WEEKS = 12
AFTER_WEEKS = (4, 12)
#: With fewer of the weeks before its start seen, a campaign has no baseline.
FEWEST_BASELINE_WEEKS = 4
SIDES = ("inbound", "outbound")
#: What a campaign or asset is called by in every table.
NAMES = ["clinic", "campaign", "direction", "channel", "vendor"]

WINDOWS = ("before", "during", "after")
STATES = {
    "stopped": "ended at least 12 weeks before the as-of date",
    "recent": "ended too recently: fewer than 12 weeks have been seen since",
    "running": "still running",
}
_DAY, _WEEK = pd.Timedelta(days=1), pd.Timedelta(weeks=1)


def state(
    campaigns: pd.DataFrame, as_of: pd.Timestamp, *, weeks: float = AFTER_WEEKS[1]
) -> pd.Series:
    """Return the key of STATES of each campaign; stopped where `weeks` were seen since."""
    stop = campaigns["ends_on"] + _DAY
    ended = stop <= as_of + _DAY
    seen = stop + weeks * _WEEK <= as_of + _DAY
    return pd.Series(np.select([seen, ended], ["stopped", "recent"], "running"), campaigns.index)


def stopped(
    tables: ClinicData, direction: str, *, weeks: float = AFTER_WEEKS[1]
) -> tuple[pd.DataFrame, int]:
    """Return the campaigns stopped `weeks` ago whose baseline was seen, and how many others.

    Returns
    -------
    campaigns : DataFrame
        With stop (first day after the end) and seen_from (day of the clinic's first lead).
    unseen : int
        Stopped campaigns that began before FEWEST_BASELINE_WEEKS of the clinic's leads were seen.
    """
    campaigns = tables.campaigns[tables.campaigns["direction"] == direction]
    ended = campaigns[(state(campaigns, tables.as_of, weeks=weeks) == "stopped").to_numpy()]
    ended = ended[ended["starts_on"] <= ended["ends_on"]].drop_duplicates(UNIT)
    first = first_lead(tables, ended["clinic"]).dt.normalize()
    ended = ended.assign(stop=ended["ends_on"] + _DAY, seen_from=first)
    seen = ended["starts_on"] - ended["seen_from"] >= FEWEST_BASELINE_WEEKS * _WEEK
    return ended[seen], int((~seen).sum())


def left_out(unseen: int) -> str:
    """Return, for a method or a reason, how many campaigns are not counted.

    Examples
    --------
    >>> left_out(2)
    ' (2 left out: too few weeks were seen before their start)'
    """
    return f" ({unseen} left out: too few weeks were seen before their start)" if unseen else ""


def seen_from_start(tables: ClinicData, units: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Return the campaigns and assets that the clinic's leads reach back to, and how many not.

    A week of grace: the first lead of a new clinic may come days after its first campaign began.
    """
    before = units["starts_on"] < first_lead(tables, units["clinic"]) - _WEEK
    return units[~before], int(before.sum())


def begun_before(number: int) -> str:
    """Return, for a method, how many units began before the records and are not counted.

    Examples
    --------
    >>> begun_before(2)
    ' (2 left out: began before the records)'
    """
    return f" ({number} left out: began before the records)" if number else ""


def windows(
    tables: ClinicData, campaigns: pd.DataFrame, *, after: tuple[float, float] = AFTER_WEEKS
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return each campaign's leads before, during and after, and the weeks each was counted in.

    Parameters
    ----------
    tables : ClinicData
    campaigns : DataFrame
        From `stopped`.
    after : tuple of float
        Weeks after the stop between which leads count as coming after.

    Returns
    -------
    counts, weeks : DataFrame
        Columns before, during, after. The weeks before are those that were seen.
    """
    spans = spans_of(campaigns, after)
    counts = {name: count(tables, campaigns, *span) for name, span in spans.items()}
    weeks = {name: ((last - first) / _WEEK).to_numpy() for name, (first, last) in spans.items()}
    return pd.DataFrame(counts), pd.DataFrame(weeks)


def spans_of(campaigns: pd.DataFrame, after: tuple[float, float]) -> dict[str, tuple]:
    """Return the first and last moment before, during and after each campaign."""
    start, stop = campaigns["starts_on"], campaigns["stop"]
    return {
        "before": (np.maximum(start - BASELINE_WEEKS * _WEEK, campaigns["seen_from"]), start),
        "during": (start, stop),
        "after": (stop + after[0] * _WEEK, stop + after[1] * _WEEK),
    }


def noise(
    tables: ClinicData, campaigns: pd.DataFrame, *, after: tuple[float, float] = AFTER_WEEKS
) -> float:
    """Return how much more the campaigns' weekly counts vary, within a window, than Poisson's."""
    return weekly_dispersion(
        _weekly(tables, campaigns, *span) for span in spans_of(campaigns, after).values()
    )


def _weekly(tables: ClinicData, campaigns: pd.DataFrame, first, last) -> np.ndarray:
    """Return leads by campaign and whole week from `first` on, NaN beyond `last`."""
    weeks = ((last - first) / _WEEK).to_numpy().astype(int)
    shape = (len(campaigns), int(max(weeks, default=0)))
    place = place_of(tables.leads, campaigns)
    of, place = tables.leads["lead_at"].to_numpy()[place >= 0], place[place >= 0]
    week = np.floor((of - first.to_numpy()[place]) / _WEEK.to_timedelta64()).astype(int)
    seen = (week >= 0) & (week < weeks[place])
    at = place[seen] * shape[1] + week[seen]
    counts = np.bincount(at, minlength=shape[0] * shape[1]).reshape(shape).astype(float)
    return np.where(np.arange(shape[1]) < weeks[:, None], counts, np.nan)


def count(
    tables: ClinicData, campaigns: pd.DataFrame, first: pd.Series, last: pd.Series
) -> np.ndarray:
    """Return each campaign's leads from its `first` to its `last` moment."""
    spans = campaigns[UNIT].assign(
        first=first.to_numpy(), last=last.to_numpy(), place=np.arange(len(campaigns))
    )
    leads = tables.leads[[*UNIT, "lead_at"]].merge(spans, on=UNIT)
    inside = (leads["lead_at"] >= leads["first"]) & (leads["lead_at"] < leads["last"])
    return np.bincount(leads["place"][inside], minlength=len(campaigns)).astype(float)
