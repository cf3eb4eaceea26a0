"""Fieller's interval for a ratio of two means over the same clusters."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
from scipy import stats


@dataclass(frozen=True)
class FiellerResult:
    """A ratio, the set of values that fit the data, and the test of one of them.

    Attributes
    ----------
    value : float or None
        Ratio of the sums; None where the denominators sum to zero.
    low, high : float or None
        Both None when the set is unbounded; `reason` then says why.
    p_value : float or None
        Two-sided, of the null asked for; exact under normality even when the set is unbounded.
    bounded : bool
    df, clusters : int
        Degrees of freedom and number of clusters.
    reason : str
    """

    value: float | None
    low: float | None
    high: float | None
    p_value: float | None
    bounded: bool
    df: int
    clusters: int
    reason: str = ""


def fieller(numerator, denominator, *, null=None, confidence_level: float = 0.95) -> FiellerResult:
    """Return the ratio of means over clusters with Fieller's t interval.

    The set holds every ratio rho for which the mean of ``numerator - rho * denominator`` is not
    told from zero by Student's t.

    Parameters
    ----------
    numerator, denominator : array_like, shape (M,)
        One pair a cluster, in one unit.
    null : float, optional
        Ratio to test.
    confidence_level : float

    Returns
    -------
    FiellerResult
        The set is bounded only if the mean denominator itself is told from zero.

    Raises
    ------
    ValueError
        Fewer than two clusters.

    Notes
    -----
    Assumes independent clusters and near-normal means of ``numerator - rho * denominator``.

    References
    ----------
    Fieller (1954), J. R. Stat. Soc. B 16:175; Finney (1964), Statistical Method in Biological
    Assay, chapter 2.

    Examples
    --------
    >>> found = fieller([1.0, 2.0, 1.5, 1.5], [5.0, 6.0, 7.0, 6.0], null=0.5)
    >>> round(found.value, 3), round(found.low, 3), round(found.high, 3), found.bounded
    (0.25, 0.154, 0.346, True)
    """
    x, y = np.asarray(numerator, dtype=float), np.asarray(denominator, dtype=float)
    clusters = len(x)
    if clusters < 2:
        raise ValueError("Fieller's interval needs at least 2 clusters")
    low, high = _ends(x, y, stats.t.ppf((1 + confidence_level) / 2, clusters - 1))
    bounded = low is not None
    return FiellerResult(
        value=float(x.sum() / y.sum()) if y.sum() != 0 else None,
        low=low,
        high=high,
        p_value=None if null is None else _p_value(x - null * y),
        bounded=bounded,
        df=clusters - 1,
        clusters=clusters,
        reason="" if bounded else "the denominator is not told from zero: the ratio is unbounded",
    )


def _ends(x, y, t: float) -> tuple[float | None, float | None]:
    """Return the roots in rho of mean(x - rho y)^2 = t^2 var(x - rho y) / M, or None twice."""
    (v_x, cov), (_, v_y) = np.cov(x, y) * t**2 / len(x)
    a, b, c = y.mean() ** 2 - v_y, x.mean() * y.mean() - cov, x.mean() ** 2 - v_x
    if a <= 0:
        return None, None
    root = sqrt(max(b**2 - a * c, 0.0))
    return float((b - root) / a), float((b + root) / a)


def _p_value(differences) -> float:
    """Return the two-sided p of a mean of zero."""
    spread = differences.std(ddof=1) / sqrt(len(differences))
    if spread == 0:
        return float(differences.mean() == 0)
    return float(2 * stats.t.sf(abs(differences.mean()) / spread, len(differences) - 1))
