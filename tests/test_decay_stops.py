"""What is left after a stop: the score interval by hand and by draws, and what was never seen."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import ptanalysis as pt
from lab.adverse import stops
from ptanalysis.stats import share_left
from ptanalysis.stats.share_left_interval import weekly_dispersion
from tests import asked
from tests.small_clinic import clinic, lead, weeks_after
from tests.test_decay import START, campaign, coming, stopped

WEEKS = [12, 10, 8]


#: Half a lead in the 12 weeks before, which a campaign without any may have had: 1 / 24 a week.
UNSEEN = 1 / 24


def ends(after: float, during: float, variance: np.ndarray, z2: float = 3.84146) -> list[float]:
    """Return the roots s of ``(after - s during)^2 = z^2 variance(s)``, constant first."""
    squares = np.array([during**2, -2 * after * during, after**2]) - z2 * variance[::-1]
    return sorted(np.roots(squares))


def test_nothing_left_has_both_ends_by_hand():
    """Four campaigns of 2 leads a week for 10 weeks, none after: after 0, during 8 a week.

    A share s has the counts' variance 8 s / 8 + 8 s^2 / 10, and the unseen leads' before.
    """
    found = share_left([[0, 20, 0]] * 4, [WEEKS] * 4)
    unseen = 4 * UNSEEN * np.array([1 / 8 + 1 / 12, -2 / 12, 1 / 12])
    low, high = ends(0, 8, unseen + np.array([0, 8 / 8, 8 / 10]))
    assert found.point == 0
    assert found.interval() == pytest.approx((low, high))
    assert (low, high) == (pytest.approx(-0.0253, abs=1e-4), pytest.approx(0.0866, abs=1e-4))


def test_persistence_has_the_level_asked_for():
    """2, 3, 1 and 4 leads a week for 10 weeks, none after: 10 s / 8 + 10 s^2 / 10."""
    campaigns, leads = stopped("outbound", during=[20, 30, 10, 40], after=[0] * 4)
    tables = clinic(leads, campaigns=campaigns)
    unseen = 4 * UNSEEN * np.array([1 / 8 + 1 / 12, -2 / 12, 1 / 12])
    for level, z2 in ((0.90, 2.70554), (0.95, 3.84146)):
        found = asked.persistence(tables, "outbound", confidence_level=level)
        assert (found.value, found.confidence_level) == (0, level)
        by_hand = ends(0, 10, unseen + np.array([0, 10 / 8, 10 / 10]), z2)
        assert (found.ci_low, found.ci_high) == pytest.approx(tuple(by_hand), rel=1e-4)


def test_where_all_is_left_the_baseline_cancels():
    """Twice 1 lead a week before, 3 during and 2.5 after, in 12, 10 and 8 weeks.

    Were all left, 3 a week would come after too, and 5 - 6 = -1 be the noise of these counts alone:
    of variance 2 (3 / 8 + 3 / 10), and of the unseen before, of which none is left but after.
    """
    found = share_left([[12, 30, 20]] * 2, [WEEKS] * 2)
    assert found.point == pytest.approx(0.75)
    variance = 2 * (3 / 8 + 3 / 10 + UNSEEN / 8)
    assert found.p_value(1) == pytest.approx(2 * stats.norm.sf(1 / np.sqrt(variance)))


def test_shares_of_others_spread_as_much_as_shares_can():
    """Eight leads a week during of each: 64 s (1 - s) a campaign on top of the counts' own."""
    counts = [[0, 80, 16]] * 12
    these, others = (
        share_left(counts, [WEEKS] * 12, of_others=other).variance for other in (False, True)
    )
    assert (others - these).tolist() == pytest.approx([0, 12 * 64, -12 * 64])


def test_weekly_dispersion_by_hand():
    """Counts 1, 3, 1, 3 about 2, of 3 degrees of freedom: 4 / 6, less than Poisson's, is 1; r < 0.

    4 0 0 4 about 2: 16 / 6, r = (-4 + 4 - 4) / 16 = -1 / 4, corrected to -3 / 16: no inflation.
    4 4 0 0: r = (4 - 4 + 4) / 16 = 1 / 4, + (1 + 3 / 4) / 4 = 11 / 16: times 27 / 5.
    """
    for counts, expected in (
        ([1, 3, 1, 3], 1.0),
        ([4, 0, 0, 4, np.nan], 16 / 6),
        ([4, 4, 0, 0], 16 / 6 * 27 / 5),
    ):
        assert weekly_dispersion([np.array([counts], float)]) == pytest.approx(expected)
    assert weekly_dispersion([np.zeros((3, 8))]) == 1.0


@pytest.mark.parametrize("kept", ["four in five stop at once, one keeps 80%", "on the line"])
def test_it_holds_what_these_campaigns_keep_whatever_the_mix(kept):
    """The interval's 93 to 98%, at most 5% wrong of the line (2 Monte-Carlo errors: 1.4 points)."""
    for campaigns in (5, 12):
        found = stops.covered(kept, campaigns, draws=400, seed=7)
        assert 93 <= found["covered"] <= 99.5
        assert found["wrong"] <= 6.4
    assert found["others"] >= 94


@pytest.mark.parametrize("seed", range(6))
def test_interval_and_p_are_dual(seed):
    rng = np.random.default_rng(seed)
    counts = rng.poisson([[2, 30, 6]] * 7)
    found = share_left(counts, [WEEKS] * 7)
    for level in (0.8, 0.95):
        assert [found.p_value(end) for end in found.interval(level)] == pytest.approx(
            [1 - level] * 2
        )
    assert found.p_value(found.point) == pytest.approx(1)


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
    # Half a lead more before, of three campaigns.
    unseen = (1 - share) ** 2 * np.sum(0.5 / weeks[:, 0] ** 2) + np.sum(0.5 / weeks[:, 0] / 8)
    assert np.polyval(expected.variance[::-1], share) == pytest.approx(drawn + unseen, rel=0.04)


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
