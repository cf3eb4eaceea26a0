"""Pauses in spend: the only place where always-on channels could show what they leave behind.

Decay is identified by stops alone. From spend that never pauses a regression guesses it, and can
guess the order of two channels wrong.
"""

from __future__ import annotations

import pandas as pd

from ptanalysis.dataset import ClinicData, active_spend

#: Weeks (nearly) without spend that make a pause.
PAUSE_WEEKS = 12
#: A daily spend below this share of the channel's mean counts as none.
_QUIET = 0.05
_DAY = pd.Timedelta(days=1)
_COLUMNS = ("direction", "channel", "weeks", "pauses", "longest")


def pauses(tables: ClinicData, *, weeks: float = PAUSE_WEEKS) -> pd.DataFrame:
    """Return, for each always-on channel of either side, whether its spend ever paused.

    A channel with a campaign whose end is known shows decay by that, and is not listed.

    Parameters
    ----------
    tables : ClinicData
    weeks : float
        Weeks without spend that make a pause.

    Returns
    -------
    DataFrame
        Columns direction, channel, weeks (from the first day of spend to the record's last day),
        pauses (count of pauses of at least `weeks`), longest (weeks of the longest stretch without
        spend).

    Notes
    -----
    Assumes that money recorded for a period was spent throughout it: a pause inside a period is
    not seen. The record ends with its last lead, payment or day of spend: where nothing at all is
    dated later, the exports ended and not the spend.
    """
    ended = tables.campaigns["channel"][tables.campaigns["ends_on"].notna()].unique()
    spend = active_spend(tables)
    sided = spend[spend["direction"].isin(["inbound", "outbound"])]
    always_on = sided[~sided["channel"].isin(ended)]
    end = _last_day(tables) + _DAY
    rows = [
        (*key, *_of_channel(paid, end, weeks))
        for key, paid in always_on.groupby(["direction", "channel"])
    ]
    return pd.DataFrame(rows, columns=list(_COLUMNS))


def _last_day(tables: ClinicData) -> pd.Timestamp:
    """Return the last day on which anything is on record, the as-of date at most."""
    dated = (tables.leads["lead_at"], tables.payments["paid_at"], tables.spend["period_end"])
    return (
        min(tables.as_of, pd.concat(dated).max().normalize())
        if any(map(len, dated))
        else tables.as_of
    )


def _of_channel(spend: pd.DataFrame, end: pd.Timestamp, weeks: float) -> tuple[float, int, float]:
    gaps = _gaps(spend, end)
    seen = (end - spend["period_start"].min()) / (7 * _DAY)
    return seen, int((gaps >= weeks).sum()), float(gaps.max())


def _gaps(spend: pd.DataFrame, end: pd.Timestamp) -> pd.Series:
    """Return the weeks between the end of each period with spend and the next that follows."""
    first, last = spend["period_start"], spend["period_end"] + _DAY
    daily = spend["amount"] / ((last - first) / _DAY)
    usual = spend["amount"].sum() / ((end - first.min()) / _DAY)
    paid = pd.DataFrame({"first": first, "last": last})[daily >= _QUIET * usual]
    paid = paid.sort_values("first")
    following = paid["first"].shift(-1).fillna(end)
    return (following - paid["last"].cummax()).clip(lower=pd.Timedelta(0)) / (7 * _DAY)
