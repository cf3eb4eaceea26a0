"""Clinics with known truth: the sample data, the calibration, and the tests."""

from lab.simulate.draw import Drawn, draw
from lab.simulate.sample import write_sample
from lab.simulate.seam import clinic_tables, tables_of
from lab.simulate.truth import compute_truth, store_truths, truth
from lab.simulate.world import AlwaysOn, Arm, Channel, World
from lab.simulate.worlds import EXPECTED, SAMPLE, WORLDS, agrees

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
