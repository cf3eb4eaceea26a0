"""What the data could have shown, and how much more would: beside every "cannot tell"."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, exp, log

from scipy import stats
from scipy.optimize import brentq

from ptanalysis.stats.estimate import Estimate
from ptanalysis.stats.scales import Scaled

#: More than so many times the data of today, or so many weeks more, are out of a clinic's reach.
MOST_TIMES, MOST_WEEKS = 5.0, 156


@dataclass(frozen=True)
class MoreNeeded:
    """How much more of the same would show an effect of the margin, 4 times in 5.

    Attributes
    ----------
    times : float or None
        All data over today's, 1 or above; None above 5, or above 156 weeks more.
    clusters, n : int or None
        Clusters and units (leads, events) beyond today's.
    """

    times: float | None
    clusters: int | None
    n: int | None


def mde(scaled: Scaled | Estimate, *, power: float = 0.8, alpha: float = 0.05) -> float:
    """Return the smallest effect that the data would have shown with this `power`.

    Parameters
    ----------
    scaled : Scaled or Estimate
        With a finite standard error.
    power, alpha : float
        Of the two-sided test.

    Returns
    -------
    float
        On a log scale a ratio above 1 (its inverse in the other direction), else a difference in
        the estimate's unit.

    References
    ----------
    Bloom (1995), Evaluation Review 19:547, with t quantiles in place of 2.8.

    Examples
    --------
    >>> round(mde(Scaled(0.1, 0.2, 1000, 1001, "log")), 2)
    1.75
    """
    found = _scaled(scaled)
    effect = detected(found.df, alpha, power) * found.se
    return exp(effect) if _ratio(found) else float(effect)


def detected(df: float, alpha: float = 0.05, power: float = 0.8) -> float:
    """Return the effect, in standard errors, that a two-sided t test finds with this power."""
    return float(stats.t.isf(alpha / 2, df) + stats.t.ppf(power, df))


def more_needed(
    scaled: Scaled | Estimate,
    margin: float,
    *,
    n: float | None = None,
    weeks: float = 0.0,
    power: float = 0.8,
    alpha: float = 0.05,
) -> MoreNeeded:
    """Return how many more clusters and leads would show an effect of `margin` with this `power`.

    Parameters
    ----------
    scaled : Scaled or Estimate
    margin : float
        Smallest effect that matters: a ratio above 1 on a log scale, else a difference above 0.
    n : float, optional
        Units behind it; an Estimate brings its own.
    weeks : float
        That today's data cover; where given, what takes over 156 weeks more is out of reach too.
    power, alpha : float
        Of the two-sided test.

    Returns
    -------
    MoreNeeded
        Zero when the data would have shown it already; all None where it is out of reach.

    Notes
    -----
    Assumes that more of the same comes at today's spread: the standard error falls with the root
    of the data, the degrees of freedom grow with them.

    References
    ----------
    Bloom (1995), as `mde`. At a half-width equal to the margin the power is only one half.

    Examples
    --------
    >>> more_needed(Scaled(0.1, 0.15, 1000, 20, "log"), 1.25, n=100).n
    255
    """
    found, n = _scaled(scaled), scaled.n if isinstance(scaled, Estimate) else n
    target = _margin(found, margin)

    def excess(times: float) -> float:
        return detected(found.df * times, alpha, power) * found.se / times**0.5 - target

    if excess(1) <= 0:
        return MoreNeeded(1.0, 0, 0)
    most = min(MOST_TIMES, 1 + MOST_WEEKS / weeks) if weeks else MOST_TIMES
    if excess(most) > 0:
        return MoreNeeded(None, None, None)
    times = brentq(excess, 1, most)
    more = [None if not size else ceil(size * (times - 1)) for size in (found.clusters, n)]
    return MoreNeeded(float(times), *more)


def _scaled(found: Scaled | Estimate) -> Scaled:
    return Scaled.of(found) if isinstance(found, Estimate) else found


def _ratio(found: Scaled) -> bool:
    return found.scale in ("log", "log1p")


def _margin(found: Scaled, margin: float) -> float:
    """Return the margin as a distance from no effect on the scale, or raise ValueError."""
    if margin <= (1 if _ratio(found) else 0):
        raise ValueError("a margin is a ratio above 1, or a difference above 0")
    return log(margin) if _ratio(found) else margin
