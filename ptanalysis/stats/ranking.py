"""Small channels in one order: shares drawn toward their common mean by how little is known."""

from __future__ import annotations

import numpy as np
from scipy import stats
from scipy.special import betaln, logsumexp

from ptanalysis.stats.estimate import Estimate

#: Grid of the prior: means of the channels' shares, and strengths in leads.
MEANS = np.linspace(0.01, 0.99, 35)
STRENGTHS = np.geomspace(1, 300, 18)
_POINTS = (np.arange(1000) + 0.5) / 1000


def empirical_bayes(successes, totals, *, confidence_level: float = 0.95) -> list[Estimate]:
    """Return each channel's share, shrunk toward the channels' mean: for order, not for bars.

    Parameters
    ----------
    successes, totals : array_like, shape (C,)
        Successes and leads of each channel; a channel may have none.
    confidence_level : float

    Returns
    -------
    list of Estimate
        Share of each channel with a credible interval. Draw the bars with `wilson`: these
        intervals cover 92 to 99.5% on average over channels, not for each.

    Raises
    ------
    ValueError
        Successes are not within 0 and the total.

    Notes
    -----
    Assumes that channels are exchangeable: their shares follow one beta distribution, whose mean
    and strength are averaged over a grid, flat in the mean and in the log of the strength.

    References
    ----------
    Efron & Morris (1975), J. Am. Stat. Assoc. 70:311; the grid: Gelman et al. (2013), Bayesian
    Data Analysis, section 5.3, eq. 5.8.

    Examples
    --------
    >>> few, many = empirical_bayes([3, 20], [3, 100])
    >>> many.value < few.value < 1, round(many.value, 1)
    (True, 0.2)
    """
    k, n = np.asarray(successes, dtype=float), np.asarray(totals, dtype=float)
    if not ((k >= 0) & (k <= n)).all():
        raise ValueError("successes must lie within 0 and the total")
    mean, strength = (axis.ravel() for axis in np.meshgrid(MEANS, STRENGTHS))
    alpha, beta = (mean * strength)[:, None], ((1 - mean) * strength)[:, None]
    log_weight = np.sum(betaln(alpha + k, beta + n - k) - betaln(alpha, beta), axis=1)
    weight = np.exp(log_weight - logsumexp(log_weight))
    return [
        _mixture(weight, (alpha + k)[:, j], (beta + n - k)[:, j], n[j], confidence_level)
        for j in range(len(k))
    ]


def _mixture(weight, alpha, beta, n: float, confidence_level: float) -> Estimate:
    """Return the mean and the central interval of a mixture of betas."""
    kept = weight > 1e-6
    weight, alpha, beta = weight[kept] / weight[kept].sum(), alpha[kept], beta[kept]
    cumulative = weight @ stats.beta.cdf(_POINTS, alpha[:, None], beta[:, None])
    tail = (1 - confidence_level) / 2
    low, high = np.interp([tail, 1 - tail], cumulative, _POINTS)
    return Estimate(
        value=weight @ (alpha / (alpha + beta)),
        ci_low=low,
        ci_high=high,
        unit="share",
        n=n,
        method="empirical Bayes, beta-binomial grid",
        confidence_level=confidence_level,
    )
