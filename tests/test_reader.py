"""The reader, by the file-level entries of the bad-input catalogue (sources.md part C3)."""

from __future__ import annotations

import codecs
import os
import random
import tracemalloc

import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ptanalysis.definitions import load_config
from ptanalysis.intake import read as reader
from ptanalysis.intake.read import csv_grammar, encoding

CONFIG = load_config(None)
CLEAN = "inquiry_id,received_at,source\n1,2026-01-05,Web\n2,2026-01-06,Café\n3,2026-01-07,Radio\n"


@pytest.fixture(scope="module")
def connection():
    return ibis.duckdb.connect()


@pytest.fixture
def read(tmp_path, connection):
    def _read(content: str | bytes, name: str = "inquiries.csv"):
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return reader.read_file(path, clinic_folder=tmp_path, config=CONFIG, connection=connection)

    return _read


def values(source, kind: str = "inquiries") -> list[tuple]:
    table = source.tables[kind].order_by("row").execute()
    return list(table[["inquiry_id", "received_at", "source"]].itertuples(index=False, name=None))


def the_problem(source):
    (problem,) = [p for p in source.problems if p.severity != "note"]
    return problem


TRUTH = [("1", "2026-01-05", "Web"), ("2", "2026-01-06", "Café"), ("3", "2026-01-07", "Radio")]


@pytest.mark.parametrize(
    "content",
    [
        CLEAN.encode(),
        codecs.BOM_UTF8 + CLEAN.encode(),
        codecs.BOM_UTF8 + CLEAN.replace("inquiry_id", '"inquiry_id"', 1).encode(),
        CLEAN.encode("utf-16"),
        CLEAN.encode("utf-16-le"),
        CLEAN.encode("utf-16-be"),
        codecs.BOM_UTF16_BE + CLEAN.encode("utf-16-be"),
        CLEAN.replace("\n", "\r\n").encode(),
        CLEAN.replace("\n", "\r").encode(),
        CLEAN.rstrip("\n").encode(),
        CLEAN.replace(",", ";").encode(),
        CLEAN.replace(",", "\t").encode(),
        CLEAN.replace(",", "|").encode(),
        b"sep=;\n" + CLEAN.replace(",", ";").encode(),
        "".join(f'"{line}"\n'.replace(",", '","') for line in CLEAN.splitlines()).encode(),
        CLEAN.replace("inquiry_id,received_at", "\xa0Inquiry ID ,Received_At").encode(),
    ],
    ids=[
        "utf-8",
        "bom",
        "bom and quotes",
        "utf-16 bom",
        "utf-16-le",
        "utf-16-be",
        "utf-16-be bom",
        "crlf",
        "cr",
        "no last newline",
        "semicolon",
        "tab",
        "pipe",
        "sep line",
        "all quoted",
        "header spelled otherwise",
    ],
)
def test_one_table_however_it_is_written(read, content):
    """Entries 1, 2, 13 (sep=), 21, 26."""
    source = read(content)
    assert values(source) == TRUTH
    assert [p for p in source.problems if p.severity != "note"] == []
    assert (source.rows_in, source.rejected, source.excluded) == (3, 0, {})


def test_windows_1252_is_read_and_said(read):
    """Entry 3."""
    source = read(CLEAN.encode("cp1252"))
    assert values(source) == TRUTH
    assert (the_problem(source).code, the_problem(source).row) == ("windows_1252", 3)


def test_mojibake_is_said(read):
    """Entry 3."""
    source = read(CLEAN.encode().replace("Café".encode(), "CafÃ©".encode()))
    assert (the_problem(source).code, the_problem(source).row) == ("mojibake", 3)


def test_invalid_utf8_names_byte_and_row(read):
    """Entry 4."""
    content = CLEAN.encode().replace(b"Radio", b"Rad\xffio")
    problem = the_problem(read(content))
    assert (problem.code, problem.row) == ("invalid_encoding", 4)
    assert f"byte {content.index(0xFF):,} " in problem.what


@pytest.mark.parametrize(
    ("content", "code", "row"),
    [
        (b"", "empty_file", None),
        (CLEAN.encode().replace(b"Radio", b"Ra\0io"), "nul_byte", 4),
        (b"<!DOCTYPE html><html><body>Sign in</body></html>", "web_page", None),
        (b'\n {"rows": [1, 2]}', "json", None),
        (b"[\n  {\n", "json", None),
        (b"%PDF-1.7 ...", "not_a_table", None),
        (b"\x1f\x8b\x08rest", "not_a_table", None),
        (CLEAN.encode("utf-16")[:-1], "invalid_encoding", 4),
        (b"a,b\n1,2\n", "unknown_header", 1),
        (b"inquiry_id,recieved_at,source\n1,2026-01-05,Web\n", "missing_column", 1),
        (b"Source,Medium,Email\n", "missing_column", 1),
        (b"inquiry_id,received_at,source,source\n1,2026-01-05,a,b\n", "duplicate_header", 1),
        (b"inquiry_id,received_at,source,email,E-Mail\n1,2026,a,b,c\n", "duplicate_header", 1),
        (b"inquiry_id,,\n,received_at,source\n1,2026-01-05,Web\n", "header_on_two_rows", 1),
        (CLEAN.encode() + b"\ninquiry_id,paid_at,amount\n1,2026-01-09,5\n", "two_tables", 6),
        (CLEAN.encode() + b"\ncampaign,source,starts_on,ends_on\n", "two_tables", 6),
        (CLEAN.encode() + CLEAN.encode(), "two_tables", 5),
        (CLEAN.encode() + b"4,2026-01", "cut_off", 5),
        (CLEAN.encode() + b'4,2026-01-08,"Ra', "cut_off", 5),
        (b"inquiry_id,received_at,source\n2.38512E+16,2026-01-05,Web\n", "shortened_id", 2),
        (b"inquiry_id,received_at,source,phone\n1,2026-01-05,W,6.18E+09\n", "shortened_id", 2),
        (CLEAN.encode() + b"4,2026-01-08," + b"x" * 200_000 + b"\n", "huge_cell", 5),
        (b"inquiry_id;received_at;source\n1,2026-01-05,Web\n", "no_row_fits", 1),
    ],
    ids=lambda part: part if isinstance(part, str) else "",
)
def test_refused_with_one_clear_message(read, content, code, row):
    """Entries 4 to 10, 12, 16 to 20, 22, 51."""
    source = read(content)
    assert [(p.code, p.severity, p.row) for p in source.problems] == [(code, "refused", row)]
    assert source.tables == {}
    assert source.problems[0].fix
    assert len(source.sha256) == 64


def test_nearest_header_is_suggested(read):
    """Entry 19."""
    problem = the_problem(read("inquiry_id,recieved_at,source\n1,2026-01-05,Web\n"))
    assert "received_at (nearest header: recieved_at)" in problem.what


def test_header_only_is_an_empty_table(read):
    """Entry 6."""
    source = read("inquiry_id,received_at,source\n")
    assert source.rows_in == 0
    assert source.tables["inquiries"].count().execute() == 0
    assert the_problem(source).code == "no_rows"


def test_preamble_is_skipped_and_said(read):
    """Entry 13."""
    source = read("Clinic report\n\n" + CLEAN)
    assert values(source) == TRUTH
    assert source.tables["inquiries"].row.execute().tolist() == [4, 5, 6]
    assert [(p.code, p.severity) for p in source.problems] == [("lines_above_header", "note")]


def test_columns_that_no_mapping_names_are_dropped_by_name(read):
    """Entry 20; a header that looks personal itself is not shown."""
    source = read(
        "inquiry_id,received_at,source,Favourite color,call 407-555-0142\n1,2026-01-05,Web,x,y\n"
    )
    (problem,) = source.problems
    assert "Favourite color, column 5" in problem.what
    assert "555" not in problem.what


def test_ragged_rows_are_rejected_by_row(read):
    """Entry 23."""
    source = read(CLEAN + "4,2026-01-08\n5,2026-01-09,Web,extra\n6,2026-01-10,Web\n")
    rejected = [(p.code, p.row) for p in source.problems if p.severity == "rejected"]
    assert rejected == [("ragged_row", 5), ("ragged_row", 6)]
    assert values(source)[-1] == ("6", "2026-01-10", "Web")
    assert (source.rows_in, source.rejected) == (6, 2)


def test_newline_in_quotes_keeps_the_row_it_starts_in(read):
    """Entry 24."""
    source = read(CLEAN + '4,2026-01-08,"two\nlines"\n5,2026-01-09,"a ""word"""\n')
    assert values(source)[3:] == [
        ("4", "2026-01-08", "two\nlines"),
        ("5", "2026-01-09", 'a "word"'),
    ]
    assert source.tables["inquiries"].row.execute().tolist()[-2:] == [5, 7]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ('4,"2026-01-08,Web', "open_quote"),
        ('4,2026-01-08,We"b', "stray_quote"),
        ('4,"2026-01-08"x,Web', "stray_quote"),
        ('"4,2026-01-08,Web', "stray_quote"),
    ],
)
def test_a_stray_quote_costs_its_row_and_no_other(read, line, code):
    """Entries 12, 25: a quote that opens and never closes is reported where it opens."""
    after = '\n5,2026-01-09,"x"\n' if line.startswith('"') else "\n5,2026-01-09,x\n"
    source = read(CLEAN + line + after)
    assert (the_problem(source).code, the_problem(source).row) == (code, 5)
    assert values(source) == [*TRUTH, ("5", "2026-01-09", "x")]


def test_blank_lines_are_skipped_and_counted(read):
    """Entry 27."""
    source = read(CLEAN + "\n,,\n  \n4,2026-01-08,Web\n")
    assert source.excluded == {"blank_row": 3}
    assert (source.rows_in, len(values(source))) == (7, 4)


def test_formula_cells_stay_text(read):
    """Entry 61."""
    source = read(CLEAN.replace("Radio", "=cmd|' /C calc'!A0"))
    assert values(source)[2][2] == "=cmd|' /C calc'!A0"


def test_many_bad_rows_are_counted_not_listed(read):
    source = read(CLEAN + "x\n" * 5000)
    rejected = [p for p in source.problems if p.severity == "rejected"]
    assert len(rejected) == 21
    assert (rejected[-1].row, rejected[-1].count) == (25, 4980)
    assert source.rejected == 5000


def test_no_message_holds_a_value(read):
    """Every cell of the file is a canary."""
    cells = ["Zzyzx", "qwvane@example.org", "617-555-0199", 'Canary"Street']
    text = "inquiry_id,received_at,source\n" + "\n".join(",".join(cells[:n]) for n in (1, 2, 4))
    told = str(read(text + "\n").problems) + str(read("\n".join(cells)).problems)
    assert not [cell for cell in cells if cell in told]


def test_text_stays_as_it_is(read):
    """What pandas' and DuckDB's defaults change (sources.md A0)."""
    text = "inquiry_id,received_at,source,zip,phone,last_name\n007,1/2/26,NA,02139,,None\n"
    (row,) = read(text).tables["inquiries"].execute().to_dict("records")
    assert (row["inquiry_id"], row["zip"], row["source"]) == ("007", "02139", "NA")
    assert row["last_name"] == "None"


def test_unreadable_file_is_refused(tmp_path, connection, monkeypatch):
    """Entry 65."""
    path = tmp_path / "inquiries.csv"
    path.write_text(CLEAN)

    def denied(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("ptanalysis.intake.read.reader.file_hash", denied)
    source = reader.read_file(path, clinic_folder=tmp_path, config=CONFIG, connection=connection)
    assert the_problem(source).code == "unreadable"
    missing = reader.read_file(
        tmp_path / "none.csv", clinic_folder=tmp_path, config=CONFIG, connection=connection
    )
    assert the_problem(missing).code == "unreadable"


def test_file_that_grows_while_it_is_read_is_refused(tmp_path, connection, monkeypatch):
    """Entry 10."""
    path = tmp_path / "inquiries.csv"
    path.write_text(CLEAN)
    whole = encoding.survey

    def growing(found):
        text = whole(found)
        with path.open("a") as file:
            file.write("4,2026-01-08,Web\n")
        return text

    monkeypatch.setattr(encoding, "survey", growing)
    source = reader.read_file(path, clinic_folder=tmp_path, config=CONFIG, connection=connection)
    assert the_problem(source).code == "changed"
    assert source.tables == {}


def test_what_lies_in_a_folder(tmp_path):
    """Entry 64: junk, links that lead out, names with spaces."""
    clinic, outside = tmp_path / "clinic", tmp_path / "outside.csv"
    quarter = clinic / "2026Q1"
    (quarter / "sub").mkdir(parents=True)
    outside.write_text(CLEAN)
    for name in (
        "inquiries.csv",
        "file (1).csv",
        "sub/é.tsv",
        ".DS_Store",
        "~$a.xlsx",
        "notes.docx",
    ):
        (quarter / name).write_text(CLEAN)
    os.symlink(outside, quarter / "link.csv")
    os.symlink(quarter / "inquiries.csv", quarter / "inside.csv")
    os.symlink(tmp_path, quarter / "up")
    files, problems = reader.discover(quarter, clinic_folder=clinic)
    assert [path.name for path in files] == ["file (1).csv", "inquiries.csv", "inside.csv", "é.tsv"]
    told = {problem.file.removeprefix("2026Q1/"): problem.code for problem in problems}
    assert told == {
        ".DS_Store": "not_an_export",
        "~$a.xlsx": "not_an_export",
        "notes.docx": "not_an_export",
        "link.csv": "link_leads_out",
        "up": "link_leads_out",
    }


def test_the_same_file_twice_is_used_once(read):
    """Entry 46."""
    first, second = reader.settle([read(CLEAN), read(CLEAN, "copy.csv")])
    assert first.tables
    assert (second.tables, second.excluded) == ({}, {"same_file_again": 3})
    assert "inquiries.csv" in second.problems[0].what


def test_memory_stays_bounded(tmp_path, monkeypatch):
    """Entry 11: peak memory follows the block, not the file."""
    monkeypatch.setattr(encoding, "BLOCK", 1 << 16)
    line = "{0},2026-01-05,Web\n"
    peaks = []
    for rows in (20_000, 200_000):
        text = "inquiry_id,received_at,source\n" + "".join(line.format(n) for n in range(rows))
        (tmp_path / "inquiries.csv").write_text(text)
        del text
        tracemalloc.start()
        found = encoding.batches(tmp_path / "inquiries.csv", encoding.Text(encoding="utf-8"))
        total = 0
        for lines, last in found:
            records = csv_grammar.split(lines, ",", row=1, width=3, last=last)
            total += len(records.texts)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert total == rows + 1
    assert peaks[1] < 1.2 * peaks[0]


_cell = st.text(st.characters(codec="utf-8", exclude_characters="\0\r\x0b\ufeff"), max_size=12)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(_cell, _cell, _cell), min_size=1, max_size=6),
    st.sampled_from(csv_grammar.DELIMITERS),
    st.randoms(use_true_random=False),
)
def test_whatever_is_written_by_the_grammar_is_read_back(records, delimiter, rng: random.Random):
    """RFC 4180: a quoted value, its quotes doubled, comes back wherever a batch ends."""
    written = ([_written(cell, delimiter, rng) for cell in record] for record in records)
    text = "\n".join(map(delimiter.join, written))
    lines, cut = text.split("\n"), rng.randint(0, text.count("\n") + 1)
    first = csv_grammar.split(lines[:cut], delimiter, row=1, width=3, last=False)
    rest = first.rest + lines[cut:]
    second = csv_grammar.split(rest, delimiter, row=cut + 1 - len(first.rest), width=3, last=True)
    found = {}
    for part in (first, second):
        found |= dict(zip(part.rows, csv_grammar.cut(part.texts, delimiter), strict=True))
        assert part.bad == []
    wanted = [list(record) for record in records if "".join(record).strip(f"{delimiter} \t\xa0\n")]
    read_back = [found[row] for row in sorted(found)]
    assert [cells for cells in read_back if "".join(cells).strip()] == [
        cells for cells in wanted if "".join(cells).strip()
    ]


def _written(cell: str, delimiter: str, rng: random.Random) -> str:
    if any(mark in cell for mark in ('"', "\n", delimiter)) or rng.random() < 0.3:
        return '"' + cell.replace('"', '""') + '"'
    return cell
