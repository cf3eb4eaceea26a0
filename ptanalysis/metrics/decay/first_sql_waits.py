"""The start: how long until a campaign or asset brings its first SQL."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from ptanalysis.dataset import UNIT, ClinicData, place_of
from ptanalysis.metrics.clinic_facts import each_clinic, facts, with_facts
from ptanalysis.metrics.decay.response_windows import NAMES, SIDES, begun_before, seen_from_start
from ptanalysis.metrics.quality.followed_leads import (
    clustered,
    screenable,
    screening_of,
    unrecorded,
)
from ptanalysis.stats import Estimate, Estimates, rmst_difference, unequal_screening

FIRST_WEEKS = 26
_NO_START = "no start is known: list campaigns and assets with their start in campaigns.csv"
_DAY, _WEEK = pd.Timedelta(days=1), pd.Timedelta(weeks=1)


def waits(clinic: ClinicData) -> pd.DataFrame:
    """Return how long each campaign or asset waited for its first SQL.

    Returns
    -------
    DataFrame
        One row a campaign or asset at least 26 weeks old and seen from its start: clinic,
        campaign, direction, channel, vendor, starts_on, weeks (to the first SQL, or to the as-of
        date), event (whether it came).
    """
    units = {side: _units(clinic, side) for side in SIDES}
    parts = [
        counted[[*NAMES, "starts_on"]].join(_weeks(clinic, counted)[["weeks", "event"]])
        for counted, _, _ in units.values()
    ]
    young, early = (sum(each[place] for each in units.values()) for place in (1, 2))
    table = pd.concat(parts, ignore_index=True)
    left_out = begun_before(early) + _too_young(young)
    return with_facts(
        table, reason=_not_comparable(clinic, list(units.values())), left_out=left_out
    )


def first_sql(waits: pd.DataFrame, *, confidence_level: float = 0.95) -> Estimates:
    """Return inbound less outbound mean weeks to the first SQL, waiting at most 26 weeks (one row).

    Parameters
    ----------
    waits : DataFrame
        From `ptanalysis.waits`, or a part of it.
    confidence_level : float

    Returns
    -------
    Estimates
        In weeks; assets and campaigns are the units, their clock starts at start or publication.
        ``method`` says how many are not counted: those younger than 26 weeks, and those that began
        before the clinic's records, whose first SQL may not be on record. Not identified where
        less than 60% of the leads of a side's units was screened within 13 weeks, or much more of
        one side than of the other: the wait would be the front desk's.
    """
    return Estimates.of(_differences(waits, confidence_level=confidence_level))


def first_sql_difference(
    waits: pd.DataFrame, *, null: float = 0.0, confidence_level: float = 0.95
) -> Estimate:
    """Return the first row of `first_sql`, tested against `null`."""
    return _differences(waits, null=null, confidence_level=confidence_level)[0]


def _differences(waits: pd.DataFrame, **test) -> list[Estimate]:
    """Return the difference; of several clinics their average, then each."""
    label = ("first_sql_difference", "decay", "inbound - outbound")
    first, *each = each_clinic(lambda of: _difference(of, **test), waits, label=label, **test)
    left_out = facts(waits)["left_out"] if first.known else ""
    return [replace(first, method=first.method + left_out), *each]


def _difference(waits: pd.DataFrame, **test) -> Estimate:
    inbound, outbound = (waits[waits["direction"] == side] for side in SIDES)
    if reason := facts(waits)["reason"] or ("" if min(len(inbound), len(outbound)) else _NO_START):
        return Estimate.not_identified(reason, unit="weeks")
    waited = (side[name] for side in (inbound, outbound) for name in ("weeks", "event"))
    return rmst_difference(*waited, FIRST_WEEKS, **test)


def _not_comparable(tables: ClinicData, units: list) -> str:
    """Return why the sides' `_units` cannot be compared, or an empty string."""
    return unrecorded(tables, "sql_at") or _unknown(units) or _unequal(tables, units)


def _units(tables: ClinicData, direction: str) -> tuple[pd.DataFrame, int, int]:
    """Return the units observed for 26 weeks, how many are younger, how many began too early."""
    units = tables.campaigns[tables.campaigns["direction"] == direction].drop_duplicates(UNIT)
    units, early = seen_from_start(tables, units[units["starts_on"] < tables.as_of + _DAY])
    old = units["starts_on"] + FIRST_WEEKS * _WEEK <= tables.as_of + _DAY
    return units[old], int((~old).sum()), early


def _unknown(units: list) -> str:
    """Return why a side has no unit to count, or an empty string."""
    if min(len(counted) for counted, _, _ in units):
        return ""
    if any(young and not len(counted) for counted, young, _ in units):
        return f"no campaign or asset of a side is {FIRST_WEEKS} weeks old"
    return _NO_START


def _too_young(number: int) -> str:
    """Return, for a method, how many units are not counted yet."""
    return f" ({number} left out: younger than {FIRST_WEEKS} weeks)" if number else ""


def _unequal(tables: ClinicData, units: list) -> str:
    """Return why the screening of the two sides' units forbids a comparison, or an empty string."""
    leads, end = screenable(clustered(tables)), tables.as_of + _DAY
    sides = [_early_leads(leads, counted) for counted, _, _ in units]
    screened = (screening_of(side, end) for side in sides)
    weeks = tables.assumptions.weeks_to_sql
    return unequal_screening(*screened, weeks, names=SIDES)


def _early_leads(leads: pd.DataFrame, units: pd.DataFrame) -> pd.DataFrame:
    """Return the leads that came to a unit in the weeks its first SQL is waited for."""
    place = place_of(leads, units)
    leads, start = leads[place >= 0], units["starts_on"].to_numpy()[place[place >= 0]]
    return leads[leads["lead_at"] < start + FIRST_WEEKS * _WEEK]


def _weeks(tables: ClinicData, units: pd.DataFrame) -> pd.DataFrame:
    """Return each unit's clinic, its weeks to its first SQL or the end, and whether it came."""
    end = tables.as_of + _DAY
    place = place_of(tables.leads, units)
    first = tables.leads["sql_at"][place >= 0].groupby(place[place >= 0]).min()
    first = first.reindex(range(len(units))).set_axis(units.index)
    waited = (first.fillna(end) - units["starts_on"]) / _WEEK
    waits = {"clinic": units["clinic"], "weeks": waited.clip(lower=0), "event": first.notna()}
    return pd.DataFrame(waits)
