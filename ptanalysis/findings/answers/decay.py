"""What is said of decay: what is left after a stop, how assets start, last and grow."""

from __future__ import annotations

import pandas as pd

from ptanalysis.dataset import ClinicData
from ptanalysis.findings import numbers, phrases, words
from ptanalysis.metrics import decay
from ptanalysis.stats.estimate import Estimate

_SIDES = ("inbound", "outbound")


def short(tables: ClinicData) -> str:
    """Return the short answer: what outlasts a stop, and how inbound starts and grows."""
    left = persistence(tables)
    told = [_left(*each) for each in left.items() if _closed(each[1])]
    untold = [_untold(*each) for each in left.items() if not _closed(each[1])]
    return " ".join(
        [
            f"**Left of the lift 5 to 12 weeks after a stop: {_listed(told)}**"
            f" ({words.as_of(tables.as_of)}).",
            *untold,
            first(decay.first_sql_difference(tables)),
            grown(decay.growth(tables)),
        ]
    )


def _listed(shares: list[str]) -> str:
    return words.listed(shares or ["not known"])


def persistence(tables: ClinicData) -> dict[str, Estimate]:
    """Return the persistence of each side."""
    return {side: decay.persistence(tables, side) for side in _SIDES}


def stops(tables: ClinicData) -> str:
    """Return what the record can show: how many campaigns and assets stopped long enough ago."""
    counts, always_on = decay.identification(tables), _always_on(tables)
    if counts.empty:
        nothing = "No campaign or asset is on record with its dates, so decay cannot be told"
        return f"{nothing} by their stops. {always_on}".strip()
    shown = [
        f"{side}: {counts.loc[side, 'stopped']:,} stopped at least 12 weeks ago,"
        f" {counts.loc[side, 'recent']:,} too recently, {counts.loc[side, 'running']:,} still run"
        for side in _SIDES
        if side in counts.index
    ]
    return f"{'; '.join(shown).capitalize()}. {always_on}".strip()


def _always_on(tables: ClinicData) -> str:
    """Return which channels' spend outside campaigns never paused, and what would tell more."""
    found = decay.pauses(tables)
    never = found[found["pauses"] == 0]
    if never.empty:
        return ""
    listed = words.listed(
        [
            f"{words.channel(row.channel)} (longest gap {numbers.number(row.longest, 'weeks')})"
            for row in never.itertuples()
        ]
    )
    return (
        f"Spend never paused for {decay.PAUSE_WEEKS} weeks in {listed}: decay is"
        " not identified there, and no channel is ranked by a fit to always-on spend. Pause one for"
        " a quarter to learn what is left."
    )


def weeks(tables: ClinicData) -> pd.DataFrame:
    """Return the weekly response around the stop of both sides, one under the other."""
    return pd.concat([decay.after_stop(tables, side) for side in _SIDES], ignore_index=True)


def half_lives(tables: ClinicData) -> list[Estimate]:
    """Return the half-life of each side after the stop."""
    return [decay.half_life(tables, side) for side in _SIDES]


def first(difference: Estimate) -> str:
    """Return what the difference in time to the first SQL says."""
    return (
        phrases.compared(
            difference,
            0,
            above="Inbound takes longer to its first SQL than outbound",
            below="Outbound takes longer to its first SQL than inbound",
            unclear="No clear difference in time to the first SQL, inbound less outbound",
            unknown="Time to the first SQL cannot be compared",
        )
        + "."
    )


def grown(growth: Estimate) -> str:
    """Return what the growth of assets with age says."""
    return (
        phrases.compared(
            growth,
            1,
            above="Inbound assets grow, months 7 to 12 over months 1 to 6",
            below="Inbound assets fade, months 7 to 12 over months 1 to 6",
            unclear="Whether inbound assets grow is open, months 7 to 12 over months 1 to 6",
            unknown="Whether inbound assets grow cannot be told",
        )
        + "."
    )


def _left(side: str, persistence: Estimate) -> str:
    behind = words.count(persistence.n, "stopped campaigns")
    return f"{side} {phrases.percent(persistence, behind=behind)}"


def _untold(side: str, persistence: Estimate) -> str:
    return f"{side.capitalize()}: {phrases.remark(persistence)}."


def _closed(persistence: Estimate) -> bool:
    return persistence.ci_low is not None and persistence.ci_high is not None
