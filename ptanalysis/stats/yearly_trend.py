"""How much counts vary and grow: 4-week blocks about a log-linear line, with autocorrelation."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, sqrt

import numpy as np

from ptanalysis.stats.drift import ar1_inflation
from ptanalysis.stats.estimate import Estimate
from ptanalysis.stats.scales import Scaled

WEEKS_PER_BLOCK = 4
#: With fewer blocks than this, weeks are the units.
FEWEST_BLOCKS = 6
WEEKS_PER_YEAR = 365.25 / 7
FEWEST_TREND_WEEKS = 52
NO_SEASON = "a yearly trend needs 52 weeks of leads; before, a season looks like one"


def trend(weekly_counts, *, null: float = 1.0, confidence_level: float = 0.95) -> Estimate:
    """Return the ratio of lead rates a year apart under a steady growth.

    Parameters
    ----------
    weekly_counts : array_like of int, shape (T,)
        Leads a week, in the order of time; at least 52 weeks.
    null : float
        Ratio to test.
    confidence_level : float

    Returns
    -------
    Estimate
        Ratio per year; 1.2 is 20% more each year. The method names the autocorrelation found:
        at 0.7 and above the interval still covers only 92 to 94%.

    Notes
    -----
    Assumes log-linear growth, without a seasonal term. Under 52 weeks none is stated: from half a
    year a season of 28% would read as growth in one clinic of seven.

    References
    ----------
    McCullagh & Nelder (1989), section 6.2 (quasi-Poisson); Bayley & Hammersley (1946).

    Examples
    --------
    >>> growth = trend([10, 12, 9, 11] * 8 + [14, 12, 15, 13] * 8)
    >>> round(growth.value, 2), growth.ci_low < growth.value < growth.ci_high
    (1.36, True)
    """
    counts = checked(weekly_counts)
    blocks, weeks = blocks_of(counts)
    if len(counts) < FEWEST_TREND_WEEKS:
        return Estimate.not_identified(NO_SEASON, unit="ratio")
    if np.sum(blocks > 0) < 2:
        return Estimate.not_identified("a trend needs leads in two 4-week blocks", unit="ratio")
    found = _trend(blocks, weeks)
    return found.slope.estimate(
        unit="ratio",
        n=counts.sum(),
        null=null,
        confidence_level=confidence_level,
        method=f"quasi-Poisson t on 4-week blocks, autocorrelation {found.r:.2f}",
    )


def overdispersion(weekly_counts, running=None) -> tuple[float, float]:
    """Return how much more counts vary than Poisson's, and the degrees of freedom behind it.

    Parameters
    ----------
    weekly_counts : array_like of int, shape (T,)
        The whole history, in the order of time.
    running : array_like, shape (T,), optional
        Campaigns that ran in each week. What they bring by starting and ending is no noise.

    Returns
    -------
    phi : float
        Variance over mean of 4-week blocks about a log-linear trend (and a power of 1 + `running`),
        inflated for their autocorrelation; 1 or above. 1 where there are too few blocks, or fewer
        than three with leads, to tell.
    df : float
        Effective blocks less the terms of the line; infinite where there are too few.

    References
    ----------
    McCullagh & Nelder (1989), section 6.2.3: X2 over its degrees of freedom.

    Examples
    --------
    >>> phi, df = overdispersion([5, 9, 2, 11, 7, 1, 12, 6] * 8)
    >>> phi, round(df)
    (1.0, 14)
    """
    blocks, weeks = blocks_of(checked(weekly_counts))
    on = None if running is None else blocks_of(checked(running))[0] / weeks
    return overdispersion_of(blocks, weeks, on)


def overdispersion_of(blocks, weeks, running=None) -> tuple[float, float]:
    """Return `overdispersion` of counts of longer periods, such as months, with their weeks.

    Examples
    --------
    >>> phi, df = overdispersion_of(np.array([40.0, 12, 45, 9, 50, 14]), np.full(6, 4.0))
    >>> bool(phi > 5)
    True
    """
    # Two blocks with leads lie on a line: what is left over tells nothing.
    if len(blocks) < FEWEST_BLOCKS or np.sum(blocks > 0) < 3:
        return 1.0, inf
    line = _trend(blocks, weeks, running)
    return max(line.dispersion, 1.0), line.slope.df


@dataclass(frozen=True)
class _Trend:
    slope: Scaled
    r: float
    dispersion: float


def _trend(blocks, weeks, running=None) -> _Trend:
    """Return the log growth a year of block counts, with weeks as exposure."""
    years = (np.cumsum(weeks) - weeks / 2) / WEEKS_PER_YEAR
    terms = [np.ones(len(blocks)), years - years.mean()]
    if running is not None and np.ptp(running) > 0:
        terms.append(np.log1p(running))
    design = np.column_stack(terms)
    line, expected = _poisson_line(blocks, design, weeks)
    residuals = (blocks - expected) / np.sqrt(expected)
    dispersion = np.sum(residuals**2) / (len(blocks) - len(terms))
    inflation, effective = ar1_inflation(residuals)
    variance = dispersion * inflation * np.linalg.inv(design.T * expected @ design)[1, 1]
    slope = Scaled(
        float(line[1]), sqrt(variance), max(effective - len(terms), 1), len(blocks), "log"
    )
    return _Trend(slope, (inflation - 1) / (inflation + 1), dispersion * inflation)


def _poisson_line(blocks, design, weeks) -> tuple[np.ndarray, np.ndarray]:
    """Return the log-linear Poisson fit and its expected counts, by Newton's method.

    Own, because statsmodels' GLM raises on counts without residuals (a constant series).
    """
    line = np.linalg.lstsq(design, np.log((blocks + 0.5) / weeks), rcond=None)[0]
    for _ in range(30):
        expected = weeks * np.exp(design @ line)
        step = np.linalg.solve(design.T * expected @ design, design.T @ (blocks - expected))
        line = line + np.clip(step, -2, 2)
    return line, weeks * np.exp(design @ line)


def checked(weekly) -> np.ndarray:
    """Return the counts, or raise ValueError."""
    counts = np.asarray(weekly, dtype=float)
    if len(counts) == 0 or not (counts >= 0).all():
        raise ValueError("weekly counts must be 0 or above, at least one week")
    return counts


def blocks_of(counts) -> tuple[np.ndarray, np.ndarray]:
    """Return counts and weeks a block; the odd weeks at the start join the first."""
    size = WEEKS_PER_BLOCK if len(counts) >= FEWEST_BLOCKS * WEEKS_PER_BLOCK else 1
    starts = np.r_[0, np.arange(len(counts) % size + size, len(counts), size)]
    return np.add.reduceat(counts, starts), np.diff(np.r_[starts, len(counts)]).astype(float)
