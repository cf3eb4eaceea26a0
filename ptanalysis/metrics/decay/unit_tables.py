"""What decay and growth are read from, to count with in pandas: stops, assets, first SQLs."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ptanalysis.dataset import ClinicData
from ptanalysis.metrics.decay.asset_growth import MONTH, assets_of, leads_by_age
from ptanalysis.metrics.decay.campaign_stops import identification
from ptanalysis.metrics.decay.first_sql import (
    not_comparable,
    too_young,
    units_waited_for,
    weeks_to_first,
)
from ptanalysis.metrics.decay.half_lives import WEEKS_AFTER
from ptanalysis.metrics.decay.response_windows import (
    AFTER_WEEKS,
    BASELINE_WEEKS,
    begun_before,
    count,
    stopped,
    windows,
)

SIDES = ("inbound", "outbound")
MONTHS = 12
#: What a frame still knows of its clinic after it was filtered.
KNOWN = "clinic_facts"
_NAMES = ["clinic", "campaign", "direction", "channel", "vendor"]
_DAY, _WEEK = pd.Timedelta(days=1), pd.Timedelta(weeks=1)


def stops(
    clinic: ClinicData, *, after: tuple[float, float] = AFTER_WEEKS, weekly: bool = False
) -> pd.DataFrame:
    """Return the campaigns and assets that stopped, with their leads before, during and after.

    Parameters
    ----------
    clinic : ClinicData
        From `ptanalysis.load`.
    after : tuple of float
        Weeks after the stop between which leads count as coming after.
    weekly : bool
        Whether to return one row a campaign and week instead: week (0 is the first after the
        stop) and leads, for the weeks from 12 before to 15 after in which it was on, or over, and
        seen; and baseline, its leads a week before it began.

    Returns
    -------
    DataFrame
        One row a campaign that stopped long enough ago and whose weeks before were seen: clinic,
        campaign, direction, channel, vendor, starts_on, ends_on, stop (first day without);
        leads_before, leads_during, leads_after and weeks_before, weeks_during, weeks_after.
    """
    parts = {side: stopped(clinic, side, weeks=after[1]) for side in SIDES}
    make = _by_week if weekly else _by_window
    table = pd.concat([make(clinic, part, after) for part, _ in parts.values()], ignore_index=True)
    table.attrs[KNOWN] = {
        "unseen": {side: unseen for side, (_, unseen) in parts.items()},
        "states": identification(clinic).to_dict("index"),
    }
    return table


def assets(clinic: ClinicData) -> pd.DataFrame:
    """Return the inbound assets that were seen from their start, with their leads by month of age.

    Returns
    -------
    DataFrame
        One row an asset: clinic, campaign, direction, channel, vendor, starts_on, and columns 1 to
        12 (an integer each): its leads in that month of its age; missing where the month is not
        over.
    """
    found, unseen = assets_of(clinic)
    end, months = clinic.as_of + _DAY, range(1, MONTHS + 1)
    leads = leads_by_age(clinic, found, *((month - 1, month) for month in months))
    by_age = pd.DataFrame(dict(zip(months, leads, strict=True)), index=found.index)
    over = [found["starts_on"] + month * MONTH <= end for month in months]
    by_age = by_age.where(pd.concat(over, axis="columns", keys=months))
    table = found[[*_NAMES, "starts_on"]].join(by_age).reset_index(drop=True)
    table.attrs[KNOWN] = {"unseen": unseen}
    return table


def waits(clinic: ClinicData) -> pd.DataFrame:
    """Return how long each campaign or asset waited for its first SQL.

    Returns
    -------
    DataFrame
        One row a campaign or asset at least 26 weeks old and seen from its start: clinic,
        campaign, direction, channel, vendor, starts_on, weeks (to the first SQL, or to the as-of
        date), event (whether it came).
    """
    units = {side: units_waited_for(clinic, side) for side in SIDES}
    parts = [
        counted[[*_NAMES, "starts_on"]].join(weeks_to_first(clinic, counted)[["weeks", "event"]])
        for counted, _, _ in units.values()
    ]
    young, early = (sum(each[place] for each in units.values()) for place in (1, 2))
    table = pd.concat(parts, ignore_index=True)
    table.attrs[KNOWN] = {
        "reason": not_comparable(clinic, list(units.values())),
        "left_out": begun_before(early) + too_young(young),
    }
    return table


def _by_window(clinic: ClinicData, ended: pd.DataFrame, after: tuple) -> pd.DataFrame:
    counts, weeks = windows(clinic, ended, after=after)
    known = ended[[*_NAMES, "starts_on", "ends_on", "stop"]].reset_index(drop=True)
    return known.join(counts.add_prefix("leads_")).join(weeks.add_prefix("weeks_"))


def _by_week(clinic: ClinicData, ended: pd.DataFrame, after: tuple) -> pd.DataFrame:
    counts, seen = windows(clinic, ended, after=after)
    known = ended[_NAMES].assign(baseline=(counts["before"] / seen["before"]).to_numpy())
    return pd.concat(
        [_week(clinic, ended, known, week) for week in range(-BASELINE_WEEKS, WEEKS_AFTER)],
        ignore_index=True,
    )


def _week(clinic: ClinicData, ended: pd.DataFrame, known: pd.DataFrame, week: int) -> pd.DataFrame:
    first = ended["stop"] + week * _WEEK
    leads = count(clinic, ended, first, first + _WEEK)
    on = (ended["starts_on"] <= first) & (first + _WEEK <= clinic.as_of + _DAY)
    return known.assign(week=np.int64(week), leads=leads)[on]
