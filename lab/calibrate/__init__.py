"""How often the project's answers are right, measured where the truth is known."""

from lab.calibrate.cells import SIZES, Cell, cells
from lab.calibrate.replicate import OURS, replicates
from lab.calibrate.run import run
from lab.calibrate.summary import ANY_PRIMARY, HIGH, LOW, summarize

__all__ = [
    "ANY_PRIMARY",
    "HIGH",
    "LOW",
    "OURS",
    "SIZES",
    "Cell",
    "cells",
    "replicates",
    "run",
    "summarize",
]
