"""Age: time to the first SQL, the ramp of an asset, and whether its leads last and grow."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from ptanalysis.estimate import CAPPED, Estimate, rmst_difference
from ptanalysis.tables import ClinicTables

FIRST_WEEKS = 26
MONTH = pd.Timedelta(days=365.25 / 12)
#: Assets must be published in so many quarters, or their age cannot be told from the calendar.
FEWEST_PUBLISH_QUARTERS = 3
FEWEST_ASSETS = 6
_WEEK = pd.Timedelta(weeks=1)
#: Spread below which all effects are the same but for rounding.
_ALIKE = 1e-12


def first_sql_difference(
    tables: ClinicTables, *, null: float = 0.0, confidence_level: float = 0.95
) -> Estimate:
    """Return inbound less outbound mean weeks to the first SQL, waiting at most 26 weeks.

    Parameters
    ----------
    tables : ClinicTables
    null : float
    confidence_level : float

    Returns
    -------
    Estimate
        In weeks; assets and campaigns are the units, their clock starts at start or publication
        and is stopped at the as-of date.
    """
    arms = [_first_sql(tables, side) for side in ("inbound", "outbound")]
    label = ("first_sql_difference", "decay", "inbound - outbound")
    if min(len(arm) for arm in arms) == 0:
        reason = "no start is known: list campaigns and assets with their start in campaigns.csv"
        return Estimate.not_identified(reason, unit="weeks").labelled(*label)
    inbound, outbound = arms
    return rmst_difference(
        inbound["weeks"], inbound["event"], outbound["weeks"], outbound["event"], FIRST_WEEKS,
        null=null, confidence_level=confidence_level,
    ).labelled(*label)  # fmt: skip


def first_sql_curves(tables: ClinicTables) -> dict[str, pd.DataFrame]:
    """Return, by direction, the share of campaigns or assets with a first SQL by week.

    Returns
    -------
    dict of str to DataFrame
        Columns weeks, share; one less Kaplan-Meier up to 26 weeks.
    """
    curves = {}
    for side in ("inbound", "outbound"):
        units = _first_sql(tables, side)
        if units["event"].any():
            left = stats.ecdf(stats.CensoredData.right_censored(units["weeks"], ~units["event"])).sf
            seen = left.quantiles <= FIRST_WEEKS
            curves[side] = pd.DataFrame({
                "weeks": np.r_[0, left.quantiles[seen]],
                "share": np.r_[0, 1 - left.probabilities[seen]],
            })  # fmt: skip
    return curves


def growth(tables: ClinicTables, *, null: float = 1.0, confidence_level: float = 0.95) -> Estimate:
    """Return an asset's leads in months 7-12 over those in months 1-6, averaged over assets.

    Parameters
    ----------
    tables : ClinicTables
    null : float
    confidence_level : float

    Returns
    -------
    Estimate
        Ratio a half-year, over inbound assets at least 12 months old, relative to the leads that
        are neither inbound nor outbound in the same months. Capped below 6 assets or where they
        were published in fewer than 3 quarters. ``method`` says where there are no such leads to
        take the calendar out with.

    Notes
    -----
    Assumes that the clinic as a whole changed as the leads that are on neither side did: within one
    asset age and calendar rise together. Those leads are few and the same for all assets: their
    noise is in the interval (without it, 72 to 90 % at 2 to 8 of them a month).

    References
    ----------
    Hartung & Knapp (2001), Stat. Med. 20:3875; DerSimonian & Laird (1986) for the variance.
    """
    return _pooled(tables, (6, 12), (0, 6), "growth", null, confidence_level)


def lasting(tables: ClinicTables, *, null: float = 0.8, confidence_level: float = 0.95) -> Estimate:
    """Return an asset's leads a month in months 7-12 over those in months 3-6; see `growth`."""
    return _pooled(tables, (6, 12), (2, 6), "lasting", null, confidence_level)


def ramp(tables: ClinicTables, *, months: int = 12) -> pd.DataFrame:
    """Return the mean leads of an inbound asset by month of its age.

    Returns
    -------
    DataFrame
        Columns month (1 is the first), leads, ci_low, ci_high (t over assets), assets followed.
    """
    assets = _assets(tables)
    rows = []
    for month in range(months):
        followed = assets[assets["starts_on"] + (month + 1) * MONTH <= _end(tables)]
        if len(followed) < 2:
            break
        leads = _leads(tables, followed, month, month + 1)
        half = stats.t.ppf(0.975, len(leads) - 1) * leads.std(ddof=1) / np.sqrt(len(leads))
        mean = leads.mean()
        rows.append((month + 1, mean, max(mean - half, 0.0), mean + half, len(followed)))
    return pd.DataFrame(rows, columns=["month", "leads", "ci_low", "ci_high", "assets"])


def hartung_knapp(effect, variance, *, shared=None) -> tuple[float, float]:
    """Return the random-effects mean and its standard error, for t with k - 1.

    Own, because statsmodels' `combine_effects` lets DerSimonian and Laird's variance go negative.

    Parameters
    ----------
    effect, variance : array_like, shape (k,)
        Effect of each unit and the variance of its own noise.
    shared : array_like, shape (k, k), optional
        Covariance of noise that the effects have in common, as from one divisor.

    Notes
    -----
    Where all effects are equal their spread tells nothing: the noise's own variance is taken.
    The spread between units does not show what moves them all alike. Of the shared noise's
    variance of the mean, w'Vw, the spread already holds (sum of w V_ii - w'Vw) / (k - 1) on
    average; the rest is added.

    References
    ----------
    DerSimonian & Laird (1986), Control. Clin. Trials 7:177, eq. 8; Hartung & Knapp (2001), eq. 5.

    Examples
    --------
    >>> mean, se = hartung_knapp([0.1, 0.3, 0.35, 0.65], [0.03, 0.03, 0.05, 0.01])
    >>> round(mean, 3), round(se, 3)
    (0.374, 0.121)
    """
    effect, variance = np.asarray(effect, dtype=float), np.asarray(variance, dtype=float)
    k, weight = len(effect), 1 / variance
    spread = np.sum(weight * (effect - np.average(effect, weights=weight)) ** 2)
    room = weight.sum() - np.sum(weight**2) / weight.sum()
    weight = 1 / (variance + max((spread - (k - 1)) / room, 0.0))
    mean = np.average(effect, weights=weight)
    noise = np.sum(weight * (effect - mean) ** 2) / (k - 1)
    own = (noise if noise > _ALIKE else 1.0) / weight.sum()
    return float(mean), float(np.sqrt(own + _unseen(weight / weight.sum(), shared)))


def _unseen(weight: np.ndarray, shared) -> float:
    """Return the variance of a weighted mean that the spread of its parts does not show."""
    if shared is None:
        return 0.0
    shared, k = np.asarray(shared, dtype=float), len(weight)
    of_mean = weight @ shared @ weight
    return max(float((k * of_mean - weight @ np.diag(shared)) / (k - 1)), 0.0)


def _first_sql(tables: ClinicTables, direction: str) -> pd.DataFrame:
    """Return each unit's weeks to its first SQL or to the as-of date, and whether it came."""
    units = tables.campaigns[tables.campaigns["direction"] == direction]
    units = units.drop_duplicates("campaign").set_index("campaign")
    first = tables.leads.groupby("campaign")["sql_at"].min().reindex(units.index)
    waited = (first.fillna(_end(tables)) - units["starts_on"]) / _WEEK
    table = pd.DataFrame({"weeks": waited.clip(lower=0), "event": first.notna()})
    return table[units["starts_on"] < _end(tables)]


def _pooled(tables, late, early, name: str, null: float, confidence_level: float) -> Estimate:
    assets = _assets(tables)
    old = assets[assets["starts_on"] + late[1] * MONTH <= _end(tables)]
    label = (name, "decay", "inbound")
    if len(old) < 2:
        reason = "fewer than 2 inbound assets are 12 months old"
        return Estimate.not_identified(reason, unit="ratio", n=len(old)).labelled(*label)
    effect, variance = _log_ratios(tables, old, late, early)
    baseline, shared = _baseline(tables, old, late, early)
    mean, se = hartung_knapp(effect - baseline, variance, shared=shared)
    df = len(old) - 1
    half = stats.t.ppf((1 + confidence_level) / 2, df) * se
    distance = abs(mean - np.log(null)) / se
    return Estimate(
        value=float(np.exp(mean)), ci_low=float(np.exp(mean - half)),
        ci_high=float(np.exp(mean + half)), unit="ratio", n=len(old), clusters=len(old),
        method=f"Hartung-Knapp over assets{_calendar(tables)}", reason=_age_gate(old), se=se, df=df,
        scale="log", p_value=float(2 * stats.t.sf(distance, df)),
        confidence_level=confidence_level,
    ).labelled(*label)  # fmt: skip


def _log_ratios(tables, assets: pd.DataFrame, late, early) -> tuple[np.ndarray, np.ndarray]:
    """Return each asset's log ratio of leads a month, and the variance of its counts."""
    now, before = _leads(tables, assets, *late) + 0.5, _leads(tables, assets, *early) + 0.5
    return np.log(now / before) - _lengths(late, early), 1 / now + 1 / before


def _baseline(tables, assets: pd.DataFrame, late, early) -> tuple[np.ndarray, np.ndarray]:
    """Return the log ratio a month of the leads on neither side in each asset's months.

    With its covariance between assets: they share these leads, so their noise moves the assets
    together. Poisson, by what each lead adds to each log ratio (the delta method).
    """
    neither = np.sort(tables.leads[tables.leads["direction"] == "neither"]["lead_at"].to_numpy())
    if len(neither) == 0:
        return np.zeros(len(assets)), np.zeros((len(assets), len(assets)))
    starts = assets["starts_on"].to_numpy()
    spans = [
        [np.searchsorted(neither, starts + month * MONTH)[:, None] for month in span]
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


def _calendar(tables: ClinicTables) -> str:
    there = (tables.leads["direction"] == "neither").any()
    return "" if there else ", calendar not taken out"


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


def _assets(tables: ClinicTables) -> pd.DataFrame:
    campaigns = tables.campaigns
    inbound = (campaigns["kind"] == "asset") & (campaigns["direction"] == "inbound")
    return campaigns[inbound].drop_duplicates("campaign")


def _leads(tables: ClinicTables, assets: pd.DataFrame, first: float, last: float) -> np.ndarray:
    """Return each asset's leads between two months of its age."""
    start = pd.to_datetime(
        tables.leads["campaign"].map(
            dict(zip(assets["campaign"], assets["starts_on"], strict=True))
        )
    )
    age = (tables.leads["lead_at"] - start) / MONTH
    inside = tables.leads["campaign"][(age >= first) & (age < last)]
    return inside.value_counts().reindex(assets["campaign"], fill_value=0).to_numpy(dtype=float)


def _end(tables: ClinicTables) -> pd.Timestamp:
    return tables.as_of + pd.Timedelta(days=1)
