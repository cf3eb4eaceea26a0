"""Decay: persistence and growth by hand, and refusals in words."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from lab.simulate import WORLDS, clinic_tables
from ptanalysis.metrics.decay.asset_growth import MONTH, mean_of_alike
from ptanalysis.metrics.decay.campaign_stops import identification
from ptanalysis.metrics.decay.half_lives import GRID, fit_decay
from ptanalysis.metrics.money.cost_per_outcome import cost_per_ratio
from ptanalysis.metrics.money.roi_by_side import roi_ratio
from ptanalysis.metrics.quality.followed_leads import rate
from ptanalysis.metrics.quality.quality_difference import sql_share_difference
from tests import asked
from tests.small_clinic import AS_OF, clinic, lead, weeks_after

START = "2025-01-06"
CHANNEL = {"inbound": "seo", "outbound": "direct_mail"}


def campaign(name: str, direction: str, weeks: float | None = 10, **rest) -> dict:
    ends = None if weeks is None else weeks_after(START, weeks - 1 / 7)
    return {
        "campaign": name,
        "direction": direction,
        "channel": CHANNEL[direction],
        "kind": "campaign",
        "starts_on": START,
        "ends_on": ends,
    } | rest


def coming(name: str, direction: str, *when: tuple[float, int]) -> list[dict]:
    """Return leads of a campaign: so many, so many weeks after START."""
    return [
        lead(weeks_after(START, weeks)[:19], direction, campaign=name)
        for weeks, number in when
        for _ in range(number)
    ]


def evenly(name: str, direction: str, number: int, first: float, last: float) -> list[dict]:
    """Return so many leads of a campaign, evenly between two weeks after START."""
    step = (last - first) / max(number, 1)
    return coming(name, direction, *((first + (i + 0.5) * step, 1) for i in range(number)))


def stopped(direction: str, during: list[int], after: list[int]) -> tuple[list, list]:
    """Return campaigns of 10 weeks, seen from a year before, and their leads during and in weeks
    5 to 12 after the stop."""
    names = [f"{direction}{number}" for number in range(len(during))]
    leads = [lead(weeks_after(START, -52), "neither")] + [
        each
        for name, on, off in zip(names, during, after, strict=True)
        for each in evenly(name, direction, on, 0, 10) + evenly(name, direction, off, 14, 22)
    ]
    return [campaign(name, direction) for name in names], leads


def test_persistence_by_hand():
    campaigns, leads = stopped("outbound", during=[20, 30, 10, 40], after=[4, 8, 0, 4])
    leads += coming("outbound0", "outbound", (10.5, 50), (12, 50), (22.1, 50))  # outside 5-12
    found = asked.persistence(clinic(leads, campaigns=campaigns), "outbound")
    # 2, 3, 1 and 4 leads a week during; .5, 1, 0 and .5 in the 8 weeks after.
    assert found.value == pytest.approx(2 / 10)
    assert (found.n, found.clusters, found.reason) == (4, 4, "")
    assert found.ci_low < 0.2 < found.ci_high


def test_leads_before_the_start_are_the_baseline():
    campaigns, leads = stopped("outbound", during=[20] * 4, after=[12] * 4)
    before = [
        each for number in range(4) for each in coming(f"outbound{number}", "outbound", (-6, 12))
    ]
    # One lead a week before, two during, one and a half after: half of what was above remains.
    found = asked.persistence(clinic(leads + before, campaigns=campaigns), "outbound")
    assert found.value == pytest.approx(0.5)


def test_few_stops_are_described_and_not_judged():
    campaigns, leads = stopped("outbound", during=[20, 30, 10], after=[4, 8, 0])
    found = asked.persistence(clinic(leads, campaigns=campaigns), "outbound")
    assert found.known
    assert found.reason == "not judged, because only 3 campaigns stopped, 4 needed"


def test_without_a_stop_persistence_is_not_identified():
    running = [campaign(f"on{number}", "inbound", weeks=None) for number in range(5)]
    leads = [each for row in running for each in coming(row["campaign"], "inbound", (3, 20))]
    tables = clinic(leads, campaigns=running)
    found = asked.persistence(tables, "inbound")
    assert not found.known
    assert "no inbound spend has stopped for 12 weeks (5 still running" in found.reason
    assert not asked.half_life(tables, "inbound").known
    assert "campaigns.csv" in asked.persistence(tables, "outbound").reason
    assert not asked.persistence_difference(tables).known


def test_a_stop_seen_for_less_than_12_weeks_does_not_count():
    campaigns, leads = stopped("outbound", during=[20, 30, 10, 40], after=[4, 8, 0, 4])
    day = weeks_after(START, 21)[:10]
    tables = clinic(leads, campaigns=campaigns, as_of=day)
    counts = identification(tables).loc["outbound"]
    assert counts.to_dict() == {"stopped": 0, "recent": 4, "running": 0}
    assert not asked.persistence(tables, "outbound").known


def test_one_stopped_campaign_has_no_interval_to_give():
    campaigns, leads = stopped("outbound", during=[20], after=[4])
    found = asked.persistence(clinic(leads, campaigns=campaigns), "outbound")
    assert "only one outbound campaign stopped" in found.reason


def swapped(tables):
    other = {"inbound": "outbound", "outbound": "inbound"}
    return replace(
        tables,
        **{
            name: getattr(tables, name).assign(
                direction=getattr(tables, name)["direction"].map(lambda side: other.get(side, side))
            )
            for name in ("leads", "spend", "campaigns")
        },
    )


def test_swapping_the_sides_flips_the_signs():
    mail, leads = stopped("outbound", during=[20, 30, 10, 40, 25], after=[4, 8, 1, 4, 6])
    blog, more = stopped("inbound", during=[20, 30, 20, 40, 30], after=[16, 20, 12, 30, 24])
    tables = clinic(leads + more, campaigns=mail + blog)
    one, other = (asked.persistence_difference(each) for each in (tables, swapped(tables)))
    assert one.value == pytest.approx(-other.value)
    assert one.ci_low == pytest.approx(-other.ci_high)
    drawn = clinic_tables(WORLDS["ARTICLE"], 1)
    one, other = (asked.first_sql_difference(each) for each in (drawn, swapped(drawn)))
    assert one.value == pytest.approx(-other.value)
    assert one.ci_low == pytest.approx(-other.ci_high)


def months(start: str, *when: tuple[float, int]) -> list[str]:
    """Return moments: so many in so many months after `start`."""
    return [
        str(pd.Timestamp(start) + month * MONTH) for month, number in when for _ in range(number)
    ]


def assets(starts: list[str], early: int, late: int) -> tuple[list, list]:
    """Return assets with `early` leads in their month 4 and `late` in their month 9."""
    units = [
        {
            "campaign": f"asset{number}",
            "direction": "inbound",
            "channel": "content",
            "kind": "asset",
            "starts_on": start,
        }
        for number, start in enumerate(starts)
    ]
    leads = [
        lead(at, campaign=unit["campaign"])
        for unit in units
        for at in months(unit["starts_on"], (3.5, early), (8.5, late))
    ]
    return units, [lead("2024-01-01", "unknown"), *leads]


STARTS = ["2024-01-08", "2024-02-05", "2024-05-06", "2024-06-03", "2024-08-05", "2024-09-02"]


def test_growth_and_lasting_by_hand():
    units, leads = assets(STARTS, early=10, late=20)
    tables = clinic(leads, campaigns=units)
    # Half a lead is added to each count: 20.5 / 10.5; a month, 20.5 / 6 against 10.5 / 4.
    assert asked.growth(tables).value == pytest.approx(20.5 / 10.5)
    assert asked.lasting(tables).value == pytest.approx((20.5 / 6) / (10.5 / 4))
    assert asked.growth(tables).n == 6


def test_without_leads_of_neither_side_growth_is_not_judged():
    """The market may have grown: twelve such leads in an asset's first year are needed."""
    units, leads = assets(STARTS, early=10, late=20)
    more = [lead(at, "neither") for start in STARTS for at in months(start, (3.5, 12))]
    assert asked.growth(clinic(leads + more, campaigns=units)).reason == ""
    reason = asked.growth(clinic(leads, campaigns=units)).reason
    assert reason.startswith("not judged, because there are too few leads on neither side")


def test_growth_is_relative_to_the_leads_of_neither_side():
    units, leads = assets(STARTS[:1] * 2, early=10, late=20)
    same = [lead(at, "neither") for at in months(STARTS[0], (3.5, 10), (8.5, 20))]
    tables = clinic(leads + same, campaigns=units)
    # Everything doubled in those months: the assets did not grow.
    assert asked.growth(tables).value == pytest.approx(1)


def test_few_assets_and_one_quarter_cap_the_verdict():
    units, leads = assets(["2024-01-08", "2024-02-05", "2024-03-04"], early=10, late=20)
    found = asked.growth(clinic(leads, campaigns=units))
    assert "only 3 assets, 6 needed" in found.reason
    assert "published in one quarter, 3 needed" in found.reason


def test_assets_that_began_before_the_records_are_left_out_and_counted():
    """The clinic's first lead comes on 5 June: three of the six assets are older than that."""
    units, leads = assets(STARTS, early=10, late=20)
    seen = [
        lead("2024-06-05", "unknown"),
        *(each for each in leads if each["lead_at"] > "2024-06-05"),
    ]
    found = asked.growth(clinic(seen, campaigns=units))
    assert (found.n, found.value) == (3, pytest.approx(20.5 / 10.5))
    assert found.method.endswith("(3 left out: began before the records)")
    grace = clinic([lead("2024-01-15", "unknown"), *leads[1:]], campaigns=units)
    assert asked.growth(grace).n == 6
    late = clinic([lead("2024-01-16", "unknown"), *leads[1:]], campaigns=units)
    assert asked.growth(late).n == 5


def test_clinics_with_assets_of_one_name_are_told_apart():
    """Twice the same clinic under two names: the same ratio from twice the assets."""
    units, leads = assets(STARTS, early=10, late=20)
    one = clinic(leads, campaigns=units)
    twice = replace(
        one,
        **{
            name: pd.concat([table, table.assign(clinic="other")], ignore_index=True)
            for name in ("leads", "campaigns")
            for table in [getattr(one, name)]
        },
    )
    found = asked.growth(twice)
    assert (found.n, found.value) == (12, pytest.approx(20.5 / 10.5))


def test_young_assets_have_not_grown_yet():
    units, leads = assets(["2026-01-05"] * 6, early=5, late=0)
    found = asked.growth(clinic(leads, campaigns=units))
    assert not found.known
    assert "12 months old" in found.reason


def test_assets_of_7_and_11_months_and_inbound_campaigns_have_no_months_7_to_12():
    """Known on 30 June 2026; each of the three would shrink from 10 leads to none."""
    units, leads = assets(STARTS, early=10, late=20)
    others = [
        {
            "campaign": name,
            "direction": "inbound",
            "channel": "content",
            "kind": kind,
            "starts_on": start,
        }
        for name, kind, start in [
            ("eleven", "asset", "2025-08-01"),
            ("seven", "asset", "2025-12-01"),
            ("open_day", "campaign", STARTS[0]),
        ]
    ]
    faded = [
        lead(at, campaign=unit["campaign"])
        for unit in others
        for at in months(unit["starts_on"], (3.5, 10))
    ]
    tables = clinic([*leads, *faded], campaigns=[*units, *others])
    for ask, value in ((asked.growth, 20.5 / 10.5), (asked.lasting, (20.5 / 6) / (10.5 / 4))):
        found = ask(tables)
        assert (found.n, found.value) == (6, pytest.approx(value))


@pytest.mark.parametrize("seed", [1, 3])
def test_growth_is_a_number_where_an_asset_brought_nothing(seed):
    """These draws once gave NaN: assets without a lead in one half of their year."""
    tables = clinic_tables(WORLDS["ARTICLE"], seed)
    for found in (asked.growth(tables), asked.lasting(tables)):
        assert np.isfinite([found.value, found.ci_low, found.ci_high, found.se]).all()
        assert found.ci_low < found.value < found.ci_high


def test_every_asset_counts_alike():
    """The mean's t interval of scipy; where all effects are equal, the counts' own noise."""
    effect = np.array([0.1, 0.9, 0.4, 0.2])
    found = mean_of_alike(effect, [0.01, 5.0, 0.1, 0.1])
    low, high = stats.ttest_1samp(effect, 0).confidence_interval()
    assert found.interval() == pytest.approx((np.exp(low), np.exp(high)))
    same = mean_of_alike([0.2, 0.2], [0.1, 0.4])
    assert (same.value, same.se) == pytest.approx((0.2, np.sqrt(0.5) / 2))


def test_first_sql_waits_at_most_26_weeks():
    units = [campaign(f"mail{number}", "outbound") for number in range(6)]
    units += [campaign(f"blog{number}", "inbound") for number in range(6)]
    leads = [
        lead(START, "outbound", campaign=f"mail{number}", sql_at=weeks_after(START, 4))
        for number in range(6)
    ]
    seen = {"screened_at": weeks_after(START, 4)}
    leads += [
        lead(START, campaign=f"blog{number}", **seen, sql_at=weeks_after(START, 30))
        for number in range(6)
    ]
    leads += [lead(START, "outbound", lost_at=weeks_after(START, 4), campaign="mail0", **seen)]
    found = asked.first_sql_difference(clinic(leads, campaigns=units))
    assert found.value == pytest.approx(26 - 4)
    # One 20 weeks old that still waits changes nothing, and is told of.
    young = campaign("blog9", "inbound", starts_on=weeks_after(AS_OF, -20))
    again = asked.first_sql_difference(clinic(leads, campaigns=[*units, young]))
    assert (again.value, again.ci_low, again.ci_high) == (found.value, found.ci_low, found.ci_high)
    assert again.method.endswith("(1 left out: younger than 26 weeks)")
    # Had nobody screened inbound's leads, its waits would say nothing of them.
    slow = [
        each | {"screened_at": None, "sql_at": None} if "blog" in each["campaign"] else each
        for each in leads
    ]
    refused = asked.first_sql_difference(clinic(slow, campaigns=units))
    assert (refused.value, refused.ci_low) == (None, None)
    assert "not judged, because 0% of inbound leads were screened; 60% needed" in refused.reason


def test_the_half_life_of_a_known_curve():
    """Ten leads a week, halving every three weeks after the stop; large counts, no noise."""
    week = np.arange(-12, 16)
    mean = np.where(week < 0, 10_000, 10_000 * 2.0 ** (-(week + 0.5) / 3))
    fit = fit_decay(week, mean.round(), np.ones(len(week)))
    assert GRID[np.argmin(fit.exponential)] == pytest.approx(3, rel=0.05)


def marketplace():
    """Leads as Olist has them: each an MQL of a paid or organic source, some won, no more."""
    days = pd.date_range("2025-01-06", periods=60, freq="3D")
    rows = [
        lead(
            str(day),
            ("inbound", "outbound")[number % 2],
            mql_at=str(day),
            patient_at=weeks_after(day, 6) if number % 5 == 0 else None,
        )
        for number, day in enumerate(days)
    ]
    return clinic(rows)


def test_a_file_of_leads_alone_gives_conversion_and_refuses_return_and_decay():
    tables = marketplace()
    refused = [
        cost_per_ratio(tables),
        roi_ratio(tables),
        asked.roi_difference(tables),
        asked.persistence(tables, "inbound"),
        asked.persistence_difference(tables),
        asked.half_life(tables, "outbound"),
        asked.first_sql_difference(tables),
        asked.growth(tables),
        asked.lasting(tables),
        sql_share_difference(tables),
    ]
    assert [each for each in refused if each.known or not each.reason] == []
    won = rate(tables.leads, tables.as_of, "patient_at")
    # 12 of 60 leads, all followed for 26 weeks.
    assert (won.value, won.n) == (pytest.approx(0.2), 60)


def test_noise_that_all_assets_share_widens_the_interval_of_their_mean():
    """Equal weights: noise of variance 4 common to all adds 4; noise of their own adds nothing."""
    effect, variance = [0.1, 0.5, 0.9], [0.01] * 3
    found = mean_of_alike(effect, variance)
    same = mean_of_alike(effect, variance, shared=np.full((3, 3), 4.0))
    own = mean_of_alike(effect, variance, shared=np.eye(3) * 4.0)
    assert (same.value, same.se) == pytest.approx((found.value, np.sqrt(found.se**2 + 4)))
    assert (own.value, own.se) == pytest.approx((found.value, found.se))


def test_few_leads_to_take_the_calendar_out_with_make_growth_less_sure():
    """Two neither-leads in each half of the same year for all: 1 / 2.5^2 from each, 4 leads."""
    units, leads = assets(STARTS[:1] * 6, early=10, late=20)
    alone = asked.growth(clinic(leads, campaigns=units))
    same = [lead(at, "neither") for at in months(STARTS[0], (3.5, 2), (8.5, 2))]
    found = asked.growth(clinic(leads + same, campaigns=units))
    assert found.value == pytest.approx(alone.value)
    assert found.se**2 - alone.se**2 == pytest.approx(4 / 2.5**2)


def test_growth_covers_where_the_calendar_is_known_from_few_leads():
    """Thirty assets that did not grow, two neither-leads a month: 82% without their noise."""
    rng = np.random.default_rng(11)
    units, hits = assets(STARTS * 5, early=0, late=0)[0], 0
    for _ in range(60):
        leads = [
            lead(at, campaign=unit["campaign"])
            for unit in units
            for at in months(unit["starts_on"], *((age, 1) for age in rng.uniform(0, 12, 8)))
        ]
        leads += [
            lead(at, "neither")
            for at in months(STARTS[0], *((age, 1) for age in rng.uniform(0, 20, 40)))
        ]
        found = asked.growth(clinic(leads, campaigns=units))
        hits += found.ci_low <= 1 <= found.ci_high
    assert hits >= 54
