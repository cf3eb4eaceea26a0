"""Estimate and the engine behind it: values, intervals, and the gates that must be passed."""

from ptanalysis.stats.aalen_johansen import incidence, incidence_curve, incidence_difference
from ptanalysis.stats.clusters import cluster_labels
from ptanalysis.stats.cost_ratios import cost_per, cost_ratio
from ptanalysis.stats.counts import (
    count_change,
    count_interval,
    expected_count,
    garwood,
    rate_ratio,
)
from ptanalysis.stats.estimate import Estimate
from ptanalysis.stats.fay_feuer import fay_feuer_ratio, fay_feuer_total, top_share
from ptanalysis.stats.leave_one_out import (
    FiellerResult,
    Scaled,
    contrast,
    fieller,
    jackknife,
    jackknife_of,
    jackknife_paired,
    mover,
)
from ptanalysis.stats.minimum_data import CAPPED
from ptanalysis.stats.planning import MoreNeeded, mde, more_needed, within_margin
from ptanalysis.stats.proportions import newcombe, share_difference, wilson
from ptanalysis.stats.ranking import empirical_bayes
from ptanalysis.stats.return_on_cost import roi, roi_difference, roi_ratio
from ptanalysis.stats.screened import (
    FollowUp,
    qualified,
    qualified_difference,
    unequal_screening,
)
from ptanalysis.stats.share_left_interval import ShareLeft, share_left
from ptanalysis.stats.survival import permutation_logrank, rmst, rmst_difference
from ptanalysis.stats.yearly_trend import overdispersion, trend

__all__ = [
    "CAPPED",
    "Estimate",
    "FiellerResult",
    "FollowUp",
    "MoreNeeded",
    "Scaled",
    "ShareLeft",
    "cluster_labels",
    "contrast",
    "cost_per",
    "cost_ratio",
    "count_change",
    "count_interval",
    "empirical_bayes",
    "expected_count",
    "fay_feuer_ratio",
    "fay_feuer_total",
    "fieller",
    "garwood",
    "incidence",
    "incidence_curve",
    "incidence_difference",
    "jackknife",
    "jackknife_of",
    "jackknife_paired",
    "mde",
    "more_needed",
    "mover",
    "newcombe",
    "overdispersion",
    "permutation_logrank",
    "qualified",
    "qualified_difference",
    "rate_ratio",
    "rmst",
    "rmst_difference",
    "roi",
    "roi_difference",
    "roi_ratio",
    "share_difference",
    "share_left",
    "top_share",
    "trend",
    "unequal_screening",
    "wilson",
    "within_margin",
]
