"""Decay: what is left after spend stops, and whether inbound starts slower, lasts and grows."""

from ptanalysis.decay.first import first_sql_curves, first_sql_difference
from ptanalysis.decay.growth import growth, lasting, ramp
from ptanalysis.decay.half_life import half_life, shapes
from ptanalysis.decay.pauses import PAUSE_WEEKS, pauses
from ptanalysis.decay.stops import (
    after_stop,
    identification,
    persistence,
    persistence_difference,
)

__all__ = [
    "PAUSE_WEEKS",
    "after_stop",
    "first_sql_curves",
    "first_sql_difference",
    "growth",
    "half_life",
    "identification",
    "lasting",
    "pauses",
    "persistence",
    "persistence_difference",
    "ramp",
    "shapes",
]
