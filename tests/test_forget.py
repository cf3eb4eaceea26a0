"""Forgetting a person: out of everything made, out of every later run, and nobody else with them.

The clinic is small enough to count: Ada and her husband Bo share a phone, Cy stands alone.
"""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from functools import cache
from pathlib import Path

import ibis
import pandas as pd
import pytest

from ptanalysis import intake
from ptanalysis.cli import commands, output
from ptanalysis.definitions import REPORT_VARIABLE, Places
from ptanalysis.intake import ForgetError
from ptanalysis.intake.engine import stored
from ptanalysis.intake.load_quarter import open_quarter
from ptanalysis.intake.storage.atomic import ClinicBusyError, alone
from ptanalysis.privacy.forget import erase_outputs, suppression_list
from ptanalysis.privacy.forget.forget_person import canonical, found
from ptanalysis.privacy.forget.suppression_list import Forgotten, SuppressionListError
from ptanalysis.privacy.pseudonyms import ClinicKey, KeyFileError, clinic_key
from ptanalysis.report import assemble
from tests.scanner import forms, hashes, scan

INQUIRIES = "inquiry_id,received_at,source,first_name,last_name,email,phone,service_interest"
FAMILY, ADA = "617-555-0142", "ada.zyxwater@example.org"
VALUES = (ADA, FAMILY, "Zyxwater", "A1-zyx")
TABLES = ("leads", "touches", "payments", "spend", "campaigns")
KILLED = """
import os, sys
from pathlib import Path
from ptanalysis import intake
from ptanalysis.privacy.forget import erase_outputs
erase_outputs.clear = lambda *a, **b: os.kill(os.getpid(), 9)
intake.forget("c", {"email": sys.argv[2]}, root=Path(sys.argv[1]))
"""


class Clinic:
    """A clinic's raw folder under a root of its own, its key in it."""

    def __init__(self, root):
        self.root, self.raw = root, root / "data" / "raw" / "c"
        self.processed, self.reports = root / "data" / "processed" / "c", root / "reports" / "c"

    def put(self, file, *lines):
        path = self.raw / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(lines) + "\n", "utf-8")

    def run(self, quarter="2026Q2"):
        return intake.run("c", quarter, root=self.root)

    def forget(self, **how):
        given = {kind: how.pop(kind) for kind in ("email", "phone") if kind in how}
        return intake.forget("c", given, root=self.root, **how)

    def files(self):
        return {path: path.read_bytes() for path in self.root.rglob("*") if path.is_file()}

    def copy(self, root):
        return Clinic(shutil.copytree(self.root, root, dirs_exist_ok=True))


def write_exports(made):
    made.put(
        "2026Q1/inquiries.csv",
        INQUIRIES,
        f"A1-zyx,2026-01-05 09:00,google ads,Ada,Zyxwater,{ADA},{FAMILY},knee",
        f"B1,2026-01-07 09:00,google ads,Bo,Zyxwater,bo@example.org,{FAMILY},back pain",
        "C1,2026-02-09 09:00,facebook,Cy,Young,cy@example.org,(312) 555-0177,shoulder",
    )
    made.put(
        "2026Q2/inquiries.csv",
        INQUIRIES,
        f"A2,2026-04-05 09:00,phone call,Ada,Zyxwater,,{FAMILY},hip",
        "C2,2026-04-09 09:00,facebook,Cy,Young,cy@example.org,,shoulder",
        f"A3,no date,google ads,Ada,Zyxwater,{ADA},,knee",
        "A4,2026-04-05 09:00,google ads,a row too short",
    )
    made.put(
        "2026Q1/payments.csv",
        "inquiry_id,paid_at,amount,kind,payer",
        "A1-zyx,2026-02-01,300.00,payment,self",
        "B1,2026-02-02,200.00,payment,self",
        "A3,2026-04-09,80.00,payment,self",
    )
    made.put(
        "2026Q1/visits.csv",
        "inquiry_id,visit_at,status,kind",
        "A1-zyx,2026-01-20,attended,evaluation",
        "C1,2026-02-20,attended,evaluation",
    )
    made.put(
        "2026Q1/screenings.csv",
        "inquiry_id,screened_at,outcome,interest,budget_ok,likelihood,reason,screener",
        "A1-zyx,2026-01-06,qualified,5,yes,5,,x",
        "B1,2026-01-08,qualified,5,yes,5,,x",
    )


@pytest.fixture(scope="module")
def patched():
    with pytest.MonkeyPatch.context() as patch:
        yield patch


@pytest.fixture(scope="module")
def ran(tmp_path_factory, patched):
    """A clinic with tables and findings of two quarters, one of which is published."""
    made = Clinic(tmp_path_factory.mktemp("ran"))
    patched.setenv("PTANALYSIS_KEY_DIR", str(made.root / "keys"))
    write_exports(made)
    made.tables = made.run()
    for name in ("2026Q1", "2026Q2.failed", "2026Q2.published"):
        (made.reports / name).mkdir(parents=True)
        (made.reports / name / "findings.html").write_text(f"about {ADA}"[: 5 * ("p" in name)])
    return made


@pytest.fixture(scope="module")
def gone(ran, tmp_path_factory, patched):
    """The same clinic when Ada was forgotten, by the command, and the quarter was run again."""
    made = ran.copy(tmp_path_factory.mktemp("gone"))
    patched.setenv("PTANALYSIS_KEY_DIR", str(made.root / "keys"))
    patched.setenv("PTANALYSIS_ROOT", str(made.root))
    patched.setattr(sys, "argv", ["ptanalysis", "forget", "c"])
    patched.setattr(sys, "stdin", io.StringIO(f"{ADA}\n"))
    said = io.StringIO()
    with redirect_stdout(said), redirect_stderr(said), pytest.raises(SystemExit) as ended:
        commands.main()
    made.code, made.said = ended.value.code or 0, said.getvalue()
    made.left = [p for where in (made.processed, made.reports) for p in where.rglob("*")]
    made.tables = made.run()
    return made


@pytest.fixture
def clinic(ran, tmp_path, monkeypatch):
    monkeypatch.setenv("PTANALYSIS_KEY_DIR", str(tmp_path / "keys"))
    return ran.copy(tmp_path)


@pytest.fixture
def after(gone, tmp_path, monkeypatch):
    monkeypatch.setenv("PTANALYSIS_KEY_DIR", str(tmp_path / "keys"))
    return gone.copy(tmp_path)


def ledger_of(tables, file):
    return next(entry for entry in tables.ledger["by_file"] if entry["file"] == file)


def of_ada(tables):
    """Return Ada's pseudonyms: who paid 300 is she."""
    lead = tables.payments["lead_id"][tables.payments["amount"] == 300].iloc[0]
    person = tables.leads["person_id"][tables.leads["lead_id"] == lead].iloc[0]
    return {person, *tables.leads["lead_id"][tables.leads["person_id"] == person]}


def test_their_rows_are_gone_and_nobody_else_s_change(ran, gone):
    hers = of_ada(ran.tables)
    assert len(hers) == 2
    for name in TABLES:
        table = getattr(ran.tables, name)
        kept = table[~table["lead_id"].isin(hers)] if "lead_id" in table else table
        pd.testing.assert_frame_equal(getattr(gone.tables, name), kept.reset_index(drop=True))


def test_the_ledger_counts_them_under_their_reason_and_balances(gone):
    reasons = {
        entry["file"]: entry["reasons"].get("forgotten") for entry in gone.tables.ledger["by_file"]
    }
    assert reasons == {
        "2026Q1/inquiries.csv": 1,
        "2026Q2/inquiries.csv": 1,
        "2026Q1/payments.csv": 2,
        "2026Q1/visits.csv": 1,
        "2026Q1/screenings.csv": 1,
    }
    book = gone.tables.ledger
    assert (book["rows_in"], book["leads"], book["duplicates"], book["rejected"]) == (5, 2, 1, 2)
    assert ledger_of(gone.tables, "2026Q1/payments.csv")["money"] == {
        "money_in": 580.0,
        "used": 200.0,
        "duplicates": 0.0,
        "rejected": 0.0,
        "excluded": 380.0,
    }
    assert book["payments_without_lead"] == {"rows": 0, "amount": 0.0}


def test_everything_made_before_is_removed_but_what_was_published(gone):
    """That tells of no single person, and keeps later quarters from being subtracted from it."""
    names = {path.relative_to(gone.root).as_posix() for path in gone.left}
    assert names - {"data/processed/c/.lock", "reports/c/.lock"} == {
        "reports/c/2026Q2.published",
        "reports/c/2026Q2.published/findings.html",
    }


def test_nothing_written_or_said_holds_them(ran, gone):
    """Values, their plain hashes, and the pseudonyms that the tables had for them."""
    written = [p for p in gone.root.rglob("*") if p.is_file() and not p.is_relative_to(gone.raw)]
    said = gone.root / "said"
    said.write_text(gone.said)
    wanted = {value: forms(value) | hashes(value) for value in VALUES}
    wanted |= {name: forms(name) for name in of_ada(ran.tables)}
    assert len(written) > 8
    assert scan([*written, said], wanted) == []
    tables = list(ran.processed.rglob("*.parquet"))
    assert {hit.canary for hit in scan(tables, wanted)} == of_ada(ran.tables)


def test_the_command_says_what_was_done_and_what_is_left_to_do(ran, gone):
    assert gone.code == output.DONE
    assert gone.said.splitlines()[-14:] == [
        "Forgotten: 1 person, 3 inquiries. No later run uses them.",
        "The clinic's tables and findings are removed. Make them again:",
        "  ptanalysis run c 2026Q1",
        "  ptanalysis run c 2026Q2",
        "Published, and left as it was (groups of 11 and more people, docs/privacy.md):",
        "  c 2026Q2",
        "Their rows are still in your raw files; remove them there and at their source:",
        "  2026Q1/inquiries.csv: 1 row",
        "  2026Q1/payments.csv: 2 rows",
        "  2026Q1/screenings.csv: 1 row",
        "  2026Q1/visits.csv: 1 row",
        "  2026Q2/inquiries.csv: 2 rows",
        "Not searched, because it cannot be read:",
        "  2026Q2/inquiries.csv: 1 row",
    ]
    raw = {path.name: path.read_bytes() for path in ran.raw.rglob("*.csv")}
    assert {path.name: path.read_bytes() for path in gone.raw.rglob("*.csv")} == raw


def test_the_list_lies_beside_the_key_for_its_owner_alone(gone):
    files = sorted((gone.root / "keys").iterdir())
    assert [path.name for path in files] == ["c.forgotten", "c.key"]
    assert [path.stat().st_mode & 0o777 for path in files] == [0o600, 0o600]


def table_of(*lines):
    """Return inquiries as intake types them, in a connection of their own."""
    rows = [
        dict(
            zip(
                ("inquiry_id", "first_name", "last_name", "email", "phone"),
                line.split(","),
                strict=True,
            )
        )
        | {"zip": None}
        for line in lines
    ]
    rows = [{name: text or None for name, text in row.items()} for row in rows]
    schema = dict.fromkeys(rows[0], "string")
    connection = ibis.duckdb.connect()
    return stored(connection, ibis.memtable(rows, schema=schema)), connection


def inquiries(*lines):
    return {"inquiries": table_of(*lines)[0]}


HOME = "+16175550142"
EVERYBODY = (
    f"A1,Ada,Zyx,ada@example.org,{HOME}",
    f"A2,Ada,Zyx,,{HOME}",
    f"B1,Bo,Zyx,bo@example.org,{HOME}",
    "C1,Cy,Young,cy@example.org,+13125550177",
    "C2,Cy,Young,cy@example.org,",
    "C2,,,,",
    "D1,Di,Old,none@example.org,+12245550155",
)


@pytest.mark.parametrize(
    ("given", "people", "ids"),
    [
        ({"email": "ada@example.org"}, 1, {"A1", "A2"}),
        ({"email": "ada@example.org", "phone": HOME}, 1, {"A1", "A2"}),
        ({"phone": HOME}, 2, {"A1", "A2", "B1"}),
        ({"phone": "+13125550177"}, 1, {"C1", "C2"}),
        ({"email": "ada@example.org", "phone": "+13125550177"}, 2, {"A1", "A2", "C1", "C2"}),
        ({"email": "ada@example.org", "phone": "+17735550100"}, 1, {"A1", "A2"}),
        ({"email": "eve@example.org"}, 0, set()),
    ],
)
def test_who_is_meant_by_a_contact(given, people, ids):
    table, connection = table_of(*EVERYBODY)
    who = found(table, given, connection=connection)
    assert (len(who.people), who.ids) == (people, ids)


@cache
def forgotten_by(kind, contact):
    """Forget who left a contact among EVERYBODY."""
    table, connection = table_of(*EVERYBODY)
    marks = found(table, {kind: contact}, connection=connection).marks()
    return Forgotten(marks=frozenset(ClinicKey(bytes(32)).pseudonym(*mark) for mark in marks))


def kept_out(kind, contact, row):
    """Tell whether a row by itself is one of who left a contact among EVERYBODY."""
    return bool(forgotten_by(kind, contact).ids(inquiries(row), ClinicKey(bytes(32))))


@pytest.mark.parametrize(
    "row",
    [
        "N1,Ada,Zyx,ada@example.org,",
        "N1,,,ada@example.org,+17735550100",
        f"N1,ada,ZYX,new@example.org,{HOME}",
        "A1,,,,",
    ],
    ids=["same email", "no name", "name on the family's phone", "blanked, same id"],
)
def test_who_comes_again_is_known_without_the_old_files(row):
    assert kept_out("email", "ada@example.org", row)


@pytest.mark.parametrize(
    "row",
    [
        f"N1,Bo,Zyx,bo@example.org,{HOME}",
        f"N1,,,,{HOME}",
        f"N1,Al,Zyx,,{HOME}",
        "N1,Ada,Zyx,other@example.org,+17735550100",
        "N1,Ed,New,none@example.org,",
        "B1,,,,",
    ],
    ids=["husband", "a caller without name", "a child", "namesake", "placeholder", "another id"],
)
def test_others_are_not_taken_for_them(row):
    assert not kept_out("email", "ada@example.org", row)
    assert not kept_out("phone", "+12245550155", row)


def test_a_phone_of_one_person_keeps_out_whoever_leaves_it_later():
    """Told in docs/privacy.md: the list cannot tell a new caller from them."""
    assert kept_out("phone", "+13125550177", "N1,Zed,Other,zed@example.org,+13125550177")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ({"email": " MAILTO:Ada@Example.org ", "phone": ""}, {"email": "ada@example.org"}),
        ({"email": "", "phone": "1 (617) 555 0142 ext. 4"}, {"phone": HOME}),
    ],
)
def test_contacts_are_read_as_intake_reads_them(written, read):
    assert canonical(written, region="US") == read


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"email": " "},
        {"email": "ada"},
        {"phone": "(555) 555-5555"},
        {"email": "none@example.org"},
        {"email": "ada@example.org", "phone": "617"},
    ],
)
def test_what_can_be_nobody_s_contact_is_refused_without_telling_it(given):
    with pytest.raises(ForgetError) as refused:
        canonical(given, region="US")
    assert not any(text.strip() and text in str(refused.value) for text in given.values())


def test_a_family_s_phone_is_refused_and_nothing_is_written(clinic):
    before = clinic.files()
    with pytest.raises(ForgetError, match=r"^2 people left that"):
        clinic.forget(phone=FAMILY)
    assert {path for path in clinic.files() if path.name != ".lock"} <= set(before)
    assert not suppression_list.place("c").exists()


def test_somebody_not_found_is_refused_or_kept_out_from_now_on(clinic):
    with pytest.raises(ForgetError, match="no one"):
        clinic.forget(email="eve@example.org")
    assert (clinic.processed / "2026Q2").exists()
    done = clinic.forget(email="eve@example.org", anyway=True)
    assert (done.people, done.quarters, done.raw) == (0, ["2026Q1", "2026Q2"], {})
    assert not (clinic.processed / "2026Q2").exists()
    eve = inquiries("E1,Eve,Elm,eve@example.org,")
    assert suppression_list.read("c").ids(eve, clinic_key("c")) == {"E1"}


def test_a_whole_family_is_forgotten_where_that_is_said_and_adds_to_the_list(after):
    first = suppression_list.read("c").marks
    done = after.forget(phone=FAMILY, everyone=True)
    assert (done.people, done.inquiries) == (2, 4)
    assert first < suppression_list.read("c").marks


def test_in_a_later_quarter_they_are_kept_out_and_the_husband_stays(after):
    for path in after.raw.glob("*/inquiries.csv"):
        lines = path.read_text("utf-8").splitlines()
        path.write_text("\n".join(line for line in lines if "Ada" not in line) + "\n", "utf-8")
    after.put(
        "2026Q3/inquiries.csv",
        INQUIRIES,
        f"N1,2026-08-01 09:00,google ads,Ada,Zyxwater,{ADA.upper()},(773) 555-0166,knee",
        "N2,2026-08-02 09:00,phone call,Ada,Zyxwater,,773.555.0166,knee",
        "A1-zyx,2026-01-05 09:00,google ads,,,,,knee",
        f"N3,2026-08-01 09:00,phone call,Bo,Zyxwater,,{FAMILY},knee",
    )
    after.put(
        "2026Q3/payments.csv",
        "inquiry_id,paid_at,amount,kind,payer",
        "N2,2026-09-01,100.00,payment,self",
        "A1-zyx,2026-09-01,50.00,payment,self",
        "N3,2026-09-01,70.00,payment,self",
    )
    tables = after.run("2026Q3")
    assert ledger_of(tables, "2026Q3/inquiries.csv")["reasons"] == {"forgotten": 3, "lead": 1}
    money = ledger_of(tables, "2026Q3/payments.csv")["money"]
    assert (money["used"], money["excluded"]) == (70.0, 150.0)
    assert ledger_of(tables, "2026Q1/payments.csv")["money"]["excluded"] == 380.0


def test_a_forgetting_that_is_killed_is_in_force_and_the_next_run_ends_it(clinic):
    environment = os.environ | {"PTANALYSIS_KEY_DIR": str(clinic.root / "keys")}
    words = [sys.executable, "-c", KILLED, str(clinic.root), ADA]
    assert subprocess.run(words, env=environment, check=False).returncode == -9
    assert (clinic.processed / "2026Q2" / "manifest.json").exists()
    assert (clinic.reports / "2026Q1").exists()
    assert suppression_list.read("c").unfinished
    known = erase_outputs.in_force("c", places=Places(clinic.root), key=clinic_key("c"))
    assert known.ids(inquiries(f"X1,,,{ADA},"), clinic_key("c")) == {"X1"}
    assert [path.name for path in clinic.reports.glob("2*")] == ["2026Q2.published"]
    assert not (clinic.processed / "2026Q2").exists()
    assert not suppression_list.read("c").unfinished


def test_a_list_that_cannot_be_written_stays_as_it_was(after, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    before = after.files()
    monkeypatch.setattr(suppression_list.os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        suppression_list.write("c", {"x"}, key=clinic_key("c"), unfinished=True)
    assert after.files() == before


@pytest.mark.parametrize("where", ["processed", "reports"])
def test_while_a_run_is_at_work_nothing_is_done(clinic, where):
    with alone(getattr(clinic, where)), pytest.raises(ClinicBusyError):
        clinic.forget(email=ADA)
    assert not suppression_list.place("c").exists()


def test_nobody_is_forgotten_between_a_run_and_its_report(ran, clinic, monkeypatch):
    """Else the report would tell of who is no longer in the tables."""
    tried = []

    def make_report(tables, *, out, **_):
        with pytest.raises(ClinicBusyError):
            clinic.forget(email=ADA)
        tried.append(len(tables.leads))
        return out

    monkeypatch.setenv("PTANALYSIS_ROOT", str(clinic.root))
    monkeypatch.setattr(assemble, "make_report", make_report)
    monkeypatch.setattr(sys, "argv", ["ptanalysis", "run", "c", "2026Q2"])
    with pytest.raises(SystemExit):
        commands.main()
    assert tried == [len(ran.tables.leads)]


def test_a_report_s_notebooks_read_its_run_whatever_comes_meanwhile(ran, clinic, monkeypatch):
    leads = len(ran.tables.leads)
    clinic.put(
        "2026Q2/late.csv", INQUIRIES, "L1,2026-04-09 09:00,facebook,Di,Late,di@example.org,,hip"
    )
    monkeypatch.setenv(REPORT_VARIABLE, str(clinic.reports))
    assert len(open_quarter("c", "2026Q2", root=clinic.root).leads) == leads
    monkeypatch.delenv(REPORT_VARIABLE)
    assert len(open_quarter("c", "2026Q2", root=clinic.root).leads) == leads + 1


@pytest.mark.parametrize("state", ["clinic", "after"], ids=["run", "forgotten, never run since"])
@pytest.mark.parametrize("spoil", ["another key", "no key"])
def test_without_the_key_nothing_is_written(request, state, spoil):
    here = request.getfixturevalue(state)
    key = here.root / "keys" / "c.key"
    key.write_bytes(bytes(32)) if spoil == "another key" else key.unlink()
    if state == "after":
        shutil.rmtree(here.processed)
    before = here.files()
    with pytest.raises(KeyFileError, match=r"c\.forgotten" if state == "after" else "processed"):
        here.forget(email="cy@example.org")
    with pytest.raises(KeyFileError):
        here.run()
    assert here.files() == before


@pytest.mark.parametrize(
    "spoil", [lambda path: path.write_text('{"marks": ['), Path.unlink], ids=["damaged", "missing"]
)
def test_without_the_list_nothing_is_written(after, spoil):
    spoil(suppression_list.place("c"))
    before = after.files()
    with pytest.raises(SuppressionListError, match="backup"):
        after.run()
    assert after.files() == before


def test_the_steps_compile_for_spark():
    table = table_of(*EVERYBODY)[0].mutate(fate=ibis.null("string"))
    for expression in (suppression_list.left_by(table), suppression_list.kept_out(table, {"A1"})):
        assert "SELECT" in ibis.to_sql(expression, dialect="pyspark")
