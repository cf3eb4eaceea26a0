"""The four headline numbers at equal age, counted by hand on a clinic of a few leads."""

from __future__ import annotations

import pandas as pd
import pytest

import ptanalysis as pt
from ptanalysis.metrics.money.mature import spent_in
from tests.small_clinic import clinic, lead

#: As of June 30, 2026: 26 weeks before are December 30, 2025, the last day old enough.
NOW, BEFORE, YEAR = "2025-11-10", "2025-08-11", "2024-11-11"


def bought(day, amount):
    place = {"channel": "seo", "direction": "inbound", "kind": "media"}
    return {"period_start": day, "period_end": day, "amount": amount} | place


@pytest.fixture(scope="module")
def small():
    """Two leads now, three before, one a year before; one of each pays; a first lead in 2024."""
    days = [NOW] * 2 + [BEFORE] * 3 + [YEAR] + ["2024-01-02"] + ["2026-05-01"] * 4
    leads = [lead(day) for day in days]
    paid = {0: (NOW, 900.0), 2: (BEFORE, 300.0), 5: (YEAR, 100.0)}
    payments = []
    for number, (day, amount) in paid.items():
        leads[number]["patient_at"] = day
        payments.append({"lead_id": f"lead{number}", "paid_at": day, "amount": amount})
    # What is paid 27 weeks after the lead counts nowhere.
    late = str(pd.Timestamp(BEFORE) + pd.Timedelta(weeks=27))
    payments.append({"lead_id": "lead2", "paid_at": late, "amount": 5000.0})
    spend = [
        bought(NOW, 600.0),
        bought(BEFORE, 400.0),
        bought(YEAR, 200.0),
        bought("2024-01-02", 1),
    ]
    return clinic(leads, payments=payments, spend=[*spend, bought("2026-05-01", 7000.0)])


def values(found, measure):
    rows = found[found["measure"] == measure].set_index("group")
    return rows["estimate"].to_dict()


def test_leads_are_those_of_whole_quarters(small):
    found = values(pt.leads_compared(small), "leads_compared")
    assert found["this quarter"] == 4
    assert found["quarter before"] == 0
    assert found["year before"] == 0


def test_money_is_that_of_thirteen_weeks_whose_leads_were_followed(small):
    found = pt.money_compared(small)
    cost = values(found, "cost_per_patient_compared")
    # One patient each: $600, $400 and $200; now over before 600 / 400, over the year 600 / 200.
    assert [cost[when] for when in ("this quarter", "quarter before", "year before")] == [
        600,
        400,
        200,
    ]
    assert cost["change from quarter before"] == pytest.approx(1.5)
    back = values(found, "back_compared")
    # 900 / 600, 300 / 400 (the late payment is out), 100 / 200.
    assert [back[when] for when in ("this quarter", "quarter before", "year before")] == [
        1.5,
        0.75,
        0.5,
    ]
    assert back["change from quarter before"] == pytest.approx(2)
    assert found["method"].str.contains("13 weeks to 2025-12-30").any()


def test_spend_too_young_is_in_no_span(small):
    start = pd.Timestamp("2025-10-01")
    assert spent_in(small, start, pd.Timestamp("2025-12-31"))["cost"].sum() == 600


def test_a_first_quarter_has_nothing_to_be_compared_with():
    young = clinic([lead("2026-05-01"), lead("2026-04-02")], spend=[bought("2026-05-01", 9.0)])
    reasons = {
        name: found.loc[found["estimate"].isna(), "note"]
        for name, found in {
            "leads": pt.leads_compared(young),
            "quality": pt.quality_compared(young),
            "money": pt.money_compared(young),
        }.items()
    }
    assert reasons["leads"].str.contains("do not reach back").all()
    assert len(reasons["leads"]) == 4
    assert len(reasons["quality"]) == 5  # nothing was ever screened
    assert reasons["money"].str.contains("do not reach back").all()
    assert len(reasons["money"]) == 10
