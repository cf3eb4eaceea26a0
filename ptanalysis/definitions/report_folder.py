"""The folder of the report being made: the one thing a notebook learns from its run."""

from __future__ import annotations

import os
from pathlib import Path

#: Environment variable that names the folder of the report being made.
REPORT_VARIABLE = "PTANALYSIS_REPORT"
#: Environment variable that names the notebook being run, like ``2-lead-quality``.
NOTEBOOK_VARIABLE = "PTANALYSIS_NOTEBOOK"


def report_folder(part: str) -> Path | None:
    """Return the folder for `part` of the report being made, None where none is made."""
    report = os.environ.get(REPORT_VARIABLE)
    if not report:
        return None
    folder = Path(report) / part
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def notebook_name() -> str:
    """Return the notebook being run for a report, or an empty string."""
    return os.environ.get(NOTEBOOK_VARIABLE, "")
