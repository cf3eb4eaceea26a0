"""Intervals of decay and growth, from the tables of `unit_tables` or a part of them."""

from __future__ import annotations

import pandas as pd

from ptanalysis.metrics.decay.asset_growth import averaged
from ptanalysis.metrics.decay.campaign_stops import (
    Arm,
    arm_of,
    difference_of,
    no_stop,
    persistence_of,
)
from ptanalysis.metrics.decay.first_sql import difference_of as first_sql_of
from ptanalysis.metrics.decay.half_lives import half_life_of
from ptanalysis.metrics.decay.response_windows import STATES, left_out
from ptanalysis.metrics.decay.unit_tables import KNOWN, MONTHS, SIDES
from ptanalysis.stats.estimates_frame import Estimates

#: Months of age, the last not included, of each ratio: the later and the earlier.
SPANS = {"growth": ((6, 12), (0, 6)), "lasting": ((6, 12), (2, 6))}
_WINDOWS = ("before", "during", "after")


class DecayError(ValueError):
    """A frame that cannot be used; the message says which can."""


def persistence(stops: pd.DataFrame, *, confidence_level: float = 0.95) -> Estimates:
    """Return each side's leads above baseline after the stop, as a share of those during.

    Parameters
    ----------
    stops : DataFrame
        From `ptanalysis.stops`, or a part of it.
    confidence_level : float

    Returns
    -------
    Estimates
        A row a side (0 ends at once, 1 does not decay) and their difference in points. ``n`` is the
        campaigns that stopped; not identified where none (or one) did.

    Notes
    -----
    A campaign's lift is its leads a week during or after, less those a week before it began; the
    estimate is the ratio of the sums of lifts. See `ptanalysis.metrics.decay.persistence`.
    """
    arms = {side: _arm(stops, side) for side in SIDES}
    test = {"confidence_level": confidence_level}
    sides = [persistence_of(arm, side, null=0.25, **test) for side, arm in arms.items()]
    return Estimates.of([*sides, difference_of(arms, null=0.0, **test)])


def half_life(weekly: pd.DataFrame, *, confidence_level: float = 0.95) -> Estimates:
    """Return the weeks until each side's response above baseline has halved; a description only.

    Parameters
    ----------
    weekly : DataFrame
        From ``ptanalysis.stops(clinic, weekly=True)``, or a part of it.
    confidence_level : float
    """
    unseen = _known(weekly)["unseen"]
    found = [
        half_life_of(
            _mean_week(weekly[weekly["direction"] == side]),
            side,
            unseen=left_out(unseen.get(side, 0)),
            confidence_level=confidence_level,
        )
        for side in SIDES
    ]
    return Estimates.of(found)


def growth(
    assets: pd.DataFrame, others: pd.DataFrame, *, confidence_level: float = 0.95
) -> Estimates:
    """Return an asset's leads a month in months 7-12 over those in months 1-6, and in months 3-6.

    Parameters
    ----------
    assets : DataFrame
        From `ptanalysis.assets`, or a part of it; those 12 months old count.
    others : DataFrame
        Leads (clinic, lead_at) that show how the clinic as a whole changed in the same months:
        those on neither side.
    confidence_level : float

    Returns
    -------
    Estimates
        growth and lasting, ratios; see `ptanalysis.metrics.decay.growth`.
    """
    old = assets[assets[MONTHS].notna()]
    known, nulls = _known(assets), {"growth": 1.0, "lasting": 0.8}
    found = [
        averaged(
            old,
            [old[list(range(first + 1, last + 1))].sum(axis=1) for first, last in spans],
            others,
            spans,
            unseen=known["unseen"],
            null=nulls[name],
            confidence_level=confidence_level,
        ).labelled(name, "decay", "inbound")
        for name, spans in SPANS.items()
    ]
    return Estimates.of(found)


def first_sql(waits: pd.DataFrame, *, confidence_level: float = 0.95) -> Estimates:
    """Return inbound less outbound mean weeks to the first SQL, waiting at most 26 weeks.

    Parameters
    ----------
    waits : DataFrame
        From `ptanalysis.waits`, or a part of it.
    confidence_level : float
    """
    sides = [waits[waits["direction"] == side] for side in SIDES]
    test = {"null": 0.0, "confidence_level": confidence_level}
    return Estimates.of([first_sql_of(*sides, **_known(waits), **test)])


def _arm(stops: pd.DataFrame, side: str) -> Arm:
    known, own = _known(stops), stops[stops["direction"] == side].reset_index(drop=True)
    states = pd.DataFrame.from_dict(known["states"], orient="index", columns=list(STATES))
    unseen = known["unseen"].get(side, 0)
    counts, weeks = (
        own[[f"{kind}_{name}" for name in _WINDOWS]].set_axis(_WINDOWS, axis="columns")
        for kind in ("leads", "weeks")
    )
    none = no_stop(states, side, len(own), unseen)
    return arm_of(counts, weeks, clinics=own["clinic"], unseen=unseen, none=none)


def _mean_week(weekly: pd.DataFrame) -> pd.DataFrame:
    return weekly.groupby("week", as_index=False).agg(
        leads=("leads", "mean"), campaigns=("leads", "size")
    )


def _known(frame: pd.DataFrame) -> dict:
    if KNOWN not in frame.attrs:
        raise DecayError(
            "this frame no longer knows its clinic: filter what pt.stops, pt.assets or pt.waits"
            " returned"
        )
    return frame.attrs[KNOWN]
