"""Gates: how much there must be before anything is claimed, each with its sentence.

A gate that fails leaves the value as a description and says why in `Estimate.reason`.
"""

from __future__ import annotations

import numpy as np

#: Below this many clusters an arm a verdict is capped at "cannot tell".
FEWEST_CLUSTERS = 6
#: Leads that must still be followed at the horizon.
FEWEST_AT_RISK = 5
FEWEST_PATIENTS = 5
#: Largest share of an arm's cost that one campaign may hold.
LARGEST_COST_SHARE = 0.4

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
    'one campaign holds more than 40 % of the cost'
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
            f"one {cluster} holds more than {LARGEST_COST_SHARE:.0%} of the cost".replace(
                "%", " %"
            ),
        ),
    ]
    return "; ".join(sentence for failed, sentence in checks if failed)
