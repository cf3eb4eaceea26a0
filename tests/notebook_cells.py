"""A notebook's cells run in this process, on the clinic and with the edits that a test gives."""

from __future__ import annotations

import ast
from functools import cached_property
from pathlib import Path

import nbformat
from matplotlib.text import Text

from ptanalysis.dataset import ClinicData
from ptanalysis.display.drawing import settle

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"


class Ran(dict):
    """A notebook's names, with what it recorded (kind, found) and all that it displayed."""

    recorded: list
    displayed: list

    @cached_property
    def shown(self) -> list[str]:
        """Every text it showed; figures are laid out for this, so only where a test asks."""
        return list(map(text_of, self.displayed))


def cells(stem: str) -> list[str]:
    """Return the source of a notebook's code cells, its parameters left out."""
    (path,) = NOTEBOOKS.glob(f"{stem}*.ipynb")
    return [
        cell.source
        for cell in nbformat.read(path, as_version=4).cells
        if cell.cell_type == "code" and "parameters" not in cell.metadata.get("tags", [])
    ]


def run_cells(stem: str, clinic: ClinicData, monkeypatch, edits=()) -> Ran:
    """Run a notebook's cells on `clinic`.

    Parameters
    ----------
    stem : str
        How the notebook's name begins.
    clinic : ClinicData
        What ``pt.load`` gives it.
    edits : sequence of (str, str)
        Text to replace, as an analyst would; each must be there once.
    """
    kept, displayed = [], []
    monkeypatch.setattr("ptanalysis.display.report_files._kept", kept)
    monkeypatch.setattr("ptanalysis.load", lambda *_, **__: clinic, raising=False)
    monkeypatch.setattr(
        "ptanalysis.display.notebook_output.display",
        lambda *each, **_: displayed.extend(each),
    )
    source = cells(stem)
    for old, new in edits:
        assert sum(cell.count(old) for cell in source) == 1, old
        source = [cell.replace(old, new) for cell in source]
    names = {"clinic": "sample", "quarter": "2026Q2"}
    for cell in source:
        displayed += run_cell(cell, names)
    ran = Ran(names | {"recorded": kept})
    ran.recorded, ran.displayed = kept, displayed
    return ran


def run_cell(cell: str, names: dict) -> list:
    """Run one cell; return its last expression's value, which a notebook would show."""
    tree = ast.parse(cell)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "<cell>", "exec"), names)
    if last is None:
        return []
    shown = eval(compile(ast.Expression(last.value), "<cell>", "eval"), names)
    return [] if shown is None else [shown]


def text_of(shown: object) -> str:
    """Return every text of what a cell shows: of a figure, a table, a sentence."""
    if hasattr(shown, "alt"):
        settle(shown)
        return " ".join([shown.title, shown.alt, *_letters(shown.figure)])
    if isinstance(shown, dict):
        return str(shown.get("text/plain", ""))
    if isinstance(data := getattr(shown, "data", None), str):
        return data
    return getattr(shown, "_repr_html_", shown.__repr__)() or repr(shown)


def _letters(figure) -> list[str]:
    return [each.get_text() for each in figure.findobj(Text)]
