"""findings.xlsx read back: numbers are numbers, text is text, and nothing in it runs."""

import io
import tempfile
import zipfile
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from ptanalysis.display import notebook_output
from ptanalysis.report.front_matter import about
from ptanalysis.report.workbook_file import findings_sheets, write_workbook
from tests import made_findings
from tests.made_findings import FORMULA, stage

ABOUT = about(made_findings.document(), name="Harbor & Sons PT")


def written(document: dict) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder, "findings.xlsx")
        write_workbook(findings_sheets(document), made, about=ABOUT)
        return made.read_bytes()


@pytest.fixture(scope="module")
def book():
    return openpyxl.load_workbook(io.BytesIO(written(made_findings.document())))


def table(sheet) -> pd.DataFrame:
    head, *rows = sheet.values
    return pd.DataFrame(rows, columns=head)


def test_a_table_is_a_sheet_and_there_is_one_chart_and_the_definitions(book):
    questions = ["Volume", "Quality", "Return", "After a stop"]
    sheets = [
        "Channels",
        "Money",
        *questions,
        "Claims",
        "Files",
        "Warnings",
        "Chart",
        "Definitions",
    ]
    assert book.sheetnames == sheets
    assert [sheet.title for sheet in book.chartsheets] == ["Chart"]


def test_numbers_are_numbers_in_the_clinic_s_currency(book):
    channels = table(book["Channels"]).set_index("Channel")
    assert channels.loc["SEO", "Spent so far (EUR)"] == 1234.5
    assert channels.loc["Direct mail", "Leads"] == 20
    money = book["Channels"].cell(2, 8)
    assert (money.data_type, money.number_format) == ("n", '"€"#,##0')
    spent = table(book["Money"]).set_index("Channel")
    assert spent.loc["SEO", "Spend (EUR)"] == 1234.5
    assert spent["Which spend"].tolist()[-1] == "too early to judge"
    assert spent.loc["SEO", "Back per 1 spent"] == pytest.approx(4.05, abs=0.001)
    quality = table(book["Quality"])
    assert quality["Estimate"].tolist() == [0.5, 0.25, 0.5, 0.1]
    assert quality["95% from"].isna().tolist() == [False, False, True, False]
    assert book["Quality"].cell(2, 3).number_format == "0.0%"


def test_nothing_runs(book):
    cells = [cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} == {"n", "s"}
    assert not [cell for cell in cells if cell.hyperlink]
    assert FORMULA in table(book["Quality"])["Of whom"].tolist()
    assert table(book["Warnings"])["Message"].tolist() == ["+no date"]


def test_every_sheet_is_ready_to_read_and_to_print(book):
    for sheet in book.worksheets:
        assert sheet.freeze_panes == "B2"
        assert sheet.print_title_rows == "$1:$1"
        assert (sheet.page_setup.orientation, sheet.page_setup.fitToHeight) == ("landscape", 0)
        assert sheet.oddHeader.left.text == "Harbor && Sons PT, April–June 2026"
        assert sheet.oddHeader.right.text == "Internal"
        assert all(size.width > 8 for size in sheet.column_dimensions.values())


def test_definitions_say_whose_numbers_they_are_and_what_words_mean(book):
    told = table(book["Definitions"]).set_index("Word")["Meaning"]
    assert told["clinic"] == "Harbor & Sons PT"
    assert told["as of"] == "June 30, 2026"
    assert told["assumptions"] == "SQLs within 8 weeks instead of 13"
    assert told["for"] == "Internal: not for readers outside the clinic"
    assert told["patient"] == "A lead with a first net payment."


def test_what_was_never_recorded_is_not_a_zero():
    nothing = [stage("seo", "inbound", 12, 12, None, None, None, None, None)]
    document = made_findings.document(
        stages=nothing, estimates=[], claims=[], warnings=[], money=[]
    )
    book = openpyxl.load_workbook(io.BytesIO(written(document)))
    assert book.sheetnames == ["Channels", "Files", "Chart", "Definitions"]
    (row,) = table(book["Channels"]).to_dict("records")
    assert row["Leads"] == 12
    assert row["Patients, not recorded"] is None
    assert row["Spent so far (EUR), not recorded"] is None


def test_the_same_findings_give_the_same_bytes():
    first = written(made_findings.document())
    assert first == written(made_findings.document())
    core = zipfile.ZipFile(io.BytesIO(first)).read("docProps/core.xml").decode()
    assert "2026-06-30T00:00:00Z" in core


def test_a_csv_names_the_unit_and_holds_the_number(tmp_path, monkeypatch):
    monkeypatch.setenv("PTANALYSIS_REPORT", str(tmp_path))
    frame = pd.DataFrame({"channel": ["seo"], "cost": [1234.5678], "share": [0.25]})
    notebook_output.table(frame, "x", caption="X", units={"cost": "usd", "share": "share"})
    read = pd.read_csv(tmp_path / "tables" / "x.csv")
    assert read.to_dict("records") == [
        {"channel": "seo", "cost (usd)": 1234.5678, "share (share)": 0.25}
    ]
