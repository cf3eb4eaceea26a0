"""What would settle a claim: the least effect the data could show, and how much more is needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import inf, isfinite

import numpy as np
from scipy import stats

from ptanalysis.claims.claim_list import Claim
from ptanalysis.claims.verdict_rules import ALPHA, holm
from ptanalysis.stats import Estimate, mde, more_needed
from ptanalysis.stats.scales import Scaled, to_scale

ONE_CLINIC = (
    "one clinic cannot tell: that would take more than three years, or five times these data; pool"
    " several clinics"
)


def needs(claim: Claim, estimate: Estimate, *, weeks: float, alpha: float = ALPHA) -> str:
    """Return, in words with computed figures, what would settle an open claim.

    Parameters
    ----------
    claim : Claim
    estimate : Estimate
        Of the claim's primary number.
    weeks : float
        Weeks the data cover; "how many more" assumes they go on at the same pace.
    alpha : float
        The level at which the claim is decided, see `deciding_level`.

    Examples
    --------
    >>> from ptanalysis.claims.claim_list import load_claims
    >>> claim = load_claims()["outbound_costs_more_per_sql"]
    >>> open_ = Estimate(value=1.1, ci_low=0.82, ci_high=1.48, unit="ratio", n=100, method="t",
    ...     clusters=20, se=0.12, df=1000, scale="log", p_value=0.5)
    >>> print(needs(claim, open_, weeks=100))
    these data would have shown a ratio of 1.40 or more (4 times in 5); about 128 more SQLs (26 \
more campaigns, assets or 4-week blocks; 128 weeks at the same pace) would show a ratio of 1.25, \
4 times in 5
    """
    found = _scaled(claim, estimate)
    if found is None:
        return f"an interval is needed first: {estimate.reason}"
    least = _effect(claim, mde(found, alpha=alpha))
    shown = f"these data would have shown {least} or more (4 times in 5)"
    return f"{shown}; {_more(claim, estimate, found, weeks, alpha)}"


def deciding_level(name: str, p_values: Mapping[str, float]) -> float:
    """Return the largest p at which Holm would decide a claim, the other claims as they are.

    Examples
    --------
    >>> deciding_level("a", {"a": 0.4, "b": 0.001, "c": 0.3})
    0.025
    """
    levels = (ALPHA / rank for rank in range(1, len(p_values) + 1))
    return next(
        (level for level in levels if holm({**p_values, name: level})[name] <= ALPHA + 1e-12), ALPHA
    )


def hardest(claim: Claim, parts: Sequence[Estimate]) -> tuple[Claim, Estimate]:
    """Return the part that keeps a claim open, and the claim as that part alone would state it.

    Where both parts must hold, the one without an interval or with the larger p; the second is
    measured against its own line, and its margin is that line's distance from no change.
    """
    at = max(range(len(parts)), key=lambda i: 2 if (p := parts[i].p_value) is None else p)
    if at == 0:
        return claim, parts[0]
    line = claim.nulls[at]
    return claim.model_copy(update={"null": 1.0, "margin": max(line, 1 / line)}), parts[at]


def _more(claim: Claim, estimate: Estimate, found: Scaled, weeks: float, alpha: float) -> str:
    """Return how much more data would show an effect of the margin."""
    if not estimate.ci_low <= claim.null <= estimate.ci_high:
        return "the range lies on one side of the line, but is not sure enough among so many claims"
    more = more_needed(found, claim.margin, n=estimate.n, weeks=weeks, alpha=alpha)
    margin = _effect(claim, claim.margin)
    if more.times is None:
        return ONE_CLINIC
    if more.times == 1:
        return f"that is enough for {margin}: what there is, is less, or lies near the line"
    also = [f"{np.ceil(weeks * (more.times - 1)):.0f} weeks at the same pace"]
    if more.clusters and more.clusters != more.n:
        also.insert(0, f"{more.clusters} more campaigns, assets or 4-week blocks")
    what = f"{more.n} more {claim.counts}" if more.n else f"{more.times:.1f} times the data"
    return f"about {what} ({'; '.join(also)}) would show {margin}, 4 times in 5"


def _scaled(claim: Claim, estimate: Estimate) -> Scaled | None:
    """Return what stands behind the estimate, from its interval where it has no standard error."""
    if not (estimate.known and estimate.closed):
        return None
    if estimate.se and estimate.scale:
        return Scaled.of(estimate)
    scale = "log" if claim.is_ratio else "identity"
    low, value, high = to_scale([estimate.ci_low, estimate.value, estimate.ci_high], scale)
    se = (high - low) / (2 * stats.norm.ppf((1 + estimate.confidence_level) / 2))
    if not (isfinite(se) and se > 0):
        return None
    return Scaled(float(value), float(se), inf, estimate.clusters or 0, scale)


def _effect(claim: Claim, effect: float) -> str:
    if claim.is_ratio:
        return f"a ratio of {effect:.2f}"
    if claim.is_threshold:
        return f"a distance of {effect:.2f} from the line of {claim.null:g}"
    return f"a difference of {_figure(claim, effect)}"


def _figure(claim: Claim, value: float) -> str:
    if claim.unit == "points":
        return f"{100 * value:.3g} points"
    return f"{value:.3g} weeks" if claim.unit == "weeks" else f"{value:.2f}"
