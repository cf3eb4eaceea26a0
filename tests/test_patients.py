"""A practice system's patients, joined to those who inquired by the practice's own list."""

from __future__ import annotations

import pandas as pd
import pytest

from ptanalysis import intake
from tests.test_intake import INQUIRIES, PAYMENTS, Clinic, by_file

PATIENTS = "patient_key,first_name,last_name,email,phone,zip"
PAID = "patient_key,payment_id,paid_on,amount"
VISITED = "patient_key,appt_id,appt_start,appt_type,status"


def asked(number, at, first, last, email="", phone=""):
    cells = dict.fromkeys(INQUIRIES.split(","), "") | {
        "inquiry_id": number,
        "received_at": at,
        "source": "google",
        "medium": "organic",
        "first_name": first,
        "last_name": last,
        "email": email,
        "phone": phone,
        "service_interest": "knee",
    }
    return ",".join(cells.values())


def fill(clinic, *, listed=True):
    clinic.put(
        "2026Q1/inquiries.csv",
        INQUIRIES,
        asked("101", "2026-01-05", "Robert", "Alder", "rob@example.org"),
        asked("102", "2026-01-06", "Eve", "Hay", "", "618-555-0123"),
        asked("103", "2026-01-07", "Joe", "Poe", "joe@example.org"),
        asked("104", "2025-03-01", "Una", "Roe", "una@example.org"),
        asked("105", "2026-02-20", "Una", "Roe", "una@example.org"),
    )
    if listed:
        clinic.put(
            "2026Q1/patients.csv",
            PATIENTS,
            "7,Bob,Alder,rob@example.org,,",  # a nickname: 101
            "8,Eve,Hay,eve@example.org,(618) 555-0123,",  # by phone: 102
            "101,Ian,Elm,ian@example.org,,",  # nobody who asked; not inquiry 101
            "9,Joe,Poe,joe@example.org,,",  # 103
            "10,Una,Roe,una@example.org,,",  # 104 and 105
        )
    clinic.put(
        "2026Q1/paid.csv",
        PAID,
        "7,P1,2026-01-20,100",
        "8,P2,2026-01-21,200",
        "101,P3,2026-01-22,400",
        "9,P4,2026-01-03,50",
        "9,P5,2026-01-30,60",
        "10,P6,2025-04-01,70",
        "10,P7,2026-03-01,80",
        "99,P8,2026-03-01,5",
    )
    clinic.put(
        "2026Q1/visited.csv",
        VISITED,
        "8,A1,2026-01-15 09:00,Initial eval,attended",
        "101,A2,2026-01-15 09:00,Eval,attended",
    )
    return clinic


@pytest.fixture
def clinic(tmp_path, monkeypatch):
    monkeypatch.setenv("PTANALYSIS_KEY_DIR", str(tmp_path / "keys"))
    return Clinic(tmp_path)


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """The tables of the clinic with its list, run once."""
    root = tmp_path_factory.mktemp("patients")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PTANALYSIS_KEY_DIR", str(root / "keys"))
        return fill(Clinic(root)).run("2026Q1")


def revenue(tables):
    """Return what each lead of the clinic paid, by the day it asked."""
    days = tables.leads.set_index("lead_id")["inquiry_at"].dt.date.astype(str)
    sums = tables.payments.groupby("lead_id")["amount"].sum()
    return {days[lead]: amount for lead, amount in sums.items()}


def test_payments_of_patients_go_to_the_lead_they_were(ran):
    # Joe had paid before he asked, Una before she asked again: what they paid then is no lead's.
    assert revenue(ran) == {"2026-01-05": 100, "2026-01-06": 200, "2025-03-01": 70}
    entry = by_file(ran, "2026Q1/paid.csv")
    assert entry["reasons"] == {
        "attributed": 3,
        "existing_patient": 2,
        "before_inquiry": 1,
        "unknown_inquiry": 2,
    }
    assert entry["rejected"] == 0
    assert ran.ledger["payments_without_lead"] == {"rows": 4, "amount": 60.0 + 80 + 400 + 5}
    assert by_file(ran, "2026Q1/visited.csv")["reasons"]["unknown_inquiry"] == 1


def test_who_had_paid_before_is_an_existing_patient(ran):
    leads = ran.leads.set_index("inquiry_at")
    reasons = leads["not_mql_reason"].fillna("")
    known = reasons[reasons == "existing_patient"].index
    assert known.tolist() == [pd.Timestamp("2026-01-07"), pd.Timestamp("2026-02-20")]


def test_a_list_of_patients_is_no_inquiry_and_balances(ran):
    entry = by_file(ran, "2026Q1/patients.csv")
    assert (entry["kind"], entry["rows_in"], entry["used"]) == ("patients", 5, 5)
    assert len(ran.leads) == 5
    assert ran.leads["person_id"].nunique() == 4


def test_a_patient_joins_what_one_person_left_apart(clinic):
    """Email in one inquiry, phone in the other: the practice's list holds both."""
    clinic.put(
        "2026Q1/i.csv",
        INQUIRIES,
        asked("1", "2026-01-05", "Ann", "Lee", "ann@example.org"),
        asked("2", "2026-01-09", "Ann", "Lee", "", "618-555-0123"),
    )
    clinic.put("2026Q1/p.csv", PATIENTS, "7,Ann,Lee,ann@example.org,6185550123,")
    leads = clinic.run("2026Q1").leads
    assert leads["touches"].tolist() == [2]


def test_the_newest_list_counts(clinic):
    fill(clinic).put("2026Q2/patients.csv", PATIENTS, "7,Bob,Alder,other@example.org,,")
    tables = clinic.run("2026Q2")
    assert by_file(tables, "2026Q1/patients.csv")["reasons"]["exported_again"] == 1
    assert "2026-01-05" not in revenue(tables)


def test_without_a_list_the_numbers_are_taken_for_inquiry_ids_and_that_is_said(clinic):
    tables = fill(clinic, listed=False).run("2026Q1")
    assert revenue(tables) == {"2026-01-05": 400}
    told = {p.file for p in clinic.problems("2026Q1") if p.code == "no_patient_list"}
    assert told == {"2026Q1/paid.csv", "2026Q1/visited.csv"}


def test_a_plain_payment_names_its_inquiry_whatever_the_patients_are_called(clinic):
    fill(clinic).put("2026Q1/plain.csv", PAYMENTS, "101,2026-01-25,1000,payment,self")
    fill(clinic).put("2026Q1/other.csv", PAYMENTS, "104,2026-03-05,7,payment,self")
    found = revenue(clinic.run("2026Q1"))
    # Una's belongs to the inquiry it names, though she has asked again since.
    assert (found["2026-01-05"], found["2025-03-01"]) == (1100, 77)


def test_a_forgotten_patient_leaves_list_visits_and_payments(clinic):
    fill(clinic)
    done = intake.forget("c", {"email": "rob@example.org"}, root=clinic.root)
    assert (done.people, done.inquiries) == (1, 1)
    assert done.raw == {"2026Q1/inquiries.csv": 1, "2026Q1/paid.csv": 1, "2026Q1/patients.csv": 1}
    tables = clinic.run("2026Q1")
    for file in done.raw:
        assert by_file(tables, file)["reasons"]["forgotten"] == 1
    assert "2026-01-05" not in revenue(tables)


def test_a_forgotten_patient_who_never_inquired_leaves_too(clinic):
    fill(clinic)
    done = intake.forget("c", {"email": "ian@example.org"}, root=clinic.root)
    assert (done.people, done.inquiries) == (1, 0)
    tables = clinic.run("2026Q1")
    assert by_file(tables, "2026Q1/paid.csv")["reasons"]["forgotten"] == 1
    assert tables.ledger["payments_without_lead"]["amount"] == 60.0 + 80 + 5
