"""The notebooks: executed in order, quiet, short cells, no number typed into prose."""

import re
from pathlib import Path

import nbformat
import pytest

NOTEBOOKS = sorted(Path("notebooks").glob("*.ipynb"))
CLOSING = ["What we conclude", "What could change our mind", "Next"]
#: Numbers that belong to a definition or a method, never a finding.
DEFINED = {"0%", "1.20", "0", "4", "5", "6", "12", "13", "26", "52", "95%"}


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def notebook(request):
    return nbformat.read(request.param, as_version=4)


def code(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def prose(notebook):
    return [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]


def outputs(notebook):
    return [output for cell in code(notebook) for output in cell.outputs]


def test_there_are_four():
    assert [path.stem for path in NOTEBOOKS] == [
        "1-lead-volume",
        "2-lead-quality",
        "3-inbound-vs-outbound",
        "4-can-we-trust-this",
    ]


def test_every_cell_ran_in_order(notebook):
    counts = [cell.execution_count for cell in code(notebook)]
    assert counts == list(range(1, len(counts) + 1))


def test_no_errors_and_no_streams(notebook):
    assert {output.output_type for output in outputs(notebook)} <= {
        "display_data",
        "execute_result",
    }


def test_no_path_of_a_machine_and_no_address_of_an_object(notebook):
    text = "\n".join(
        str(output.data.get(kind, ""))
        for output in outputs(notebook)
        for kind in ("text/plain", "text/html", "text/markdown")
    )
    assert not re.search(r"/(home|tmp|root|work|Users)/|0x[0-9a-f]{6,}|[A-Z]:\\\\", text)


def test_metadata_holds_nothing_that_changes_from_machine_to_machine(notebook):
    assert set(notebook.metadata) == {"kernelspec", "title"}
    assert notebook.metadata.kernelspec.name == "python3"
    assert {name for cell in notebook.cells for name in cell.metadata} == {"tags"}


def test_the_question_is_the_title_and_the_short_answer_comes_first(notebook):
    title = re.match(r"# (.+\?)$", prose(notebook)[0], re.MULTILINE)
    shown = [output.data.get("text/markdown", "") for output in outputs(notebook)]
    assert notebook.metadata.title == title[1]
    assert "**Short answer" in shown[0]


def test_it_closes_as_every_notebook_does(notebook):
    headings = re.findall(r"^## (.+)$", "\n".join(prose(notebook)), re.MULTILINE)
    assert [each.removesuffix(" data to collect") for each in headings[-3:]] == CLOSING


def test_parameters_are_the_sample_by_default(notebook):
    (cell,) = [cell for cell in code(notebook) if "parameters" in cell.metadata.get("tags", [])]
    assert cell.source == 'clinic = "sample"\nquarter = "2026Q2"'


def test_cells_are_short_and_define_nothing(notebook):
    lines = sorted(cell.source.count("\n") + 1 for cell in code(notebook))
    assert lines[-1] <= 15
    assert lines[len(lines) // 2] <= 4
    assert not any(re.search(r"^\s*(def|class) ", cell.source, re.M) for cell in code(notebook))


def test_prose_between_cells_is_never_far(notebook):
    assert len(prose(notebook)) >= 0.6 * len(code(notebook))


def test_no_finding_is_typed_into_prose(notebook):
    text = re.sub(r"^#.*$|`[^`]*`", "", "\n".join(prose(notebook)), flags=re.M)
    typed = set(re.findall(r"\$?\d[\d,.]*\d(?: ?%)?|\d(?: ?%)?", text))
    assert typed <= DEFINED


def test_every_figure_has_alt_text_and_every_html_is_a_table(notebook):
    for output in outputs(notebook):
        if "image/png" in output.data:
            assert len(output.metadata["image/png"]["alt"]) > 20
        if "text/html" in output.data:
            assert "<table" in output.data["text/html"]


def test_wording_is_never_causal(notebook):
    said = "\n".join(
        [
            *prose(notebook),
            *(str(output.data.get("text/markdown", "")) for output in outputs(notebook)),
        ]
    )
    assert not re.search(r"because of|thanks to|caused|led to", said)
