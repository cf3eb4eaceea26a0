"""Conversion at a horizon: exact fractions, statsmodels, hand arithmetic, gates."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.duration.survfunc import CumIncidenceRight

from ptanalysis.stats import (
    incidence,
    incidence_curve,
    incidence_difference,
    life_tables,
    newcombe,
    wilson,
)
from ptanalysis.stats.aalen_johansen import _variances
from ptanalysis.stats.life_tables import at, incidence_by, life_table


def exact_incidence(weeks, status, horizon) -> Fraction:
    """Aalen and Johansen by their definition, lead by lead, without rounding."""
    surviving, share = Fraction(1), Fraction(0)
    for time in sorted({week for week in weeks if week <= horizon}):
        here = [s for week, s in zip(weeks, status, strict=True) if week == time]
        at_risk = sum(week >= time for week in weeks)
        share += surviving * Fraction(here.count(1), at_risk)
        surviving *= 1 - Fraction(here.count(1) + here.count(2), at_risk)
    return share


LEADS = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 2)), min_size=8, max_size=40)


@given(LEADS, st.integers(0, 20))
def test_equals_exact_fractions(leads, horizon):
    weeks, status = zip(*leads, strict=True)
    table = life_table(weeks, status)
    share = at(table.times, table.cumulative_incidence()[0], horizon)
    assert float(share) == pytest.approx(float(exact_incidence(weeks, status, horizon)), abs=1e-12)


@given(LEADS)
def test_each_cluster_left_out_equals_exact_fractions(leads):
    weeks, status = zip(*leads, strict=True)
    clusters = np.arange(len(leads)) % 3
    table = life_table(weeks, status, clusters)
    shares = at(table.times, table.cumulative_incidence(), 13)
    for k in range(3):
        rest = [lead for lead, cluster in zip(leads, clusters, strict=True) if cluster != k]
        exact = exact_incidence(*zip(*rest, strict=True), 13)
        assert shares[1 + k] == pytest.approx(float(exact), abs=1e-12)


@given(LEADS, st.integers(0, 20))
def test_clusters_left_out_a_few_at_a_time_give_the_same_shares(leads, horizon):
    weeks, status = zip(*leads, strict=True)
    clusters = np.arange(len(leads)) % 7
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(life_tables, "_CELLS", 30)
        shares, _ = incidence_by(weeks, status, horizon, clusters)
    kept = [[lead for lead, of in zip(leads, clusters, strict=True) if of != k] for k in range(7)]
    exact = [float(exact_incidence(*zip(*rest, strict=True), horizon)) for rest in (leads, *kept)]
    assert shares == pytest.approx(exact, abs=1e-12)


@given(LEADS)
def test_equals_statsmodels(leads):
    """Point and standard error; where nobody is left statsmodels divides by zero and we do not."""
    weeks, status = map(np.array, zip(*leads, strict=True))
    if not (status == 1).any():
        return
    table = life_table(weeks, status)
    with np.errstate(divide="ignore", invalid="ignore"):
        theirs = CumIncidenceRight(weeks, status)
    assert table.cumulative_incidence()[0] == pytest.approx(theirs.cinc[0], abs=1e-12)
    usable = np.isfinite(theirs.cinc_se[0])
    ours = np.sqrt(np.maximum(_variances(table), 0))
    assert ours[usable] == pytest.approx(theirs.cinc_se[0][usable], abs=1e-7)


def test_by_hand_with_a_censored_lead():
    """At 2: 1/10; at 3 one lost of 9; at 5: 8/10 * 1/8; one open at 6; later ends do not count."""
    weeks = [2, 3, 5, 6, 9, 14, 14, 15, 15, 16]
    status = [1, 2, 1, 0, 2, 0, 0, 1, 2, 0]
    assert incidence(weeks, status, 13).value == pytest.approx(0.2)


def test_followed_to_the_horizon_it_is_a_plain_share():
    weeks = [3] * 27 + [5] * 33 + [20] * 40
    status = [1] * 27 + [2] * 33 + [0] * 40
    found, plain = incidence(weeks, status, 13, null=0.2), wilson(27, 100, null=0.2)
    assert (found.ci_low, found.ci_high) == pytest.approx((plain.ci_low, plain.ci_high))
    assert found.p_value == pytest.approx(plain.p_value)


def test_everyone_ended_early_is_identified_without_anyone_at_risk():
    assert incidence([1, 2, 3, 4], [1, 2, 2, 2], 13).value == pytest.approx(0.25)


def test_competing_exits_are_not_censored():
    """40 of 100 lost at week 1, then 30 SQLs: 0.30, where 1 - Kaplan-Meier would say 0.50."""
    found = incidence([1] * 40 + [4] * 30 + [20] * 30, [2] * 40 + [1] * 30 + [0] * 30, 13)
    assert found.value == pytest.approx(0.30)


def test_too_young_is_not_identified():
    weeks, status = [2, 3, 4, 5, 13, 13, 13, 13], [1, 0, 0, 0, 0, 0, 0, 0]
    assert not incidence(weeks, status, 13).known
    assert incidence([*weeks, 13], [*status, 0], 13).known
    assert "followed to the horizon" in incidence(weeks, status, 13).reason
    assert not incidence_difference(weeks, status, [14] * 9, [0] * 9, 13).known


@pytest.mark.parametrize(("weeks", "status"), [([-1, 2], [0, 1]), ([1, 2], [0, 3])])
def test_impossible_rows_are_refused(weeks, status):
    with pytest.raises(ValueError, match="0 or above"):
        life_table(weeks, status)


def test_no_event_is_bounded_above():
    """Half of the leads are young: the upper limit is that of the other half."""
    found = incidence([14] * 20 + [2] * 20, [0] * 40, 13)
    assert found.value == 0
    assert found.ci_high == pytest.approx(wilson(0, 20).ci_high)


def cohort(rng, n, clusters=6):
    weeks = np.round(rng.exponential(8, n), 1)
    return weeks, rng.choice([0, 1, 2], n, p=[0.5, 0.25, 0.25]), np.arange(n) % clusters


@settings(max_examples=25)
@given(st.integers(0, 10_000))
def test_swapping_the_arms_flips_the_sign(seed):
    rng = np.random.default_rng(seed)
    (w_a, s_a, c_a), (w_b, s_b, c_b) = cohort(rng, 90), cohort(rng, 80)
    there = incidence_difference(w_a, s_a, w_b, s_b, 8, clusters_a=c_a, clusters_b=c_b)
    back = incidence_difference(w_b, s_b, w_a, s_a, 8, clusters_a=c_b, clusters_b=c_a)
    assert (there.ci_low, there.ci_high) == pytest.approx((-back.ci_high, -back.ci_low))
    assert there.p_value == pytest.approx(back.p_value)


def test_without_clusters_it_is_newcombe_at_the_effective_sizes():
    a = [3] * 30 + [20] * 70, [1] * 30 + [0] * 70
    b = [3] * 20 + [20] * 80, [1] * 20 + [0] * 80
    found, plain = incidence_difference(*a, *b, 13), newcombe(30, 100, 20, 100, null=0.0)
    assert (found.ci_low, found.ci_high) == pytest.approx((plain.ci_low, plain.ci_high))
    assert found.p_value == pytest.approx(plain.p_value, abs=1e-6)
    assert "not recorded which campaign" in found.reason


def test_few_clusters_are_not_judged_and_never_narrower():
    w, s = [3] * 30 + [20] * 70, [1] * 30 + [0] * 70
    few = incidence(w, s, 13, clusters=np.arange(100) // 50)
    plain = incidence(w, s, 13)
    assert "not judged" in few.reason
    assert few.ci_low < plain.ci_low
    assert few.ci_high > plain.ci_high


def test_clusters_carry_the_spread():
    """All SQLs in three of six campaigns: far less certain than 60 alike leads."""
    weeks, status = [3] * 24 + [20] * 36, [1] * 24 + [0] * 36
    apart = incidence(weeks, status, 13, clusters=np.arange(60) // 10)
    mixed = incidence(weeks, status, 13, clusters=np.arange(60) % 6)
    assert apart.value == mixed.value
    assert apart.ci_high - apart.ci_low > 3 * (mixed.ci_high - mixed.ci_low)


def test_curve_starts_at_zero_rises_and_stops_with_the_followed():
    weeks = [1, 2, 2, 5, 6, 7, 8, 8, 9, 30]
    curve = incidence_curve(weeks, [1, 0, 2, 1, 0, 0, 0, 0, 1, 1])
    assert curve["weeks"].tolist() == [0.0, 1.0, 5.0]
    assert curve["share"].tolist() == pytest.approx([0.0, 0.1, 0.1 + 0.8 / 7])
    assert curve["at_risk"].tolist() == [10, 10, 7]
