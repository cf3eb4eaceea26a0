"""Cost of no campaign: spread over the 4-week blocks it was for, or a fee for all campaigns."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ptanalysis.dataset import place_of
from ptanalysis.stats.clusters import block_starts

#: A channel runs by campaigns alone where this share of its leads names one that has spend.
BY_UNITS = 0.9
_DAY = pd.Timedelta(days=1)


def share_overhead(spend: pd.DataFrame, leads: pd.DataFrame, units: pd.DataFrame) -> pd.DataFrame:
    """Return spend with a channel's unnamed cost shared over its campaigns of that day.

    Only in channels that run by campaigns alone: where nearly every lead names a unit, the cost
    that names none (an agency's monthly fee, staff time) bought those units' leads, and in a block
    of its own it would meet none. The campaigns and assets running on the day bear equal parts;
    with none running the cost stays in its block.

    Parameters
    ----------
    spend : DataFrame
        Rows of spend with ``day``.
    leads : DataFrame
    units : DataFrame
        With campaign, clinic, channel, starts_on and ends_on (missing while it runs).

    Returns
    -------
    DataFrame
        The columns of `spend`; ``amount`` adds up to the same.
    """
    named = pd.Series(place_of(leads, units) >= 0, leads.index)
    by_units = named.groupby([leads["clinic"], leads["channel"]]).mean() >= BY_UNITS
    channel = pd.MultiIndex.from_frame(spend[["clinic", "channel"]])
    overhead = spend["campaign"].isna().to_numpy() & channel.isin(by_units[by_units].index)
    if not overhead.any():
        return spend
    rows = spend[overhead].reset_index(names="row").drop(columns="campaign")
    running = rows.merge(
        units[["clinic", "channel", "campaign", "starts_on", "ends_on"]], on=["clinic", "channel"]
    )
    open_ended = running["ends_on"].isna()
    on = (running["starts_on"] <= running["day"]) & (
        open_ended | (running["day"] < running["ends_on"] + pd.Timedelta(days=1))
    )
    running = running[on]
    parts = running.groupby("row")["campaign"].transform("size")
    shares = running.assign(amount=running["amount"] / parts)
    kept = spend[~spend.index.isin(shares["row"])]
    return pd.concat([kept, shares[list(spend.columns)]], ignore_index=True)


def spread_over_blocks(
    spend: pd.DataFrame, units: pd.DataFrame, *, at=(), of: Sequence[str] = ("amount",)
) -> pd.DataFrame:
    """Return spend with ``day``, its middle day; what is of no unit cut into its 4-week blocks.

    A quarter's invoice is thirteen weeks' cost, and in the block of its middle day it would make
    that block dear and the others free: the interval would be the bookkeeper's.

    Parameters
    ----------
    spend : DataFrame
        Rows of spend, or counts of leads.
    units : DataFrame
    at : sequence of Timestamp
        Moments to cut at, too.
    of : sequence of str
        Columns that are cut; each adds up to the same.

    Returns
    -------
    DataFrame
    """
    spend = spend.assign(first=spend["period_start"], last=spend["period_end"] + _DAY)
    cut = place_of(spend, units) < 0
    whole, rows = spend[~cut], spend[cut]
    edges = block_starts(rows["first"].min(), rows["last"].max(), at)
    end = np.searchsorted(edges, rows["last"].to_numpy())
    start = np.searchsorted(edges, rows["first"].to_numpy(), side="right") - 1
    pieces = np.maximum(end - start, 1)
    number = np.arange(pieces.sum()) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    length = (rows["last"] - rows["first"]).to_numpy().repeat(pieces)
    edge = np.repeat(start, pieces) + number
    rows = rows.loc[rows.index.repeat(pieces)]
    rows["first"] = np.maximum(rows["first"].to_numpy(), edges[edge])
    rows["last"] = np.minimum(rows["last"].to_numpy(), edges[edge + 1])
    share = (rows["last"] - rows["first"]).to_numpy() / length
    rows[list(of)] = rows[list(of)].mul(share, axis=0)
    found = pd.concat([whole, rows], ignore_index=True)
    middle = found["first"] + (found["last"] - _DAY - found["first"]).clip(lower=_DAY * 0) / 2
    return found.assign(day=middle).drop(columns=["first", "last"])
