"""Cost that names no campaign in a channel that runs by campaigns alone: a fee for all of them."""

from __future__ import annotations

import pandas as pd

from ptanalysis.dataset import place_of

#: A channel runs by campaigns alone where this share of its leads names one that has spend.
BY_UNITS = 0.9


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
