"""Break-even: the month by hand, the swap of the sides, and its refusals."""

from dataclasses import replace

import pandas as pd
import pytest

from lab.simulate import SAMPLE, WORLDS, clinic_tables
from ptanalysis.metrics import money
from tests.small_clinic import clinic, lead
from tests.test_roi import bought, swapped

DAY = "2026-01-05"


def even(units: int):
    """Inbound pays 100 a unit in January and gets 60 in February and April; outbound 10, 0."""
    names = [f"post{number}" for number in range(units)]
    leads = [lead(DAY, campaign=name) for name in names]
    spend = [
        bought(100, "inbound", campaign=name, period_start=DAY, period_end=DAY) for name in names
    ]
    spend += [
        bought(10, campaign=f"mail{number}", period_start=DAY, period_end=DAY)
        for number in range(units)
    ]
    paid = [
        {"lead_id": f"lead{number}", "paid_at": day, "amount": 60.0}
        for number in range(units)
        for day in ("2026-02-10", "2026-04-10")
    ]
    return clinic(leads, payments=paid, spend=spend)


def test_the_month_by_hand():
    found = money.cumulative_net(even(8))
    # Inbound's net less outbound's, 8 units: -90 each, then -30, -30, 30, 30, 30.
    assert found["difference"].tolist() == [-720, -240, -240, 240, 240, 240]
    told = money.break_even(even(8))
    assert told == (4, 4, 4, 0.0, 6, "")


def test_fewer_than_8_units_an_arm_have_no_month():
    told = money.break_even(even(7))
    assert told.month is None
    assert "only 7 campaigns, assets or blocks in an arm, 8 are needed" in told.reason
    assert money.break_even(clinic([lead(DAY)])).month is None


def test_swapping_the_sides_turns_the_path_over():
    tables = clinic_tables(WORLDS["ARTICLE"], 3)
    one, other = money.cumulative_net(tables), money.cumulative_net(swapped(tables))
    assert one["difference"].tolist() == pytest.approx((-other["difference"]).tolist())
    assert one["ci_low"].tolist() == pytest.approx((-other["ci_high"]).tolist())


def test_the_month_lies_in_its_range():
    told = money.break_even(clinic_tables(SAMPLE, 4, as_of=pd.Timestamp("2026-06-30")))
    assert told.earliest <= told.month <= told.latest <= told.months
    assert 0 <= told.not_within < 0.05


def test_the_last_full_month_holds_all_money_up_to_it():
    tables = clinic_tables(WORLDS["ARTICLE"], 3)
    unpaid = replace(tables, payments=tables.payments.iloc[:0])
    # The data end on 28 December, so November is the last full month.
    past = tables.spend[tables.spend["period_start"] < "2025-12-01"]
    spent = past.groupby("direction")["amount"].sum()
    net = money.cumulative_net(unpaid)["difference"].iloc[-1]
    assert net == pytest.approx(spent["outbound"] - spent["inbound"])


def test_shared_cost_is_borne_to_the_cent():
    shared = {
        "direction": "neither",
        "channel": "front_desk",
        "period_start": DAY,
        "period_end": DAY,
        "kind": "labour",
        "amount": 400.0,
    }
    tables = clinic([lead(DAY)], spend=[bought(300, "inbound"), bought(100), bought(100), shared])
    for share, inbound, outbound in ((0, 300, 600), (0.5, 500, 400), (1, 700, 200)):
        spend = money.with_shared_cost(tables, share).spend
        sums = spend.groupby("direction")["amount"].sum().to_dict()
        assert sums == {"inbound": pytest.approx(inbound), "outbound": pytest.approx(outbound)}
    with pytest.raises(ValueError, match="0 to 1"):
        money.with_shared_cost(tables, 1.1)


def test_the_more_shared_cost_inbound_bears_the_less_its_dollar_brings():
    tables = clinic_tables(WORLDS["ARTICLE"], 3)
    desk = tables.spend.iloc[:1].assign(direction="neither", campaign=None, amount=9000.0)
    tables = replace(tables, spend=pd.concat([tables.spend, desk], ignore_index=True))
    assert money.shared_cost(tables) == 9000
    found = money.shared_cost_sensitivity(tables)
    assert list(found) == [0, 0.5, 1]
    assert found[0].value > found[0.5].value > found[1].value
