"""Workbooks, by the entries of the bad-input catalogue about them (9 to 11, 34, 62, 63)."""

from __future__ import annotations

import datetime
import io
import zipfile

import ibis
import openpyxl
import pytest

from ptanalysis.definitions import load_config
from ptanalysis.intake import read as reader

HEADER = ["inquiry_id", "received_at", "source", "zip"]
CONFIG = load_config(None)


@pytest.fixture(scope="module")
def connection():
    return ibis.duckdb.connect()


@pytest.fixture
def read(tmp_path, connection):
    def _read(content: bytes, name: str = "export.xlsx"):
        path = tmp_path / name
        path.write_bytes(content)
        return reader.read_file(path, clinic_folder=tmp_path, config=CONFIG, connection=connection)

    return _read


def workbook(*rows: list, mend=None, header=HEADER) -> bytes:
    book = openpyxl.Workbook()
    for row in (header, *rows):
        book.active.append(row)
    if mend:
        mend(book)
    return saved(book)


def saved(book: openpyxl.Workbook) -> bytes:
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def records(source, *columns: str) -> list[tuple]:
    table = source.tables[source.kind].execute().sort_values(["row", columns[-1]])
    return list(table[list(columns)].itertuples(index=False, name=None))


def warned(source) -> list[tuple]:
    return [(p.code, p.row) for p in source.problems if p.severity != "note"]


DAY = datetime.date(2026, 1, 5)


@pytest.mark.parametrize("name", ["export.xlsx", "export.csv"])
def test_values_become_the_text_shown(read, name):
    """Entry 9: read by its first bytes; text stays text, a number is not made a date."""
    content = workbook(
        ["007", datetime.datetime(2026, 1, 5, 14, 30), "Web", "02139"],
        [238, DAY, True, 2139],
        [9, 46027, 0.1 + 0.2, 6175551212],
    )
    source = read(content, name)
    assert records(source, "inquiry_id", "received_at", "source", "zip") == [
        ("007", "2026-01-05 14:30:00", "Web", "02139"),
        ("238", "2026-01-05", "TRUE", "2139"),
        ("9", "46027", "0.3", "6175551212"),
    ]
    assert source.problems == ()
    assert source.tables["inquiries"].row.execute().tolist() == [2, 3, 4]


def test_dates_of_the_1904_system_are_the_same_days(read):
    """Entry 34."""

    def mac(book):
        book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904

    assert records(read(workbook(["1", DAY, "Web", ""], mend=mac)), "received_at") == [
        ("2026-01-05",)
    ]


def test_text_in_a_csv_named_xlsx_is_read_as_text(read):
    """Entry 9."""
    source = read(b"inquiry_id,received_at,source\n1,2026-01-05,Web\n")
    assert source.rows_in == 1


def test_long_numbers_have_lost_their_digits(read):
    """Entry 51."""
    source = read(workbook(["1", DAY, "Web", ""], [238512345678901234, DAY, "Web", ""]))
    assert warned(source) == [("shortened_id", 3)]
    assert source.tables == {}


def test_formulas_without_result_and_errors_are_rejected_by_row(read):
    """Entry 62; in a column nobody maps they do not matter."""

    def spoil(book):
        sheet = book.active
        sheet["C3"] = "=A1&B1"
        sheet["B4"], sheet["B4"].data_type = "#REF!", "e"
        sheet["E2"] = "=1+1"

    rows = [[str(n), DAY, "Web", "", ""] for n in range(1, 5)]
    source = read(workbook(*rows, mend=spoil, header=[*HEADER, "other"]))
    assert warned(source) == [("formula_without_value", 3), ("error_cell", 4)]
    assert records(source, "inquiry_id") == [("1",), ("4",)]
    assert source.rows_in == 4


def test_blank_and_long_rows(read):
    rows = [["1", DAY, "Web", ""], [None] * 4, ["2", DAY, "Web", "", "extra"]]
    source = read(workbook(*rows))
    assert source.excluded == {"blank_row": 1}
    assert warned(source) == [("ragged_row", 4)]


def test_merged_cells_among_the_data_are_refused(read):
    """Entry 62: only the first of them holds the value."""
    rows = [[str(n), DAY, "Web", ""] for n in range(3)]
    merged = workbook(*rows, mend=lambda book: book.active.merge_cells("C3:C4"))
    assert warned(read(merged)) == [("merged_cells", 3)]


def test_hidden_sheets_are_left_and_hidden_rows_read(read):
    """Entry 62."""

    def hide(book):
        book.active.row_dimensions[2].hidden = True
        other = book.create_sheet("Canary Qwvane")
        other.sheet_state = "hidden"
        other.append(HEADER)

    source = read(workbook(["1", DAY, "Web", ""], mend=hide))
    assert records(source, "inquiry_id") == [("1",)]
    assert warned(source) == [("hidden_sheets", None), ("hidden_rows", None)]
    assert "Canary" not in str(source.problems)


def test_the_sheet_with_a_known_header_is_read(read):
    def more(book):
        book.create_sheet("about", 0).append(["Exported by the front desk"])

    source = read(workbook(["1", DAY, "Web", ""], mend=more))
    assert source.rows_in == 1
    assert [(p.code, p.severity) for p in source.problems] == [("other_sheets", "note")]


def test_every_sheet_with_a_known_header_is_read_and_another_near_one_is_told(tmp_path):
    """Entry 16."""

    def stack(book):
        for name, *rows in (
            ("more", HEADER, ["2", DAY, "Web", ""]),
            ("spend 2026", ["Channel", "Jan", "Feb"], ["Google Ads", 100, 250.5]),
            ("paid", ["inquiry_id", "paid_at", "what"], ["1", DAY, "x"]),
        ):
            sheet = book.create_sheet(name)
            for row in rows:
                sheet.append(row)
        book["spend 2026"].insert_rows(1)
        book["spend 2026"]["A1"] = "Spend of 2026"

    path = tmp_path / "book.xlsx"
    path.write_bytes(workbook(["1", DAY, "Web", ""], mend=stack))
    found = reader.read_tables(
        path, clinic_folder=tmp_path, config=CONFIG, connection=ibis.duckdb.connect()
    )
    assert [each.file for each in found] == [f"book.xlsx, sheet {n}" for n in (1, 2, 3)]
    assert [each.kind for each in found] == ["inquiries", "inquiries", "spend"]
    assert records(found[2], "source", "period_start", "period_end", "amount") == [
        ("Google Ads", "2026-01-01", "2026-01-31", "100"),
        ("Google Ads", "2026-02-01", "2026-02-28", "250.5"),
    ]
    assert (found[2].rows_in, found[2].rejected) == (2, 0)
    told = [(p.code, p.severity) for each in found for p in each.problems if "sheets" in p.code]
    assert told == [("other_sheets", "warning")]


def test_two_tables_on_one_sheet_are_refused(read):
    """Entry 16."""
    below = workbook(["1", DAY, "Web", ""], [], ["inquiry_id", "paid_at", "amount", ""])
    assert warned(read(below)) == [("two_tables", 4)]


def repacked(content: bytes, change) -> bytes:
    """The package with parts changed: change(name, data) gives the new data."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
    return buffer.getvalue()


def test_xml_entities_are_refused(read):
    """Entry 63."""
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'

    def declare(name, data):
        return bomb + data if name.endswith("sheet1.xml") else data

    source = read(repacked(workbook(["1", DAY, "Web", ""]), declare))
    assert warned(source) == [("xml_entity", None)]


def test_a_zip_bomb_is_refused_before_it_is_unpacked(read):
    """Entry 11."""

    def blow_up(name, data):
        return data + b" " * (1 << 27) if name.endswith("styles.xml") else data

    source = read(repacked(workbook(["1", DAY, "Web", ""]), blow_up))
    assert warned(source) == [("zip_bomb", None)]


def test_macros_are_not_run_and_links_not_followed(read):
    """Entry 62."""
    buffer = io.BytesIO(workbook(["1", DAY, "Web", ""]))
    with zipfile.ZipFile(buffer, "a") as package:
        package.writestr("xl/vbaProject.bin", b"macro")
        package.writestr("xl/externalLinks/externalLink1.xml", b"<externalLink/>")
    source = read(buffer.getvalue(), "export.xlsm")
    assert records(source, "inquiry_id") == [("1",)]
    assert warned(source) == [("macros", None), ("external_links", None)]


CONTAINER = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 100


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (workbook(["1", DAY, "Web", ""])[:-400], "damaged"),
        (workbook(["1", DAY, "Web", ""])[:900], "damaged"),
        (CONTAINER + "EncryptedPackage".encode("utf-16-le"), "password"),
        (CONTAINER, "old_workbook"),
    ],
    ids=["cut at the end", "cut in the middle", "password", "old"],
)
def test_workbooks_that_cannot_be_read(read, content, code):
    """Entries 9, 10, 62."""
    assert warned(read(content)) == [(code, None)]


def test_a_zip_archive_of_exports_is_refused(read):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        package.writestr("inquiries.csv", "inquiry_id,received_at,source\n")
    assert warned(read(buffer.getvalue(), "export.csv")) == [("archive", None)]


def test_a_report_with_preamble_totals_and_footer_in_a_workbook(read):
    """Google Ads and a Salesforce report, saved as workbooks."""
    book = openpyxl.Workbook()
    for row in (
        ["Campaign report"],
        ["September 1, 2026 - September 30, 2026"],
        ["Campaign status", "Campaign", "Impr.", "Cost"],
        ["Enabled", "Brand", 1000, 33.5],
        ["Total: Account", None, 1000, 33.5],
    ):
        book.active.append(row)
    spend = read(saved(book))
    table = spend.tables["spend"].execute()
    assert (table.period_start[0], table.amount[0]) == ("September 1, 2026", "33.5")
    assert spend.excluded == {"total_row": 1}
    book = openpyxl.Workbook()
    for row in (
        ["Lead ID", "Last Name", "Lead Status", "Create Date"],
        ["00Q5g00000AbCdE", "Alder", "Open", "1/5/2026"],
        ["Grand Totals (1 records)"],
        ["Confidential Information - Do Not Distribute"],
    ):
        book.active.append(row)
    leads = read(saved(book))
    assert leads.excluded == {"footer": 2}
    assert (leads.rows_in, leads.rejected) == (3, 0)
