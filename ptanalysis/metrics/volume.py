"""Volume: how many leads came, from where, and whether that is changing."""

from __future__ import annotations

from collections.abc import Callable
from math import inf

import numpy as np
import pandas as pd

from ptanalysis.dataset import ClinicData
from ptanalysis.definitions import Quarter
from ptanalysis.metrics import counts_only
from ptanalysis.metrics.clinic_facts import allowed, given
from ptanalysis.stats import (
    Estimate,
    Estimates,
    count_change,
    expected_count,
    held_together,
    overdispersion,
    wilson,
)
from ptanalysis.stats import trend as trend_of

#: Columns of the leads that group them.
GROUPS = ("direction", "channel", "campaign", "vendor", "service", "clinic")
WEEK, YEAR = pd.Timedelta(weeks=1), pd.Timedelta(days=365.25)
#: Weeks of data below which a yearly season cannot be separated from a trend.
SEASON_WEEKS = 104
WEEKS_A_QUARTER = 13
#: Weeks before a quarter from which on they show the usual spread: six 4-week blocks.
HISTORY_WEEKS = 24
#: Silence at the end of the record: so many weeks, so many leads missed, at the pace of 13 weeks.
SILENCE_WEEKS, SILENCE_LEADS, SILENCE_BASE = 3, 10, 13


def weekly_counts(tables: ClinicData, **where: str) -> pd.Series:
    """Return leads a week, weeks without leads included.

    Parameters
    ----------
    tables : ClinicData
    **where : str
        Column and value, such as ``direction="inbound"``.

    Returns
    -------
    Series of int
        By the Monday of each full week, from the clinic's first lead to the as-of date.
    """
    return _weekly(_where(tables.leads, where)["lead_at"], *_span(tables))


def in_quarter(tables: ClinicData, quarter: Quarter, **where: str) -> pd.Series:
    """Return the leads of `quarter` in 13 parts of equal length, so that quarters compare."""
    start, end = pd.Timestamp(quarter.start), pd.Timestamp(quarter.next().start)
    times = _where(tables.leads, where)["lead_at"]
    part = ((times - start) / (end - start) * WEEKS_A_QUARTER)[(times >= start) & (times < end)]
    return part.astype(int).value_counts().reindex(range(WEEKS_A_QUARTER), fill_value=0)


def count(
    clinic: ClinicData,
    *,
    by: str = "direction",
    share: bool = False,
    confidence_level: float = 0.95,
) -> Estimates:
    """Return the leads of the quarter in each group, the largest group first.

    Parameters
    ----------
    clinic : ClinicData
    by : {"direction", "channel", "campaign", "vendor", "service", "clinic"}
    share : bool
        Each group's share of the leads instead of their number.
    confidence_level : float

    Returns
    -------
    Estimates
        The number expected of such a quarter: its interval allows for weeks that scatter more
        than chance alone, as this group's weeks have so far. A share has Wilson's interval. Leads
        known only as counts are among them; their interval comes from their months, from 6 on.

    Examples
    --------
    >>> import ptanalysis as pt
    >>> pt.count(pt.load("sample", "2026Q2"), by="direction")["group"].tolist()[:2]
    ['inbound', 'outbound']
    """
    counts = _counts(clinic, [clinic.quarter], allowed("by", by, GROUPS))
    test = {"confidence_level": confidence_level}
    return Estimates.of(
        wilson(count, counts.sum(), **test).labelled("share_of_leads", "volume", group)
        if share
        else _expected(clinic, {by: group}, count, **test).labelled("leads", "volume", group)
        for group, count in counts.items()
    )


def _counts(tables: ClinicData, quarters: list[Quarter], by: str) -> pd.Series:
    """Return the leads of quarters by group, those known only as counts too, the most first."""
    dated = pd.concat([of_quarter(tables.leads, each) for each in quarters])
    dated = given(dated, by).value_counts()
    rows = pd.concat([counts_only.of_quarter(tables.counted, each) for each in quarters])
    if rows.empty or by not in rows:
        return dated
    both = dated.add(rows.groupby(given(rows, by))["leads"].sum(), fill_value=0)
    return both.astype(int).sort_values(ascending=False, kind="stable")


def all_of_quarter(tables: ClinicData, quarter: Quarter) -> Estimate:
    """Return the leads of a quarter with their interval, those known only as counts too."""
    more = counts_only.of_quarter(tables.counted, quarter)["leads"].sum()
    return _expected(tables, {}, len(of_quarter(tables.leads, quarter)) + int(more))


def _expected(tables: ClinicData, where: dict, count: int, **test) -> Estimate:
    """Return a count with its interval; without one where counts cannot tell how they vary.

    Nor where the record falls silent before its end: the quarter was not seen whole.
    """
    try:
        phi, _ = _spread(tables, where)
    except ValueError as error:
        return _without_interval(count, str(error), unit="leads", n=count)
    if reason := silence(tables):
        return _without_interval(count, reason, unit="leads", n=count)
    return expected_count(count, phi, **test)


def _without_interval(value: float, reason: str, **rest) -> Estimate:
    return Estimate(value=value, ci_low=None, ci_high=None, method="count", reason=reason, **rest)


def weekly(clinic: ClinicData, *, by: str | None = None) -> pd.DataFrame:
    """Return the leads of each full week, weeks without leads included.

    Parameters
    ----------
    clinic : ClinicData
    by : str, optional
        What the groups are, as in `count`; one group ``all`` where left out.

    Returns
    -------
    DataFrame
        Columns week (its Monday), group, leads; from the clinic's first lead to the as-of date.
    """
    groups = given(clinic.leads, allowed("by", by, GROUPS)).unique() if by else ()
    wheres = {group: {by: group} for group in groups} if by else {"all": {}}
    parts = [
        weekly_counts(clinic, **where)
        .rename_axis("week")
        .reset_index(name="leads")
        .assign(group=group)[["week", "group", "leads"]]
        for group, where in wheres.items()
    ]
    empty = {"week": "datetime64[ns]", "group": "str", "leads": "int64"}
    return (
        pd.concat(parts, ignore_index=True)
        if parts
        else pd.DataFrame(columns=list(empty)).astype(empty)
    )


def trend(clinic: ClinicData, *, by: str = "direction") -> Estimates:
    """Return the change in weekly leads a year as a multiple, of all and of each group.

    Parameters
    ----------
    clinic : ClinicData
    by : str
        As in `count`; the groups are those with leads in the quarter.

    Returns
    -------
    Estimates
        1.2 is a fifth more each year. Weeks that resemble their neighbors count for less. The
        groups' intervals hold together.
    """
    groups = _counts(clinic, [clinic.quarter], allowed("by", by, GROUPS)).index
    return _all_and_groups("trend", by, groups, lambda where, level: _trend(clinic, where, level))


def _all_and_groups(measure: str, by: str | None, groups, ask: Callable) -> Estimates:
    """Return what is asked of all leads, and of each group with intervals that hold together."""
    found = held_together(lambda level: [ask({by: each}, level) for each in groups], f"{by}s")
    return Estimates.of(
        each.labelled(measure, "volume", group)
        for group, each in zip(["all", *groups], [ask({}, 0.95), *found], strict=True)
    )


def _trend(tables: ClinicData, where: dict[str, str], level: float) -> Estimate:
    weeks = weekly_counts(tables, **where)
    reason = (
        _undated(tables, where)
        or silence(tables)
        or ("" if len(weeks) else "there is no full week of leads")
    )
    if reason:
        return Estimate.not_identified(reason, unit="ratio")
    return trend_of(weeks, confidence_level=level)


def _undated(tables: ClinicData, where: dict) -> str:
    """Return how many of a group's leads have no days, as only counts are kept, or nothing."""
    count = int(counts_only.where(tables, where)["leads"].sum())
    every = count + len(_where(tables.leads, where))
    return counts_only.NO_DAYS.format(counted=f"{count:,} of {every:,} leads") if count else ""


def silence(tables: ClinicData) -> str:
    """Return why the last weeks are no record of the market, or an empty string.

    Returns
    -------
    str
        Names the last lead's day where no lead came for 3 weeks or more, in which 10 or more were
        to be expected at the pace of the quarter before: an export that ends early, most likely.
    """
    times, end = tables.leads["lead_at"], tables.as_of + pd.Timedelta(days=1)
    last, weeks = times.max(), (end - times.max()) / WEEK
    missed = (times > last - SILENCE_BASE * WEEK).sum() / SILENCE_BASE * weeks
    if pd.isna(last) or weeks < SILENCE_WEEKS or missed < SILENCE_LEADS:
        return ""
    return (
        f"no lead is dated after {last:%Y-%m-%d}, {weeks:.0f} weeks before the end of the data,"
        f" where about {missed:,.0f} would be usual: the export of inquiries seems to stop there"
    )


def season(clinic: ClinicData) -> Estimates:
    """Return each calendar month's leads as a multiple of what the trend expects.

    Returns
    -------
    Estimates
        Groups are the names of the months seen in two years or more, ``n`` the years; one row
        without a value, with the reason, where a season cannot be separated from a trend.

    Notes
    -----
    Assumes a log-linear trend, taken as known; two or three years of a month are a hint at best.
    """
    counts = weekly_counts(clinic)
    if reason := _no_season(clinic, len(counts)):
        return Estimates.of([Estimate.not_identified(reason, unit="ratio", id="season")])
    (phi, _), level = overdispersion(counts), _on_trend(counts)
    by_month = counts.groupby(counts.index.month)
    found = [_month(month, of, level[of.index].sum(), phi) for month, of in by_month]
    return Estimates.of(each for each in found if each.n > 1)


def _no_season(tables: ClinicData, weeks: int) -> str:
    if weeks >= SEASON_WEEKS or not tables.counted.empty:
        return _undated(tables, {}) or silence(tables)
    return f"season not separable from trend: {weeks} weeks of data, {SEASON_WEEKS} are needed"


def _month(month: int, of: pd.Series, expected: float, phi: float) -> Estimate:
    """Return one month's leads over what the trend expects of its weeks."""
    total = expected_count(of.sum(), phi)
    return Estimate(
        value=of.sum() / expected,
        ci_low=total.ci_low / expected,
        ci_high=total.ci_high / expected,
        unit="ratio",
        n=of.index.year.nunique(),
        method="quasi-Poisson count of the month's weeks, over the trend",
    ).labelled("season", "volume", pd.Timestamp(2000, month, 1).month_name())


def _on_trend(counts: pd.Series) -> pd.Series:
    """Return the leads of each week that the trend alone expects; they add up to those seen."""
    years = (counts.index - counts.index[0]) / YEAR
    growth = (trend_of(counts).value or 1.0) ** pd.Series(years, index=counts.index)
    return growth * counts.sum() / growth.sum()


def change(clinic: ClinicData, before: Quarter, *, by: str | None = "direction") -> Estimates:
    """Return the quarter's leads as a multiple of those of an earlier quarter, of all and by group.

    Parameters
    ----------
    clinic : ClinicData
    before : Quarter
        ``clinic.quarter.previous()``, or a year back ``clinic.quarter.previous(4)``.
    by : str, optional
        As in `count`; None for all leads alone.

    Returns
    -------
    Estimates
        Not known, with the reason, where the record does not reach back so far, or falls silent
        before its end. The groups' intervals hold together.
    """
    if reason := short_of(clinic, before) or silence(clinic):
        missing = Estimate.not_identified(reason, unit="ratio")
        return Estimates.of([missing.labelled("change", "volume", "all")])
    both = [clinic.quarter, before]
    groups = _counts(clinic, both, allowed("by", by, GROUPS)).index if by else []
    return _all_and_groups(
        "change", by, groups, lambda where, level: _change(clinic, before, where, level)
    )


def _change(tables: ClinicData, before: Quarter, where: dict, level: float) -> Estimate:
    """Return the quarter's leads as a multiple of those of `before`, in one group."""
    parts = [in_quarter(tables, quarter, **where) for quarter in (tables.quarter, before)]
    rows = [
        counts_only.of_quarter(counts_only.where(tables, where), quarter)
        for quarter in (tables.quarter, before)
    ]
    if all(each.empty for each in rows):
        return count_change(*parts, spread=_earlier(tables, where), confidence_level=level)
    now, then = (a.sum() + b["leads"].sum() for a, b in zip(parts, rows, strict=True))
    try:
        return count_change([now], [then], spread=_spread(tables, where), confidence_level=level)
    except ValueError as error:
        if not then:
            return Estimate.not_identified(str(error), unit="ratio", n=now)
        return _without_interval(now / then, str(error), unit="ratio", n=now + then)


def short_of(tables: ClinicData, quarter: Quarter) -> str:
    """Return that the data begin over a week after the start of `quarter`, or nothing."""
    first = first_day(tables)
    if pd.isna(first) or first > pd.Timestamp(quarter.start) + WEEK:
        return f"the clinic's data do not reach back to the start of {quarter}"
    return ""


def first_day(tables: ClinicData) -> pd.Timestamp:
    """Return the time of the first lead; of the first count where only counts are known."""
    first = tables.leads["lead_at"].min()
    return tables.counted["period_start"].min() if pd.isna(first) else first


def unknown_share(clinic: ClinicData) -> Estimates:
    """Return the share of the quarter's leads whose source is not known, with Wilson's interval."""
    counts = _counts(clinic, [clinic.quarter], "direction")
    found = wilson(int(counts.get("unknown", 0)), int(counts.sum()))
    return Estimates.of([found.labelled("unknown_share", "volume", "unknown")])


def _spread(tables: ClinicData, where: dict) -> tuple[float, float]:
    """Return the overdispersion of a group's weeks, or months where only counts are kept.

    1 before there is a full week with leads. Where both are known, the larger.

    Raises
    ------
    ValueError
        The counts cannot tell.
    """
    weeks, counts = weekly_counts(tables, **where), counts_only.where(tables, where)
    running = _running(tables, where, weeks.index)
    known = [overdispersion(weeks, running)] if weeks.any() else []
    known += [] if counts.empty else [counts_only.spread(counts)]
    return max(known, key=lambda each: (each[0], -each[1]), default=(1.0, inf))


def _earlier(tables: ClinicData, where: dict) -> tuple[float, float] | None:
    """Return the spread of the weeks before the quarter: what changed in it is not usual.

    None with too few of them: each quarter then tells its own spread. (From one quarter alone, a
    change would be announced in 9% of steady clinics with weeks correlated .3.)
    """
    weeks = weekly_counts(tables, **where)
    weeks = weeks[weeks.index < pd.Timestamp(tables.quarter.start)]
    if len(weeks) < HISTORY_WEEKS:
        return None
    return overdispersion(weeks, _running(tables, where, weeks.index))


def _running(tables: ClinicData, where: dict, weeks: pd.DatetimeIndex) -> np.ndarray:
    """Return how many campaigns of a group ran in each week."""
    listed = tables.campaigns[tables.campaigns["kind"] != "asset"]
    listed = _where(listed, {name: word for name, word in where.items() if name in listed})
    starts, ends = (listed[name].to_numpy() for name in ("starts_on", "ends_on"))
    ended = ends < weeks.to_numpy()[:, None]  # one without an end goes on
    return ((starts < (weeks + WEEK).to_numpy()[:, None]) & ~ended).sum(axis=1)


def of_quarter(leads: pd.DataFrame, quarter: Quarter) -> pd.DataFrame:
    """Return the leads that came in `quarter`."""
    start, after = pd.Timestamp(quarter.start), pd.Timestamp(quarter.next().start)
    return leads[(leads["lead_at"] >= start) & (leads["lead_at"] < after)]


def _where(leads: pd.DataFrame, where: dict) -> pd.DataFrame:
    for column, value in where.items():
        leads = leads[given(leads, column) == value]
    return leads


def _span(tables: ClinicData) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Return the first Monday with data behind it and the Monday after the last full week."""
    after = tables.as_of + pd.Timedelta(days=1)
    first = after if tables.leads.empty else tables.leads["lead_at"].min().normalize()
    return first - pd.Timedelta(days=first.weekday()), after - pd.Timedelta(days=after.weekday())


def _weekly(times: pd.Series, start: pd.Timestamp, end: pd.Timestamp) -> pd.Series:
    number = ((times[times < end] - start) // WEEK).value_counts()
    weeks = pd.date_range(start, end, freq="7D", inclusive="left")
    return pd.Series(number.reindex(range(len(weeks)), fill_value=0).to_numpy(), index=weeks)
