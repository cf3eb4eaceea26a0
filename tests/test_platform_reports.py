"""Reports of ad platforms: totals in any column, reports below the campaign, weeks and months."""

from __future__ import annotations

import pytest

from tests.test_days import Folder
from tests.test_intake import SPEND

RANGE = '"April 1, 2026 - June 30, 2026"'


@pytest.fixture(scope="module")
def read(tmp_path_factory):
    """Return files of spend, each read alone: two levels of one report are the same money."""
    folders = {}

    def put(file, *lines):
        folders[file] = Folder(tmp_path_factory.mktemp("platforms"))
        folders[file].put(file, *lines)

    report = "{0} status,{0},Campaign,Currency code,Clicks,Impr.,Cost"
    for name, level in (("groups", "Ad group"), ("words", "Keyword")):
        lines = [
            f"Enabled,{level[0]}{n},Total Knee {name},USD,10,100,{cost}"
            for n, cost in ((1, 300), (2, 200))
        ]
        totals = f"Total: {level}s, --, --,USD,20,200,500", "Total: Account,,,USD,40,400,900"
        put(f"{name}.csv", RANGE, report.format(level), *lines, *totals)
    # No account's total, and one that agrees.
    put("alone.csv", RANGE, report.format("Ad group"), lines[0].replace("words", "x"))
    agrees = "Enabled,,Grand total,USD,10,100,300"
    whole = lines[0].replace("words", "y")
    put("whole.csv", RANGE, report.format("Ad group"), whole, agrees)
    head = "Campaign,{},Currency code,Clicks,Impr.,Cost"
    for name, unit, starts in (
        ("month", "Month", ("2026-04-01", "2026-05-01", "2026-06-01")),
        ("words_month", "Month", ("April 2026", "May 2026", "Jun 2026")),
        ("week", "Week", ("2026-03-30", "2026-04-06", "2026-06-29")),
        ("quarter", "Quarter", ("2026-04-01",)),
    ):
        rows = [
            f"Knee {name},{day},USD,1,1,{cost}"
            for day, cost in zip(starts, (300, 0, 450), strict=False)
        ]
        put(f"{name}.csv", "Campaign report", RANGE, head.format(unit), *rows)
    meta = "Reporting starts,Reporting ends,Month,Campaign name,Amount spent (USD),Impressions"
    own = "2026-04-01,2026-06-30,2026-0{0}-01 - 2026-0{0}-{1},Knee,{2},9"
    put("meta.csv", meta, own.format(4, 30, 70), own.format(5, 31, 80))
    put(
        "sheet.csv",
        SPEND,
        "2026-04-01,2026-04-30,radio,70,,,,media,",
        "Subtotal,,,70,,,,,",
        "2026-05-01,2026-05-31,radio,30,,Total knee,,media,",
        "Grand Total:,,,100,,,,,",
    )
    return {file: folder.read() for file, folder in folders.items()}


def spend(read, name):
    """Return first day, last day and amount of a file's rows."""
    table = read[f"{name}.csv"].rows.tables["spend"].execute().sort_values("row")
    rows = table[table["fate"].isna()]
    return [
        (f"{start:%m-%d}", f"{end:%m-%d}", float(amount))
        for start, end, amount in rows[["period_start", "period_end", "amount"]].itertuples(
            index=False
        )
    ]


def warned(read, name):
    file = f"{name}.csv"
    return [problem for problem in read[file].told(file) if problem.severity != "note"]


@pytest.mark.parametrize(("name", "level"), [("groups", "ad group"), ("words", "keyword")])
def test_totals_in_any_column_are_no_spend_and_say_what_a_finer_report_lacks(read, name, level):
    assert [amount for _, _, amount in spend(read, name)] == [300, 200]
    (problem,) = warned(read, name)
    # Of the account's 900, 500 have ad groups or keywords.
    assert (problem.code, problem.row, problem.severity) == ("below_campaign", 6, "warning")
    assert f"by {level} has no rows of Performance Max" in problem.what
    assert "400.00 USD of the account is not in it" in problem.what
    assert "campaign report" in problem.fix


def test_without_the_account_s_total_it_may_lack_some_and_with_an_equal_one_it_does_not(read):
    assert [p.code for p in warned(read, "alone")] == ["below_campaign"]
    assert warned(read, "whole") == []
    assert len(spend(read, "alone")) == len(spend(read, "whole")) == 1


def test_a_sheet_s_totals_may_stand_in_any_column_and_total_knee_is_none(read):
    assert spend(read, "sheet") == [("04-01", "04-30", 70), ("05-01", "05-31", 30)]
    assert warned(read, "sheet") == []


def test_weeks_months_and_quarters_are_the_periods_of_their_rows(read):
    months = [("04-01", "04-30", 300), ("05-01", "05-31", 0), ("06-01", "06-30", 450)]
    assert spend(read, "month") == spend(read, "words_month") == months
    # Weeks that begin or end outside of the report are cut to its days.
    assert spend(read, "week") == [
        ("04-01", "04-05", 300),
        ("04-06", "04-12", 0),
        ("06-29", "06-30", 450),
    ]
    assert spend(read, "quarter") == [("04-01", "06-30", 300)]
    assert spend(read, "meta") == [("04-01", "04-30", 70), ("05-01", "05-31", 80)]
