"""Amounts as platforms and warehouses write them: fractions of a cent, credits, currencies."""

from __future__ import annotations

import pytest

from tests.test_days import Folder
from tests.test_intake import PAYMENTS, SPEND

DAY = "2026-01-{0:02d},2026-01-{0:02d}"
GOOGLE = ('"January 1, 2026 - January 31, 2026"', "Campaign,Cost,Impr.,Clicks")


def spent(*amounts):
    return [
        f"{DAY.format(n % 28 + 1)},google,{amount},cpc,c{n},,media,"
        for n, amount in enumerate(amounts)
    ]


def cents(folder, file):
    """Return the amounts of a file's usable rows, and what is told of it."""
    table = folder.rows.tables["spend"].execute().sort_values("row")
    place = [source.file for source in folder.rows.files].index(file)
    table = table[(table["file"] == place) & table["fate"].isna()]
    told = [(p.code, p.severity, p.row) for p in folder.told(file)]
    return [str(amount) for amount in table["amount"]], told


@pytest.fixture(scope="module")
def read(tmp_path_factory):
    """Return a folder of spend files, read once."""
    folder = Folder(tmp_path_factory.mktemp("amounts"))
    floats = ("1.234999948", "1.234999948", "12.345", "1005.5", "7")
    folder.put("floats.csv", SPEND, *spent(*floats))
    folder.put("google.csv", *GOOGLE, "Knee,100.004999,1,1", "Back,-20.0049,1,1", "Hip,3,1,1")
    commas = ("Knee,'1.234,50',1,1", "Back,'20,00',1,1", "Hip,3,1,1", "Total: Account,'1.257,50',,")
    folder.put("commas.csv", *GOOGLE, *(each.replace("'", '"') for each in commas))
    folder.put("marks.csv", *GOOGLE, 'Knee,"0,50",1,1', *["Back,250.50,1,1"] * 15)
    # Three digits after the mark are thousands in half of the world: nothing else shows the mark.
    folder.put("thousands.csv", SPEND, *spent("1.234", "12.345"))
    # 22 cells of two months, of which one is not known and one is no amount.
    months = (f"Radio {n},10,10" for n in range(10))
    folder.put("across.csv", "Channel,Jan 2026,Feb 2026", *months, "TV,-,TBD")
    folder.put("three.csv", SPEND, *spent("1.200", *["10"] * 19))
    folder.put("paid.csv", PAYMENTS, "1,2026-01-05,10,payment,", "Total,,10,,")
    tenth = ["10"] * 9
    folder.put("tenth.csv", SPEND, *spent(*tenth, "5k"))
    folder.put("more.csv", SPEND, *spent(*tenth[:-1], "5k"))
    # One row of twenty, with 1,000 of 1,190.
    folder.put("money.csv", SPEND, *spent(*["10"] * 19, "-1000"))
    folder.put("ragged.csv", SPEND, *spent(*["10"] * 4), "2026-01-05,2026-01-05,google,10")
    return folder.read()


def test_fractions_of_a_cent_are_rounded_and_the_sum_kept(read):
    # 1.234999948 + 1.234999948 + 12.345 + 1,005.50 + 7 = 1,027.314999896, 1,027.31 in cents.
    amounts, told = cents(read, "floats.csv")
    assert amounts == ["1.23", "1.24", "12.34", "1005.50", "7.00"]
    assert sum(round(100 * float(each)) for each in amounts) == 102731
    assert told == [("fractions_rounded", "note", 2)]
    assert cents(read, "thousands.csv")[0] == []


def test_a_platform_s_negative_cost_is_a_credit(read):
    # 100.004999 - 20.0049 + 3 = 83.000099.
    amounts, told = cents(read, "google.csv")
    assert amounts == ["100.00", "-20.00", "3.00"]
    assert told == [("fractions_rounded", "note", 3), ("platform_credit", "note", 4)]


def test_a_platform_s_decimal_commas_are_read_where_nothing_else_fits(read):
    amounts, told = cents(read, "commas.csv")
    assert amounts == ["1234.50", "20.00", "3.00"]
    assert told == [("decimal_comma", "note", None)]
    amounts, told = cents(read, "marks.csv")
    assert amounts == ["250.50"] * 15
    assert ("bad_money", "rejected", 3) in told


def test_an_amount_that_is_not_known_or_may_be_thousands_is_said(read):
    amounts, told = cents(read, "across.csv")
    assert amounts == ["10.00"] * 20
    assert [each for each in told if each[1] != "note"] == [("missing", "rejected", 12)]
    assert cents(read, "three.csv") == (["10.00"] * 19, [("bad_money", "rejected", 2)])


def test_the_total_under_a_list_of_payments_is_no_payment(read):
    (paid,) = (source for source in read.rows.files if source.file == "paid.csv")
    assert (paid.rows_in, paid.excluded) == (2, {"total_row": 1})
    assert read.told("paid.csv") == []


def test_a_spend_file_that_loses_more_than_a_tenth_is_refused(read):
    assert cents(read, "tenth.csv") == (["10.00"] * 9, [("bad_money", "rejected", 11)])
    for name, first in (("more", 10), ("money", 21), ("ragged", None), ("thousands", 2)):
        amounts, told = cents(read, f"{name}.csv")
        assert amounts == [], name
        assert told[-1] == ("spend_incomplete", "refused", first), name
    what = read.told("money.csv")[-1].what
    assert "5% of the rows, with 84% of the money" in what


@pytest.mark.parametrize(
    ("currency", "others"),
    [
        ("USD", ("R$ 10", "A$10", "£10", "10 €", "MX$10.00", "CA$ 10", "$10 CAD", "10 CHF", "¥10")),
        ("CAD", ("US$10", "10 USD", "R$ 10")),
        ("EUR", ("$10", "£ 10")),
    ],
)
def test_another_currency_is_named_as_such(tmp_path, currency, others):
    folder = Folder(tmp_path)
    folder.put("clinic.toml", f'currency = "{currency}"')
    own = {"USD": ("$10", "US$10", "10 usd"), "CAD": ("C$10", "$10 CAD", "CA$10"), "EUR": ("€10",)}
    folder.put("own.csv", SPEND, *spent(*own[currency]))
    for number, amount in enumerate(others):
        folder.put(f"{number}.csv", SPEND, *spent("10", amount))
    folder.put("paid.csv", PAYMENTS, f"1,2026-01-05,{others[0]},payment,")
    folder.read()
    assert cents(folder, "own.csv") == (["10.00"] * len(own[currency]), [])
    for number, amount in enumerate(others):
        assert cents(folder, f"{number}.csv") == ([], [("other_currency", "refused", 3)]), amount
    assert [(p.code, p.row) for p in folder.told("paid.csv")] == [("other_currency", 2)]
