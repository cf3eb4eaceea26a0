"""Refresh the notebooks' stored outputs from the sample.

Run: python -m lab.refresh_notebooks

The outputs are checked by `make test`, so they come from nowhere else than here.
"""

from __future__ import annotations

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode
from traitlets.config import Config

from ptanalysis.definitions import Places
from ptanalysis.report.assemble import listed
from ptanalysis.report.run_notebook import strip

_KEPT = ("tags",)
_QUIET = Config({"KernelManager": {"transport_encryption": "auto"}})


def refresh(notebook: Path) -> None:
    """Run a notebook in its folder and store its outputs in place, byte for byte the same.

    Raises
    ------
    CellExecutionError
        A cell failed; the file is left as it was.
    """
    cells = nbformat.read(notebook, as_version=4)
    NotebookClient(
        cells,
        kernel_name="python3",
        record_timing=False,
        config=_QUIET,
        resources={"metadata": {"path": str(notebook.parent)}},
    ).execute()
    nbformat.write(clean(cells), notebook)


def clean(notebook: NotebookNode) -> NotebookNode:
    """Return a notebook with nothing of the machine or of its editor in the metadata."""
    for cell in notebook.cells:
        cell.metadata = {name: cell.metadata[name] for name in _KEPT if name in cell.metadata}
    return strip(notebook)


def main() -> int:
    """Refresh every notebook; 1 where one failed."""
    for notebook in listed(Places.default().notebooks):
        try:
            refresh(notebook)
        except CellExecutionError as error:
            print(f"{notebook.name}: {error.ename}: {error.evalue}", file=sys.stderr)
            return 1
        print(notebook.name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
