"""How sure a jackknife is: unequal clusters, 4-week blocks that drift, the cost of autocorrelation.

Blocks of one channel follow each other, and what moves one moves the next; a season moves all
channels of both arms at once. Taken as independent they cover 82 to 92% where volume and quality
drift, and unequal campaigns taken as equal 92 to 94%.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np
import pandas as pd

#: Correlation of a channel's drift from one block to the next, at least. 26 noisy blocks
#: can't show it; the correlation of what was counted is less, as noise is in it.
DRIFT = 0.6
#: A Monday; blocks are counted from it, so that leads and spend share them in every run.
_EPOCH = pd.Timestamp("1970-01-05")
_BLOCK_DAYS = 28
_BLOCK = re.compile(r"([a-z_]+)/(\d+)")


def cluster_labels(table: pd.DataFrame, time_column: str) -> pd.Series:
    """Return the cluster of each row.

    Parameters
    ----------
    table : DataFrame
        With columns campaign, channel and `time_column`.
    time_column : str
        When the row happened (``lead_at``, ``period_start``).

    Returns
    -------
    Series of str
        The campaign where known, else ``"<channel>/<block>"``; missing where neither campaign nor
        time is known. Blocks are fixed in the calendar and do not move with the data.

    Examples
    --------
    >>> rows = pd.DataFrame({"campaign": ["spring", None], "channel": ["ppc", "seo"],
    ...     "lead_at": pd.to_datetime(["2026-01-07", "2026-01-07"])})
    >>> cluster_labels(rows, "lead_at").tolist()
    ['spring', 'seo/730']
    """
    campaign = table["campaign"].astype("str")
    rows = table[campaign.isna()]
    block = (rows[time_column] - _EPOCH).dt.days // _BLOCK_DAYS
    named = rows["channel"].astype("str") + "/" + block.astype("Int64").astype("str")
    return campaign.where(campaign.notna(), named.where(block.notna()))


def block_of(labels) -> tuple[np.ndarray, np.ndarray]:
    """Return the channel and the number of each cluster that is a block; "" and -1 for others.

    Examples
    --------
    >>> block_of(["spring", "seo/730"])
    (array(['', 'seo'], dtype=object), array([ -1, 730]))
    """
    found = [_BLOCK.fullmatch(str(label)) for label in labels]
    series = np.array([match[1] if match else "" for match in found], dtype=object)
    return series, np.array([int(match[2]) if match else -1 for match in found], dtype=int)


def block_starts(first: pd.Timestamp, last: pd.Timestamp, also=()) -> np.ndarray:
    """Return the first moment of every block from that of `first` to beyond `last`, and `also`.

    Examples
    --------
    >>> block_starts(pd.Timestamp("2026-01-07"), pd.Timestamp("2026-01-20")).astype(str).tolist()
    ['2025-12-22T00:00:00.000000', '2026-01-19T00:00:00.000000', '2026-02-16T00:00:00.000000']
    """
    if pd.isna(first) or pd.isna(last):
        return np.array([], dtype="datetime64[us]")
    numbers = [(day - _EPOCH).days // _BLOCK_DAYS for day in (first, last)]
    days = _EPOCH + pd.to_timedelta(np.arange(numbers[0], numbers[1] + 2) * _BLOCK_DAYS, unit="D")
    inside = pd.DatetimeIndex(also).dropna()
    return days.union(inside[(inside > days[0]) & (inside < days[-1])]).to_numpy("datetime64[us]")


class Spread(NamedTuple):
    """What each cluster of an arm moves its value by.

    Attributes
    ----------
    moves : ndarray, shape (K,)
        On the value's scale; the variance of independent clusters is the sum of their squares.
    weights : ndarray, shape (K,)
        The share of the arm that each cluster is.
    series : ndarray of str, shape (K,)
        The channel of a block; empty for a campaign.
    blocks : ndarray, shape (K,)
        The number of a block in the calendar; -1 for a campaign.
    """

    moves: np.ndarray
    weights: np.ndarray
    series: np.ndarray
    blocks: np.ndarray


def spread_of(deviations, weights=None, names=None) -> Spread:
    """Return the spread behind an arm's leave-one-out values, each less their mean.

    Parameters
    ----------
    deviations : ndarray, shape (K,)
    weights : array_like, shape (K,), optional
        Size of each cluster; alike where left out.
    names : array_like of str, shape (K,), optional
        Clusters as `ptanalysis.stats.cluster_labels` names them: which of them are blocks.
    """
    k = len(deviations)
    weights = np.ones(k) if weights is None else np.asarray(weights, dtype=float)
    series, blocks = block_of(np.full(k, "") if names is None else names)
    apart = np.sum(blocks < 0) + len(np.unique(blocks[blocks >= 0]))
    moves = deviations * (k - 1) / k * np.sqrt(apart / (apart - 1) if apart > 1 else np.inf)
    return Spread(moves, weights / weights.sum(), series, blocks)


def variance(*arms: Spread) -> tuple[float, float]:
    """Return the variance of one arm's value, or of two arms' difference, and its t's df.

    Notes
    -----
    Campaigns are independent: the sum of their squared moves, with the effective number of
    campaigns less 1 as degrees of freedom (Kish). The blocks of all channels and both arms are
    dropped from the calendar together; their variance is multiplied by 1 + 2 r / (1 - phi), that of
    a first-order drift whose correlation phi is `DRIFT` (r where that is more) seen through noise,
    r being the correlation of neighboring blocks within channels; degrees of freedom: the blocks
    over that factor, less 1. The parts are added with Satterthwaite's degrees of freedom.

    References
    ----------
    Kish (1965), Survey Sampling, section 11.7; Satterthwaite (1946), Biometrics Bull. 2:110; the
    sum of the autocorrelations r, r phi, r phi^2, ...: Box & Jenkins (1970), section 3.4.3.

    Examples
    --------
    >>> alone = spread_of(np.array([0.1, -0.1, 0.2, -0.2]))
    >>> v, df = variance(alone)
    >>> round(v, 4), df
    (0.075, 3.0)
    """
    parts = [_campaigns(arm) for arm in arms] + [_calendar(arms)]
    total = sum(v for v, _ in parts)
    held = [(v, df) for v, df in parts if v > 0]
    return total, total**2 / sum(v**2 / df for v, df in held) if held else np.inf


def effective_clusters(*columns) -> float:
    """Return how many clusters of one size these are worth.

    Parameters
    ----------
    *columns : array_like, shape (K,)
        What each cluster brings (events, dollars); its share is the mean over the columns.

    References
    ----------
    Kish (1965), Survey Sampling, section 11.7: (sum w)^2 / sum w^2.

    Examples
    --------
    >>> effective_clusters([10, 10, 10, 10]), effective_clusters([30, 10], [10, 30])
    (4.0, 2.0)
    >>> round(effective_clusters([50, 30, 10, 10]), 2)
    2.78
    """
    shares = mean_share(*columns)
    return float(shares.sum() ** 2 / np.sum(shares**2)) if shares.any() else 0.0


def mean_share(*columns) -> np.ndarray:
    """Return each cluster's share of the columns' totals, on average over those that hold any."""
    sizes = [np.abs(np.asarray(column, dtype=float)) for column in columns]
    held = [size / size.sum() for size in sizes if size.sum() > 0]
    return np.mean(held or sizes, axis=0)


def _campaigns(arm: Spread) -> tuple[float, float]:
    own = arm.blocks < 0
    return float(np.sum(arm.moves[own] ** 2)), max(effective_clusters(arm.weights[own]) - 1, 1.0)


def _calendar(arms: tuple[Spread, ...]) -> tuple[float, float]:
    signs = np.repeat([1, -1][: len(arms)], [len(arm.moves) for arm in arms])
    moves, _, series, blocks = (np.concatenate(each) for each in zip(*arms, strict=True))
    own = blocks >= 0
    if not own.any():
        return 0.0, 1.0
    _, at = np.unique(blocks[own], return_inverse=True)
    together = np.bincount(at, (signs * moves)[own])
    r = neighbors(moves[own], series[own], blocks[own])
    more = 1 + 2 * r / (1 - max(r, DRIFT))
    return float(more * np.sum(together**2)), max(len(together) / more - 1, 1.0)


def neighbors(moves, series, blocks) -> float:
    """Return the correlation of neighboring blocks within their channels, 0 to 0.9.

    Corrected for its bias in short series: Marriott & Pope (1954), Biometrika 41:390.

    Examples
    --------
    >>> neighbors([1, 2, 3, 4, 3, 2, 1, 2, 3, 4], ["seo"] * 10, range(10)) > 0.5
    True
    """
    _, of = np.unique(np.asarray(series, dtype=str), return_inverse=True)
    order = np.lexsort((blocks, of))
    of, blocks, moves = of[order], np.asarray(blocks)[order], np.asarray(moves, float)[order]
    own = moves - (np.bincount(of, moves) / np.bincount(of))[of]
    follows = (np.diff(blocks) == 1) & (np.diff(of) == 0)
    total, length = np.sum(own**2), len(own) / (of[-1] + 1)
    if total == 0 or length < 3:
        return 0.0
    r = np.sum((own[1:] * own[:-1])[follows]) / total
    return float(np.clip(r + (1 + 3 * r) / length, 0, LARGEST_R))


#: Beyond this correlation the data hold too few independent blocks to say anything.
LARGEST_R = 0.9


def lag1(residuals) -> float:
    """Return the lag-1 autocorrelation, corrected for its bias in short series.

    Parameters
    ----------
    residuals : array_like, shape (n,)
        In the order of time.

    Returns
    -------
    float
        r + (1 + 3 r) / n, kept within 0 and 0.9: a negative one is not used to narrow anything.

    References
    ----------
    Marriott & Pope (1954), Biometrika 41:390; Kendall (1954), Biometrika 41:403.

    Examples
    --------
    >>> lag1([1, -1, 1, -1, 1, -1])
    0.0
    """
    centred = np.asarray(residuals, dtype=float) - np.mean(residuals)
    total = np.sum(centred**2)
    if len(centred) < 3 or total == 0:
        return 0.0
    r = np.sum(centred[1:] * centred[:-1]) / total
    return float(np.clip(r + (1 + 3 * r) / len(centred), 0, LARGEST_R))


def ar1_inflation(residuals) -> tuple[float, float]:
    """Return the variance inflation (1 + r) / (1 - r) and the effective number of blocks.

    Parameters
    ----------
    residuals : array_like, shape (n,)
        In the order of time.

    Returns
    -------
    inflation : float
        1 or above.
    effective : float
        n / inflation, at least 2.

    Notes
    -----
    Assumes a stationary first-order autoregression.

    References
    ----------
    Bayley & Hammersley (1946), Suppl. J. R. Stat. Soc. 8:184, in the limit of
    many blocks.

    Examples
    --------
    >>> inflation, effective = ar1_inflation([1, 2, 3, 4, 3, 2, 1, 2, 3, 4])
    >>> round(inflation, 2), round(effective, 2)
    (3.59, 2.79)
    """
    r = lag1(residuals)
    inflation = (1 + r) / (1 - r)
    return inflation, max(len(residuals) / inflation, 2.0)
