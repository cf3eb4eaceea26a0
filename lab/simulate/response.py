"""How many leads a week each unit brings: ramp, decay after the stop, season, noise."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
import pandas as pd

from lab.simulate.units import clinics, units
from lab.simulate.world import World

_WEEKS_A_YEAR = 365.25 / 7
#: Draws behind the mean volume of a world, and their seed.
_REFERENCE = (400, 20260630)


def weekly_leads(
    world: World, done: pd.DataFrame, places: pd.DataFrame, *, weeks: int
) -> np.ndarray:
    """Return the mean leads of each unit in each week, without the weeks' noise.

    Parameters
    ----------
    done, places : DataFrame
        From `lab.simulate.units.units` and ``clinics``.
    weeks : int
        Weeks from the world's start.

    Returns
    -------
    ndarray of shape (units, weeks)
    """
    week = np.arange(weeks)
    mean = shape(world, done, week) * _season(world, week)
    growth = places["growth"].to_numpy()[done["clinic"]]
    size = places["leads_a_week"].to_numpy()[done["clinic"]] / _mean_leads_a_week(world)
    return mean * size[:, None] * np.exp(growth[:, None] * week / _WEEKS_A_YEAR)


def noise(world: World, rng: np.random.Generator, *, weeks: int) -> np.ndarray:
    """Return AR(1) lognormal factors of mean 1, shared by the units of a clinic and week.

    Returns
    -------
    ndarray of shape (clinics, weeks)
    """
    r, sd = world.week_autocorrelation, world.week_sd
    shocks = rng.normal(0, sd * np.sqrt(1 - r**2), (world.clinics, weeks))
    shocks[:, 0] = rng.normal(0, sd, world.clinics)
    for week in range(1, weeks):
        shocks[:, week] += r * shocks[:, week - 1]
    return np.exp(shocks - sd**2 / 2)


def paused(world: World, week: np.ndarray) -> dict[str, np.ndarray]:
    """Return, for each always-on channel, weeks since its spend paused (0 while it is paid)."""
    return {item.channel: _since_pause(item.pauses, week) for item in world.always_on}


def _since_pause(pauses: tuple[tuple[int, int], ...], week: np.ndarray) -> np.ndarray:
    since = np.zeros(len(week))
    for first, end in pauses:
        since = np.where((week >= first) & (week < end), week + 0.5 - first, since)
    return since


def shape(world: World, done: pd.DataFrame, week: np.ndarray) -> np.ndarray:
    """Return level x ramp x growth with age x decay after the stop, a (units, weeks) array."""
    column = {name: done[name].to_numpy()[:, None] for name in _NUMBERS}
    middle = week + 0.5
    age = np.clip(np.minimum(middle, column["end"]) - column["start"], 0, None)
    since = np.clip(middle - column["end"], 0, None)
    always_on = (done["kind"] == "always_on").to_numpy()
    for channel, weeks in paused(world, week).items():
        since[always_on & (done["channel"] == channel).to_numpy()] = weeks
    lasting = np.exp2(-since / column["half_life"])
    ramped = np.where(column["ramp"] > 0, -np.expm1(-age / np.fmax(column["ramp"], 1e-9)), 1.0)
    aging = np.exp(column["slope"] * age / _WEEKS_A_YEAR) * _stale(world, column["stale"], age)
    return column["level"] * ramped * aging * lasting * (week >= column["start"])


_NUMBERS = ("level", "start", "end", "half_life", "ramp", "slope", "stale")


def _stale(world: World, half_life: np.ndarray, age: np.ndarray) -> np.ndarray:
    return np.exp2(-np.clip(age - world.asset_stale_after_weeks, 0, None) / half_life)


def _season(world: World, week: np.ndarray) -> np.ndarray:
    """Return the factor of each week: January high, December low, holiday weeks lower."""
    days = pd.Timestamp(world.start) + pd.to_timedelta(week * 7 + 3, unit="D")
    wave = 1 + world.season_amplitude * (1 - 2 * days.day_of_year.to_numpy() / 366)
    holiday = _holiday(days)
    return np.where(holiday, wave * world.holiday_factor, wave)


def _holiday(days: pd.DatetimeIndex) -> np.ndarray:
    """Return whether each week holds Thanksgiving, Christmas, or the Fourth of July."""
    thanksgiving = (days.month == 11) & (days.day >= 22) & (days.day <= 28)
    christmas = (days.month == 12) & (days.day >= 22)
    fourth = (days.month == 7) & (days.day <= 7)
    return thanksgiving | christmas | fourth


@lru_cache(maxsize=256)
def _mean_leads_a_week(world: World) -> float:
    """Return what a clinic's units bring in a mean week before scaling to its size."""
    count, seed = _REFERENCE
    rng = np.random.default_rng(seed)
    many = replace(world, clinics=count)
    week = np.arange(world.weeks)
    places, done = clinics(many, rng), units(many, rng)
    growth = places["growth"].to_numpy()[done["clinic"]][:, None] * week / _WEEKS_A_YEAR
    mean = shape(many, done, week) * _season(world, week) * np.exp(growth)
    return float(mean.sum() / count / world.weeks)
