"""Return: what inbound and outbound cost and brought in, on spend old enough to have paid back.

Cost and outcomes come from the same matured units: a campaign or asset with the leads and the cost
of its first 52 weeks, or a 4-week block of a channel that runs without campaigns. Cost is full
cost, labour included; a unit enters once all its leads have been followed for as long as the
outcome asks.
"""

from ptanalysis.metrics.money.campaign_units import TAIL_WEEKS, UNIT_WEEKS
from ptanalysis.metrics.money.cost_per_outcome import (
    UNITS,
    cost_per_event,
    cost_per_ratio,
    cost_per_sql_bounds,
)
from ptanalysis.metrics.money.mature import SIDES, by_cluster, weeks_followed
from ptanalysis.metrics.money.roi_by_side import (
    roi,
    roi_difference,
    roi_ratio,
    total_revenue,
)

__all__ = [
    "SIDES",
    "TAIL_WEEKS",
    "UNITS",
    "UNIT_WEEKS",
    "by_cluster",
    "cost_per_event",
    "cost_per_ratio",
    "cost_per_sql_bounds",
    "roi",
    "roi_difference",
    "roi_ratio",
    "total_revenue",
    "weeks_followed",
]
