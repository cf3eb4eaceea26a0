"""A notebook's cells run in this process, on the clinic and with the edits that a test gives."""

from __future__ import annotations

import ast
from pathlib import Path

import nbformat

from ptanalysis.dataset import ClinicData


def cells(stem: str) -> list[str]:
    """Return the source of a notebook's code cells, its parameters left out."""
    (path,) = Path("notebooks").glob(f"{stem}*.ipynb")
    return [
        cell.source
        for cell in nbformat.read(path, as_version=4).cells
        if cell.cell_type == "code" and "parameters" not in cell.metadata.get("tags", [])
    ]


def run_cells(stem: str, clinic: ClinicData, monkeypatch, edits=()) -> dict:
    """Run a notebook's cells on `clinic`, and return the names they made.

    Parameters
    ----------
    stem : str
        How the notebook's name begins.
    clinic : ClinicData
        What ``pt.load`` gives it.
    edits : sequence of (str, str)
        Text to replace, as an analyst would; each must be there once.

    Returns
    -------
    dict
        The notebook's names; ``recorded`` holds what it recorded, as (kind, frame or text).
    """
    kept: list = []
    monkeypatch.setattr("ptanalysis.display.report_files._kept", kept)
    monkeypatch.setattr("ptanalysis.load", lambda *_, **__: clinic)
    source = cells(stem)
    for old, new in edits:
        assert sum(cell.count(old) for cell in source) == 1, old
        source = [cell.replace(old, new) for cell in source]
    names = {"clinic": "sample", "quarter": "2026Q2"}
    for cell in source:
        show(cell, names)
    return names | {"recorded": kept}


def show(cell: str, names: dict) -> None:
    """Run one cell, and ask its last expression for what a notebook would show of it."""
    tree = ast.parse(cell)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "<cell>", "exec"), names)
    if last is not None:
        shown = eval(compile(ast.Expression(last.value), "<cell>", "eval"), names)
        for form in ("_repr_mimebundle_", "_repr_html_"):
            if hasattr(shown, form):
                getattr(shown, form)()
