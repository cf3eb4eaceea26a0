"""Coverage in small simulations, each beside the formula it replaces.

The bounds are narrow enough that the wrong formula (z for t, Poisson for quasi-Poisson, leads for
campaigns, patients fixed, events so far over all leads) falls out of them, on the same draws.
Monte-Carlo error at 1,500 draws is 0.6 points. The models are those of the statistics reference,
sections a to g.
"""

from dataclasses import replace
from math import inf, log, sqrt

import numpy as np
import pytest
from scipy import stats

from ptanalysis.stats import (
    Scaled,
    cost_ratio,
    count_change,
    fay_feuer_total,
    incidence,
    incidence_difference,
    jackknife,
    newcombe,
    rmst_difference,
    roi_difference,
    roi_ratio,
    share_difference,
    trend,
)

NOMINAL = (0.935, 0.968)
WRONG = 0.93


def covers(found, truth) -> bool:
    """Whether an interval holds the truth; an open end holds all on its side."""
    low, high = (found.ci_low, found.ci_high) if hasattr(found, "ci_low") else found
    return (-inf if low is None else low) <= truth <= (inf if high is None else high)


def coverage(draw, intervals, truth, reps=1500, seed=20261123):
    """Share of draws whose interval holds the truth, for each of `intervals`."""
    rng = np.random.default_rng(seed)
    draws = [draw(rng) for _ in range(reps)]
    return [np.mean([covers(interval(*one), truth) for one in draws]) for interval in intervals]


def within(share, low=NOMINAL[0], high=NOMINAL[1]) -> bool:
    return low <= share <= high


def with_z(scaled: Scaled):
    return replace(scaled, df=inf).interval()


def campaigns(rng, k, leads=25, sd=0.5):
    """Cost and SQLs of campaigns whose true cost per SQL varies by `sd` on the log."""
    cost = rng.lognormal(log(3000), 0.5, k)
    expected = leads * cost / 3400 * rng.lognormal(-(sd**2) / 2, sd, k)
    return cost, rng.poisson(expected)


@pytest.mark.parametrize("k", [6, 12])
def test_cost_ratio_of_campaigns(k):
    def poisson(cost_a, events_a, cost_b, events_b):
        a, b = events_a.sum(), events_b.sum()
        centre = log(cost_a.sum() / a) - log(cost_b.sum() / b)
        half = 1.959964 * sqrt(1 / a + 1 / b)
        return np.exp([centre - half, centre + half])

    right, wrong = coverage(
        lambda rng: (*campaigns(rng, k), *campaigns(rng, k)), [cost_ratio, poisson], 1.0
    )
    assert within(right)
    assert wrong < 0.7


def test_t_not_z_at_six_campaigns():
    right, wrong = coverage(
        lambda rng: campaigns(rng, 6),
        [lambda *arm: jackknife(*arm).interval(), lambda *arm: with_z(jackknife(*arm))],
        3400 / 25,
    )
    assert within(right, 0.925)
    assert wrong < 0.91


def money(rng, k, mean=1100.0):
    """Cost, revenue and patients of campaigns: heavy-tailed payments, few patients."""
    cost, leads = campaigns(rng, k, leads=40, sd=0.6)
    patients = rng.binomial(leads, stats.logistic.cdf(rng.normal(log(0.12 / 0.88), 0.5, k)))
    paid = rng.lognormal(log(mean), 0.7, (k, max(patients.max(), 1))).clip(300, 4000)
    return (paid * (np.arange(paid.shape[1]) < patients[:, None])).sum(axis=1), cost


@pytest.mark.slow
def test_roi_ratio_and_difference():
    """Draws stopped by a gate are left out; equal arms, so the ratio is 1, the difference 0."""

    def patients_fixed(revenue_a, cost_a, revenue_b, cost_b):
        arms = [jackknife(r, np.ones(len(r)), scale="log") for r in (revenue_a, revenue_b)]
        half = 1.959964 * 0.7 / sqrt(25) * sqrt(2)
        centre = arms[0].value - arms[1].value - log(cost_a.sum() / cost_b.sum())
        return np.exp([centre - half, centre + half])

    def draw(rng):
        while True:
            arms = (*money(rng, 12), *money(rng, 12))
            if (found := roi_ratio(*arms)).ci_low is not None:
                return found, arms

    def gap_and_one(_, arms):
        found = roi_difference(*arms)
        return found.ci_low + 1, found.ci_high + 1

    ratio, wrong, gap = coverage(
        draw,
        [lambda found, _: found, lambda _, arms: patients_fixed(*arms), gap_and_one],
        1.0,
        reps=800,
    )
    assert within(ratio, high=0.98)
    assert within(gap, high=0.98)
    assert wrong < 0.75


def patients(rng, mean):
    return rng.lognormal(log(1100), 0.7, max(rng.poisson(mean), 1)).clip(300, 4000)


def test_total_revenue_allows_for_another_number_of_patients():
    draws = np.random.default_rng(5).lognormal(log(1100), 0.7, 10**6).clip(300, 4000)

    def patients_fixed(payments):
        n = len(payments)
        half = stats.t.isf(0.025, n - 1) * payments.std(ddof=1) * sqrt(n)
        return payments.sum() - half, payments.sum() + half

    right, wrong = coverage(
        lambda rng: (patients(rng, 15),), [fay_feuer_total, patients_fixed], 15 * draws.mean()
    )
    assert within(right, high=0.98)  # the gamma interval is conservative: up to 96.9%, section d
    assert wrong < 0.85


def weekly(rng, weeks, mean=6.0, r=0.0, sd=0.35):
    """Negative binomial counts (k = 6) around a rate that is an AR(1) on the log."""
    state = np.empty(weeks)
    state[0] = rng.normal(0, sd)
    for t in range(1, weeks):
        state[t] = r * state[t - 1] + rng.normal(0, sd * sqrt(1 - r**2))
    rate = mean * np.exp(state - sd**2 / 2) if r else np.full(weeks, mean)
    return rng.poisson(rate * rng.gamma(6, 1 / 6, weeks))


def test_quarters_are_overdispersed():
    def poisson(now, before):
        centre, half = log(now.sum() / before.sum()), sqrt(1 / now.sum() + 1 / before.sum())
        return np.exp([centre - 1.959964 * half, centre + 1.959964 * half])

    right, wrong = coverage(
        lambda rng: (weekly(rng, 13), weekly(rng, 13)), [count_change, poisson], 1.0
    )
    assert within(right, high=0.985)  # blocks with t and inflation: up to 98.5%, section c
    assert wrong < 0.86


def test_trend_of_noisy_weeks():
    def poisson(counts):
        blocks = np.add.reduceat(counts, np.arange(0, 52, 4))
        years = np.arange(13) * 28 / 365.25
        slope = Scaled.of(trend(counts)).value
        spread = sqrt(1 / (blocks.mean() * np.sum((years - years.mean()) ** 2)))
        return np.exp([slope - 1.959964 * spread, slope + 1.959964 * spread])

    right, wrong = coverage(lambda rng: (weekly(rng, 52),), [trend, poisson], 1.0, reps=800)
    assert within(right, high=0.985)
    assert wrong < 0.88


def shares(rng, k, icc=0.08, p=0.25):
    n = 10 + rng.poisson(12, k)
    return rng.binomial(n, rng.beta(p * (1 / icc - 1), (1 - p) * (1 / icc - 1), k)), n


@pytest.mark.parametrize(("k", "bounds"), [(4, (0.94, 0.995)), (6, NOMINAL), (12, NOMINAL)])
def test_share_difference_of_campaigns(k, bounds):
    def pooled(ka, na, kb, nb):
        return newcombe(ka.sum(), na.sum(), kb.sum(), nb.sum())

    right, wrong = coverage(
        lambda rng: (*shares(rng, k), *shares(rng, k)), [share_difference, pooled], 0.0, reps=1000
    )
    assert within(right, *bounds)
    assert wrong < 0.88


def leads(rng, n, window=20.0, lag=5.0, p=0.25, lost=0.35):
    """Weeks and status of leads that arrived evenly over `window` weeks and are cut today."""
    age, kind = rng.uniform(0, window, n), rng.choice(3, n, p=[1 - p - lost, p, lost])
    wait = np.array([inf, lag, 3.0])[kind] * rng.lognormal(0, 0.7, n)
    return np.minimum(wait, age), np.where(wait <= age, kind, 0)


def reached(lag, p=0.25):
    return p * stats.norm.cdf(log(13 / lag) / 0.7)


def test_conversion_of_leads_still_young():
    def so_far(weeks, status):
        k, n = np.sum(status == 1), len(status)
        p, z2 = k / n, 3.841459
        half = sqrt(z2 * (p * (1 - p) + z2 / (4 * n)) / n)
        return (p + z2 / (2 * n) - half) / (1 + z2 / n), (p + z2 / (2 * n) + half) / (1 + z2 / n)

    right, wrong = coverage(
        lambda rng: leads(rng, 250),
        [lambda weeks, status: incidence(weeks, status, 13), so_far],
        reached(5.0),
        reps=800,
    )
    assert within(right)
    assert wrong < 0.5


def test_difference_of_conversion_with_two_lags():
    def draw(rng):
        while True:
            arms = (*leads(rng, 90, 26, lag=6.0), *leads(rng, 60, 26, lag=4.0))
            if (found := incidence_difference(*arms, 13)).known:
                return (found,)

    (right,) = coverage(
        draw,
        [lambda found: found],
        reached(6.0) - reached(4.0),
        reps=500,
    )
    assert within(right)


def units(rng, k, median):
    wait, followed = rng.lognormal(log(median), 0.8, k), rng.uniform(20, 60, k)
    return np.minimum(np.minimum(wait, followed), 26), wait <= np.minimum(followed, 26)


def test_time_to_first_result_of_seven_units():
    rng = np.random.default_rng(6)
    truth = np.subtract(*(np.minimum(rng.lognormal(log(m), 0.8, 10**6), 26).mean() for m in (7, 3)))

    def draw(rng):
        while True:
            found = rmst_difference(*units(rng, 7, 7), *units(rng, 7, 3), 26)
            if found.known:
                return (found,)

    right, wrong = coverage(
        draw,
        [lambda found: found, lambda found: with_z(Scaled.of(found))],
        truth,
        reps=3000,
    )
    assert within(right)
    assert wrong < right - 0.015
    assert wrong < 0.945
