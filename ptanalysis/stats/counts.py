"""Lead counts: totals, trend and ratios, with the noise that weekly counts really have.

Weekly leads are more variable than Poisson and resemble the weeks before them. Poisson intervals
cover 61 to 87%; quasi-Poisson on 4-week blocks with a correction for autocorrelation 92 to 99%.
"""

from __future__ import annotations

from math import log, sqrt

import numpy as np
from scipy import stats

from ptanalysis.stats.drift import ar1_inflation
from ptanalysis.stats.estimate import Estimate
from ptanalysis.stats.leave_one_out import contrast
from ptanalysis.stats.scales import Scaled
from ptanalysis.stats.yearly_trend import blocks_of, checked


def garwood(count: float, *, confidence_level: float = 0.95) -> tuple[float, float]:
    """Return the exact interval of a Poisson mean.

    Parameters
    ----------
    count : float
        Events seen, 0 or above.
    confidence_level : float

    References
    ----------
    Garwood (1936), Biometrika 28:437.

    Examples
    --------
    >>> [round(end, 2) for end in garwood(0)], [round(end, 2) for end in garwood(10)]
    ([0.0, 3.69], [4.8, 18.39])
    """
    tail = (1 - confidence_level) / 2
    low = stats.chi2.ppf(tail, 2 * count) / 2 if count else 0.0
    return float(low), float(stats.chi2.isf(tail, 2 * count + 2) / 2)


def expected_count(count: float, phi: float, *, confidence_level: float = 0.95) -> Estimate:
    """Return a count with the interval of what such a period brings, overdispersion known.

    Parameters
    ----------
    count : float
        Leads of the period.
    phi : float
        From `overdispersion` of a history much longer than the period.
    confidence_level : float

    Returns
    -------
    Estimate
        In leads.

    References
    ----------
    Garwood (1936) on count / phi: quasi-Poisson, McCullagh & Nelder (1989), section 9.2.

    Examples
    --------
    >>> found = expected_count(30, 1.5)
    >>> round(found.ci_low, 1), round(found.ci_high, 1)
    (18.3, 46.3)
    """
    low, high = garwood(count / phi, confidence_level=confidence_level)
    return Estimate(
        value=count,
        ci_low=phi * low,
        ci_high=phi * high,
        unit="leads",
        n=count,
        method=f"quasi-Poisson, overdispersion {phi:.2f}",
        confidence_level=confidence_level,
    )


def count_change(
    weekly_now,
    weekly_before,
    *,
    spread: tuple[float, float] | None = None,
    null: float = 1.0,
    confidence_level: float = 0.95,
) -> Estimate:
    """Return leads a week now over leads a week before, two periods of one source.

    Parameters
    ----------
    weekly_now, weekly_before : array_like of int
        Leads a week of each period, in the order of time; the lengths may differ.
    spread : (float, float), optional
        `overdispersion` of a longer history, which a quarter of 13 weeks is too short to tell.
    null : float
        Ratio to test.
    confidence_level : float

    Returns
    -------
    Estimate
        Ratio; 1.1 is 10% more a week. Not identified with no leads in either period.

    References
    ----------
    McCullagh & Nelder (1989), Generalized Linear Models, section 6.2.3 (X2 / df); Welch (1947)
    for the two periods.

    Examples
    --------
    >>> change = count_change([9, 12, 7, 10, 14, 8], [6, 5, 9, 4, 8, 7])
    >>> round(change.value, 2), round(change.ci_low, 2), round(change.ci_high, 2)
    (1.54, 0.97, 2.44)
    """
    now, before = checked(weekly_now), checked(weekly_before)
    if min(now.sum(), before.sum()) == 0:
        return _ratio_with_none(now, before, confidence_level)
    if spread is None:
        totals = _log_total(now), _log_total(before)
    else:
        phi, df = spread
        totals = [
            Scaled(log(c.sum()), sqrt(phi / c.sum()), df, len(c), "log") for c in (now, before)
        ]
    weeks = [log(len(now)), log(len(before))]
    rates = [
        Scaled(total.value - size, total.se, total.df, total.clusters, "log")
        for total, size in zip(totals, weeks, strict=True)
    ]
    return contrast(*rates, df="welch" if spread is None else "min").estimate(
        unit="ratio",
        n=now.sum() + before.sum(),
        method="quasi-Poisson Welch t",
        null=null,
        confidence_level=confidence_level,
    )


def _log_total(counts) -> Scaled:
    """Return the log of the total; its spread is that of the blocks around one rate, or Poisson."""
    blocks, weeks = blocks_of(counts)
    expected = weeks * counts.sum() / len(counts)
    residuals = (blocks - expected) / np.sqrt(expected)
    dispersion = max(np.sum(residuals**2) / max(len(blocks) - 1, 1), 1.0)
    inflation, effective = ar1_inflation(residuals)
    se = sqrt(dispersion * inflation / counts.sum())
    return Scaled(log(counts.sum()), se, max(effective - 1, 1), len(blocks), "log")


def _ratio_with_none(a, b, confidence_level: float) -> Estimate:
    """Return what can be said of a ratio of rates when one side, or both, saw nothing."""
    if a.sum() + b.sum() == 0:
        return Estimate.not_identified("no leads on either side", unit="ratio")
    tail, scale = (1 - confidence_level) / 2, len(b) / len(a)
    most = float(tail ** (-1 / (a.sum() + b.sum())) - 1)
    none_in_a = a.sum() == 0
    return Estimate(
        value=0 if none_in_a else None,
        ci_low=0 if none_in_a else scale / most,
        ci_high=scale * most if none_in_a else None,
        unit="ratio",
        n=a.sum() + b.sum(),
        method="exact conditional",
        reason="no leads on one side: the bound ignores variation beyond Poisson",
        confidence_level=confidence_level,
    )
