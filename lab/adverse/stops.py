"""Campaigns that stopped, of any mix of those that died and those that went on."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ptanalysis.stats import share_left
from ptanalysis.stats.share_left_interval import weekly_dispersion

#: Weeks before, during and after.
WEEKS = (12, 8, 8)


def _large_go_on(rng, lift: np.ndarray) -> np.ndarray:
    return np.where(lift > np.median(lift), 0.5, 0.0)


#: What each campaign keeps, given its leads a week.
KEPT = {
    "all stop at once": lambda rng, lift: np.zeros(len(lift)),
    "four in five stop at once, one keeps 80%": lambda rng, lift: rng.choice(
        [0.0, 0.8], len(lift), p=[0.8, 0.2]
    ),
    "half dead, half evergreen": lambda rng, lift: rng.choice([0.0, 1.0], len(lift)),
    "beta(.5, 1.5)": lambda rng, lift: rng.beta(0.5, 1.5, len(lift)),
    "on the line": lambda rng, lift: np.full(len(lift), 0.25),
    "large ones keep half": _large_go_on,
    "none decays": lambda rng, lift: np.ones(len(lift)),
}


def drawn_stops(
    kept: str, campaigns: int, rng, *, lift: float = 4.0, base: float = 1.0
) -> tuple[list[np.ndarray], float]:
    """Return weekly counts before, during and after, and the true share these campaigns keep.

    Counts are negative binomial (k = 8) about a rate with a weekly correlation of .3.

    Examples
    --------
    >>> windows, share = drawn_stops("all stop at once", 5, np.random.default_rng(1))
    >>> [window.shape for window in windows], share
    ([(5, 12), (5, 8), (5, 8)], 0.0)
    """
    lifts = lift * rng.lognormal(-0.18, 0.6, campaigns)
    kept_by = KEPT[kept](rng, lifts)
    rates = np.c_[np.full(campaigns, base), base + lifts, base + kept_by * lifts]
    state = rng.normal(size=(campaigns, sum(WEEKS)))
    for week in range(1, sum(WEEKS)):
        state[:, week] = 0.3 * state[:, week - 1] + np.sqrt(0.91) * state[:, week]
    noise = np.exp(0.25 * state - 0.03125) * rng.gamma(8, 1 / 8, state.shape)
    counts = rng.poisson(np.repeat(rates, WEEKS, axis=1) * noise).astype(float)
    return np.split(counts, np.cumsum(WEEKS)[:2], axis=1), float(kept_by @ lifts / lifts.sum())


def covered(kept: str, campaigns: int, draws: int, seed: int, **rates) -> pd.Series:
    """Return how often the interval holds what these campaigns keep, and is wrong of the line.

    ``others`` is the same for the wider interval and what endless campaigns like these keep.
    """
    rng, endless = np.random.default_rng(seed), np.random.default_rng(0)
    lifts = endless.lognormal(-0.18, 0.6, 200_000)
    of_all = float(KEPT[kept](endless, lifts) @ lifts / lifts.sum())
    rows = [_asked(*drawn_stops(kept, campaigns, rng, **rates), of_all) for _ in range(draws)]
    return pd.DataFrame(rows, columns=["covered", "wrong", "others"]).mean() * 100


def _asked(windows, share: float, of_all: float) -> tuple[bool, bool, bool]:
    counts = np.column_stack([window.sum(axis=1) for window in windows])
    weeks = np.tile(WEEKS, (len(counts), 1))
    own = {"dispersion": weekly_dispersion(windows)}
    low, high = share_left(counts, weeks, **own).interval()
    wide = share_left(counts, weeks, of_others=True, **own).interval()
    wrong = (high < 0.25 <= share) or (low > 0.25 >= share)
    return low <= share <= high, wrong, wide[0] <= of_all <= wide[1]
