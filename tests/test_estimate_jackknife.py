"""The engine: published tests, hand arithmetic, a slow loop, and what must not change it."""

from math import exp, inf, log, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.meta_analysis import combine_effects

from ptanalysis.stats import (
    Estimate,
    Scaled,
    average,
    contrast,
    jackknife,
    mover,
)
from ptanalysis.stats.drift import ar1_inflation, lag1
from ptanalysis.stats.mover_interval import dual_p_value

# Student's (1908) sleep data and R's `t.test(extra ~ group, data = sleep)`, Welch and paired,
# as printed in R's reference manual (datasets, sleep; stats, t.test).
SLEEP_1 = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
SLEEP_2 = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]
ONES = [1] * 10

# Efron & Tibshirani (1993), An Introduction to the Bootstrap, table 10.1: eight patients, new
# less old patch over old patch less placebo.
PATCH_NEW_OLD = [-1200, 2601, -2705, 1982, -1290, 351, -638, -2719]
PATCH_OLD_PLACEBO = [8406, 2342, 8187, 8459, 4795, 3516, 4796, 10238]


def test_means_of_two_arms_are_welchs_test():
    arms = [jackknife(extra, ONES, scale="identity") for extra in (SLEEP_1, SLEEP_2)]
    gap = contrast(*arms)
    assert gap.df == pytest.approx(17.776, abs=5e-4)
    assert gap.p_value(0) == pytest.approx(0.07939, abs=5e-6)
    assert gap.interval() == pytest.approx((-3.3654832, 0.2054832), abs=5e-8)


def test_ratio_of_the_patch_data():
    """The book's bootstrap standard error is 0.105; the jackknife's must stand near it."""
    ratio = jackknife(PATCH_NEW_OLD, PATCH_OLD_PLACEBO, scale="identity")
    assert ratio.point == pytest.approx(-0.0713, abs=5e-5)
    assert ratio.se == pytest.approx(0.105, abs=0.001)


def test_three_clusters_by_hand():
    """Shares left out 7/20, 5/20, 6/20: variance 2/3 * (.05^2 + .05^2), df 2."""
    share = jackknife([2, 4, 3], [10, 10, 10], scale="identity")
    assert share.se == pytest.approx(sqrt(2 / 3 * 0.005))
    low, high = share.interval()
    assert (low, high) == pytest.approx(
        (0.3 - 4.30265 * share.se, 0.3 + 4.30265 * share.se), abs=1e-6
    )


def slow_jackknife(numerator, denominator, transform):
    """Tukey's recipe by explicit loops."""
    k, left_out = len(numerator), []
    for i in range(k):
        top = sum(x for j, x in enumerate(numerator) if j != i)
        bottom = sum(x for j, x in enumerate(denominator) if j != i)
        left_out.append(transform(top / bottom))
    mean = sum(left_out) / k
    return sqrt((k - 1) / k * sum((value - mean) ** 2 for value in left_out))


CLUSTERS = st.lists(st.tuples(st.floats(1, 1e4), st.floats(1, 1e4)), min_size=3, max_size=12).map(
    lambda pairs: tuple(np.array(pairs).T)
)


@given(CLUSTERS)
def test_equals_the_slow_loop(arm):
    assert jackknife(*arm).se == pytest.approx(slow_jackknife(*arm, log), abs=1e-9)
    assert jackknife(*arm, scale="identity").se == pytest.approx(
        slow_jackknife(*arm, float), abs=1e-9 * max(arm[0]) * len(arm[0])
    )


@given(CLUSTERS, CLUSTERS)
def test_swapping_the_arms_flips_the_sign(a, b):
    there, back = contrast(jackknife(*a), jackknife(*b)), contrast(jackknife(*b), jackknife(*a))
    assert there.value == pytest.approx(-back.value)
    assert (there.se, there.df) == pytest.approx((back.se, back.df))


@given(CLUSTERS, st.floats(0.01, 100), st.randoms())
def test_rescaling_and_order_leave_the_spread(arm, dollars, random):
    numerator, denominator = arm
    order = list(range(len(numerator)))
    random.shuffle(order)
    plain, other = jackknife(*arm), jackknife(numerator[order] * dollars, denominator[order])
    assert other.value == pytest.approx(plain.value + log(dollars), abs=1e-9)
    assert other.se == pytest.approx(plain.se, abs=1e-9)


@given(CLUSTERS)
def test_empty_clusters_change_nothing(arm):
    padded = [np.r_[column, 0, 0] for column in arm]
    assert jackknife(*padded) == jackknife(*arm)


@pytest.mark.parametrize(
    ("numerator", "denominator"),
    [([3], [10]), ([0, 0, 0], [5, 5, 5]), ([4, 0, 0], [5, 5, 5]), ([], [])],
    ids=["one cluster", "no event", "all events in one cluster", "nothing"],
)
def test_no_spread_is_an_open_interval(numerator, denominator):
    found = jackknife(numerator, denominator)
    assert found.se == inf
    assert found.interval() == (-inf, inf)
    assert found.p_value(1.0) == 1.0
    told = found.estimate(unit="ratio", n=0, method="jackknife")
    assert (told.ci_low, told.ci_high) == (None, None)
    assert told.reason


def test_min_df_is_the_smaller_arm():
    a, b = Scaled(0.0, 0.3, 5, 6, "log"), Scaled(0.0, 0.1, 19, 20, "log")
    assert contrast(a, b, df="min").df == 5
    assert contrast(a, b).df > 5


def test_contrast_refuses_two_scales():
    with pytest.raises(ValueError, match="one scale"):
        contrast(Scaled(0, 1, 5, 6, "log"), Scaled(0, 1, 5, 6, "identity"))


def test_cloglog_comes_back_to_a_share():
    share = jackknife([2, 4, 3], [10, 10, 10], scale="cloglog")
    assert share.point == pytest.approx(0.3)
    low, high = share.interval()
    assert 0 < low < 0.3 < high < 1


def test_lag1_and_inflation_by_hand():
    """Centred -1.5 -.5 .5 1.5 .5 -.5 -1.5 -.5 .5 1.5: r = 3.75 / 10.5, + (1 + 3 r) / 10."""
    series = [1, 2, 3, 4, 3, 2, 1, 2, 3, 4]
    r = 3.75 / 10.5
    corrected = r + (1 + 3 * r) / 10
    assert lag1(series) == pytest.approx(corrected)
    inflation, effective = ar1_inflation(series)
    assert inflation == pytest.approx((1 + corrected) / (1 - corrected))
    assert effective == pytest.approx(10 / inflation)


def test_alternating_blocks_never_narrow():
    assert ar1_inflation([1, -1] * 8) == (1.0, 16.0)


def known(value, low, high):
    return Estimate(value=value, ci_low=low, ci_high=high, unit="share", n=10, method="test")


def test_mover_by_hand():
    low, high = mover(known(0.5, 0.4, 0.6), known(0.2, 0.1, 0.4))
    assert low == pytest.approx(0.3 - sqrt(0.1**2 + 0.2**2))
    assert high == pytest.approx(0.3 + sqrt(0.1**2 + 0.1**2))


def test_mover_keeps_an_open_end_open():
    open_above = Estimate(
        value=2.0, ci_low=1.0, ci_high=None, unit="ratio", n=3, method="test", reason="open"
    )
    low, high = mover(open_above, known(1.0, 0.5, 1.5))
    assert low == pytest.approx(1 - sqrt(1 + 0.25))
    assert high is None


def test_dual_p_is_that_of_the_interval():
    found = Scaled(0.4, 0.2, 9, 10, "log")
    p = dual_p_value(lambda level: found.interval(level), 1.0)
    assert p == pytest.approx(found.p_value(1.0), abs=1e-6)
    assert dual_p_value(lambda level: (0.2, 0.4), 0.3) == 1.0


def test_log1p_is_the_interval_of_one_plus_roi():
    low, high = Scaled(log(2.5), 0.2, inf, 9, "log1p").interval()
    assert (low, high) == pytest.approx(
        (2.5 * exp(-1.959964 * 0.2) - 1, 2.5 * exp(1.959964 * 0.2) - 1)
    )


def judged(values, errors, df=8.0, scale="identity"):
    return [
        Scaled(value, error, df, 9, scale).estimate(unit="points", n=9, method="t")
        for value, error in zip(values, errors, strict=True)
    ]


def test_three_clinics_are_averaged_for_themselves_by_hand():
    """Mean 2, variance .61 / 9; Satterthwaite's .61^2 / (.0081 + .0256 + .1296) x 8."""
    found = average(judged([1, 2, 3], [0.3, 0.4, 0.6]))
    assert (found.value, found.se) == pytest.approx((2, sqrt(0.61 / 9)))
    assert found.df == pytest.approx(0.61**2 / (0.0081 + 0.0256 + 0.1296) * 8)
    assert found.ci_high == pytest.approx(2 + stats.t.ppf(0.975, found.df) * found.se)
    assert "these 3 clinics and no others" in found.method
    # However unlike they are: it is of these, and says nothing of a fourth.
    assert average(judged([-9, 2, 13], [0.3, 0.4, 0.6])).se == pytest.approx(found.se)


@pytest.mark.filterwarnings("ignore:`use_t=True` requires")
def test_from_five_clinics_on_their_differences_are_in_the_interval():
    """The one-sample t test; where all are as precise, statsmodels' Hartung-Knapp is the same."""
    values = [0.1, 0.5, -0.2, 0.9, 0.4]
    found = average(judged(values, [0.2] * 5), null=0)
    test = stats.ttest_1samp(values, 0)
    assert found.p_value == pytest.approx(test.pvalue)
    assert (found.ci_low, found.ci_high) == pytest.approx(tuple(test.confidence_interval()))
    random = combine_effects(np.array(values), np.full(5, 0.04), use_t=True).summary_frame()
    random = random.loc["random effect wls"]
    assert (found.ci_low, found.ci_high) == pytest.approx((random["ci_low"], random["ci_upp"]))
    assert "5 clinics, t over them" in found.method


def test_clinics_that_cannot_be_judged_are_counted_and_not_averaged():
    few = Estimate(
        value=9,
        ci_low=8,
        ci_high=10,
        unit="points",
        n=3,
        method="t",
        se=0.5,
        reason="not judged, because a side has only 2 campaigns",
        scale="identity",
        df=2,
    )
    found = average([*judged([1, 3], [0.3, 0.3]), few])
    assert found.value == 2
    assert found.n == 18
    assert "(1 not judged by itself)" in found.method
    alone = average([*judged([1], [0.3]), few])
    assert not alone.known
    assert alone.reason == (
        "not judged, because only 1 of 2 clinics can be judged by itself (a side has only 2"
        " campaigns)"
    )


def test_t_over_five_clinics_covers_and_z_or_their_own_noise_does_not():
    """1,500 draws of clinics whose truth differs by twice their noise; Monte-Carlo error .6."""
    rng = np.random.default_rng(1)
    held = []
    for values in rng.normal(0, sqrt(0.3**2 + 0.6**2), (1500, 5)):
        found = average(judged(values, [0.3] * 5))
        mean = abs(found.value)
        own = stats.t.ppf(0.975, 40) * 0.3 / sqrt(5)
        held.append([mean <= found.ci_high - found.value, mean <= 1.96 * found.se, mean <= own])
    covered, with_z, with_own = np.mean(held, axis=0)
    assert 0.935 < covered < 0.965
    assert with_z < 0.90
    assert with_own < 0.75
