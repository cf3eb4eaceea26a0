"""The report: executed notebooks, one page without network, whole or not at all."""

import asyncio
import json
import re
import signal
from dataclasses import replace
from html.parser import HTMLParser
from itertools import groupby
from operator import attrgetter
from pathlib import Path

import jsonschema
import nbformat
import pandas as pd
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

import ptanalysis as pt
from lab.simulate import SAMPLE, clinic_tables
from ptanalysis.claims.verdict_tables import claim_records
from ptanalysis.display.report_files import RecordError
from ptanalysis.report import assemble, findings_json, page, run_notebook
from ptanalysis.report.assemble import ReportError, make_report, steps
from ptanalysis.report.claim_lines import lines_of
from ptanalysis.report.findings_json import ClaimRecord
from ptanalysis.report.run_notebook import NotebookError, execute, refuse_unknown
from tests import engine_answers
from tests.scanner import unpacked

by_question = attrgetter("question")
PARAMETERS = {"clinic": "sample", "quarter": "2026Q2"}
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
TITLE = new_markdown_cell("# How many <leads>?\n\nProse.")
SHOW = """import pandas as pd
from ptanalysis.display import drawing, style
from ptanalysis.display import notebook_output as display
figure, (ax,) = style.canvas(2)
empty = drawing.Drawing(figure=figure, name="empty", title=f"{clinic} {quarter}", alt="None.")
display.display(empty)
display.table(pd.DataFrame({"channel": ["seo"], "leads": [3]}), "channels", caption="Channels")
display.say("It costs $5 to $7.")"""


def write(path, *sources):
    cells = [new_code_cell('clinic = "x"\nquarter = "2020Q1"', metadata={"tags": ["parameters"]})]
    cells += [new_code_cell(source) for source in sources]
    nbformat.write(new_notebook(cells=[TITLE, *cells], metadata={"kernelspec": KERNEL}), path)
    return path


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    notebook = write(folder / "1-x.ipynb", SHOW, "import os\nprint(os.listdir('.'))")
    environment = {"PTANALYSIS_REPORT": str(folder / "report")}
    done = execute(notebook, folder / "out.ipynb", parameters=PARAMETERS, environment=environment)
    return folder, done


def test_parameters_reach_the_cells_and_files_are_saved(executed):
    folder, done = executed
    assert sorted(file.name for file in (folder / "report").rglob("*.*")) == [
        "channels.csv",
        "empty.png",
        "empty.svg",
    ]
    assert "sample 2026Q2" in str(done)


def test_cells_run_in_the_notebooks_folder_without_a_word_on_stderr(executed):
    _, done = executed
    streams = [
        out for cell in done.cells for out in cell.get("outputs", []) if out.output_type == "stream"
    ]
    assert [out.name for out in streams] == ["stdout"]
    assert "1-x.ipynb" in streams[0].text


def test_a_kernel_that_is_done_is_stopped_without_an_interrupt(tmp_path):
    """It would print that it was interrupted, in the middle of a run that went well."""

    async def signals() -> list[int]:
        kernel, sent = run_notebook._kernels(tmp_path, {})(kernel_name="python3"), []
        await kernel.start_kernel()
        send = kernel.provisioner.send_signal

        async def noted(signum: int) -> None:
            sent.append(signum)
            await send(signum)

        kernel.provisioner.send_signal = noted
        await kernel.shutdown_kernel(now=True)
        return sent

    assert asyncio.run(signals()) == [signal.SIGKILL]


def test_the_kept_notebook_names_no_folder_of_the_machine_and_no_time(executed):
    folder, _ = executed
    text = (folder / "out.ipynb").read_text("utf-8")
    assert str(folder) not in text
    assert "start_time" not in text
    assert nbformat.read(folder / "out.ipynb", as_version=4).metadata.get("papermill") is None


def test_a_mistyped_parameter_is_refused_before_anything_runs(tmp_path):
    with pytest.raises(NotebookError, match="no parameter quartr; its parameters are clinic, quar"):
        refuse_unknown(write(tmp_path / "1-x.ipynb", "1"), {"quartr": "2026Q2"})


def test_a_failing_cell_is_named_in_one_line_and_the_rest_is_kept(tmp_path):
    notebook = write(tmp_path / "1-x.ipynb", "'first'", "raise ValueError('no spend\\nat all')")
    with pytest.raises(NotebookError) as refusal:
        execute(notebook, tmp_path / "out.ipynb", parameters=PARAMETERS, environment={})
    assert str(refusal.value) == "1-x.ipynb, cell [4]: ValueError: no spend"
    assert "'first'" in str(nbformat.read(tmp_path / "out.ipynb", as_version=4).cells)


class Outline(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.tags, self.ids, self.images = [], [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.ids += [value for name, value in attrs if name == "id"]
        if tag == "img":
            self.images.append(dict(attrs))


@pytest.fixture(scope="module")
def html(executed):
    return page.render_page(
        title="Leads of <b>",
        lead="As of then.",
        headlines=[{"question": "Volume?", "answer": r"**27%** for \$240 to \$310"}],
        claims=[
            {
                "statement": "Outbound costs more",
                "verdict": "cannot_tell",
                "word": "Cannot tell yet",
                "found": "1.2 times",
                "robust": "",
            }
        ],
        chapters=[page.chapter(executed[1], "1-x")],
    )


def test_the_page_needs_no_network_and_no_script(html):
    assert not re.search(r"""(src|href)\s*=\s*["']?(https?:)?//""", html)
    assert "@import" not in html
    assert "url(" not in html
    assert "<script" not in html


def test_the_page_has_one_h1_a_language_a_title_and_alt_text(html):
    outline = Outline(html)
    assert outline.tags.count("h1") == 1
    assert '<html lang="en">' in html
    assert "<title>Leads of &lt;b&gt;</title>" in html
    assert [image["alt"] for image in outline.images] == ["sample 2026Q2. None."]
    assert len(outline.ids) == len(set(outline.ids))


def test_the_page_shows_no_code_and_keeps_dollars(html):
    assert "new_code_cell" not in html
    assert "import pandas" not in html
    assert "$240 to $310" in html
    assert "It costs $5 to $7." in html


def test_a_heading_with_markup_is_text_in_the_list_of_chapters(html):
    assert 'href="#1-x">How many &lt;leads&gt;?</a>' in html


# -- the whole report ------------------------------------------------------------------------------

LEDGER = {
    "rows_in": 3,
    "leads": 1,
    "duplicates": 1,
    "rejected": 0,
    "not_leads": 1,
    "not_leads_by_reason": {"spam": 1},
    "by_file": [
        {
            "file": "2026Q2/inquiries.csv",
            "kind": "inquiries",
            "rows_in": 3,
            "used": 2,
            "duplicates": 1,
            "rejected": 0,
            "excluded": 0,
            "reasons": {"spam": 1},
        }
    ],
}


@pytest.fixture(scope="module")
def tables():
    return replace(clinic_tables(SAMPLE, 5, as_of="2025-12-31"), ledger=LEDGER)


@pytest.fixture(scope="module")
def made(tables, tmp_path_factory):
    """A report whose one notebook records what the engine answers."""

    def recording(notebook, output, *, parameters, environment):
        with pytest.MonkeyPatch.context() as patch:
            for name, value in environment.items():
                patch.setenv(name, value)
            for question, found in groupby(engine_answers.estimates(tables), by_question):
                pt.record(pt.Estimates.of(found), question)
            pt.record(engine_answers.stages(tables), "stages")
            pt.record(pt.verdicts(tables), "claims")
            pt.record("Of **$240** and more.", "answer")
        return execute(notebook, output, parameters=parameters, environment=environment)

    folder = tmp_path_factory.mktemp("report")
    (folder / "notebooks").mkdir()
    write(folder / "notebooks" / "1-x.ipynb", SHOW)
    told = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(assemble, "execute", recording)
        out = make_report(
            tables, notebooks=folder / "notebooks", out=folder / "2025Q4", progress=told.append
        )
    return folder, out, told


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("np.int64(157)", "157"),
        ("sum   7\nsize  157\nName: direction, dtype: int64", "sum   7\nsize  157"),
        ("a    0.5\ndtype: float64", "a    0.5"),
        ("'<b>'", "&#x27;&lt;b&gt;&#x27;"),
    ],
)
def test_a_number_that_a_cell_ends_with_is_on_the_page(written, shown):
    output = new_output("execute_result", data={"text/plain": written})
    notebook = new_notebook(cells=[TITLE, new_code_cell("x", outputs=[output])])
    assert page.chapter(notebook, "x").body.endswith(f"<pre>{shown}</pre>")


def test_findings_json_keeps_to_its_schema(made):
    found = json.loads((made[1] / "findings.json").read_text("utf-8"))
    schema = json.loads(Path("docs/findings.schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator(schema).validate(found)
    assert len(found["claims"]) == 10
    assert sum(claim["primary"] for claim in found["claims"]) == 7
    assert {each["question"] for each in found["estimates"]} == {
        "volume",
        "quality",
        "roi",
        "decay",
    }


def test_a_verdict_that_no_notebook_recorded_says_so(tables):
    rows = pt.verdicts(tables, grid=pd.DataFrame({"claim": []}))
    found = claim_records(rows[rows["id"] != "inbound_higher_roi"], tables.config)
    assert len(found) == 10
    last = ClaimRecord.model_validate({name: found[-1][name] for name in ClaimRecord.model_fields})
    assert (last.id, last.verdict) == ("inbound_higher_roi", "not_testable")
    assert lines_of(found)[-1]["found"].startswith("not known: no notebook recorded it: pt.record(")
    with pytest.raises(RecordError, match=r"as pt.verdicts has them"):
        pt.record(rows[["id"]], "claims")


def test_stages_add_up_to_the_leads_the_spend_and_the_payments(made, tables):
    stages = json.loads((made[1] / "findings.json").read_text("utf-8"))["stages"]
    assert sum(row["leads"] for row in stages) == len(tables.leads)
    assert sum(row["sql"] for row in stages) == tables.leads["sql_at"].notna().sum()
    assert sum(row["cost"] or 0 for row in stages) == pytest.approx(tables.spend["amount"].sum())
    assert sum(row["revenue"] for row in stages) == pytest.approx(tables.payments["amount"].sum())


def test_no_key_is_used_twice(made):
    found = json.loads((made[1] / "findings.json").read_text("utf-8"))["estimates"]
    keys = [(each["id"], each["group"], each["unit"]) for each in found]
    assert sorted(key for key in set(keys) if keys.count(key) > 1) == []


def test_every_part_is_there_and_nothing_else(made):
    folder, out, told = made
    assert sorted(path.relative_to(out).as_posix() for path in out.rglob("*.*")) == [
        "1-x.ipynb",
        "figures/empty.png",
        "figures/empty.svg",
        "findings.html",
        "findings.json",
        "findings.pptx",
        "findings.xlsx",
        "summary.html",
        "summary.txt",
        "tables/channels.csv",
        "tables/claims.csv",
        "tables/estimates.csv",
        "tables/stages.csv",
    ]
    assert told == steps(folder / "notebooks")
    assert not list(folder.glob("*.making"))


def test_nothing_in_a_report_names_a_folder_of_the_machine(made):
    folder, out, _ = made
    for path in out.rglob("*.*"):
        parts = dict(unpacked(path.read_bytes(), path.name))
        assert not [name for name, part in parts.items() if str(folder).encode() in part]


def test_every_table_holds_numbers_as_numbers(made):
    """A dollar sign, a percent sign or a comma of thousands would make text of a number."""
    for path in made[1].glob("tables/*.csv"):
        texts = pd.read_csv(path).select_dtypes("str").stack().dropna()
        assert not texts[texts.str.fullmatch(r"[−-]?[$€£]?[\d,.]+[ %]?")].tolist(), path.name


def test_a_failed_run_leaves_the_previous_report(made, tables, monkeypatch):
    folder, out, _ = made
    before = {path: path.read_bytes() for path in out.rglob("*.*")}
    write(folder / "notebooks" / "2-y.ipynb", "1 / 0")
    with pytest.raises(ReportError, match=r"2-y.ipynb, cell \[3\]: ZeroDivisionError.*Q4.failed"):
        make_report(tables, notebooks=folder / "notebooks", out=out)
    assert {path: path.read_bytes() for path in out.rglob("*.*")} == before
    assert (folder / "2025Q4.failed" / "2-y.ipynb").exists()


def test_the_same_tables_give_the_same_findings(made, tables, tmp_path):
    again = engine_answers.document(tables, engine_answers.judged(tables))
    findings_json.write_json(again, tmp_path / "findings.json")
    assert (tmp_path / "findings.json").read_bytes() == (made[1] / "findings.json").read_bytes()
