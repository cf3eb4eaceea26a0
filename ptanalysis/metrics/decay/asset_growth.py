"""Age: whether the leads of an inbound asset last and grow."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ptanalysis.dataset import UNIT, ClinicData, place_of
from ptanalysis.metrics.clinic_facts import facts, with_facts
from ptanalysis.metrics.decay.response_windows import NAMES, begun_before, seen_from_start
from ptanalysis.stats import CAPPED, Estimate, Estimates
from ptanalysis.stats.scales import Scaled

MONTH = pd.Timedelta(days=365.25 / 12)
#: Assets must be published in so many quarters, or their age is one with the calendar.
FEWEST_PUBLISH_QUARTERS = 3
FEWEST_ASSETS = 6
MONTHS = 12
#: Leads on neither side in an asset's first year, on average, below which the market's growth
#: is unknown; above, their noise is in the interval.
FEWEST_OTHERS = 12
MARKET = "take the market's growth out"
#: Months of age, the last not included, of the later and the earlier span, and no change.
SPANS = {"growth": ((6, 12), (0, 6), 1.0), "lasting": ((6, 12), (2, 6), 0.8)}
_DAY = pd.Timedelta(days=1)
#: Spread below which all effects are the same but for rounding.
_ALIKE = 1e-12


def assets(clinic: ClinicData) -> pd.DataFrame:
    """Return the inbound assets that were seen from their start, with their leads by month of age.

    Returns
    -------
    DataFrame
        One row an asset: clinic, campaign, direction, channel, vendor, starts_on, and columns 1 to
        12 (an integer each): its leads in that month of its age; missing where the month is not
        over.
    """
    found, unseen = assets_of(clinic)
    end, months = clinic.as_of + _DAY, range(1, MONTHS + 1)
    leads = leads_by_age(clinic, found, *((month - 1, month) for month in months))
    by_age = pd.DataFrame(dict(zip(months, leads, strict=True)), index=found.index)
    over = [found["starts_on"] + month * MONTH <= end for month in months]
    by_age = by_age.where(pd.concat(over, axis="columns", keys=months))
    table = found[[*NAMES, "starts_on"]].join(by_age).reset_index(drop=True)
    return with_facts(table, unseen=unseen)


def growth(
    assets: pd.DataFrame, others: pd.DataFrame, *, confidence_level: float = 0.95
) -> Estimates:
    """Return an asset's leads a month in months 7-12 over those in months 1-6, and in months 3-6.

    Parameters
    ----------
    assets : DataFrame
        From `ptanalysis.assets`, or a part of it; those 12 months old count.
    others : DataFrame
        Leads (clinic, lead_at) that show how the clinic as a whole changed in the same months:
        those on neither side.
    confidence_level : float

    Returns
    -------
    Estimates
        growth and lasting, ratios: the geometric mean over inbound assets at least 12 months old,
        relative to the others of the asset's clinic in the same months. Not judged below 6 assets,
        where they were published in fewer than 3 quarters, or where the clinic has no others to
        take the market's growth out with. ``method`` says how many assets began before the records.

    Notes
    -----
    Assumes that the clinic as a whole changed as the leads that are on neither side did: within one
    asset age and calendar rise together. Those leads are few and the same for all assets of a
    clinic: their noise is in the interval (without it, 72 to 90% at 2 to 8 of them a month).
    Every asset counts alike. Weights by leads (Hartung and Knapp's) favor the assets that grew:
    6 to 7% too high where assets differ, and 59% of intervals right with 20 clinics.
    """
    test = {"confidence_level": confidence_level}
    return Estimates.of(growth_of(assets, others, name, **test) for name in SPANS)


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


def growth_of(
    assets: pd.DataFrame, others: pd.DataFrame, name: str, **test: float | None
) -> Estimate:
    """Return the row of `growth` that is a key of SPANS; `test` is null and confidence level."""
    late, early, no_change = SPANS[name]
    spans, label = (late, early), (name, "decay", "inbound")
    unseen, assets = facts(assets)["unseen"], assets[assets[MONTHS].notna()]
    if len(assets) < 2:
        reason = f"fewer than 2 inbound assets are 12 months old{begun_before(unseen)}"
        return Estimate.not_identified(reason, unit="ratio", n=len(assets)).labelled(*label)
    counts = (assets[list(range(first + 1, last + 1))].sum(axis=1) for first, last in spans)
    now, before = (each.to_numpy(float) + 0.5 for each in counts)
    effect, variance = np.log(now / before) - _lengths(*spans), 1 / now + 1 / before
    baseline, shared = _baseline(others, assets, *spans)
    return (
        mean_of_alike(effect - baseline, variance, shared=shared)
        .estimate(
            unit="ratio",
            n=len(assets),
            reason=_age_gate(assets, not_taken_out=_unmatched(others, assets)),
            method=f"t over assets' log ratios{begun_before(unseen)}",
            **({"null": no_change} | test),
        )
        .labelled(*label)
    )


def _unmatched(others: pd.DataFrame, assets: pd.DataFrame) -> bool:
    """Return whether a clinic of these assets has too few other leads in an asset's year."""
    for clinic, starts in assets.groupby("clinic")["starts_on"]:
        at = np.sort(others["lead_at"][others["clinic"] == clinic].to_numpy())
        ends = (np.searchsorted(at, starts + month * MONTH) for month in (0, MONTHS))
        if np.subtract(*reversed([*ends])).mean() < FEWEST_OTHERS:
            return True
    return False


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


def _age_gate(assets: pd.DataFrame, *, not_taken_out: bool) -> str:
    quarters = assets["starts_on"].dt.to_period("Q").nunique()
    reasons = []
    if len(assets) < FEWEST_ASSETS:
        reasons.append(f"there are only {len(assets)} assets, {FEWEST_ASSETS} needed")
    if quarters < FEWEST_PUBLISH_QUARTERS:
        reasons.append(
            f"all were published in {_quarters(quarters)}, {FEWEST_PUBLISH_QUARTERS} needed to "
            "tell age from calendar"
        )
    if not_taken_out:
        reasons.append(f"there are too few leads on neither side to {MARKET}")
    return f"{CAPPED} {'; '.join(reasons)}" if reasons else ""


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
