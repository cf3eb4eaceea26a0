"""An analyst's change takes one edited line in notebook 2, and reaches what is recorded."""

import pandas as pd
import pytest

from tests.notebook_cells import run_cells
from tests.small_clinic import clinic, lead, weeks_after

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
        (("weeks = data.assumptions.weeks_to_sql", "weeks = 8"), 4 / 10),
        # Without the guide: 2 of 8.
        (("left_out = []", 'left_out = ["guide"]'), 2 / 8),
        # Likelihood of 4 and more: 3 of 12.
        (
            ('qualified = leads["sql_at"].notna()', 'qualified = leads["likelihood"] >= 4'),
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
