"""Cost per event, ROI and compound totals: published examples, hand arithmetic, gates."""

from math import exp, log, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from ptanalysis.stats import (
    cost_per,
    cost_ratio,
    fay_feuer_total,
    garwood,
    roi,
    roi_difference,
    roi_ratio,
    top_share,
)

COST = [300, 250, 400, 300, 200, 350]
REVENUE = [900, 400, 1500, 700, 0, 1100]
PATIENTS = [1, 1, 2, 1, 0, 1]
OTHER = [500, 300, 700, 400, 350, 250]


def kish(*columns):
    """Kish's effective number of clusters less 1, their shares the mean over the columns."""
    shares = np.mean([np.array(column) / np.sum(column) for column in columns], axis=0)
    return 1 / np.sum(shares**2) - 1


def test_cost_per_sql_of_three_campaigns_by_hand():
    """Logs left out: log(1800/7), log(1700/8), log(1500/5)."""
    left_out = np.log([1800 / 7, 1700 / 8, 1500 / 5])
    se = sqrt(2 / 3 * np.sum((left_out - left_out.mean()) ** 2))
    found = cost_per([700, 800, 1000], [3, 2, 5])
    assert found.value == pytest.approx(250)
    df = kish([700, 800, 1000], [3, 2, 5])
    assert 1.6 < df < 2
    assert found.ci_high == pytest.approx(250 * exp(stats.t.isf(0.025, df) * se))
    assert found.reason == ""
    assert "only 2 campaigns" in cost_per([700, 800], [3, 2]).reason


def test_no_event_costs_at_least():
    """Poisson's two-sided 97.5% limit at 0 is 3.69 (statistics.md e)."""
    found = cost_per([500, 700, 300], [0, 0, 0])
    assert (found.value, found.ci_high) == (None, None)
    assert found.ci_low == pytest.approx(1500 / 3.689, rel=1e-3)
    assert "at least" in found.reason


def test_one_campaign_is_garwood_with_a_warning():
    found = cost_per([1000], [10])
    assert (found.ci_low, found.ci_high) == pytest.approx((1000 / 18.39, 1000 / 4.795), rel=1e-3)
    assert "only 1 campaign or" in found.reason


def test_no_cost_is_not_identified():
    assert not cost_per([0, 0], [3, 4]).known
    assert not roi([100], [0]).known


def test_cost_ratio_with_no_event_in_an_arm_is_a_bound():
    found = cost_ratio([500] * 6, [0] * 6, [500] * 6, [3, 4, 5, 4, 3, 5])
    per_b = cost_per([500] * 6, [3, 4, 5, 4, 3, 5])
    assert (found.value, found.ci_high) == (None, None)
    assert found.ci_low == pytest.approx(3000 / garwood(0)[1] / per_b.ci_high)
    back = cost_ratio([500] * 6, [3, 4, 5, 4, 3, 5], [500] * 6, [0] * 6)
    assert back.ci_low is None
    assert back.ci_high == pytest.approx(1 / found.ci_low)
    assert back.reason.startswith("not judged, because one side has no event")


ARM = st.lists(st.tuples(st.floats(50, 5e3), st.integers(1, 12)), min_size=6, max_size=12).map(
    lambda pairs: tuple(np.array(pairs).T)
)


@given(ARM, ARM, st.floats(0.1, 10))
def test_cost_ratio_swaps_and_ignores_the_currency(a, b, rate):
    there, back = cost_ratio(*a, *b), cost_ratio(*b, *a)
    assert (there.ci_low, there.ci_high) == pytest.approx((1 / back.ci_high, 1 / back.ci_low))
    abroad = cost_ratio(a[0] * rate, a[1], b[0] * rate, b[1])
    assert (abroad.value, abroad.ci_low) == pytest.approx((there.value, there.ci_low))
    assert there.reason == ""


def test_cost_ratio_of_independent_arms_by_hand():
    """The cost of an event is the log return of a dollar, turned over: six units against eight."""
    a, b = by_hand(COST, [3, 2, 5, 4, 2, 3]), by_hand(OTHER[:4] * 2, [4, 2, 6, 3] * 2)
    found = cost_ratio(COST, [3, 2, 5, 4, 2, 3], OTHER[:4] * 2, [4, 2, 6, 3] * 2)
    variances = a[1] ** 2, b[1] ** 2
    dfs = kish(COST, [3, 2, 5, 4, 2, 3]), kish(OTHER[:4] * 2, [4, 2, 6, 3] * 2)
    welch = sum(variances) ** 2 / (variances[0] ** 2 / dfs[0] + variances[1] ** 2 / dfs[1])
    half = stats.t.isf(0.025, welch) * sqrt(sum(variances))
    assert found.df == pytest.approx(welch)
    assert (found.value, found.ci_low) == pytest.approx((exp(a[0] - b[0]), exp(a[0] - b[0] - half)))


def by_hand(revenue, cost):
    """Log of what a dollar returned, and its leave-one-out standard error."""
    revenue, cost = np.array(revenue, float), np.array(cost, float)
    left_out = np.log((revenue.sum() - revenue) / (cost.sum() - cost))
    k = len(cost)
    se = sqrt((k - 1) / k * np.sum((left_out - left_out.mean()) ** 2))
    return log(revenue.sum() / cost.sum()), se


def test_roi_by_hand():
    value, se = by_hand(REVENUE, COST)
    found = roi(REVENUE, COST, patients=PATIENTS)
    assert found.value == pytest.approx(4600 / 1800 - 1)
    t = stats.t.isf(0.025, kish(REVENUE, COST))
    assert found.ci_low == pytest.approx(exp(value - t * se) - 1)
    assert found.ci_high == pytest.approx(exp(value + t * se) - 1)
    assert (found.df, found.n) == (pytest.approx(kish(REVENUE, COST)), 6)


def test_roi_ratio_by_hand():
    a, b = by_hand(REVENUE, COST), by_hand(OTHER * 2, COST * 2)
    found = roi_ratio(REVENUE, COST, OTHER * 2, COST * 2, patients_a=PATIENTS)
    v, df = (a[1] ** 2, b[1] ** 2), (kish(REVENUE, COST), kish(OTHER * 2, COST * 2))
    welch = sum(v) ** 2 / (v[0] ** 2 / df[0] + v[1] ** 2 / df[1])
    half = stats.t.isf(0.025, welch) * sqrt(sum(v))
    assert found.df == pytest.approx(welch)
    assert found.ci_high == pytest.approx(exp(a[0] - b[0] + half))


def test_roi_difference_by_hand():
    (a, s_a), (b, s_b) = by_hand(REVENUE, COST), by_hand(OTHER, COST)
    t_a, t_b = (stats.t.isf(0.025, kish(each, COST)) for each in (REVENUE, OTHER))
    low_a, high_b = exp(a - t_a * s_a), exp(b + t_b * s_b)
    found = roi_difference(REVENUE, COST, OTHER, COST, patients_a=PATIENTS)
    gap = exp(a) - exp(b)
    low = gap - sqrt((exp(a) - low_a) ** 2 + (high_b - exp(b)) ** 2)
    assert (found.value, found.ci_low) == pytest.approx((gap, low), abs=1e-6)


@given(ARM, ARM, st.floats(0.1, 10))
def test_roi_swaps_and_ignores_the_currency(a, b, rate):
    args = (a[1] * 300, a[0], b[1] * 300, b[0])
    there, back = roi_ratio(*args), roi_ratio(*args[2:], *args[:2])
    abroad = roi_ratio(*(column * rate for column in args))
    assert abroad.value == pytest.approx(there.value)
    assert back.value == pytest.approx(1 / there.value)
    if there.ci_low is not None:
        assert there.ci_low == pytest.approx(1 / back.ci_high)
        assert abroad.ci_high == pytest.approx(there.ci_high)
        assert roi_difference(*args).p_value == pytest.approx(
            roi_difference(*args[2:], *args[:2]).p_value, abs=1e-6
        )


@pytest.mark.parametrize(
    ("revenue", "cost", "patients", "why"),
    [
        ([900] * 2, [300] * 2, [4] * 2, "it has 2 campaigns or 4-week blocks, 3 needed"),
        ([900] * 6, [300] * 6, [1, 1, 1, 1, 0, 0], "4 patients, 5 needed"),
        ([900, 0, 0, 0, 0, 0], [300] * 6, [9, 0, 0, 0, 0, 0], "rests on one campaign"),
    ],
)
def test_roi_gates_leave_a_description(revenue, cost, patients, why):
    found = roi(revenue, cost, patients=patients)
    assert found.value == pytest.approx(sum(revenue) / sum(cost) - 1)
    assert (found.ci_low, found.ci_high) == (None, None)
    assert why in found.reason
    good = ([900, 800, 950, 700, 600, 990], [300] * 6)
    for compare in (roi_ratio, roi_difference):
        both = compare(revenue, cost, *good, patients_a=patients, patients_b=[1] * 6)
        assert (both.ci_low, both.ci_high, both.p_value) == (None, None, None)
        assert found.reason.replace("because ", "because arm a ") == both.reason


def test_a_campaign_that_holds_most_of_the_cost_pays_by_its_degrees_of_freedom():
    """One of six holds two thirds: Kish's number is about 2, and t at 1 is 12.7."""
    found = roi([900, 800, 700, 900, 800, 8000], [300] * 5 + [3000], patients=[1] * 6)
    assert found.reason == ""
    assert found.df == pytest.approx(kish([900, 800, 700, 900, 800, 8000], [300] * 5 + [3000]))
    assert found.df < 1.3


def test_without_patients_each_paying_campaign_counts_as_one():
    assert "4 patients, 5 needed" in roi([900, 900, 900, 900, 0, 0], [300] * 6).reason


# Fay & Feuer (1997), Stat. Med. 16:791, table II: Down syndrome in Michigan 1950-1964, birth order
# 5 and above, by age of the mother; as recomputed in the vignette of R's dsrTest 1.0.0.
CASES = np.array([0, 8, 63, 112, 262, 295])
BIRTHS = np.array([327, 30666, 123419, 149919, 104088, 34392])
STANDARD = np.array([319933, 931318, 786511, 488235, 237863, 61313])


def test_fay_feuer_as_published():
    weights = 1e5 * STANDARD / (BIRTHS * STANDARD.sum())
    found = fay_feuer_total(np.repeat(weights, CASES), largest=weights.max())
    assert found.value == pytest.approx(75.52901, abs=5e-6)
    assert (found.ci_low, found.ci_high) == pytest.approx((67.70212, 188.30017), abs=5e-6)


@given(st.integers(1, 60), st.floats(10, 4000))
def test_equal_payments_are_garwood(patients, amount):
    found = fay_feuer_total([amount] * patients)
    ends = np.array(garwood(patients)) * amount
    assert (found.ci_low, found.ci_high) == pytest.approx(tuple(ends))


PAYMENTS = st.lists(st.floats(50, 4000), min_size=2, max_size=30)


@given(PAYMENTS, st.floats(0.1, 10), st.randoms())
def test_compound_totals_rescale_and_permute(a, rate, random):
    shuffled = random.sample(a, len(a))
    abroad = fay_feuer_total(np.array(shuffled) * rate)
    assert abroad.ci_high == pytest.approx(rate * fay_feuer_total(a).ci_high)


def test_heavy_tails_are_capped():
    assert "top 5%" in fay_feuer_total([100] * 10 + [4000]).reason
    assert fay_feuer_total([100] * 20).reason == ""
    assert top_share([100] * 19 + [1900]) == pytest.approx(0.5)


def test_negative_payments_are_refused_and_none_is_not_identified():
    with pytest.raises(ValueError, match="0 or above"):
        fay_feuer_total([100, -5])
    assert not fay_feuer_total([]).known
