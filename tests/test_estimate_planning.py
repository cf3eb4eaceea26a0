"""Estimate, minimum detectable effect, equivalence, and how much more is needed."""

from math import exp, inf, log, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptanalysis.stats import (
    Estimate,
    Scaled,
    cost_ratio,
    mde,
    more_needed,
    newcombe,
)


def test_mde_by_hand():
    """t tables at 10 df: 2.2281 (two-sided 5%) and 0.8791 (80%)."""
    assert mde(Scaled(0.1, 0.2, 10, 11, "log")) == pytest.approx(exp((2.2281 + 0.8791) * 0.2), 1e-4)
    assert mde(Scaled(0.1, 0.2, 10, 11, "identity")) == pytest.approx(0.62144, rel=1e-4)


def test_mde_of_many_clusters_is_two_point_eight_se():
    assert log(mde(Scaled(0.0, 0.1, inf, 500, "log"))) == pytest.approx(0.28, abs=5e-4)


def test_an_estimate_plans_as_what_stands_behind_it():
    ratio = cost_ratio([900] * 6, [2, 3, 4, 3, 2, 4], [900] * 6, [6, 5, 7, 6, 4, 8])
    behind = Scaled.of(ratio)
    assert behind.interval() == pytest.approx((ratio.ci_low, ratio.ci_high))
    assert mde(ratio) == mde(behind)


def test_planning_with_newcombe_uses_the_normal():
    gap = newcombe(30, 100, 20, 100)
    assert gap.df is None
    assert mde(gap) == pytest.approx(2.8016 * (gap.ci_high - gap.ci_low) / 3.9199, rel=1e-3)


def test_no_standard_error_no_plan():
    with pytest.raises(ValueError, match="standard error"):
        mde(Estimate.not_identified("no data", unit="ratio"))


@pytest.mark.parametrize(("scale", "margin"), [("log", 1.0), ("log", 0.8), ("identity", 0.0)])
def test_a_margin_lies_beyond_no_effect(scale, margin):
    with pytest.raises(ValueError, match="margin"):
        more_needed(Scaled(0.0, 0.1, 9, 10, scale), margin)


def test_more_needed_by_hand_without_a_cluster_penalty():
    """Half-width 1.96 * 0.2 to log 1.25: (.39199 / .22314)^2 = 3.086 times the data."""
    more = more_needed(Scaled(0.1, 0.2, inf, 20, "log"), 1.25, n=100)
    assert more.times == pytest.approx(3.086, abs=5e-4)
    assert (more.clusters, more.n) == (42, 209)


@given(st.floats(0.06, 0.4), st.integers(2, 40))
def test_more_needed_brings_the_half_width_to_the_margin(se, df):
    more = more_needed(Scaled(0.0, se, df, df + 1, "identity"), 0.1, n=50)
    if more.times is None:
        assert Scaled(0.0, se / sqrt(5), df * 5, 0, "identity").interval()[1] > 0.1
        return
    then = Scaled(0.0, se / sqrt(more.times), df * more.times, 0, "identity")
    if more.times > 1:
        assert then.interval()[1] == pytest.approx(0.1, rel=1e-6)
    else:
        assert then.interval()[1] <= 0.1


def test_enough_is_zero_more_and_out_of_reach_is_said():
    enough = more_needed(Scaled(0.0, 0.01, 20, 21, "identity"), 0.05, n=60)
    assert (enough.times, enough.clusters, enough.n) == (1.0, 0, 0)
    never = more_needed(Scaled(0.0, 30.0, 20, 21, "identity"), 0.05, n=60)
    assert (never.times, never.clusters, never.n) == (None, None, None)


@pytest.mark.parametrize(
    ("se", "weeks", "given"),
    [
        # (1.95996 se / .05)^2 times the data: 3.84, 4.99 and 5.08.
        (0.05, 54, True),  # 2.84 x 54 = 153.5 weeks more
        (0.05, 55, False),  # 156.3
        (0.057, 30, True),
        (0.0575, 1, False),
        (0.0575, 0, False),
    ],
)
def test_no_plan_beyond_three_years_or_five_times_the_data(se, weeks, given):
    more = more_needed(Scaled(0.0, se, inf, 12, "identity"), 0.05, n=100, weeks=weeks)
    assert (more.times is not None) == given


def test_an_estimate_is_finite_ordered_and_says_why():
    with pytest.raises(ValueError, match="finite"):
        Estimate(value=inf, ci_low=0, ci_high=1, unit="ratio", n=1, method="m")
    with pytest.raises(ValueError, match="ci_low"):
        Estimate(value=1, ci_low=2, ci_high=1, unit="ratio", n=1, method="m")
    with pytest.raises(ValueError, match="reason"):
        Estimate(value=1, ci_low=2, ci_high=None, unit="ratio", n=1, method="m")
    named = Estimate.not_identified("why", unit="ratio").labelled("a", "roi", "seo")
    assert (named.id, named.question, named.group, named.known) == ("a", "roi", "seo", False)
