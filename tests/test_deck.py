"""findings.pptx read back: native charts, numbers in their sheets, words that fit, notes."""

import io
import shutil
import subprocess
import zipfile
from pathlib import Path

import openpyxl
import pptx
import pytest
from PIL import Image
from pptx.util import Pt

from ptanalysis.definitions import ConfigError, load_config
from ptanalysis.display.text_fit import text_height
from ptanalysis.report.claim_lines import headline
from ptanalysis.report.deck_file import write_deck
from ptanalysis.report.deck_slides import findings_slides
from ptanalysis.report.front_matter import LookError, about, brand_of
from ptanalysis.report.report_text import text_of
from tests import made_findings
from tests.made_findings import FORMULA, stage
from tests.test_first_screen import CONTEXT

ANSWERS = [r"**60 leads came**, \$5 &#38; up.", "**Half** of the screened qualified. " * 9]
LINES = [
    {
        "id": each["id"],
        "statement": each["statement"],
        "verdict": each["verdict"],
        "word": each["verdict"],
        "found": "25 points (5 to 45)",
        "robust": "Supported under 3 of 4",
        "headline": headline(each["statement"], each["verdict"], "25 points (5 to 45)"),
        "open": each["verdict"] == "not_testable",
        "settles": "More stops",
    }
    for each in made_findings.document()["claims"]
]
LONG = "Spring **mailer** to every household of the county & its neighbors, second wave" * 3
NOTHING = [stage("walk_in", "neither", 12, 12, None, None, None, None, None)]
MANY = [
    made_findings.money("channel", "unknown", f"{number} {LONG}", 98765432.1, 1e9, None, None)
    for number in range(40)
]
#: A text with markup, and with a line end and a mark that no file of XML may hold.
ODD = "Fall\x0b <b>\u202eflyers\n"
CLINICS = {
    "whole": {},
    "twelve leads of one channel": {"stages": NOTHING, "estimates": [], "claims": [], "money": []},
    "nothing at all": {"stages": [], "estimates": [], "claims": [], "warnings": [], "money": []}
    | {"ledger": dict.fromkeys(("rows_in", "leads", "duplicates", "rejected", "not_leads"), 0)},
    "an odd vendor": {
        "estimates": [
            made_findings.document()["estimates"][-1] | {"group": ODD, "ci_low": 0.05},
        ],
    },
    "long names and many channels": {
        "money": MANY,
        "stages": [
            stage(f"{number} {LONG}", "unknown", 1234567, 1, 1, 1, 1, 98765432.1, 1e9)
            for number in range(40)
        ],
        "warnings": [
            made_findings.document()["warnings"][0] | {"code": str(number), "message": LONG}
            for number in range(9)
        ],
    },
}


def deck(
    folder: Path, document: dict, *, raw: Path | None = None, name="Harbor & Sons", since=None
):
    told = about(document, name=name)
    text = text_of(document, CONTEXT, LINES if document["claims"] else [])
    slides = findings_slides(text, about=told, answers=ANSWERS, since=since)
    path = folder / "findings.pptx"
    write_deck(slides, path, brand=brand_of(load_config(None), raw), about=told)
    return pptx.Presentation(path)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return deck(tmp_path_factory.mktemp("deck"), made_findings.document())


def titles(found) -> list[str]:
    return [slide.shapes.title.text.replace("\u00a0", " ") for slide in found.slides]


def texts(slide) -> list[str]:
    return [shape.text_frame.text for shape in slide.shapes if shape.has_text_frame]


def charts(found) -> dict:
    return {
        slide.shapes.title.text.replace("\u00a0", " "): shape.chart
        for slide in found.slides
        for shape in slide.shapes
        if shape.has_chart
    }


def test_the_titles_alone_tell_the_story(made):
    assert titles(made) == [
        "Yes, marketing pays for itself: each €1 brought back €2.34 within 26 weeks"
        " (€1.10 to €4.90).",
        "Clearly brought back more than it cost: SEO.",
        "What each €1 brought back, by channel",
        "To do next: write down when each lead was screened, and whether it qualified",
        "SEO brought the most leads this quarter: 40 leads (29 to 54)",
        "Inbound leads become SQLs more often than outbound leads: 25 points (5 to 45)",
        "A patient costs most with outbound: €900 per patient (at least €190 per patient)",
        "No vendor's leads clearly qualify more or less often than the rest of their side",
        "The data decide 1 of 2 things often said of inbound and outbound",
        "100 inquiries became 60 leads",
        "What the words mean",
    ]


def test_charts_are_native_and_their_numbers_stand_in_a_sheet_of_their_own(made):
    chart = charts(made)[titles(made)[5]]
    assert chart.plots[0].series[0].values == (0.5, 0.25)
    sheet = openpyxl.load_workbook(io.BytesIO(chart.part.chart_workbook.xlsx_part.blob)).active
    (label, value, below, above) = next(sheet.iter_rows(min_row=2, values_only=True))
    assert label == "Inbound\n50% (30 to 70%; 20 screened leads)"
    assert (value, below, above) == pytest.approx((0.5, 0.201, 0.201))
    assert {cell.data_type for row in sheet.iter_rows(min_row=2, min_col=2) for cell in row} == {
        "n"
    }
    assert {cell.data_type for row in sheet.iter_rows(max_col=1) for cell in row} <= {"s", "n"}


def test_error_bars_point_to_the_sheet_and_an_open_end_has_none(made):
    bars = charts(made)[titles(made)[6]]._chartSpace.findall(".//{*}errBars")
    (plus, minus) = (bars[0].find(f"{{*}}{end}") for end in ("plus", "minus"))
    assert plus.find(".//{*}f").text == "Sheet1!$D$2:$D$3"
    assert [float(each.text) for each in minus.iter("{*}v")] == pytest.approx([126.9, 710])
    assert [float(each.text) for each in plus.iter("{*}v")] == pytest.approx([363.1])


def test_every_slide_says_whose_numbers_it_shows_and_that_it_is_internal(made):
    for slide in made.slides:
        foot = texts(slide)[-1]
        assert "Harbor & Sons · April–June 2026 · as of June 30, 2026" in foot
        assert "Internal: not for readers outside the clinic" in foot
        notes = slide.notes_slide.notes_text_frame.text
        assert len(notes.split()) > 12
        assert "as of June 30, 2026" in notes
        for shape in slide.shapes:
            if shape.has_chart:
                assert "n = " in foot
                assert "95% interval" in notes or "add up" in notes
                described = next(shape._element.iter("{*}cNvPr")).get("descr")
                assert described.startswith(slide.shapes.title.text.replace("\u00a0", " "))


def test_the_first_slides_are_the_first_screen_and_the_answers_are_in_the_notes(made):
    first, money, back = list(made.slides)[:3]
    cards = [[cell.text for cell in row.cells] for row in table(first).rows]
    assert [row[0] for row in cards] == [
        "What",
        "Leads",
        "Qualified",
        "Cost per patient",
        "Back per €1",
    ]
    assert cards[4][1:3] == ["€2.34", "€1.10 to €4.90"]
    assert "60 leads came, $5 & up." in first.notes_slide.notes_text_frame.text
    rows = [[cell.text.strip() for cell in row.cells] for row in table(money).rows]
    assert rows[1][0] == "SEO"
    assert rows[1][-2:] == ["€4.05 (€1.40 to €9.00)", "earned back more than it cost"]
    assert rows[2][5:] == ["€0", "€0.00", "too little to say"]
    assert rows[4] == ["Too early to judge", "€50", "", "", "", "", "", ""]
    chart = charts(made)[back.shapes.title.text]
    scaling = chart._chartSpace.find(".//{*}valAx/{*}scaling")
    assert scaling.find("{*}logBase").get("val") == "10"
    assert chart.value_axis.crosses_at == 1


def table(slide):
    return next(shape.table for shape in slide.shapes if shape.has_table)


@pytest.mark.parametrize("name", CLINICS)
def test_a_small_or_a_large_clinic_has_a_deck_whose_words_fit(name, tmp_path):
    found = deck(tmp_path, made_findings.document(**CLINICS[name]))
    assert (4 if name == "nothing at all" else 5) <= len(found.slides) <= 12
    assert len(set(titles(found))) == len(found.slides)
    for slide in found.slides:
        places = [(shape.top, shape.top + shape.height) for shape in slide.shapes]
        assert all(top >= 0 and end <= found.slide_height for top, end in places)
        for shape in slide.shapes:
            if shape.has_text_frame and shape.text_frame.text:
                assert fits(shape), shape.text_frame.text
            if shape.has_table:
                assert shape.top + sum(row.height for row in shape.table.rows) < found.slide_height
            if shape.has_chart:
                assert any(shape.chart.plots[0].series[0].values)


def test_a_text_that_people_gave_is_shown_letter_for_letter(tmp_path):
    found = deck(tmp_path, made_findings.document(**CLINICS["long names and many channels"]))
    assert LONG in table(found.slides[1]).cell(1, 0).text
    assert f"2026Q2/spend.csv: {LONG}; fix the date" in "\n".join(texts(found.slides[-2]))


def test_a_name_with_what_is_no_letter_is_one_line(tmp_path):
    found = deck(tmp_path, made_findings.document(**CLINICS["an odd vendor"]))
    clear = "The leads of Fall <b> flyers (10 points (5 to 30)) clearly differ"
    assert clear in "\n".join(titles(found))


def fits(shape) -> bool:
    paragraphs = shape.text_frame.paragraphs
    size = paragraphs[0].runs[0].font.size.pt
    written = [each.text for each in paragraphs]
    wide = shape.width.pt - shape.text_frame.margin_left.pt - shape.text_frame.margin_right.pt
    return text_height(written, wide, size) <= shape.height.pt + 1 and size >= 8


def test_what_was_never_recorded_is_a_line_and_not_a_chart_of_zeros(tmp_path):
    found = deck(tmp_path, made_findings.document(**CLINICS["twelve leads of one channel"]))
    assert titles(found)[1] == "To do next: record what marketing costs and what patients pay"
    assert list(charts(found)) == ["100 inquiries became 60 leads"]
    told = {row.cells[0].text: row.cells[2].text for row in table(found.slides[2]).rows}
    assert told["Cost per patient"] == "Not recorded"


@pytest.mark.parametrize(
    ("word", "title"),
    [
        ("usual swing", "no change beyond the usual swing"),
        ("up, worse", "cost per patient up, worse"),
        ("not judged", None),
    ],
)
def test_what_changed_since_the_last_report_is_a_slide(word, title, tmp_path):
    changes = {"head": ["What", "Now", "Before", "Change", "Beyond the usual swing?"]}
    changes["rows"] = [["Cost per patient", "€900", "€700", "29% more", word]]
    known = {"head": ["What", "As reported", "As known now", "Why"]}
    known["rows"] = [["Leads", "58", "60", "+2 by edited exports"], ["SQLs", "9", "9", "No change"]]
    part = {"note": "The last report was made on April 2, 2026.", "tables": [changes, known]}
    found = deck(tmp_path, made_findings.document(), since=part)
    if title is None:
        assert not any("last report" in each for each in titles(found))
        bare = deck(tmp_path, made_findings.document(), since=part | {"tables": []})
        assert titles(bare) == titles(found)
        return
    assert titles(found)[4] == f"Since the last report: {title}"
    said = "\n".join(texts(found.slides[4]))
    assert part["note"] in said
    assert "Leads: as reported 58, as known now 60, why +2 by edited exports" in said
    assert "SQLs" not in said


def test_a_name_that_a_spreadsheet_would_run_is_text(made):
    chart = charts(made)[
        "No vendor's leads clearly qualify more or less often than the rest of their side"
    ]
    sheet = openpyxl.load_workbook(io.BytesIO(chart.part.chart_workbook.xlsx_part.blob)).active
    assert sheet["A2"].value.startswith(FORMULA)
    assert sheet["A2"].data_type == "s"


def test_the_clinic_s_template_logo_and_colors_are_used(tmp_path):
    template = pptx.Presentation()
    template.slides.add_slide(template.slide_layouts[0]).shapes.title.text = "An old slide"
    place = template.slide_layouts[5].placeholders[0]
    place.left, place.top, place.width, place.height = Pt(36), Pt(70), Pt(640), Pt(80)
    template.save(tmp_path / "template.pptx")
    Image.new("RGB", (600, 200), "#117733").save(tmp_path / "logo.png")
    (tmp_path / "clinic.toml").write_text('[report]\ncolors = ["#117733", "#882255"]\n', "utf-8")
    assert load_config(tmp_path / "clinic.toml").report.colors == ("#117733", "#882255")
    found = deck(tmp_path, made_findings.document(), raw=tmp_path)
    assert (found.slide_width, found.slide_height) == (Pt(720), Pt(540))
    assert "An old slide" not in titles(found)
    title = found.slides[0].shapes.title
    assert (title.top, title.left) == (Pt(70), Pt(36))
    logos = [shape for slide in found.slides for shape in slide.shapes if shape.shape_type == 13]
    assert len(logos) == len(found.slides)
    assert all(logo.left + logo.width <= found.slide_width for logo in logos)
    assert all(title.left + title.width < logo.left for logo in logos)


@pytest.mark.parametrize(
    ("name", "said"), [("template.pptx", r"it again as \.pptx"), ("logo.png", "as PNG")]
)
def test_a_template_or_logo_that_cannot_be_used_says_what_to_save(tmp_path, name, said):
    (tmp_path / name).write_text("no such thing", "utf-8")
    with pytest.raises(LookError, match=said):
        brand_of(load_config(None), tmp_path)


def test_colors_that_are_none_are_refused(tmp_path):
    (tmp_path / "clinic.toml").write_text('[report]\ncolors = ["teal"]\n', "utf-8")
    with pytest.raises(ConfigError, match=r"report\.colors must be two colors, like"):
        load_config(tmp_path / "clinic.toml")


def test_the_same_findings_give_the_same_slides(made, tmp_path):
    deck(tmp_path, made_findings.document())
    first = (tmp_path / "findings.pptx").read_bytes()
    deck(tmp_path, made_findings.document())
    assert (tmp_path / "findings.pptx").read_bytes() == first
    dates = {entry.date_time[:3] for entry in zipfile.ZipFile(io.BytesIO(first)).infolist()}
    assert dates == {(1980, 1, 1)}


@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice (soffice) is not installed")
def test_libreoffice_opens_the_deck(tmp_path):
    found = deck(tmp_path, made_findings.document())
    home = f"-env:UserInstallation=file://{tmp_path}/office"
    subprocess.run(
        ["soffice", home, "--headless", "--convert-to", "pdf", "findings.pptx"],
        cwd=tmp_path,
        check=True,
        capture_output=True,
        timeout=180,
    )
    pages = (tmp_path / "findings.pdf").read_bytes().count(b"/Type/Page")
    assert pages >= len(found.slides)
