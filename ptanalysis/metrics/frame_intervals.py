"""Intervals by one call on a frame: shares, their bounds and differences, cost, return, ratios."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from ptanalysis.definitions import DIRECTIONS
from ptanalysis.definitions.allowed_words import check_word
from ptanalysis.estimate import (
    Estimate,
    cluster_labels,
    cost_per,
    cost_ratio,
    incidence,
    jackknife,
    newcombe,
    share_difference,
    wilson,
)
from ptanalysis.estimate import roi as roi_of
from ptanalysis.estimate import roi_ratio as roi_ratio_of
from ptanalysis.estimate.tidy import Estimates, named
from ptanalysis.metrics.clinic_frames import reason_missing
from ptanalysis.roi.arms import with_caveat

By = str | Sequence[str] | None
_ONE = {"leads": "lead", "patients": "patient", "mqls": "mql", "sqls": "sql"}
_MONEY = ("cost", "revenue", "amount")


def proportion(
    frame: pd.DataFrame,
    event: str,
    *,
    by: By = None,
    cluster: str | None = None,
    measure: str | None = None,
    confidence_level: float = 0.95,
) -> Estimates:
    """Return the share of rows with an event, of all or of each group.

    Parameters
    ----------
    frame : DataFrame
        One row a lead, as `within` returns; keep only the rows that the share is of.
    event : str
        A bool column.
    by : str or list of str, optional
        Columns whose values are the groups; blanks are in none.
    cluster : str, optional
        What could have come out differently as a whole. ``"campaign"`` is a lead's campaign or
        asset, else its channel's 4-week block (the clinic, where there are several); any other
        column is taken as it is. Without it leads count as independent.
    measure : str, optional
        Name of the result, like ``lead_to_sql_rate``.
    confidence_level : float

    Returns
    -------
    Estimates
        In share (0 to 1), with Wilson's interval, or by the cluster jackknife.

    Notes
    -----
    Assumes independent rows, or independent clusters. Below 6 clusters ``note`` says that it
    settles nothing.

    References
    ----------
    Wilson (1927), J. Am. Stat. Assoc. 22:209; Tukey (1958), Ann. Math. Stat. 29:614.

    Examples
    --------
    >>> leads = pd.DataFrame({"direction": ["inbound"] * 263, "sql": [True] * 81 + [False] * 182})
    >>> proportion(leads, "sql", by="direction")[["group", "estimate", "ci_low"]].round(4)
         group  estimate  ci_low
    0  inbound     0.308  0.2553
    """
    _check_event(frame, event)

    def share(rows: pd.DataFrame) -> Estimate:
        if reason := reason_missing(frame, event):
            return Estimate.not_identified(reason, unit="share", n=len(rows))
        got = rows[event].to_numpy(dtype=bool)
        if cluster is None or len(got) == 0:
            return wilson(got.sum(), len(got), confidence_level=confidence_level)
        # A share with clusters is an incidence in which everybody was followed.
        return incidence(
            np.ones(len(got)),
            got.astype(int),
            1,
            clusters=_clusters(rows, cluster),
            confidence_level=confidence_level,
        )

    return _each(frame, by, measure or f"{event}_rate", share)


def bounds(
    frame: pd.DataFrame, event: str, *, given: str, by: By = None, measure: str | None = None
) -> Estimates:
    """Return the share among the rows seen, and how far the rows not seen could move it.

    Parameters
    ----------
    frame : DataFrame
    event : str
        A bool column, like ``sql``.
    given : str
        A bool column: the rows of which the event is known, like ``screened``.
    by : str or list of str, optional
    measure : str, optional

    Returns
    -------
    Estimates
        ``estimate`` is the share among the rows with `given`; ``ci_low`` and ``ci_high`` are what
        the share of all rows would be if none, or all, of the others had the event. Bounds, not a
        95% interval: nothing in the data says where between them the truth lies.

    References
    ----------
    Manski (1989), J. Hum. Resour. 24:343, eq. 4.

    Examples
    --------
    >>> leads = pd.DataFrame({"screened": [True] * 6 + [False] * 4})
    >>> leads["sql"] = [True] * 3 + [False] * 7
    >>> bounds(leads, "sql", given="screened")[["estimate", "ci_low", "ci_high"]]
       estimate  ci_low  ci_high
    0       0.5     0.3      0.7
    """
    for column in (event, given):
        _check_event(frame, column)

    def share(rows: pd.DataFrame) -> Estimate:
        reason = reason_missing(frame, event) or reason_missing(frame, given)
        if reason or not rows[given].any():
            why = reason or f"no row is {given}"
            return Estimate.not_identified(why, unit="share", n=len(rows))
        seen = rows[given].to_numpy(dtype=bool)
        got = int((rows[event].to_numpy(dtype=bool) & seen).sum())
        return Estimate(
            value=got / seen.sum(),
            ci_low=got / len(rows),
            ci_high=(got + len(rows) - seen.sum()) / len(rows),
            unit="share",
            n=len(rows),
            method=f"bounds: none or all of those not {given}",
        )

    return _each(frame, by, measure or f"{event}_rate_bounds", share)


def difference(
    frame: pd.DataFrame,
    event: str,
    *,
    by: str = "direction",
    of: str = "inbound",
    to: str = "outbound",
    cluster: str | None = None,
    null: float = 0.0,
    measure: str | None = None,
    confidence_level: float = 0.95,
) -> Estimates:
    """Return the share of rows with an event in one group less that in another.

    Parameters
    ----------
    frame, event, cluster, measure, confidence_level
        As in `proportion`.
    by : str
        The column that holds the two groups.
    of, to : str
        The group, and the one it is compared with.
    null : float
        Difference to test.

    Returns
    -------
    Estimates
        One row, in points (-1 to 1): Newcombe's interval, or by the cluster jackknife.

    References
    ----------
    Newcombe (1998), Stat. Med. 17:873, method 10; Tukey (1958).

    Examples
    --------
    >>> leads = pd.DataFrame({"vendor": ["A"] * 70 + ["B"] * 80,
    ...     "sql": [True] * 56 + [False] * 14 + [True] * 48 + [False] * 32})
    >>> difference(leads, "sql", by="vendor", of="A", to="B")[["estimate", "ci_low"]].round(4)
       estimate  ci_low
    0       0.2  0.0524
    """
    _check_event(frame, event)
    arms = _arms(frame, by, of, to)
    test = {"null": null, "confidence_level": confidence_level}
    if reason := reason_missing(frame, event):
        found = Estimate.not_identified(reason, unit="points", n=sum(map(len, arms)))
    elif cluster is None:
        got = [value for arm in arms for value in (int(arm[event].sum()), len(arm))]
        found = newcombe(*got, **test)
    else:
        found = _clustered(arms, event, cluster, **test)
    return Estimates.of([named(found, measure or f"{event}_rate_difference", f"{of} - {to}")])


def ratio(
    frame: pd.DataFrame,
    numerator: str,
    *,
    per: str,
    by: By = None,
    measure: str | None = None,
    confidence_level: float = 0.95,
) -> Estimates:
    """Return one sum over another, such as cost per SQL, of all or of each group.

    Parameters
    ----------
    frame : DataFrame
        One row a cluster (campaign, asset, 4-week block), as `mature` returns.
    numerator, per : str
        Columns; their sums are divided.
    by : str or list of str, optional
        Columns whose values are the groups; blanks are in none.
    measure : str, optional
        Name of the result; ``cost_per_sql`` and its like where not given.
    confidence_level : float

    Returns
    -------
    Estimates
        Money per event in ``usd_per_sql`` and its like, else a ``ratio``; interval by leaving one
        cluster out at a time. A group without cost is not identified, never free.

    Notes
    -----
    Assumes independent clusters. Below 6 of them ``note`` says that it settles nothing.

    References
    ----------
    Tukey (1958), Ann. Math. Stat. 29:614, on the log; without an event Garwood (1936).

    Examples
    --------
    >>> mailings = pd.DataFrame({"cost": [900.0] * 6, "sql": [2, 3, 4, 3, 2, 4]})
    >>> ratio(mailings, "cost", per="sql")[["measure", "estimate", "unit"]]
            measure  estimate         unit
    0  cost_per_sql     300.0  usd_per_sql
    """
    for column in (numerator, per):
        _check_number(frame, column)
    unit = _unit(frame, numerator, per)

    def one(rows: pd.DataFrame) -> Estimate:
        if reason := _unknown(frame, numerator, per):
            return Estimate.not_identified(reason, unit=unit)
        if _is_money(numerator):
            return cost_per(
                rows[numerator], rows[per], unit=unit, confidence_level=confidence_level
            )
        return jackknife(rows[numerator], rows[per]).estimate(
            unit=unit,
            n=rows[per].sum(),
            method="log cluster jackknife t",
            confidence_level=confidence_level,
        )

    return _each(frame, by, measure or _per(numerator, per), one)


def roi(frame: pd.DataFrame, *, by: By = None, confidence_level: float = 0.95) -> Estimates:
    """Return (revenue - cost) / cost, of all or of each group.

    Parameters
    ----------
    frame : DataFrame
        From ``mature(clinic, followed=26)``: with cost, revenue and patients.
    by : str or list of str, optional
    confidence_level : float

    Returns
    -------
    Estimates
        ROI: 0 breaks even, 1 doubles the money. Without interval below 6 campaigns or 5 patients,
        or where one campaign holds over 40% of the cost.

    References
    ----------
    Tukey (1958), on log(1 + ROI).
    """
    for column in ("revenue", "cost", "patients"):
        _check_number(frame, column)

    def one(rows: pd.DataFrame) -> Estimate:
        if rows["cost"].sum() == 0:
            return Estimate.not_identified("no cost is recorded", unit="roi", n=len(rows))
        return roi_of(
            rows["revenue"],
            rows["cost"],
            patients=rows["patients"],
            confidence_level=confidence_level,
        )

    return _each(frame, by, "roi", one)


def compare(
    frame: pd.DataFrame,
    numerator: str,
    *,
    per: str,
    by: str = "direction",
    of: str = "outbound",
    to: str = "inbound",
    null: float = 1.0,
    measure: str | None = None,
    confidence_level: float = 0.95,
) -> Estimates:
    """Return a ratio (cost per SQL) of one group over the same ratio of another.

    Parameters
    ----------
    frame, numerator, per, measure, confidence_level
        As in `ratio`.
    by : str
        The column that holds the two groups.
    of, to : str
        The group, and the one it is compared with.
    null : float
        Ratio to test.

    Returns
    -------
    Estimates
        One row, a ratio: 2 is twice as much. Several clinics are compared clinic by clinic. For
        ``"revenue"`` per ``"cost"`` it compares what a dollar returned.

    References
    ----------
    Tukey (1958), Ann. Math. Stat. 29:614; Welch (1947), Biometrika 34:28.

    Examples
    --------
    >>> units = pd.DataFrame({"direction": ["outbound"] * 6 + ["inbound"] * 6, "cost": 900.0,
    ...     "sql": [2, 3, 4, 3, 2, 4, 6, 5, 7, 6, 4, 8], "channel": "x"})
    >>> compare(units, "cost", per="sql")[["group", "estimate", "ci_low", "ci_high"]].round(2)
                    group  estimate  ci_low  ci_high
    0  outbound / inbound       2.0    1.41     2.83
    """
    for column in (numerator, per):
        _check_number(frame, column)
    (a, b), paired = _cluster_arms(frame, by, of, to)
    back = (numerator, per) == ("revenue", "cost")
    test = {"null": null, "confidence_level": confidence_level, "paired": paired}
    if reason := _unknown(frame, numerator, per) or _no_cost(a, b, of, to):
        found = Estimate.not_identified(reason, unit="ratio")
    elif back:
        found = roi_ratio_of(
            a["revenue"],
            a["cost"],
            b["revenue"],
            b["cost"],
            patients_a=a["patients"],
            patients_b=b["patients"],
            names=(of, to),
            **test,
        )
    else:
        found = cost_ratio(a[numerator], a[per], b[numerator], b[per], **test)
    if found.method != "not identified" and by == "direction" and "channel" in frame:
        found = with_caveat(found, frame)
    name = measure or ("roi_ratio" if back else f"{_per(numerator, per)}_ratio")
    return Estimates.of([named(found, name, f"{of} / {to}")])


def _each(frame: pd.DataFrame, by: By, measure: str, one) -> Estimates:
    """Return ``one(rows)`` of each group, with the columns of `by` behind."""
    columns = [by] if isinstance(by, str) else list(by or [])
    for column in columns:
        check_word("column", column, frame.columns)
    groups = list(_groups(frame, columns))
    found = [named(one(rows), measure, _name(values, groups)) for values, rows in groups]
    keys = {column: [values[i] for values, _ in groups] for i, column in enumerate(columns)}
    return Estimates.of(found, **keys)


def _groups(frame: pd.DataFrame, columns: list[str]) -> Iterator[tuple[tuple, pd.DataFrame]]:
    """Yield each group's values and rows: sides in their order, the others the largest first."""
    if not columns:
        yield (), frame
        return
    sizes = frame.groupby(columns, observed=True).size().sort_values(ascending=False, kind="stable")
    keys = [key if isinstance(key, tuple) else (key,) for key in sizes.index]
    place = {name: at for at, name in enumerate(DIRECTIONS)}
    for key in sorted(keys, key=lambda key: place.get(key[0], len(place))):
        rows = frame
        for column, value in zip(columns, key, strict=True):
            rows = rows[rows[column] == value]
        yield key, rows


def _name(values: tuple, groups: list) -> str:
    """Return what a group is called: its last value where that is enough."""
    if not values:
        return "all"
    last = [key[-1] for key, _ in groups]
    return str(values[-1]) if len(set(last)) == len(last) else " / ".join(map(str, values))


def _clusters(rows: pd.DataFrame, cluster: str) -> np.ndarray:
    if cluster == "campaign" and "clinic" in rows and rows["clinic"].nunique() > 1:
        return rows["clinic"].to_numpy(dtype=object)
    if cluster == "campaign" and {"campaign", "channel", "lead_at"} <= set(rows.columns):
        return cluster_labels(rows, "lead_at").to_numpy(dtype=object)
    check_word("cluster", cluster, rows.columns)
    return rows[cluster].astype("str").fillna("(blank)").to_numpy(dtype=object)


def _clustered(arms: list[pd.DataFrame], event: str, cluster: str, **test) -> Estimate:
    """Return the difference of two shares over their clusters; paired where these are clinics."""
    both = pd.concat(arms)
    labels = pd.Series(_clusters(both, cluster), both.index)
    sums = [
        arm[event]
        .astype(int)
        .groupby(labels.iloc[start : start + len(arm)].to_numpy())
        .agg(["sum", "count"])
        for start, arm in zip((0, len(arms[0])), arms, strict=True)
    ]
    paired = cluster == "campaign" and "clinic" in both and both["clinic"].nunique() > 1
    if paired:
        sums = list(sums[0].align(sums[1], join="outer", axis=0, fill_value=0))
    counts = [sums[i][name] for i in (0, 1) for name in ("sum", "count")]
    return share_difference(*counts, paired=paired, **test)


def _arms(frame: pd.DataFrame, by: str, of: str, to: str) -> list[pd.DataFrame]:
    check_word("column", by, frame.columns)
    known = sorted(frame[by].dropna().astype(str).unique())
    for side in (of, to):
        if side not in DIRECTIONS:
            check_word(by, side, known)
    return [frame[frame[by] == side] for side in (of, to)]


def _cluster_arms(frame: pd.DataFrame, by: str, of: str, to: str):
    """Return both groups' rows; a row a clinic, aligned, where there are several."""
    arms = _arms(frame, by, of, to)
    if "clinic" not in frame or frame["clinic"].nunique() < 2:
        return arms, False
    sums = [arm.groupby("clinic").sum(numeric_only=True) for arm in arms]
    names = sums[0].index.union(sums[1].index)
    return [arm.reindex(names, fill_value=0.0) for arm in sums], True


def _no_cost(a: pd.DataFrame, b: pd.DataFrame, of: str, to: str) -> str:
    for side, arm in ((to, b), (of, a)):
        if "cost" in arm and arm["cost"].sum() == 0:
            return f"no cost is recorded for {side} that is old enough: export spend.csv"
    return ""


def _unknown(frame: pd.DataFrame, *columns: str) -> str:
    return next(filter(None, (reason_missing(frame, column) for column in columns)), "")


def _is_money(column: str) -> bool:
    return column in _MONEY or column.startswith("cost_")


def _unit(frame: pd.DataFrame, numerator: str, per: str) -> str:
    if _is_money(numerator) and not _is_money(per):
        return f"{frame.attrs.get('currency', 'usd')}_per_{_ONE.get(per, per)}"
    return "ratio"


def _per(numerator: str, per: str) -> str:
    return f"{numerator}_per_{_ONE.get(per, per)}"


def _check_event(frame: pd.DataFrame, event: str) -> None:
    known = [name for name in frame if pd.api.types.is_bool_dtype(frame[name])]
    check_word("event", event, known)


def _check_number(frame: pd.DataFrame, column: str) -> None:
    if column in ("patients", "revenue") and column not in frame:
        raise ValueError(
            f"there is no column {column!r}: leads need 26 weeks for it,"
            " pt.mature(clinic, followed=26) has it"
        )
    numbers = [
        name
        for name in frame
        if pd.api.types.is_numeric_dtype(frame[name])
        and not pd.api.types.is_bool_dtype(frame[name])
    ]
    check_word("column", column, numbers)
