"""A notebook's code cells run in this process, on a clinic that a test gives."""

from __future__ import annotations

from pathlib import Path

import nbformat

import ptanalysis
from ptanalysis.dataset import ClinicData
from ptanalysis.display import report_files

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"


def run_cells(stem: str, clinic: ClinicData, monkeypatch, edits=()) -> dict:
    """Run the code cells of the notebook whose name starts with `stem`; return its names.

    Parameters
    ----------
    stem : str
        Like ``4-can``.
    clinic : ClinicData
        What `ptanalysis.load` gives it.
    monkeypatch : pytest.MonkeyPatch
    edits : sequence of (str, str)
        What an analyst changes: the text of a cell, and what stands there instead. Each must be
        found.
    """
    monkeypatch.setattr(ptanalysis, "load", lambda *_, **__: clinic, raising=False)
    monkeypatch.setattr(report_files, "_kept", [])
    (path,) = NOTEBOOKS.glob(f"{stem}*.ipynb")
    cells = nbformat.read(path, as_version=4).cells
    sources = [cell.source for cell in cells if cell.cell_type == "code"]
    for old, new in edits:
        assert any(old in source for source in sources), f"{path.name}: no cell has {old!r}"
        sources = [source.replace(old, new) for source in sources]
    names = {"__name__": stem, "clinic": clinic.clinic, "quarter": str(clinic.quarter)}
    for source in sources:
        exec(compile(source, path.name, "exec"), names)
    return names
