"""After a stop: which campaigns ever stopped, and the share of their leads that went on coming.

Decay is identified by stops alone. From spend that never pauses it can only be guessed, and a
regression guesses it wrong.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from ptanalysis.estimate import CAPPED, Estimate, fieller, mover
from ptanalysis.tables import ClinicTables

#: Weeks before the start that give the baseline, and after the end that the verdict looks at.
BASELINE_WEEKS = 12
AFTER_WEEKS = (4, 12)
#: With fewer stopped campaigns a true stop is rarely recognised as one.
FEWEST_STOPS = 4
TOO_FEW_LEADS = "too few leads came during the campaigns to say what share of them is left"
#: A spend below this share of its mean counts as no spend.
_QUIET = 0.05
_WEEK = pd.Timedelta(weeks=1)

STATES = {
    "stopped": "ended at least 12 weeks before the as-of date",
    "recent": "ended too recently: fewer than 12 weeks have been seen since",
    "running": "still running",
}


def identification(tables: ClinicTables) -> pd.DataFrame:
    """Return how many campaigns and assets of each direction show what follows a stop.

    Returns
    -------
    DataFrame
        Index direction, columns stopped, recent, running (counts); see STATES.
    """
    campaigns = tables.campaigns
    state = _state(campaigns, tables.as_of)
    counts = pd.crosstab(campaigns["direction"], state)
    return counts.reindex(columns=list(STATES), fill_value=0)


def persistence(
    tables: ClinicTables, direction: str, *, null: float = 0.25, confidence_level: float = 0.95
) -> Estimate:
    """Return the leads above baseline 5 to 12 weeks after the stop, as a share of those during.

    Parameters
    ----------
    tables : ClinicTables
    direction : str
    null : float
        Share to test.
    confidence_level : float

    Returns
    -------
    Estimate
        Ratio: 0 ends at once, 1 does not decay. ``n`` is the campaigns that stopped; below 4 the
        verdict is capped; not identified where none (or one) stopped.

    Notes
    -----
    Assumes independent campaigns whose leads carry the campaign's name. Leads it brought without
    its name are not in it.

    References
    ----------
    Fieller (1954), with t over campaigns.
    """
    label = ("persistence", "decay", direction)
    weeks = _weekly_means(tables, direction)
    if len(weeks) < 2:
        return Estimate.not_identified(
            _no_stop(tables, direction, len(weeks)), unit="ratio", n=len(weeks)
        ).labelled(*label)
    during = weeks["during"] - weeks["before"]
    if during.sum() <= 0:
        reason = "the campaigns brought no leads above their baseline"
        return Estimate.not_identified(reason, unit="ratio", n=len(weeks)).labelled(*label)
    found = fieller(
        weeks["after"] - weeks["before"], during, null=null, confidence_level=confidence_level
    )
    few = len(weeks) < FEWEST_STOPS
    capped = f"only {len(weeks)} campaigns stopped, {FEWEST_STOPS} are needed; {CAPPED}"
    unbounded = "" if found.bounded else TOO_FEW_LEADS
    reason = "; ".join(filter(None, [unbounded, capped if few else ""]))
    return Estimate(
        value=found.value, ci_low=found.low, ci_high=found.high, unit="ratio", n=len(weeks),
        method="Fieller t over stopped campaigns", clusters=len(weeks), reason=reason,
        p_value=found.p_value, df=found.df, confidence_level=confidence_level,
    ).labelled(*label)  # fmt: skip


def persistence_difference(
    tables: ClinicTables, *, null: float = 0.0, confidence_level: float = 0.95
) -> Estimate:
    """Return inbound's persistence less outbound's, in points.

    References
    ----------
    Zou & Donner (2008), Stat. Med. 27:1693, on the two Fieller intervals.
    """
    label = ("persistence_difference", "decay", "inbound - outbound")
    arms = [persistence(tables, side, null=1.0) for side in ("inbound", "outbound")]
    n = sum(arm.n for arm in arms)
    for side, arm in zip(("inbound", "outbound"), arms, strict=True):
        if arm.ci_low is None or arm.ci_high is None:
            reason = f"{side}: {arm.reason}"
            return Estimate.not_identified(reason, unit="points", n=n).labelled(*label)
    value, df = arms[0].value - arms[1].value, min(arm.df for arm in arms)
    low, high = mover(*arms)
    se = (high - low) / (2 * stats.t.ppf(0.975, df))
    wanted = stats.t.ppf((1 + confidence_level) / 2, df) / stats.t.ppf(0.975, df)
    return Estimate(
        value=value, ci_low=value - (value - low) * wanted, ci_high=value + (high - value) * wanted,
        unit="points", n=n, method="MOVER of Fieller t", clusters=int(n), df=df, se=se,
        p_value=float(2 * stats.t.sf(abs(value - null) / se, df)), scale="identity",
        reason="; ".join(filter(None, [arm.reason for arm in arms])),
        confidence_level=confidence_level,
    ).labelled(*label)  # fmt: skip


def after_stop(tables: ClinicTables, direction: str, *, weeks: int = 12) -> pd.DataFrame:
    """Return mean leads a campaign and week, aligned at the stop.

    Returns
    -------
    DataFrame
        Columns direction, week (0 is the first after the stop), leads, baseline, campaigns (those
        with that week on); from 12 weeks before the stop to `weeks` after.
    """
    stopped = _stopped(tables, direction)
    if stopped.empty:
        return pd.DataFrame(columns=["direction", "week", "leads", "baseline", "campaigns"])
    baseline = _weekly_means(tables, direction)["before"].mean()
    rows = []
    for week in range(-12, weeks):
        on = stopped[stopped["starts_on"] <= stopped["stop"] + week * _WEEK]
        if len(on):
            leads = _counts(tables, on, on["stop"] + week * _WEEK, on["stop"] + (week + 1) * _WEEK)
            rows.append((direction, week, leads.mean(), baseline, len(on)))
    return pd.DataFrame(rows, columns=["direction", "week", "leads", "baseline", "campaigns"])


def stops_in_spend(spend: pd.Series, *, quiet_weeks: int = 12) -> tuple[list, str]:
    """Find pauses long enough to show decay in a weekly series of spend.

    Parameters
    ----------
    spend : Series of float, shape (T,)
        Dollars a week, by date or number of the week.
    quiet_weeks : int
        Weeks in a row (nearly) without spend that make a stop.

    Returns
    -------
    stops : list
        Index of the first quiet week of each pause.
    reason : str
        Why decay is not identified, empty where it is.

    Examples
    --------
    >>> stops_in_spend(pd.Series([5.0] * 10 + [0.0] * 12))
    ([10], '')
    >>> stops_in_spend(pd.Series([5.0, 4.0, 6.0] * 10))[1]
    'not identified: spend never pauses for 12 weeks; stop it for a quarter to learn what is left'
    """
    quiet = (spend <= _QUIET * spend.mean()).to_numpy()
    starts = np.flatnonzero(np.diff(np.r_[False, quiet].astype(int)) == 1)
    stops = [start for start in starts if start and quiet[start : start + quiet_weeks].all()
             and len(spend) >= start + quiet_weeks]  # fmt: skip
    if stops:
        return [spend.index[start] for start in stops], ""
    return [], (
        f"not identified: spend never pauses for {quiet_weeks} weeks; "
        "stop it for a quarter to learn what is left"
    )


def _state(campaigns: pd.DataFrame, as_of: pd.Timestamp) -> pd.Series:
    stop = campaigns["ends_on"] + pd.Timedelta(days=1)
    ended = stop <= as_of + pd.Timedelta(days=1)
    seen = stop + AFTER_WEEKS[1] * _WEEK <= as_of + pd.Timedelta(days=1)
    return pd.Series(np.select([seen, ended], ["stopped", "recent"], "running"), campaigns.index)


def _stopped(tables: ClinicTables, direction: str) -> pd.DataFrame:
    campaigns = tables.campaigns[tables.campaigns["direction"] == direction]
    stopped = campaigns[(_state(campaigns, tables.as_of) == "stopped").to_numpy()]
    stopped = stopped[stopped["starts_on"] <= stopped["ends_on"]].drop_duplicates("campaign")
    return stopped.assign(stop=stopped["ends_on"] + pd.Timedelta(days=1))


def _weekly_means(tables: ClinicTables, direction: str) -> pd.DataFrame:
    """Return each stopped campaign's leads a week before, during and after."""
    stopped = _stopped(tables, direction)
    start, stop = stopped["starts_on"], stopped["stop"]
    spans = {
        "before": (start - BASELINE_WEEKS * _WEEK, start),
        "during": (start, stop),
        "after": (stop + AFTER_WEEKS[0] * _WEEK, stop + AFTER_WEEKS[1] * _WEEK),
    }
    return pd.DataFrame({
        name: _counts(tables, stopped, first, last) / ((last - first) / _WEEK).to_numpy()
        for name, (first, last) in spans.items()
    })  # fmt: skip


def _counts(
    tables: ClinicTables, campaigns: pd.DataFrame, first: pd.Series, last: pd.Series
) -> np.ndarray:
    """Return each campaign's leads from its `first` to its `last` moment."""
    spans = pd.DataFrame({
        "campaign": campaigns["campaign"].to_numpy(), "first": first.to_numpy(),
        "last": last.to_numpy(), "place": np.arange(len(campaigns)),
    })  # fmt: skip
    leads = tables.leads[["campaign", "lead_at"]].merge(spans, on="campaign")
    inside = (leads["lead_at"] >= leads["first"]) & (leads["lead_at"] < leads["last"])
    return np.bincount(leads["place"][inside], minlength=len(campaigns)).astype(float)


def _no_stop(tables: ClinicTables, direction: str, stopped: int) -> str:
    counts = identification(tables)
    if direction not in counts.index:
        return f"not identified: no {direction} campaign or asset is listed in campaigns.csv"
    row = counts.loc[direction]
    if stopped:
        return f"not identified: only one {direction} campaign stopped 12 weeks ago or earlier"
    return (
        f"not identified: no {direction} spend has stopped for 12 weeks "
        f"({row['running']} still running, {row['recent']} stopped too recently)"
    )
