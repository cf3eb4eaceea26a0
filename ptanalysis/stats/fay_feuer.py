"""Total revenue where no campaign is known: patients come by chance, each with what they pay."""

from __future__ import annotations

import numpy as np
from scipy import stats

from ptanalysis.stats.estimate import Estimate
from ptanalysis.stats.minimum_data import CAPPED

HEAVY_TAIL = f"{CAPPED} the top 5% of patients hold more than half of the revenue"


def fay_feuer_total(
    payments, *, largest=None, unit: str = "usd", confidence_level: float = 0.95
) -> Estimate:
    """Return total revenue when no campaign is known: a compound Poisson sum over patients.

    Parameters
    ----------
    payments : array_like, shape (n,)
        Net dollars of each patient (not of each payment); zeros are left out.
    largest : float, optional
        Largest payment that one more patient could bring; by default the largest seen.
    unit : str
        The currency's code, in lower case.
    confidence_level : float

    Returns
    -------
    Estimate
        In `unit`; the interval allows for another number of patients. With half of the revenue
        in the top 5% of patients `reason` caps the verdict.

    Notes
    -----
    Assumes that patients come independently. With 3 to 6 patients and an unclipped heavy tail
    it covers 86 to 89%.

    References
    ----------
    Fay & Feuer (1997), Stat. Med. 16:791: gamma limits with the weights' V / S as scale.

    Examples
    --------
    >>> total = fay_feuer_total([1000] * 10)
    >>> round(total.ci_low), round(total.ci_high)
    (4795, 18390)
    """
    weights = _positive(payments)
    if len(weights) == 0:
        return Estimate.not_identified("no patients, so no revenue to judge by", unit=unit)
    tail = (1 - confidence_level) / 2
    s, v, most = weights.sum(), np.sum(weights**2), largest or weights.max()
    above, spread = s + most, v + most**2
    return Estimate(
        value=s,
        unit=unit,
        n=len(weights),
        method="Fay-Feuer gamma",
        ci_low=v / (2 * s) * stats.chi2.ppf(tail, 2 * s**2 / v),
        ci_high=spread / (2 * above) * stats.chi2.isf(tail, 2 * above**2 / spread),
        reason=_tail_reason(weights),
        confidence_level=confidence_level,
    )


def top_share(payments, *, top: float = 0.05) -> float:
    """Return the share of revenue that the largest `top` of patients hold, at least one patient.

    Examples
    --------
    >>> round(top_share([100] * 19 + [1900]), 2)
    0.5
    """
    weights = np.sort(_positive(payments))
    largest = max(int(np.ceil(top * len(weights))), 1)
    return float(weights[-largest:].sum() / weights.sum())


def _tail_reason(weights) -> str:
    """Return why one or two patients make this revenue, or an empty string."""
    return HEAVY_TAIL if len(weights) > 1 and top_share(weights) > 0.5 else ""


def _positive(payments) -> np.ndarray:
    """Return the payments but for the zeros, or raise ValueError."""
    weights = np.asarray(payments, dtype=float)
    if not (weights >= 0).all():
        raise ValueError("a patient's net payment must be 0 or above")
    return weights[weights > 0]
