"""MOVER: the interval of a difference from those of its parts; tests dual to intervals."""

from __future__ import annotations

from collections.abc import Callable
from math import hypot

from scipy.optimize import brentq

from ptanalysis.stats.estimate import Estimate

#: Stands for an open end inside a search.
_FAR = 1e9


def mover(a: Estimate, b: Estimate) -> tuple[float | None, float | None]:
    """Return the interval of `a` less `b` by the method of variance estimates recovery.

    Parameters
    ----------
    a, b : Estimate
        Independent, in one unit, at one confidence level.

    Returns
    -------
    (low, high) : float or None
        None where the end it rests on is open.

    References
    ----------
    Zou & Donner (2008), Stat. Med. 27:1693; Newcombe (1998), Stat. Med. 17:873, method 10.

    Examples
    --------
    >>> a = Estimate(value=.5, ci_low=.4, ci_high=.6, unit="share", n=90, method="Wilson")
    >>> b = Estimate(value=.2, ci_low=.1, ci_high=.4, unit="share", n=40, method="Wilson")
    >>> [round(end, 3) for end in mover(a, b)]
    [0.076, 0.441]
    """
    if not (a.known and b.known):
        return None, None
    low = _end(a.value - b.value, a.ci_low, a.value, b.ci_high, b.value, sign=-1)
    high = _end(a.value - b.value, a.ci_high, a.value, b.ci_low, b.value, sign=1)
    return low, high


def _end(centre: float, end_a, a, end_b, b, *, sign: int) -> float | None:
    """Return the centre less or plus the root of the squared half-widths."""
    if end_a is None or end_b is None:
        return None
    return centre + sign * hypot(end_a - a, end_b - b)


def dual_p_value(interval: Callable, null: float) -> float:
    """Return the p at which `null` lies on the border of ``interval(confidence_level)``.

    Parameters
    ----------
    interval : callable
        Takes a confidence level and returns (low, high); wider for higher levels.
    null : float

    Examples
    --------
    >>> round(dual_p_value(lambda level: (1 - 2 * level, 1 + 2 * level), 0.0), 3)
    0.5
    """

    def outside(level: float) -> float:
        ends = zip((-_FAR, _FAR), interval(level), strict=True)
        low, high = (far if end is None else end for far, end in ends)
        return max(low - null, null - high)

    least, most = 1e-9, 1 - 1e-12
    if outside(least) <= 0:
        return 1.0
    return 1 - most if outside(most) > 0 else 1 - brentq(outside, least, most)
