"""The words of the project: stages, directions, columns, quarters, taxonomy, configuration."""

from ptanalysis.definitions.config import ClinicConfig, ConfigError, load_config
from ptanalysis.definitions.currency import currency_name, currency_sign, is_currency
from ptanalysis.definitions.places import PlaceError, Places, clinic_name, spare_raw
from ptanalysis.definitions.problem import SEVERITIES, Problem
from ptanalysis.definitions.quarter import Quarter, QuarterError
from ptanalysis.definitions.refused import Refused
from ptanalysis.definitions.taxonomy import Taxonomy, load_taxonomy
from ptanalysis.definitions.words import (
    COST_KINDS,
    DIRECTIONS,
    PATIENT_HORIZON_WEEKS,
    SQL_HORIZON_WEEKS,
    STAGE_COLUMNS,
    STAGES,
    TAXONOMIES,
    UNKNOWN,
)

__all__ = [
    "COST_KINDS",
    "DIRECTIONS",
    "PATIENT_HORIZON_WEEKS",
    "SEVERITIES",
    "SQL_HORIZON_WEEKS",
    "STAGES",
    "STAGE_COLUMNS",
    "TAXONOMIES",
    "UNKNOWN",
    "ClinicConfig",
    "ConfigError",
    "PlaceError",
    "Places",
    "Problem",
    "Quarter",
    "QuarterError",
    "Refused",
    "Taxonomy",
    "clinic_name",
    "currency_name",
    "currency_sign",
    "is_currency",
    "load_config",
    "load_taxonomy",
    "spare_raw",
]
