"""An analyst's change takes one edited line in notebook 2, and reaches what is recorded."""

from dataclasses import replace

import pandas as pd
import pytest

from ptanalysis.intake.classify.assumed_tables import assumed
from tests.notebook_cells import run_cells
from tests.small_clinic import clinic, lead, table, weeks_after

DAY = "2025-03-03"


def made(side, campaign, likelihood, weeks):
    """Return a lead that was screened after `weeks`: an SQL where the desk gave a likelihood."""
    at = weeks_after(DAY, weeks)
    passed = {"sql_at": at} if likelihood else {"lost_at": at}
    return lead(
        DAY,
        side,
        campaign=campaign,
        vendor=f"{campaign} co",
        mql_at=DAY,
        screened_at=at,
        likelihood=likelihood or 1.0,
        **passed,
    )


def small():
    """Of inbound's 12 screened leads 6 are SQL by week 10 (4 by week 2; 3 with likelihood 4)."""
    leads = [
        *(made("inbound", "guide", 5.0, 2) for _ in range(3)),
        made("inbound", "guide", 2.0, 2),
        *(made("inbound", "blog", 3.0, 10) for _ in range(2)),
        *(made("inbound", "blog", 0, 2) for _ in range(6)),
        *(made("outbound", "cards", 5.0, 2) for _ in range(3)),
        *(made("outbound", "cards", 0, 2) for _ in range(9)),
    ]
    return clinic(leads)


def rates(ran) -> dict:
    found = pd.concat([each for kind, each in ran.recorded if kind == "quality"])
    found = found[found["measure"] == "screened_to_sql_rate"].drop_duplicates(["group"])
    return found.set_index("group")["estimate"].to_dict()


@pytest.mark.parametrize(
    ("edit", "inbound"),
    [
        # 6 of 12 as it stands.
        (("left_out = []", "left_out = []"), 6 / 12),
        # By week 8 the two of week 10 are neither screened nor SQL: 4 of 10.
        (("weeks = opened.assumptions.weeks_to_sql", "weeks = 8"), 4 / 10),
        # Without the guide: 2 of 8.
        (("left_out = []", 'left_out = ["guide"]'), 2 / 8),
        # Likelihood of 4 and more: 3 of 12.
        (
            ('qualified = kept["sql_at"].notna()', 'qualified = kept["likelihood"] >= 4'),
            3 / 12,
        ),
    ],
    ids=["as it stands", "8 weeks", "a campaign left out", "another SQL"],
)
def test_one_line_reaches_the_record_and_the_answer(edit, inbound, monkeypatch):
    ran = run_cells("2-", small(), monkeypatch, [edit])
    assert rates(ran)["inbound"] == pytest.approx(inbound)
    assert f"inbound {inbound:.0%}" in ran.shown[0]


def test_by_vendor_instead_of_channel(monkeypatch):
    ran = run_cells("2-", small(), monkeypatch, [('by = "channel"', 'by = "vendor"')])
    assert set(ran["groups"]["group"]) == {"guide co", "blog co", "cards co"}
    assert ran["groups"].set_index("group").loc["cards co", "estimate"] == pytest.approx(3 / 12)


def undated():
    """Return `small`, but with the day of a screening written down only where it failed."""
    tables = small()
    days = tables.leads["screened_at"].where(tables.leads["sql_at"].isna())
    return replace(tables, leads=tables.leads.assign(screened_at=days))


def share(ran, measure: str) -> dict:
    found = pd.concat([each for kind, each in ran.recorded if kind == "quality"])
    found = found[found["measure"] == measure].drop_duplicates("group")
    return found.set_index("group")["estimate"].to_dict()


def test_an_sql_that_falls_short_was_screened_all_the_same(monkeypatch):
    edit = ('qualified = kept["sql_at"].notna()', 'qualified = kept["likelihood"] >= 4')
    ran = run_cells("2-", undated(), monkeypatch, [edit])
    # All 12 of a side were decided on; inbound's 3 with a 5 are left of its 6 SQLs.
    assert share(ran, "share_screened")["inbound"] == 1
    assert rates(ran)["inbound"] == pytest.approx(3 / 12)


@pytest.mark.parametrize("tables", [small, undated])
def test_the_line_and_the_setting_are_one_answer(tables, monkeypatch):
    edit = ('qualified = kept["sql_at"].notna()', 'qualified = kept["likelihood"].fillna(5) >= 4')
    line = run_cells("2-", tables(), monkeypatch, [edit]).recorded
    setting = assumed(tables().assuming(least_likelihood=4))
    setting = run_cells("2-", setting, monkeypatch).recorded
    for (kind, one), (_, other) in zip(line, setting, strict=True):
        if kind != "answer":
            pd.testing.assert_frame_equal(one, other)


def test_a_campaign_left_out_costs_nothing(monkeypatch):
    spent = [
        {"period_start": DAY, "period_end": DAY, "channel": "seo", "direction": "inbound"}
        | {"campaign": campaign, "kind": "media", "amount": amount}
        for campaign, amount in (("guide", 300.0), ("blog", 200.0))
    ]
    tables = replace(small(), spend=table("spend", spent))
    ran = run_cells("2-", tables, monkeypatch, [("left_out = []", 'left_out = ["guide"]')])
    (stages,) = [each for kind, each in ran.recorded if kind == "stages"]
    assert stages.set_index("channel").loc["seo", "cost"] == 200
