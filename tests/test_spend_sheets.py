"""Sheets kept by hand and records entered late: said, and never taken for something else."""

from __future__ import annotations

import pytest

from ptanalysis.metrics.money.campaign_units import units_of
from tests.test_intake import INQUIRIES, PAYMENTS, SPEND, VISITS, Clinic, by_file, inquiry

WEEKS = ["2026-01-05,2026-01-11", "2026-01-12,2026-01-18", "2026-01-19,2026-01-25"]
REST = ["2026-01-26,2026-02-01", "2026-02-02,2026-02-08", "2026-02-09,2026-02-15"]


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """A clinic whose sheet has copies and weeks of 0, and whose desk enters inquiries late."""
    clinic = Clinic(tmp_path_factory.mktemp("sheets"))
    late = [inquiry(n, f"2026-01-{n + 10:02d} 09:30") for n in range(1, 7)]
    clinic.put("2026Q1/i.csv", INQUIRIES, *late)
    clinic.put(
        "2026Q1/v.csv",
        VISITS,
        "I1,2026-01-10 09:00,attended,evaluation",  # a day before
        "I2,2026-01-10 09:00,attended,",  # two days
        "I2,2026-01-20 09:00,attended,follow_up",
        "I3,2026-01-10 09:00,attended,evaluation",  # three days: an old patient
        "I4,2025-10-01 09:00,attended,evaluation",  # months, and the day before
        "I4,2026-01-13 09:00,attended,follow_up",
        "I5,2026-01-14 09:00,attended,follow_up",  # no first visit is a follow-up
    )
    clinic.put(
        "2026Q1/p.csv",
        PAYMENTS,
        "I1,2026-01-10,40,payment,",
        "I1,2026-02-10,60,payment,",
        "I6,2026-01-15,80,payment,",
        "I4,2026-02-10,500,payment,",
    )
    row = "2026-01-01,2026-01-31,postcards,{},,{},PrintCo,print,"
    clinic.put(
        "2026Q1/pasted.csv",
        SPEND,
        *[row.format(1800, "drop")] * 2,
        *[row.format(900, "drop")] * 2,
        *[row.format(0, "drop")] * 2,
        "2026-01-01,2026-01-31,google,300,,,,agency,",
    )
    clinic.put(
        "2026Q1/notes.csv", f"{SPEND},notes", *["2026-02-01,2026-02-28,radio,70,,,,media,,said"] * 2
    )
    paid = "{},google ads,{},,{},,media,"
    clinic.put(
        "2026Q1/weeks.csv",
        SPEND,
        *(paid.format(week, 0, "burst") for week in ("2025-12-29,2026-01-04", *REST)),
        *(paid.format(week, 100, name) for week in WEEKS for name in ("burst", "twin")),
        f"{REST[0]},google ads,,,worked,,labour,2",
    )
    clinic.put("2026Q1/by_week.csv", "Week of,Channel,Cost", "3/2/2026,billboard,70")
    clinic.put("2026Q1/numbered.csv", "Date,Week,Channel,Cost", "3/4/2026,10,tv,30")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PTANALYSIS_KEY_DIR", str(clinic.root / "keys"))
        clinic.tables = clinic.run("2026Q1")
    return clinic


def told(clinic, code):
    return [
        (p.file.removeprefix("2026Q1/"), p.row, p.severity, p.count)
        for p in clinic.problems("2026Q1")
        if p.code == code
    ]


def test_a_week_is_seven_days_and_its_number_no_date(ran):
    spend = ran.tables.spend
    days = spend[spend["amount"].isin((70, 30)) & spend["period_start"].dt.month.eq(3)]
    found = days.sort_values("amount")[["period_start", "period_end"]].astype(str).to_numpy()
    assert found.tolist() == [["2026-03-04", "2026-03-04"], ["2026-03-02", "2026-03-08"]]


def test_rows_alike_in_every_cell_of_a_sheet_are_told_and_count(ran):
    # 2 x 1,800 + 2 x 900 + 300 of one, 2 x 70 of the other, 6 x 100 and 2 h x 28 of the third, and
    # 70 and 30 of sheets by the week.
    assert ran.tables.spend["amount"].sum() == 3600 + 1800 + 300 + 140 + 600 + 56 + 100
    assert told(ran, "rows_alike") == [
        ("notes.csv", 3, "note", 1),
        ("pasted.csv", 3, "warning", 2),
    ]
    assert told(ran, "no_vendor") == [("pasted.csv", 8, "note", 1)]


def test_rows_of_nothing_start_end_and_prolong_nothing(ran):
    units = units_of(ran.tables).set_index("campaign")
    days = units[["starts_on", "ends_on", "closes"]].astype(str)
    # Three weeks from January 5; 13 weeks after January 25.
    assert days.loc["burst"].tolist() == ["2026-01-05", "2026-01-25", "2026-04-26"]
    assert days.loc["twin"].tolist() == days.loc["burst"].tolist()
    assert days.loc["worked"].tolist()[:2] == REST[0].split(",")


def test_a_first_visit_a_day_or_two_before_its_inquiry_is_an_inquiry_entered_late(ran):
    leads = ran.tables.leads.assign(day=ran.tables.leads["lead_at"].dt.day - 10)
    existing = leads["not_mql_reason"] == "existing_patient"
    assert sorted(leads.loc[existing, "day"]) == [3, 4, 5]
    assert leads["mql_at"].notna().sum() == 3
    # 40 and 60 of the first, 80 of the sixth; the fourth's are no new patient's.
    assert ran.tables.payments["amount"].sum() == 180
    assert set(leads.loc[leads["patient_at"].notna(), "day"]) == {1, 6}
    assert told(ran, "inquiry_entered_late") == [
        ("v.csv", 2, "warning", 2),
        ("p.csv", 2, "warning", 2),
    ]
    assert by_file(ran.tables, "2026Q1/v.csv")["reasons"]["before_inquiry"] == 4
