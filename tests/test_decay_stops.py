"""What is left after a stop: the score interval by hand and by draws, and what was never seen."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import ptanalysis as pt
from ptanalysis.stats import share_left
from tests import asked
from tests.small_clinic import clinic, lead, weeks_after
from tests.test_decay import START, campaign, coming, stopped

WEEKS = [12, 10, 8]


def fieller(numerator, denominator) -> tuple[float, float]:
    """Return the ratios rho whose mean of ``numerator - rho * denominator`` t finds to be zero.

    Fieller (1954), J. R. Stat. Soc. B 16:175; without an end where the denominator may be zero.
    """
    t2 = stats.t.ppf(0.975, len(numerator) - 1) ** 2 / len(numerator)
    (v_x, cov), (_, v_y) = np.cov(numerator, denominator) * t2
    x, y = numerator.mean(), denominator.mean()
    a, b, c = y**2 - v_y, x * y - cov, x**2 - v_x
    if a <= 0:
        return -np.inf, np.inf
    root = np.sqrt(max(b**2 - a * c, 0.0))
    return (b - root) / a, (b + root) / a


def test_nothing_left_has_an_upper_end_by_hand():
    """Four campaigns of 2 leads a week for 10 weeks, none after: after 0, during 8 a week.

    A share s has the counts' variance 8 s / 8 + 8 s^2 / 10. Alike as they are, the campaigns' own
    spread is none, t(3) = 3.18245: 64 s^2 = 10.1279 (s + .8 s^2). The least spread adds
    .1 * 16 s (1 - s) with the normal: 64 s^2 = 3.84146 (2.6 s - .8 s^2), which ends sooner.
    """
    found = share_left([[0, 20, 0]] * 4, [WEEKS] * 4)
    low, high = found.interval()
    assert (found.point, low) == (0, 0)
    assert high == pytest.approx(10.1279 / (64 - 0.8 * 10.1279), rel=1e-4)
    assert high > 3.84146 * 2.6 / (64 + 0.8 * 3.84146)


def test_persistence_has_the_level_asked_for():
    """2, 3, 1 and 4 leads a week for 10 weeks, none after; a share s would have the variance
    10 s / 8 + 10 s^2 / 10, and the least spread adds .1 * 30 s (1 - s): 4.25 s - 2 s^2.

    So 100 s^2 = z^2 (4.25 s - 2 s^2): s = 4.25 z^2 / (100 + 2 z^2), .109 at 90% (z^2 = 2.70554)
    and .152 at 95% (3.84146). The counts' own, 100 s^2 = t(3)^2 (1.25 s + s^2), end sooner: .073
    and .141.
    """
    campaigns, leads = stopped("outbound", during=[20, 30, 10, 40], after=[0] * 4)
    tables = clinic(leads, campaigns=campaigns)
    for level, z2 in ((0.90, 2.70554), (0.95, 3.84146)):
        found = asked.persistence(tables, "outbound", confidence_level=level)
        assert (found.value, found.ci_low, found.confidence_level) == (0, 0, level)
        assert found.ci_high == pytest.approx(4.25 * z2 / (100 + 2 * z2), rel=1e-4)


def test_where_all_is_left_the_baseline_cancels():
    """Twice 1 lead a week before, 3 during and 2.5 after, in 12, 10 and 8 weeks.

    Were all left, 3 a week would come after too, and 5 - 6 = -1 be the noise of these counts alone:
    of variance 2 (3 / 8 + 3 / 10) = 1.35. The two are alike, so their own spread is none. With two
    clusters t is Cauchy's, whose p is an arc tangent.
    """
    found = share_left([[12, 30, 20]] * 2, [WEEKS] * 2)
    assert found.point == pytest.approx(0.75)
    assert found.p_value(1) == pytest.approx(1 - 2 / np.pi * np.arctan(1 / np.sqrt(1.35)))
    # Of after - s during - (1 - s) before, whose rates are 1 + 2 s, 3 and 1 a week each:
    # constant 1/8 + 1/12, in s 2/8 - 2/12, in s^2 3/10 + 1/12; .1 * 2^2 more in s, less in s^2.
    least = np.array([1 / 8 + 1 / 12, 2 / 8 - 2 / 12 + 0.4, 3 / 10 + 1 / 12 - 0.4])
    assert found.variances[1] == pytest.approx(2 * least)


@pytest.mark.parametrize("seed", range(6))
def test_interval_and_p_are_dual(seed):
    rng = np.random.default_rng(seed)
    counts = rng.poisson([[2, 30, 6]] * 7)
    found = share_left(counts, [WEEKS] * 7, groups=[0, 0, 1, 1, 2, 2, 2])
    for level in (0.8, 0.95):
        assert [found.p_value(end) for end in found.interval(level)] == pytest.approx(
            [1 - level] * 2
        )
    assert found.p_value(found.point) == 1


def test_the_counts_own_variance_is_that_of_poisson_counts():
    """Against the variance over 20 000 draws of three campaigns with a fifth left."""
    rng = np.random.default_rng(1)
    base, lift, share = np.array([0.5, 1, 0]), np.array([3, 1, 6]), 0.2
    weeks = np.array([[12, 10, 8], [6, 4, 8], [12, 7, 8]])
    rates = np.c_[base, base + lift, base + share * lift]
    counts = rng.poisson(rates * weeks, (20_000, 3, 3))
    before, during, after = np.moveaxis(counts / weeks, 2, 0)
    drawn = (after - before - share * (during - before)).sum(1).var()
    expected = share_left(rates * weeks, weeks)
    # The rates themselves leave no residual: what is left of the estimated variance is Poisson's.
    assert np.polyval(expected.variances[0][::-1], share) == pytest.approx(drawn, rel=0.04)


def campaigns_of_unlike_tails(rng, size: int, shape: float = 0.5) -> np.ndarray:
    """Return counts of campaigns of 3 leads a week that keep a tenth: most nothing, few much."""
    level, kept = 3 * rng.gamma(4, 1 / 4, size), 0.1 * rng.gamma(shape, 1 / shape, size)
    return np.c_[np.zeros(size), rng.poisson(10 * level), rng.poisson(8 * level * kept)]


def test_with_many_campaigns_it_is_fiellers():
    counts = campaigns_of_unlike_tails(np.random.default_rng(3), 2_000)
    before, during, after = (counts / WEEKS).T
    theirs = fieller(after - before, during - before)
    found = share_left(counts, [WEEKS] * len(counts))
    assert found.interval() == pytest.approx(theirs, rel=0.02)


def test_it_covers_where_fiellers_ends_too_early():
    rng, hits = np.random.default_rng(4), np.zeros(2)
    for _ in range(400):
        counts = campaigns_of_unlike_tails(rng, 12)
        _, during, after = (counts / WEEKS).T
        found, theirs = share_left(counts, [WEEKS] * 12).interval(), fieller(after, during)
        hits += found[0] <= 0.1 <= found[1], theirs[0] <= 0.1 <= theirs[1]
    ours, fiellers = hits / 400
    # Three Monte-Carlo standard errors at 400 draws are 3.3 points.
    assert fiellers < 0.90 < 0.925 < ours


def test_clinics_that_differ_widen_it():
    """Two clinics keep nothing, two keep half; the same campaigns, dealt out evenly, do not."""
    counts = [[0, 40, 0]] * 8 + [[0, 40, 16]] * 8
    apart = share_left(counts, [WEEKS] * 16, groups=np.repeat([1, 2, 3, 4], 4))
    dealt = share_left(counts, [WEEKS] * 16, groups=np.tile([1, 2, 3, 4], 4))
    alone = share_left(counts, [WEEKS] * 16)
    assert dealt.interval() == pytest.approx(alone.interval())
    assert apart.interval()[1] > alone.interval()[1] + 0.05


def test_without_leads_above_baseline_there_is_nothing_to_share():
    with pytest.raises(ValueError, match="at least 2 clusters"):
        share_left([[24, 20, 10]] * 4, [WEEKS] * 4)
    campaigns, leads = stopped("outbound", during=[2] * 4, after=[4] * 4)
    leads += [each for row in campaigns for each in coming(row["campaign"], "outbound", (-6, 12))]
    found = asked.persistence(clinic(leads, campaigns=campaigns), "outbound")
    assert "no leads above their baseline" in found.reason


def test_a_campaign_begun_before_the_data_is_left_out_and_counted():
    campaigns, leads = stopped("outbound", during=[20, 30, 10, 40], after=[4, 8, 0, 4])
    expected = asked.persistence(clinic(leads, campaigns=campaigns), "outbound")
    early = campaign("early", "outbound", starts_on=weeks_after(START, -50))
    more = coming("early", "outbound", (-47, 60), (-35, 40))
    tables = clinic(leads + more, campaigns=[*campaigns, early])
    found = asked.persistence(tables, "outbound")
    assert (found.value, found.ci_high, found.n) == (expected.value, expected.ci_high, 4)
    for each in (found, asked.half_life(tables, "outbound")):
        assert "1 left out" in each.method
    assert found.reason == ""
    assert pt.stops(tables, weekly=True)["campaign"].nunique() == 4
    assert asked.half_life(tables, "outbound").n == 4


def test_where_no_baseline_was_seen_the_reason_says_so():
    campaigns, leads = stopped("outbound", during=[20, 30, 10, 40], after=[4, 8, 0, 4])
    tables = clinic(leads[1:], campaigns=campaigns)  # without the lead of the year before
    for found in (asked.persistence(tables, "outbound"), asked.half_life(tables, "outbound")):
        assert not found.known
    assert "4 left out: too few weeks" in asked.persistence(tables, "outbound").reason


def test_a_baseline_seen_in_part_is_a_mean_of_the_weeks_seen():
    campaigns, leads = stopped("outbound", during=[20] * 4, after=[12] * 4)
    first = lead(weeks_after(START, -6), "neither")
    before = [each for row in campaigns for each in coming(row["campaign"], "outbound", (-3, 6))]
    found = asked.persistence(clinic([first, *leads[1:], *before], campaigns=campaigns), "outbound")
    # Six leads in six weeks are one a week: (1.5 - 1) / (2 - 1).
    assert found.value == pytest.approx(0.5)


def around_the_stop(tables) -> pd.DataFrame:
    """Return the mean leads of the campaigns of each week, and their number."""
    return pt.stops(tables, weekly=True).groupby("week")["leads"].agg(["mean", "size"])


def test_weeks_after_the_as_of_date_are_not_weeks_without_leads():
    """Two campaigns, followed for 12 weeks and for 30, with a lead a week after the stop."""
    each_week = [(10.5 + week, 1) for week in range(30)]
    late = campaign(
        "late", "outbound", starts_on=weeks_after(START, 18), ends_on=weeks_after(START, 28 - 1 / 7)
    )
    leads = [lead(weeks_after(START, -52), "neither")]
    leads += coming("soon", "outbound", *each_week)
    leads += coming("late", "outbound", *((18 + week, number) for week, number in each_week[:12]))
    day = weeks_after(START, 40 - 1 / 7)[:10]
    tables = clinic(leads, campaigns=[campaign("soon", "outbound"), late], as_of=day)
    weeks = around_the_stop(tables)
    assert weeks.loc[0:15, "mean"].tolist() == [1] * 16
    assert weeks.loc[0:15, "size"].tolist() == [2] * 12 + [1] * 4


def test_weeks_before_the_start_are_not_in_the_curve_by_hand():
    """One of 10 weeks, one of 4: eight weeks before the stops only the first was on."""
    short = campaign("short", "outbound", weeks=4)
    leads = [lead(weeks_after(START, -52), "neither")]
    leads += coming("long", "outbound", (2.5, 3), (9.5, 1))
    leads += coming("short", "outbound", (-3.5, 2), (3.5, 5))  # two leads before its start
    tables = clinic(leads, campaigns=[campaign("long", "outbound"), short])
    curve = around_the_stop(tables)
    assert curve.loc[-8].tolist() == [3, 1]
    assert curve.loc[-1].tolist() == [(1 + 5) / 2, 2]
    assert curve.index.min() == -10
    # Of the short one 2 leads in the 12 weeks before its start, of the long one none.
    baselines = pt.stops(tables, weekly=True).groupby("campaign")["baseline"].unique()
    assert baselines.to_dict() == {"long": [0], "short": [pytest.approx(2 / 12)]}


def test_campaigns_of_two_clinics_share_a_name_and_nothing_else():
    campaigns, leads = stopped("outbound", during=[20, 30, 10, 40], after=[4, 8, 0, 4])
    one = clinic(leads, campaigns=campaigns)
    other = {
        name: pd.concat([getattr(one, name), getattr(one, name).assign(clinic="other")])
        for name in ("leads", "campaigns")
    }
    found = asked.persistence(replace(one, **other), "outbound")
    assert (found.value, found.n) == (pytest.approx(0.2), 8)


def test_the_p_of_the_difference_is_dual_to_its_interval():
    mail, leads = stopped("outbound", during=[20, 30, 10, 40, 25], after=[4, 8, 1, 4, 6])
    blog, more = stopped("inbound", during=[20, 30, 20, 40, 30], after=[16, 20, 12, 30, 24])
    tables = clinic(leads + more, campaigns=mail + blog)
    found = asked.persistence_difference(tables)
    for end in (found.ci_low, found.ci_high):
        assert asked.persistence_difference(tables, null=end).p_value == pytest.approx(0.05)
    assert found.ci_low > 0
    assert found.p_value < 0.05
