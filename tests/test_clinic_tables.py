"""Vendors' bills, what platforms claim, and published figures beside the clinic's own."""

from __future__ import annotations

from ptanalysis.report.front_matter import texts
from ptanalysis.report.report_text import text_of
from ptanalysis.report.sections import bills, published, reported, show_rate
from tests.small_clinic import clinic, counts, lead
from tests.test_first_screen import CONTEXT, document, row

PAID = {"period_start": "2026-04-01", "period_end": "2026-04-30"}


def bill(vendor: str, kind: str, amount: float) -> dict:
    return lead("", "outbound", vendor=vendor, kind=kind, amount=amount) | PAID


def test_a_vendor_s_own_leads_stand_beside_its_bill_and_its_fee():
    leads = [
        lead("2026-04-02", vendor="A", sql_at="2026-04-09"),
        lead("2026-04-03", vendor="A"),
        lead("2026-04-04"),
    ]
    spend = [bill("A", "agency", 300.0), bill("A", "media", 700.0), bill("B", "print", 50.0)]
    assert list(bills(clinic(leads, spend=spend))) == [
        ["A", "2", "1", "$1,000", "$300"],
        ["B", "0", "0", "$50", "–"],
    ]
    assert list(reported(clinic(leads))) == []
    assert next(bills(clinic(leads[1:], spend=spend))) == ["A", "1", "–", "$1,000", "$300"]


def test_what_a_platform_reports_stands_beside_what_arrived():
    leads = [lead(f"2026-04-{day:02}", "outbound", channel="ppc") for day in (1, 15, 30)]
    totals = [counts("2026-04-01", "2026-04-30", 9, "outbound", channel="ppc", kind="claimed")]
    (row,) = reported(clinic([*leads, lead("2026-05-01", "outbound")], totals=totals))
    days = "April 1, 2026 to April 30, 2026"
    assert row[1:] == ["Conversions an ad platform reports", days, "9", "3"]


def test_visits_that_are_due_were_attended_or_not():
    due = [
        lead("2026-04-01", visit_booked_at="2026-04-10", visit_attended_at="2026-04-10"),
        lead("2026-04-01", visit_booked_at="2026-04-10", visit_attended_at="2026-04-20"),
        lead("2026-04-01", visit_booked_at="2026-04-11"),
        lead("2026-04-01", visit_booked_at="2026-06-30"),
        lead("2026-04-01", visit_booked_at="2026-07-01"),
        lead("2026-04-01"),
    ]
    found = show_rate(clinic(due))
    assert (found.value, found.n) == (0.5, 4)
    assert show_rate(clinic(due[5:])).reason == "no visit is recorded: export visits.csv"


def test_published_figures_have_a_grade_and_folklore_is_compared_with_nothing():
    made = document(
        estimates=[
            row("cost_per_lead", "inbound", 80.0, 60, 110, "usd_per_lead"),
            row("cost_per_patient", "all", 900.0, 700, 1150, "usd_per_patient"),
        ]
    )
    rows = list(published(text_of(made, CONTEXT), clinic([lead("2026-04-01")])))
    own = {each[0]: each[1] for each in rows}
    assert own["Cost per lead"] == "inbound $80 per lead ($60 to $110)"
    assert own["Cost per patient"] == "$900 per patient ($700 to $1,150)"
    assert own["First visits attended"] == "no visit is recorded: export visits.csv"
    folklore = [each for each in rows if each[5].startswith("D: folklore")]
    assert [each[1] for each in folklore] == ["–"]
    names = {"name", "measure", "figure", "what", "source", "grade"}
    assert all(set(each) == names for each in texts("benchmarks.toml")["benchmark"])
