"""How often the project's answers are right, measured where the truth is known."""

from ptanalysis.calibrate.cells import SIZES, Cell, cells
from ptanalysis.calibrate.replicate import OURS, replicates
from ptanalysis.calibrate.run import run
from ptanalysis.calibrate.stored import results
from ptanalysis.calibrate.summary import ANY_PRIMARY, HIGH, LOW, summarize

__all__ = [
    "ANY_PRIMARY",
    "HIGH",
    "LOW",
    "OURS",
    "SIZES",
    "Cell",
    "cells",
    "replicates",
    "results",
    "run",
    "summarize",
]
