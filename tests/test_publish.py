"""What `run --publish` writes: nothing but the published document, once for each quarter."""

import copy
import io
import json
import re
import sys
from contextlib import nullcontext
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace

import openpyxl
import pandas as pd
import pptx
import pytest
from PIL import Image

from lab.simulate import SAMPLE, clinic_tables
from ptanalysis import claims, dataset, intake
from ptanalysis.cli import commands, output
from ptanalysis.definitions import Assumptions, load_config
from ptanalysis.intake.storage import stored_answers
from ptanalysis.privacy.publish import published_report
from ptanalysis.privacy.publish.published_report import write
from ptanalysis.privacy.publish.suppress import claims_shown, published
from ptanalysis.report import assemble, findings_json
from tests import engine_answers
from tests.scanner import unpacked

NAME = "the clinic at the harbor"
STAGES = ("leads", "mql", "sql", "patients", "new_leads")


@pytest.fixture(scope="module")
def findings() -> dict:
    """Return the sample clinic's findings with a small direction and two small channels more."""
    tables = replace(clinic_tables(SAMPLE, 5, as_of="2025-12-31"), ledger={"rows_in": 0})
    composed = engine_answers.document(tables, claims.judge(tables))
    small = {"mql": 6, "screened": 5, "sql": 4, "patients": 2, "cost": None, "revenue": 777.0}
    composed["stages"] += [
        {"direction": "unknown", "channel": "unknown", "leads": 9} | small,
        {"direction": "inbound", "channel": "podcast", "leads": 7} | small,
        {"direction": "outbound", "channel": "tv", "leads": 8} | small,
    ]
    return composed


@pytest.fixture(scope="module")
def folder(findings, tmp_path_factory) -> Path:
    made = tmp_path_factory.mktemp("reports") / "mine" / "2025Q4"
    made.mkdir(parents=True)
    findings_json.write_json(findings, made / "findings.json")
    return published_report.publish(made, name=NAME)


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*.*"))
    }


def test_every_part_is_there_and_nothing_else(folder):
    assert folder.name == "2025Q4.published"
    assert list(files(folder)) == [
        "figures/stages.png",
        "figures/stages.svg",
        "findings.html",
        "findings.json",
        "findings.pptx",
        "findings.xlsx",
        "tables/claims.csv",
        "tables/directions.csv",
    ]
    assert not list(folder.parent.glob("*.making"))


# -- nothing hidden leaves a trace -----------------------------------------------------------------


def disguised(findings: dict) -> dict:
    """Return findings that differ in everything that is not told, and in nothing that is."""
    other = copy.deepcopy(findings)
    other["ledger"] = {"rows_in": 4242, "by_file": [{"file": "Zzyzx.csv", "rejected": 3}]}
    for each in other["estimates"]:
        each.update(method="Zzyzx", reason="Zzyzx", p_value=0.4242, ci_low=42.42, ci_high=4242.4)
        if each["id"] not in (
            "leads",
            "cost_per_lead",
            "cost_per_sql",
            "cost_per_patient",
            "roi",
            "screened_to_sql_rate",
            "screened_mql_to_sql_rate",
        ):
            each.update(estimate=4.242, n=4242)
    other["estimates"].append(
        {
            "id": "screened_to_sql_rate",
            "group": "Zzyzx",
            "unit": "share",
            "estimate": 0.42,
            "n": 42,
            "clusters": 3,
        }
    )
    for each in other["claims"]:
        each.update(n=4242, p_value=0.4242, p_adjusted=0.4242, reason="Zzyzx", needs="Zzyzx")
        if each["unit"] == "weeks":
            each.update(estimate=42.42, ci_low=42.1, ci_high=42.6)
    rows = {row["channel"]: row for row in other["stages"]}
    _move(rows["unknown"], rows["walk_in"], stages=STAGES[:4])
    _move(rows["podcast"], rows["social"], stages=STAGES[:4])
    return other


def _move(one: dict, other: dict, *, stages: tuple) -> None:
    """Move one person from a small channel to another of the same group."""
    for stage in stages:
        one[stage], other[stage] = one[stage] - 1, other[stage] + 1
    one["screened"], other["screened"] = 30, 40


def test_what_is_not_told_changes_no_byte_of_any_file(findings, folder, tmp_path):
    """Two clinics that differ only in what stays inside publish the very same files."""
    groups = [row["directions"] for row in published(findings)["directions"]]
    assert groups == [["inbound"], ["neither", "unknown"], ["outbound"]]
    other = disguised(findings)
    assert other != findings
    write(published(other), tmp_path / "out", name=NAME)
    assert files(tmp_path / "out") == files(folder)


class Read(HTMLParser):
    """Everything a page holds but its style: text, and the value of every attribute."""

    def __init__(self, html):
        super().__init__()
        self.parts, self.inside, self.tags = [], "", []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.inside = tag
        self.tags.append(tag)
        self.parts += [value for name, value in attrs if name in ("alt", "title", "aria-label")]

    def handle_data(self, data):
        if self.inside != "style":
            self.parts.append(data)

    def handle_comment(self, data):
        self.parts.append(data)


def texts(folder: Path) -> dict[str, str]:
    """Return all a reader or a program can read in each file."""
    read = {}
    for name, content in files(folder).items():
        if name.endswith(".png"):
            info = {key: str(value) for key, value in Image.open(folder / name).info.items()}
            read[name] = json.dumps({key: text for key, text in info.items() if key != "dpi"})
        elif name.endswith(".html"):
            read[name] = "\n".join(Read(content.decode()).parts)
        elif name.endswith((".pptx", ".xlsx")):
            read[name] = "\n".join(office(content))
        elif name.endswith(".svg"):
            shown = re.findall(r"<!--(.*?)-->|<(?:title|desc|text)[^>]*>(.*?)<", content.decode())
            read[name] = "\n".join(part for pair in shown for part in pair)
        else:
            read[name] = content.decode().replace(",", " ")
    return read


#: What a reader of an office file can see or open: words, cells, points of charts, alt texts.
SEEN = re.compile(
    r"<(?:a:t|c:v|v|t|dc:\w+|cp:\w+)(?: [^>]*)?>([^<]+)<|(?:descr|name|title)=\"([^\"]*)\""
)
#: Numbers that count no people: places of texts in a list, of pages, and how many verdicts.
PLACES = re.compile(
    r'<c [^>]*t="s"[^>]*><v>\d+</v></c>|<a:fld .*?</a:fld>|decide \d+ of \d+ things', re.DOTALL
)
#: Parts that hold no data of the clinic: looks, and python-pptx's own names of shapes.
LOOKS = re.compile(
    r"(theme|slideMaster|slideLayout|notesMaster|tableStyles|styles|printerSettings)"
)


def office(content: bytes) -> list[str]:
    """Return all that is written in slides or a workbook, sheets behind charts and notes too."""
    parts = [
        (name, part)
        for name, part in unpacked(content, "")
        if part[:5] == b"<?xml" and not LOOKS.search(name)
    ]
    seen = [each for name, part in parts for each in SEEN.findall(PLACES.sub("", part.decode()))]
    told = [text or alt for text, alt in seen if not re.fullmatch(r"[A-Z][a-zA-Z ]+ \d+", alt)]
    return [f"{float(each):.10g}" if re.fullmatch(r"-?[\d.]+", each) else each for each in told]


def numbers(text: str) -> set[str]:
    """Return the runs of digits, in prose and tables with and without thousands separated."""
    return set(re.findall(r"\d+", re.sub(r"(?<=\d),(?=\d{3}\b)", "", text)))


#: Of dates, quarter, rule, notes: what stands there whatever the clinic's counts are.
FIXED = {"2025", "12", "31", "4", "1", "10", "11", "95", "100"}


def test_every_number_in_every_file_is_one_of_the_published_document(folder):
    """Alt texts, comments of the SVG, metadata of the PNG, table cells and prose alike."""
    told = numbers((folder / "findings.json").read_text("utf-8")) | FIXED
    shares = {
        str(round(100 * float(each)))
        for each in re.findall(r"-?0\.\d+", (folder / "findings.json").read_text("utf-8"))
    }
    for name, text in texts(folder).items():
        odd = {number for number in numbers(text) - told - shares if not _part(number, told)}
        assert odd == set(), name


def _part(number: str, told: set[str]) -> bool:
    return number.lstrip("0") in told | {""}


def test_the_reading_finds_numbers_where_they_stand(folder):
    """The negative control of `texts`: a published count is seen in every kind of file."""
    read = texts(folder)
    (inbound,) = [
        row
        for row in published(
            json.loads((folder.with_name("2025Q4") / "findings.json").read_text("utf-8"))
        )["directions"]
        if row["directions"] == ["inbound"]
    ]
    for name in (
        "findings.html",
        "findings.json",
        "findings.pptx",
        "findings.xlsx",
        "tables/directions.csv",
        "figures/stages.svg",
    ):
        assert str(inbound["leads"]) in numbers(read[name]), name
    assert f"Inbound: leads: {inbound['leads']}" in read["findings.html"]


def test_a_stage_that_was_never_recorded_is_published_as_unknown(findings):
    never = findings | {"stages": [row | {"sql": None} for row in findings["stages"]]}
    shown = published(never)
    rows = [shown["together"], *shown["directions"]]
    assert [row["sql"] for row in rows] == [None] * len(rows)
    leads = sum(row["leads"] for row in findings["stages"])
    patients = sum(row["patients"] for row in findings["stages"])
    assert (rows[0]["leads"], rows[0]["patients"]) == (leads, patients)


def test_the_sheets_behind_the_slides_charts_hold_no_small_count(folder):
    slides = pptx.Presentation(folder / "findings.pptx").slides
    charts = [shape.chart for slide in slides for shape in slide.shapes if shape.has_chart]
    (sheet,) = [
        openpyxl.load_workbook(io.BytesIO(chart.part.chart_workbook.xlsx_part.blob)).active
        for chart in charts
    ]
    counts = [cell.value for row in sheet.iter_rows(min_row=2, min_col=2) for cell in row]
    assert min(each for each in counts if each is not None) > 10
    read = texts(folder)
    assert "Internal" not in read["findings.pptx"] + read["findings.xlsx"]
    assert (
        "For readers outside the clinic: no number counts 1 to 10 people" in read["findings.pptx"]
    )


def test_no_count_in_any_table_is_small(folder):
    table = pd.read_csv(folder / "tables" / "directions.csv")
    assert set(STAGES) <= set(table)
    for column in STAGES:
        assert not table[column].dropna().between(1, 10).any(), column


def test_a_page_needs_no_network_and_has_one_heading_and_alt_texts(folder):
    html = (folder / "findings.html").read_text("utf-8")
    assert not re.search(r"""(src|href)\s*=\s*["']?(https?:)?//""", html)
    assert Read(html).tags.count("h1") == 1
    assert html.count("<img alt=") == 1


# -- claims ----------------------------------------------------------------------------------------

COMPARED = {
    "id": "inbound_leads_more_often_sql",
    "statement": "S",
    "measure": "sql_share_difference",
    "primary": True,
    "margin": 0.05,
    "verdict": "supported",
    "unit": "points",
    "estimate": 0.1304615826,
    "ci_low": 0.0727,
    "ci_high": None,
    "sensitivity": {"agrees": 27, "undecided": 9, "reversed": 0, "not_judged": 5, "of": 36},
}


def behind(*, n=400, rate=0.3, clusters=50, sql=170, leads=500) -> dict:
    """Return the parts of findings.json that a claim's figure stands on, inbound as given."""
    arm = {"id": "screened_to_sql_rate", "unit": "share", "clusters": 9}
    return {
        "stages": [
            {"direction": side, "leads": 500, "mql": 300, "sql": 170, "patients": 60}
            | ({"sql": sql, "leads": leads} if side == "inbound" else {})
            for side in ("inbound", "outbound")
        ],
        "estimates": [
            {"id": "sql_share_difference", "clusters": clusters},
            arm | {"group": "inbound", "n": n, "estimate": rate},
            arm | {"group": "outbound", "n": 400, "estimate": 0.3},
            arm | {"group": "seo", "n": 2, "estimate": 0.5},
        ],
    }


def claim(found: dict, document: dict, *, apart: bool) -> dict | None:
    """Return what is published of one claim, None where nothing is."""
    return next(iter(claims_shown(document | {"claims": [found]}, apart=apart)), None)


def test_a_claim_keeps_its_verdict_and_two_digits():
    told = claim(COMPARED, behind(), apart=True)
    assert (told["estimate"], told["ci_low"], told["ci_high"]) == (0.13, 0.07, None)
    assert told["holds"] == "in most"
    assert not {"p_value", "n", "sensitivity"} & set(told)


@pytest.mark.parametrize(
    "few",
    [
        {"n": 10, "rate": 0.0},
        {"n": 30, "rate": 1 / 3},
        {"n": 30, "rate": 2 / 3},
        {"sql": 124},
        {"leads": 405},
        {"clusters": None},
        {"rate": None},
    ],
)
def test_a_figure_is_left_out_where_few_people_stand_behind_or_are_left_over(few):
    told = claim(COMPARED, behind(**few), apart=True)
    assert (told["estimate"], told["ci_low"], told["ci_high"]) == (None, None, None)
    assert told["verdict"] == "supported"


def test_a_figure_is_left_out_where_the_sides_are_not_apart():
    assert claim(COMPARED, behind(), apart=False)["estimate"] is None


@pytest.mark.parametrize("measure", ["first_sql_difference", "persistence", "unheard_of", ""])
def test_figures_of_single_campaigns_and_of_any_other_measure_stay(measure):
    assert claim(COMPARED | {"measure": measure}, behind(), apart=True)["estimate"] is None


def test_a_clinic_s_own_claim_is_published_only_with_its_figure():
    """Its verdict alone can be about any few people: three stopped campaigns, ten SQLs."""
    own = COMPARED | {"id": "my_claim", "primary": False, "sensitivity": None}
    assert claim(own, behind(), apart=True)["estimate"] == 0.13
    assert claim(own, behind(n=10, rate=0.0), apart=True) is None
    assert claim(own, behind(), apart=False) is None
    assert claim(own | {"measure": "persistence"}, behind(), apart=True) is None
    del own["measure"]  # findings.json of before
    assert claim(own, behind(), apart=True) is None


def test_the_claims_with_figures_are_claims_and_estimates_of_a_real_run(findings):
    from ptanalysis.privacy.publish.suppress import _COMPARED

    ids = {each["id"] for each in findings["estimates"]}
    assert set(_COMPARED) <= {each["measure"] for each in findings["claims"]}
    assert {name for own, sides in _COMPARED.items() for name in (own, *sides)} <= ids


def test_a_share_difference_leaves_many_pairs_of_counts():
    """By brute force, the numbers of leads told as well: none of the four counts is pinned."""
    n, (inbound, outbound) = 60, (24, 12)
    told = round(inbound / n - outbound / n, 2)
    pairs = [(a, b) for a in range(n + 1) for b in range(n + 1) if round(a / n - b / n, 2) == told]
    for side in zip(*pairs, strict=True):
        assert max(side) - min(side) >= 11


# -- once for each quarter -------------------------------------------------------------------------


def test_a_published_quarter_is_frozen(folder):
    before = files(folder)
    with pytest.raises(
        published_report.FrozenQuarterError, match="2025Q4 is published already and stays as it is"
    ):
        published_report.publish(folder.with_name("2025Q4"), name="another name")
    assert files(folder) == before


def test_an_earlier_quarter_is_not_published_after_a_later_one(folder):
    with pytest.raises(
        published_report.FrozenQuarterError, match="2025Q4 is published already, and quarters are"
    ):
        published_report.place_of(folder.with_name("2025Q3"))
    assert published_report.place_of(folder.with_name("2026Q1")).name == "2026Q1.published"


def test_the_next_quarter_takes_the_published_one_into_account(findings, folder, tmp_path):
    """Three leads more in a quarter are not told as such."""
    later = copy.deepcopy(findings) | {"quarter": "2026Q1"}
    (seo,) = [row for row in later["stages"] if row["channel"] == "seo"]
    seo["leads"] += 3
    told = published(later, [json.loads((folder / "findings.json").read_text("utf-8"))])
    assert [told["together"], told["directions"]] == [None, []]
    write(told, tmp_path / "out", name=NAME)
    page = (tmp_path / "out" / "findings.html").read_text("utf-8")
    assert "Too few people for any count to be shown." in page


def test_what_the_clinic_assumed_is_named(findings, tmp_path):
    assumed = Assumptions(weeks_to_sql=8, excluded_campaigns=("Spring mailer",)).changed()
    write(published(findings, assumptions=assumed), tmp_path / "out", name=NAME)
    page = (tmp_path / "out" / "findings.html").read_text("utf-8")
    said = "SQLs within 8 weeks instead of 13; without the campaign Spring mailer"
    assert f"Assumed: {said}." in page


def test_a_failure_leaves_nothing_behind(folder, tmp_path, monkeypatch):
    made = tmp_path / "mine" / "2025Q4"
    made.mkdir(parents=True)
    (made / "findings.json").write_bytes(
        folder.with_name("2025Q4").joinpath("findings.json").read_bytes()
    )
    monkeypatch.setattr(published_report, "render_page", lambda **_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        published_report.publish(made, name=NAME)
    assert [path.name for path in made.parent.iterdir() if path.is_dir()] == ["2025Q4"]


@pytest.fixture
def run(findings, tmp_path, monkeypatch):
    """Run the command line with intake and report standing in."""
    tables = SimpleNamespace(
        quarter="2025Q4",
        config=load_config(None).model_copy(update={"name": NAME}),
        clinic="mine",
        assumptions=Assumptions(),
    )

    def make_report(tables, *, out, **_):
        out.mkdir(parents=True, exist_ok=True)
        findings_json.write_json(findings, out / "findings.json")
        return out

    monkeypatch.setenv("PTANALYSIS_ROOT", str(tmp_path))
    monkeypatch.setattr(intake, "running", lambda *_, **__: nullcontext(tables))
    monkeypatch.setattr(intake, "problems", lambda *_, **__: [])
    monkeypatch.setattr(dataset, "assumed", lambda tables: tables)
    monkeypatch.setattr(stored_answers, "with_answers", lambda tables, *_, **__: tables)
    monkeypatch.setattr(assemble, "make_report", make_report)
    monkeypatch.setattr(assemble, "listed", lambda *_, **__: [])

    def call(*words):
        monkeypatch.setattr(sys, "argv", ["ptanalysis", "run", "mine", "2025Q4", *words])
        with pytest.raises(SystemExit) as done:
            commands.main()
        return done.value.code or 0, tmp_path / "reports" / "mine" / "2025Q4.published"

    return call


def test_nothing_is_published_unless_asked_for(run):
    code, place = run()
    assert (code, place.exists()) == (output.DONE, False)


def test_a_run_publishes_once_and_says_so(run, capsys):
    code, place = run("--publish")
    assert code == output.DONE
    assert "readers outside the clinic" in capsys.readouterr().out
    assert {path.stat().st_mode & 0o077 for path in [place, *place.rglob("*")]} == {0}
    code, _ = run("--publish")
    assert code == output.REFUSED
    assert capsys.readouterr().err.strip().startswith("error: 2025Q4 is published already")


def test_help_says_what_publishing_does(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["ptanalysis", "run", "--help"])
    with pytest.raises(SystemExit):
        commands.main()
    said = " ".join(capsys.readouterr().out.replace("│", " ").split())
    assert "no count of 1 to 10 people" in said


def test_a_report_whose_notebooks_recorded_no_stages_is_refused(findings, tmp_path):
    made = tmp_path / "mine" / "2025Q4"
    made.mkdir(parents=True)
    findings_json.write_json(findings | {"stages": []}, made / "findings.json")
    with pytest.raises(published_report.NoStagesError, match="nothing to publish"):
        published_report.publish(made, name=NAME)
    assert [path.name for path in made.parent.iterdir() if path.is_dir()] == ["2025Q4"]
