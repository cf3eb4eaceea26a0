"""The catalogue of bad inputs: entries that no other file tests, and the list of all of them."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import nbformat
import pandas as pd
import pytest

import ptanalysis as pt
from ptanalysis import intake
from ptanalysis.cli import output
from ptanalysis.intake.load_quarter import open_quarter
from ptanalysis.intake.storage import processed_tables as processed
from tests.asked import costs as costs_of
from tests.small_clinic import clinic as small
from tests.small_clinic import lead
from tests.test_intake import (
    CAMPAIGNS,
    INQUIRIES,
    PAYMENTS,
    SPEND,
    VISITS,
    Clinic,
    by_file,
)

ENTRIES = range(1, 76)
TESTS = Path(__file__).parent
PAGE = (TESTS.parent / "docs" / "bad-input.md").read_text("utf-8")
CATALOGUE = PAGE.split("## The catalogue")[1]


# -- the list --------------------------------------------------------------------------------------


def named_rows() -> list[tuple[list[int], str]]:
    """Return each row of the table: its entries and its last cell."""
    rows = re.findall(r"^\| ([\d, ]+) \|.*\| ([^|]*) \|$", CATALOGUE, re.MULTILINE)
    return [([int(number) for number in numbers.split(",")], cell) for numbers, cell in rows]


def existing_tests() -> set[str]:
    trees = [ast.parse(path.read_text("utf-8")) for path in TESTS.glob("test_*.py")]
    return {
        node.name
        for tree in trees
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


def test_every_entry_stands_in_the_list():
    assert {number for numbers, _ in named_rows() for number in numbers} == set(ENTRIES)


def test_every_row_names_tests_that_exist():
    known = existing_tests()
    for numbers, cell in named_rows():
        named = re.findall(r"`(test_\w+)`", cell)
        assert named, numbers
        assert set(named) <= known, (numbers, set(named) - known)


# -- one quarter that holds an entry a line --------------------------------------------------------

HUBSPOT = (
    "Record ID,First Name,Last Name,Email,Phone Number,Create Date,Lifecycle Stage,Original Source,"
    "Became a Marketing Qualified Lead Date,Became a Sales Qualified Lead Date"
)
CALLRAIL = "Call Status,Number Name,Tracking Number,Name,Phone Number,Source,Start Time,Medium"
META = (
    "id,created_time,ad_id,ad_name,campaign_name,form_id,form_name,is_organic,platform,full_name,"
    "phone_number,email"
)
UNSEEN = ("Google\u00a0Ads", " google ads ", "google\u200b ads", "GOOGLE  ADS", "google_ads")
DID_NOT_COME = ("No Show", "no-show", "late cancel", "dna", "canceled")


LETTERS = "abcdefghijklmnopqrstuvwxyz"


def asked(day, number, source="google", medium="organic", **rest):
    """Return an inquiry of a day of January 2026 (or of a date), of a person like no other."""
    cells = dict.fromkeys(INQUIRIES.split(","), "") | {
        "inquiry_id": f"I{number}",
        "received_at": f"2026-01-{day:02d}" if isinstance(day, int) else day,
        "source": source,
        "medium": medium,
        "touch_type": "form",
        "first_name": LETTERS[number % 26] * 4,
        "last_name": LETTERS[number // 2] * 5,
        "email": f"p{number}@example.org",
        "service_interest": "knee",
    }
    return ",".join((cells | rest).values())


def visited():
    """Return the inquiries of people who asked a year ago, and their visit of then."""
    asks, visits = [], []
    for place, status in enumerate((*DID_NOT_COME, "Arrived")):
        who = {
            "first_name": f"Wil{'bcdfgh'[place] * 3}",
            "last_name": f"Ode{'klmnpr'[place] * 3}",
            "email": f"wil{'bcdfgh'[place] * 3}@example.org",
        }
        asks += [
            asked("2025-01-05", 30 + place, **who),
            asked(f"2026-02-{place + 1:02d}", 40 + place, **who),
        ]
        visits.append(f"I{30 + place},2025-01-20,{status},evaluation")
    return asks, visits


def fill(clinic):
    ann, joe = {"first_name": "Ann", "last_name": "Lee"}, {"first_name": "Joe", "last_name": "Poe"}
    asks, visits = visited()
    clinic.put(
        "2026Q1/inquiries.csv",
        INQUIRIES,
        asked("46032", 0),  # row 2, 34
        *(asked(day, day, source, "") for day, source in enumerate(UNSEEN, 1)),  # 28
        asked("2026-03-31 23:59", 6),
        asked("2026-04-01 00:00", 7),
        asked("2036-01-05", 8),  # 36
        asked(11, 9, "the zeppelin", ""),
        asked(12, 10, "", ""),  # 44
        asked(13, 11, phone="618-555-0123", **ann),  # 49
        asked(14, 12, phone="(618) 555-0123", **(ann | {"first_name": "Ben"})),
        asked(15, 13, phone="000-000-0000", **joe),  # 50
        asked(16, 14, phone="000-000-0000", **joe),
        asked(17, 15, email="none@none.com", phone="312-555-0166", **joe),
        asked(18, 16, email="none@none.com", phone="715-555-0188", **joe),
        asked(19, 17, zip="2139"),  # row 19, 52
        asked(20, 18, zip="02139-1234"),
        asked(21, 19),
        asked(22, 20),
        asked(23, 21),  # 55, 57
        *asks,  # 56
    )
    clinic.put("2026Q1/visits.csv", VISITS, *visits)
    clinic.put(
        "2026Q1/payments.csv",
        PAYMENTS,
        "I19,2026-01-12,50,payment,self",
        "I19,2026-02-04,60,payment,self",  # 55
        "I20,2026-02-04,70,payment,self",
        "I21,2026-02-01,50,payment,self",
        "I21,2026-02-10,80,refund,self",  # 57
        "I999,2026-02-01,11,payment,self",  # 43
    )
    clinic.put(
        "2026Q1/spend.csv",
        SPEND,
        "2026-01-01,2026-01-31,the zeppelin,10,,,,media,",  # 44
        "2025-12-01,2025-12-31,google,7,cpc,,,media,",  # 45
        "2026-03-15,2026-04-14,google,8,cpc,,,media,",
    )
    clinic.put(
        "2026Q1/campaigns.csv",
        CAMPAIGNS,
        "spring,google,2026-02-01,2026-01-31,cpc,,campaign",  # 39
        "autumn,google,2026-01-01,2026-01-31,cpc,,campaign",
    )
    clinic.put(
        "2026Q1/contacts.csv",
        HUBSPOT,
        "101,Robin,Alder,robin@example.org,(407) 555-0111,2026-03-07 09:14,Lead,Organic search,,"
        "2026-03-08",  # 48
        "102,Eve,Hay,eve@example.org,,2026-01-24,Sales Qualified Lead,Organic search,,2026-01-28",
        "103,Bob,Ray,bob@example.org,,2026-01-25,Marketing Qualified Lead,Organic search,"
        "2026-02-10,2026-01-29",  # 58
    )
    clinic.put(
        "2026Q1/calls.csv",
        CALLRAIL,
        "Answered Call,Main,(407) 555-0100,Robin Alder,(407) 555-0111,Google Ads,"
        "2026-03-06 09:14:03,cpc",
    )
    clinic.put(
        "2026Q1/form.csv",
        META,
        "l:71,2026-03-05T14:32:11-05:00,ag:1,Video,Knee,f:5,Form,false,fb,Robin Alder,"
        "p:+14075550111,robin@example.org",
    )


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    clinic = Clinic(tmp_path_factory.mktemp("catalogue"))
    fill(clinic)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PTANALYSIS_KEY_DIR", str(clinic.root / "keys"))
        clinic.tables = clinic.run("2026Q1")
    clinic.told = clinic.problems("2026Q1")
    return clinic


def told(clinic, code):
    """Return how grave the problems of a code are, and where."""
    found = [problem for problem in clinic.told if problem.code == code]
    return [(problem.severity, problem.row, problem.column, problem.count) for problem in found]


def leads_of(clinic, first, last):
    """Return the leads that came from a day to a day of 2026, in order."""
    leads = clinic.tables.leads.set_index("inquiry_at").sort_index()
    return leads.loc[f"2026-{first}" : f"2026-{last}"]


# -- values ----------------------------------------------------------------------------------------


def test_spaces_that_cannot_be_seen_change_no_channel(ran):
    """Entry 28."""
    assert leads_of(ran, "01-01", "01-05")["channel"].tolist() == ["paid_search"] * len(UNSEEN)


def test_a_day_number_in_a_text_file_is_read_and_told(ran):
    """Entry 34: day 46032 of the 1900 system is 10 January 2026."""
    assert len(leads_of(ran, "01-10", "01-10")) == 1
    assert told(ran, "serial_date") == [("warning", 2, "received_at", 1)]


def test_dates_to_come_are_kept_out_and_counted(ran):
    """Entry 36: one of the next quarter, and one of ten years later."""
    assert ran.tables.leads["inquiry_at"].max() == pd.Timestamp("2026-03-31 23:59")
    entry = by_file(ran.tables, "2026Q1/inquiries.csv")
    assert (entry["excluded"], entry["reasons"]["after_as_of"]) == (2, 2)
    # The one of the next quarter is no fault.
    assert [(*each[:1], *each[2:]) for each in told(ran, "far_ahead")] == [
        ("warning", "received_at", 1)
    ]


def test_a_fiscal_year_cuts_the_quarters_where_the_clinic_says(tmp_path, monkeypatch):
    """Entry 38: of a year from July on, the third quarter ends on 31 March."""
    monkeypatch.setenv("PTANALYSIS_KEY_DIR", str(tmp_path / "keys"))
    clinic = Clinic(tmp_path)
    (clinic.raw / "clinic.toml").write_text("quarter_start_month = 7\n", "utf-8")
    clinic.put("2025Q3/i.csv", INQUIRIES, asked("2026-03-31", 1), asked("2026-04-01", 2))
    tables = clinic.run("2025Q3")
    assert tables.as_of == pd.Timestamp("2026-03-31")
    assert tables.leads["inquiry_at"].dt.day.tolist() == [31]


def test_the_53rd_week_of_a_year_is_a_week_like_any():
    """Entry 38: 28 December 2026 to 3 January 2027 is week 53."""
    days = pd.date_range("2026-12-14", "2027-01-17", freq="D")
    tables = small([lead(str(day)) for day in days], as_of="2027-01-17")
    assert pt.weekly(tables)["leads"].tolist() == [7, 7, 7, 7, 7]


def test_a_campaign_that_ends_before_it_starts_is_rejected(ran):
    """Entry 39."""
    assert ran.tables.campaigns["campaign"].tolist() == ["autumn"]
    assert told(ran, "ends_before_start") == [("rejected", 2, "ends_on", 1)]


def test_spend_without_leads_loses_all_of_it_and_has_no_cost_per_lead():
    """Entry 41: a return of -1 is never a claim of one campaign, and no cost is infinite."""
    week = {
        "period_start": "2025-01-06",
        "period_end": "2025-01-12",
        "channel": "direct_mail",
        "direction": "outbound",
        "kind": "media",
        "amount": 500.0,
    }
    paid = {"lead_id": "lead0", "paid_at": "2025-02-20", "amount": 90.0}
    tables = small([lead("2025-02-03")], spend=[week], payments=[paid])
    (row,) = pt.units(tables).query("direction == 'outbound'").to_dict("records")
    assert (row["revenue"] - row["cost"]) / row["cost"] == -1
    costs = {each.group: each for each in costs_of(tables)}
    assert not costs["outbound"].known


def test_payments_of_nobody_known_are_a_line_of_their_own(ran):
    """Entry 43."""
    entry = by_file(ran.tables, "2026Q1/payments.csv")
    assert entry["reasons"]["unknown_inquiry"] == 1
    # With the 60 of the existing patient, entry 55.
    assert ran.tables.ledger["payments_without_lead"] == {"rows": 2, "amount": 71.0}


def test_sources_that_no_rule_places_are_counted_and_end_the_run_with_a_warning(ran):
    """Entry 44."""
    unknown = ran.tables.ledger["unknown_channel"]
    assert {key: unknown[key] for key in ("leads", "blank", "not_recognized", "labels")} == {
        "leads": 2,
        "blank": 1,
        "not_recognized": 1,
        "labels": 1,
    }
    assert told(ran, "unknown_share") == [("warning", None, "source", 2)]
    assert told(ran, "unknown_channel") == [("warning", 2, "source", 1)]
    assert output.exit_code([each for each in ran.told if each.code == "unknown_share"]) == 2


def test_spend_of_another_month_is_never_split(ran):
    """Entry 45: what ends after the quarter is left out whole; what came before stays its own."""
    spend = ran.tables.spend.sort_values("period_end")
    assert (spend["amount"].tolist(), spend["period_end"].dt.month.tolist()) == ([7, 10], [12, 1])
    assert told(ran, "spend_after_as_of") == [("warning", None, "period_end", 1)]


# -- people ----------------------------------------------------------------------------------------


def test_one_lead_in_three_systems_is_one_lead_of_its_first_touch(ran):
    """Entry 48."""
    (row,) = leads_of(ran, "03-01", "03-30").to_dict("records")
    assert (row["channel"], row["touches"]) == ("paid_social", 3)
    assert row["source_channels"] == "paid_search; paid_social; seo"


def test_a_family_s_phone_makes_one_lead_each_and_is_counted(ran):
    """Entry 49."""
    assert leads_of(ran, "01-13", "01-14")["person_id"].nunique() == 2
    assert ran.tables.ledger["people"]["shared_contacts"] == 1


def test_placeholders_join_nobody(ran):
    """Entry 50: alike names with alike placeholders, each with a contact of its own."""
    assert leads_of(ran, "01-15", "01-18")["person_id"].nunique() == 4


def test_a_zip_of_four_digits_is_padded_and_told(ran):
    """Entry 52."""
    assert told(ran, "short_zip") == [("warning", 19, "zip", 1)]
    assert told(ran, "bad_zip") == []


# -- stages ----------------------------------------------------------------------------------------


def test_a_payment_before_its_inquiry_is_of_an_existing_patient(ran):
    """Entry 55."""
    leads = leads_of(ran, "01-21", "01-22")
    assert told(ran, "before_inquiry") == [("rejected", 2, "paid_at", 1)]
    assert leads["not_mql_reason"].fillna("").tolist() == ["existing_patient", ""]
    assert leads["patient_at"].isna().tolist() == [True, False]
    assert by_file(ran.tables, "2026Q1/payments.csv")["reasons"]["existing_patient"] == 1


def test_only_who_came_is_an_existing_patient_at_the_next_inquiry(ran):
    """Entry 56: five spellings of not having come, and one of having."""
    reasons = leads_of(ran, "02-01", "02-06")["not_mql_reason"].fillna("")
    assert reasons.tolist() == [""] * len(DID_NOT_COME) + ["existing_patient"]


def test_refunds_above_payments_leave_a_negative_net(ran):
    """Entry 57."""
    (refunded,) = leads_of(ran, "01-23", "01-23")["lead_id"]
    payments = ran.tables.payments
    assert payments[payments["lead_id"] == refunded]["amount"].sum() == 50 - 80


def test_a_stage_counts_when_it_was_ever_reached(ran):
    """Entry 58: an SQL without an MQL, and one that was made an MQL again later."""
    leads = leads_of(ran, "01-24", "01-25")
    assert leads["sql_at"].dt.day.tolist() == [28, 29]
    assert leads["mql_at"].notna().all()
    assert (leads["mql_at"] <= leads["sql_at"]).all()


# -- runs ------------------------------------------------------------------------------------------

RUN = (
    "import sys; from pathlib import Path; from ptanalysis import intake; "
    "intake.run('c', '2026Q1', root=Path(sys.argv[1]))"
)
#: In nothing like the machine that these tests run on.
MACHINE = {
    "TZ": "Pacific/Kiritimati",
    "LC_ALL": "C",
    "PYTHONUTF8": "0",
    "PYTHONCOERCECLOCALE": "0",
    "PYTHONHASHSEED": "4242",
}


def test_zone_locale_and_hash_seed_of_the_machine_change_no_byte(ran, tmp_path):
    """Entry 71: a run of this process and one elsewhere, some seconds apart."""
    shutil.copytree(ran.root, tmp_path, dirs_exist_ok=True)
    folder = tmp_path / "data" / "processed" / "c" / "2026Q1"
    here = {path.name: path.read_bytes() for path in folder.iterdir()}
    shutil.rmtree(folder)
    environment = {
        **os.environ,
        **MACHINE,
        "PYTHONPATH": str(TESTS.parent),
        "PTANALYSIS_KEY_DIR": str(tmp_path / "keys"),
    }
    subprocess.run([sys.executable, "-c", RUN, tmp_path], env=environment, check=True, cwd=tmp_path)
    assert "leads.parquet" in here
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == here


def names(cell, context):
    """Return the names that a cell binds (ast.Store) or reads (ast.Load)."""
    found = [node for node in ast.walk(ast.parse(cell.source)) if isinstance(node, ast.Name)]
    return {each.id for each in found if isinstance(each.ctx, context)}


@pytest.mark.parametrize("path", sorted(Path("notebooks").glob("*.ipynb")), ids=lambda p: p.stem)
def test_no_cell_reads_what_two_others_make(path):
    """Entry 74: so the order in which cells run changes no answer."""
    cells = [c for c in nbformat.read(path, as_version=4).cells if c.cell_type == "code"]
    made = Counter(name for cell in cells for name in names(cell, ast.Store))
    assert {"clinic", "quarter"} <= set(made)
    for cell in cells:
        needed = names(cell, ast.Load) - names(cell, ast.Store)
        assert not {name for name in needed if made[name] > 1}


def test_the_data_does_not_follow_the_working_folder(ran, tmp_path, monkeypatch):
    """Entry 74: the clinic is found from a folder that has nothing in it, or said to be missing."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PTANALYSIS_ROOT", str(ran.root))
    monkeypatch.setenv("PTANALYSIS_KEY_DIR", str(ran.root / "keys"))
    assert len(open_quarter("c", "2026Q1").leads) == len(ran.tables.leads)
    with pytest.raises(intake.IntakeError, match="put the clinic's exports there"):
        open_quarter("d", "2026Q1")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "change", ["nothing", "setting", "file", "format", "program"], ids=lambda change: change
)
def test_a_quarter_is_run_again_only_where_something_changed(tmp_path, monkeypatch, change):
    """Entry 74: opening a quarter is quick, and never shows what lay there before."""
    monkeypatch.setenv("PTANALYSIS_KEY_DIR", str(tmp_path / "keys"))
    clinic = Clinic(tmp_path)
    settings = '[channel_overrides]\n"the zeppelin" = "radio"\n'
    (clinic.raw / "clinic.toml").write_text(settings, "utf-8")
    clinic.put("2026Q1/i.csv", INQUIRIES, asked(1, 1))
    clinic.run("2026Q1")
    if change == "setting":
        (clinic.raw / "clinic.toml").write_text(settings.replace("radio", "seo"), "utf-8")
    if change == "file":
        clinic.put("2026Q1/i.csv", INQUIRIES, asked(1, 1), asked(2, 2))
    if change == "format":
        (clinic.raw / "formats").mkdir()
        (clinic.raw / "formats" / "own.toml").write_text("# nothing yet\n", "utf-8")
    if change == "program":
        monkeypatch.setattr(processed, "versions", lambda: {"ptanalysis": "99"})
    again = []
    monkeypatch.setattr(intake, "run", lambda *args, **options: again.append(args))
    open_quarter("c", "2026Q1", root=tmp_path)
    assert bool(again) == (change != "nothing")


def test_no_raw_file_is_read_by_pandas():
    """Entry 75: no engine or type is left to a library's default, which may change."""
    package = TESTS.parent / "ptanalysis"
    read = re.compile(r"(\w+)\.read_(csv|excel|table|fwf)\(")
    found = {
        (path.relative_to(package).as_posix(), match[1])
        for path in package.rglob("*.py")
        for match in read.finditer(path.read_text("utf-8"))
    }
    # Records that our own grammar has passed, all as text; and our own table of results.
    ours = ("claims/verdict_tables.py", "pd")
    assert found == {("intake/read/text_table.py", "arrow_csv"), ours}
