"""A clinic's own copies of the notebooks, for an analyst to change; `run` executes them."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat

from ptanalysis.definitions import UserError, clinic_name
from ptanalysis.report.assemble import listed


class CopyError(UserError, ValueError):
    """Notebooks that cannot be copied for a clinic."""


def own_copies(notebooks: Path, *, clinic: str, quarter: str) -> tuple[list[Path], list[Path]]:
    """Copy the notebooks into the clinic's folder beside them, set to that clinic and quarter.

    Parameters
    ----------
    notebooks : Path
        Folder with the notebooks of the project.
    clinic, quarter : str
        What the parameters cell says; a report puts its own in their place.

    Returns
    -------
    made, there : list of Path
        The copies made, and those that were there before and stay as they are.
    """
    folder = notebooks / clinic_name(clinic)
    folder.mkdir(exist_ok=True)
    made, there = [], []
    for original in listed(notebooks):
        copy = folder / original.name
        (there if copy.exists() else made).append(copy)
        if not copy.exists():
            copy.write_text(_pointed(original, clinic=clinic, quarter=quarter), "utf-8")
    return made, there


def newest_quarter(quarters: list[str], *, clinic: str) -> str:
    """Return the last of a clinic's quarters.

    Raises
    ------
    CopyError
        There is none.
    """
    if not quarters:
        raise CopyError(f"{clinic} has no quarter's folder, like data/raw/{clinic}/2026Q2")
    return quarters[-1]


def _pointed(original: Path, **parameters: str) -> str:
    """Return a notebook with its parameters set and no outputs, which would be the sample's."""
    notebook = nbformat.read(original, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
        if "parameters" in cell.metadata.get("tags", []):
            cell.source = _set(cell.source, parameters)
    return nbformat.writes(notebook) + "\n"


def _set(source: str, parameters: dict[str, str]) -> str:
    for name, value in parameters.items():
        line = f"{name} = {value!r}".replace("'", '"')
        source = re.sub(rf"^{name} = .*$", lambda _, line=line: line, source, flags=re.MULTILINE)
    return source
