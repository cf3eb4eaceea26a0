"""A clinic that counts in euros: every amount says so, in words, figures, tables and files.

The second implementation is the same clinic in dollars, its texts translated by hand.
"""

from __future__ import annotations

import json
from dataclasses import replace

import ibis
import pandas as pd
import pytest

from lab.simulate import SAMPLE, clinic_tables
from ptanalysis.display import notebook_output as display
from ptanalysis.display import numbers
from ptanalysis.findings import answers, figures
from ptanalysis.intake.clean import with_money
from ptanalysis.metrics import money as roi
from ptanalysis.privacy.publish import published_report
from ptanalysis.privacy.publish.suppress import published
from ptanalysis.report import collect
from ptanalysis.report.findings_json import estimates_frame
from tests.test_empty_clinics import said, whole

#: What a dollar clinic says, and what a euro clinic says for it.
EURO = {"$": "€", "dollar": "euro", "usd": "eur", "USD": "EUR"}


def in_euros(tables):
    return replace(tables, config=tables.config.model_copy(update={"currency": "EUR"}))


def translated(text: str) -> str:
    for dollar, euro in EURO.items():
        text = text.replace(dollar, euro)
    return text


@pytest.fixture(scope="module")
def dollars():
    return clinic_tables(SAMPLE, 5, as_of="2025-12-31")


def sentences(tables) -> list[str]:
    money = answers.money
    named = (money.short, money.left_out, money.counted, money.shared, money.tipping_point)
    return [answer(tables) for answer in named] + [money.compared(roi.roi_ratio(tables), tables)]


def drawings(tables) -> list:
    costs = roi.cost_per_event(tables) + roi.cost_per_event(tables, column="channel")
    directions, ratio = answers.sides(tables), roi.roi_ratio(tables)
    net, even = roi.cumulative_net(tables), roi.break_even(tables)
    return [
        figures.money.cost_per(costs, directions, tables, event="sql", ratio=ratio),
        figures.money.returns(roi.roi(tables), directions, tables, ratio=ratio),
        figures.money.cumulative(net, even, tables),
    ]


def test_sentences_are_those_of_dollars_translated(dollars):
    in_dollars = sentences(dollars)
    assert sum("$" in text for text in in_dollars) >= 4
    assert sentences(in_euros(dollars)) == [translated(text) for text in in_dollars]


def on_one_line(drawing) -> list[str]:
    """Return the drawing's texts; a shorter word may break a title elsewhere."""
    return [" ".join(text.split()) for text in said(drawing)]


def test_figures_are_those_of_dollars_translated(dollars):
    for ours, theirs in zip(drawings(in_euros(dollars)), drawings(dollars), strict=True):
        for drawing in (ours, theirs):
            drawing.figure.draw_without_rendering()  # tick labels are made now
        assert on_one_line(ours) == [translated(text) for text in on_one_line(theirs)]
    assert any("€" in text for text in said(ours))


def test_nothing_a_euro_clinic_gets_names_another_currency():
    found = collect.findings(in_euros(whole()), lambda step: None)
    texts = json.dumps([found.document, found.headlines, found.claims], ensure_ascii=False)
    assert not [dollar for dollar in EURO if dollar in texts]
    units = set(estimates_frame(found.estimates)["unit"])
    assert {"eur", "eur_per_lead", "eur_per_mql", "eur_per_sql", "eur_per_patient"} <= units
    assert found.document["currency"] == "EUR"


def test_what_leaves_the_clinic_is_in_euros(tmp_path):
    stage = {
        "mql": 40,
        "screened": 40,
        "sql": 30,
        "patients": 20,
        "cost": 5000.0,
        "revenue": 9000.0,
    }
    sides = (("inbound", "seo"), ("outbound", "direct_mail"))
    stages = [{"direction": side, "channel": name, "leads": 60} | stage for side, name in sides]
    found = collect.findings(in_euros(whole()), lambda step: None)
    document = found.document | {"stages": stages, "claims": []}
    published_report.write(published(document), tmp_path / "out", name="the clinic")
    page = (tmp_path / "out" / "findings.html").read_text("utf-8")
    assert "€5,000" in page
    assert "$" not in page.split("<main", 1)[-1]


def test_a_table_sets_amounts_of_every_currency_flush_right():
    amounts = {code: numbers.number(-1240, code) for code in ("usd", "eur", "cad", "chf")}
    assert list(amounts.values()) == ["−$1,240", "−€1,240", "−CA$1,240", "−CHF 1,240"]
    frame = pd.DataFrame({code: [amount] for code, amount in amounts.items()} | {"who": ["seo 5"]})
    html = display.html_table(frame, "amounts", caption="Amounts", units={})
    assert ".col4" in html
    assert ".col0" not in html.split("</style>")[0]


@pytest.mark.parametrize(
    ("currency", "cells", "amounts"),
    [
        ("JPY", ["¥1,000", "JPY 1,000", "€5"], ["1000.00", "1000.00", ""]),
        ("NZD", ["$85.00", "NZ$85.00", "NZD 85"], ["85.00", "85.00", "85.00"]),
        ("CHF", ["CHF 12.50", "12.50"], ["12.50", "12.50"]),
    ],
)
def test_a_clinic_s_own_sign_is_read_in_currencies_nobody_listed(currency, cells, amounts):
    table = with_money(ibis.memtable({"amount": cells}), "amount", currency=currency)
    assert table.amount.execute().astype(str).fillna("").tolist() == amounts
