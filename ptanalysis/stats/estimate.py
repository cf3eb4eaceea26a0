"""Estimate: the one result type. A value with its interval, or the reason why there is none."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import isfinite


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A number as the project states it.

    Parameters
    ----------
    value : float or None
        The point estimate, None where it is not identified.
    ci_low, ci_high : float or None
        Ends of the interval; None is an open (or absent) end and then `reason` says why.
    unit : str
        ``"share"`` (0 to 1), ``"points"`` (difference of shares, -1 to 1), ``"leads"``,
        ``"leads_per_week"``, ``"usd"``, ``"eur_per_sql"`` and their like (a currency's code),
        ``"ratio"``, ``"roi"``, ``"weeks"``, ``"days"``, ``"per_year"``.
    n : float
        Independent units behind the value (leads, patients), as counted.
    method : str
        Estimator and interval, in a few words.
    clusters : int or None
        Clusters behind the interval, where it is clustered.
    id, question, group : str
        What is estimated (``lead_to_sql_rate``), which question it answers (volume, quality, roi,
        decay), and of whom (``inbound``, ``seo``, ``inbound - outbound``).
    reason : str
        Why a value or an end is missing, or what caps the claim; empty otherwise.
    p_value : float or None
        Two-sided, dual to the interval, against no difference.
    se, df : float or None
        Standard error on the estimator's own scale and its degrees of freedom; a `df` of None
        beside an `se` stands for the normal.
    scale : str
        That scale: ``"identity"``, ``"log"``, ``"log1p"`` or ``"cloglog"``; empty where there is
        no standard error.
    confidence_level : float

    Raises
    ------
    ValueError
        An infinite number (an open end is None with a reason), ends in the wrong order, or a
        missing value without a reason.

    Examples
    --------
    >>> Estimate(value=0.25, ci_low=0.15, ci_high=0.38, unit="share", n=60, method="Wilson").known
    True
    >>> Estimate.not_identified("no campaign ever stopped", unit="ratio").reason
    'no campaign ever stopped'
    """

    value: float | None
    ci_low: float | None
    ci_high: float | None
    unit: str
    n: float
    method: str
    clusters: int | None = None
    id: str = ""
    question: str = ""
    group: str = ""
    reason: str = ""
    p_value: float | None = None
    se: float | None = None
    df: float | None = None
    scale: str = ""
    confidence_level: float = 0.95

    def __post_init__(self) -> None:
        for name in ("value", "ci_low", "ci_high", "n", "p_value", "se", "df"):
            if (number := getattr(self, name)) is not None:
                object.__setattr__(self, name, float(number))
        for end in (self.value, self.ci_low, self.ci_high):
            if end is not None and not isfinite(end):
                raise ValueError("an Estimate is finite: an open end is None with a reason")
        if self.closed and self.ci_low > self.ci_high:
            raise ValueError("ci_low must not be above ci_high")
        if None in (self.value, self.ci_low, self.ci_high) and not self.reason:
            raise ValueError("a missing value or end needs its reason")

    @classmethod
    def not_identified(cls, reason: str, *, unit: str, n: float = 0, **labels) -> Estimate:
        """Return the honest refusal: no value, no interval, and why."""
        return cls(
            value=None,
            ci_low=None,
            ci_high=None,
            unit=unit,
            n=n,
            method="not identified",
            reason=reason,
            **labels,
        )

    @property
    def known(self) -> bool:
        """Whether there is a value at all."""
        return self.value is not None

    @property
    def closed(self) -> bool:
        """Whether both ends of the interval are known."""
        return self.ci_low is not None and self.ci_high is not None

    def labelled(self, id: str, question: str, group: str) -> Estimate:
        """Return the same numbers under a name."""
        return replace(self, id=id, question=question, group=group)
