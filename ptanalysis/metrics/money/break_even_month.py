"""Break-even: from which month on inbound's cumulative net stays above outbound's."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from ptanalysis.dataset import ClinicData
from ptanalysis.metrics.money.mature import SIDES
from ptanalysis.stats import cluster_labels

#: Campaigns, assets and blocks an arm below which no month is reported.
FEWEST_UNITS = 8
_REDRAWS = 500


class BreakEven(NamedTuple):
    """The months that fit, counted from the first month with spend or payments (1 is the first).

    Attributes
    ----------
    month, earliest, latest : int or None
        The month, and the ends of its 95% range; None where it is not within the data.
    not_within : float or None
        Chance that the data's horizon does not hold the month, 0 to 1.
    months : int
        The horizon: full months of data.
    reason : str
        Why there is no month, or an open end.
    """

    month: int | None
    earliest: int | None
    latest: int | None
    not_within: float | None
    months: int
    reason: str


def cumulative_net(tables: ClinicData, *, confidence_level: float = 0.95) -> pd.DataFrame:
    """Return inbound's cumulative payments less cost minus outbound's, by full month.

    Returns
    -------
    DataFrame
        Columns month (1 is the first), difference, ci_low, ci_high, in dollars; empty where an arm
        has fewer than 2 units.

    Notes
    -----
    On cash as it came: unlike ROI, young spend is in it, so the last months lean to the side that
    pays back sooner. Assumes independent campaigns, assets and blocks; pointwise Welch t.
    """
    arms = [_paths(tables, side) for side in SIDES]
    if min(len(arm) for arm in arms) < 2 or arms[0].shape[1] == 0:
        return pd.DataFrame(columns=["month", "difference", "ci_low", "ci_high"])
    difference = arms[0].sum(axis=0) - arms[1].sum(axis=0)
    parts = [len(arm) * arm.var(axis=0, ddof=1) for arm in arms]
    se = np.sqrt(parts[0] + parts[1])
    shrink = sum(part**2 / (len(arm) - 1) for part, arm in zip(parts, arms, strict=True))
    df = np.divide(se**4, shrink, out=np.ones_like(se), where=shrink > 0)
    half = stats.t.ppf((1 + confidence_level) / 2, df) * se
    return pd.DataFrame(
        {
            "month": np.arange(1, len(difference) + 1),
            "difference": difference,
            "ci_low": difference - half,
            "ci_high": difference + half,
        }
    )


def break_even(tables: ClinicData, *, rng: np.random.Generator | None = None) -> BreakEven:
    """Return the month from which inbound's cumulative net stays above outbound's.

    Parameters
    ----------
    tables : ClinicData
    rng : numpy.random.Generator, optional
        For the chance that the month is not within the data; fixed by default.

    Notes
    -----
    "Stays" is to the end of the data: nothing is extrapolated. The range inverts the pointwise
    band (covered 94 to 98% at 8 to 40 units an arm); the chance is a bootstrap over units.

    References
    ----------
    Inversion of a family of tests: Casella & Berger (2002), Statistical Inference, section 9.2.1.
    """
    arms = [_paths(tables, side) for side in SIDES]
    band = cumulative_net(tables)
    fewest = min(len(arm) for arm in arms)
    if fewest < FEWEST_UNITS or band.empty:
        reason = f"only {fewest} campaigns, assets or blocks in an arm, {FEWEST_UNITS} are needed"
        return BreakEven(None, None, None, None, len(band), reason)
    month, earliest, latest = (stays(band[name]) for name in ("difference", "ci_high", "ci_low"))
    reason = "" if latest else f"inbound may not stay ahead within the {len(band)} months of data"
    chance = _chance(arms, rng or np.random.default_rng(0))
    return BreakEven(month, earliest, latest, chance, len(band), reason)


def stays(path) -> int | None:
    """Return the first month from which a path stays above 0 to its end, None if it does not.

    Examples
    --------
    >>> stays([-2, 1, -1, 3, 4]), stays([1, 2]), stays([3, -1])
    (4, 1, None)
    """
    below = np.flatnonzero(np.asarray(path) <= 0)
    first = int(below[-1]) + 2 if len(below) else 1
    return first if first <= len(path) else None


def _chance(arms: list[np.ndarray], rng: np.random.Generator) -> float:
    """Return the share of redraws of the units in which inbound is not ahead at the end."""
    ends = [rng.choice(arm[:, -1], size=(_REDRAWS, len(arm))).sum(axis=1) for arm in arms]
    return float(np.mean(ends[0] <= ends[1]))


def _paths(tables: ClinicData, direction: str) -> np.ndarray:
    """Return the cumulative net of each unit of a side by full month, shape (units, months)."""
    flows = _flows(tables)
    months = _months(tables, flows)
    own = flows[(flows["direction"] == direction) & flows["month"].isin(months)]
    table = own.pivot_table(index="cluster", columns="month", values="net", aggfunc="sum")
    return table.reindex(columns=months).fillna(0.0).cumsum(axis=1).to_numpy()


def _flows(tables: ClinicData) -> pd.DataFrame:
    """Return every payment and cost with its direction, unit and month."""
    columns = ["lead_id", "direction", "channel", "campaign", "lead_at"]
    paid = tables.payments.merge(tables.leads[columns], on="lead_id")
    paid = paid.assign(
        cluster=cluster_labels(paid, "lead_at"),
        net=paid["amount"],
        month=paid["paid_at"].dt.to_period("M"),
    )
    spent = tables.spend.assign(
        cluster=cluster_labels(tables.spend, "period_start"),
        net=-tables.spend["amount"],
        month=tables.spend["period_start"].dt.to_period("M"),
    )
    names = ["direction", "cluster", "month", "net"]
    return pd.concat([paid[names], spent[names]], ignore_index=True)


def _months(tables: ClinicData, flows: pd.DataFrame) -> pd.PeriodIndex:
    """Return the full months from the first flow of either side to the as-of date."""
    first = flows.loc[flows["direction"].isin(SIDES), "month"].min()
    last = (tables.as_of + pd.Timedelta(days=1)).to_period("M") - 1
    return pd.period_range(last + 1 if pd.isna(first) else first, last, freq="M")
