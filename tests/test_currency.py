"""A clinic that counts in euros: every amount says so, in words, figures, tables and files.

The second implementation is the same clinic in dollars, its texts translated by hand.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace

import ibis
import pandas as pd
import pytest

from lab.simulate import SAMPLE, clinic_tables
from ptanalysis.display import notebook_output as display
from ptanalysis.display import numbers
from ptanalysis.intake.clean import with_money
from ptanalysis.privacy.publish.published_report import write
from ptanalysis.privacy.publish.suppress import published
from ptanalysis.report.claim_lines import lines_of
from tests import engine_answers
from tests.notebook_cells import run_cells
from tests.test_empty_clinics import whole

#: What a dollar clinic says, and what a euro clinic says for it.
EURO = {"&#36;": "€", "$": "€", "dollar": "euro", "usd": "eur", "USD": "EUR"}


def in_euros(tables):
    return replace(tables, config=tables.config.model_copy(update={"currency": "EUR"}))


def translated(text: str) -> str:
    for dollar, euro in EURO.items():
        text = text.replace(dollar, euro)
    return text


@pytest.fixture(scope="module")
def dollars():
    return clinic_tables(SAMPLE, 5, as_of="2025-12-31")


NOTEBOOKS = ("1-lead-volume", "2-lead-quality", "3-inbound-vs-outbound")


def shown(tables, monkeypatch) -> list[str]:
    """Return every text, figure and table that the notebooks show of a clinic."""
    return [text for stem in NOTEBOOKS for text in run_cells(stem, tables, monkeypatch).shown]


def test_notebooks_are_those_of_dollars_translated(dollars, monkeypatch):
    in_dollars = shown(dollars, monkeypatch)
    assert sum("$" in text or "&#36;" in text for text in in_dollars) >= 4
    assert shown(in_euros(dollars), monkeypatch) == [translated(text) for text in in_dollars]


def test_nothing_a_euro_clinic_gets_names_another_currency():
    tables = in_euros(whole())
    verdicts = engine_answers.judged(tables)
    document = engine_answers.document(tables, verdicts)
    texts = json.dumps(
        [document, lines_of(engine_answers.records(tables, verdicts))], ensure_ascii=False
    )
    assert not [dollar for dollar in EURO if dollar in texts]
    units = {each["unit"] for each in document["estimates"]}
    assert {"eur", "eur_per_lead", "eur_per_mql", "eur_per_sql", "eur_per_patient"} <= units
    assert document["currency"] == "EUR"


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
    document = engine_answers.document(in_euros(whole())) | {"stages": stages, "claims": []}
    write(published(document), tmp_path / "out", name="the clinic")
    page = (tmp_path / "out" / "findings.html").read_text("utf-8")
    assert "€5,000" in page
    assert "$" not in page.split("<main", 1)[-1]


def test_a_table_sets_amounts_of_every_currency_flush_right():
    amounts = {code: numbers.number(-1240, code) for code in ("usd", "eur", "cad", "chf")}
    assert list(amounts.values()) == ["−$1,240", "−€1,240", "−CA$1,240", "−CHF 1,240"]
    frame = pd.DataFrame({code: [amount] for code, amount in amounts.items()} | {"who": ["seo 5"]})
    html = display.html_table(frame, caption="Amounts", units={})
    row = html.split("<tbody>")[1]
    assert re.findall(r"text-align: (\w+)", row) == ["right"] * 4 + ["left"]


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
