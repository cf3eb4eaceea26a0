"""Estimates: a table of estimates, one a row, that concatenates, plots, saves and shows itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pandas as pd

from ptanalysis.estimate.result import Estimate

#: What every table of estimates holds, in this order; further columns may follow.
COLUMNS = (
    "measure",
    "group",
    "estimate",
    "ci_low",
    "ci_high",
    "unit",
    "n",
    "method",
    "note",
    "clusters",
    "p_value",
    "confidence_level",
)
_NUMBERS = ("estimate", "ci_low", "ci_high", "n", "clusters", "p_value", "confidence_level")


class Estimates(pd.DataFrame):
    """A tidy DataFrame of estimates, one a row.

    Columns ``measure`` (what was estimated), ``group`` (of whom), ``estimate``, ``ci_low``,
    ``ci_high``, ``unit``, ``n`` (what stands behind it), ``method``, ``note`` (why a number or an
    end is missing, or why it settles nothing), ``clusters``, ``p_value``, ``confidence_level``.
    A number that is not known is missing. Everything pandas does keeps working; in a notebook it
    shows itself in a reader's words.

    Examples
    --------
    >>> one = Estimate(value=.27, ci_low=.19, ci_high=.36, unit="share", n=104, method="Wilson")
    >>> table = Estimates.of([one.labelled("lead_to_sql_rate", "quality", "inbound")])
    >>> table[["measure", "group", "estimate", "note"]]
                measure    group  estimate note
    0  lead_to_sql_rate  inbound      0.27
    >>> type(pd.concat([table, table])).__name__
    'Estimates'
    """

    @property
    def _constructor(self):
        return Estimates

    @classmethod
    def of(cls, estimates: Iterable[Estimate], **columns) -> Estimates:
        """Return the engine's estimates as a table.

        Parameters
        ----------
        estimates : iterable of Estimate
            Its ``id`` is the measure, its ``reason`` the note.
        **columns
            Further columns, one value a row or one for all.

        Returns
        -------
        Estimates
        """
        rows = [
            (
                each.id,
                each.group,
                each.value,
                each.ci_low,
                each.ci_high,
                each.unit,
                each.n,
                each.method,
                each.reason,
                each.clusters,
                each.p_value,
                each.confidence_level,
            )
            for each in estimates
        ]
        frame = pd.DataFrame(rows, columns=list(COLUMNS))
        return cls(frame.astype(dict.fromkeys(_NUMBERS, float)).assign(**columns))

    def caption(self, text: str) -> Estimates:
        """Return the same table under a caption."""
        other = self.copy()
        other.attrs = {**self.attrs, "caption": text}
        return other

    def only(self) -> Estimate:
        """Return the single row as an Estimate.

        Raises
        ------
        ValueError
            There are more rows, or none.
        """
        if len(self) != 1:
            raise ValueError(f"one row is needed, there are {len(self)}")
        return estimate_of(self.iloc[0])

    def _repr_html_(self) -> str | None:
        if not set(COLUMNS[:9]) <= set(self.columns):
            return super()._repr_html_()
        # Not at the top: the numbers need no display, only their showing does.
        from ptanalysis.display.client_table import estimates_html

        return estimates_html(self)


def estimate_of(row: pd.Series) -> Estimate:
    """Return a row of `Estimates` as an Estimate; its standard error is not in the row.

    Examples
    --------
    >>> one = Estimate.not_identified("no campaign stopped", unit="ratio")
    >>> estimate_of(Estimates.of([one]).iloc[0]).reason
    'no campaign stopped'
    """

    def number(name: str) -> float | None:
        value = row.get(name, np.nan)
        return None if pd.isna(value) else float(value)

    value, low, high = (number(name) for name in ("estimate", "ci_low", "ci_high"))
    note = row.get("note", "")
    reason = note if isinstance(note, str) else ""
    if None in (value, low, high) and not reason:
        reason = "no interval"
    clusters = number("clusters")
    return Estimate(
        value=value,
        ci_low=low,
        ci_high=high,
        unit=row["unit"],
        n=number("n") or 0,
        method=row.get("method", ""),
        clusters=None if clusters is None else int(clusters),
        id=row["measure"],
        group=str(row["group"]),
        reason=reason,
        p_value=number("p_value"),
        confidence_level=number("confidence_level") or 0.95,
    )


def named(estimate: Estimate, measure: str, group: str) -> Estimate:
    """Return the same numbers under a measure and a group."""
    return replace(estimate, id=measure, group=group)
