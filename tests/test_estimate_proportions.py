"""Shares: published tables, hand arithmetic, brute force, properties, refusals."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from ptanalysis.stats import newcombe, share_difference, wilson

# Newcombe (1998), Stat. Med. 17:857, table I, method 3 (Wilson score, no continuity correction).
WILSON = {
    (81, 263): (0.2553, 0.3662),
    (15, 148): (0.0624, 0.1605),
    (0, 20): (0.0000, 0.1611),
    (1, 29): (0.0061, 0.1718),
}

# Newcombe (1998), Stat. Med. 17:873, table II, method 10.
NEWCOMBE = {
    (56, 70, 48, 80): (0.0524, 0.3339),
    (9, 10, 3, 10): (0.1705, 0.8090),
    (6, 7, 2, 7): (0.0582, 0.8062),
    (5, 56, 0, 29): (-0.0381, 0.1926),
    (0, 10, 0, 20): (-0.1611, 0.2775),
    (0, 10, 0, 10): (-0.2775, 0.2775),
    (10, 10, 0, 20): (0.6791, 1.0000),
    (10, 10, 0, 10): (0.6075, 1.0000),
}


@pytest.mark.parametrize(("table", "ends"), WILSON.items())
def test_wilson_as_published(table, ends):
    found = wilson(*table)
    assert (found.ci_low, found.ci_high) == pytest.approx(ends, abs=5e-5)


@pytest.mark.parametrize(("table", "ends"), NEWCOMBE.items())
def test_newcombe_as_published(table, ends):
    found = newcombe(*table)
    assert (found.ci_low, found.ci_high) == pytest.approx(ends, abs=5e-5)


ARM = st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(ARM, ARM)
def test_equal_to_statsmodels(a, b):
    """Its Wilson and its `newcomb`; its `score` difference is wrong (issue 10269) and unused."""
    one, gap = wilson(*a), newcombe(*a, *b)
    assert (one.ci_low, one.ci_high) == pytest.approx(
        proportion_confint(*a, method="wilson"), abs=1e-9
    )
    assert (gap.ci_low, gap.ci_high) == pytest.approx(
        confint_proportions_2indep(*a, *b, method="newcomb", compare="diff"), abs=1e-9
    )


@given(ARM, ARM)
def test_swapping_the_arms_flips_newcombe(a, b):
    there, back = newcombe(*a, *b, null=0.0), newcombe(*b, *a, null=0.0)
    assert (there.ci_low, there.ci_high) == pytest.approx((-back.ci_high, -back.ci_low), abs=1e-9)
    assert there.p_value == pytest.approx(back.p_value, abs=1e-7)


@given(ARM, ARM)
def test_newcombe_p_is_dual_to_its_interval(a, b):
    gap = newcombe(*a, *b)
    assume(gap.ci_low > -1)  # the whole range fits a single lead
    assert newcombe(*a, *b, null=gap.ci_low).p_value == pytest.approx(0.05, abs=1e-4)


def test_the_p_of_a_share_is_the_score_test_s():
    """40 of 100 against a half: .1 / sqrt(.25 / 100) = 2, which is .0455; Wald's would be .0412."""
    assert wilson(40, 100, null=0.5).p_value == pytest.approx(0.0455, abs=5e-5)


def test_clusters_more_alike_than_chance_are_not_narrower():
    """Shares .3 .4 and .1 .2: variance .0025 of each mean, a third of what chance gives.

    The design effect counts as 1, and t with 2 degrees of freedom over z, squared, stays:
    (4.30265 / 1.95996) ** 2 = 4.8192, so 20 leads an arm are 4.15.
    """
    found = share_difference([3, 4], [10] * 2, [1, 2], [10] * 2)
    effective = 20 / 4.8192
    plain = newcombe(effective * 0.35, effective, effective * 0.15, effective)
    assert found.value == pytest.approx(0.2)
    assert (found.ci_low, found.ci_high) == pytest.approx((plain.ci_low, plain.ci_high), rel=1e-4)


def test_zero_of_fifteen_may_still_be_twenty_percent():
    assert wilson(0, 15).ci_high == pytest.approx(0.204, abs=5e-4)


@pytest.mark.parametrize("table", [(5, 4), (-1, 4)])
def test_impossible_counts_are_refused(table):
    with pytest.raises(ValueError, match="within 0 and n"):
        wilson(*table)


def test_nobody_is_not_identified():
    assert not wilson(0, 0).known
    assert not newcombe(0, 0, 3, 9).known
    assert not share_difference([0], [0], [3], [9]).known


SIX = ([3, 4, 2, 5, 3, 4], [10] * 6), ([1, 2, 1, 3, 2, 1], [10] * 6)


def test_equal_clusters_are_welchs_test_by_hand():
    """Equal sizes: the jackknife of a share is the mean of the shares, se s / sqrt(K)."""
    a, b = np.array(SIX[0][0]) / 10, np.array(SIX[1][0]) / 10
    v_a, v_b = a.var(ddof=1) / 6, b.var(ddof=1) / 6
    found = share_difference(*SIX[0], *SIX[1])
    assert found.value == pytest.approx(a.mean() - b.mean())
    assert found.se == pytest.approx((v_a + v_b) ** 0.5)
    assert found.df == pytest.approx((v_a + v_b) ** 2 / (v_a**2 / 5 + v_b**2 / 5))
    assert found.reason == ""
    assert found.clusters == 12


def test_swapping_and_permuting_clusters():
    found, back = share_difference(*SIX[0], *SIX[1]), share_difference(*SIX[1], *SIX[0])
    assert (back.ci_low, back.ci_high) == pytest.approx((-found.ci_high, -found.ci_low))
    shuffled = share_difference([4, 3, 5, 2, 4, 3], [10] * 6, *SIX[1])
    assert (shuffled.ci_low, shuffled.ci_high) == pytest.approx((found.ci_low, found.ci_high))


def test_two_clusters_are_not_judged_and_wider_than_newcombe():
    few = share_difference([1, 8], [15] * 2, [1, 6], [15] * 2)
    plain = newcombe(9, 30, 7, 30)
    assert few.reason.startswith("not judged, because a side has only 2 campaigns")
    assert few.ci_low < plain.ci_low
    assert few.ci_high > plain.ci_high


def test_one_cluster_is_newcombe_with_a_warning():
    one, plain = share_difference([11], [45], [8], [45]), newcombe(11, 45, 8, 45)
    assert (one.ci_low, one.ci_high) == (plain.ci_low, plain.ci_high)
    assert "only 1 campaign or" in one.reason


def test_an_arm_where_all_ended_alike_has_no_false_precision():
    """Leaving a cluster out of 0 of 60 changes nothing: the jackknife alone would say se 0."""
    found = share_difference([0] * 6, [10] * 6, [0] * 6, [10] * 6)
    assert found.ci_low < -0.05
    assert found.ci_high > 0.05
    assert "not judged" in found.reason
