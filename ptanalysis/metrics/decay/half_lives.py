"""Half-life after a stop, by profile likelihood of an exponential decay; descriptive only.

Weekly counts cannot resolve less than a week, and a verdict never rests on a half-life: pooled over
campaigns whose half-lives differ, its interval covers 52 to 80%. Persistence carries the verdict.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from ptanalysis.metrics.clinic_facts import facts
from ptanalysis.metrics.decay.response_windows import SIDES, left_out
from ptanalysis.stats import Estimate, Estimates

#: Half-lives tried, in weeks; 0 is "stops at once" and infinity "no decay".
GRID = np.geomspace(0.15, 300, 160)
RESOLVED = 1.0
_STEPS = 200
_BELOW = "weekly counts do not resolve less than a week"


class Fit(NamedTuple):
    """Deviance of the decay on the grid and at its ends, and the dispersion of the best."""

    exponential: np.ndarray
    stop: float
    none: float
    dispersion: float
    weeks: int


def half_life(weekly: pd.DataFrame, *, confidence_level: float = 0.95) -> Estimates:
    """Return the weeks until each side's response above baseline has halved; a description only.

    Parameters
    ----------
    weekly : DataFrame
        From ``ptanalysis.stops(clinic, weekly=True)``, or a part of it.
    confidence_level : float

    Returns
    -------
    Estimates
        In weeks, of the campaigns that stopped, taken together; ``n`` is their number. An end
        below a week, or beyond what was followed, is open with its reason.

    Notes
    -----
    Assumes one exponential decay common to the campaigns. Poisson mean b + A 2^(-t/h), b and A
    not negative; quasi-likelihood F interval.

    References
    ----------
    Bates & Watts (1988), Nonlinear Regression, section 6.1 (profile F); quasi-likelihood:
    McCullagh & Nelder (1989), section 9.2.
    """
    unseen = facts(weekly)["unseen"]
    return Estimates.of(
        _of_side(
            weekly[weekly["direction"] == side],
            side,
            unseen=left_out(unseen.get(side, 0)),
            confidence_level=confidence_level,
        ).labelled("half_life_weeks", "decay", side)
        for side in SIDES
    )


def _of_side(
    weekly: pd.DataFrame, direction: str, *, unseen: str, confidence_level: float
) -> Estimate:
    leads = weekly.groupby("week")["leads"].agg(["sum", "size"])
    if leads.loc[leads.index < 0, "sum"].sum() == 0:
        reason = f"not identified: no {direction} campaign with leads has stopped for 12 weeks"
        return Estimate.not_identified(reason, unit="weeks")
    fit = fit_decay(leads.index, leads["sum"], leads["size"])
    return _interval(fit, int(leads["size"].max()), unseen, confidence_level)


def fit_decay(week, leads, exposure) -> Fit:
    """Fit each half-life of the grid, a stop at once and no decay to weekly counts around a stop.

    Parameters
    ----------
    week : array_like of int, shape (T,)
        0 is the first week after the stop, negative before it.
    leads : array_like, shape (T,)
        Leads of the week.
    exposure : array_like, shape (T,)
        Campaigns behind the week.
    """
    week, leads, exposure = (np.asarray(each, dtype=float) for each in (week, leads, exposure))
    after = np.clip(week + 0.5, 0, None) * (week >= 0)
    exponential = 2.0 ** (-after / GRID[:, None])
    ends = np.array([(week < 0).astype(float), np.ones(len(week))])
    mean = _means(np.vstack([exponential, ends]), leads, exposure)
    deviance = _deviance(leads, mean)
    best = mean[np.argmin(deviance)]
    pearson = np.sum((leads - best) ** 2 / np.maximum(best, 1e-9)) / max(len(week) - 3, 1)
    return Fit(deviance[:-2], *deviance[-2:], max(pearson, 1.0), len(week))


def _means(shape: np.ndarray, leads: np.ndarray, exposure: np.ndarray) -> np.ndarray:
    """Return the fitted Poisson means b + A s(t) of every shape at once, by EM.

    References
    ----------
    Shepp & Vardi (1982), IEEE Trans. Med. Imaging 1:113, eq. 2.13.
    """
    response = shape * exposure
    base, lift = np.full(len(shape), leads.mean() / 2), np.full(len(shape), leads.mean())
    for _ in range(_STEPS):
        share = leads / np.maximum(base[:, None] * exposure + lift[:, None] * response, 1e-12)
        base *= (share * exposure).sum(1) / exposure.sum()
        lift *= (share * response).sum(1) / response.sum(1)
    return base[:, None] * exposure + lift[:, None] * response


def _deviance(leads: np.ndarray, mean: np.ndarray) -> np.ndarray:
    mean = np.maximum(mean, 1e-12)
    logs = leads * np.log(np.where(leads > 0, leads, 1) / mean)
    return 2 * np.sum(np.where(leads > 0, logs, 0) - (leads - mean), axis=1)


def _interval(fit: Fit, campaigns: int, unseen: str, confidence_level: float) -> Estimate:
    least = min(fit.exponential.min(), fit.stop, fit.none)
    cut = least + fit.dispersion * stats.f.ppf(confidence_level, 1, fit.weeks - 3)
    inside = GRID[fit.exponential <= cut]
    best = float(GRID[np.argmin(fit.exponential)])
    low = float(inside.min()) if len(inside) and fit.stop > cut else 0.0
    open_above = fit.none <= cut
    high = None if open_above else max(float(inside.max(initial=0.0)), RESOLVED)
    reasons = [
        _BELOW if min(low, best) < RESOLVED else "",
        "the response may not have halved in the weeks followed" if open_above else "",
    ]
    return Estimate(
        value=best if best >= RESOLVED and fit.none > least else None,
        ci_low=low if low >= RESOLVED else None,
        ci_high=high,
        unit="weeks",
        n=campaigns,
        clusters=campaigns,
        method=f"profile quasi-likelihood, exponential decay{unseen}",
        reason="; ".join(filter(None, reasons)),
        confidence_level=confidence_level,
    )
