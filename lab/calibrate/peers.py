"""What a careful reader of the manuals would compute from the same tables, by the tools' defaults.

Each takes ClinicData and returns an Interval; none knows of maturity, campaigns, or what else
the estimand asks for, unless its name says so. The project's methods are measured against them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy import stats
from statsmodels.duration.survfunc import SurvfuncRight
from statsmodels.stats.proportion import confint_proportions_2indep
from statsmodels.stats.rates import confint_poisson_2indep

from ptanalysis.dataset import ClinicData
from ptanalysis.definitions import SQL_HORIZON_WEEKS
from ptanalysis.metrics.quality.followed_leads import decided_at

_WEEK = pd.Timedelta(weeks=1)
_SIDES = ("inbound", "outbound")
_Z = stats.norm.isf(0.025)
_RESAMPLES = 999


class Interval(NamedTuple):
    """A peer's answer; NaN where it has none."""

    value: float
    low: float
    high: float


class Peer(NamedTuple):
    """A peer's way to one claim's number, and on how many replicates it is affordable."""

    claim: str
    name: str
    ask: Callable[[ClinicData], Interval]
    most_replicates: int = 250
    most_leads: int = 1_000_000


def poisson_cost_ratio(column: str) -> Callable[[ClinicData], Interval]:
    """Return the asker of cost per event so far as a ratio of two Poisson rates."""

    def ask(tables: ClinicData) -> Interval:
        leads, spend = _by_side(tables.leads), _by_side(tables.spend)
        events = [leads[side][column].notna().sum() for side in _SIDES]
        cost = [spend[side]["amount"].sum() for side in _SIDES]
        return _rate_ratio(events[0], cost[0], events[1], cost[1])

    return ask


def share_so_far(tables: ClinicData) -> Interval:
    """Return the difference of SQLs so far over all leads, pooled, by Newcombe's interval."""
    sides = _by_side(tables.leads)
    k, n = zip(*((sides[s]["sql_at"].notna().sum(), len(sides[s])) for s in _SIDES), strict=True)
    low, high = confint_proportions_2indep(k[0], n[0], k[1], n[1], method="newcomb")
    return Interval(k[0] / n[0] - k[1] / n[1], low, high)


def share_cluster_z(tables: ClinicData) -> Interval:
    """Return the difference of SQL shares of screened matured leads, cluster-robust z."""
    leads = _screened(tables)
    return _cluster_z(leads, _sql_in_time(leads))


def gap_cluster_z(tables: ClinicData) -> Interval:
    """Return the difference of (MQL less SQL) shares of screened matured leads, the same."""
    leads = _screened(tables)
    return _cluster_z(leads, leads["mql_at"].notna() - _sql_in_time(leads))


def one_less_kaplan_meier(tables: ClinicData) -> Interval:
    """Return the difference of 1 - Kaplan-Meier at 13 weeks, disqualified leads censored."""
    arms = [_kaplan_meier(tables, side) for side in _SIDES]
    return _normal(arms[0][0] - arms[1][0], float(np.hypot(arms[0][1], arms[1][1])))


def bca_on_leads(tables: ClinicData) -> Interval:
    """Return the ratio of revenue so far a dollar, scipy's BCa over leads, cost taken as fixed."""
    paid = tables.payments.groupby("lead_id")["amount"].sum()
    leads, spend = _by_side(tables.leads), _by_side(tables.spend)
    income = [leads[s]["lead_id"].map(paid).fillna(0.0).to_numpy() for s in _SIDES]
    per_dollar = [
        len(money) / spend[s]["amount"].sum() for money, s in zip(income, _SIDES, strict=True)
    ]
    if min(money.sum() for money in income) == 0:
        return _UNKNOWN

    def ratio(a, b, axis):
        return a.mean(axis=axis) * per_dollar[0] / (b.mean(axis=axis) * per_dollar[1])

    with np.errstate(divide="ignore", invalid="ignore"):
        found = stats.bootstrap(
            income,
            ratio,
            n_resamples=_RESAMPLES,
            method="BCa",
            batch=100,
            rng=np.random.default_rng(len(tables.leads)),
        ).confidence_interval
    return Interval(ratio(*income, axis=0), found.low, found.high)


def weeks_after_over_during(tables: ClinicData) -> Interval:
    """Return leads a week 5-12 weeks after over during outbound campaigns, as a Poisson ratio."""
    ended = _units(tables, "outbound").dropna(subset=["ends_on"])
    stop = ended["ends_on"] + pd.Timedelta(days=1)
    ended = ended.assign(stop=stop)[stop + 12 * _WEEK <= tables.as_of]
    leads = tables.leads.merge(ended[["clinic", "campaign", "starts_on", "stop"]])
    age = (leads["lead_at"] - leads["stop"]) / _WEEK
    during = ((ended["stop"] - ended["starts_on"]) / _WEEK).sum()
    return _rate_ratio(((age >= 4) & (age < 12)).sum(), 8 * len(ended), (age < 0).sum(), during)


def mean_of_those_seen(tables: ClinicData) -> Interval:
    """Return the difference of mean weeks to the first SQL of units that have one, Welch's t."""
    first = tables.leads.groupby(["clinic", "campaign"])["sql_at"].min().rename("first")
    units = tables.campaigns.join(first, on=["clinic", "campaign"]).dropna(subset=["first"])
    weeks = (units["first"] - units["starts_on"]) / _WEEK
    arms = [weeks[units["direction"] == side] for side in _SIDES]
    if min(map(len, arms)) < 2:
        return _UNKNOWN
    found = stats.ttest_ind(*arms, equal_var=False).confidence_interval()
    return Interval(arms[0].mean() - arms[1].mean(), found.low, found.high)


def half_years_poisson(tables: ClinicData) -> Interval:
    """Return leads of assets' months 7-12 to 1-6, pooled, as a ratio of two Poisson rates."""
    assets = _units(tables, "inbound")
    assets = assets[assets["starts_on"] + 52 * _WEEK <= tables.as_of]
    leads = tables.leads.merge(assets[["clinic", "campaign", "starts_on"]])
    age = (leads["lead_at"] - leads["starts_on"]) / _WEEK
    return _rate_ratio(((age >= 26) & (age < 52)).sum(), 26, (age < 26).sum(), 26)


PEERS: tuple[Peer, ...] = (
    *(
        Peer(
            f"outbound_costs_more_per_{event}",
            "Poisson rate ratio (statsmodels score)",
            poisson_cost_ratio(column),
        )
        for event, column in (("sql", "sql_at"), ("lead", "lead_at"), ("patient", "patient_at"))
    ),
    Peer("inbound_leads_more_often_sql", "naive recency rate (Newcombe)", share_so_far),
    Peer("inbound_leads_more_often_sql", "statsmodels cluster z", share_cluster_z),
    Peer("inbound_leads_more_often_sql", "1 - Kaplan-Meier", one_less_kaplan_meier),
    Peer("mql_sql_gap_differs", "statsmodels cluster z", gap_cluster_z),
    Peer("inbound_higher_roi", "scipy bootstrap BCa on leads", bca_on_leads, 250, 2_500),
    Peer("outbound_ends_with_campaign", "Poisson ratio, no baseline", weeks_after_over_during),
    Peer("inbound_slower_to_start", "Welch t of units with a first SQL", mean_of_those_seen),
    Peer("inbound_lasts_and_grows", "Poisson rate ratio (statsmodels score)", half_years_poisson),
)

_UNKNOWN = Interval(np.nan, np.nan, np.nan)


def _by_side(table: pd.DataFrame) -> dict[str, pd.DataFrame]:
    return {side: table[table["direction"] == side] for side in _SIDES}


def _units(tables: ClinicData, side: str) -> pd.DataFrame:
    return tables.campaigns[tables.campaigns["direction"] == side]


def _rate_ratio(count: int, exposure: float, count_b: int, exposure_b: float) -> Interval:
    """Return rate a over rate b with statsmodels' score interval."""
    if min(count, count_b) == 0 or min(exposure, exposure_b) <= 0:
        return _UNKNOWN
    low, high = confint_poisson_2indep(
        count, exposure, count_b, exposure_b, method="score", compare="ratio"
    )
    return Interval(count / exposure / (count_b / exposure_b), low, high)


def _matured(tables: ClinicData) -> pd.DataFrame:
    """Return inbound and outbound leads of 13 weeks and older."""
    leads = tables.leads[tables.leads["direction"].isin(_SIDES)]
    return leads[leads["lead_at"] + SQL_HORIZON_WEEKS * _WEEK <= tables.as_of]


def _screened(tables: ClinicData) -> pd.DataFrame:
    """Return the matured leads that were decided on within 13 weeks."""
    leads = _matured(tables)
    return leads[(decided_at(leads) - leads["lead_at"]) / _WEEK <= SQL_HORIZON_WEEKS]


def _sql_in_time(leads: pd.DataFrame) -> pd.Series:
    return ((leads["sql_at"] - leads["lead_at"]) / _WEEK <= SQL_HORIZON_WEEKS).astype(int)


def _cluster_z(leads: pd.DataFrame, outcome: pd.Series) -> Interval:
    """Return the coefficient of inbound by OLS with campaigns as clusters, normal quantiles."""
    design = np.column_stack([np.ones(len(leads)), leads["direction"] == "inbound"]).astype(float)
    groups = pd.factorize(leads["campaign"].fillna(leads["channel"]))[0]
    fitted = sm.OLS(outcome.to_numpy(float), design).fit(
        cov_type="cluster", cov_kwds={"groups": groups}
    )
    return _normal(fitted.params[1], fitted.bse[1])


def _kaplan_meier(tables: ClinicData, side: str) -> tuple[float, float]:
    """Return 1 - KM and Greenwood's standard error at 13 weeks."""
    leads = _by_side(tables.leads)[side]
    end = leads["sql_at"].fillna(leads["lost_at"]).fillna(tables.as_of + pd.Timedelta(days=1))
    curve = SurvfuncRight((end - leads["lead_at"]) / _WEEK, leads["sql_at"].notna().astype(int))
    place = np.searchsorted(curve.surv_times, SQL_HORIZON_WEEKS, side="right") - 1
    if place < 0:
        return np.nan, np.nan
    return float(1 - curve.surv_prob[place]), float(curve.surv_prob_se[place])


def _normal(value: float, se: float) -> Interval:
    return Interval(value, value - _Z * se, value + _Z * se)
