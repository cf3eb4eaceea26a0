"""Since the last report: kept copies, restated numbers with their reason, forgetting."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import date, datetime

import pandas as pd

from ptanalysis.definitions import Places
from ptanalysis.display.words import verdict
from ptanalysis.metrics.quarters_compared import known_by
from ptanalysis.privacy.forget import erase_outputs
from ptanalysis.privacy.forget.suppression_list import Forgotten
from ptanalysis.report.report_text import text_of
from ptanalysis.report.since_last import copies, keep, last_report, since
from tests.small_clinic import clinic, lead
from tests.test_first_screen import CONTEXT, document, row

MARCH = pd.Timestamp("2026-03-31")
LEADS = [
    # Known in March: a lead, its screening; qualified and paid since.
    lead("2026-02-01", screened_at="2026-02-05", sql_at="2026-04-05", patient_at="2026-05-01"),
    lead("2026-03-01", screened_at="2026-03-05", sql_at="2026-03-09", patient_at="2026-03-20"),
    lead("2026-03-02", "outbound"),
    lead("2026-05-02", "outbound", screened_at="2026-05-05"),
]
PAYMENTS = [
    {"lead_id": "lead0", "paid_at": "2026-05-01", "amount": 300.0},
    {"lead_id": "lead1", "paid_at": "2026-03-20", "amount": 100.0},
]
SPEND = [
    lead("", "outbound") | {"period_start": start, "period_end": end, "amount": amount}
    for start, end, amount in (("2026-02-01", "2026-02-28", 80.0), ("2026-04-01", "2026-04-30", 9))
]


def small(**changes):
    return clinic(**{"leads": LEADS, "payments": PAYMENTS, "spend": SPEND} | changes)


def reported(*stages: tuple) -> dict:
    """Return a kept copy of March's report: direction, channel, then the counts and amounts."""
    names = ("direction", "channel", "leads", "mql", "screened", "sql", "patients", "cost")
    rows = [dict(zip((*names, "revenue"), each, strict=True)) for each in stages]
    return {"run_on": "2026-04-04", "findings": {"as_of": "2026-03-31", "stages": rows}}


#: As March was, by hand: two inbound leads, both screened, one SQL and patient who paid 100.
AS_IT_WAS = (
    ("inbound", "seo", 2, 2, 2, 1, 1, None, 100.0),
    ("outbound", "direct_mail", 1, 1, 0, 0, 0, 80.0, 0.0),
)


def shown(kept, made=None, **changes):
    return since(text_of(made or document(), CONTEXT), small(**changes), kept)


def test_what_was_known_then_is_what_happened_until_then():
    then = known_by(small(), MARCH, on=MARCH).set_index("channel")
    now = known_by(small(), MARCH, on=pd.Timestamp("2026-06-30")).set_index("channel")
    names = ["leads", "screened", "sql", "patients", "cost", "revenue"]
    assert then.loc["seo", names].tolist() == [2, 2, 1, 1, 0, 100]
    assert then.loc["direct_mail", names].tolist() == [1, 0, 0, 0, 80, 0]
    assert now.loc["seo", names].tolist() == [2, 2, 2, 2, 0, 400]


def test_late_conversions_are_told_from_edited_exports():
    note, tables = shown(reported(*AS_IT_WAS))
    assert note == "The last report was made on April 4, 2026, as of March 31, 2026."
    assert tables["restated"] == [
        ["Leads", "3", "3", "No change"],
        ["Screened", "2", "2", "No change"],
        ["SQLs", "1", "2", "+1 by late qualifications"],
        ["Patients", "1", "2", "+1 by late conversions"],
        ["Spend", "$80", "$80", "No change"],
        ["Collected", "$100", "$400", "+$300 by late payments and refunds"],
    ]
    assert tables["moved"] == []
    more = [*SPEND, SPEND[0] | {"amount": 20.0}]
    _, tables = shown(reported(*AS_IT_WAS), leads=LEADS[1:], payments=[], spend=more)
    assert tables["restated"][0] == [
        "Leads",
        "3",
        "2",
        "−1 by exports edited or completed since",
    ]
    assert tables["moved"] == [
        ["SEO", "2", "1", "$0", "$0", "Exports edited or completed"],
        ["Direct mail", "1", "1", "$80", "$100", "Spend edited or completed"],
    ]


def test_a_channel_that_was_mapped_otherwise_is_named():
    mapped = (("inbound", "seo", 1, 1, 1, 0, 0, None, 0.0), *AS_IT_WAS[1:])
    other = ("inbound", "content", 1, 1, 1, 1, 1, None, 100.0)
    _, tables = shown(reported(*mapped, other))
    why = "Counted under another channel since"
    assert tables["moved"] == [
        ["Content and blog", "1", "0", "$0", "$0", why],
        ["SEO", "1", "2", "$0", "$0", why],
    ]


def test_a_verdict_that_is_new_is_unconfirmed():
    kept = reported(*AS_IT_WAS)
    before = {"a": "cannot_tell", "b": "supported", "c": "supported", "d": "not_testable"}
    kept["findings"]["claims"] = [{"id": id, "verdict": said} for id, said in before.items()]
    now = {"a": "supported", "b": "cannot_tell", "c": "supported", "d": "cannot_tell"}
    claims = [
        {"id": id, "statement": f"Claim {id}", "verdict": said, "word": verdict(said)}
        for id, said in now.items()
    ]
    text = replace(text_of(document(), CONTEXT), claims=claims)
    _, tables = since(text, small(), kept)
    new = "New this quarter and unconfirmed: 9 to 17% of clinics with no real"
    new, gone = f"{new} difference see such a verdict within nine quarters", ""
    assert tables["verdicts"] == [
        ["Claim a", "Cannot tell yet", "Supported", new],
        ["Claim b", "Supported", "Cannot tell yet", "No longer clear"],
        ["Claim d", "Not judged", "Cannot tell yet", gone],
    ]


def test_what_was_not_recorded_then_is_no_zero():
    never = [(*each[:4], None, None, None, *each[7:]) for each in AS_IT_WAS]
    _, tables = shown(reported(*never))
    assert tables["restated"][1] == ["Screened", "–", "2", "Not recorded then"]


def test_without_a_copy_it_is_worked_out_again_and_says_so():
    note, tables = shown(None)
    assert note.startswith(
        "No earlier report is kept: its numbers are worked out again as of March"
    )
    assert tables["restated"][2] == ["SQLs", "1", "2", "+1 by late qualifications"]
    note, tables = shown(None, leads=LEADS[3:], payments=[])
    assert note == "This is the first report of this record."
    assert list(tables) == ["changes"]


def test_changes_are_sized_and_judged_by_their_interval():
    made = document(
        estimates=[
            row("leads_compared", "this quarter", 80.0, 65, 98, "leads"),
            row("leads_compared", "quarter before", 100.0, 83, 121, "leads"),
            row("leads_compared", "change from quarter before", 0.8, 0.6, 1.2, "ratio"),
            row("quality_compared", "this quarter", 0.5, 0.4, 0.6),
            row("quality_compared", "quarter before", 0.3, 0.2, 0.4),
            row("quality_compared", "change from quarter before", 0.2, 0.1, 0.3, "points"),
        ]
    )
    _, tables = shown(reported(*AS_IT_WAS), made)
    assert tables["changes"] == [
        ["Leads of the quarter", "80", "100", "20% fewer (40% fewer to 20% more)", "usual swing"],
        ["Qualified, of those screened", "50%", "30%", "20 points (10 to 30)", "up, better"],
    ]


def made_on(report, day: int, found: dict) -> None:
    """Write a report's findings as of a day of July."""
    report.mkdir(parents=True, exist_ok=True)
    (report / "findings.json").write_text(json.dumps(found), "utf-8")
    at = datetime(2026, 7, day, 12).timestamp()
    os.utime(report / "findings.json", (at, at))


def test_what_is_replaced_is_kept_once_and_never_changed(tmp_path):
    report = tmp_path / "2026Q1"
    for day, found in ((4, 1), (5, 1), (6, 2)):
        keep(report)
        made_on(report, day, {"a": {"leads": found}})
    assert [each["run_on"] for each in copies(report)] == ["2026-07-04", "2026-07-06"]
    file = tmp_path / "history" / "2026Q1.jsonl"
    file.write_text(file.read_text("utf-8") + '{"run_on": "2026-07-06", "findi', "utf-8")
    keep(report)
    made_on(report, 7, {"a": {"leads": 3}})
    assert [each["findings"]["a"]["leads"] for each in copies(report)] == [1, 2, 3]


def test_the_last_report_is_that_of_an_earlier_quarter_as_it_was_before_today(tmp_path):
    for name, runs in (("2025Q4", (1,)), ("2026Q1", (2, 3)), ("2026Q2", (4,))):
        for run in runs:
            keep(tmp_path / name)
            made_on(tmp_path / name, run, {"a": {"run": run}})
    report = tmp_path / "2026Q2"
    asked = {day: last_report(report, on=date(2026, 7, day)) for day in (2, 3, 4)}
    found = {day: each["findings"]["a"]["run"] for day, each in asked.items()}
    assert found == {2: 3, 3: 2, 4: 3}
    assert last_report(tmp_path / "2025Q4", on=date(2026, 7, 9)) is None


def test_forgetting_removes_the_kept_copies(tmp_path, monkeypatch):
    report = Places(tmp_path).report("mine", "2026Q1")
    made_on(report, 1, {"a": {"leads": 1}})
    keep(report)
    (tmp_path / "reports" / "clinics.html").touch()
    assert list((tmp_path / "reports").rglob("*.jsonl"))
    monkeypatch.setattr(erase_outputs.suppression_list, "write", lambda *_, **__: None)
    erase_outputs.clear("mine", Forgotten(), places=Places(tmp_path), key=None)
    left = [path for path in (tmp_path / "reports").rglob("*") if path.is_file()]
    assert [path.name for path in left] in ([], [".lock"])
