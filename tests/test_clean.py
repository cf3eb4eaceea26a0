"""Values made canonical: dates, money, contacts; checked against calendars and other libraries."""

from __future__ import annotations

import re
from datetime import datetime
from zoneinfo import ZoneInfo

import email_validator
import ibis
import numpy as np
import pandas as pd
import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ptanalysis.definitions import load_config
from ptanalysis.intake.clean import amounts as money
from ptanalysis.intake.clean import contact, dates, text_folding, time_zones
from ptanalysis.intake.clean.cleaning_report import order_problems
from ptanalysis.intake.read import load_formats

email_validator.SPECIAL_USE_DOMAIN_NAMES.clear()


def cells(*values):
    return ibis.memtable(pd.DataFrame({"x": pd.Series(values, dtype="str")}))


def times(*values, **options):
    found = dates.with_time(cells(*values), "x", **options).x.execute()
    return [None if pd.isna(value) else str(value) for value in found]


def amounts(*values, **options):
    found = money.with_money(cells(*values), "x", **options).x.execute()
    return [None if pd.isna(value) else str(value) for value in found]


def phones(*values, **options):
    found = contact.with_phone(cells(*values), "x", **options).x.execute()
    return [None if pd.isna(value) else value for value in found]


def emails(*values):
    found = contact.with_email(cells(*values), "x").x.execute()
    return [None if pd.isna(value) else value for value in found]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026-02-28", "2026-02-28 00:00:00"),
        ("2024-02-29", "2024-02-29 00:00:00"),
        ("3/4/2026 2:35 PM", "2026-03-04 14:35:00"),
        ("3/4/2026 12:05 am", "2026-03-04 00:05:00"),
        ("3/4/2026 12:05 pm", "2026-03-04 12:05:00"),
        ("Mar 4, 2026", "2026-03-04 00:00:00"),
        ("4 March 2026", "2026-03-04 00:00:00"),
        ("Wednesday, March 4, 2026 at 2:35 PM", "2026-03-04 14:35:00"),
        ("20260304", "2026-03-04 00:00:00"),
        ("2026-03-04T14:35:06", "2026-03-04 14:35:06"),
        ("\u00a02026-03-04 ", "2026-03-04 00:00:00"),
        # Excel's day 46000 of the 1900 system is 2025-12-09.
        ("46000.5", "2025-12-09 12:00:00"),
    ],
)
def test_a_date_is_read_in_each_declared_spelling(written, read):
    assert times(written) == [read]


@pytest.mark.parametrize(
    "written",
    [
        "2026-02-29",
        "2026-02-30",
        "0000-00-00",
        "3/4/26",
        "2026-13-01",
        "25/12/2026",
        "13:00",
        "3/4/2026 13:00 PM",
        "2026-01-01 24:00",
        "1893456000",
        "tomorrow",
        "2026-03-04-05:00",
        "1/1/1889",
        "n/a",
    ],
)
def test_what_is_no_date_is_missing(written):
    assert times(written) == [None]


def test_order_and_declared_patterns_decide():
    assert times("3/4/2026", order="day_first") == ["2026-04-03 00:00:00"]
    assert times("3/4/2026", patterns=("%d/%m/%Y",)) == ["2026-04-03 00:00:00"]
    # ISO 8601 and a workbook's date cells are read whatever a format lists; other spellings not.
    ours = ("2026-04-03", "2026-04-03 00:00:00", "20260403", "Apr 3, 2026")
    assert times(*ours, patterns=("%d/%m/%Y",)) == [*["2026-04-03 00:00:00"] * 3, None]


@pytest.mark.parametrize(
    ("written", "pattern"),
    [
        ("4/12/26", "%m/%d/%y"),
        ("12.4.26", "%d.%m.%y"),
        ("12-Apr-26", "%d-%b-%y"),
        ("April 12, 26", "%B %d, %y"),
    ],
)
def test_a_year_of_two_digits_is_read_where_a_format_declares_it(written, pattern):
    assert times(written) == [None]
    assert dates.short_year(cells(written).x).execute().tolist() == [True]
    assert times(written, f"{written} 9:14 PM", patterns=(pattern,)) == [
        "2026-04-12 00:00:00",
        "2026-04-12 21:14:00",
    ]
    # POSIX: 69 to 99 are of the last century, and before 1990 there is no data.
    assert times(written.replace("26", "99"), patterns=(pattern,)) == ["1999-04-12 00:00:00"]
    assert times(written.replace("26", "69"), patterns=(pattern,)) == [None]


def test_instants_become_the_clinics_local_time_before_the_quarter_is_taken():
    chicago = {"clinic_zone": "America/Chicago"}
    assert times("2026-04-01T04:30:00Z", **chicago) == ["2026-03-31 23:30:00"]
    assert times("2026-04-01T04:30:00+0000", **chicago) == ["2026-03-31 23:30:00"]
    assert times("2026-03-31 23:30", zone="UTC", **chicago) == ["2026-03-31 18:30:00"]
    # RFC 5322: EST is five hours behind UTC, PDT seven; Chicago in April is five behind.
    letters = ("4/2/2026 9:14 AM EST", "2026-04-02 09:14 PDT", "2026-04-02 9:14pm cdt")
    assert times(*letters, **chicago) == [
        f"2026-04-02 {at}:00" for at in ("09:14", "11:14", "21:14")
    ]
    # Without a zone, times stay as written, also in the hour that does not exist; days never move.
    assert times("2026-03-08 02:30", **chicago) == ["2026-03-08 02:30:00"]
    assert times("2026-04-01", zone="UTC", **chicago) == ["2026-04-01 00:00:00"]


@settings(max_examples=25, deadline=None)
@given(
    st.datetimes(datetime(2000, 1, 1), datetime(2049, 12, 31)),
    st.sampled_from(["America/New_York", "America/Phoenix", "Europe/Berlin", "Asia/Kolkata"]),
)
def test_zones_agree_with_zoneinfo(utc, zone):
    utc = utc.replace(microsecond=0)
    expected = utc.replace(tzinfo=ZoneInfo("UTC")).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    found = time_zones.local(ibis.timestamp(str(utc)), zone).execute()
    assert found.to_pydatetime() == expected


def test_local_times_of_another_zone_are_one_instant():
    wall = ibis.timestamp("2026-07-01 09:00:00")
    assert str(time_zones.instant(wall, "America/New_York").execute()) == "2026-07-01 13:00:00"


def test_money_by_the_declared_mark():
    assert amounts("1,234.50", "$5", "(12.00)", "-$5", "$-5", "USD 5", ".5", "12.5000") == [
        "1234.50",
        "5.00",
        "-12.00",
        "-5.00",
        "-5.00",
        "5.00",
        "0.50",
        "12.50",
    ]
    assert amounts("1.234,50", "1 234,56", decimal_mark=",") == ["1234.50", "1234.56"]


def test_what_is_no_amount_is_missing():
    bad = (
        "5k",
        "NaN",
        "inf",
        "--",
        "1.234,50",
        "12.345",
        "1.200",
        "1,23",
        "€5",
        "1e3",
        "1.2.3",
        "",
    )
    assert amounts(*bad) == [None] * len(bad)


@settings(max_examples=20, deadline=None)
@given(st.integers(-(10**9), 10**9))
def test_every_amount_written_to_the_cent_is_read_to_the_cent(cents):
    sign, size = ("-" if cents < 0 else ""), abs(cents)
    assert amounts(f"{sign}${size // 100:,}.{size % 100:02d}") == [
        f"{sign if cents else ''}{size // 100}.{size % 100:02d}"
    ]


_PHONES = [
    "(618) 555-0123",
    "618.555.0123",
    "+1 618 555 0123",
    "6185550123",
    "1-618-555-0123",
    "+44 20 7946 0958",
    "+49 30 901820",
    "618-555-0123 x22",
    "618 555 0123 ext. 5",
    "555-0123",
    "123",
    "",
    "+1 118 555 0123",
    "061855501",
]


def test_phones_agree_with_phonenumbers():
    def expected(value):
        try:
            number = phonenumbers.parse(value, "US")
        except phonenumbers.NumberParseException:
            return None
        if not phonenumbers.is_possible_number(number) or len(str(number.national_number)) < 8:
            return None
        if number.country_code == 1 and str(number.national_number)[0] in "01":
            return None
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)

    assert phones(*_PHONES) == [expected(value) for value in _PHONES]


def test_letters_are_no_number_and_regions_are_declared():
    assert phones("1-800-FLOWERS", "call me") == [None, None]
    assert phones("020 7946 0958", region="GB") == ["+442079460958"]


_EMAILS = [
    "Ana.Roy@Example.org",
    "ana+pt@mail.example.org",
    "a_b@x-y.com",
    "ana@example",
    "a b@example.org",
    "a..b@example.org",
    ".a@example.org",
    "a@-x.org",
    "a@x.org.",
    "@x.org",
    "a@b@c.org",
    "o'neil@example.org",
    "a@example.c",
]


def test_emails_agree_with_email_validator():
    def expected(value):
        try:
            return email_validator.validate_email(
                value, check_deliverability=False
            ).normalized.lower()
        except email_validator.EmailNotValidError:
            return None

    strict = [value for value in _EMAILS if value != "a@example.c"]
    assert emails(*strict) == [expected(value) for value in strict]
    assert emails("a@example.c") == [None]  # no top-level domain has one letter


def test_placeholders_are_no_contact():
    found = contact.usable_email(cells("noemail@x.org", "test@x.org", "none1@x.org", "ann@x.org").x)
    assert found.execute().isna().tolist() == [True, True, True, False]
    numbers = cells("+10000000000", "+15555555555", "+11234567890", "+16185550123").x
    assert contact.usable_phone(numbers).execute().isna().tolist() == [True, True, True, False]


def test_zips_and_names():
    zips = contact.zip_code(
        text_folding.folded(cells("2139", "02139", "02139-1234", "021391234", "123", "K1A 0B1").x)
    )
    assert [None if pd.isna(z) else z for z in zips.execute()] == [
        "02139",
        "02139",
        "02139",
        "02139",
        None,
        None,
    ]
    assert contact.name(cells(" O'Brien-Núñez ").x).execute().tolist() == ["obriennúñez"]
    assert contact.name(cells("None").x).execute().tolist() == ["none"]


def test_ways_to_write_nothing():
    assert text_folding.folded(
        cells("N/A", " -- ", "unknown", "?", "x").x
    ).execute().isna().tolist() == [
        True,
        True,
        True,
        True,
        False,
    ]


def judged(proof, *, patterns=(), of="", clinic="month_first"):
    """Return the refusals of a column of payments whose format declares its dates so."""
    format = next(each for each in load_formats() if each.name == "payments")
    columns = format.columns | {
        "paid_at": format.columns["paid_at"].model_copy(update={"dates": patterns})
    }
    format = format.model_copy(update={"columns": columns, "date_order": of})
    config = load_config(None).model_copy(update={"date_order": clinic})
    return order_problems(proof, "f.csv", kind="payments", format=format, config=config)


def test_dates_that_prove_the_order_are_refused_only_against_the_declared():
    proof = {"day_first_paid_at": 4, "month_first_paid_at": None, "zoned_paid_at": None}
    assert judged(proof, clinic="day_first") == []
    (problem,) = judged(proof)
    assert (problem.code, problem.row, problem.column) == ("other_date_order", 4, "paid_at")
    (mixed,) = judged({**proof, "month_first_paid_at": 9}, clinic="day_first")
    assert "row 4" in mixed.what
    assert "row 9" in mixed.what
    # A format's own declaration comes before the clinic's, and its patterns before both.
    assert judged(proof, of="day_first") == judged(proof, patterns=("%d.%m.%Y",)) == []
    for declared, advice in (
        ({}, 'date_order = "day_first" in clinic.toml'),
        ({"of": "month_first", "clinic": "day_first"}, 'date_order = "day_first" in the file'),
        ({"patterns": ("%m/%d/%y",), "clinic": "day_first"}, "as %d/%m/%Y, under dates"),
    ):
        assert advice in judged(proof, **declared)[0].fix


def test_every_parser_compiles_for_spark():
    table = cells("x")
    for parsed in (
        dates.with_time(table, "x", zone="UTC", clinic_zone="America/Chicago"),
        money.with_money(table, "x"),
        contact.with_phone(table, "x"),
        contact.with_email(table, "x"),
    ):
        sql = ibis.to_sql(parsed, dialect="pyspark")
        assert "SELECT" in sql
        assert "\\1" not in sql


#: ESC, BEL, the marks that turn the direction of writing, a line separator, a soft control (C1).
UNSEEN = [
    "\x1b",
    "\x07",
    "\u200e",
    "\u202a",
    "\u202e",
    "\u2066",
    "\u2069",
    "\u061c",
    "\u2028",
    "\x85",
]


@pytest.mark.parametrize("sign", UNSEEN)
@pytest.mark.parametrize("clean", [text_folding.squeezed, text_folding.folded, text_folding.token])
def test_ids_and_labels_hold_nothing_unseen(sign, clean):
    found = clean(cells(f"{sign}INQ-1{sign}{sign}", f"spring{sign}sale").x).execute().tolist()
    assert [each.lower().replace("_", "-") for each in found[:1]] == ["inq-1"]
    assert found[1] in ("spring sale", "spring_sale")


def test_letters_that_need_a_joiner_keep_it():
    persian = "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"
    assert text_folding.squeezed(cells(persian).x).execute().tolist() == [persian]


def test_a_name_is_no_longer_than_a_name():
    found = contact.name(cells("Ann-Marie", "\u00c9" * 20_000).x).execute().tolist()
    assert found == ["annmarie", "\u00e9" * 100]


def test_the_short_way_through_a_parser_gives_what_the_long_way_does():
    """Cells in ISO 8601, bare addresses and tidy texts skip most of the work."""
    rng = np.random.default_rng(8)
    digits = rng.integers([1985, 0, 0, 0, 0], [2102, 15, 34, 27, 64], (400, 5))
    iso = [f"{y:04}-{m:02}-{d:02} {h:02}:{n:02}" for y, m, d, h, n in digits]
    # The "T" of the standard is read by the patterns, the space by the database.
    assert times(*iso) == times(*(text.replace(" ", "T") for text in iso))
    days = [text[:10] for text in iso]
    assert times(*days) == times(*(day.replace("-", "/") for day in days))
    pieces = ["a", "b.c", "7", "-", "é", "..", "_"]
    parts = [["".join(rng.choice(pieces, rng.integers(1, 4))) for _ in range(400)] for _ in "ab"]
    bare = [f"{one}@{other}.org" for one, other in zip(*parts, strict=True)]
    address, among = (
        contact.with_email(cells(*texts), "x").x.execute()
        for texts in (bare, [f"<{text}>" for text in bare])
    )
    assert 50 < address.notna().sum() < 350
    assert address.equals(among)
    spaces = [" ", "\u00a0", "\t", "\u200b", "", "x", "é", "\x1b"]
    texts = ["".join(rng.choice(spaces, 6)) for _ in range(400)]
    tidy = [" ".join(re.split("[ \u00a0\t\u200b\x1b]+", text)).strip() for text in texts]
    assert text_folding.squeezed(cells(*texts).x).execute().tolist() == tidy
