"""Quality: lead to MQL to SQL to paid patient, on leads old enough to have become one.

Conversion is at a stated horizon: 13 weeks to SQL, 26 to patient. Quality is the share of the
screened leads that are SQL: a lead nobody screened is unknown, never "not SQL". A lead still open
counts for as long as it has been followed.
"""

from ptanalysis.metrics.quality.data_warnings import traps, warnings
from ptanalysis.metrics.quality.followed_leads import (
    HORIZONS,
    RATES,
    FollowUp,
    decided_at,
    follow_up,
    matured,
    rate,
    screenable,
    screening_of,
    unrecorded,
)
from ptanalysis.metrics.quality.quality_by_quarter import change, common_age
from ptanalysis.metrics.quality.quality_difference import (
    mql_sql_gap_difference,
    rate_difference,
    sql_share_difference,
    vendors,
)
from ptanalysis.metrics.quality.screening_coverage import screened_within, screening
from ptanalysis.metrics.quality.stage_funnel import STEPS, conversion_curves, funnel

__all__ = [
    "HORIZONS",
    "RATES",
    "STEPS",
    "FollowUp",
    "change",
    "common_age",
    "conversion_curves",
    "decided_at",
    "follow_up",
    "funnel",
    "matured",
    "mql_sql_gap_difference",
    "rate",
    "rate_difference",
    "screenable",
    "screened_within",
    "screening",
    "screening_of",
    "sql_share_difference",
    "traps",
    "unrecorded",
    "vendors",
    "warnings",
]
