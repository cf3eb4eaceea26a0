"""The engine: leave-one-cluster-out jackknife with t quantiles, and contrasts of its results.

The cluster is what could have come out differently as a whole: a campaign or asset, a clinic, or a
4-week block of an always-on channel. Intervals that treat leads as independent cover 62 to 93%.
"""

from __future__ import annotations

from math import inf, isfinite, sqrt

import numpy as np

from ptanalysis.stats.drift import mean_share, spread_of, variance
from ptanalysis.stats.scales import Scaled, to_scale


def jackknife(numerator, denominator, *, scale: str = "log", names=None) -> Scaled:
    """Return the ratio of two totals with a leave-one-cluster-out standard error.

    Parameters
    ----------
    numerator, denominator : array_like, shape (K,)
        One value a cluster, in any unit (dollars, leads); clusters that hold neither are dropped.
    scale : {"log", "identity", "log1p", "cloglog"}
        Where the t interval is taken: log for ratios of money and counts, identity for shares
        that will be subtracted.
    names : array_like of str, shape (K,), optional
        The clusters, as `ptanalysis.stats.cluster_labels` names them: 4-week blocks of a channel
        are correlated with their neighbors.

    Returns
    -------
    Scaled
        df is the effective number of clusters less 1 (see `ptanalysis.stats.drift`). The standard
        error is infinite with one cluster, or where leaving one out leaves nothing.

    References
    ----------
    Tukey (1958), Ann. Math. Stat. 29:614; Efron & Stein (1981), Ann. Stat. 9:586.

    Examples
    --------
    >>> shares = jackknife([2, 4, 3], [10, 10, 10], scale="identity")
    >>> round(shares.value, 3), round(shares.se, 4), shares.df
    (0.3, 0.0577, 2.0)
    """
    return jackknife_product((numerator, denominator), scale=scale, names=names)


def jackknife_product(*pairs, scale: str = "log", names=None) -> Scaled:
    """Return the product of ratios of totals, each cluster left out of all of them at once.

    Parameters
    ----------
    *pairs : (array_like, array_like), shape (K,) each
        Numerator and denominator of each ratio, one value a cluster.
    scale, names
        As in `jackknife`.

    References
    ----------
    Tukey (1958), Ann. Math. Stat. 29:614.

    Examples
    --------
    >>> alike = jackknife_product(([8, 9, 8], [2, 4, 3]), ([5, 6, 5], [5, 6, 5]))
    >>> round(alike.point, 2) == round(jackknife([8, 9, 8], [2, 4, 3]).point, 2)
    True
    """
    columns, held = _held(*(column for pair in pairs for column in pair))
    names = None if names is None else np.asarray(names, dtype=object)[held]
    return jackknife_values(
        _product(columns, scale), scale, weights=_weights(columns, scale), names=names
    )


def _product(columns: list[np.ndarray], scale: str) -> np.ndarray:
    """Return the product of columns 0/1, 2/3 and so on of the whole, then without each cluster."""
    totals = [np.r_[column.sum(), column.sum() - column] for column in columns]
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.prod([a / b for a, b in zip(totals[::2], totals[1::2], strict=True)], axis=0)
    return to_scale(value, scale)


def contrast(a: Scaled, b: Scaled, *, df: str = "welch") -> Scaled:
    """Return `a` less `b` on their scale: a difference, or on the log scale a ratio.

    Parameters
    ----------
    a, b : Scaled
        Independent arms on one scale, ``"identity"``, ``"log"`` or ``"log1p"``; the contrast of
        two log1p values (ROI) is the log ratio of 1 + ROI.
    df : {"welch", "min"}
        Welch-Satterthwaite, or the smaller of the two. 4-week blocks are dropped from both arms at
        once: what a season does to both is in neither's favor.

    Raises
    ------
    ValueError
        The scales differ or cannot be subtracted.

    References
    ----------
    Welch (1947), Biometrika 34:28; Satterthwaite (1946), Biometrics Bull. 2:110.

    Examples
    --------
    >>> ratio = contrast(Scaled(1.0, 0.3, 5, 6, "log"), Scaled(0.5, 0.4, 11, 12, "log"))
    >>> round(ratio.value, 2), round(ratio.se, 2), round(ratio.df, 1)
    (0.5, 0.5, 15.8)
    """
    if a.scale != b.scale or a.scale == "cloglog":
        raise ValueError("both arms must be on one scale: identity, log or log1p")
    if not (a.bounded and b.bounded):
        return Scaled(_less(a.value, b.value), inf, 1, a.clusters + b.clusters, _between(a.scale))
    total, welch = _apart(a, b)
    freedom = min(a.df, b.df) if df == "min" else welch
    return Scaled(
        a.value - b.value, sqrt(total), freedom, a.clusters + b.clusters, _between(a.scale)
    )


def _apart(a: Scaled, b: Scaled) -> tuple[float, float]:
    """Return the variance of a less b and its degrees of freedom."""
    if a.spread is not None and b.spread is not None:
        return variance(a.spread, b.spread)
    v_a, v_b = a.se**2, b.se**2
    total = v_a + v_b
    known = v_a**2 / a.df + v_b**2 / b.df
    return total, total**2 / known if known > 0 else inf


def jackknife_paired(num_a, den_a, num_b, den_b, *, scale: str = "log") -> Scaled:
    """Return arm a less arm b when the same clusters stand in both, dropped from both at once.

    Parameters
    ----------
    num_a, den_a, num_b, den_b : array_like, shape (K,)
        Numerator and denominator of each arm in cluster k.
    scale : {"log", "identity"}
        Log gives the ratio of the two ratios, identity their difference.

    Returns
    -------
    Scaled
        df is the effective number of clusters less 1.

    Notes
    -----
    Assumes that clusters are independent.

    References
    ----------
    Tukey (1958), Ann. Math. Stat. 29:614.

    Examples
    --------
    >>> same = jackknife_paired([2, 4, 3], [9, 10, 8], [2, 4, 3], [9, 10, 8])
    >>> same.value, same.se
    (0.0, 0.0)
    """
    return jackknife_paired_products([(num_a, den_a)], [(num_b, den_b)], scale=scale)


def jackknife_paired_products(a: list, b: list, *, scale: str = "log") -> Scaled:
    """Return `jackknife_paired` of two products of ratios, each as `jackknife_product` takes it."""
    columns, _ = _held(*(column for pair in (*a, *b) for column in pair))
    split = 2 * len(a)
    with np.errstate(invalid="ignore"):
        values = _product(columns[:split], scale) - _product(columns[split:], scale)
    return jackknife_values(values, scale, weights=_weights(columns, scale))


def jackknife_values(values, scale: str, *, weights=None, names=None) -> Scaled:
    """Return the jackknife of values on `scale`: first the whole, then each cluster left out.

    Parameters
    ----------
    values : array_like, shape (1 + K,)
    scale : str
    weights, names : array_like, shape (K,), optional
        Size and name of each cluster, see `ptanalysis.stats.drift.spread_of`.

    Examples
    --------
    >>> jackknife_values([2.0, 1.0, 2.0, 3.0], "identity").se
    1.1547005383792515
    """
    whole, left_out = float(values[0]), values[1:]
    left_out = np.asarray(left_out, dtype=float)
    k = len(left_out)
    if k < 2 or not np.isfinite([whole, *left_out]).all():
        return Scaled(whole, inf, max(k - 1, 1), k, scale)
    spread = spread_of(left_out - left_out.mean(), weights, names)
    total, df = variance(spread)
    if not isfinite(total):
        return Scaled(whole, inf, 1, k, scale)
    return Scaled(whole, sqrt(total), df, k, scale, spread)


def _weights(columns: list[np.ndarray], scale: str) -> np.ndarray:
    """Return the size of each cluster: of a share its leads, of a ratio of sums both."""
    return mean_share(*(columns[1::2] if scale in ("identity", "cloglog") else columns))


def _held(*columns) -> tuple[list[np.ndarray], np.ndarray]:
    """Return the columns without the clusters where all are zero, and which are left."""
    table = np.array([np.asarray(column, dtype=float) for column in columns])
    held = (table != 0).any(axis=0)
    return list(table[:, held]), held


def _less(a: float, b: float) -> float:
    """Return a - b, NaN (and no warning) for two infinities."""
    return float(np.subtract(a, b)) if np.isfinite([a, b]).any() else float("nan")


def _between(scale: str) -> str:
    """Return the scale of a contrast: that of ROI compares 1 + ROI."""
    return "log" if scale == "log1p" else scale
