"""The command line, end to end on the sample: exit codes, and an old quarter's old answer."""

import io
import json
import re
import shutil
import sys

import duckdb
import jsonschema
import pandas as pd
import pytest

import ptanalysis as pt
from lab.simulate.worlds import EXPECTED, agrees
from ptanalysis import claims, intake
from ptanalysis.cli import commands, output
from ptanalysis.dataset import SCHEMA
from ptanalysis.definitions import Places, Problem
from ptanalysis.intake.read.new_format import plain_formats
from ptanalysis.report.findings_json import write_json
from tests import engine_answers

ROOT = Places.default().root
HEADER = "inquiry_id,received_at,source,email,service_interest\n"
GOOD = "1,2026-04-02,google,ann@example.org,knee\n"


def call(*words, monkeypatch) -> int:
    monkeypatch.setattr(sys, "argv", ["ptanalysis", *map(str, words)])
    with pytest.raises(SystemExit) as done:
        commands.main()
    return done.value.code or 0


@pytest.fixture
def clinic(tmp_path, monkeypatch):
    monkeypatch.setenv("PTANALYSIS_ROOT", str(tmp_path))
    monkeypatch.setenv("PTANALYSIS_KEY_DIR", str(tmp_path / "keys"))
    folder = tmp_path / "data" / "raw" / "mine" / "2026Q2"
    folder.mkdir(parents=True)
    return folder


@pytest.mark.parametrize(
    "words",
    [("run", "nobody"), ("run", "mine", "2026Q9"), ("run", "mine"), ("check", "nobody"), ("runn",)],
)
def test_what_cannot_be_done_is_refused_in_one_line(clinic, monkeypatch, capsys, words):
    assert call(*words, monkeypatch=monkeypatch) == output.REFUSED
    said = capsys.readouterr().err.strip()
    assert said.startswith("error: ")
    assert "Traceback" not in said
    assert "error of the program" not in said


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            "[assumptions]\nweeks = 8\n",
            "key assumptions.weeks; did you mean weeks_to_sql or",
        ),
        (
            '[claims.mine]\nmeasure = "cost"\n',
            "claims.mine: measure must be one of cost_per_",
        ),
        ("[claims.inbound_higher_roi]\nmargin = 2\n", "its margin is set in [margins]"),
    ],
)
@pytest.mark.parametrize("what", ["clinic", "file"])
def test_check_reads_the_settings_too(clinic, monkeypatch, capsys, settings, message, what):
    (clinic / "inquiries.csv").write_text(HEADER + GOOD, "utf-8")
    (clinic.parent / "clinic.toml").write_text(settings, "utf-8")
    named = "mine" if what == "clinic" else clinic / "inquiries.csv"
    assert call("check", named, monkeypatch=monkeypatch) == output.REFUSED
    assert message in capsys.readouterr().err


def test_help_teaches_and_is_no_error(monkeypatch, capsys):
    assert call("run", "--help", monkeypatch=monkeypatch) == output.DONE
    assert "Nothing dated after QUARTER's last day" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    ("name", "text", "place", "what"),
    [
        ("empty.csv", "", "empty.csv", "empty"),
        ("odd.csv", "a,b,c\n1,2,3\n", "odd.csv", "header"),
        ("inquiries.csv", "inquiry_id,source\n1,google\n", "inquiries.csv", "received_at"),
        ("inquiries.csv", HEADER + GOOD + "2,2026-04-03,google\n", "inquiries.csv:3", "cells"),
        (
            "spend.csv",
            "period_start,period_end,source,amount\n2026-04-01,2026-04-30,google ads,-40\n",
            "spend.csv:2:amount",
            "negative",
        ),
    ],
)
def test_bad_input_gets_one_clear_message(clinic, monkeypatch, capsys, name, text, place, what):
    (clinic / name).write_text(text, "utf-8")
    call("check", clinic / name, monkeypatch=monkeypatch)
    told = capsys.readouterr()
    lines = [line for line in told.err.splitlines() if what in line and place in line]
    assert len(lines) == 1, told


def test_a_screening_before_its_inquiry_is_named_by_the_clinic_s_check(clinic, monkeypatch, capsys):
    (clinic / "inquiries.csv").write_text(HEADER + GOOD, "utf-8")
    (clinic / "screenings.csv").write_text(
        "inquiry_id,screened_at,outcome\n1,2026-03-01,qualified\n", "utf-8"
    )
    tables = intake.run("mine", "2026Q2", root=Places.default().root)
    problems = [str(p) for p in intake.problems("mine", tables.quarter, root=Places.default().root)]
    (told,) = [line for line in problems if "before its inquiry" in line]
    assert told.startswith("2026Q2/screenings.csv:2:screened_at")
    assert all(
        file["rows_in"] == sum(file[k] for k in ("used", "duplicates", "rejected", "excluded"))
        for file in tables.ledger["by_file"]
    )


def test_an_error_of_the_program_is_told_without_its_text(monkeypatch, capsys):
    monkeypatch.setattr(commands, "app", lambda **_: float("617-555-0199"))
    assert call(monkeypatch=monkeypatch) == output.REFUSED
    told = capsys.readouterr().err
    assert "ValueError at" in told
    assert "0199" not in told


def test_too_little_memory_is_told_with_what_to_do(monkeypatch, capsys):
    def crowded(**_):
        connection = duckdb.connect(config={"memory_limit": "2MB", "threads": 1})
        connection.execute("SET temp_directory = ''")
        connection.sql(
            "SELECT range || '617-555-0199' AS a FROM range(1e6::BIGINT) ORDER BY a"
        ).df()

    monkeypatch.setattr(commands, "app", crowded)
    assert call(monkeypatch=monkeypatch) == output.REFUSED
    told = capsys.readouterr().err
    assert "set PTANALYSIS_MEMORY" in told
    assert "0199" not in told


def findings(tables, path):
    write_json(engine_answers.document(tables, claims.judge(tables)), path)
    return path.read_bytes()


@pytest.fixture(scope="module")
def quarters(tmp_path_factory):
    """Run a quarter of a short record, then a later one, then the first again."""
    root = tmp_path_factory.mktemp("checkout")
    for part in ("clinic.toml", "2024Q4", "2025Q1", "2025Q2"):
        source, copy = (home / "data/raw/sample" / part for home in (ROOT, root))
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(source, copy) if source.is_dir() else shutil.copy(source, copy)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PTANALYSIS_KEY_DIR", str(root / "keys"))
        return root, [
            intake.run("sample", each, root=root) for each in ("2025Q1", "2025Q2", "2025Q1")
        ]


def test_an_old_quarter_run_again_gives_the_old_answer(quarters):
    first, later, again = quarters[1]
    assert (first.ledger, first.problems) == (again.ledger, again.problems)
    assert first.ledger != later.ledger
    for name in (*SCHEMA, "broad_only"):
        pd.testing.assert_frame_equal(getattr(first, name), getattr(again, name), obj=name)


def test_findings_follow_their_schema_and_the_ledger_balances(quarters):
    schema = json.loads((ROOT / "docs" / "findings.schema.json").read_text("utf-8"))
    root, runs = quarters
    texts = [findings(each, root / "findings.json") for each in runs]
    assert texts[0] == texts[2] != texts[1]
    for text in texts:
        document = json.loads(text)
        jsonschema.validate(document, schema)
        ledger = document["ledger"]
        assert ledger["rows_in"] == sum(
            ledger[name] for name in ("leads", "duplicates", "rejected", "not_leads")
        )


def test_every_verdict_on_the_sample_agrees_with_what_is_true_or_cannot_tell():
    verdicts = pt.verdicts(pt.load("sample", "2026Q2")).set_index("id")["verdict"]
    assert set(verdicts.index) == set(EXPECTED["SAMPLE"])
    assert [id for id, said in verdicts.items() if not agrees(EXPECTED["SAMPLE"][id], said)] == []


def test_a_run_without_a_lead_says_why_and_what_was_wrong_comes_first(clinic, monkeypatch, capsys):
    """Two contacts that are none, a lead to come, a day of a month that is none: four rows."""
    rows = "1,2026-04-02,google,nobody,knee\n2,2026-04-03,google,,knee\n"
    late = "3,2026-07-01,google,c@example.org,knee\n4,13/44/2026,google,d@example.org,knee\n"
    (clinic / "inquiries.csv").write_text(HEADER + rows + late, "utf-8")
    assert call("run", "mine", "2026Q2", monkeypatch=monkeypatch) == output.REFUSED
    lines = capsys.readouterr().err.splitlines()
    assert lines[-1].endswith(
        "no lead is left: 2 of 4 inquiries have no contact, 1 are dated after the quarter,"
        " 1 are left out as bad time - export the email or the phone with each"
    )
    (date,) = [place for place, line in enumerate(lines) if "inquiries.csv:5:received_at" in line]
    assert date < len(lines) - 1
    assert not (clinic.parents[2] / "processed" / "mine" / "2026Q2").exists()


@pytest.mark.parametrize(
    "broken",
    [
        "intake.reconcile.book",
        "intake.storage.processed_tables.write",
        "report.assemble.make_report",
    ],
)
def test_problems_are_shown_wherever_a_run_ends_early(clinic, monkeypatch, capsys, broken):
    def fail(*_, **__):
        raise ZeroDivisionError("617-555-0199")

    monkeypatch.setattr(f"ptanalysis.{broken}", fail)
    (clinic / "inquiries.csv").write_text(
        HEADER + GOOD + "2,x,google,b@example.org,knee\n", "utf-8"
    )
    assert call("run", "mine", "2026Q2", monkeypatch=monkeypatch) == output.REFUSED
    told = capsys.readouterr().err
    assert told.index("inquiries.csv:3:received_at") < told.index("ZeroDivisionError at")
    assert "0199" not in told


def test_notes_on_unknown_sources_are_shown_where_there_are_too_many(capsys):
    note = Problem(
        code="unknown_source", severity="note", file="2026Q2/i.csv", row=5, what="?", fix="name it"
    )
    share = Problem(
        code="unknown_share", severity="warning", file="inquiries", what="9%", fix="ask"
    )
    output.show_problems([note])
    assert capsys.readouterr().err == ""
    output.show_problems([note, share])
    assert "2026Q2/i.csv:5" in capsys.readouterr().err


def test_tables_only_stops_at_the_tables_and_old_warnings_come_last(clinic, monkeypatch, capsys):
    """One lead a quarter. The first quarter's file warns in its own run and is only counted later:
    a list of patients' numbers that is not there."""
    before = clinic.with_name("2026Q1")
    before.mkdir()
    (before / "inquiries.csv").write_text(HEADER + GOOD.replace("04-02", "01-02"), "utf-8")
    (before / "visits.csv").write_text("Patient ID,Visit Date,Status\n1,2026-01-09,N/S\n", "utf-8")
    later = GOOD.replace("1,", "2,", 1).replace("ann", "bob")
    (clinic / "inquiries.csv").write_text(HEADER + later, "utf-8")
    command = ("run", "mine", "2026Q1", "--tables-only")
    assert call(*command, monkeypatch=monkeypatch) == output.NEEDS_EYES
    told = capsys.readouterr()
    assert "2026Q1/visits.csv" in told.err
    assert "1 inquiries: 1 leads, 0 duplicates, 0 rejected, 0 not leads" in told.out
    command = ("run", "mine", "2026Q2", "--tables-only")
    assert call(*command, monkeypatch=monkeypatch) == output.DONE
    told = capsys.readouterr()
    assert "visits.csv" not in told.err
    assert "and 1 about files of earlier quarters" in told.err
    assert "2 inquiries: 2 leads" in told.out
    root = clinic.parents[3]
    assert (root / "data" / "processed" / "mine" / "2026Q2" / "leads.parquet").is_file()
    assert not list((root / "reports").rglob("findings*"))


def test_templates_are_written_once_and_read_as_what_they_are(clinic, monkeypatch, capsys):
    folder = clinic.with_name("templates")
    assert call("template", folder, monkeypatch=monkeypatch) == output.DONE
    made = sorted(path.name for path in folder.iterdir())
    assert made == sorted([f"{kind}.csv" for kind in plain_formats()] + ["columns.md"])
    for kind in plain_formats():
        (found,) = intake.check(str(folder / f"{kind}.csv"), root=clinic.parents[3])
        assert (found.title, found.dropped) == (plain_formats()[kind].title, ())
    guide = (folder / "columns.md").read_text("utf-8")
    assert "`qualified`, `disqualified`, `unreachable`" in guide
    assert guide.partition("## ")[2] in (ROOT / "docs" / "templates.md").read_text("utf-8")
    (folder / "visits.csv").write_text("mine", "utf-8")
    (folder / "spend.csv").unlink()
    capsys.readouterr()
    assert call("template", folder, monkeypatch=monkeypatch) == output.REFUSED
    assert "is there already" in capsys.readouterr().err
    assert (folder / "visits.csv").read_text("utf-8") == "mine"
    assert not (folder / "spend.csv").exists()


#: No header of it but "Mail" is known; two rows can be used, of one the date is none.
UNKNOWN = """Kam an,Woher,Wer,Mail
2026-04-05,Google,Ann Alder,ann@alder.example
2026-04-06,Yelp,Bob Birch,bob@birch.example
soon,Yelp,Cal Cedar,cal@cedar.example
"""


def test_map_asks_what_it_cannot_know_and_check_finds_the_format(clinic, monkeypatch, capsys):
    file = clinic / "liste.csv"
    file.write_text(UNKNOWN, "utf-8")
    monkeypatch.setattr(sys, "stdin", io.StringIO("inquiries\n1\n2\n3\nname\n"))
    assert call("map", file, "--output", monkeypatch=monkeypatch) == output.DONE
    told = capsys.readouterr()
    assert "rows 3: used 2, rejected 1" in told.out
    assert not re.search("Alder|alder|Google|Yelp|soon", told.out + told.err)
    place = clinic.parent / "formats" / "liste.toml"
    text = place.read_text("utf-8")
    assert 'received_at = { headers = ["Kam an"], required = true }' in text
    assert 'first_name = { column = "name", word = "first" }' in text
    place.write_text(text, "utf-8-sig")  # as editors on Windows save it
    (clinic.parent / "clinic.toml").write_text('date_order = "day_first"\n', "utf-8")
    file.write_text(UNKNOWN.replace("2026-04-05", "25/04/2026"), "utf-8")
    (found,) = intake.check(str(file), root=clinic.parents[3])
    assert (found.title, found.used, found.rejected) == ("liste", 2, 1)
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    assert call("map", file, "--kind", "inquiries", "--output", monkeypatch=monkeypatch) == 1
    assert "is there already" in capsys.readouterr().err
    assert place.read_text("utf-8-sig") == text
    monkeypatch.setattr(sys, "stdin", io.StringIO("spend\n"))
    assert call("map", file, monkeypatch=monkeypatch) == output.REFUSED
    assert "type the numbers of the columns" in capsys.readouterr().err
    file.write_text("ann@alder.example,2026-04-05,12\nbob@birch.example,2026-04-06,13\n", "utf-8")
    assert call("map", file, monkeypatch=monkeypatch) == output.REFUSED
    assert "looks like data" in capsys.readouterr().err


def test_a_quarter_later_than_every_folder_is_refused_with_the_latest(clinic, monkeypatch, capsys):
    (clinic / "inquiries.csv").write_text(HEADER + GOOD, "utf-8")
    assert call("run", "mine", "2027Q1", monkeypatch=monkeypatch) == output.REFUSED
    assert "there is no folder 2027Q1: there are 2026Q2" in capsys.readouterr().err
