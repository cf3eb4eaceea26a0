"""Two exports of one ad platform that share days: the newer replaces the older, or both count."""

from __future__ import annotations

from itertools import pairwise

import ibis
import pandas as pd
import pytest

from ptanalysis.intake import overlapping_exports
from ptanalysis.intake.read import SourceFile, load_formats
from tests.test_intake import INQUIRIES, Clinic, by_file, inquiry

FORMATS = {format.name: format for format in load_formats()}


def day(number: int) -> str:
    """Return a day of 2026 by its number, 0 for January 1."""
    return str(pd.Timestamp("2026-01-01") + pd.Timedelta(days=number))[:10]


def daily(first, last, *, name="Brand", account=None, cents=lambda n: 5000 + 7 * n):
    """Return a row for each day of a range, of an amount of its own."""
    return [(day(n), day(n), name, account, cents(n)) for n in range(first, last)]


def judged(*files, ages=(), format="google_ads"):
    """Return the cents of each export that count, and what is said."""
    rows = [
        (place, (ages or [1] * len(files))[place], row, *cells)
        for place, file in enumerate(files)
        for row, cells in enumerate(file, 4)
    ]
    names = ["file", "age", "row", "period_start", "period_end", "campaign", "account", "cents"]
    frame = pd.DataFrame(rows, columns=names).astype({"campaign": "str", "account": "str"})
    frame = frame.assign(fate=pd.array([None] * len(frame), dtype="str"))
    for name in ("period_start", "period_end"):
        frame[name] = pd.to_datetime(frame[name])
    table = ibis.memtable(frame)
    table = table.mutate(amount=(table.cents / 100).cast("decimal(18, 2)"))
    sources = [SourceFile(file=f"{n}.csv", format=FORMATS[format]) for n in range(len(files))]
    spend, problems = overlapping_exports.marked(table, sources)
    marked = spend.execute()
    assert set(marked["fate"].dropna()) <= {"duplicates:exported_again"}
    live = marked[marked["fate"].isna()]
    cents = live.groupby("file")["cents"].sum().reindex(range(len(files)), fill_value=0)
    return [int(n) for n in cents], [(p.file, p.what) for p in problems]


def total(rows) -> int:
    return sum(row[-1] for row in rows)


# January 1 to March 31 is days 0 to 89, February 1 to June 30 is days 31 to 180.
FIRST, SECOND = daily(0, 90), daily(31, 181)


@pytest.mark.parametrize("name", ["Brand", "Brand 2026 (new)"])
def test_the_newer_replaces_the_older_in_the_days_both_hold_whatever_the_names(name):
    newer = daily(31, 181, name=name)
    kept, said = judged(FIRST, newer)
    assert kept == [total(FIRST[:31]), total(newer)]
    # Days 31 to 89: 59 days of 50.00 and 7 cents a day more, 0.07 * (31 + ... + 89) = 247.80.
    ((file, what),) = said
    assert file == "1.csv"
    assert "3,197.80 USD from 2026-02-01 to 2026-03-31" in what
    assert "0.csv holds 3,197.80 USD; 59 of 59 days cost the same" in what
    # The one that reaches further is the newer, wherever it stands; a later quarter's is, too.
    assert judged(newer, FIRST)[0] == [total(newer), total(FIRST[:31])]
    assert judged(newer, FIRST, ages=(1, 2))[0] == [total(daily(90, 181)), total(FIRST)]


def test_a_day_that_the_platform_corrected_counts_as_corrected():
    newer = [(*row[:-1], row[-1] - 13 * (row[0] == day(40))) for row in SECOND]
    kept, ((_, what),) = judged(FIRST, [(a, b, "x", d, e) for a, b, _, d, e in newer])
    assert kept == [total(FIRST[:31]), total(newer)]
    assert "58 of 59 days" in what
    # Every day by a cent, under the same name: the same account, too.
    newer = daily(31, 181, cents=lambda n: 5001 + 7 * n)
    assert judged(FIRST, newer)[0] == [total(FIRST[:31]), total(newer)]


def test_other_totals_both_count_and_are_told():
    other = daily(31, 181, name="Clinic two", cents=lambda n: 3000 + 11 * n)
    kept, ((file, what),) = judged(FIRST, other)
    assert kept == [total(FIRST), total(other)]
    assert file == "1.csv"
    assert "both count" in what
    assert "0 of 59 days" in what


def test_accounts_that_are_named_are_never_merged():
    one, two = (daily(0, 60, account=name) for name in ("Downtown", "Uptown"))
    assert judged(one, two) == ([total(one), total(two)], [])
    # An export of both accounts replaces that of one, in its own rows.
    both = [
        *daily(0, 90, account="downtown", name="New"),
        *daily(0, 90, account="Uptown", name="U"),
    ]
    kept, said = judged(one, both)
    assert kept == [0, total(both)]
    assert len(said) == 1
    # A number in one export and a name in the other tell nothing.
    assert judged(daily(0, 60, account="123-456-7890"), two)[0] == [0, total(two)]


def test_equal_daily_budgets_of_two_names_prove_nothing():
    capped = {"cents": lambda n: 5000 if n % 7 < 5 else 3000}
    one, two = daily(0, 60, name="Downtown", **capped), daily(0, 90, name="Uptown", **capped)
    kept, ((_, what),) = judged(one, two)
    assert kept == [total(one), total(two)]
    assert "two accounts with equal budgets; both count" in what
    # Under one name, or in two campaigns of the same amounts each day, they are the same money.
    assert judged(one, daily(0, 90, name="downtown", **capped))[0][0] == 0
    parts = [*one, *daily(0, 60, name="a", cents=lambda n: 100)]
    again = [*two, *daily(0, 90, name="b", cents=lambda n: 100)]
    assert judged(parts, again)[0] == [0, total(again)]


def test_of_months_and_days_that_agree_the_days_count_wherever_they_are():
    ends = [0, 31, 59, 90]
    months = [(day(a), day(b - 1), "All", None, total(FIRST[a:b])) for a, b in pairwise(ends)]
    assert judged(months, FIRST)[0] == judged(FIRST[:90], months)[0][::-1] == [0, total(FIRST)]
    # A newer month that was corrected counts, and so do the days outside of it.
    months[1] = (*months[1][:-1], months[1][-1] - 100)
    assert judged(FIRST, months, ages=(1, 2))[0] == [0, total(months)]


def test_weeks_that_one_export_cuts_count_from_the_one_that_holds_them_whole():
    weeks = [(day(n), day(n + 6), "W", None, 7000 + n) for n in range(0, 70, 7)]
    older = [*weeks[:5], (day(35), day(37), "W", None, 3000)]
    newer = [(day(10), day(13), "W", None, 4000), *weeks[2:]]
    # Week 2 is whole in the older export alone, week 6 in the newer alone.
    assert judged(older, newer)[0] == [7000 + 7007, total(weeks[2:])]


def test_ranges_that_cannot_be_compared_both_count_and_are_told():
    older, newer = [(day(0), day(89), "B", None, 900)], [(day(31), day(180), "B", None, 1500)]
    kept, ((_, what),) = judged(older, newer)
    assert kept == [900, 1500]
    assert "0 of 1 periods" in what
    # The same range again is the same money.
    assert judged(older, [(day(0), day(89), "New", None, 900)])[0] == [0, 900]


def test_an_export_of_some_campaigns_beside_one_of_all():
    newer = [*SECOND, *daily(31, 181, name="Display")]
    assert judged(FIRST, newer)[0] == [total(FIRST[:31]), total(newer)]


def test_three_exports_count_each_day_once():
    files = daily(0, 60), daily(31, 120, name="b"), daily(90, 181, name="c")
    kept, said = judged(*files)
    assert sum(kept) == total(daily(0, 181))
    assert len(said) == 2
    # Three that share days.
    kept, said = judged(daily(0, 90), daily(31, 120, name="b"), daily(59, 181, name="c"))
    assert sum(kept) == total(daily(0, 181))
    assert len(said) == 3


META = "Reporting starts,Reporting ends,Campaign name,Amount spent (USD),Impressions"


def test_the_ledger_holds_every_cent_over_the_quarters(tmp_path, monkeypatch):
    monkeypatch.setenv("PTANALYSIS_KEY_DIR", str(tmp_path / "keys"))
    clinic = Clinic(tmp_path)
    clinic.put("2026Q1/i.csv", INQUIRIES, inquiry(1, "2026-01-05 10:00"))
    for quarter, file in (("2026Q1", FIRST), ("2026Q2", daily(31, 181, name="Spring"))):
        rows = [f"{a},{b},{name},{cents / 100:.2f},9" for a, b, name, _, cents in file]
        clinic.put(f"{quarter}/meta.csv", META, *rows)
    tables = clinic.run("2026Q2")
    # Days 0 to 30 of the first: 31 * 50 + 0.07 * 465 = 1,582.55. All of the second: 150 days of
    # 50.00, and 0.07 * (31 + ... + 180) = 0.07 * 15,825 = 1,107.75.
    assert tables.spend["amount"].sum() == pytest.approx(1582.55 + 7500 + 1107.75)
    entry = by_file(tables, "2026Q1/meta.csv")
    assert (entry["used"], entry["duplicates"], entry["rejected"]) == (31, 59, 0)
    assert entry["money"]["used"] == 1582.55
    assert entry["money"]["duplicates"] == 3197.80
    assert by_file(tables, "2026Q2/meta.csv")["money"]["used"] == 8607.75
    told = [p for p in clinic.problems("2026Q2") if p.severity == "warning"]
    assert [(p.code, p.file, p.count) for p in told if "unknown" not in p.code] == [
        ("overlapping_exports", "2026Q2/meta.csv", 59)
    ]
