"""Return: what inbound and outbound cost and brought in, on spend old enough to have paid back.

Cost and outcomes come from the same matured units: a campaign or asset with the leads and the cost
of its first 52 weeks, or a 4-week block of a channel that runs without campaigns. Cost is full
cost, labour included; a unit enters once all its leads have been followed for as long as the
outcome asks.
"""

from ptanalysis.metrics.money.break_even_month import BreakEven, break_even, cumulative_net
from ptanalysis.metrics.money.campaign_units import STANDINGS, TAIL_WEEKS, UNIT_WEEKS
from ptanalysis.metrics.money.cost_per_outcome import (
    UNITS,
    cost_per_event,
    cost_per_ratio,
    cost_per_sql_bounds,
    shared_cost,
)
from ptanalysis.metrics.money.mature import SIDES, by_cluster, left_out, weeks_followed
from ptanalysis.metrics.money.roi_by_side import (
    concentration,
    labour_tipping_point,
    roi,
    roi_difference,
    roi_ratio,
    total_revenue,
)
from ptanalysis.metrics.money.shared_costs import shared_cost_sensitivity, with_shared_cost

__all__ = [
    "SIDES",
    "STANDINGS",
    "TAIL_WEEKS",
    "UNITS",
    "UNIT_WEEKS",
    "BreakEven",
    "break_even",
    "by_cluster",
    "concentration",
    "cost_per_event",
    "cost_per_ratio",
    "cost_per_sql_bounds",
    "cumulative_net",
    "labour_tipping_point",
    "left_out",
    "roi",
    "roi_difference",
    "roi_ratio",
    "shared_cost",
    "shared_cost_sensitivity",
    "total_revenue",
    "weeks_followed",
    "with_shared_cost",
]
