"""The cluster of a row: its campaign or asset, else its channel's 4-week block."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

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
