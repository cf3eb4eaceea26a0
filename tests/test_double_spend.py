"""Money told twice counts once: two files, or a total beside its rows; what differs stays."""

from __future__ import annotations

import ibis
import pandas as pd
import pytest

from ptanalysis.definitions import load_config
from ptanalysis.intake import classify, double_spend
from ptanalysis.intake.read import SourceFile
from tests.test_intake import INQUIRIES, SPEND, Clinic, by_file, inquiry

JAN, FEB = "2026-01-01,2026-01-31", "2026-02-01,2026-02-28"
TYPES = {
    "file": "int64",
    "row": "int64",
    "period_start": "timestamp",
    "period_end": "timestamp",
    "amount": "decimal(18, 2)",
}


def typed(files):
    """Return rows of the plain template as intake holds them when double spend is looked for."""
    names = SPEND.split(",")
    cells = [
        (str(number), str(place), *row.split(","))
        for number, file in enumerate(files)
        for place, row in enumerate(file, 2)
    ]
    table = ibis.memtable(pd.DataFrame(cells, columns=["file", "row", *names]).assign(fate=""))
    table = table.mutate(**{name: table[name].nullif("") for name in (*names, "fate")})
    table = table.mutate(**{name: table[name].cast(kind) for name, kind in TYPES.items()})
    return classify.with_channel(table, load_config(None))


def judged(*files):
    """Return the marked rows of files of spend, and what is told."""
    sources = [SourceFile(file=f"s{number}") for number in range(len(files))]
    spend, problems = double_spend.marked(typed(files), sources)
    return spend.execute(), problems


def places(problems, code):
    return [(problem.file, problem.row) for problem in problems if problem.code == code]


@pytest.fixture
def spent():
    """Return what of files of spend counts, and which rows are told as totals."""

    def run(*files):
        rows, problems = judged(*files)
        assert len(rows) == sum(len(file) for file in files)
        told = places(problems, "total_of_rows")
        assert (rows["fate"] == double_spend.TOTAL).sum() == len(told)
        return float(rows.loc[rows["fate"].isna(), "amount"].sum()), told

    return run


def campaigns(days=JAN, kind="media", source="google", medium="cpc"):
    return [
        f"{days},{source},60.10,{medium},spring,,{kind},",
        f"{days},{source},40.15,{medium},knee,,{kind},",
    ]


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
    weeks = [
        f"2026-01-{day:02d},2026-01-{day + 6:02d},google,10,cpc,spring,,media,"
        for day in (1, 8, 15)
    ]
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


def test_each_source_of_a_channel_has_its_own_total(spent):
    bing = campaigns(source="bing")
    total = f"{JAN},bing,100.25,cpc,,,media,"
    assert spent([*campaigns(), *bing, TOTAL, total]) == (200.5, [("s0", 6), ("s0", 7)])
    both = f"{JAN},google,200.50,cpc,,,media,"
    assert spent([*campaigns(), *bing, both]) == (200.5, [("s0", 6)])


def test_the_only_campaign_of_a_report_is_the_row_of_its_source(spent):
    one = f"{JAN},Google Ads,100.25,cpc,spring,,media,"
    assert spent([one], [TOTAL]) == (100.25, [("s1", 2)])
    post = f"{JAN},Instagram,100.25,paid_social,spring,,media,"
    assert spent([post], [f"{JAN},Meta,100.25,cpc,,,media,"]) == (100.25, [("s1", 2)])


def test_one_campaign_that_costs_what_another_source_costs_is_other_money(spent):
    assert spent([f"{JAN},bing,100.25,cpc,spring,,media,", TOTAL]) == (200.5, [])
    assert spent([f"{JAN},google,100.26,cpc,spring,,media,", TOTAL]) == (200.51, [])
    near = f"{JAN},google,100,cpc,,,media,"
    assert spent([f"{JAN},google,100.25,cpc,spring,,media,", near]) == (200.25, [])


def test_credits_have_totals_too(spent):
    rows = [f"{JAN},google,-60.10,cpc,spring,,credit,", f"{JAN},google,-40.15,cpc,knee,,credit,"]
    assert spent([*rows, f"{JAN},google,-100.25,cpc,,,credit,"]) == (-100.25, [("s0", 4)])


def told_twice(*files):
    return places(judged(*files)[1], "spend_at_two_levels")


FEE = f"{JAN},google,250,cpc,,,media,"


def test_two_files_that_do_not_agree_both_count_and_are_told():
    rows, problems = judged(campaigns(), [FEE, FEE])
    assert rows["fate"].isna().all()
    assert [(p.code, p.severity, p.file, p.row, p.count) for p in problems] == [
        ("spend_at_two_levels", "warning", "s1", 2, 2)
    ]
    assert told_twice([FEE], campaigns()) == [("s0", 2)]
    assert told_twice(campaigns("2026-01-20,2026-02-10"), [TOTAL]) == [("s1", 2)]


def test_in_one_file_only_what_nearly_is_the_sum_is_told():
    # 1% of 100.25 is 1.0025.
    near, far = (f"{JAN},google,{amount},cpc,,,media," for amount in ("101.25", "101.26"))
    rows, problems = judged([*campaigns(), near])
    assert rows["fate"].isna().all()
    assert places(problems, "spend_at_two_levels") == [("s0", 4)]
    assert told_twice([*campaigns(), far]) == told_twice([*campaigns(), FEE]) == []


@pytest.mark.parametrize(
    "row",
    [
        f"{FEB},google,250,cpc,,,media,",
        f"{JAN},google,250,cpc,,,agency,",
        f"{JAN},bing,250,cpc,,,media,",
        f"{JAN},google,250,cpc,brand,,media,",
        f"{JAN},postcard,250,,,,media,",
        f"{JAN},google,0,cpc,,,media,",
    ],
)
def test_what_is_no_second_level_is_not_told(row):
    assert judged([*campaigns(), row])[1] == []
    assert judged(campaigns(), [row])[1] == []


def test_a_file_of_channels_alone_is_left_as_it_is():
    rows, problems = judged([TOTAL, TOTAL.replace(JAN, FEB), f"{JAN},bing,100.25,cpc,,,media,"])
    assert rows["fate"].isna().all()
    assert problems == []


def test_campaigns_of_the_same_amount_are_two():
    rows, problems = judged([f"{JAN},google,50,cpc,{name},,media," for name in ("spring", "knee")])
    assert rows["fate"].isna().all()
    assert problems == []


GOOGLE_ADS = (
    "Campaign report",
    '"January 1, 2026 - January 31, 2026"',
    "Campaign status,Campaign,Currency code,Cost,Impr.,Clicks",
    "Enabled,Spring knees,USD,60.10,900,30",
    "Enabled,Always on,USD,40.15,800,20",
    "Total: Account,,USD,100.25,1700,50",
)
SHEET = (TOTAL, f"{FEB},google,80.00,cpc,,,media,", f"{JAN},postcard,55.55,,,,print,")


@pytest.mark.parametrize(("report", "sheet"), [("a.csv", "b.csv"), ("b.csv", "a.csv")])
def test_a_sheet_beside_a_google_ads_report_balances_in_either_order(
    tmp_path, monkeypatch, report, sheet
):
    monkeypatch.setenv("PTANALYSIS_KEY_DIR", str(tmp_path / "keys"))
    clinic = Clinic(tmp_path)
    clinic.put("2026Q1/i.csv", INQUIRIES, inquiry(1, "2026-01-05 10:00"))
    clinic.put(f"2026Q1/{report}", *GOOGLE_ADS)
    clinic.put(f"2026Q1/{sheet}", SPEND, *SHEET)
    tables = clinic.run("2026Q1")
    # 60.10 + 40.15 of the report; 80.00 of February and 55.55 of postcards from the sheet.
    assert sorted(tables.spend["amount"]) == [40.15, 55.55, 60.10, 80.00]
    entry = by_file(tables, f"2026Q1/{sheet}")
    assert (entry["rows_in"], entry["used"], entry["excluded"]) == (3, 2, 1)
    assert entry["money"] == {
        "money_in": 235.8,
        "used": 135.55,
        "duplicates": 0,
        "rejected": 0,
        "excluded": 100.25,
    }
    told = [(p.code, p.file, p.row) for p in clinic.problems("2026Q1") if p.severity != "note"]
    assert told == [("total_of_rows", f"2026Q1/{sheet}", 2)]


def test_no_message_tells_a_cell():
    rows = [row.replace(",,media", ",Bright,media") for row in campaigns()]
    _, problems = judged([*rows, TOTAL, f"{JAN},google,101.01,cpc,,,media,"])
    assert {p.code for p in problems} == {"total_of_rows", "spend_at_two_levels"}
    told = " ".join(map(str, problems)).lower()
    assert not any(cell in told for cell in ("100.25", "101", "60.1", "spring", "knee", "bright"))


def test_the_steps_compile_for_spark():
    live = double_spend._live(typed([[*campaigns(), TOTAL]]))
    for step in (double_spend._sums, double_spend._beside_campaigns):
        assert "SELECT" in ibis.to_sql(step(live), dialect="pyspark")
