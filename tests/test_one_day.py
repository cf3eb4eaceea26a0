"""Contacts that were imported are no inquiries; rows that share one day give no time."""

from __future__ import annotations

import shutil

import pytest

from ptanalysis.metrics.quality import followed_leads
from ptanalysis.report.assemble import lead_line
from tests.test_ids import CASES, DEALS, asked
from tests.test_intake import INQUIRIES, SCREENINGS, Clinic, by_file

CONTACTS = (
    "Record ID,First Name,Last Name,Email,Create Date,Lifecycle Stage,Original Source,"
    "Original Source Drill-Down 1,Original Source Drill-Down 2,Became a Customer Date"
)


@pytest.fixture
def clinic(tmp_path, monkeypatch):
    monkeypatch.setenv("PTANALYSIS_KEY_DIR", str(tmp_path / "keys"))
    return Clinic(tmp_path)


def contact(number, how, stage="Customer"):
    name = f"Given{number},Family{number},g{number}@example.org,2026-05-12 14:02,{stage}"
    return f"{number},{name},{how},2026-05-12 14:02"


def test_imports_are_no_leads_and_one_day_of_most_rows_gives_no_time(clinic):
    clinic.put(
        "2026Q2/contacts.csv",
        CONTACTS,
        contact(1, "Offline sources,IMPORT,patients 2019.csv"),
        contact(2, "OFFLINE,Import,old list"),
        contact(3, "Offline Sources,IMPORT,call list"),
        contact(4, "Offline sources,CRM_UI,ann@example.org"),
        contact(5, "Paid search,Knee,knee pt"),
    )
    clinic.put("2026Q2/deals.csv", DEALS, "1,Closed Won,1,2026-05-12", "2,Closed Won,5,2026-06-12")
    # Typed in on one day: 14 of 24. The same 14 would be a busy day of 29.
    rows = [asked(100 + n, "2026-04-20", n) for n in range(14)]
    rows += [asked(200 + n, f"2026-05-{n + 1:02d} 09:00", 20 + n) for n in range(10)]
    clinic.put("2026Q2/desk.csv", INQUIRIES, *rows)
    clinic.put(
        "2026Q2/s.csv",
        SCREENINGS,
        *(f"{100 + n},2026-05-{n + 1:02d},qualified,,,,,s" for n in range(14)),
        *(f"{200 + n},2026-06-{n + 1:02d},disqualified,,,,,s" for n in range(10)),
    )
    tables = clinic.run("2026Q2")
    assert tables.ledger["not_leads_by_reason"] == {"imported": 3}
    assert tables.ledger["rows_in"] == 29 == tables.ledger["leads"] + 3
    assert by_file(tables, "2026Q2/deals.csv")["reasons"] == {"unknown_inquiry": 1}
    problems = {p.code: p for p in clinic.problems("2026Q2") if p.severity == "warning"}
    assert problems["imported"].count == 3
    # That an imported contact has a deal is no fault of the deals.
    assert "unknown_inquiry" not in problems
    told = problems["one_day"]
    assert (told.file, told.row, told.column, told.count) == (
        "2026Q2/desk.csv",
        2,
        "received_at",
        14,
    )
    assert "14 of 24 rows have the same day" in lead_line(tables)
    for event in ("sql_at", "patient_at"):
        assert "of 26 leads, 14 have the one day" in tables.undated(event)
    assert "14 have the one day" in followed_leads.unrecorded(tables, "sql_at")

    rows += [asked(300 + n, f"2026-06-{n + 1:02d} 09:00", 30 + n) for n in range(5)]
    clinic.put("2026Q2/desk.csv", INQUIRIES, *rows)
    tables = clinic.run("2026Q2")
    assert "one day" not in tables.undated("sql_at")
    assert "same day" not in lead_line(tables)


def test_stages_closed_on_one_day_have_no_date(clinic):
    clinic.put(
        "2026Q1/desk.csv", INQUIRIES, *(asked(n, f"2026-01-{n:02d}", n) for n in range(1, 13))
    )
    clinic.put(
        "2026Q1/s.csv", SCREENINGS, *(f"{n},2026-03-31,qualified,,,,,s" for n in range(1, 12))
    )
    tables = clinic.run("2026Q1")
    assert "when 11 did" in tables.undated("sql_at")
    assert "2026Q1/s.csv: 11 of 11 rows have the same day" in lead_line(tables)


@pytest.mark.skipif(not CASES.is_dir(), reason="the cases are not here")
def test_case_16_old_patients_loaded_into_the_crm(clinic):
    shutil.copytree(next(CASES.glob("16-*")), clinic.raw, dirs_exist_ok=True)
    tables = clinic.run("2026Q2")
    assert (tables.ledger["leads"], tables.ledger["not_leads_by_reason"]) == (20, {"imported": 40})
    assert tables.leads["patient_at"].isna().all()
    assert [p.count for p in clinic.problems("2026Q2") if p.code == "imported"] == [40]
