"""Campaigns open for over half a year are channels in blocks, and blocks are correlated."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import ptanalysis as pt
from lab.adverse.cells import ALIKE
from lab.adverse.clusters import asked_of, drawn_clusters
from lab.adverse.drawn import adverse_tables
from ptanalysis.display.phrases import clear_side
from ptanalysis.metrics.money.campaign_units import always_on
from ptanalysis.metrics.money.cost_per_outcome import cost_per_ratio
from ptanalysis.metrics.quality.followed_leads import clustered
from ptanalysis.stats import Scaled, contrast, held_together, jackknife, roi
from ptanalysis.stats.drift import neighbors, spread_of, variance
from tests.small_clinic import clinic, lead, weeks_after
from tests.test_roi_left_out import START, bought, leads_at, mailing


def test_a_campaign_open_for_over_26_weeks_is_a_channel_whenever_it_began():
    """START is 20,090 = 717 x 28 + 14 days after 5 January 1970: block 718 begins on 20 January."""
    before = weeks_after(START, -60)
    tables = clinic(
        [lead(START, "neither"), *leads_at("brand", 0.5, 1, 40), *leads_at("mail", 1)],
        campaigns=[mailing("brand", before, 150), mailing("mail", START, 26 - 1 / 7)],
        spend=[
            bought("mail", 70),
            bought("brand", 280) | {"period_end": weeks_after(START, 4)[:10]},
        ],
        as_of="2026-06-30",
    )
    assert always_on(tables)["campaign"].tolist() == ["brand"]
    found = pt.units(tables, followed=0).set_index("cluster")
    assert found.loc["mail", "kind"] == "campaign"
    blocks = found[found["kind"] == "block"]
    assert blocks["leads"].sum() == 3
    assert blocks["cost"].sum() == pytest.approx(280)
    # 29 days of 280 / 29 a day: 14 of them in the first block, to 19 January.
    assert blocks.loc["direct_mail/717", "cost"] == pytest.approx(280 * 14 / 29)
    assert set(clustered(tables)["cluster"].dropna()) >= {"direct_mail/717", "mail"}


def test_an_asset_paid_as_it_goes_is_a_channel_and_a_published_one_is_not():
    posts = [
        mailing(name, START, 60) | {"kind": "asset", "ends_on": None}
        for name in ("post", "retainer")
    ]
    monthly = [bought("retainer", 100, weeks_after(START, 4 * month)) for month in range(12)]
    upkeep = [bought("post", 20, weeks_after(START, 4 * month)) for month in range(12)]
    tables = clinic(
        leads_at("post", 1) + leads_at("retainer", 1),
        campaigns=posts,
        spend=[*monthly, *upkeep, bought("post", 600)],
        as_of="2026-06-30",
    )
    assert always_on(tables)["campaign"].tolist() == ["retainer"]


@pytest.mark.parametrize("seed", [1, 2])
def test_how_spend_is_booked_does_not_move_the_interval(seed):
    """Weekly, monthly and quarterly books of the same money: widths differ by less than a tenth."""
    world, widths = ALIKE["always on, drifting"], []
    for booked in ("weekly", "monthly", "quarterly"):
        found = cost_per_ratio(adverse_tables(replace(world, booked=booked), seed))
        widths.append(np.log(found.ci_high / found.ci_low))
    assert max(widths) < 1.1 * min(widths)


def test_blocks_are_dropped_from_both_sides_at_once():
    """A season that makes both sides' blocks dear alike is in neither's favor."""
    season = np.array([4, 8, 12, 6, 3, 9, 10, 5])
    blocks = np.arange(8)
    arms = [
        jackknife(times * season, [10] * 8, names=[f"{name}/{block}" for block in blocks])
        for name, times in (("seo", 1), ("paid_search", 2))
    ]
    assert contrast(*arms).se == pytest.approx(0, abs=1e-9)
    assert arms[0].se > 0.1


def test_the_correlation_of_neighbors_by_hand():
    """Centered -1.5 -.5 .5 1.5 .5 -.5 -1.5 -.5 .5 1.5: r = 3.75 / 10.5, + (1 + 3 r) / 10.

    Of two channels of which each is such a series, the same; a gap is no neighborhood.
    """
    series, r = [1, 2, 3, 4, 3, 2, 1, 2, 3, 4], 3.75 / 10.5
    corrected = r + (1 + 3 * r) / 10
    assert neighbors(series, ["seo"] * 10, range(10)) == pytest.approx(corrected)
    twice = neighbors(series * 2, ["a"] * 10 + ["b"] * 10, [*range(10)] * 2)
    assert twice == pytest.approx(corrected)
    assert neighbors(series, ["seo"] * 10, range(0, 20, 2)) == pytest.approx(0.1)  # r = 0 + 1 / 10


def test_the_variance_of_drifting_blocks_by_hand():
    """One channel of 10 blocks: 9 / 10 of the squares, times 1 + 2 r / (1 - .6)."""
    moves, r = np.array([1, 2, 3, 4, 3, 2, 1, 2, 3, 4]) - 2.5, 0.564286
    found = variance(spread_of(moves, names=[f"seo/{block}" for block in range(10)]))
    more = 1 + 2 * r / (1 - 0.6)
    assert found == pytest.approx((0.9 * 10.5 * more, 10 / more - 1), rel=1e-5)


def test_where_volume_and_quality_drift_independent_blocks_are_too_sure():
    """250 draws of two years, both sides alike: cost per SQL and the share of SQLs.

    Monte-Carlo error 1.4 points. Blocks taken as independent cover 90 and 91% at 4,000 draws.
    """
    held = []
    for seed in range(250):
        drawn = drawn_clusters(ALIKE["always on, drifting"], np.random.default_rng(seed))
        found = asked_of(drawn)
        alone = {
            side: table.assign(cluster=[f"campaign {k}" for k in range(len(table))])
            for side, table in drawn.items()
        }
        naive = asked_of(alone)
        held.append(
            [
                each[name].ci_low <= null <= each[name].ci_high
                for name, null in (("cost per SQL", 1.0), ("SQL share", 0.0))
                for each in (found, naive)
            ]
        )
    cost, independent_cost, share, independent_share = np.mean(held, axis=0)
    assert min(cost, share) >= 0.92
    assert independent_cost < cost - 0.02
    assert independent_share < share - 0.015


def test_three_campaigns_a_side_are_judged_and_t_pays_for_them():
    """200 draws of three campaigns a side; the normal in place of t covers under 90%."""
    held = []
    for seed in range(200):
        ratio = asked_of(
            drawn_clusters(ALIKE["3 and 3 campaigns, alike"], np.random.default_rng(seed))
        )["cost per SQL"]
        low, high = replace(Scaled.of(ratio), df=np.inf).interval()
        held.append([ratio.reason == "", ratio.ci_low <= 1 <= ratio.ci_high, low <= 1 <= high])
    judged, covered, with_z = np.mean(held, axis=0)
    assert judged > 0.99
    assert covered >= 0.93
    assert with_z < 0.9


def test_unequal_campaigns_have_kish_s_degrees_of_freedom():
    """Of ten leads in three campaigns 8, 1 and 1: 100 / 66 campaigns; t at 1 degree of freedom."""
    assert jackknife([4, 1, 0], [8, 1, 1], scale="identity").df == 1.0
    weights = pd.Series([5, 3, 2]) / 10
    kish = 1 / (weights**2).sum() - 1
    assert jackknife([2, 1, 1], [5, 3, 2], scale="identity").df == pytest.approx(kish)


def test_six_channels_that_break_even_seldom_have_one_that_stands_out():
    """300 draws of channels whose volume and quality drift; Monte-Carlo error 1.3 points.

    Each by itself, a table has a channel "clearly" above or below its cost in more than 15%.
    """
    world = ALIKE["always on, drifting"]
    a_week = 1.5 * 0.85 * world.mean_quality["inbound"] * 0.55
    world = world.sides(paid=100 / a_week)
    stood_out = []
    for seed in range(300):
        rows = pd.concat(drawn_clusters(world, np.random.default_rng(seed)).values())
        channels = [arm for _, arm in rows.groupby(rows["cluster"].str.partition("/")[0])]

        def asked(level, channels=channels):
            return [
                roi(
                    each["revenue"],
                    each["cost"],
                    patients=each["patients"],
                    names=each["cluster"],
                    confidence_level=level,
                )
                for each in channels
            ]

        stood_out.append(
            [
                any(clear_side(each, 0) for each in found)
                for found in (asked(0.95), held_together(asked, "channels"))
            ]
        )
    alone, together = np.mean(stood_out, axis=0)
    assert together <= 0.08
    assert alone > 0.15
