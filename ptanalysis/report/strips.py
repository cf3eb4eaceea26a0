"""A number and its interval as a strip: places on a known axis, drawn as SVG by the page.

Every strip of a kind has the same axis, so that rows compare; what leaves it is marked.
"""

from __future__ import annotations

from math import log

from ptanalysis.stats import Estimate

#: By kind: the ends of the axis, where nothing differs, and whether it is a log axis.
AXES = {
    "back": (0.1, 10.0, 1.0, True),
    "ratio": (1 / 8, 8.0, 1.0, True),
    "points": (-0.5, 0.5, 0.0, False),
    "weeks": (-26.0, 26.0, 0.0, False),
    "share": (0.0, 1.0, None, False),
}


def strip(found: Estimate, kind: str) -> dict | None:
    """Return the places of value, interval and no difference in percent, and the ends beyond.

    Parameters
    ----------
    found : Estimate
    kind : str
        A key of `AXES`; for another there is no strip, and without an interval for money only.

    Examples
    --------
    >>> back = Estimate(value=1, ci_low=.01, ci_high=10, unit="usd", n=9, method="t")
    >>> strip(back, "back")
    {'value': 50.0, 'low': 0, 'high': 100.0, 'one': 50.0, 'beyond': ['low']}
    """
    if kind not in AXES or not found.known or (kind != "back" and found.ci_high is None):
        return None
    low, high, one, _ = AXES[kind]
    at = {"value": found.value, "low": found.ci_low, "high": found.ci_high}
    beyond = [name for name, end in at.items() if end is not None and not low <= end <= high]
    return {name: _place(end, kind) for name, end in (at | {"one": one}).items()} | {
        "beyond": beyond
    }


def _place(value: float | None, kind: str) -> float | None:
    if value is None:
        return None
    low, high, _, is_log = AXES[kind]
    if is_log:
        low, high, value = log(low), log(high), log(value) if value > 0 else log(low)
    return round(100 * min(max((value - low) / (high - low), 0), 1), 2)
