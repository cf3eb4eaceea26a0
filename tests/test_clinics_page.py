"""The page that compares clinics: order, places that ranges leave open, nothing invented."""

from __future__ import annotations

import json

import numpy as np

from ptanalysis.definitions import Places
from ptanalysis.report.clinics_page import clinics_html, place_of, write_clinics
from ptanalysis.stats import Estimate
from tests.test_first_screen import channel, document, row


def findings(back: float, low: float | None, high: float | None, **changes) -> dict:
    total = channel("all", spend=1000.0, collected=1000.0 * back, low=low, high=high)
    leads = row("leads_compared", "this quarter", 40.0, 30, 52, "leads")
    money = [total | {"line": "total", "direction": "all"}]
    return document(estimates=[leads]) | {"money": money, "quarter": "2026Q2"} | changes


CLINICS = [
    ("Harbor", findings(0.5, 0.2, 0.9)),
    ("Cedar & Sons", findings(3.0, 2.0, 5.0)),
    ("Elm", findings(1.5, 1.0, 2.5)),
    ("Too few", findings(9.0, None, None)),
    ("New", findings(1.0, 0.5, 2.0) | {"money": [], "currency": "EUR"}),
]


def test_clinics_stand_in_order_with_the_places_their_ranges_leave_open():
    html = clinics_html(CLINICS)
    rows = [part.partition("</tr>")[0] for part in html.split('<th scope="row">')[1:]]
    names = [part.partition("<")[0] for part in rows]
    assert names == ["Cedar &amp; Sons", "Elm", "Harbor", "Too few", "New"]
    places = [part.split('data-head="Place">')[1].partition("<")[0] for part in rows]
    assert places == ["1 (1 to 2)", "2 (1 to 2)", "3", "–", "–"]
    assert "$3.00 ($2.00 to $5.00)" in rows[0]
    assert "no spend is recorded" in rows[4]
    assert "5 clinics compared" in html
    assert "Internal" in html


def test_it_is_written_of_each_clinic_s_newest_findings_or_of_the_quarter_asked_for(tmp_path):
    for quarter, back in (("2026Q1", 2.0), ("2026Q2", 4.0)):
        report = Places(tmp_path).report("mine", quarter)
        report.mkdir(parents=True)
        found = findings(back, 1.5, 5.0, quarter=quarter)
        (report / "findings.json").write_text(json.dumps(found), "utf-8")
    page = write_clinics(Places(tmp_path), ["mine", "never-run"])
    assert "$4.00" in page.read_text("utf-8")
    page = write_clinics(Places(tmp_path), ["mine"], quarter="2026Q1")
    assert "$2.00" in page.read_text("utf-8")
    assert [path.name for path in page.parent.glob("*.*")] == ["clinics.html"]


def test_of_twenty_clinics_alike_none_stands_out():
    """400 draws; Monte-Carlo error 1 point. By ranges that do not overlap, one in 30 to 40%."""
    rng, stood_out = np.random.default_rng(1), []
    for _ in range(400):
        logs, error = rng.normal(0, 0.3, 20), 0.3 * 1.96
        backs = [estimate(*np.exp([log, log - error, log + error])) for log in logs]
        ranked = sorted(backs, key=lambda back: back.value)
        apart = "(1 to 20)" not in place_of(ranked[0], backs)
        overlap = ranked[0].ci_high < ranked[-1].ci_low
        stood_out.append([apart, overlap])
    apart, overlap = np.mean(stood_out, axis=0)
    assert apart <= 0.075
    assert overlap > 0.3


def estimate(value, low, high):
    return Estimate(value=value, ci_low=low, ci_high=high, unit="usd", n=9, method="t")
