"""Estimate and the engine behind it: values, intervals, and the gates that must be passed."""

from ptanalysis.stats.aalen_johansen import incidence, incidence_curve, incidence_difference
from ptanalysis.stats.cost_ratios import cost_per, cost_ratio
from ptanalysis.stats.counts import count_change, expected_count, garwood
from ptanalysis.stats.drift import cluster_labels
from ptanalysis.stats.estimate import Estimate, Estimates, held_together
from ptanalysis.stats.leave_one_out import average, contrast, jackknife
from ptanalysis.stats.minimum_data import CAPPED
from ptanalysis.stats.mover_interval import mover
from ptanalysis.stats.planning import MoreNeeded, mde, more_needed
from ptanalysis.stats.proportions import newcombe, share_difference, wilson
from ptanalysis.stats.return_on_cost import (
    fay_feuer_total,
    roi,
    roi_difference,
    roi_ratio,
    top_share,
)
from ptanalysis.stats.scales import Scaled
from ptanalysis.stats.screened import FollowUp, qualified, qualified_difference, unequal_screening
from ptanalysis.stats.share_left_interval import ShareLeft, share_left
from ptanalysis.stats.survival import rmst_difference
from ptanalysis.stats.yearly_trend import overdispersion, trend
