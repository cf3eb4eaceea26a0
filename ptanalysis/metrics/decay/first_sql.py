"""The start: how long until a campaign or asset brings its first SQL."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from scipy import stats

from ptanalysis.dataset import UNIT, ClinicData, place_of
from ptanalysis.metrics.decay.response_windows import begun_before, seen_from_start
from ptanalysis.stats import Estimate, rmst_difference

FIRST_WEEKS = 26
_SIDES = ("inbound", "outbound")
_DAY, _WEEK = pd.Timedelta(days=1), pd.Timedelta(weeks=1)


def first_sql_difference(
    tables: ClinicData, *, null: float = 0.0, confidence_level: float = 0.95
) -> Estimate:
    """Return inbound less outbound mean weeks to the first SQL, waiting at most 26 weeks.

    Parameters
    ----------
    tables : ClinicData
    null : float
    confidence_level : float

    Returns
    -------
    Estimate
        In weeks; assets and campaigns are the units, their clock starts at start or publication
        and is stopped at the as-of date. ``method`` says how many began before the clinic's
        records and are left out: their first SQL may not be on record.
    """
    arms = [_waits(tables, side) for side in _SIDES]
    label = ("first_sql_difference", "decay", "inbound - outbound")
    if reason := tables.undated():
        return Estimate.not_identified(reason, unit="weeks").labelled(*label)
    if min(len(waits) for waits, _ in arms) == 0:
        reason = "no start is known: list campaigns and assets with their start in campaigns.csv"
        return Estimate.not_identified(reason, unit="weeks").labelled(*label)
    (inbound, early), (outbound, others) = arms
    found = rmst_difference(
        inbound["weeks"],
        inbound["event"],
        outbound["weeks"],
        outbound["event"],
        FIRST_WEEKS,
        clinics=_several(inbound, outbound),
        null=null,
        confidence_level=confidence_level,
    )
    return replace(found, method=found.method + begun_before(early + others)).labelled(*label)


def first_sql_curves(tables: ClinicData) -> dict[str, pd.DataFrame]:
    """Return, by direction, the share of campaigns or assets with a first SQL by week.

    Returns
    -------
    dict of str to DataFrame
        Columns weeks, share; one less Kaplan-Meier up to 26 weeks. None where stages lack dates.
    """
    curves = {}
    for side in () if tables.undated() else _SIDES:
        units, _ = _waits(tables, side)
        if units["event"].any():
            left = stats.ecdf(stats.CensoredData.right_censored(units["weeks"], ~units["event"])).sf
            seen = left.quantiles <= FIRST_WEEKS
            curves[side] = pd.DataFrame(
                {
                    "weeks": np.r_[0, left.quantiles[seen]],
                    "share": np.r_[0, 1 - left.probabilities[seen]],
                }
            )
    return curves


def _several(inbound: pd.DataFrame, outbound: pd.DataFrame) -> tuple | None:
    """Return each unit's clinic, or None where there is one."""
    clinics = (inbound["clinic"], outbound["clinic"])
    return clinics if pd.concat(clinics).nunique() > 1 else None


def _waits(tables: ClinicData, direction: str) -> tuple[pd.DataFrame, int]:
    """Return each unit's weeks to its first SQL or the end and whether it came; who is left out."""
    end = tables.as_of + _DAY
    units = tables.campaigns[tables.campaigns["direction"] == direction].drop_duplicates(UNIT)
    units, early = seen_from_start(tables, units[units["starts_on"] < end])
    place = place_of(tables.leads, units)
    first = tables.leads["sql_at"][place >= 0].groupby(place[place >= 0]).min()
    first = first.reindex(range(len(units))).set_axis(units.index)
    waited = (first.fillna(end) - units["starts_on"]) / _WEEK
    waits = {"clinic": units["clinic"], "weeks": waited.clip(lower=0), "event": first.notna()}
    return pd.DataFrame(waits), early
