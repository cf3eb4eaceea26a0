"""A notebook's code cells, run in this process on any clinic."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
import nbformat
from matplotlib.text import Text

from ptanalysis.dataset import ClinicData
from ptanalysis.display import report_files

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"


@dataclass(frozen=True)
class Ran:
    """What a notebook left: its variables, what it recorded, and every text it showed."""

    names: dict
    recorded: list
    shown: list[str]


def run_cells(stem: str, tables: ClinicData, monkeypatch, *, edits: tuple = ()) -> Ran:
    """Run the code cells of notebooks/<stem>.ipynb on `tables`.

    Parameters
    ----------
    edits : tuple of (str, str)
        Each replaces a text of one cell, as an analyst would edit it; it must occur.
    """
    cells = nbformat.read(NOTEBOOKS / f"{stem}.ipynb", as_version=4).cells
    sources = [each.source for each in cells if each.cell_type == "code"]
    for old, new in edits:
        assert any(old in source for source in sources), f"no cell of {stem} holds {old!r}"
        sources = [source.replace(old, new) for source in sources]
    shown: list[str] = []

    def keep(*what, **_):
        shown.extend(_text(each) for each in what)

    monkeypatch.setattr("ptanalysis.display.notebook_output.display", keep)
    monkeypatch.setattr("ptanalysis.intake.load_quarter.load", lambda *_, **__: tables)
    monkeypatch.setattr(report_files, "_kept", [])
    mpl.use("agg")
    names: dict = {}
    for source in sources:
        body, last = _parted(source)
        exec(compile(body, stem, "exec"), names)
        if last and (value := eval(compile(last, stem, "eval"), names)) is not None:
            keep(value)
    return Ran(names, report_files.recorded(), shown)


def _parted(source: str) -> tuple[ast.Module, ast.Expression | None]:
    """Return a cell without its last expression, and that expression, which is shown."""
    tree = ast.parse(source)
    if not tree.body or not isinstance(tree.body[-1], ast.Expr):
        return tree, None
    return tree, ast.Expression(tree.body.pop().value)


def _text(what: object) -> str:
    """Return every text of what a cell showed: an output's data, a figure's words, a table."""
    if hasattr(what, "_repr_mimebundle_") and hasattr(what, "alt"):
        what._repr_mimebundle_()
        words = [each.get_text() for each in what.figure.findobj(Text)]
        return " ".join([what.title, what.alt, *words])
    if isinstance(what, dict):
        return str(what.get("text/plain", what))
    return getattr(what, "data", None) or getattr(what, "_repr_html_", what.__repr__)()
