"""The engine: leave-one-cluster-out jackknife with t quantiles, and contrasts of its results.

The cluster is what could have come out differently as a whole: a campaign or asset, a clinic, or a
4-week block of an always-on channel. Intervals that treat leads as independent cover 62 to 93%.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, isfinite, sqrt

import numpy as np

from ptanalysis.stats.drift import mean_share, spread_of, variance
from ptanalysis.stats.estimate import Estimate
from ptanalysis.stats.minimum_data import CAPPED, FEWEST_CLINICS
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


def average(
    found: Sequence[Estimate], *, null: float | None = None, confidence_level: float = 0.95
) -> Estimate:
    """Return the average of several clinics' estimates, each clinic counting alike.

    Parameters
    ----------
    found : sequence of Estimate
        One a clinic, of the same number; those that a gate refuses are left out, and counted in
        ``method``.
    null, confidence_level : float

    Returns
    -------
    Estimate
        The mean on the estimates' own scale (of ratios the geometric). Of 2 to 4 clinics: of
        these, its noise that within them, with Satterthwaite's degrees of freedom. From 5: of
        clinics like these, t over the clinics, so that their differences are in it.

    Notes
    -----
    Weights by precision (Paule & Mandel 1982, with Hartung & Knapp's 2001 variance) covered 90 to
    96% where clinics differ in size and truth, as standard errors of single clinics are noisy;
    equal weights 92 to 96%.

    References
    ----------
    Cochran (1937), J. R. Stat. Soc. Suppl. 4:102, the unweighted mean of experiments;
    Satterthwaite (1946), Biometrics Bull. 2:110.

    Examples
    --------
    >>> two = [Scaled(value, 0.3, 8, 9, "identity").estimate(unit="points", n=9, method="t")
    ...     for value in (1, 2)]
    >>> both = average(two)
    >>> both.value, round(both.se, 3), both.df
    (1.5, 0.212, 16.0)
    """
    judged = [each for each in found if each.closed and each.se and CAPPED not in each.reason]
    count, unit = len(judged), found[0].unit
    if count < 2:
        why = next((each.reason for each in found if each.reason), "")
        alone = f"{CAPPED} only {count} of {len(found)} clinics can be judged by itself"
        return Estimate.not_identified(f"{alone} ({why.removeprefix(CAPPED).strip()})", unit=unit)
    scaled = [Scaled.of(each) for each in judged]
    values = np.array([each.value for each in scaled])
    if count >= FEWEST_CLINICS:
        se, df, what = values.std(ddof=1) / sqrt(count), count - 1, f"{count} clinics, t over them"
    else:
        noise = np.array([each.se**2 for each in scaled])
        df = noise.sum() ** 2 / sum(noise**2 / [each.df for each in scaled])
        se, what = sqrt(noise.sum()) / count, f"these {count} clinics and no others"
    left_out = f" ({len(found) - count} not judged by itself)" if count < len(found) else ""
    return Scaled(float(values.mean()), se, df, count, scaled[0].scale).estimate(
        unit=unit,
        n=sum(each.n for each in judged),
        method=f"average of {what}{left_out}",
        null=null,
        confidence_level=confidence_level,
    )


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
