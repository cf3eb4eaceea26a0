"""Clinics with known truth: the sample data, the calibration, and the tests."""

from ptanalysis.simulate.draw import Drawn, draw
from ptanalysis.simulate.sample import write_sample
from ptanalysis.simulate.seam import clinic_tables, tables_of
from ptanalysis.simulate.truth import compute_truth, store_truths, truth
from ptanalysis.simulate.world import AlwaysOn, Arm, Channel, World
from ptanalysis.simulate.worlds import EXPECTED, SAMPLE, WORLDS, agrees

__all__ = [
    "EXPECTED",
    "SAMPLE",
    "WORLDS",
    "AlwaysOn",
    "Arm",
    "Channel",
    "Drawn",
    "World",
    "agrees",
    "clinic_tables",
    "compute_truth",
    "draw",
    "store_truths",
    "tables_of",
    "truth",
    "write_sample",
]
