"""Decay: what is left after spend stops, and whether inbound starts slower, lasts and grows."""

from ptanalysis.metrics.decay.asset_growth import growth, lasting
from ptanalysis.metrics.decay.campaign_stops import (
    after_stop,
    identification,
    persistence,
    persistence_difference,
)
from ptanalysis.metrics.decay.first_sql import first_sql_difference
from ptanalysis.metrics.decay.half_lives import half_life
from ptanalysis.metrics.decay.spend_pauses import PAUSE_WEEKS, pauses

__all__ = [
    "PAUSE_WEEKS",
    "after_stop",
    "first_sql_difference",
    "growth",
    "half_life",
    "identification",
    "lasting",
    "pauses",
    "persistence",
    "persistence_difference",
]
