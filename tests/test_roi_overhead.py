"""Cost and leads must meet: spend that names no campaign, and campaigns that no spend names."""

from dataclasses import replace

import pandas as pd
import pytest

import ptanalysis as pt
from lab.simulate import WORLDS, clinic_tables
from ptanalysis.metrics.money.cost_per_outcome import cost_per_ratio
from tests.small_clinic import clinic, lead, weeks_after

START = "2025-01-06"
WEEK = {
    "period_start": START,
    "period_end": weeks_after(START, 6 / 7),
    "direction": "outbound",
    "channel": "direct_mail",
    "kind": "media",
}


def mailing(name: str, ends: str = "2025-03-30") -> dict:
    return {
        "campaign": name,
        "direction": "outbound",
        "channel": "direct_mail",
        "kind": "campaign",
        "starts_on": START,
        "ends_on": ends,
    }


def from_mailings(*names: str | None) -> list[dict]:
    return [lead("2025-01-08", "outbound", campaign=name) for name in names]


def fee(**rest) -> dict:
    return WEEK | {"kind": "agency", "amount": 100.0} | rest


def costs(tables) -> dict:
    frame = pt.units(tables)
    return dict(zip(frame["cluster"], frame["cost"], strict=True))


def test_a_fee_without_a_campaign_is_borne_by_those_that_run():
    tables = clinic(
        from_mailings("a", "b", "c"),
        campaigns=[mailing("a"), mailing("b"), mailing("c", ends="2025-01-19")],
        spend=[
            *(WEEK | {"campaign": name, "amount": 40.0} for name in "abc"),
            fee(),
            fee(period_start="2025-01-27", period_end="2025-02-02"),
        ],
    )
    # The first fee in three parts, the second in two: c had ended by then.
    third = 100 / 3
    assert costs(tables) == pytest.approx(
        {"a": 40 + third + 50, "b": 40 + third + 50, "c": 40 + third}
    )
    assert pt.units(tables)["cost_agency"].sum() == pytest.approx(200)
    assert pt.units(tables)["cost"].sum() == pytest.approx(320)


def test_a_fee_while_no_campaign_runs_stays_in_its_block():
    later = fee(period_start="2025-06-02", period_end="2025-06-08")
    tables = clinic(
        from_mailings("a"),
        campaigns=[mailing("a")],
        spend=[WEEK | {"campaign": "a", "amount": 40.0}, later],
    )
    by_unit = costs(tables)
    assert by_unit.pop("a") == 40
    assert list(by_unit.values()) == [100]


def test_the_last_day_of_a_campaign_bears_its_part():
    """Of two fees of one day b ends on the first's: half of that, nothing of the next day's."""
    tables = clinic(
        from_mailings("a", "b"),
        campaigns=[mailing("a"), mailing("b", ends="2025-01-19")],
        spend=[
            *(WEEK | {"campaign": name, "amount": 40.0} for name in "ab"),
            fee(period_start="2025-01-19", period_end="2025-01-19"),
            fee(period_start="2025-01-20", period_end="2025-01-20"),
        ],
    )
    assert costs(tables) == pytest.approx({"a": 40 + 50 + 100, "b": 40 + 50})


def test_a_monthly_fee_is_spread_over_its_blocks():
    """Block 721 begins on 14 April 2025, 20,188 days (721 times 28) after 5 January 1970.

    Of April's fee 13 days are in the block before and 17 in this one.
    """
    april = fee(period_start="2025-04-01", period_end="2025-04-30")
    tables = clinic([lead("2025-04-14", "outbound")], spend=[april])
    found = pt.units(tables).set_index("cluster")
    assert found["cost"].to_dict() == pytest.approx(
        {"direct_mail/720": 100 * 13 / 30, "direct_mail/721": 100 * 17 / 30}
    )
    assert found["leads"].to_dict() == {"direct_mail/720": 0, "direct_mail/721": 1}


def test_always_on_spend_beside_a_campaign_keeps_its_own_leads():
    tables = clinic(
        from_mailings("a", None),
        campaigns=[mailing("a")],
        spend=[WEEK | {"campaign": "a", "amount": 40.0}, fee()],
    )
    frame = pt.units(tables).set_index("kind")
    assert frame["cost"].to_dict() == {"campaign": 40, "block": 100}
    assert frame["leads"].to_dict() == {"campaign": 1, "block": 1}


def test_leads_of_a_campaign_no_spend_names_meet_the_cost_of_their_channel():
    for listed in ([mailing("a")], []):
        tables = clinic(from_mailings("a", "a", None), campaigns=listed, spend=[fee()])
        (row,) = pt.units(tables).to_dict("records")
        assert (row["leads"], row["cost"], row["kind"]) == (3, 100, "block")


def test_where_the_bill_names_the_channel_alone_no_cost_loses_its_leads():
    """Cost was counted in blocks and its leads in young assets, left out: a ratio of 1.7 was .8."""
    tables = clinic_tables(WORLDS["ARTICLE"], 1)
    nameless = pd.Series(float("nan"), index=tables.spend.index, dtype="str")
    billed = replace(tables, spend=tables.spend.assign(campaign=nameless))
    unlisted = replace(billed, campaigns=billed.campaigns.iloc[:0])
    one, other = cost_per_ratio(billed), cost_per_ratio(unlisted)
    assert (one.value, one.ci_low) == pytest.approx((other.value, other.ci_low))
    frame = pt.units(billed, followed=0)
    sides = tables.leads["direction"].isin(["inbound", "outbound"])
    assert frame["leads"].sum() == sides.sum()


def test_staff_time_booked_on_the_channel_moves_little():
    tables = clinic_tables(WORLDS["ARTICLE"], 1)
    spend = tables.spend
    booked = replace(
        tables,
        spend=spend.assign(
            campaign=spend["campaign"].where(spend["kind"] != "labor").astype("str")
        ),
    )
    before, after = pt.units(tables), pt.units(booked)
    assert before["cluster"].tolist() == after["cluster"].tolist()
    total = after["cost"].sum() / before["cost"].sum()
    assert total == pytest.approx(1, abs=0.03)
