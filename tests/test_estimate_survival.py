"""Time to first results: Kaplan-Meier by hand, its difference, gates."""

from math import exp, log, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import CensoredData, ecdf, t, ttest_ind

from ptanalysis.stats import rmst_difference
from ptanalysis.stats.survival import restricted_mean


def test_rmst_by_hand_with_censoring():
    """Survival 1 to week 2, 3/4 to 6 (one censored at 4), 3/8 to 10: 2 + 3 + 1.5."""
    found = restricted_mean([2, 4, 6, 12], [1, 0, 1, 0], 10)
    assert found.value == pytest.approx(2 + 0.75 * 4 + 0.375 * 4)


def by_hand(weeks, horizon=26):
    """Mean wait and its interval on the logit of the share of the horizon, t with n - 1."""
    cut = np.minimum(weeks, horizon)
    share, se = cut.mean() / horizon, cut.std(ddof=1) / sqrt(len(cut)) / horizon
    odds = log(share / (1 - share))
    half = t.isf(0.025, len(cut) - 1) * se / (share * (1 - share))
    return cut.mean(), *(horizon / (1 + exp(-(odds + side))) for side in (-half, half))


def test_where_no_unit_has_the_event_the_bound_is_that_of_none_in_n():
    """Six units, none within 26 weeks: at most 1 - .025^(1/6) of units have it."""
    gap = rmst_difference([30] * 6, [0] * 6, [4, 4, 4, 4, 4, 4], [1] * 6, 26)
    assert (gap.value, gap.ci_low) == pytest.approx((22, 26 * 0.025 ** (1 / 6) - 4))


UNITS = st.lists(st.tuples(st.integers(1, 40), st.booleans()), min_size=3, max_size=15)


@given(UNITS)
def test_rmst_is_the_area_under_scipys_curve(units):
    weeks, seen = (np.array(column) for column in zip(*units, strict=True))
    found = restricted_mean(weeks, seen, 26)
    if found is None:
        assert weeks.max() < 26
        return
    curve = ecdf(CensoredData(uncensored=weeks[seen], right=weeks[~seen])).sf
    area = sum(curve.evaluate(week) for week in np.arange(26) + 0.5)
    assert found.value == pytest.approx(area)


def test_difference_by_hand():
    """Zou & Donner: each end lies as far as the roots of the arms' squared half-widths."""
    a, b = np.array([9.0, 7, 12, 8, 11, 10, 13]), np.array([3.0, 2, 4, 3, 5, 1])
    found = rmst_difference(a, [1] * 7, b, [1] * 6, 26)
    (one, low_a, high_a), (two, low_b, high_b) = by_hand(a), by_hand(b)
    ends = (
        one - two - sqrt((one - low_a) ** 2 + (high_b - two) ** 2),
        one - two + sqrt((high_a - one) ** 2 + (two - low_b) ** 2),
    )
    assert (found.ci_low, found.ci_high) == pytest.approx(ends)
    assert (found.value, found.df) == pytest.approx(
        (one - two, ttest_ind(a, b, equal_var=False).df)
    )
    edge = rmst_difference(a, [1] * 7, b, [1] * 6, 26, null=found.ci_low)
    assert edge.p_value == pytest.approx(0.05, abs=1e-6)


@given(UNITS, UNITS)
def test_swapping_the_arms_flips_the_sign(a, b):
    (w_a, s_a), (w_b, s_b) = (tuple(zip(*units, strict=True)) for units in (a, b))
    there = rmst_difference(w_a, s_a, w_b, s_b, 10)
    back = rmst_difference(w_b, s_b, w_a, s_a, 10)
    assert there.known == back.known
    if there.known:
        assert there.value == pytest.approx(-back.value)
        assert there.p_value == pytest.approx(back.p_value)


def test_follow_up_must_reach_the_horizon():
    short = rmst_difference([3, 5, 20], [1, 1, 0], [3, 4, 5], [1, 1, 1], 26)
    assert not short.known
    assert "followed to the horizon" in short.reason
    assert rmst_difference([3, 5, 20], [1, 1, 1], [3, 4, 5], [1, 1, 1], 26).known


def test_two_units_are_not_judged():
    assert "not judged" in rmst_difference([3, 5], [1] * 2, [9, 8, 12], [1] * 3, 26).reason
