"""Ids that are not unique: who is counted, and whose the screenings and payments are."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ptanalysis import intake
from tests.test_intake import FIRST, INQUIRIES, PAYMENTS, SCREENINGS, Clinic, by_file

CASES = Path(__file__).parents[2] / "shared" / "cases"
CONTACTS = "Record ID,First Name,Last Name,Email,Create Date,Lifecycle Stage"
DEALS = "Record ID,Deal Stage,Associated Contact IDs,Close Date"


@pytest.fixture
def clinic(tmp_path, monkeypatch):
    monkeypatch.setenv("PTANALYSIS_KEY_DIR", str(tmp_path / "keys"))
    return Clinic(tmp_path)


def asked(number, at, who, *, first=None, last=None, email=None, interest="knee"):
    """Return an inquiry of person `who` (a number) under the id `number`."""
    cells = dict.fromkeys(INQUIRIES.split(","), "") | {
        "inquiry_id": str(number),
        "received_at": at,
        "source": "google",
        "medium": "organic",
        "first_name": FIRST[who % 10] if first is None else first,
        "last_name": f"{FIRST[who // 10]}son" if last is None else last,
        "email": f"p{who}@example.org" if email is None else email,
        "service_interest": interest,
    }
    return ",".join(cells.values())


def codes(clinic, quarter, code="ids_not_unique"):
    found = [p for p in clinic.problems(quarter) if p.code == code]
    return {p.file: (p.severity, p.count) for p in found}


def by_day(tables, column):
    """Return a stage's day by the day of the inquiry, where it was reached."""
    leads = tables.leads.dropna(subset=[column])
    days = leads[column].dt.strftime("%m-%d")
    return dict(zip(leads["inquiry_at"].dt.strftime("%m-%d"), days, strict=True))


def paid(tables):
    days = tables.leads.set_index("lead_id")["inquiry_at"].dt.strftime("%m-%d")
    sums = tables.payments.groupby("lead_id")["amount"].sum()
    return {days[lead]: amount for lead, amount in sums.items()}


@pytest.fixture
def renumbered(clinic):
    """Three inquiries a quarter, numbered from 1 in each; other people but for one told again."""
    clinic.put(
        "2026Q1/inquiries.csv",
        INQUIRIES,
        asked(1, "2026-01-05 10:00", 11),
        asked(2, "2026-01-06 10:00", 12),
        asked(3, "2026-01-07 10:00", 13),
    )
    clinic.put(
        "2026Q2/inquiries.csv",
        INQUIRIES,
        asked(1, "2026-04-05 10:00", 21),
        asked(2, "2026-04-06 10:00", 22),
        asked(3, "2026-01-07 10:00", 13, interest="knee pain"),
    )
    return clinic


def test_a_sheet_numbered_from_1_each_quarter_loses_nobody(renumbered):
    tables = renumbered.run("2026Q2")
    assert (tables.ledger["leads"], tables.ledger["duplicates"]) == (5, 1)
    assert by_file(tables, "2026Q1/inquiries.csv")["reasons"] == {"exported_again": 1, "lead": 2}
    assert tables.leads["lead_id"].nunique() == 5
    # Told apart by who they are: a note, with the two rows of each file whose id is another's too.
    assert codes(renumbered, "2026Q2") == {
        "2026Q1/inquiries.csv": ("note", 2),
        "2026Q2/inquiries.csv": ("note", 2),
    }


def test_what_names_a_shared_id_goes_where_it_must_and_else_nowhere(renumbered):
    renumbered.put("2026Q1/screenings.csv", SCREENINGS, "1,2026-01-09,qualified,,,,,s")
    # Of the second quarter's 1, as the folder says; 2 was screened before the second one asked.
    renumbered.put(
        "2026Q2/screenings.csv",
        SCREENINGS,
        "1,2026-04-09,qualified,,,,,s",
        "2,2026-04-03,qualified,,,,,s",
    )
    # In no quarter's folder, and after both: nothing says whose 1 it is. 3 is one inquiry's.
    renumbered.put(
        "payments.csv", PAYMENTS, "1,2026-05-01,80,payment,self", "3,2026-05-02,90,payment,self"
    )
    tables = renumbered.run("2026Q2")
    assert by_day(tables, "sql_at") == {"01-05": "01-09", "04-05": "04-09", "01-06": "04-03"}
    assert paid(tables) == {"01-07": 90}
    entry = by_file(tables, "payments.csv")
    assert entry["reasons"] == {"ambiguous_inquiry": 1, "attributed": 1}
    assert (entry["money"]["used"], entry["money"]["excluded"]) == (90, 80)
    assert tables.ledger["payments_without_lead"] == {"rows": 1, "amount": 80}
    assert codes(renumbered, "2026Q2")["payments.csv"] == ("warning", 1)


def test_two_systems_with_the_same_numbers_are_two_inquiries(clinic):
    clinic.put(
        "2026Q1/contacts.csv",
        CONTACTS + ",Became a Sales Qualified Lead Date",
        "101,Ann,Lee,ann@example.org,2026-01-05 09:00,Sales Qualified Lead,2026-01-15",
        "102,Bob,Ray,bob@example.org,2026-01-06 09:00,Lead,",
    )
    clinic.put("2026Q1/deals.csv", DEALS, "9,Closed Won,102,2026-02-06")
    clinic.put(
        "2026Q1/desk.csv",
        INQUIRIES,
        asked(101, "2026-01-07 10:00", 11),
        asked(102, "2026-01-08 10:00", 12),
    )
    clinic.put("2026Q1/screenings.csv", SCREENINGS, "101,2026-01-20,qualified,,,,,s")
    tables = clinic.run("2026Q1")
    assert tables.ledger["leads"] == 4
    # HubSpot's stages and deals are of HubSpot's contacts, the desk's sheets of the desk's people.
    assert by_day(tables, "sql_at") == {"01-05": "01-15", "01-07": "01-20"}
    assert by_day(tables, "patient_at") == {"01-06": "02-06"}


def test_the_same_person_or_the_same_day_is_a_copy(clinic):
    clinic.put(
        "2026Q1/i.csv",
        INQUIRIES,
        asked(1, "2026-01-05 10:00", 11),  # date put right later
        asked(2, "2026-01-06 10:00", 12),  # another email later
        asked(3, "2026-01-07 10:00", 13, first="", last="", email="x@example.org"),
    )
    clinic.put(
        "2026Q2/i.csv",
        INQUIRIES,
        asked(1, "2026-01-02 10:00", 11, email="new@example.org"),
        asked(2, "2026-01-06 10:00", 12, email="other@example.org"),
        asked(3, "2026-01-07", 13, first="", last="", email="y@example.org"),
    )
    tables = clinic.run("2026Q2")
    assert by_file(tables, "2026Q1/i.csv")["reasons"] == {"exported_again": 3}
    assert tables.leads["inquiry_at"].dt.day.tolist() == [2, 6, 7]
    assert codes(clinic, "2026Q2") == {}


def test_without_a_person_other_days_both_count_and_that_is_a_warning(clinic):
    nobody = {"first": "", "last": "", "email": ""}
    clinic.put("2026Q1/i.csv", INQUIRIES, asked(1, "2026-01-05 10:00", 0, **nobody))
    clinic.put("2026Q1/lead.csv", INQUIRIES, asked(9, "2026-01-07 10:00", 9))
    clinic.put("2026Q2/i.csv", INQUIRIES, asked(1, "2026-04-05 10:00", 0, **nobody))
    tables = clinic.run("2026Q2")
    assert (tables.ledger["rows_in"], tables.ledger["duplicates"]) == (3, 0)
    assert codes(clinic, "2026Q2") == {
        "2026Q1/i.csv": ("warning", 1),
        "2026Q2/i.csv": ("warning", 1),
    }


def test_two_desks_that_number_alike_lose_nobody_on_a_day_they_share(clinic):
    clinic.put("2026Q1/a.csv", INQUIRIES, asked(1, "2026-01-05", 11), asked(2, "2026-01-06", 12))
    clinic.put("2026Q1/b.csv", INQUIRIES, asked(1, "2026-01-05", 21), asked(2, "2026-01-09", 22))
    assert clinic.run("2026Q1").ledger["leads"] == 4


#: A list without ids: they are made of the day and the source, so many rows share one, or of all
#: that tells of a person.
MADE = """title = "Front desk"
verified = false
evidence = "made for this test"
kind = "inquiries"
[columns]
day = { required = true, headers = ["Day called"] }
source = { required = true, headers = ["Heard of us"] }
name = { required = true, personal = "name", headers = ["Caller"] }
mail = { required = true, personal = "email", headers = ["Mail"] }
[tables.inquiries]
<rule>
received_at = "day"
source = "source"
last_name = "name"
email = "mail"
service_interest = { constant = "knee" }
"""


@pytest.mark.parametrize("rule", ['inquiry_id = { join = ["day", "source"] }', ""])
def test_ids_made_of_columns_lose_and_double_nobody(clinic, rule):
    (clinic.raw / "formats").mkdir()
    (clinic.raw / "formats" / "desk.toml").write_text(MADE.replace("<rule>", rule), "utf-8")
    header, rows = (
        "Day called,Heard of us,Caller,Mail",
        [
            "2026-01-05,Yelp,Alder,alder@example.org",
            "2026-01-05,Yelp,Birch,birch@example.org",
            "2026-01-05,Yelp,,",
            "2026-01-05,Yelp,,",
            "2026-01-06,Yelp,Cedar,cedar@example.org",
        ],
    )
    clinic.put("2026Q1/desk.csv", header, *rows)
    tables = clinic.run("2026Q1")
    assert by_file(tables, "2026Q1/desk.csv")["reasons"] == {"lead": 3, "no_contact": 2}
    # Exported again with one row more: each of the five is the copy of one, in any order.
    clinic.put("2026Q2/desk.csv", header, "2026-04-07,Yelp,Dale,dale@example.org", *rows[::-1])
    tables = clinic.run("2026Q2")
    assert by_file(tables, "2026Q1/desk.csv")["reasons"] == {"exported_again": 5}
    assert by_file(tables, "2026Q2/desk.csv")["reasons"] == {"lead": 4, "no_contact": 2}


def test_many_copies_within_one_file_are_a_warning(clinic):
    rows = [asked(n, f"2026-01-{n % 28 + 1:02d} 10:00", n) for n in range(1, 99)]
    # 2 of 100 rows are copies: that may happen. 3 of 101 are more than 2%.
    clinic.put("2026Q1/i.csv", INQUIRIES, *rows, rows[0], rows[1])
    assert clinic.run("2026Q1").ledger["duplicates"] == 2
    assert codes(clinic, "2026Q1", "copies_within") == {}
    clinic.put("2026Q1/i.csv", INQUIRIES, *rows, *rows[:3])
    clinic.run("2026Q1")
    assert codes(clinic, "2026Q1", "copies_within") == {"2026Q1/i.csv": ("warning", 3)}


def four_contacts(clinic):
    clinic.put(
        "2026Q1/contacts.csv",
        CONTACTS,
        *(f"{n},{FIRST[n]},Roe,r{n}@example.org,2026-01-0{n} 09:00,Lead" for n in (1, 2, 3, 4)),
    )


def deals(clinic, file, *rows):
    clinic.put(file, DEALS, *rows)


def test_a_contact_s_first_won_deal_makes_the_patient_and_a_lost_one_unmakes_none(clinic):
    four_contacts(clinic)
    deals(
        clinic,
        "2026Q1/deals.csv",
        "51,Closed Lost,1,2026-01-20",
        "52,Closed Won,1,2026-02-20",  # lost, then won
        "53,Closed Won,2,2026-01-22",
        "54,Closed Lost,2,2026-02-22",  # won, then lost
        "55,Closed Won,2,2026-03-22",  # and won again
        "56,Closed Lost,3,2026-02-23",
        "57,Closed Lost,3,2026-01-23",  # lost twice
        "58,Appointment Scheduled,4,2026-03-01",
    )
    tables = clinic.run("2026Q1")
    assert by_day(tables, "patient_at") == {"01-01": "02-20", "01-02": "01-22"}
    assert by_day(tables, "lost_at") == {"01-03": "01-23"}
    assert by_file(tables, "2026Q1/deals.csv")["duplicates"] == 0
    # A later export of a deal replaces the earlier: 53 was won later, 54 not lost, 58 is lost.
    deals(
        clinic,
        "2026Q2/deals.csv",
        "53,Closed Won,2,2026-04-22",
        "54,Contract Sent,2,2026-05-01",
        "55,Closed Lost,2,2026-03-22",
        "58,Closed Lost,4,2026-04-24",
    )
    tables = clinic.run("2026Q2")
    assert by_day(tables, "patient_at") == {"01-01": "02-20", "01-02": "04-22"}
    assert by_day(tables, "lost_at") == {"01-03": "01-23", "01-04": "04-24"}
    assert by_file(tables, "2026Q1/deals.csv")["reasons"]["exported_again"] == 4


def test_a_forgotten_person_s_number_forgets_nobody_else(renumbered):
    renumbered.put(
        "2026Q2/screenings.csv",
        SCREENINGS,
        "1,2026-04-09,qualified,,,,,s",
        "2,2026-04-10,qualified,,,,,s",
    )
    done = intake.forget("c", {"email": "p21@example.org"}, root=renumbered.root)
    assert (done.people, done.inquiries) == (1, 1)
    assert done.raw == {"2026Q2/inquiries.csv": 1, "2026Q2/screenings.csv": 1}
    tables = renumbered.run("2026Q2")
    assert tables.ledger["leads"] == 4
    assert by_day(tables, "sql_at") == {"04-06": "04-10"}
    # Once their row is gone, as they were told to do, the other 1 is still there.
    renumbered.put("2026Q2/inquiries.csv", INQUIRIES, asked(2, "2026-04-06 10:00", 22))
    assert renumbered.run("2026Q2").ledger["leads"] == 4


@pytest.mark.skipif(not CASES.is_dir(), reason="the cases are not here")
def test_case_01_two_deals_of_a_contact(clinic):
    shutil.copytree(next(CASES.glob("01-*")), clinic.raw, dirs_exist_ok=True)
    tables = clinic.run("2026Q2")
    assert by_day(tables, "patient_at") == {"04-02": "06-10", "04-03": "04-25", "04-04": "05-02"}
    assert tables.leads["lost_at"].isna().all()
    assert by_file(tables, "2026Q2/deals.csv")["duplicates"] == 0


def test_deals_numbered_anew_are_other_deals_and_a_new_contact_is_none(clinic):
    four_contacts(clinic)
    deals(
        clinic,
        "2026Q1/deals.csv",
        "1,Closed Won,1,2026-01-20",
        "2,Closed Lost,2,2026-01-21",
        "9,Closed Won,3,2026-01-22",
    )
    # 1 and 2 are other people's deals of other days; 9 is the same win, moved to contact 4.
    deals(
        clinic,
        "2026Q2/deals.csv",
        "1,Closed Won,2,2026-04-21",
        "2,Closed Lost,1,2026-04-20",
        "9.0,Closed Won,4,2026-01-22",
    )
    # Two practice systems: 55 is somebody else in each, 56 has married and moved since.
    header = "patient_key,last_name,first_name,email"
    clinic.put(
        "2026Q2/a.csv", header, "55,Roe,Marcus,r2@example.org", "56,Roe,Brunhilde,r1@example.org"
    )
    clinic.put("2026Q2/b.csv", header, "55,Kent,Tadeo,tk@example.org")
    clinic.put("2026Q1/b.csv", header, "56,Lee,Brunhilde,old@example.org")
    clinic.put(
        "2026Q2/paid.csv",
        "patient_key,payment_id,paid_on,amount",
        "55,P1,2026-05-01,70",
        "056,P2,2026-05-02,80",
    )
    tables = clinic.run("2026Q2")
    assert tables.ledger["leads"] == 4
    assert by_day(tables, "patient_at") == {"01-01": "05-02", "01-02": "04-21", "01-04": "01-22"}
    assert paid(tables) == {"01-01": 80}
    assert by_file(tables, "2026Q1/deals.csv")["reasons"] == {"exported_again": 1}
    assert by_file(tables, "2026Q2/paid.csv")["reasons"] == {
        "ambiguous_inquiry": 1,
        "attributed": 1,
    }
    assert codes(clinic, "2026Q2")["2026Q2/paid.csv"] == ("warning", 1)
    assert codes(clinic, "2026Q2", "changed_ids") == {"2026Q2/paid.csv": ("note", 1)}
