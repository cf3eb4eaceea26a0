"""Pauses in spend: what shows in them, and what a pause made on purpose would show.

Decay of always-on channels and the halo of one side over the other are identified by pauses alone.
From spend that never pauses a regression guesses them, and can guess the order of two channels
wrong.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from ptanalysis.dataset import ClinicData, active_spend
from ptanalysis.metrics.clinic_facts import each_clinic
from ptanalysis.metrics.volume import WEEK, weekly_counts
from ptanalysis.stats import CAPPED, Estimate, Estimates, jackknife
from ptanalysis.stats.planning import detected

#: Weeks (nearly) without spend that make a pause.
PAUSE_WEEKS = 12
#: A daily spend below this share of the channel's mean counts as none.
_QUIET = 0.05
#: Weeks with and without spend are compared within so many weeks: a season or a drift of the market
#: moves both. So many such blocks must hold weeks of both kinds.
BLOCK_WEEKS, FEWEST_BLOCKS = 8, 5
#: Lengths of a test by pausing, the shortest that shows enough is proposed; weeks it is planned by.
TEST_WEEKS, PLANNED_BY = (12, 16, 20, 26), 26
_ONE_CLINIC = "a test by pausing is planned for one clinic: open each by itself"
_GOES_ON = f"{CAPPED} inbound goes on bringing leads for months: weeks without it look like others"
_DAY = pd.Timedelta(days=1)
_SIDES, _SUMS = ("inbound", "outbound"), ("sum", "size")
#: Kinds of spend that reach people.
_RUNS = ("media", "print", "postage")
#: What `pauses` returns of a channel, and how several clinics' are joined.
_JOINED = {"weeks": "max", "pauses": "sum", "longest": "max"}


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
        spend). Of several clinics the longest, and the pauses of all.

    Notes
    -----
    Assumes that money recorded for a period was spent throughout it: a pause inside a period is
    not seen. The record ends with its last lead, payment or day of spend: where nothing at all is
    dated later, the exports ended and not the spend.
    """
    key = ["direction", "channel"]
    rows = [
        (*of, *_of_channel(paid, _last_day(each) + _DAY, weeks))
        for each in _clinics(tables)
        for of, paid in _always_on(each).groupby(key)
    ]
    table = pd.DataFrame(rows, columns=[*key, *_JOINED])
    return table.groupby(key, as_index=False).agg(_JOINED)


def _clinics(tables: ClinicData) -> list[ClinicData]:
    """Return the tables of each clinic by itself."""
    parts = {name: getattr(tables, name) for name in ("leads", "payments", "spend", "campaigns")}
    clinics = sorted(set().union(*(rows["clinic"] for rows in parts.values())))
    if len(clinics) < 2:
        return [tables]
    return [
        replace(tables, **{name: rows[rows["clinic"] == of] for name, rows in parts.items()})
        for of in clinics
    ]


def _always_on(clinic: ClinicData) -> pd.DataFrame:
    """Return either side's spend of channels without a campaign whose end is known."""
    ended = clinic.campaigns["channel"][clinic.campaigns["ends_on"].notna()].unique()
    spend = active_spend(clinic)
    return spend[spend["direction"].isin(_SIDES) & ~spend["channel"].isin(ended)]


def running_weeks(clinic: ClinicData) -> pd.DataFrame:
    """Return inbound's leads by week, and whether outbound ran.

    Returns
    -------
    DataFrame
        Columns clinic, week (its Monday), leads, running, block (each of 8 weeks of a clinic).
        Outbound runs in the weeks of its campaigns, and in those of its spend that names none whose
        end is known; fees, software and staff hours run through pauses and say nothing. Weeks in
        which no spend at all is on record are left out: a missing export is no pause.
    """
    return pd.concat([_running_weeks(each) for each in _clinics(clinic)], ignore_index=True)


def _running_weeks(clinic: ClinicData) -> pd.DataFrame:
    """Return `running_weeks` of one clinic."""
    table = weekly_counts(clinic, direction="inbound").rename_axis("week")
    table = table.reset_index(name="leads")
    spend, names = active_spend(clinic), clinic.leads["clinic"].unique()
    table = table[_touched(table["week"], spend["period_start"], spend["period_end"])]
    running = _touched(table["week"], *_running_spans(clinic))
    block = (table["week"] - table["week"].min()) // (BLOCK_WEEKS * WEEK)
    table.insert(0, "clinic", names[0] if len(names) else clinic.clinic)
    return table.assign(running=running, block=block)


def _touched(weeks: pd.Series, first: pd.Series, last: pd.Series) -> np.ndarray:
    """Return whether any span, of a first and last day, has a day in each week."""
    touched = [((first < week + WEEK) & (last >= week)).any() for week in weeks]
    return np.array(touched, dtype=bool)


def _running_spans(clinic: ClinicData) -> tuple[pd.Series, pd.Series]:
    """Return the first and last days of the campaigns and spend in which outbound ran."""
    ended = clinic.campaigns[clinic.campaigns["ends_on"].notna()]
    ended = ended[(ended["direction"] == "outbound") & (ended["kind"] == "campaign")]
    spend = active_spend(clinic)
    spend = spend[(spend["direction"] == "outbound") & spend["kind"].isin(_RUNS)]
    spend = spend[~spend["campaign"].isin(ended["campaign"])]
    first, last = (("starts_on", "period_start"), ("ends_on", "period_end"))
    return tuple(pd.concat([ended[a], spend[b]]) for a, b in (first, last))


def halo(weeks: pd.DataFrame) -> Estimates:
    """Return inbound's weekly leads while outbound ran, over those of the weeks around it.

    Parameters
    ----------
    weeks : DataFrame
        From `running_weeks`, or any table with leads, running and block, and clinic if of several.

    Returns
    -------
    Estimates
        A ratio: one row; of several clinics their average, then each. Not identified where outbound
        never ran or never paused, or fewer than 5 blocks of 8 weeks hold weeks of both kinds.

    Notes
    -----
    Within blocks (Mantel & Haenszel), so that a season and a slow drift are in neither's favor;
    the jackknife over blocks has what is left of them in its interval. With, not because of.

    References
    ----------
    Rothman & Greenland (1998), Modern Epidemiology, ch. 15: the Mantel-Haenszel rate ratio;
    Tukey (1958).

    Examples
    --------
    >>> weeks = pd.DataFrame({"block": [k for k in range(6) for _ in range(4)],
    ...     "running": [True, True, False, False] * 6, "leads": [6, 4, 3, 2, 8, 7, 5, 3] * 3})
    >>> float(halo(weeks)["estimate"].iloc[0].round(2))
    1.92
    """
    label = ("halo", "roi", "inbound")
    weeks = weeks if "clinic" in weeks else weeks.assign(clinic="")
    return Estimates.of(each_clinic(_halo, weeks, label=label, null=1.0))


def _halo(weeks: pd.DataFrame) -> Estimate:
    """Return `halo` of one clinic."""
    sums = weeks.groupby(["block", "running"])["leads"].agg(["sum", "size"]).unstack("running")
    both = sums.reindex(columns=[(what, on) for what in ("sum", "size") for on in (True, False)])
    both = both.dropna()
    if reason := _never(weeks["running"], len(both)):
        return Estimate.not_identified(reason, unit="ratio", n=weeks["leads"].sum())
    (on, off), (on_weeks, off_weeks) = ((both[what][True], both[what][False]) for what in _SUMS)
    held = on_weeks + off_weeks
    return jackknife(on * off_weeks / held, off * on_weeks / held).estimate(
        unit="ratio",
        n=weeks["leads"].sum(),
        method=f"Mantel-Haenszel within {len(both)} blocks of weeks, jackknife t over them",
        null=1.0,
    )


def _never(running: pd.Series, blocks: int) -> str:
    """Return why weeks with and without cannot be compared, or an empty string."""
    if not running.any():
        return "outbound never ran while spend was on record"
    if running.all():
        return f"outbound never paused in {len(running)} weeks with spend on record"
    few = f"outbound both ran and paused in only {blocks} stretches of {BLOCK_WEEKS} weeks"
    return "" if blocks >= FEWEST_BLOCKS else f"{few}, {FEWEST_BLOCKS} needed"


def pause_test(clinic: ClinicData) -> Estimates:
    """Return for each channel that is paid for how small a drop of all leads its pause would show.

    Parameters
    ----------
    clinic : ClinicData

    Returns
    -------
    Estimates
        Shares of all leads, found 4 times in 5, for each channel that is paid for, and for outbound
        as a whole; ``n`` is the length in weeks: of each two one without it, drawn by chance, so
        that season and drift fall on both alike. The shortest length that shows the loss of the
        leads that name it; where none does, the longest, and ``note`` begins with "not judged". So
        for inbound, which no pause of weeks shows, and of several clinics.

    Notes
    -----
    Assumes the noise of the last 26 weeks, as neighboring weeks show it, and a paired t test
    (`scipy.stats.ttest_rel`); that a lead comes in the week of what it answers to.

    References
    ----------
    Bloom (1995), Evaluation Review 19:547; noise by successive differences: von Neumann et al.
    (1941), Ann. Math. Stat. 12:153.
    """
    counts, label = weekly_counts(clinic)[-PLANNED_BY:], ("pause_shows", "roi")
    why = _ONE_CLINIC if len(_clinics(clinic)) > 1 else ""
    if len(counts) < PLANNED_BY or not counts.sum():
        why = why or f"{PLANNED_BY} weeks of leads are needed to plan a test"
    if why:
        return Estimates.of([Estimate.not_identified(why, unit="share").labelled(*label, "all")])
    recent = clinic.leads[clinic.leads["lead_at"] >= counts.index[0]]
    paid = active_spend(clinic)
    paid = paid[paid["direction"].isin(_SIDES) & (paid["period_end"] >= counts.index[-13])]
    sides = paid.drop_duplicates("channel").set_index("channel")["direction"].to_dict()
    sides |= {"outbound": "outbound"} if "outbound" in sides.values() else {}
    shares = pd.concat([recent[each].value_counts() for each in ("direction", "channel")])
    return Estimates.of(
        _planned(counts, leads / len(recent), sides[group]).labelled(*label, group)
        for group, leads in shares.items()
        if group in sides
    )


def _planned(counts: pd.Series, share: float, side: str) -> Estimate:
    """Return the shortest test that shows the loss of this share of the leads."""
    if side == "inbound":
        return Estimate.not_identified(_GOES_ON, unit="share")
    drops = {weeks: shown_by_pausing(counts, weeks) for weeks in TEST_WEEKS}
    weeks = next((weeks for weeks, drop in drops.items() if drop <= share), TEST_WEEKS[-1])
    named = f"{share:.0%} of the leads name it"
    few = f"{CAPPED} {named}, too few for {weeks} weeks to show their loss"
    return Estimate(
        value=drops[weeks],
        ci_low=None,
        ci_high=None,
        unit="share",
        n=weeks,
        method="a plan: off in one of each two weeks, drawn by chance; power of a paired t test",
        reason=named if drops[weeks] <= share else few,
    )


def shown_by_pausing(counts, weeks: int) -> float:
    """Return the smallest drop that pairs of weeks, one of each without, show 4 times in 5.

    Examples
    --------
    >>> round(shown_by_pausing([10, 14] * 13, 12), 2)
    0.5
    """
    counts = np.asarray(counts, dtype=float)
    noise = max(1.0, np.mean(np.diff(counts) ** 2) / 2 / counts.mean())
    asked = detected(weeks / 2 - 1) ** 2 * 4 * noise / (counts.mean() * weeks)
    # Where d = sqrt(asked (1 - d / 2)): weeks without it hold less, and so scatter less.
    return float(min(1.0, (np.sqrt(asked**2 / 4 + 4 * asked) - asked / 2) / 2))


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
