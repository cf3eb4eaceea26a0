"""Estimate and Estimates, result types: a value with its interval, and a tidy table of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from math import isfinite

import pandas as pd


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


#: Columns every table of estimates has, in order.
COLUMNS = ("measure", "group", "estimate", "ci_low", "ci_high", "unit", "n", "method", "note")
#: Columns behind those: what tests, plans and findings.json also need.
DETAILS = ("clusters", "p_value", "confidence_level")
_NAMES = {"measure": "id", "estimate": "value", "note": "reason"}
_WHOLE = [*COLUMNS, *DETAILS]


class Estimates(pd.DataFrame):
    """One row an estimate: a DataFrame that prints itself well and does all a DataFrame does.

    Columns are ``measure`` (what is estimated), ``group`` (of whom), ``estimate``, ``ci_low``,
    ``ci_high`` (missing where not known; an open end is missing too), ``unit`` (see `Estimate`),
    ``n`` (independent units behind it), ``method``, ``note`` (why a value or an end is missing),
    and ``clusters``, ``p_value``, ``confidence_level``. `pandas.concat` joins several.

    Examples
    --------
    >>> found = Estimates.of([Estimate(value=.25, ci_low=.15, ci_high=.38, unit="share", n=60,
    ...                                method="Wilson", id="sql_rate", group="inbound")])
    >>> found[["measure", "group", "estimate", "n"]].values.tolist()
    [['sql_rate', 'inbound', 0.25, 60.0]]
    """

    #: Turns a table of estimates into HTML or text; set by `ptanalysis.display`.
    as_html: Callable[[Estimates], str] | None = None
    as_text: Callable[[Estimates], str] | None = None
    #: Turn one estimate into a phrase, or into a finding; set by `ptanalysis.display`.
    as_phrase: Callable[..., str] | None = None
    as_finding: Callable[..., str] | None = None

    @property
    def _constructor(self):
        return Estimates

    @classmethod
    def of(cls, found: Iterable[Estimate]) -> Estimates:
        """Return estimates as a table, one a row."""
        rows = [{name: getattr(each, _NAMES.get(name, name)) for name in _WHOLE} for each in found]
        table = cls(rows, columns=_WHOLE)
        numbers = ["estimate", "ci_low", "ci_high", "n", "clusters", "p_value"]
        table[numbers] = table[numbers].astype(float)
        return table

    def each(self) -> list[Estimate]:
        """Return the rows as `Estimate`, for what takes one at a time."""
        rows = self.astype(object).where(self.notna(), None).to_dict("records")
        return [_estimate(row) for row in rows]

    def named(self, measure: str) -> Estimates:
        """Return the same estimates under another name of what is estimated."""
        return self.assign(measure=measure)

    def said(self, *, of: str = "leads", **where: str) -> str:
        """Return one row in words: ``42% (37 to 47%; 293 leads)``, or why it is not known.

        Parameters
        ----------
        of : str
            What ``n`` counts, in the plural.
        **where
            Column and value that pick the row: ``measure="cost_per_sql", group="inbound"``.
        """
        found = self._picked(where)
        return self.as_phrase(found[0], of=of) if found else "not known: nothing is on record"

    def compared(self, null: float, **sentences: str) -> str:
        """Return which of the sentences the first row's interval supports, with its numbers.

        Parameters
        ----------
        null : float
            The value of no effect.
        **sentences
            ``above``, ``below`` (the interval lies above or below it), ``unclear`` (on both sides)
            and ``unknown`` (there is none); ``verdict``, that of the claim about this number:
            where it is open among all claims, ``unclear`` is said.
        """
        found = self._picked({})
        return self.as_finding(found[0], null, **sentences) if found else sentences["unknown"]

    def _picked(self, where: dict[str, str]) -> list[Estimate]:
        rows = self
        for column, value in where.items():
            rows = rows[rows[column] == value]
        return rows.each()

    def _repr_html_(self) -> str:
        if Estimates.as_html is None or not _is_whole(self):
            return pd.DataFrame(self)._repr_html_()
        return Estimates.as_html(self)

    def __repr__(self) -> str:
        if Estimates.as_text is None or not _is_whole(self):
            return repr(pd.DataFrame(self))
        return Estimates.as_text(self)


def held_together(ask: Callable[[float], list[Estimate]], of: str) -> list[Estimate]:
    """Return the estimates of groups with intervals that hold for all of them at once.

    Parameters
    ----------
    ask : callable
        Takes a confidence level and returns one estimate a group.
    of : str
        What the groups are, in the plural: their number stands in ``method``.

    Notes
    -----
    Bonferroni over the groups that have an interval: whoever looks for the one that stands out
    finds one among groups alike in at most 5% of tables.

    References
    ----------
    Bonferroni's inequality, as in Dunn (1961), J. Am. Stat. Assoc. 56:52.

    Examples
    --------
    >>> from ptanalysis.stats.proportions import wilson
    >>> two = held_together(lambda level: [wilson(5, 10, confidence_level=level)] * 2, "coins")
    >>> round(two[0].ci_low, 3), round(wilson(5, 10, confidence_level=0.975).ci_low, 3)
    (0.211, 0.211)
    >>> two[0].method, two[0].confidence_level
    ('Wilson, 2 coins together', 0.95)
    """
    level, found = 0.95, ask(0.95)
    number = sum(each.ci_low is not None or each.ci_high is not None for each in found)
    if number < 2:
        return found
    said = f", {number} {of} together"
    return [
        replace(each, method=each.method + said, confidence_level=level)
        for each in ask(1 - (1 - level) / number)
    ]


def _is_whole(table: pd.DataFrame) -> bool:
    return set(COLUMNS) <= set(table.columns)


def _estimate(row: dict) -> Estimate:
    row = {_NAMES.get(name, name): value for name, value in row.items() if name in _WHOLE}
    row |= {name: row[name] or "" for name in ("id", "group", "reason")}
    if row.get("clusters") is not None:
        row["clusters"] = int(row["clusters"])
    return Estimate(**row)
