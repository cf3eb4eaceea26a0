"""Ids that a spreadsheet changed or a CRM merged meet their record, where only one fits."""

from __future__ import annotations

import pytest

from tests.test_ids import DEALS, asked, by_day, paid
from tests.test_intake import INQUIRIES, PAYMENTS, SCREENINGS, VISITS, Clinic, by_file

CONTACTS = "Record ID,First Name,Last Name,Email,Create Date,Lifecycle Stage"


@pytest.fixture
def clinic(tmp_path, monkeypatch):
    monkeypatch.setenv("PTANALYSIS_KEY_DIR", str(tmp_path / "keys"))
    return Clinic(tmp_path)


def told(clinic, quarter, *codes):
    found = clinic.problems(quarter)
    return {(p.code, p.file): (p.severity, p.count) for p in found if p.code in codes}


def test_ids_that_a_spreadsheet_changed_meet_the_one_record_that_fits(clinic):
    ids = ["101", "0102", "A-103", "1000", "100000", "106", "07", "7", "200001", "200002", "b1"]
    clinic.put(
        "2026Q1/inquiries.csv",
        INQUIRIES,
        *(asked(each, f"2026-01-{n:02d} 10:00", n) for n, each in enumerate(ids, 1)),
    )
    changed = {
        "101.0": 1,  # a number with decimals
        "102": 2,  # its zero in front lost
        " a-103 ": 3,  # capitals, spaces
        '"1,000"': 4,  # thousands
        "1E+05": 5,  # 1E5 taken for a number
        "'106": 6,  # text made of a number
        "7.0": None,  # 07 or 7
        "2.0E+05": None,  # 200001 or 200002, rounded
        "B01": None,  # zeros behind a letter are no spreadsheet's doing
        "77; b1 ;101": 11,  # the first of several that is an inquiry
    }
    clinic.put(
        "2026Q1/p.csv",
        PAYMENTS,
        *(f"{each},2026-02-{n:02d},{n},payment,self" for n, each in enumerate(changed, 1)),
    )
    clinic.put("2026Q1/s.csv", SCREENINGS, "00101,2026-01-20,qualified,,,,,s")
    clinic.put("2026Q1/v.csv", VISITS, "106.00,2026-01-21 09:00,attended,", "x,2026-01-22,booked,")
    tables = clinic.run("2026Q1")
    days = {f"01-{place:02d}": n for n, place in enumerate(changed.values(), 1) if place}
    assert paid(tables) == days
    assert by_day(tables, "sql_at") == {"01-01": "01-20"}
    assert by_day(tables, "visit_attended_at") == {"01-06": "01-21"}
    entry = by_file(tables, "2026Q1/p.csv")
    assert entry["reasons"] == {"attributed": 7, "unknown_inquiry": 3}
    assert entry["money"]["excluded"] == 7 + 8 + 9
    assert told(clinic, "2026Q1", "changed_ids", "unknown_inquiry") == {
        ("changed_ids", "2026Q1/p.csv"): ("note", 6),
        ("changed_ids", "2026Q1/s.csv"): ("note", 1),
        ("changed_ids", "2026Q1/v.csv"): ("note", 1),
        ("unknown_inquiry", "2026Q1/p.csv"): ("warning", 3),
        ("unknown_inquiry", "2026Q1/v.csv"): ("warning", 1),
    }
    lost = [p for p in clinic.problems("2026Q1") if p.code == "unknown_inquiry"]
    (why,) = [p.what for p in lost if p.file == "2026Q1/p.csv"]
    assert "their ids are those of several inquiries" in why


def test_what_names_a_merged_contact_counts_for_the_one_it_became(clinic):
    """Contact 904 became 4, both became 99 in the next quarter; 7 is the desk's alone."""
    clinic.put(
        "2026Q1/contacts.csv",
        f"{CONTACTS},Merged record IDs",
        "4,Eve,Elm,eve@example.org,2026-01-05 09:00,Lead,904;905",
        "8,Bob,Ray,bob@example.org,2026-01-06 09:00,Lead,",
        "906,Eve,Ulm,ulm@example.org,2026-01-07 09:00,Lead,",
    )
    clinic.put("2026Q1/desk.csv", INQUIRIES, asked(7, "2026-01-08 10:00", 9))
    clinic.put(
        "2026Q1/deals.csv",
        DEALS,
        "1,Closed Won,904.0,2026-02-04",
        "2,Closed Won,7,2026-02-05",
        "3,Closed Won,0008,2026-02-06",
        "4,Closed Won,5555,2026-02-07",
    )
    clinic.put("2026Q1/p.csv", PAYMENTS, "905,2026-02-10,50,payment,self")
    tables = clinic.run("2026Q1")
    assert by_day(tables, "patient_at") == {"01-05": "02-10", "01-06": "02-06"}
    assert paid(tables) == {"01-05": 50}
    # HubSpot's 7 is not the desk's: its contacts were exported, and it is none of them.
    assert by_file(tables, "2026Q1/deals.csv")["reasons"] == {"unknown_inquiry": 2}
    assert told(clinic, "2026Q1", "changed_ids", "merged_ids", "unknown_inquiry") == {
        ("changed_ids", "2026Q1/deals.csv"): ("note", 1),
        ("merged_ids", "2026Q1/deals.csv"): ("note", 1),
        ("merged_ids", "2026Q1/p.csv"): ("note", 1),
        ("unknown_inquiry", "2026Q1/deals.csv"): ("warning", 2),
    }
    clinic.put(
        "2026Q2/contacts.csv",
        f"{CONTACTS},Merged Contact IDs",
        "99,Eve,Elm,elm@example.org,2026-01-05 09:00,Lead,4;906",
    )
    clinic.put("2026Q2/deals.csv", DEALS, "5,Closed Won,906,2026-04-04")
    tables = clinic.run("2026Q2")
    assert tables.ledger["leads"] == 3
    assert by_file(tables, "2026Q1/contacts.csv")["reasons"] == {"lead": 1, "merged_record": 2}
    assert by_day(tables, "patient_at") == {"01-05": "02-10", "01-06": "02-06"}
    assert by_file(tables, "2026Q2/deals.csv")["reasons"] == {}
