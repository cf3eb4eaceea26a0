"""What meets no inquiry is counted apart, said with the likely why, and never called absent."""

from __future__ import annotations

import re
import shutil

import pytest

from ptanalysis.metrics.money.roi_by_side import roi_ratio
from ptanalysis.metrics.quality.followed_leads import unrecorded
from tests import engine_answers
from tests.test_ids import CASES, CONTACTS, DEALS, asked, by_day
from tests.test_intake import INQUIRIES, PAYMENTS, SCREENINGS, SPEND, VISITS, Clinic, by_file
from tests.test_patients import PAID, PATIENTS


@pytest.fixture
def clinic(tmp_path, monkeypatch):
    monkeypatch.setenv("PTANALYSIS_KEY_DIR", str(tmp_path / "keys"))
    clinic = Clinic(tmp_path)
    clinic.put(
        "2026Q1/inquiries.csv",
        INQUIRIES,
        *(asked(100 + n, f"2026-01-{n + 1:02d} 10:00", n) for n in range(1, 5)),
    )
    return clinic


def told(clinic, file):
    """Return the warning of a file about ids that no inquiry has, or None."""
    found = [p for p in clinic.problems("2026Q1") if p.code == "unknown_inquiry"]
    assert all(p.severity == "warning" for p in found)
    return next((p for p in found if p.file == f"2026Q1/{file}"), None)


def payment(number, day, amount=10):
    return f"{number},2026-02-{day:02d},{amount},payment,self"


def test_each_kind_is_excluded_with_its_money_and_a_warning(clinic):
    clinic.put(
        "2026Q1/s.csv", SCREENINGS, "101,2026-01-20,qualified,,,,,s", "7,2026-01-21,qualified,,,,,s"
    )
    clinic.put("2026Q1/v.csv", VISITS, "7,2026-01-22 09:00,attended,", "8,2026-01-22,booked,")
    clinic.put("2026Q1/p.csv", PAYMENTS, payment(101, 1, 40), payment(7, 2, 50), payment(8, 3, 60))
    clinic.put(
        "2026Q1/d.csv",
        DEALS,
        "1,Closed Won,102,2026-02-04",
        "2,Closed Won,7,2026-02-05",
        "3,Closed Lost,8,2026-02-06",
    )
    tables = clinic.run("2026Q1")
    for file, used, lost in (("s", 1, 1), ("v", 0, 2), ("p", 1, 2), ("d", 1, 2)):
        entry = by_file(tables, f"2026Q1/{file}.csv")
        assert (entry["used"], entry["excluded"]) == (used, lost), file
        assert entry["reasons"]["unknown_inquiry"] == lost
        assert told(clinic, f"{file}.csv").count == lost
    assert by_file(tables, "2026Q1/p.csv")["money"]["excluded"] == 110
    assert tables.ledger["payments_without_lead"] == {"rows": 2, "amount": 110}
    assert "of 3 payments, 2 (110.00 USD) belong to no inquiry" in told(clinic, "p.csv").what
    assert told(clinic, "p.csv").row == 3
    assert by_day(tables, "patient_at") == {"01-02": "02-01", "01-03": "02-04"}


def test_a_small_share_of_rows_and_money_is_no_warning(clinic):
    """Four files of four people. 2 of 100 rows and 20 of 5,753 + 20 are at most 2% of either."""
    strange = {
        "rows within": [payment(7, 2), payment(8, 3)],
        "rows beyond": [payment(n, 4) for n in (6, 7, 8)],  # of 101
        "money within": [payment(7, 5, 117)],  # of 5,850
        "money beyond": [payment(7, 6, 118)],  # of 5,851
    }
    for who, (file, rows) in enumerate(strange.items(), 101):
        most = [payment(who, n % 28 + 1, 10 + n) for n in range(98)]
        clinic.put(f"2026Q1/{file}.csv", PAYMENTS, *most, *rows)
    clinic.run("2026Q1")
    found = {file: told(clinic, f"{file}.csv") for file in strange}
    assert {file: each and each.count for file, each in found.items()} == {
        "rows within": None,
        "rows beyond": 3,
        "money within": None,
        "money beyond": 1,
    }


def test_the_likely_cause_is_named_and_no_id(clinic):
    causes = {
        "numbers": (("1.2E+05", "1.3E+05"), "a spreadsheet turned their ids into numbers"),
        "patients": (("55", "56"), "numbers of the list of patients"),
        "blank": (("", ""), "they have no id"),
        "nobody": (("903", "904"), "no inquiry that was read has their ids"),
    }
    clinic.put(
        "2026Q1/list.csv", PATIENTS, "55,Ann,Lee,ann@example.org,,", "56,Bob,Ray,bob@example.org,,"
    )
    for day, (file, (ids, _)) in enumerate(causes.items(), 1):
        clinic.put(f"2026Q1/{file}.csv", PAYMENTS, *(payment(each, day) for each in ids))
    clinic.run("2026Q1")
    for file, (ids, why) in causes.items():
        found = told(clinic, f"{file}.csv")
        assert why in found.what
        assert not re.search("|".join(filter(None, ids)) or "^$", str(found))


def test_patients_who_never_inquired_are_usual_unless_it_is_all_of_them(clinic):
    clinic.put("2026Q1/list.csv", PATIENTS, "55,Ann,Lee,ann@example.org,,", "56,,,p1@example.org,,")
    clinic.put(
        "2026Q1/p.csv", PAID, "55,P1,2026-02-01,90", "55,P2,2026-02-02,90", "56,P3,2026-02-01,90"
    )
    tables = clinic.run("2026Q1")
    assert by_file(tables, "2026Q1/p.csv")["reasons"] == {"attributed": 1, "unknown_inquiry": 2}
    assert told(clinic, "p.csv") is None
    clinic.put("2026Q1/p.csv", PAID, "55,P1,2026-02-01,90", "55,P2,2026-02-02,90")
    clinic.run("2026Q1")
    assert "none of those who inquired" in told(clinic, "p.csv").what
    # Numbers that are in no list are told from a small share on.
    clinic.put("2026Q1/p.csv", PAID, "77,P1,2026-02-01,90", "56,P3,2026-02-01,90")
    clinic.run("2026Q1")
    assert "in no list of patients" in told(clinic, "p.csv").what


def test_stages_of_a_contact_of_the_next_quarter_wait_for_it(clinic):
    """One file of all years: what the next quarter's contact does is no fault of this one."""
    clinic.put(
        "contacts.csv",
        CONTACTS,
        "7,Ann,Lee,ann@example.org,2026-04-05 09:00,Lead",
        "8,Bob,Ray,bob@example.org,2026-01-05 09:00,Lead",
    )
    clinic.put("deals.csv", DEALS, "1,Closed Won,7,2026-05-01", "2,Closed Won,8,2026-02-01")
    entry = by_file(clinic.run("2026Q1"), "deals.csv")
    assert (entry["used"], entry["reasons"]) == (1, {"after_as_of": 1})


def test_findings_never_say_that_nothing_is_recorded_of_what_was_read(clinic):
    clinic.put("2026Q1/spend.csv", SPEND, "2026-01-01,2026-01-31,google,500,cpc,,,media,")
    clinic.put("2026Q1/p.csv", PAYMENTS, *(payment(900 + n, 1 + n % 28) for n in range(51)))
    clinic.put(
        "2026Q1/s.csv", SCREENINGS, *(f"{900 + n},2026-02-01,qualified,,,,,s" for n in range(3))
    )
    tables = clinic.run("2026Q1")
    paid = "51 payments were read, none belongs to a lead: 51 with an id that no inquiry has"
    screened = "3 screenings were read, none belongs to a lead: 3 with an id that no inquiry has"
    assert roi_ratio(tables).reason == paid
    assert unrecorded(tables, "patient_at") == paid
    assert unrecorded(tables, "sql_at") == screened
    every = " ".join(each.reason for each in engine_answers.estimates(tables))
    assert paid in every
    assert screened in every
    assert not re.search("no (payment|screening).*recorded", every, re.IGNORECASE)


def test_without_any_export_of_them_nothing_is_recorded(clinic):
    tables = clinic.run("2026Q1")
    assert "no payment is recorded" in roi_ratio(tables).reason
    assert unrecorded(tables, "sql_at").startswith("no lead was ever screened")


def test_screenings_of_leads_that_none_passed_are_leads_own(clinic):
    clinic.put(
        "2026Q1/s.csv",
        SCREENINGS,
        "101,2026-01-20,disqualified,,,,vendor,s",
        "7,2026-01-21,qualified,,,,,s",
    )
    tables = clinic.run("2026Q1")
    assert tables.none_of_a_lead("screenings") == ""
    reasons = [each.reason for each in engine_answers.estimates(tables)]
    assert "no lead has a date of becoming SQL" in reasons


@pytest.mark.skipif(not CASES.is_dir(), reason="the cases are not here")
def test_case_02_deals_of_contacts_that_are_not_there(clinic):
    shutil.rmtree(clinic.raw)
    shutil.copytree(next(CASES.glob("02-*")), clinic.raw)
    tables = clinic.run("2026Q2")
    assert by_day(tables, "patient_at") == {"04-05": "04-25"}
    entry = by_file(tables, "2026Q2/deals.csv")
    assert (entry["used"], entry["reasons"]) == (1, {"unknown_inquiry": 1})
    (problem,) = [p for p in clinic.problems("2026Q2") if p.code == "unknown_inquiry"]
    assert (problem.file, problem.row, problem.count) == ("2026Q2/deals.csv", 3, 1)
