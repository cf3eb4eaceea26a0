"""Estimate and the engine behind it: values, intervals, and the gates that must be passed."""

from ptanalysis.estimate.clusters import cluster_labels
from ptanalysis.estimate.compound import fay_feuer_ratio, fay_feuer_total, top_share
from ptanalysis.estimate.cost import cost_per, cost_ratio
from ptanalysis.estimate.counts import (
    count_change,
    count_interval,
    expected_count,
    garwood,
    rate_ratio,
)
from ptanalysis.estimate.gates import CAPPED
from ptanalysis.estimate.incidence import incidence, incidence_curve, incidence_difference
from ptanalysis.estimate.jackknife import (
    FiellerResult,
    Scaled,
    contrast,
    fieller,
    jackknife,
    jackknife_of,
    jackknife_paired,
    mover,
)
from ptanalysis.estimate.planning import MoreNeeded, mde, more_needed, within_margin
from ptanalysis.estimate.proportions import newcombe, share_difference, wilson
from ptanalysis.estimate.ranking import empirical_bayes
from ptanalysis.estimate.result import Estimate
from ptanalysis.estimate.returns import roi, roi_difference, roi_ratio
from ptanalysis.estimate.share_left import ShareLeft, share_left
from ptanalysis.estimate.survival import permutation_logrank, rmst, rmst_difference
from ptanalysis.estimate.trend import overdispersion, trend

__all__ = [
    "CAPPED",
    "Estimate",
    "FiellerResult",
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
    "wilson",
    "within_margin",
]
