"""Time to first results: Kaplan-Meier by hand, exact permutations, gates."""

from itertools import combinations
from math import exp, log, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import CensoredData, ecdf, t, ttest_ind
from statsmodels.duration.survfunc import survdiff

from ptanalysis.stats import permutation_logrank, rmst, rmst_difference

# Freireich et al. (1963), remission in weeks, 6-MP against placebo; the log-rank statistic of these
# data is 16.79 (Collett 2015, Modelling Survival Data, and every package's manual).
MP6 = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
MP6_SEEN = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
PLACEBO = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]


def test_rmst_by_hand_with_censoring():
    """Survival 1 to week 2, 3/4 to 6 (one censored at 4), 3/8 to 10: 2 + 3 + 1.5."""
    assert rmst([2, 4, 6, 12], [1, 0, 1, 0], 10).value == pytest.approx(2 + 0.75 * 4 + 0.375 * 4)


def by_hand(weeks, horizon=26):
    """Mean wait and its interval on the logit of the share of the horizon, t with n - 1."""
    cut = np.minimum(weeks, horizon)
    share, se = cut.mean() / horizon, cut.std(ddof=1) / sqrt(len(cut)) / horizon
    odds = log(share / (1 - share))
    half = t.isf(0.025, len(cut) - 1) * se / (share * (1 - share))
    return cut.mean(), *(horizon / (1 + exp(-(odds + side))) for side in (-half, half))


def test_rmst_without_censoring_is_a_t_interval_of_the_logit_of_the_mean():
    weeks = np.array([3.0, 5, 10, 4, 7, 12, 30])
    found = rmst(weeks, [1] * 7, 26)
    assert (found.value, found.ci_low, found.ci_high) == pytest.approx(by_hand(weeks))


def test_where_no_unit_has_the_event_the_bound_is_that_of_none_in_n():
    """Six units, none within 26 weeks: at most 1 - .025^(1/6) of units have it."""
    found = rmst([30] * 6, [0] * 6, 26)
    assert (found.value, found.ci_high) == (26, 26)
    assert found.ci_low == pytest.approx(26 * 0.025 ** (1 / 6))
    gap = rmst_difference([30] * 6, [0] * 6, [4, 4, 4, 4, 4, 4], [1] * 6, 26)
    assert (gap.value, gap.ci_low) == pytest.approx((22, 26 * 0.025 ** (1 / 6) - 4))


UNITS = st.lists(st.tuples(st.integers(1, 40), st.booleans()), min_size=3, max_size=15)


@given(UNITS)
def test_rmst_is_the_area_under_scipys_curve(units):
    weeks, seen = (np.array(column) for column in zip(*units, strict=True))
    found = rmst(weeks, seen, 26)
    if not found.known:
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


def test_clinics_are_dropped_from_both_arms_at_once():
    """Leave-one-clinic-out differences worked out one by one; clinic d has no unit in arm b."""
    rng = np.random.default_rng(4)
    arms = [
        (rng.integers(1, 40, 24), rng.random(24) < 0.8, np.array(list(names) * 6))
        for names in ("abcd", "abca")
    ]
    found = rmst_difference(*arms[0][:2], *arms[1][:2], 26, clinics=(arms[0][2], arms[1][2]))
    left = [
        rmst(*(column[own != name] for column in (w, e)), 26).value
        for w, e, own in arms
        for name in "abcd"
    ]
    apart = np.subtract(left[:4], left[4:])
    se = sqrt(3 / 4 * np.sum((apart - apart.mean()) ** 2))
    assert (found.se, found.df) == pytest.approx((se, 3))
    assert "only 3 clusters in an arm" in found.reason


@given(UNITS, UNITS)
def test_swapping_the_arms_flips_the_sign(a, b):
    (w_a, s_a), (w_b, s_b) = (tuple(zip(*units, strict=True)) for units in (a, b))
    there = rmst_difference(w_a, s_a, w_b, s_b, 10)
    back = rmst_difference(w_b, s_b, w_a, s_a, 10)
    assert there.known == back.known
    if there.known:
        assert there.value == pytest.approx(-back.value)
        assert there.p_value == pytest.approx(back.p_value)
    assert permutation_logrank(w_a, s_a, w_b, s_b) == pytest.approx(
        permutation_logrank(w_b, s_b, w_a, s_a),
        abs=0.05,  # Monte-Carlo SE of the gap: 0.007
    )


def test_follow_up_must_reach_the_horizon():
    short = rmst([3, 5, 20], [1, 1, 0], 26)
    assert not short.known
    assert "followed to the horizon" in short.reason
    assert rmst([3, 5, 20], [1, 1, 1], 26).known
    assert not rmst_difference([3, 5, 20], [1, 1, 0], [3, 4, 5], [1, 1, 1], 26).known


def test_few_units_are_capped():
    assert "capped" in rmst_difference([3, 5, 7], [1] * 3, [9, 8, 12], [1] * 3, 26).reason


def test_complete_separation_is_two_of_twenty_splits():
    assert permutation_logrank([1, 2, 3], [1] * 3, [7, 8, 9], [1] * 3) == pytest.approx(0.1)


def test_permutations_rank_as_statsmodels_observed_less_expected():
    """Exact p by calling statsmodels' log-rank numerator on every split of ten units."""
    weeks = np.array([2, 3, 5, 8, 9, 4, 12, 14, 20, 26])
    seen = np.array([1, 1, 1, 0, 1, 1, 1, 1, 0, 1])

    def observed_less_expected(first):
        group = np.isin(np.arange(10), first)
        total = 0.0
        for time in np.unique(weeks[seen == 1]):
            at_risk, ends = weeks >= time, (weeks == time) & (seen == 1)
            total += ends[group].sum() - ends.sum() * at_risk[group].sum() / at_risk.sum()
        return total

    values = [abs(observed_less_expected(first)) for first in combinations(range(10), 5)]
    expected = np.mean(np.array(values) >= values[0] - 1e-9)
    assert permutation_logrank(weeks[:5], seen[:5], weeks[5:], seen[5:]) == pytest.approx(expected)


def test_freireich_is_told_with_a_seeded_generator():
    statistic, _ = survdiff(np.r_[MP6, PLACEBO], np.r_[MP6_SEEN, [1] * 21], np.repeat([0, 1], 21))
    assert statistic == pytest.approx(16.79, abs=0.005)
    first, again = (
        permutation_logrank(MP6, MP6_SEEN, PLACEBO, [1] * 21, rng=np.random.default_rng(4))
        for _ in range(2)
    )
    assert first == again < 0.002


def test_an_empty_arm_is_refused():
    with pytest.raises(ValueError, match="both arms"):
        permutation_logrank([], [], [3], [1])
