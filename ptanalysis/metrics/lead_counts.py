"""Counts of leads with intervals, of a table of leads: by group, by month, changes, trend."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace

import numpy as np
import pandas as pd

from ptanalysis import volume
from ptanalysis.definitions import Quarter
from ptanalysis.definitions.allowed_words import check_word
from ptanalysis.estimate import Estimate, expected_count, overdispersion
from ptanalysis.estimate import trend as trend_of
from ptanalysis.estimate.tidy import Estimates, named

_ALL = "all"


def counts(
    leads: pd.DataFrame,
    *,
    by: str | Sequence[str] | None = None,
    quarter: Quarter | None = None,
    as_of: pd.Timestamp | None = None,
    confidence_level: float = 0.95,
) -> Estimates:
    """Return how many leads came, with the interval of what such a period brings.

    Parameters
    ----------
    leads : DataFrame
        All leads known, as ``clinic.leads``: the weeks of the whole record say how much weekly
        counts usually vary.
    by : str or list of str, optional
        Columns whose values are the groups (``"channel"``), and ``"month"``.
    quarter : Quarter, optional
        Count only its leads: ``clinic.quarter``.
    as_of : Timestamp, optional
        Last day of the record, ``clinic.as_of``; the quarter's end where not given.
    confidence_level : float

    Returns
    -------
    Estimates
        In leads, the largest group first; with ``"month"`` a column ``month`` (first day), months
        without leads included.

    Raises
    ------
    ValueError
        Neither `quarter` nor `as_of`, or a column that is not there.

    Notes
    -----
    Assumes that a group's rate varies as its whole record does (overdispersion about a trend).

    References
    ----------
    McCullagh & Nelder (1989), section 9.2; Garwood (1936), Biometrika 28:437.
    """
    seen = _seen(leads, quarter, as_of)
    columns = [by] if isinstance(by, str) else list(by or [])
    monthly, columns = "month" in columns, [name for name in columns if name != "month"]
    if len(columns) > 1:
        raise ValueError("by takes one column of the leads, and 'month' beside it")
    column = columns[0] if columns else _ALL
    if column != _ALL:
        check_word("column", column, [*leads.columns, "month"])
    seen.leads = leads.assign(all=_ALL)
    if monthly:
        return _by_month(seen, column, quarter)
    end = seen.as_of + pd.Timedelta(days=1)
    rows = volume.of_quarter(seen.leads, quarter) if quarter else seen.leads[leads["lead_at"] < end]
    found = [
        named(
            expected_count(count, _spread(seen, column, group), confidence_level=confidence_level),
            "leads",
            group,
        )
        for group, count in rows[column].value_counts().items()
    ]
    extra = {} if column == _ALL else {column: [each.group for each in found]}
    return Estimates.of(found, **extra)


def count_change(
    leads: pd.DataFrame,
    *,
    quarter: Quarter,
    before: Quarter,
    by: str = "direction",
    measure: str | None = None,
) -> Estimates:
    """Return a quarter's leads as a multiple of another quarter's, of all and of each group.

    Parameters
    ----------
    leads : DataFrame
        All leads known, as ``clinic.leads``.
    quarter, before : Quarter
        ``clinic.quarter`` and ``clinic.quarter.previous()`` (or ``previous(4)``, a year back).
    by : str
        Column whose values are the groups.
    measure : str, optional
        ``change_from_previous_quarter`` or ``change_from_year_before`` where not given.

    Returns
    -------
    Estimates
        A ratio: 0.81 is 19% fewer.

    Notes
    -----
    Assumes that the weeks before the quarter tell how much weekly counts vary.

    References
    ----------
    Welch (1947), Biometrika 34:28, on quasi-Poisson rates.
    """
    check_word("column", by, leads.columns)
    known = {quarter.previous(): "previous_quarter", quarter.previous(4): "year_before"}
    name = measure or f"change_from_{known.get(before, before)}"
    found = volume.change(_seen(leads, quarter, None), before, column=by)
    return Estimates.of(named(each, name, each.group) for each in found)


def trend(leads: pd.DataFrame, *, by: str | None = None, as_of: pd.Timestamp) -> Estimates:
    """Return the change in weekly leads a year, of all and of each group.

    Parameters
    ----------
    leads : DataFrame
        All leads known, as ``clinic.leads``.
    by : str, optional
        Column whose values are the groups; all leads alone where not given.
    as_of : Timestamp
        Last day of the record: ``clinic.as_of``.

    Returns
    -------
    Estimates
        A ratio a year: 1.2 is 20% more each year.

    References
    ----------
    McCullagh & Nelder (1989), section 6.2; Bayley & Hammersley (1946).
    """
    seen = _seen(leads, None, as_of)
    groups = []
    if by is not None:
        check_word("column", by, leads.columns)
        groups = list(leads[by].value_counts().index)
    wheres = {_ALL: {}} | {group: {by: group} for group in groups}
    found = [named(_trend(seen, where), "trend", group) for group, where in wheres.items()]
    return Estimates.of(found)


def _trend(seen, where: dict) -> Estimate:
    weeks = volume.weekly(seen, **where)
    reason = volume.silence(seen) or ("" if len(weeks) else "there is no full week of leads")
    return Estimate.not_identified(reason, unit="ratio") if reason else trend_of(weeks)


def _by_month(seen, column: str, quarter: Quarter | None) -> Estimates:
    frame = volume.by_month(seen, column)
    if quarter:
        inside = frame["month"].between(pd.Timestamp(quarter.start), pd.Timestamp(quarter.end))
        frame = frame[inside]
    table = pd.DataFrame(
        {
            "measure": "leads",
            "group": frame[column],
            "estimate": frame["leads"].astype(float),
            "ci_low": frame["ci_low"],
            "ci_high": frame["ci_high"],
            "unit": "leads",
            "n": frame["leads"].astype(float),
            "method": "quasi-Poisson",
            "note": "",
            "clusters": np.nan,
            "p_value": np.nan,
            "confidence_level": 0.95,
            "month": frame["month"],
        }
    )
    return Estimates(table.reset_index(drop=True))


def _spread(seen, column: str, group: str) -> float:
    weeks = volume.weekly(seen, **{column: group})
    return overdispersion(weeks)[0] if len(weeks) else 1.0


def _seen(leads: pd.DataFrame, quarter: Quarter | None, as_of: pd.Timestamp | None):
    """Return what the questions of volume look at: leads, quarter, last day."""
    if quarter is None and as_of is None:
        raise ValueError("give quarter=clinic.quarter, or as_of=clinic.as_of")
    last = pd.Timestamp(quarter.end if as_of is None else as_of)
    return SimpleNamespace(leads=leads, quarter=quarter, as_of=last)
