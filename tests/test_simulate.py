"""The simulated clinics: their rates are the parameters', and nothing is known too early."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from lab.simulate import WORLDS, AlwaysOn, Arm, World, clinic_tables, draw
from lab.simulate.leads import sql_of_screened
from lab.simulate.response import noise, shape
from ptanalysis.dataset import SCHEMA
from ptanalysis.definitions import STAGE_COLUMNS

#: Clinics without effects or growth, so that the parameters are the expected rates.
PLAIN = replace(
    World(),
    clinics=300,
    clinic_quality_sd=0.0,
    clinic_arm_sd=0.0,
    unit_quality_sd=0.0,
    growth_a_year=(0.0, 0.0),
)


@pytest.fixture(scope="module")
def drawn():
    return draw(PLAIN, seed=5)


def near(value, expected, n):
    """Whether a share of n is within four standard errors of what is expected."""
    return abs(value - expected) < 4 * np.sqrt(expected * (1 - expected) / n)


def test_a_clinic_has_the_leads_a_month_it_was_given(drawn):
    months = 300 * PLAIN.weeks * 7 / (365.25 / 12)
    assert len(drawn.leads) / months == pytest.approx(45, rel=0.03)


def test_many_clinics_differ_in_size_around_20_to_80_leads_a_month():
    many = draw(replace(PLAIN, leads_a_month=None, week_sd=0.0), seed=5)
    clinic = many.units["clinic"].to_numpy()[many.leads["unit"]]
    monthly = np.bincount(clinic) / (PLAIN.weeks * 7 / (365.25 / 12))
    assert np.quantile(monthly, 0.02) > 13
    assert np.quantile(monthly, 0.98) < 100
    assert np.median(monthly) == pytest.approx(45, rel=0.12)


@pytest.mark.parametrize("direction", ["inbound", "outbound", "neither"])
def test_funnel_rates_are_the_parameters(drawn, direction):
    of = {
        name: getattr(getattr(PLAIN, name), direction)
        for name in ("mql_share", "screened_of_mql", "sql_share", "paid_of_sql")
    }
    leads = drawn.leads[drawn.leads["direction"] == direction]
    mql, sql = leads[leads["mql"]], leads[np.isfinite(leads["sql"])]
    assert near(leads["mql"].mean(), of["mql_share"], len(leads))
    assert near(np.isfinite(mql["screened"]).mean(), of["screened_of_mql"], len(mql))
    assert near(len(sql) / len(leads), of["sql_share"], len(leads))
    assert near(np.isfinite(sql["patient"]).mean(), of["paid_of_sql"], len(sql))


def test_sql_share_of_the_screened_by_hand():
    world = World(mql_share=Arm.same(0.5), screened_of_mql=Arm.same(0.8), sql_share=Arm.same(0.1))
    assert sql_of_screened(world) == pytest.approx(Arm.same(0.25))


def test_sql_and_lost_exclude_each_other_and_need_a_screening(drawn):
    sql, lost = np.isfinite(drawn.leads["sql"]), np.isfinite(drawn.leads["lost"])
    assert not (sql & lost).any()
    assert (np.isfinite(drawn.leads["screened"]) == (sql | lost)).all()


@pytest.mark.parametrize(
    ("later", "earlier", "direction", "weeks"),
    [
        ("sql", "inquiry", "inbound", 6.0),
        ("sql", "inquiry", "outbound", 4.0),
        ("lost", "inquiry", "inbound", 3.0),
        ("patient", "sql", "outbound", 3.0),
    ],
)
def test_median_delays_are_the_parameters(drawn, later, earlier, direction, weeks):
    rows = drawn.leads[np.isfinite(drawn.leads[later]) & (drawn.leads["direction"] == direction)]
    log = np.log((rows[later] - rows[earlier]) / 7)
    assert np.median(log) == pytest.approx(np.log(weeks), abs=5 * 0.7 / np.sqrt(len(rows)))
    assert log.std() == pytest.approx(0.7, rel=0.08)


def test_revenue_is_heavy_tailed_and_cut(drawn):
    paid = drawn.payments[drawn.payments["amount"] > 0]
    total = paid.groupby("lead")["amount"].sum()
    assert total.between(299.9, 4000.1).all()
    assert total.median() == pytest.approx(1100, rel=0.05)
    assert total.mean() > 1.1 * total.median()


def test_first_payment_is_when_the_lead_becomes_a_patient(drawn):
    paid = drawn.payments[drawn.payments["amount"] > 0]
    first = paid.groupby("lead")["day"].min()
    assert first.to_numpy() == pytest.approx(drawn.leads["patient"][first.index].to_numpy())
    assert (drawn.payments.groupby("lead")["amount"].sum() > 0).all()


def test_refunds_are_a_hundredth_of_later_payments(drawn):
    later = (drawn.payments["amount"] > 0).sum() - drawn.payments["lead"].nunique()
    refunds = (drawn.payments["amount"] < 0).sum()
    assert near(refunds / later, 0.01, later)


def test_labor_is_a_fifth_of_full_cost(drawn):
    cost = drawn.spend.groupby("kind")["amount"].sum()
    assert cost["labor"] / cost.sum() == pytest.approx(0.2)
    labor = drawn.spend[drawn.spend["kind"] == "labor"]
    assert (labor["hours"] * 28).to_numpy() == pytest.approx(labor["amount"].to_numpy())


def test_weekly_noise_has_the_parameters_sd_and_autocorrelation():
    log = np.log(noise(replace(PLAIN, clinics=2000), np.random.default_rng(1), weeks=60))
    assert log.std() == pytest.approx(0.35, rel=0.02)
    assert np.corrcoef(log[:, 20], log[:, 21])[0, 1] == pytest.approx(0.3, abs=0.07)
    assert np.exp(log).mean() == pytest.approx(1, rel=0.01)


def unit(**values):
    steady = {
        "kind": "campaign",
        "channel": "radio",
        "level": 2.0,
        "start": 10,
        "end": 20,
        "half_life": 3.0,
        "ramp": 0.0,
        "slope": 0.0,
        "stale": np.inf,
    }
    return pd.DataFrame([steady | values])


def test_a_campaign_halves_in_each_half_life_after_its_stop():
    response = shape(World(), unit(), np.arange(30))[0]
    assert response[:10].sum() == 0
    assert response[10:20] == pytest.approx(2.0)
    # Middle of week 20 is half a week after the stop.
    assert response[20] == pytest.approx(2 * 0.5 ** (0.5 / 3))
    assert response[23] / response[20] == pytest.approx(0.5)


def test_an_asset_ramps_up_by_hand():
    response = shape(World(), unit(ramp=10.0, start=0, end=999), np.arange(30))[0]
    assert response[9] == pytest.approx(2 * (1 - np.exp(-0.95)))


def test_a_paused_channel_fades_and_comes_back():
    item = AlwaysOn("radio", leads_a_week=2.0, cost_a_week=10.0, pauses=((5, 8),))
    row = unit(kind="always_on", start=0, end=999, half_life=1.0)
    response = shape(World(always_on=(item,)), row, np.arange(10))[0]
    expected = [2.0] * 5 + [2 * 0.5**0.5, 2 * 0.5**1.5, 2 * 0.5**2.5] + [2.0] * 2
    assert response == pytest.approx(expected)


def test_a_paused_channel_costs_nothing_while_it_is_paused():
    item = AlwaysOn("paid_search", leads_a_week=2.0, cost_a_week=10.0, pauses=((5, 8),))
    drawn = draw(World(always_on=(item,), campaign_every_weeks=None, asset_every_weeks=None), 1)
    weeks = drawn.spend["first"].unique() // 7
    assert sorted(set(range(104)) - set(weeks)) == [5, 6, 7]


@pytest.mark.parametrize("name", WORLDS)
def test_tables_have_the_schema(name):
    tables = clinic_tables(WORLDS[name], seed=2)
    for table, columns in SCHEMA.items():
        found = getattr(tables, table).dtypes.astype(str).to_dict()
        assert list(found) == list(columns)
        assert all(found[column] in (kind, "string") for column, kind in columns.items())


def test_directions_follow_both_taxonomies():
    leads = clinic_tables(WORLDS["ARTICLE"], seed=2).leads
    search = leads[leads["channel"] == "paid_search"]
    assert set(search["direction"]) == {"outbound"}
    assert set(search["direction_platform"]) == {"inbound"}


def test_leads_whose_source_was_not_kept_are_unknown_and_nothing_else_changes():
    world = WORLDS["ARTICLE"]
    plain = clinic_tables(world, seed=2).leads
    lost = clinic_tables(replace(world, source_missing=Arm(0.0, 0.2, 0.0)), seed=2).leads
    unknown = lost["direction"] == "unknown"
    assert near(unknown.sum() / (plain["direction"] == "outbound").sum(), 0.2, 250)
    assert set(plain.loc[unknown, "direction"]) == {"outbound"}
    assert lost.loc[unknown, ["campaign", "vendor"]].isna().all().all()
    pd.testing.assert_series_equal(lost["sql_at"], plain["sql_at"])


def test_nothing_after_the_as_of_date_is_known():
    tables = clinic_tables(WORLDS["ARTICLE"], seed=3, as_of="2025-03-31")
    end = pd.Timestamp("2025-04-01")
    for column in STAGE_COLUMNS:
        assert tables.leads[column].dropna().lt(end).all()
    assert tables.payments["paid_at"].lt(end).all()
    assert tables.spend["period_end"].lt(end).all()
    assert tables.campaigns["starts_on"].lt(end).all()
    assert tables.campaigns["ends_on"].dropna().lt(end).all()


def test_a_later_as_of_date_only_adds():
    early, late = (
        clinic_tables(WORLDS["ARTICLE"], seed=3, as_of=day) for day in ("2025-03-31", "2025-12-28")
    )
    cut = pd.Timestamp("2025-04-01")
    rows = late.leads[late.leads["inquiry_at"] < cut].reset_index(drop=True)
    for column in STAGE_COLUMNS:
        known = rows[column].where(rows[column] < cut)
        pd.testing.assert_series_equal(known, early.leads[column])
    # Conversions of those leads that were still to come.
    assert rows["sql_at"].notna().sum() > early.leads["sql_at"].notna().sum()


def test_the_seed_decides():
    one, same, other = (clinic_tables(WORLDS["NULL"], seed=seed) for seed in (4, 4, 5))
    pd.testing.assert_frame_equal(one.leads, same.leads)
    pd.testing.assert_frame_equal(one.payments, same.payments)
    assert not one.leads["inquiry_at"].equals(other.leads["inquiry_at"])


def test_every_stage_comes_after_the_one_before():
    leads = clinic_tables(WORLDS["ARTICLE"], seed=3).leads
    for before, after in [
        ("inquiry_at", "sql_at"),
        ("sql_at", "patient_at"),
        ("inquiry_at", "lost_at"),
    ]:
        both = leads[[before, after]].dropna()
        assert (both[before] <= both[after]).all()
        assert len(both) > 20


def test_sparse_world_is_sparse_and_unidentifiable_world_never_stops():
    sparse = clinic_tables(WORLDS["SPARSE"], seed=1)
    assert sparse.campaigns.groupby("kind").size().le(2).all()
    steady = clinic_tables(WORLDS["UNIDENTIFIABLE"], seed=1).campaigns
    assert set(steady["kind"]) == {"asset"}
    assert steady["ends_on"].isna().all()
    assert steady["starts_on"].dt.to_period("Q").nunique() == 1
