"""Spark makes the tables that DuckDB makes, row for row, of a clinic with every kind of file."""

from __future__ import annotations

import json
import os
import shutil
import sys

import ibis
import pandas as pd
import pytest

from ptanalysis.dataset import SCHEMA
from ptanalysis.intake import engine, record_ids, steps, typed_rows
from ptanalysis.intake.engine import EngineError, connected
from tests.test_ids import CONTACTS, DEALS
from tests.test_intake import CAMPAIGNS, INQUIRIES, PAYMENTS, SPEND, VISITS, Clinic, fill
from tests.test_patients import PAID, PATIENTS
from tests.test_totals import TOTALS

needs_java = pytest.mark.skipif(
    not (shutil.which("java") or "JAVA_HOME" in os.environ), reason="no Java here"
)
SPARK = "local[2]"
#: Of a JVM that lives a minute: what runs is compiled quickly, not well.
QUICK = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"


def every_kind(clinic):
    """Put in every kind of file, in two quarters, with texts that engines may read differently."""
    fill(clinic)
    asked = "google,cpc,{},,form,{},{},,knee,{}"
    people = (
        ("Été | A", "José,Núñez", ",618-555-0123", '"two\nlines\n"'),
        ("été  |  a", "Jose,Nunez", ",(618) 555-0123", "x"),
        ("İSTANBUL ΣΑΣ", "ΣΟΦΙΑΣ,ΠΑΠΠΑΣ", "SOFIA@EXAMPLE.ORG,", "a.b|c"),
        ("istanbul σας", "Σοφιασ,Παππασ", "sofia@example.org,", "$1"),
        ("a.b", "Renée,O'Hara-Lee", "ann.lee@example.org,", '"says ""hi"""'),
        ("axb", "Rene,OHara Lee", "ann.leee@example.org,", ""),
        ("", "Bob,", "bob@example.org,1-618-555-0177", "tab\there"),
        ("spring", "Robert,Alder", "bob@example.org,", ""),
        ("Spring\u00a0", "Ian,Elm", "ian@example.org,618.555.0188 x5", ""),
    )
    dates = ("2026-04-03 10:00", "4/3/2026 10:00 AM", "2026-04-05T10:00:00Z", "Apr 6 2026")
    rows = [
        f"N{n},{dates[n % 4]},{asked.format(label, name, contact, notes)}"
        for n, (label, name, contact, notes) in enumerate(people)
    ]
    clinic.put("2026Q2/inquiries.csv", INQUIRIES, *rows)
    clinic.put("2026Q2/again.csv", INQUIRIES, *reversed(rows[:3]))
    clinic.put(
        "2026Q2/contacts.csv",
        CONTACTS,
        "501,Una,Roe,una@example.org,2026-04-02,Customer",
        "502,Joe,Poe,joe@example.org,2026-04-03,Lead",
    )
    clinic.put(
        "2026Q2/deals.csv",
        DEALS,
        "1,Closed Won,501,2026-04-20",
        "2,Closed Lost,502;501,2026-04-21",
        "3,Closed Won,N1,2026-04-22",
    )
    clinic.put("2026Q2/patients.csv", PATIENTS, "7,Bob,Alder,bob@example.org,,", "8,Una,Roe,,,")
    clinic.put("2026Q2/paid.csv", PAID, "7,P1,2026-04-20,100", "8,P2,2026-04-21,(1)", "9,P3,x,3")
    clinic.put("2026Q2/payments.csv", PAYMENTS, "I1,2026-02-01,100.00,payment,self")
    clinic.put("2026Q2/visits.csv", VISITS, "N5,2026-04-20 09:00,attended,evaluation")
    clinic.put(
        "2026Q2/totals.csv",
        TOTALS,
        "2026-04-01,2026-04-30,Yelp,12,,,,8,7,5,2,900.50",
        "2026-05-01,2026-05-31,Yelp,9,,,,,,,,",
    )
    clinic.put(
        "2026Q2/spend.csv", SPEND, '2026-04-01,2026-04-30,google,"1,200.50",cpc,a.b,"Σ, İ",media,'
    )
    clinic.put("2026Q2/campaigns.csv", CAMPAIGNS, "Été | A,google,2026-04-01,,cpc,,launch")
    clinic.put("2026Q2/not.csv", "what,is,this", "1,2,3")


def written(folder) -> dict:
    """Return everything a run wrote."""
    tables = {name: pd.read_parquet(folder / f"{name}.parquet") for name in SCHEMA}
    texts = ("ledger.json", "problems.json", "manifest.json")
    return tables | {name: json.loads((folder / name).read_text("utf-8")) for name in texts}


@needs_java
def test_every_table_is_duckdbs_row_for_row(tmp_path, monkeypatch):
    pytest.importorskip("pyspark")
    from ptanalysis import intake

    monkeypatch.setenv("PTANALYSIS_KEY_DIR", str(tmp_path / "keys"))
    monkeypatch.setenv("JAVA_TOOL_OPTIONS", QUICK)
    clinic = Clinic(tmp_path)
    every_kind(clinic)
    folder, made = tmp_path / "data/processed/c/2026Q2", {}
    for name in ("duckdb", SPARK):
        intake.run("c", "2026Q2", root=tmp_path, engine=name)
        made[name] = written(folder)
    assert all(len(made["duckdb"][name]) for name in SCHEMA)
    for name, table in made["duckdb"].items():
        if name in SCHEMA:
            pd.testing.assert_frame_equal(table, made[SPARK][name], obj=name)
        else:
            assert table == made[SPARK][name], name


def test_every_step_compiles_where_there_is_no_java(tmp_path, monkeypatch):
    monkeypatch.setenv("PTANALYSIS_KEY_DIR", str(tmp_path / "keys"))
    compiled = []

    def stored(connection, expression):
        compiled.append(ibis.to_sql(expression, dialect="pyspark"))
        return engine.stored(connection, expression)

    for module in (steps, typed_rows, record_ids):
        monkeypatch.setattr(module, "stored", stored)
    clinic = Clinic(tmp_path)
    every_kind(clinic)
    clinic.run("2026Q2")
    assert len(compiled) > 30
    assert any("of_patient" in sql for sql in compiled)
    assert not any("\\1" in sql for sql in compiled)  # no back-references


def test_what_is_missing_is_said_before_anything_is_read(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(EngineError, match="needs Java 17 or later"):
        connected("spark", tmp_path)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    monkeypatch.setitem(sys.modules, "pyspark", None)
    with pytest.raises(EngineError, match="needs pyspark: make spark"):
        connected("spark", tmp_path)
