"""The tables between intake and analysis, and the same under other assumptions."""

from ptanalysis.dataset.assumed_tables import assumed, requalify
from ptanalysis.dataset.clinic_data import (
    COUNTS,
    SCHEMA,
    SIDED,
    UNDATED_SHARE,
    UNIT,
    ClinicData,
    active_spend,
    conform,
    empty,
    first_lead,
    place_of,
    pooled,
)

__all__ = [
    "COUNTS",
    "SCHEMA",
    "SIDED",
    "UNDATED_SHARE",
    "UNIT",
    "ClinicData",
    "active_spend",
    "assumed",
    "conform",
    "empty",
    "first_lead",
    "place_of",
    "pooled",
    "requalify",
]
