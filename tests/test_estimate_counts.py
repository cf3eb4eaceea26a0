"""Counts: Garwood's table, hand arithmetic, what a trend must find, bounds with no lead."""

from math import exp, log, sqrt

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from ptanalysis.stats import (
    cluster_labels,
    count_change,
    garwood,
    overdispersion,
    trend,
)
from ptanalysis.stats.drift import ar1_inflation
from ptanalysis.stats.yearly_trend import blocks_of

# Garwood (1936), Biometrika 28:437, as tabulated since for the mean of a Poisson count.
GARWOOD = {
    0: (0.0, 3.69),
    1: (0.0253, 5.57),
    5: (1.62, 11.67),
    10: (4.80, 18.39),
    20: (12.22, 30.89),
}


@pytest.mark.parametrize(("count", "ends"), GARWOOD.items())
def test_garwood_as_published(count, ends):
    assert garwood(count) == pytest.approx(ends, abs=0.006)


def test_weeks_that_resemble_the_last_are_wider_by_hand():
    """Ten a week but for 0 2 2 -2 -2 0, twice: squares 32, products of neighbors 8, r = .25.

    Corrected .25 + 1.75 / 12 = 19 / 48, so the variance is (1 + r) / (1 - r) = 67 / 29 times
    Poisson's (X2 / df = 3.2 / 11 counts as 1), from 12 * 29 / 67 weeks' worth.
    """
    found = count_change([10, 12, 12, 8, 8, 10] * 2, [10, 12, 12, 8, 8, 10] * 2)
    assert found.value == 1
    assert found.se == pytest.approx(sqrt(2 * 67 / 29 / 120))
    assert found.df == pytest.approx(2 * (12 * 29 / 67 - 1))


def test_blocks_are_four_weeks_and_the_odd_ones_join_the_first():
    blocks, weeks = blocks_of(np.ones(27))
    assert weeks.tolist() == [7, 4, 4, 4, 4, 4]
    assert blocks.tolist() == weeks.tolist()
    assert len(blocks_of(np.ones(13))[0]) == 13


def test_change_by_hand():
    """10 and 20 a week over 4 weeks: ratio .5, se sqrt(1/40 + 1/80), Welch df."""
    found = count_change([8, 12, 10, 10], [20, 20, 20, 20])
    v = np.array([1 / 40, 1 / 80])
    assert found.value == pytest.approx(0.5)
    assert found.se == pytest.approx(sqrt(v.sum()))
    assert found.df == pytest.approx(v.sum() ** 2 / np.sum(v**2 / 3))


def test_a_change_has_the_degrees_of_freedom_of_the_history_that_gave_its_noise():
    """One phi serves both periods: two of them do not make it surer, as Welch's would say."""
    history = np.random.default_rng(5).negative_binomial(5, 1 / 3, 104)
    phi, df = overdispersion(history)
    found = count_change([8, 12, 10, 10], [20, 20, 20, 20], spread=(phi, df))
    assert phi > 1.5
    assert found.se == pytest.approx(sqrt(phi / 40 + phi / 80))
    assert found.df == df
    assert found.ci_high == pytest.approx(0.5 * exp(stats.t.ppf(0.975, df) * found.se))


def test_change_compares_rates_not_totals():
    assert count_change([10] * 13, [10] * 26).value == pytest.approx(1)


WEEKS = st.lists(st.integers(1, 30), min_size=8, max_size=40)


@given(st.lists(st.tuples(st.integers(1, 30), st.integers(1, 30)), min_size=8, max_size=40))
def test_swapping_the_periods_inverts_the_ratio(pairs):
    a, b = zip(*pairs, strict=True)
    there, back = count_change(a, b), count_change(b, a)
    assert there.value == pytest.approx(1 / back.value)
    assert (there.ci_low, there.ci_high) == pytest.approx((1 / back.ci_high, 1 / back.ci_low))
    assert there.p_value == pytest.approx(back.p_value)


def test_none_on_one_side_is_a_bound_by_hand():
    """0 against 5 in equal time: share up to 1 - .025^(1/5), so ratio up to .025^(-1/5) - 1."""
    found = count_change([0] * 8, [1, 0, 1, 1, 0, 1, 1, 0])
    assert (found.value, found.ci_low) == (0, 0)
    assert found.ci_high == pytest.approx(0.025 ** (-1 / 5) - 1)
    assert found.reason
    other = count_change([1, 0, 1, 1, 0, 1, 1, 0], [0] * 8)
    assert (other.value, other.ci_high) == (None, None)
    assert other.ci_low == pytest.approx(1 / found.ci_high)


def test_the_bound_knows_the_length_of_each_period():
    assert count_change([0] * 4, [1] * 8).ci_high == pytest.approx(2 * (0.025 ** (-1 / 8) - 1))


def test_no_leads_at_all_are_not_identified():
    assert not count_change([0] * 8, [0] * 8).known
    assert not trend([0] * 52).known


def test_trend_finds_an_exact_growth():
    """Block means that grow by a factor of 1.3 a year exactly leave no residual."""
    weeks = 104
    middle = np.repeat(np.arange(26) * 4 + 2, 4) / (365.25 / 7)
    found = trend(1000 * 1.3**middle)
    assert found.value == pytest.approx(1.3)
    assert (found.ci_low, found.ci_high) == pytest.approx((1.3, 1.3), abs=1e-6)
    assert len(middle) == weeks
    assert found.reason == ""


@given(st.lists(st.integers(1, 30), min_size=52, max_size=110))
def test_trend_is_the_quasi_poisson_glm_onblocks_of(counts):
    """statsmodels GLM, scale X2; the autocorrelation only widens it."""
    blocks, weeks = blocks_of(np.array(counts, dtype=float))
    assume(np.ptp(blocks / weeks) > 0)
    years = (np.cumsum(weeks) - weeks / 2) / (365.25 / 7)
    model = sm.GLM(blocks, sm.add_constant(years), sm.families.Poisson(), exposure=weeks)
    theirs, found = model.fit(scale="X2"), trend(counts)
    assert log(found.value) == pytest.approx(theirs.params[1], abs=1e-6)
    assert found.se >= theirs.bse[1] * (1 - 1e-6)
    if "autocorrelation 0.00" in found.method:
        assert found.se == pytest.approx(theirs.bse[1], rel=0.02)


def test_trend_stands_when_leads_are_few_or_constant():
    assert trend([5] * 52).value == pytest.approx(1)
    few = trend([0] * 52 + [1, 0, 0, 0, 0, 2])
    assert few.value > 1
    assert few.ci_low is not None
    assert not trend([0] * 52 + [1, 2]).known


def test_trend_reversed_in_time_is_inverted():
    counts = np.random.default_rng(3).poisson(np.linspace(5, 15, 80))
    there, back = trend(counts), trend(counts[::-1])
    assert there.value == pytest.approx(1 / back.value)
    assert there.ci_low == pytest.approx(1 / back.ci_high)


def test_under_a_year_no_trend_is_stated():
    assert trend([5] * 52).known
    short = trend(np.linspace(5, 30, 51).round())
    assert not short.known
    assert "season" in short.reason


def test_what_campaigns_bring_by_running_is_no_noise():
    """10 a week without and 30 with a campaign, in turns of 4 weeks: no residual is left."""
    on = np.repeat([0, 1] * 13, 4)
    counts = 10 + 20 * on
    # By hand: blocks of 40 and 120 about a flat line of 80: 26 x 40^2 / 80 over 24 df, r below 0.
    assert overdispersion(counts)[0] == pytest.approx(26 * 20 / 24, rel=0.02)
    assert overdispersion(counts, on)[0] == 1


def test_the_line_with_campaigns_is_the_quasi_poisson_glm():
    rng = np.random.default_rng(7)
    on = rng.integers(0, 4, 26)
    counts = rng.negative_binomial(4, 4 / (4 + np.repeat(8 + 5 * on, 4)))
    years = (np.arange(26) * 4 + 2) / (365.25 / 7)
    terms = sm.add_constant(np.column_stack([years, np.log1p(on)]))
    blocks = counts.reshape(-1, 4).sum(axis=1)
    theirs = sm.GLM(blocks, terms, sm.families.Poisson()).fit(scale="X2")
    phi, df = overdispersion(counts, np.repeat(on, 4))
    inflation, effective = ar1_inflation(theirs.resid_pearson)
    assert phi == pytest.approx(theirs.scale * inflation)
    assert df == pytest.approx(effective - 3)


@pytest.mark.parametrize("counts", [[], [3, -1]])
def test_impossible_counts_are_refused(counts):
    with pytest.raises(ValueError, match="0 or above"):
        trend(counts)


def rows(*triples):
    table = pd.DataFrame(triples, columns=["campaign", "channel", "at"])
    return table.astype({"campaign": "str", "channel": "str", "at": "datetime64[us]"})


def test_cluster_is_the_campaign_else_the_block():
    """Blocks of 28 days from Monday 1970-01-05: day 20,440 = 730 blocks is 2025-12-22."""
    labels = cluster_labels(
        rows(
            ("spring", "ppc", "2026-01-07"),
            (None, "seo", "2025-12-22"),
            (None, "seo", "2026-01-18"),
            (None, "seo", "2026-01-19"),
            (None, "seo", None),
        ),
        "at",
    )
    assert labels[:4].tolist() == ["spring", "seo/730", "seo/730", "seo/731"]
    assert labels.isna().tolist() == [False] * 4 + [True]


def test_cluster_labels_do_not_move_with_the_data():
    late = rows((None, "seo", "2026-03-01"))
    both = rows((None, "seo", "2020-01-01"), (None, "seo", "2026-03-01"))
    assert cluster_labels(both, "at").iloc[1] == cluster_labels(late, "at").iloc[0]


def test_a_lead_or_two_tell_nothing_of_how_much_counts_vary():
    """A line through one block fits it beyond all bounds; its interval reached 5e17."""
    for place in (0, 40, 60, 77):
        weekly = np.zeros(78)
        weekly[place] = 1
        assert overdispersion(weekly) == (1.0, np.inf)
        weekly[20] += 3
        assert overdispersion(weekly) == (1.0, np.inf)
