"""The true values: by hand where a hand can, and the stored ones derived again."""

import math
import tomllib
from dataclasses import replace
from importlib.resources import files

import pandas as pd
import pytest

from lab.simulate import (
    EXPECTED,
    SAMPLE,
    WORLDS,
    Arm,
    World,
    agrees,
    clinic_tables,
    compute_truth,
    truth,
)
from lab.simulate.truth import _population, _stored, populations
from ptanalysis import claims

CLAIMS = tomllib.loads(files(claims).joinpath("claims.toml").read_text("utf-8"))


def test_every_world_has_its_stored_truth():
    stored = [entry["population"] for entry in _stored()]
    missing = [name for name, world in populations() if _population(world) not in stored]
    assert missing == [], "parameters changed: run simulate.store_truths"
    assert all(set(CLAIMS) <= set(entry["values"]) for entry in _stored())


def test_persistence_of_one_half_life_by_hand():
    channels = tuple(channel._replace(half_life_weeks=4.0) for channel in World.outbound)
    world = World(outbound=channels, half_life_sd=0.0)
    by_hand = sum(0.5 ** ((week + 0.5) / 4) for week in range(4, 12)) / 8
    assert compute_truth(world, units=2000)["outbound_ends_with_campaign"] == pytest.approx(
        by_hand, abs=1e-4
    )


def test_growth_of_a_ramp_by_hand():
    world = World(asset_slope_a_year=0.0, asset_slope_sd=0.0, asset_stale_share=0.0)
    ramp = [1 - math.exp(-(week + 0.5) / 10) for week in range(52)]
    found = compute_truth(world, units=2000)
    assert found["inbound_lasts_and_grows"] == pytest.approx(
        sum(ramp[26:]) / sum(ramp[:26]), abs=1e-4
    )
    third = ramp[9:26]  # weeks from the end of the second month
    lasts = (sum(ramp[26:]) / 26) / (sum(third) / len(third))
    assert found["lasts"] == pytest.approx(lasts, abs=1e-4)


def test_sql_share_at_13_weeks_by_hand():
    # Lognormal delays of median 6 and 3 weeks and sd .7: the share within 13 is Phi(ln(13/6) / .7).
    # Of 100 leads 60 are MQLs, 48 of them screened, 30 SQL; of the 40 others 20 are screened.
    world = World(
        unit_quality_sd=0.0,
        sql_share=Arm.same(0.3),
        sql_weeks=Arm.same(6.0),
        mql_share=Arm.same(0.6),
        screened_of_mql=Arm.same(0.8),
    )
    sql, lost = (
        0.5 * (1 + math.erf(math.log(13 / median) / 0.7 / math.sqrt(2))) for median in (6, 3)
    )
    within = sql / (0.3 * sql + (0.48 - 0.3 + 0.2) * lost)
    found = compute_truth(world, units=8000)
    for direction in ("inbound", "outbound"):
        assert found[f"{direction}_sql_share"] == pytest.approx(0.3 * within, abs=0.006)


def test_dollars_scale_cost_and_leave_the_ratios():
    base = WORLDS["ARTICLE"]
    double = replace(
        base,
        campaign_cost_a_week=2 * base.campaign_cost_a_week,
        asset_publish_cost=tuple(2 * cost for cost in base.asset_publish_cost),
        asset_upkeep_a_week=2 * base.asset_upkeep_a_week,
        spend_elasticity=0.0,
    )
    one = compute_truth(replace(base, spend_elasticity=0.0), units=4000)
    two = compute_truth(double, units=4000)
    assert two["outbound_cost_per_sql"] == pytest.approx(2 * one["outbound_cost_per_sql"], rel=1e-3)
    for ratio in ("outbound_costs_more_per_sql", "inbound_higher_roi"):
        assert two[ratio] == pytest.approx(one[ratio], rel=1e-3)


@pytest.mark.parametrize("name", ["NULL", "REVERSED"])
def test_stored_truth_is_derived_again_from_another_seed(name):
    stored, again = truth(WORLDS[name]), compute_truth(WORLDS[name], units=15_000, seed=11)
    for claim in ("outbound_costs_more_per_sql", "inbound_higher_roi"):
        assert again[claim] == pytest.approx(stored[claim], rel=0.10)
    for claim in ("inbound_leads_more_often_sql", "mql_sql_gap_differs"):
        assert again[claim] == pytest.approx(stored[claim], abs=0.01)
    assert again["outbound_ends_with_campaign"] == pytest.approx(
        stored["outbound_ends_with_campaign"], abs=0.012
    )
    assert again["inbound_slower_to_start"] == pytest.approx(
        stored["inbound_slower_to_start"], abs=0.6
    )


def lean(claim, value):
    """Return how far a true value lies from no effect, in margins, positive as the claim says."""
    rule = CLAIMS[claim]
    if rule["unit"] == "ratio" and rule["null"] == 1.0:
        return math.log(value) / math.log(rule["margin"])
    side = -1 if rule["claims"] == "smaller" else 1
    return side * (value - rule["null"]) / rule["margin"]


@pytest.mark.parametrize(("name", "world"), [*WORLDS.items(), ("SAMPLE", SAMPLE)])
def test_expected_verdicts_follow_from_the_true_values(name, world):
    for claim, verdict in EXPECTED[name].items():
        value = truth(world)[claim]
        if verdict in ("not_testable", "cannot_tell"):
            continue
        effect = lean(claim, value)
        if CLAIMS[claim]["claims"] == "either":
            effect = abs(effect)
        if verdict == "no_material_difference":
            assert abs(effect) < 0.25, (claim, value)
        else:
            # Material in eight of ten; half a margin at least.
            assert effect * (1 if verdict == "supported" else -1) > 0.5, (claim, value)


def test_null_world_is_at_the_threshold_of_what_ends():
    assert truth(WORLDS["NULL"])["outbound_ends_with_campaign"] == pytest.approx(0.25, abs=0.005)


def test_lasting_holds_where_growth_is_expected():
    for name in ("ARTICLE", "MIXED"):
        assert truth(WORLDS[name])["lasts"] > CLAIMS["inbound_lasts_and_grows"]["lasts_margin"]


def test_volume_changes_only_what_depends_on_it():
    small, large = (truth(replace(WORLDS["ARTICLE"], leads_a_month=n)) for n in (20.0, 80.0))
    assert small["outbound_ends_with_campaign"] == pytest.approx(
        large["outbound_ends_with_campaign"], abs=0.002
    )
    # Fewer leads, so the first SQL of an asset comes later and is more often beyond 26 weeks.
    assert small["outbound_costs_more_per_sql"] == pytest.approx(
        large["outbound_costs_more_per_sql"], rel=0.06
    )


def test_agreement_lets_data_say_less_never_something_else():
    assert agrees("supported", "supported")
    assert agrees("contradicted", "cannot_tell")
    assert not agrees("no_material_difference", "supported")
    assert not agrees("cannot_tell", "contradicted")


def test_a_large_draw_at_the_seam_shows_the_true_values():
    world = replace(WORLDS["ARTICLE"], clinics=150, clinic_quality_sd=0.0, clinic_arm_sd=0.0)
    tables, values = clinic_tables(world, seed=8), truth(WORLDS["ARTICLE"])
    old = tables.leads["inquiry_at"] <= tables.as_of - pd.Timedelta(weeks=13)
    leads = tables.leads[old]
    within = leads["sql_at"] - leads["inquiry_at"] <= pd.Timedelta(weeks=13)
    side = leads["direction"]
    seen = leads["screened_at"] - leads["inquiry_at"] <= pd.Timedelta(weeks=13)
    share = within.groupby(side).sum() / seen.groupby(side).sum()
    assert share["inbound"] - share["outbound"] == pytest.approx(
        values["inbound_leads_more_often_sql"], abs=0.01
    )
    gap = (seen & leads["mql_at"].notna()).groupby(side).sum() / seen.groupby(side).sum() - share
    assert gap["inbound"] - gap["outbound"] == pytest.approx(
        values["mql_sql_gap_differs"], abs=0.012
    )


def test_cost_per_sql_of_old_campaigns_at_the_seam_is_the_true_one():
    world = replace(WORLDS["ARTICLE"], clinics=150, clinic_quality_sd=0.0, clinic_arm_sd=0.0)
    tables = clinic_tables(world, seed=8)
    year = pd.Timedelta(weeks=52)
    start = tables.campaigns.set_index("campaign")["starts_on"]
    mature = start.index[start <= tables.as_of - year - pd.Timedelta(weeks=13)]
    leads = tables.leads[tables.leads["campaign"].isin(mature)]
    leads = leads[leads["inquiry_at"] < leads["campaign"].map(start) + year]
    sql, seen = (
        leads[leads[name] - leads["inquiry_at"] <= pd.Timedelta(weeks=13)]
        for name in ("sql_at", "screened_at")
    )
    leads, sql, seen = (each.groupby("direction").size() for each in (leads, sql, seen))
    spend = tables.spend[tables.spend["campaign"].isin(mature)]
    spend = spend[spend["period_start"] < spend["campaign"].map(start) + year]
    per_sql = spend.groupby("direction")["amount"].sum() / (leads * sql / seen)
    assert per_sql["outbound"] / per_sql["inbound"] == pytest.approx(
        truth(WORLDS["ARTICLE"])["outbound_costs_more_per_sql"], rel=0.12
    )
