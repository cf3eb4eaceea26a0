"""Clinics with known truth: the sample data, the calibration, and the tests."""

from ptanalysis.simulate.draw import Drawn, draw
from ptanalysis.simulate.seam import clinic_tables, tables_of
from ptanalysis.simulate.world import AlwaysOn, Arm, Channel, World
from ptanalysis.simulate.worlds import WORLDS

__all__ = [
    "WORLDS", "AlwaysOn", "Arm", "Channel", "Drawn", "World", "clinic_tables", "draw", "tables_of",
]  # fmt: skip
