"""The cluster of a row: its campaign or asset, else its channel's 4-week block."""

from __future__ import annotations

import pandas as pd

#: A Monday; blocks are counted from it, so that leads and spend share them in every run.
_EPOCH = pd.Timestamp("1970-01-05")
_BLOCK_DAYS = 28


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
