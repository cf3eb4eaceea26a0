"""Gates: how much there must be before anything is claimed, each with its sentence.

A gate that fails leaves the value as a description and says why in `Estimate.reason`.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import floor

import numpy as np

from ptanalysis.stats.estimate import Estimate

#: Below this many clusters an arm a verdict is capped at "cannot tell".
FEWEST_CLUSTERS = 6
#: Leads that must still be followed at the horizon.
FEWEST_AT_RISK = 5
FEWEST_PATIENTS = 5
#: Largest share of an arm's cost that one campaign may hold.
LARGEST_COST_SHARE = 0.4

#: Of the leads of either side so large a share must have been screened for the two to be compared,
FEWEST_SCREENED = 0.60
#: and so much more of one than of the other may have been, beyond what chance explains.
UNEQUAL_SCREENING = 0.10

CAPPED = "the verdict is capped at cannot tell"
ONE_CLUSTER = (
    f"one cluster: variation between clusters is ignored, the true uncertainty is larger; {CAPPED}"
)


def cluster_gate(*clusters: int) -> str:
    """Return why these arms hold too few clusters for a verdict, or an empty string.

    Examples
    --------
    >>> cluster_gate(8, 4)
    'only 4 clusters in an arm, 6 are needed; the verdict is capped at cannot tell'
    >>> cluster_gate(6, 7)
    ''
    """
    fewest = min(clusters)
    if fewest >= FEWEST_CLUSTERS:
        return ""
    if fewest <= 1:
        return ONE_CLUSTER
    return f"only {fewest} clusters in an arm, {FEWEST_CLUSTERS} are needed; {CAPPED}"


def coverage_gate(
    names: Sequence[str], shares: Sequence[float], difference: Estimate, *, weeks: float
) -> str:
    """Return why the screened leads of two groups may not be compared, or an empty string.

    Parameters
    ----------
    names : (str, str)
        What the leads of either group are called.
    shares : (float, float)
        The share of either that was screened.
    difference : Estimate
        The first share less the second, with its interval.
    weeks : float
        Within which they were screened.

    Examples
    --------
    >>> gap = Estimate(value=.15, ci_low=.02, ci_high=.28, unit="points", n=90, method="Newcombe")
    >>> coverage_gate(("inbound", "outbound"), (0.85, 0.70), gap, weeks=13)
    ''
    >>> coverage_gate(("inbound", "outbound"), (0.42, 0.27), gap, weeks=13)
    'not judged, because 42% of inbound and 27% of outbound leads were screened; 60% needed \
within 13 weeks'
    """
    said = [
        f"{floor(100 * share + 1e-9)}% of {name}" for name, share in zip(names, shares, strict=True)
    ]
    few = [each for each, share in zip(said, shares, strict=True) if share < FEWEST_SCREENED]
    if few:
        needed = f"{FEWEST_SCREENED:.0%} needed within {weeks:g} weeks"
        return f"not judged, because {' and '.join(few)} leads were screened; {needed}"
    ends = (difference.ci_low, difference.ci_high)  # the value stands for an end not known
    low, high = ((difference.value or 0.0) if end is None else end for end in ends)
    if low > UNEQUAL_SCREENING or high < -UNEQUAL_SCREENING:
        return (
            f"not judged, because {' and '.join(said)} leads were screened within {weeks:g} weeks"
        )
    return ""


def roi_gate(revenue, cost, patients=None, *, cluster: str = "campaign") -> str:
    """Return why ROI may not be stated for this arm, or an empty string.

    Parameters
    ----------
    revenue, cost : array_like, shape (K,)
        Dollars a campaign.
    patients : array_like, shape (K,), optional
        Patients a campaign; without them each campaign with revenue counts as one patient.
    cluster : str
        What a cluster is: a campaign, or a clinic of several.

    Examples
    --------
    >>> roi_gate([900] * 6, [300] * 6, [2] * 6)
    ''
    >>> roi_gate([900] * 6, [300] * 5 + [3000], [2] * 6)
    'one campaign holds more than 40% of the cost'
    """
    revenue, cost = np.asarray(revenue, dtype=float), np.asarray(cost, dtype=float)
    campaigns = int(np.sum((revenue != 0) | (cost != 0)))
    paying = np.sum(revenue > 0) if patients is None else np.sum(patients)
    checks = [
        (
            campaigns < FEWEST_CLUSTERS,
            f"only {campaigns} {cluster}s, {FEWEST_CLUSTERS} are needed",
        ),
        (paying < FEWEST_PATIENTS, f"fewer than {FEWEST_PATIENTS} patients"),
        (
            cost.max(initial=0) > LARGEST_COST_SHARE * cost.sum(),
            f"one {cluster} holds more than {LARGEST_COST_SHARE:.0%} of the cost",
        ),
    ]
    return "; ".join(sentence for failed, sentence in checks if failed)
