"""Forgetting a person: out of everything made, out of every later run, and nobody else with them.

The clinic is small enough to count: Ada and her husband Bo share a phone, Cy stands alone.
"""

from __future__ import annotations

import pandas as pd
import pytest

from ptanalysis import intake
from ptanalysis.definitions import Places
from ptanalysis.intake import forgotten

INQUIRIES = "inquiry_id,received_at,source,first_name,last_name,email,phone,service_interest"
FAMILY = "617-555-0142"
ADA = "ada.zyx@example.org"
TABLES = ("leads", "touches", "payments", "spend", "campaigns")


class Clinic:
    """A clinic's raw folder under a root of its own."""

    def __init__(self, root):
        self.root, self.raw = root, root / "data" / "raw" / "c"
        self.processed, self.reports = root / "data" / "processed" / "c", root / "reports" / "c"

    def put(self, file, *lines):
        path = self.raw / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(lines) + "\n", "utf-8")

    def run(self, quarter="2026Q2"):
        return intake.run("c", quarter, root=self.root)

    def forget(self, email="", phone="", **how):
        return intake.forget("c", {"email": email, "phone": phone}, root=self.root, **how)


@pytest.fixture
def clinic(tmp_path, monkeypatch):
    monkeypatch.setenv("PTANALYSIS_KEY_DIR", str(tmp_path / "keys"))
    made = Clinic(tmp_path)
    made.put(
        "2026Q1/inquiries.csv", INQUIRIES,
        f"A1,2026-01-05 09:00,google ads,Ada,Zyx,{ADA},{FAMILY},knee",
        f"B1,2026-01-07 09:00,google ads,Bo,Zyx,bo.zyx@example.org,{FAMILY},back pain",
        "C1,2026-02-09 09:00,facebook,Cy,Young,cy@example.org,(312) 555-0177,shoulder",
    )  # fmt: skip
    made.put(
        "2026Q2/inquiries.csv", INQUIRIES,
        f"A2,2026-04-05 09:00,phone call,Ada,Zyx,,{FAMILY},hip",
        "C2,2026-04-09 09:00,facebook,Cy,Young,cy@example.org,,shoulder",
    )  # fmt: skip
    made.put("2026Q1/payments.csv", "inquiry_id,paid_at,amount,kind,payer",
             "A1,2026-02-01,300.00,payment,self", "B1,2026-02-02,200.00,payment,self")  # fmt: skip
    made.put("2026Q1/visits.csv", "inquiry_id,visit_at,status,kind",
             "A1,2026-01-20,attended,evaluation", "C1,2026-02-20,attended,evaluation")  # fmt: skip
    made.put(
        "2026Q1/screenings.csv",
        "inquiry_id,screened_at,outcome,interest,budget_ok,likelihood,reason,screener",
        "A1,2026-01-06,qualified,5,yes,5,,x", "B1,2026-01-08,qualified,5,yes,5,,x",
    )  # fmt: skip
    return made


def ledger_of(tables, file):
    return next(entry for entry in tables.ledger["by_file"] if entry["file"] == file)


def test_a_forgotten_person_s_rows_are_gone_and_nobody_else_s_change(clinic):
    before = {quarter: clinic.run(quarter) for quarter in ("2026Q1", "2026Q2")}
    done = clinic.forget(email=ADA)
    assert (done.people, done.inquiries, done.quarters) == (1, 2, ["2026Q1", "2026Q2"])
    for quarter, old in before.items():
        new = clinic.run(quarter)
        ada = old.payments["lead_id"][old.payments["amount"] == 300].iloc[0]
        person = old.leads["person_id"][old.leads["lead_id"] == ada].iloc[0]
        hers = set(old.leads["lead_id"][old.leads["person_id"] == person])
        assert hers
        for name in TABLES:
            table = getattr(old, name)
            kept = table[~table["lead_id"].isin(hers)] if "lead_id" in table else table
            pd.testing.assert_frame_equal(getattr(new, name), kept.reset_index(drop=True))


def test_the_ledger_counts_them_under_their_reason_and_balances(clinic):
    clinic.forget(email=ADA)
    tables = clinic.run()
    reasons = {
        entry["file"]: (entry["reasons"].get("forgotten"), entry["excluded"], entry["rows_in"])
        for entry in tables.ledger["by_file"]
    }
    assert reasons == {
        "2026Q1/inquiries.csv": (1, 1, 3), "2026Q2/inquiries.csv": (1, 1, 2),
        "2026Q1/payments.csv": (1, 1, 2), "2026Q1/visits.csv": (1, 1, 2),
        "2026Q1/screenings.csv": (1, 1, 2),
    }  # fmt: skip
    book = tables.ledger
    assert book["rows_in"] == 3 == book["leads"] + book["duplicates"]
    assert ledger_of(tables, "2026Q1/payments.csv")["money"] == {
        "money_in": 500.0, "used": 200.0, "duplicates": 0.0, "rejected": 0.0, "excluded": 300.0,
    }  # fmt: skip
    assert book["payments_without_lead"] == {"rows": 0, "amount": 0.0}


def test_outputs_of_every_quarter_are_removed_but_locks(clinic):
    clinic.run("2026Q1")
    clinic.run("2026Q2")
    for name in ("2026Q1", "2026Q2.failed"):
        (clinic.reports / name).mkdir(parents=True)
        (clinic.reports / name / "findings.html").write_text("x")
    clinic.forget(email=ADA)
    left = [p for folder in (clinic.processed, clinic.reports) for p in folder.rglob("*")]
    assert {path.name for path in left} <= {".lock", ".holder"}


def test_the_raw_files_that_still_hold_them_are_named_and_untouched(clinic):
    raw = {path: path.read_bytes() for path in clinic.raw.rglob("*.csv")}
    done = clinic.forget(email=ADA)
    assert done.raw == {
        "2026Q1/inquiries.csv": 1, "2026Q1/payments.csv": 1, "2026Q1/screenings.csv": 1,
        "2026Q1/visits.csv": 1, "2026Q2/inquiries.csv": 1,
    }  # fmt: skip
    assert {path: path.read_bytes() for path in clinic.raw.rglob("*.csv")} == raw


def test_places_are_as_the_file_says(clinic):
    clinic.forget(email=ADA)
    path = forgotten.place("c")
    assert path.parent == clinic.root / "keys"
    assert path.stat().st_mode & 0o777 == 0o600
    text = path.read_text("utf-8").lower()
    assert not any(word in text for word in ("ada", "zyx", "6175550142", "example", '"a1"'))
    assert not path.is_relative_to(Places(clinic.root).processed("c", "any").parent)
