"""Days and instants: columns of midnights, declared spellings, advice that works if followed."""

from __future__ import annotations

from datetime import datetime

import openpyxl
import pytest

from ptanalysis.definitions import load_config
from ptanalysis.intake.engine import Engine
from ptanalysis.intake.read import load_formats
from ptanalysis.intake.typed_rows import read_rows
from tests.test_intake import INQUIRIES, PAYMENTS, SPEND, inquiry

OWN = """
title = "Front desk list"
kind = "inquiries"
verified = true
evidence = "the clinic's own list"
{more}

[columns]
no = {{ required = true, id = true, personal = "code" }}
seen = {{ required = true, dates = [{dates}] }}
heard = {{ required = true, headers = ["How did you hear of us?"] }}

[tables.inquiries]
inquiry_id = "no"
received_at = "seen"
source = {{ column = "heard", values = {{ FB = "Facebook" }} }}
"""
LIST = "no,seen,How did you hear of us?"


class Folder:
    """A clinic's raw folder whose files are read and typed, and no more."""

    def __init__(self, raw):
        self.raw = raw
        self.paths = []

    def put(self, file, *lines):
        path = self.raw / file
        path.parent.mkdir(exist_ok=True)
        path.write_text("\n".join(lines) + "\n", "utf-8")
        self.paths += [path] if path.suffix != ".toml" else []

    def format(self, dates='"%d.%m.%Y"', more=""):
        load_formats.cache_clear()
        self.put("formats/list.toml", OWN.format(dates=dates, more=more))

    def read(self):
        files = [(path, 1) for path in dict.fromkeys(self.paths)]
        config = load_config(self.raw / "clinic.toml")
        self.rows = read_rows(
            files, clinic_folder=self.raw, config=config, connection=Engine().connect(":memory:")
        )
        return self

    def times(self, kind, column, file):
        """Return the times of a file in the order of its rows, none where a row is rejected."""
        table = self.rows.tables[kind].execute().sort_values("row")
        place = [source.file for source in self.rows.files].index(file)
        table = table[(table["file"] == place) & table["fate"].isna()]
        return [str(time).removesuffix(" 00:00:00") for time in table[column]]

    def told(self, file):
        return [problem for problem in self.rows.problems if problem.file == file]


@pytest.fixture
def folder(tmp_path):
    return Folder(tmp_path)


def test_a_column_of_midnights_holds_days_and_one_of_times_does_not(folder):
    """In New York, midnight UTC is 7 or 8 p.m. of the day before."""
    spelled = {
        "z": "{}T00:00:00Z",
        "milliseconds": "{}T00:00:00.000Z",
        "offset": "{}T00:00:00+00:00",
        "words": "{} 12:00 AM UTC",
        "elsewhere": "{}T00:00:00+05:30",
    }
    days = ("2026-04-01", "2026-06-03", "2026-07-01")
    for name, form in spelled.items():
        rows = [f"{n},{form.format(day)},10,payment," for n, day in enumerate(days)]
        folder.put(f"{name}.csv", PAYMENTS, *rows, "7,2026-04-09,1,payment,", "8,,1,payment,")
    times = ("2026-04-01T00:00:00Z", "2026-04-02T00:00:00Z", "2026-04-02T03:30:00Z")
    folder.put("times.csv", PAYMENTS, *(f"{n},{at},10,payment," for n, at in enumerate(times)))
    folder.put("spend.csv", SPEND, "2026-04-01T00:00:00Z,2026-04-30T00:00:00Z,google,9,,,,media,")
    folder.read()
    for name in spelled:
        assert folder.times("payments", "paid_at", f"{name}.csv") == [*days, "2026-04-09"], name
        (note,) = [p for p in folder.told(f"{name}.csv") if p.severity != "rejected"]
        assert (note.code, note.severity, note.column) == ("days_not_times", "note", "paid_at")
    assert folder.times("spend", "period_start", "spend.csv") == ["2026-04-01"]
    # One time that is none makes them all times; that two of three are midnight is a warning.
    assert folder.times("payments", "paid_at", "times.csv") == [
        "2026-03-31 20:00:00",
        "2026-04-01 20:00:00",
        "2026-04-01 23:30:00",
    ]
    assert [(p.code, p.severity) for p in folder.told("times.csv")] == [
        ("days_and_times", "warning")
    ]


def test_the_documented_way_to_declare_dates_works_beside_iso_and_date_cells(folder):
    folder.format()
    folder.put("a.csv", LIST, "1,31.05.2026,FB", "2,01.06.2026,FB", "3,2026-06-02,FB")
    folder.put("b.csv", LIST, "11,03-06-2026,FB", "12,04/06/2026 14:05,FB")
    # What is no list's spelling is the clinic's: the month first.
    folder.put("i.csv", INQUIRIES, inquiry(1, "4/13/2026"))
    book = openpyxl.Workbook()
    for row in (LIST.split(","), [21, datetime(2026, 6, 5), "FB"], [22, "06.06.2026", "FB"]):
        book.active.append(row)
    book.save(folder.raw / "c.xlsx")
    folder.paths.append(folder.raw / "c.xlsx")
    folder.read()
    read = [folder.times("inquiries", "received_at", f) for f in ("a.csv", "b.csv", "c.xlsx")]
    assert read == [
        ["2026-05-31", "2026-06-01", "2026-06-02"],
        ["2026-06-03", "2026-06-04 14:05:00"],
        ["2026-06-05", "2026-06-06"],
    ]
    assert folder.times("inquiries", "received_at", "i.csv") == ["2026-04-13"]
    assert folder.rows.problems == []


def test_every_advice_about_dates_works_when_it_is_followed(folder):
    """Each refusal or rejection, then the file with what its message says done to it."""
    folder.format(dates='"%m/%d/%Y"')
    wrong = [LIST, "1,31/05/2026,FB", "2,01/06/2026,FB"]
    right = ["2026-05-31", "2026-06-01"]
    folder.put("a.csv", *wrong)
    (refusal,) = folder.read().told("a.csv")
    assert refusal.code == "other_date_order"
    assert "list their spelling, as %d/%m/%Y, under dates in the file's format" in refusal.fix
    folder.format(dates='"%d/%m/%Y"')
    assert folder.read().times("inquiries", "received_at", "a.csv") == right
    folder.format(dates='"%m/%d/%Y"')
    folder.put("a.csv", LIST, *(f"{n},{day},FB" for n, day in enumerate(right)))
    assert folder.read().times("inquiries", "received_at", "a.csv") == right

    # The format's own order is not the clinic's to change.
    folder.format(dates="", more='date_order = "month_first"')
    folder.put("a.csv", *wrong)
    folder.put("clinic.toml", 'date_order = "day_first"')
    folder.paths.pop()
    (refusal,) = folder.read().told("a.csv")
    assert 'set date_order = "day_first" in the file\'s format' in refusal.fix
    folder.format(dates="", more='date_order = "day_first"')
    assert folder.read().times("inquiries", "received_at", "a.csv") == right

    # A year of two digits: in four, or declared.
    folder.format(dates="")
    folder.put("a.csv", LIST, "1,31/05/26,FB", "2,1-Jun-26,FB")
    told = folder.read().told("a.csv")
    assert [(p.code, p.severity, p.row) for p in told] == [
        ("short_year", "rejected", 2),
        ("short_year", "rejected", 3),
    ]
    assert all("2026-05-31" in p.fix and "two_digit_years = true" in p.fix for p in told)
    folder.format(dates='"%d/%m/%y", "%d-%b-%y"')
    assert folder.read().times("inquiries", "received_at", "a.csv") == right
    # The advice: a line of clinic.toml, with the order that the clinic declares.
    folder.format(dates="", more='date_order = "day_first"')
    folder.put("clinic.toml", "two_digit_years = true")
    assert folder.read().times("inquiries", "received_at", "a.csv") == right
