"""A file that cannot be read costs itself: damage, cells far away, and ways of being slow."""

from __future__ import annotations

import errno
import io
import re
import time
import zipfile

import duckdb
import ibis
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ptanalysis import intake
from ptanalysis.definitions import load_config
from ptanalysis.intake import people
from ptanalysis.intake.read import RefusedFileError, csv_grammar, read_file
from ptanalysis.intake.read.new_format import likely_header
from ptanalysis.intake.read.refused_file import refusing

HEADER = ("inquiry_id", "received_at", "source", "zip")
SPACE = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
GOOD = "inquiry_id,received_at,source,email\n7,2026-04-02,google,a@example.org\n"


def package(change=lambda name, data: data, sheets: int = 1) -> bytes:
    """Return a workbook of these sheets, its parts changed: change(name, data) gives the data."""
    book = openpyxl.Workbook()
    for number in range(1, sheets):
        book.create_sheet(f"more {number}")
    old, new = io.BytesIO(), io.BytesIO()
    book.save(old)
    with zipfile.ZipFile(old) as read_, zipfile.ZipFile(new, "w", zipfile.ZIP_DEFLATED) as write:
        for name in read_.namelist():
            write.writestr(name, change(name, read_.read(name)))
    return new.getvalue()


def with_sheet(xml: str | bytes, *, number: int = 1, sheets: int = 1) -> bytes:
    """Return a workbook in which one sheet is this XML."""
    data = xml.encode() if isinstance(xml, str) else xml
    name = f"xl/worksheets/sheet{number}.xml"
    return package(lambda part, old: data if part == name else old, sheets)


def text(reference: str, value: str) -> str:
    where = f' r="{reference}"' if reference else ""
    return f'<c{where} t="inlineStr"><is><t>{value}</t></is></c>'


def row(number: int, *values: str, more: str = "") -> str:
    cells = "".join(text(f"{'ABCD'[at]}{number}", each) for at, each in enumerate(values))
    return f'<row r="{number}">{cells}{more}</row>'


TOP = row(1, *HEADER)
FIRST = row(2, "1", "2026-04-03", "Web", "02139")


def sheet(*rows: str, start: str = "", end: str = "") -> str:
    return f"{start}<worksheet {SPACE}><sheetData>{''.join(rows)}</sheetData>{end}</worksheet>"


def shared(strings: str):
    """Return a workbook whose one data row takes its id from these shared strings."""
    named = row(2, more='<c r="A2" t="s"><v>9</v></c>')

    def change(name, data):
        if name.endswith("sheet1.xml"):
            return sheet(TOP, named).encode()
        return strings.encode() if name.endswith("sharedStrings.xml") else data

    return package(change)


WHOLE = sheet(TOP, FIRST)
#: Workbooks that end in an error of some library, or worse, where nothing stops them.
DAMAGED = {
    "control character": with_sheet(sheet(TOP, row(2, "1", "2026-04-03", "W\x01b", ""))),
    "bare ampersand": with_sheet(sheet(TOP, row(2, "1", "2026-04-03", "a & b", ""))),
    "cut in the middle": with_sheet(WHOLE[: len(WHOLE) // 2]),
    "Shift_JIS": with_sheet('<?xml version="1.0" encoding="Shift_JIS"?>' + WHOLE),
    "UTF-7": with_sheet('<?xml version="1.0" encoding="UTF-7"?>' + WHOLE),
    "reference 2A": with_sheet(sheet(TOP, row(2, more=text("2A", "1")))),
    "reference without column": with_sheet(sheet(TOP, row(2, more=text("2", "1")))),
    "row 0": with_sheet(sheet(row(0, "1"), TOP)),
    "cell in row 0": with_sheet(sheet(TOP, row(2, more=text("A0", "1")))),
    "row that is no number": with_sheet(sheet(TOP, FIRST.replace('r="2"', 'r="two"'))),
    "row beyond the last": with_sheet(sheet(TOP, row(99_999_999_999, "1"))),
    "cell beyond the last row": with_sheet(sheet(TOP, row(2, more=text("A99999999999", "1")))),
    "cell beyond the last column": with_sheet(sheet(TOP, row(2, more=text("XFE2", "1")))),
    "row twice": with_sheet(sheet(TOP, FIRST, row(2, "2", "2026-04-04", "Web", ""))),
    "rows out of order": with_sheet(sheet(TOP, row(3, "2"), FIRST)),
    "cell twice": with_sheet(sheet(TOP, row(2, "1", more=text("A2", "2")))),
    "cell of another row": with_sheet(sheet(TOP, row(2, "1", more=text("B3", "2")))),
    "cell in no row": with_sheet(sheet(TOP, text("A2", "1"))),
    "shared string that is not there": shared(f'<sst {SPACE} count="1"><si><t>a</t></si></sst>'),
    "shared strings cut": shared(f"<sst {SPACE}><si><t>a"),
    "type that is none": with_sheet(sheet(TOP, row(2, more='<c r="A2" t="z"><v>1</v></c>'))),
    "truth that is none": with_sheet(sheet(TOP, row(2, more='<c r="A2" t="b"><v>7</v></c>'))),
    "dimension that is none": with_sheet(
        WHOLE.replace("<sheetData>", '<dimension ref="A1:A0"/><sheetData>')
    ),
    "merged range that is none": with_sheet(
        sheet(TOP, FIRST, end='<mergeCells><mergeCell ref="2A:B3"/></mergeCells>')
    ),
    "second sheet": with_sheet(sheet("<row r='1'><c r='1A'/></row>"), number=2, sheets=2),
    "two sheets of one name": package(
        lambda name, data: data.replace(b"more 1", b"Sheet") if "workbook.xml" in name else data,
        sheets=2,
    ),
    "sheet that is not there": package(
        lambda name, data: data.replace(b"sheet1.xml", b"sheet9.xml") if "rels" in name else data
    ),
    "no workbook relations": package(
        lambda name, data: b"<x/>" if name.endswith("workbook.xml.rels") else data
    ),
    "styles cut": package(lambda name, data: data[:90] if name.endswith("styles.xml") else data),
}
#: The last cell a sheet has: half a terabyte where it is allocated.
FAR = row(1_048_576, more=text("XFD1048576", "x"))
EMPTY = row(1_048_576, more='<c r="XFD1048576" t="str"><v></v></c>')
TWO_THOUSAND = [row(number, str(number), "2026-04-03", "Web", "") for number in range(3, 2_003)]
PREFIXED = sheet(TOP, FAR).replace("<", "<x:").replace("<x:/", "</x:").replace("xmlns=", "xmlns:x=")
#: A workbook with a cell far from all others, and the row that is to be named.
STRAY = {
    "last cell of all": (with_sheet(sheet(TOP, FIRST, FAR)), 1_048_576),
    "last row": (with_sheet(sheet(TOP, FIRST, row(1_048_576, "x"))), 1_048_576),
    "last column of many rows": (
        with_sheet(sheet(TOP, row(2, "1", more=text("XFD2", "x")), *TWO_THOUSAND)),
        2,
    ),
    "with a prefix": (with_sheet(PREFIXED), 1_048_576),
    "empty text": (with_sheet(sheet(TOP, EMPTY)), 1_048_576),
    "second sheet": (with_sheet(sheet(FAR), number=2, sheets=2), 1_048_576),
}


@pytest.fixture(scope="module")
def connection():
    return ibis.duckdb.connect()


@pytest.fixture
def open_(tmp_path, connection):
    def _open(content: bytes):
        path = tmp_path / "export.xlsx"
        path.write_bytes(content)
        options = {"clinic_folder": tmp_path, "config": load_config(None)}
        return read_file(path, connection=connection, **options)

    return _open


def told(source) -> list[tuple]:
    return [(each.severity, each.code) for each in source.problems if each.severity != "note"]


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_workbook_is_refused_and_the_other_files_go_on(tmp_path, name):
    folder = tmp_path / "data" / "raw" / "mine" / "2026Q2"
    folder.mkdir(parents=True)
    (folder / "a.xlsx").write_bytes(DAMAGED[name])
    (folder / "b.csv").write_text(GOOD)
    bad, good = intake.check("mine", root=tmp_path)
    assert [(each.severity, each.code) for each in bad.problems] == [("refused", "damaged")]
    assert (good.rows_in, good.used) == (1, 1)
    with pytest.raises(RefusedFileError):  # a draft of a format ends in words too
        likely_header(folder / "a.xlsx")


@pytest.mark.parametrize("name", STRAY)
def test_a_cell_far_from_all_others_is_refused_before_it_is_allocated(open_, name):
    content, at = STRAY[name]
    source = open_(content)
    assert [(each.severity, each.code, each.row) for each in source.problems] == [
        ("refused", "scattered_cells", at)
    ]


def test_the_workbook_these_are_made_of_is_read(open_):
    source = open_(with_sheet(WHOLE))
    assert told(source) == []
    (found,) = source.tables["inquiries"].execute().to_dict("records")
    assert (found["inquiry_id"], found["zip"], found["row"]) == ("1", "02139", 2)


def test_a_cell_beside_the_table_costs_its_row_alone(open_):
    rows = [row(n, str(n), "2026-04-03", "Web", "") for n in range(3, 500)]
    stray = row(2, "1", "2026-04-03", "Web", "", more=text("ZZ2", "x"))
    source = open_(with_sheet(sheet(TOP, stray, *rows)))
    assert (source.rows_in, source.rejected) == (498, 1)
    assert [(each.code, each.row) for each in source.problems if each.severity == "rejected"] == [
        ("ragged_row", 2)
    ]


def test_rows_and_cells_need_not_say_where_they_are(open_):
    written = (HEADER, ("1", "2026-04-03", "Web", "02139"), ("2", "2026-04-04"))
    rows = ["<row>" + "".join(text("", each) for each in cells) + "</row>" for cells in written]
    rows[2:2] = ["<row r='9'>" + text("A9", "5") + text("", "2026-04-05") + "</row>"]
    source = open_(with_sheet(sheet(*rows)))
    table = source.tables["inquiries"].order_by("row").execute()
    assert list(zip(table["inquiry_id"], table["received_at"], table["row"], strict=True)) == [
        ("1", "2026-04-03", 2),
        ("5", "2026-04-05", 9),
        ("2", "2026-04-04", 10),
    ]


def test_faults_of_cells_are_found_by_place_and_only_in_columns_that_matter(open_):
    fault = '<c r="{}" t="e"><v>#N/A</v></c>'
    rows = [
        row(1, *HEADER, more=text("E1", "remark")),
        row(2, "1", "2026-04-03", "Web", "", more=fault.format("E2")),
        row(3, "2", "2026-04-03", more=fault.format("C3")),
        row(4, "3", more='<c r="B4"><f>TODAY()</f></c>' + text("C4", "Web")),
        row(5, "4", more='<c r="B5"><f>TODAY()</f><v>46115</v></c>' + text("C5", "Web")),
    ]
    source = open_(with_sheet(sheet(*rows)))
    rejected = [(each.code, each.row) for each in source.problems if each.severity == "rejected"]
    assert rejected == [("error_cell", 3), ("formula_without_value", 4)]


def test_numbers_that_are_none_are_text(open_):
    rows = row(2, "1", "2026-04-03", "Web", more='<c r="D2"><v>nan</v></c>')
    assert told(open_(with_sheet(sheet(TOP, rows)))) == []


class PanicException(BaseException):
    """What a library in Rust raises where it gives up."""


@pytest.mark.parametrize("error", [ValueError, KeyError, RecursionError, PanicException])
def test_whatever_ends_the_reading_is_the_file_s_refusal_without_its_text(error):
    with pytest.raises(RefusedFileError) as refused, refusing():
        raise error("617-555-0199")
    assert refused.value.code == "damaged"
    assert error.__name__ in str(refused.value)
    assert "0199" not in str(refused.value)


@pytest.mark.parametrize(
    "error",
    [
        KeyboardInterrupt(),
        RuntimeError("Query interrupted"),
        OSError(errno.ENOSPC, "No space left on device"),
        duckdb.OutOfMemoryException("out of memory"),
        duckdb.IOException("could not write"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_the_machine_s_faults_are_not_the_file_s(error):
    with pytest.raises(type(error)) as raised, refusing():
        raise error
    assert raised.value is error


# -- slow on purpose -------------------------------------------------------------------------------


def test_names_of_any_length_are_compared_in_no_time():
    letters = "ab" * 30_000
    schema = dict.fromkeys(("email", "phone", "zip", "first_name", "last_name"), "string")
    rows = [(n, "a@example.org", None, None, letters[n:], f"{letters[n:]}c") for n in range(10)]
    rows = ibis.memtable(rows, schema=ibis.schema({"inquiry": "int64", **schema}))
    start = time.process_time()
    found = people.persons(rows, connection=ibis.duckdb.connect()).table.execute()
    assert len(found) == 10
    assert time.process_time() - start < 8  # 45 pairs of 60,000 letters took minutes


def whole_text(lines: list[str]) -> tuple[int, str]:
    """Return the lines of the first record by the grammar of all its text: slow and plain."""
    cell = r'(?:"(?:[^"]|"")*+"|[^",\n]*+)'
    for used in range(1, len(lines) + 1):
        joined = "\n".join(lines[:used])
        if re.fullmatch(rf"{cell}(?:,{cell})*+", joined):
            return used, "record"
        if not re.fullmatch(rf'(?:{cell},)*+"(?:[^"]|"")*+', joined):
            return 1, "stray_quote"
    return 1, "open_quote"


@given(st.lists(st.text('a",', max_size=6), min_size=1, max_size=6))
@settings(max_examples=400)
def test_quotes_over_lines_are_read_line_by_line_as_by_the_whole_text(lines):
    expected, rows, number = [], [], 0
    while number < len(lines):
        used, what = whole_text(lines[number:])
        if what != "record":
            expected.append((number + 1, what))
        else:
            rows.append(number + 1)
        number += used
    found = csv_grammar.split(lines, ",", row=1, width=0, last=True)
    assert [(bad.row, bad.code) for bad in found.bad] == expected
    assert sorted(found.rows + found.blank) == rows


def test_open_quotes_cost_no_more_than_their_lines():
    attack = (['1,"open'] + ['2,""' + "x" * 30] * 999) * 50
    start = time.process_time()
    found = csv_grammar.split(attack, ",", row=1, width=2, last=True)
    assert [bad.code for bad in found.bad][:2] == ["stray_quote", "stray_quote"]
    assert time.process_time() - start < 5  # 50 quotes of 1,000 lines took minutes
