"""The share of weekly counts that is left after a stop: a score interval.

The verdict is about the campaigns that stopped: their own pooled share, whatever the mix of those
that died and those that went on. Its only noise is that of the counts. What campaigns like these
would leave is a second, wider number: shares lie between 0 and 1, and how differently campaigns
last, a few of them can't show.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, sqrt

import numpy as np
from scipy import stats

from ptanalysis.stats.drift import LARGEST_R


@dataclass(frozen=True)
class ShareLeft:
    """A share and the variance that the data would have under every other share.

    Attributes
    ----------
    after, during : float
        Sums over clusters, above baseline, a week.
    variance : ndarray, shape (3,)
        Polynomial in the share (constant, linear, quadratic) of the variance of
        ``after - share * during``.

    Examples
    --------
    >>> counts = [[0, 20, 4], [0, 30, 8], [0, 10, 0], [0, 40, 4], [0, 30, 2]]
    >>> found = share_left(counts, [[12, 10, 8]] * 5)
    >>> round(found.point, 3)
    0.173
    >>> low, high = found.interval()
    >>> round(found.p_value(high), 3), 0 < low < 0.173 < high < 1
    (0.05, True)
    """

    after: float
    during: float
    variance: np.ndarray

    @property
    def point(self) -> float:
        """The ratio of the sums."""
        return self.after / self.during

    def interval(self, confidence_level: float = 0.95) -> tuple[float, float]:
        """Return the shares that the data do not exclude; infinite ends where all of them are."""
        allowed = self.variance * stats.norm.ppf((1 + confidence_level) / 2) ** 2
        c, b, a = np.array([self.after**2, -2 * self.after * self.during, self.during**2]) - allowed
        if a <= 0:
            return -inf, inf
        root = sqrt(max(b**2 - 4 * a * c, 0.0))
        return float((-b - root) / (2 * a)), float((-b + root) / (2 * a))

    def p_value(self, null: float) -> float:
        """Return the two-sided p of `null`, dual to `interval`."""
        distance = abs(self.after - null * self.during)
        spread = sqrt(max(np.polyval(self.variance[::-1], null), 0.0))
        return float(2 * stats.norm.sf(distance / spread)) if spread else float(distance == 0)


def share_left(counts, weeks, *, dispersion: float = 1.0, of_others: bool = False) -> ShareLeft:
    """Return what is left of the counts above baseline, pooled over clusters.

    Parameters
    ----------
    counts, weeks : array_like, shape (M, 3)
        Of each cluster before, during and after: events, and the weeks they were counted in.
    dispersion : float
        Variance of weekly counts over Poisson's, see `weekly_dispersion`.
    of_others : bool
        Whether the share is that of campaigns like these, and not of these.

    Returns
    -------
    ShareLeft

    Raises
    ------
    ValueError
        Fewer than two clusters, or no more during than before.

    Notes
    -----
    The variance under a share s is the counts' own, a weekly rate before counting half a lead
    more so that none seen is not none at all. For others like these, that between clusters is
    added: of shares within 0 and 1 with the mean s it is s (1 - s) at most.

    References
    ----------
    Wilson (1927), J. Am. Stat. Assoc. 22:209 (score interval); Fieller (1954), J. R. Stat. Soc. B
    16:175; the bound of the variance: Bhatia & Davis (2000), Am. Math. Mon. 107:353.
    """
    counts, weeks = np.asarray(counts, dtype=float), np.asarray(weeks, dtype=float)
    before, during, after = (counts / weeks).T
    lift, left = during - before, after - before
    if len(counts) < 2 or lift.sum() <= 0:
        raise ValueError("a share left needs at least 2 clusters and counts above baseline")
    variance = max(dispersion, 1.0) * _own(before, during, weeks)
    if of_others:
        variance = variance + np.array([0, 1, -1]) * (lift @ lift)
    return ShareLeft(float(left.sum()), float(lift.sum()), variance)


def weekly_dispersion(windows) -> float:
    """Return how much more weekly counts vary than Poisson's, 1 or above.

    Parameters
    ----------
    windows : sequence of ndarray, shape (M, T)
        Weekly counts of M campaigns while nothing changed, NaN where a week was not seen.

    Returns
    -------
    float
        Squares about each row's mean over what Poisson's would be, so that the rows with most
        counts have most say, times the inflation for the correlation of neighboring weeks.

    References
    ----------
    McCullagh & Nelder (1989), section 6.2.3; Bayley & Hammersley (1946).

    Examples
    --------
    >>> round(weekly_dispersion([np.array([[0.0, 6, 0, 6, 0, 6]])]), 2)
    3.6
    """
    square = expected = product = weeks = 0.0
    for counts in windows:
        counts = counts[np.isfinite(counts).sum(axis=1) > 1]
        mean, seen = np.nanmean(counts, axis=1, keepdims=True), np.isfinite(counts).sum(axis=1)
        apart = np.nan_to_num(counts - mean)
        square += np.sum(apart**2)
        product += np.sum(apart[:, 1:] * apart[:, :-1])
        expected += np.sum((seen - 1) * mean.ravel())
        weeks += np.sum(apart**2, axis=1) @ seen
    if square == 0:
        return 1.0
    r = product / square
    r = float(np.clip(r + (1 + 3 * r) * square / weeks, 0, LARGEST_R))
    return float(max(square / expected, 1.0) * (1 + r) / (1 - r))


def _own(before, during, weeks) -> np.ndarray:
    """Return the counts' own variance of the summed ``left - share * lift``, a polynomial."""
    base, lasted, followed = weeks.T
    noisy = before + 0.5 / base
    return np.array(
        [
            (noisy / followed + noisy / base).sum(),
            ((during - before) / followed - 2 * noisy / base).sum(),
            (during / lasted + noisy / base).sum(),
        ]
    )
