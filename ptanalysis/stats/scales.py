"""Scaled: an estimate on the scale where its t interval holds, and the way back."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import inf, isfinite
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from ptanalysis.stats.estimate import Estimate

if TYPE_CHECKING:
    from ptanalysis.stats.drift import Spread

#: Name of a scale: (to the scale, back to the natural scale). All are increasing.
SCALES = {
    "identity": (lambda x: x, lambda x: x),
    "log": (np.log, np.exp),
    "log1p": (np.log1p, np.expm1),
    "cloglog": (lambda x: np.log(-np.log1p(-x)), lambda x: -np.expm1(-np.exp(x))),
}

NO_SPREAD = "too few clusters hold an event: the interval is open"


def to_scale(x, scale: str):
    """Return `x` on `scale`; what the scale cannot hold (the log of 0) becomes infinite or NaN.

    Examples
    --------
    >>> float(to_scale(1.0, "log")), float(to_scale(0.0, "log"))
    (0.0, -inf)
    """
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return SCALES[scale][0](np.asarray(x, dtype=float))


@dataclass(frozen=True)
class Scaled:
    """A value, its standard error and degrees of freedom on a scale where a t interval holds.

    Parameters
    ----------
    value : float
        On `scale`; infinite for a share or ratio of 0 on a log scale.
    se : float
        On `scale`; infinite where the data say nothing about the spread (one cluster, or all
        events in one cluster).
    df : float
        Degrees of freedom of t; infinite is the normal.
    clusters : int
    scale : str
        A key of SCALES.
    spread : Spread or None
        What each cluster moves the value by, where a contrast needs to know it.

    Examples
    --------
    >>> ratio = Scaled(0.0, 0.25, 10, 12, "log")
    >>> [round(float(end), 2) for end in ratio.interval()]
    [0.57, 1.75]
    >>> round(ratio.p_value(1.75), 2)
    0.05
    """

    value: float
    se: float
    df: float
    clusters: int
    scale: str
    spread: Spread | None = field(default=None, repr=False, compare=False)

    @property
    def point(self) -> float:
        """The value on the natural scale."""
        return float(SCALES[self.scale][1](self.value))

    @property
    def bounded(self) -> bool:
        """Whether both value and standard error are finite."""
        return isfinite(self.value) and isfinite(self.se)

    def interval(self, confidence_level: float = 0.95) -> tuple[float, float]:
        """Return the t interval on the natural scale; infinite where there is no bound."""
        if not self.bounded:
            return -inf, inf
        half = stats.t.ppf((1 + confidence_level) / 2, self.df) * self.se
        back = SCALES[self.scale][1]
        return float(back(self.value - half)), float(back(self.value + half))

    def p_value(self, null: float) -> float:
        """Return the two-sided p of `null` (natural scale), dual to `interval`."""
        if not self.bounded:
            return 1.0
        distance = abs(self.value - float(to_scale(null, self.scale)))
        if self.se == 0:
            return float(distance == 0)
        return float(2 * stats.t.sf(distance / self.se, self.df))

    def estimate(self, *, null=None, confidence_level=0.95, reason="", **labels) -> Estimate:
        """Return the Estimate; `labels` are its unit, n, method and names.

        Examples
        --------
        >>> Scaled(0.0, inf, 0, 1, "log").estimate(unit="ratio", n=3, method="jackknife").reason
        'too few clusters hold an event: the interval is open'
        """
        with np.errstate(over="ignore"):
            low, high = self.interval(confidence_level)
        if not isfinite(high - low) and self.bounded:  # beyond what a number can hold
            self = replace(self, se=inf)
        low, high = (low, high) if self.bounded else (None, None)
        return Estimate(
            value=self.point if isfinite(self.point) else None,
            ci_low=low,
            ci_high=high,
            reason="; ".join(filter(None, ["" if self.bounded else NO_SPREAD, reason])),
            clusters=self.clusters,
            p_value=self.p_value(null) if null is not None and self.bounded else None,
            se=self.se if self.bounded else None,
            df=self.df if self.bounded and isfinite(self.df) else None,
            scale=self.scale if self.bounded else "",
            confidence_level=confidence_level,
            **labels,
        )

    @classmethod
    def of(cls, estimate: Estimate) -> Scaled:
        """Return what stands behind `estimate`.

        Raises
        ------
        ValueError
            The estimate has no value or no standard error.

        Examples
        --------
        >>> Scaled.of(Scaled(0.5, 0.1, 9, 10, "log").estimate(unit="ratio", n=40, method="t")).se
        0.1
        """
        if not estimate.known or estimate.se is None:
            raise ValueError("an estimate without a standard error has no scale")
        df = inf if estimate.df is None else estimate.df
        value = float(to_scale(estimate.value, estimate.scale))
        return cls(value, estimate.se, df, estimate.clusters or 0, estimate.scale)
