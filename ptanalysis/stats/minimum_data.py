"""Gates: how much there must be before anything is claimed, each with its sentence.

A gate that fails leaves the value as a description and says why in `Estimate.reason`.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import floor

from ptanalysis.stats.estimate import Estimate

#: With fewer clusters an arm nothing is judged: t at 2 degrees of freedom pays for 3, if they are
#: alike or not, and no t pays for one.
FEWEST_CLUSTERS = 3
#: From so many clinics on, what holds for clinics like these is said; below, of these alone.
FEWEST_CLINICS = 5
#: Leads that must still be followed at the horizon.
FEWEST_AT_RISK = 5
FEWEST_PATIENTS = 5

#: Of the leads of either side so large a share must have been screened for the two to be compared,
FEWEST_SCREENED = 0.60
#: and so much more of one than of the other may have been, beyond what chance explains.
UNEQUAL_SCREENING = 0.10

#: What a gate's refusal begins with.
CAPPED = "not judged, because"


def cluster_gate(*clusters: int) -> str:
    """Return why these arms hold too few clusters for a verdict, or an empty string.

    Examples
    --------
    >>> cluster_gate(8, 2)
    'not judged, because a side has only 2 campaigns or 4-week blocks, 3 needed'
    >>> cluster_gate(6, 7)
    ''
    """
    fewest = min(clusters)
    if fewest >= FEWEST_CLUSTERS:
        return ""
    if fewest == 0:
        return f"{CAPPED} it is not recorded which campaign or block the leads came in"
    side = "it" if len(clusters) == 1 else "a side"
    return f"{CAPPED} {side} has only {_counted(fewest)}, {FEWEST_CLUSTERS} needed"


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
        return f"{CAPPED} {' and '.join(few)} leads were screened; {needed}"
    ends = (difference.ci_low, difference.ci_high)  # the value stands for an end not known
    low, high = ((difference.value or 0.0) if end is None else end for end in ends)
    if low > UNEQUAL_SCREENING or high < -UNEQUAL_SCREENING:
        return f"{CAPPED} {' and '.join(said)} leads were screened within {weeks:g} weeks"
    return ""


def roi_gate(clusters: int, patients: float) -> str:
    """Return why ROI may not be stated for this arm, or an empty string.

    Examples
    --------
    >>> roi_gate(6, 12)
    ''
    >>> roi_gate(6, 3)
    'not judged, because it has 3 patients, 5 needed'
    """
    if clusters < FEWEST_CLUSTERS:
        return f"{CAPPED} it has {_counted(clusters)}, {FEWEST_CLUSTERS} needed"
    if patients < FEWEST_PATIENTS:
        return f"{CAPPED} it has {patients:.0f} patients, {FEWEST_PATIENTS} needed"
    return ""


def _counted(clusters: int) -> str:
    ending = "" if clusters == 1 else "s"
    return f"{clusters} campaign{ending} or 4-week block{ending}"
