"""Estimate, minimum detectable effect, equivalence, and how much more is needed."""

from math import exp, inf, log, sqrt

import pytest
from scipy import stats

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
    """(1.95996 + .84162) * 0.15 to log 1.25: (.42024 / .22314)^2 = 3.547 times the data."""
    more = more_needed(Scaled(0.1, 0.15, inf, 20, "log"), 1.25, n=100)
    assert more.times == pytest.approx(3.547, abs=5e-4)
    assert (more.clusters, more.n) == (51, 255)


def test_what_is_said_to_be_enough_finds_the_margin_four_times_in_five():
    """The noncentral t with so much data, at the level of the hardest of seven claims, too."""
    for alpha in (0.05, 0.05 / 7):
        more = more_needed(Scaled(0.0, 0.05, 22, 24, "identity"), 0.1, alpha=alpha)
        df, se = 22 * more.times, 0.05 / sqrt(more.times)
        cut = stats.t.isf(alpha / 2, df)
        assert stats.nct.sf(cut, df, 0.1 / se) == pytest.approx(0.8, abs=0.02)
        effect = mde(Scaled(0.0, 0.3, 22, 24, "identity"), alpha=alpha)
        found = stats.nct.sf(stats.t.isf(alpha / 2, 22), 22, effect / 0.3)
        assert found == pytest.approx(0.8, abs=0.02)


def test_enough_is_zero_more_and_out_of_reach_is_said():
    enough = more_needed(Scaled(0.0, 0.01, 20, 21, "identity"), 0.05, n=60)
    assert (enough.times, enough.clusters, enough.n) == (1.0, 0, 0)
    never = more_needed(Scaled(0.0, 30.0, 20, 21, "identity"), 0.05, n=60)
    assert (never.times, never.clusters, never.n) == (None, None, None)


@pytest.mark.parametrize(
    ("se", "weeks", "given"),
    [
        # (2.80159 se / .05)^2 times the data: 3.846, 4.967 and 5.080.
        (0.035, 54, True),  # 2.846 x 54 = 153.7 weeks more
        (0.035, 55, False),  # 156.5
        (0.03977, 30, True),
        (0.04023, 1, False),
        (0.04023, 0, False),
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
