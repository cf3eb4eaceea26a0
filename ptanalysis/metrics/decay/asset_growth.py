"""Age: the ramp of an inbound asset, and whether its leads last and grow."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ptanalysis.dataset import UNIT, ClinicData, place_of
from ptanalysis.metrics.decay.response_windows import begun_before, seen_from_start
from ptanalysis.stats import CAPPED, Estimate
from ptanalysis.stats.scales import Scaled

MONTH = pd.Timedelta(days=365.25 / 12)
#: Assets must be published in so many quarters, or their age cannot be told from the calendar.
FEWEST_PUBLISH_QUARTERS = 3
FEWEST_ASSETS = 6
#: Spread below which all effects are the same but for rounding.
_ALIKE = 1e-12


def growth(tables: ClinicData, *, null: float = 1.0, confidence_level: float = 0.95) -> Estimate:
    """Return an asset's leads in months 7-12 over those in months 1-6, averaged over assets.

    Parameters
    ----------
    tables : ClinicData
    null : float
    confidence_level : float

    Returns
    -------
    Estimate
        Ratio a half-year, the geometric mean over inbound assets at least 12 months old, relative
        to the leads of the asset's clinic that are neither inbound nor outbound in the same
        months. Capped below 6 assets or where they were published in fewer than 3 quarters.
        ``method`` says where there are no such leads to take the calendar out with, and how many
        assets began before the records.

    Notes
    -----
    Assumes that the clinic as a whole changed as the leads that are on neither side did: within one
    asset age and calendar rise together. Those leads are few and the same for all assets of a
    clinic: their noise is in the interval (without it, 72 to 90% at 2 to 8 of them a month).
    Every asset counts alike. Weights by leads (Hartung and Knapp's) favor the assets that grew:
    6 to 7% too high where assets differ, and 59% of intervals right with 20 clinics.
    """
    return _averaged(tables, (6, 12), (0, 6), "growth", null, confidence_level)


def lasting(tables: ClinicData, *, null: float = 0.8, confidence_level: float = 0.95) -> Estimate:
    """Return an asset's leads a month in months 7-12 over those in months 3-6; see `growth`."""
    return _averaged(tables, (6, 12), (2, 6), "lasting", null, confidence_level)


def mean_of_alike(effect, variance, *, shared=None) -> Scaled:
    """Return the plain mean of log effects, each unit counting alike, for t with k - 1.

    Parameters
    ----------
    effect, variance : array_like, shape (k,)
        Log effect of each unit and the variance of its own noise.
    shared : array_like, shape (k, k), optional
        Covariance of noise that the effects have in common, as from one divisor.

    Returns
    -------
    Scaled
        On the log scale.

    Notes
    -----
    Where all effects are equal their spread tells nothing: the noise's own variance is taken.
    The spread between units does not show what moves them all alike. Of the shared noise's
    variance V of the mean, 1'V1 / k^2, the spread already holds (tr V / k - 1'V1 / k^2) / (k - 1)
    on average; the rest is added.

    Examples
    --------
    >>> found = mean_of_alike([0.0, 0.2, 0.4], [0.1, 0.1, 0.1])
    >>> round(found.value, 2), round(found.se, 4), found.df
    (0.2, 0.1155, 2)
    """
    effect, variance = np.asarray(effect, dtype=float), np.asarray(variance, dtype=float)
    k, spread = len(effect), np.var(effect, ddof=1)
    own = (spread if spread > _ALIKE else variance.mean()) / k
    unseen = 0.0
    if shared is not None:
        of_mean = np.sum(shared) / k**2
        unseen = max((k * of_mean - np.trace(shared) / k) / (k - 1), 0.0)
    return Scaled(float(effect.mean()), float(np.sqrt(own + unseen)), k - 1, k, "log")


def _averaged(tables, late, early, name: str, null: float, confidence_level: float) -> Estimate:
    assets, unseen = assets_of(tables)
    old = assets[assets["starts_on"] + late[1] * MONTH <= _end(tables)]
    counts = leads_by_age(tables, old, late, early)
    neither = tables.leads[tables.leads["direction"] == "neither"]
    test = {"null": null, "confidence_level": confidence_level}
    return averaged(old, counts, neither, (late, early), unseen=unseen, **test).labelled(
        name, "decay", "inbound"
    )


def averaged(
    assets: pd.DataFrame, counts, others: pd.DataFrame, spans, *, unseen: int, **test
) -> Estimate:
    """Return assets' mean ratio of leads a month in two spans of their age; see `growth`.

    Parameters
    ----------
    assets : DataFrame
        Old enough; clinic and starts_on.
    counts : pair of array_like
        Each asset's leads in the later and in the earlier span.
    others : DataFrame
        Leads that show how the clinic as a whole changed: clinic and lead_at.
    spans : pair of pair of int
        Months of age of the later and of the earlier span, the last not included.
    unseen : int
        Assets that began before the records.
    """
    if len(assets) < 2:
        reason = f"fewer than 2 inbound assets are 12 months old{begun_before(unseen)}"
        return Estimate.not_identified(reason, unit="ratio", n=len(assets))
    now, before = (np.asarray(each, dtype=float) + 0.5 for each in counts)
    effect, variance = np.log(now / before) - _lengths(*spans), 1 / now + 1 / before
    baseline, shared = _baseline(others, assets, *spans)
    calendar = "" if len(others) else ", calendar not taken out"
    return mean_of_alike(effect - baseline, variance, shared=shared).estimate(
        unit="ratio",
        n=len(assets),
        reason=_age_gate(assets),
        method=f"t over assets' log ratios{calendar}{begun_before(unseen)}",
        **test,
    )


def _baseline(others, assets: pd.DataFrame, late, early) -> tuple[np.ndarray, np.ndarray]:
    """Return the log ratio a month of the clinic's leads on neither side in each asset's months.

    With its covariance between assets: those of a clinic share these leads, so their noise moves
    the assets together.
    """
    starts = assets["starts_on"].to_numpy()
    change, covariance = np.zeros(len(assets)), np.zeros((len(assets), len(assets)))
    for clinic, rows in assets.groupby("clinic").indices.items():
        at = np.sort(others["lead_at"][others["clinic"] == clinic].to_numpy())
        if len(at):
            change[rows], covariance[np.ix_(rows, rows)] = _of_clinic(at, starts[rows], late, early)
    return change, covariance


def _of_clinic(leads: np.ndarray, starts, late, early) -> tuple[np.ndarray, np.ndarray]:
    """Return `_baseline` of one clinic's leads: Poisson, by what each adds to each log ratio."""
    spans = [
        [np.searchsorted(leads, starts + month * MONTH)[:, None] for month in span]
        for span in (late, early)
    ]
    now, before = (last - first + 0.5 for first, last in spans)
    signs = (1 / now, -1 / before)
    covariance = sum(
        sign @ other.T * _in_both(span, of_other)
        for sign, span in zip(signs, spans, strict=True)
        for other, of_other in zip(signs, spans, strict=True)
    )
    return np.log(now / before).ravel() - _lengths(late, early), covariance


def _in_both(one, other) -> np.ndarray:
    """Return how many of the sorted leads lie in span i of `one` and span j of `other`."""
    first, last = np.maximum(one[0], other[0].T), np.minimum(one[1], other[1].T)
    return np.maximum(last - first, 0)


def _lengths(late, early) -> float:
    """Return the log ratio of the two spans' lengths."""
    return float(np.log((late[1] - late[0]) / (early[1] - early[0])))


def _age_gate(assets: pd.DataFrame) -> str:
    quarters = assets["starts_on"].dt.to_period("Q").nunique()
    reasons = []
    if len(assets) < FEWEST_ASSETS:
        reasons.append(f"only {len(assets)} assets, {FEWEST_ASSETS} are needed; {CAPPED}")
    if quarters < FEWEST_PUBLISH_QUARTERS:
        reasons.append(
            f"all published in {_quarters(quarters)}, {FEWEST_PUBLISH_QUARTERS} are needed to "
            f"tell age from calendar; {CAPPED}"
        )
    return "; ".join(reasons)


def _quarters(number: int) -> str:
    return "one quarter" if number == 1 else f"{number} quarters"


def assets_of(tables: ClinicData) -> tuple[pd.DataFrame, int]:
    """Return the inbound assets seen from their start, and how many others there are."""
    campaigns = tables.campaigns
    inbound = (campaigns["kind"] == "asset") & (campaigns["direction"] == "inbound")
    return seen_from_start(tables, campaigns[inbound].drop_duplicates(UNIT))


def leads_by_age(tables: ClinicData, assets: pd.DataFrame, *spans) -> list[np.ndarray]:
    """Return each asset's leads in each span of months of its age."""
    place = place_of(tables.leads, assets)
    of, place = tables.leads["lead_at"].to_numpy()[place >= 0], place[place >= 0]
    age = (of - assets["starts_on"].to_numpy()[place]) / MONTH.to_timedelta64()
    return [
        np.bincount(place[(age >= first) & (age < last)], minlength=len(assets)).astype(float)
        for first, last in spans
    ]


def _end(tables: ClinicData) -> pd.Timestamp:
    return tables.as_of + pd.Timedelta(days=1)
