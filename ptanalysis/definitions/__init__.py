"""The words of the project: stages, directions, columns, quarters, taxonomy, configuration."""

from ptanalysis.definitions.assumptions import Assumptions
from ptanalysis.definitions.errors import SEVERITIES, Problem, UserError, once
from ptanalysis.definitions.paths import REPORT_VARIABLE, PlaceError, Places, clinic_name, spare_raw
from ptanalysis.definitions.quarter import Quarter, QuarterError
from ptanalysis.definitions.settings import (
    ClinicConfig,
    ConfigError,
    assuming,
    currency_sign,
    is_currency,
    load_config,
)
from ptanalysis.definitions.stages import (
    COST_KINDS,
    DIRECTIONS,
    PATIENT_HORIZON_WEEKS,
    SQL_HORIZON_WEEKS,
    STAGE_COLUMNS,
    STAGES,
    TAXONOMIES,
    UNKNOWN,
)
from ptanalysis.definitions.taxonomy import Taxonomy, load_taxonomy, normal

__all__ = [
    "COST_KINDS",
    "DIRECTIONS",
    "PATIENT_HORIZON_WEEKS",
    "REPORT_VARIABLE",
    "SEVERITIES",
    "SQL_HORIZON_WEEKS",
    "STAGES",
    "STAGE_COLUMNS",
    "TAXONOMIES",
    "UNKNOWN",
    "Assumptions",
    "ClinicConfig",
    "ConfigError",
    "PlaceError",
    "Places",
    "Problem",
    "Quarter",
    "QuarterError",
    "Taxonomy",
    "UserError",
    "assuming",
    "clinic_name",
    "currency_sign",
    "is_currency",
    "load_config",
    "load_taxonomy",
    "normal",
    "once",
    "spare_raw",
]
