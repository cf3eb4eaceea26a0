"""The ledger balances, or says in which file it does not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptanalysis.intake.ledger import FATES, FileCount, FileIn, LedgerError, build


def count(fate, reason="", rows=1, cents=0, file="i.csv"):
    return FileCount(file=file, fate=fate, reason=reason, rows=rows, cents=cents)


def test_totals_by_hand():
    files = [
        FileIn(file="i.csv", kind="inquiries", rows=10),
        FileIn(file="s.csv", kind="spend", rows=2, cents=1001),
    ]
    ledger = build(
        files,
        [
            count("used", "lead", 3),
            count("used", "spam", 2),
            count("duplicates", "same_person", 1),
            count("rejected", "bad_time", 1),
            count("excluded", "after_as_of", 3),
            count("used", "", 1, 1000, "s.csv"),
            count("rejected", "negative_spend", 1, 1, "s.csv"),
        ],
    )
    names = ("rows_in", "leads", "duplicates", "rejected", "not_leads")
    assert {key: ledger[key] for key in names} == {
        "rows_in": 7,
        "leads": 3,
        "duplicates": 1,
        "rejected": 1,
        "not_leads": 2,
    }
    assert ledger["by_file"][1]["money"] == {
        "money_in": 10.01,
        "used": 10.0,
        "duplicates": 0.0,
        "rejected": 0.01,
        "excluded": 0.0,
    }


def test_a_lost_row_is_an_error_that_names_the_file():
    with pytest.raises(LedgerError, match=r"i\.csv"):
        build([FileIn(file="i.csv", kind="inquiries", rows=2)], [count("used", "lead")])


def test_a_lost_cent_is_an_error():
    files = [FileIn(file="s.csv", kind="spend", rows=1, cents=100)]
    with pytest.raises(LedgerError, match="money"):
        build(files, [count("used", "", 1, 99, "s.csv")])


@given(st.lists(st.tuples(st.sampled_from(FATES), st.integers(1, 50)), max_size=8))
def test_every_file_balances(parts):
    counts = [count(fate, f"r{place}", rows) for place, (fate, rows) in enumerate(parts)]
    rows = sum(rows for _, rows in parts)
    ledger = build([FileIn(file="i.csv", kind="inquiries", rows=rows)], counts)
    (entry,) = ledger["by_file"]
    assert entry["rows_in"] == sum(entry[fate] for fate in FATES) == sum(entry["reasons"].values())
