"""Notebook 2 says what is not known where little was recorded, never none and never zero."""

import re
from dataclasses import replace

import pandas as pd
import pytest

import ptanalysis as pt
from tests.notebook_cells import run_cells
from tests.small_clinic import clinic, lead, table, weeks_after

START = "2025-01-06"


def leads(*, lost_too: bool, sql_week: float = 2) -> list[dict]:
    """Return 24 MQLs a side, every second one an SQL; the others lost or nowhere on record."""
    return [
        lead(at, side, campaign=f"{side} {week % 6}", mql_at=at)
        | ({"sql_at": weeks_after(at, sql_week)} if week % 2 else {})
        | ({"lost_at": weeks_after(at, 2)} if lost_too and not week % 2 else {})
        for week in range(24)
        for side in ("inbound", "outbound")
        for at in [weeks_after(START, week)]
    ]


def said(tables, monkeypatch) -> str:
    return "\n".join(run_cells("2-", tables, monkeypatch).shown)


def unscreened():
    tables = clinic(leads(lost_too=False))
    return replace(tables, leads=tables.leads.assign(sql_at=pd.NaT))


@pytest.mark.parametrize(
    "tables", [unscreened(), clinic(leads(lost_too=False))], ids=["no screening", "SQLs alone"]
)
def test_what_was_never_recorded_is_not_counted(tables, monkeypatch):
    text = said(tables, monkeypatch)
    assert "Not screened within 13 weeks: not known" in text
    assert "How often screened leads qualify is not known" in text
    assert "How many leads became patients is not known" in text
    assert "nobody has screened so far: not known" in text


def test_where_everybody_was_screened_there_is_no_rest(monkeypatch):
    text = said(clinic(leads(lost_too=True)), monkeypatch)
    assert "Not screened within 13 weeks: 0 of 48 leads" in text
    assert "Every lead of both sides was screened" in text
    # An SQL was screened, whether or not the day of the screening was written down.
    assert "nobody has screened so far: 0" in text


def test_screened_late_is_not_called_never_screened(monkeypatch):
    text = said(clinic(leads(lost_too=True, sql_week=20)), monkeypatch)
    assert "Not screened within 13 weeks: 24 of 48 leads" in text
    assert "never screened" not in text.lower()


def spent(tables):
    """Return the clinic with a month of spend on each side."""
    rows = [
        {"period_start": START, "period_end": "2025-01-31", "kind": "media", "amount": 500.0}
        | {"direction": side, "channel": {"inbound": "seo", "outbound": "direct_mail"}[side]}
        for side in ("inbound", "outbound")
    ]
    return replace(tables, spend=table("spend", rows))


def test_a_stage_that_was_never_recorded_is_missing_of_every_lead():
    """Neither screened nor paid, and MQL as the records say."""
    judged = pt.within(unscreened(), 13)
    assert judged[["screened", "sql", "patient"]].isna().all(axis=None)
    assert judged["mql"].all()
    assert pt.within(clinic(leads(lost_too=True)), 13)["sql"].sum() == 24


def test_no_table_of_the_notebooks_counts_what_was_never_recorded(monkeypatch):
    """No screening, no payment: no 0% and no bound, and the page's table has no zero for them."""
    tables = spent(unscreened())
    ran = run_cells("2-", tables, monkeypatch)
    # A table's cell, not a figure's axis.
    assert not re.search(r"(>|\s\s)0%(<|\n)", "\n".join(ran.shown))
    stages = ran["table"]
    assert stages[["screened", "sql", "patients"]].isna().all(axis=None)
    assert stages["mql"].sum() == 48
