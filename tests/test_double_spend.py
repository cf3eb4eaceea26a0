"""Money told twice counts once: two files, or a total beside its rows; what differs stays."""

from __future__ import annotations

import pytest

from tests.test_intake import INQUIRIES, SPEND, Clinic, by_file, inquiry

JAN, FEB = "2026-01-01,2026-01-31", "2026-02-01,2026-02-28"


@pytest.fixture
def spent(tmp_path, monkeypatch):
    """Run a clinic with files of spend; return what counts and which rows are told as totals."""
    monkeypatch.setenv("PTANALYSIS_KEY_DIR", str(tmp_path / "keys"))

    def run(*files):
        clinic = Clinic(tmp_path)
        clinic.put("2026Q1/inquiries.csv", INQUIRIES, inquiry(1, "2026-01-05 10:00"))
        for number, rows in enumerate(files):
            clinic.put(f"2026Q1/s{number}.csv", SPEND, *rows)
        tables = clinic.run("2026Q1")
        told = [(p.file[-6:-4], p.row) for p in clinic.problems("2026Q1")
                if p.code == "total_of_rows"]  # fmt: skip
        entries = [by_file(tables, f"2026Q1/s{number}.csv") for number in range(len(files))]
        left_out = sum(entry["reasons"].get("total_of_rows", 0) for entry in entries)
        assert left_out == len(told)
        return tables.spend["amount"].sum(), told

    return run


def campaigns(days=JAN, kind="media", source="google", medium="cpc"):
    return [f"{days},{source},60.10,{medium},spring,,{kind},",
            f"{days},{source},40.15,{medium},knee,,{kind},"]  # fmt: skip


TOTAL = f"{JAN},google,100.25,cpc,,,media,"


def test_a_channel_s_total_in_the_same_file_counts_once(spent):
    assert spent([*campaigns(), TOTAL]) == (100.25, [("s0", 4)])


@pytest.mark.parametrize("first", [True, False])
def test_in_another_file_too_whichever_comes_first(spent, first):
    files = [[TOTAL], campaigns()] if first else [campaigns(), [TOTAL]]
    assert spent(*files) == (100.25, [("s0" if first else "s1", 2)])


def test_the_spelling_of_the_source_does_not_matter_but_the_channel(spent):
    assert spent([*campaigns(source="Google Ads", medium=""), TOTAL])[1] == [("s0", 4)]
    assert spent([*campaigns(source="postcard", medium=""), TOTAL]) == (200.5, [])


def test_a_month_s_total_of_weeks_and_a_quarter_s_of_months(spent):
    weeks = [f"2026-01-{day:02d},2026-01-{day + 6:02d},google,10,cpc,spring,,media,"
             for day in (1, 8, 15)]  # fmt: skip
    month = f"{JAN},google,30,cpc,spring,,media,"
    quarter = "2026-01-01,2026-03-31,google,30,cpc,,,media,"
    assert spent([*weeks, month, quarter]) == (30, [("s0", 5), ("s0", 6)])


def test_a_total_of_whole_dollars_and_one_off_by_a_cent_a_row(spent):
    assert spent([*campaigns(), f"{JAN},google,100,cpc,,,media,"])[1] == [("s0", 4)]
    assert spent([*campaigns(), f"{JAN},google,100.27,cpc,,,media,"])[1] == [("s0", 4)]
    assert spent([*campaigns(), f"{JAN},google,100.28,cpc,,,media,"]) == (200.53, [])
    assert spent([*campaigns(), f"{JAN},google,101,cpc,,,media,"]) == (201.25, [])


def test_always_on_spend_fees_and_other_days_are_other_money(spent):
    assert spent([*campaigns(), f"{JAN},google,250,cpc,,,media,"]) == (350.25, [])
    assert spent([*campaigns(), f"{JAN},google,100.25,cpc,,,agency,"]) == (200.5, [])
    assert spent([*campaigns(), f"{FEB},google,100.25,cpc,,,media,"]) == (200.5, [])
    assert spent([*campaigns(), f"{JAN},google,100.25,cpc,brand,,media,"]) == (200.5, [])


def test_one_campaign_is_a_channel_s_total_only_on_the_same_days(spent):
    one = f"{JAN},google,100.25,cpc,spring,,media,"
    assert spent([one, TOTAL]) == (100.25, [("s0", 3)])
    within = "2026-01-05,2026-01-18,google,100.25,cpc,spring,,media,"
    assert spent([within, TOTAL]) == (200.5, [])


def test_other_vendors_are_other_money(spent):
    ours = [row.replace(",,media", ",Bright,media") for row in campaigns()]
    theirs = TOTAL.replace(",,media", ",Dim,media")
    assert spent([*ours, theirs]) == (200.5, [])


def test_a_sheet_s_own_total_is_a_checksum(tmp_path, monkeypatch):
    monkeypatch.setenv("PTANALYSIS_KEY_DIR", str(tmp_path / "keys"))
    clinic = Clinic(tmp_path)
    clinic.put("2026Q1/i.csv", INQUIRIES, inquiry(1, "2026-01-05 10:00"))
    clinic.put("2026Q1/s.csv", SPEND, *campaigns(), ",,Subtotal,100.25,,,,,", ",,TOTAL:,99,,,,,")
    tables = clinic.run("2026Q1")
    assert tables.spend["amount"].sum() == 100.25
    assert by_file(tables, "2026Q1/s.csv")["reasons"]["total_row"] == 2
    told = [(p.code, p.row) for p in clinic.problems("2026Q1") if p.severity == "warning"]
    assert told == [("total_differs", 5)]
