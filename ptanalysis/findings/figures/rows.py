"""Estimates as the rows of an interval figure, and the figure they all share."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pandas as pd

from ptanalysis.dataset import ClinicData
from ptanalysis.display import marks, phrases, style, words
from ptanalysis.display.drawing import Drawing
from ptanalysis.stats.estimate import Estimate

#: On a log axis, how many times beyond the outermost point a bar is still shown.
_FAR = 5


def interval_rows(
    estimates: Sequence[Estimate],
    directions: dict[str, str],
    *,
    of: str = "leads",
    given: bool = False,
) -> pd.DataFrame:
    """Return the rows `style.intervals` draws.

    Parameters
    ----------
    estimates : sequence of Estimate
    directions : dict
        Group to direction; a group that is not in it is drawn in ink.
    of : str
        What ``n`` counts.
    given : bool
        Whether the groups are names that people gave (campaigns, vendors).

    Returns
    -------
    DataFrame
        Columns label, direction, estimate, ci_low, ci_high, note.
    """
    rows = [
        {
            "label": words.group(each.group, given=given),
            "direction": directions.get(each.group, each.group),
            "estimate": each.value,
            "ci_low": each.ci_low,
            "ci_high": each.ci_high,
            "note": note(each, of=of),
        }
        for each in estimates
    ]
    columns = ["label", "direction", "estimate", "ci_low", "ci_high", "note"]
    return pd.DataFrame(rows, columns=columns).astype(
        {"estimate": float, "ci_low": float, "ci_high": float}
    )


def note(estimate: Estimate, *, of: str = "leads") -> str:
    """Return the few words at the right end of an estimate's bar.

    Examples
    --------
    >>> note(Estimate(value=.27, ci_low=.19, ci_high=.36, unit="share", n=104, method="Wilson"))
    '27%, 104 leads'
    """
    behind = words.count(estimate.n, of)
    if estimate.known and (estimate.ci_low is None and estimate.ci_high is None):
        return f"{phrases.value(estimate)}, no range, {behind}"
    if estimate.known:
        return f"{phrases.value(estimate)}, {behind}"
    if estimate.ci_low is not None or estimate.ci_high is not None:
        return f"{phrases.interval(estimate)}, {behind}"
    return f"not known, {behind}"


@style.themed
def interval_figure(
    rows: pd.DataFrame,
    *,
    drawing: tuple[str, str, str],
    axis: str,
    tables: ClinicData,
    n: str,
    scale: str = "linear",
    unit: Callable | None = None,
    no_effect: tuple[float, str] | None = None,
    how: str = "Point: estimate; bar: 95% interval",
) -> Drawing:
    """Draw estimates one a row with their intervals.

    Parameters
    ----------
    rows : DataFrame
        As `interval_rows` returns.
    drawing : tuple of str
        Name, title and alt text.
    axis : str
        What the axis measures, with its unit.
    tables : ClinicData
        Whose data, as of when.
    n : str
        Number behind the figure, in words.
    scale : str
        ``linear`` or ``log``.
    unit : callable, optional
        Formats the axis, like `style.percent_axis`.
    no_effect : tuple, optional
        Value of no effect and its label.
    how : str
        How to read the marks.

    Returns
    -------
    Drawing
    """
    name, title, alt = drawing
    if rows[["estimate", "ci_low", "ci_high"]].isna().all(axis=None):
        return nothing(name, title, tables)
    figure, (ax,) = style.canvas(1.5 + 0.36 * max(len(rows), 2))
    ax.set_xscale(scale)
    if no_effect:
        marks.reference(ax, *no_effect)
    set_limits(ax, rows, no_effect[0] if no_effect else None)
    marks.intervals(ax, rows)
    marks.notes_right(ax, list(rows["note"]))
    ax.set_xlabel(axis)
    if unit:
        unit(ax.xaxis)
    style.finish(figure, title, n=n, as_of=tables.as_of, source=source(tables), note=how)
    return Drawing(figure=figure, name=name, title=title, alt=alt)


@style.themed
def nothing(name: str, title: str, tables: ClinicData) -> Drawing:
    """Say in the place of a figure why there is none."""
    figure, (ax,) = style.canvas(1.6)
    ax.set_axis_off()
    style.finish(figure, title, n="nothing to draw", as_of=tables.as_of, source=source(tables))
    return Drawing(figure=figure, name=name, title=title, alt="There is nothing to draw.")


def set_limits(ax, rows: pd.DataFrame, null: float | None) -> None:
    """Fit the value axis to the estimates and their ends; ends far off run to the edge."""
    points = [*rows["estimate"].dropna(), *([] if null is None else [null])]
    ends = [*rows["ci_low"].dropna(), *rows["ci_high"].dropna()]
    points = points or ends or [1.0]
    if ax.get_xscale() == "log":
        points = [value for value in points if value > 0]
        low = max(min([*points, *(end for end in ends if end > 0)]), min(points) / _FAR)
        high = min(max([*points, *ends]), max(points) * _FAR)
        ax.set_xlim(low / 1.25, max(high, low * 2) * 1.25)
        return
    spread = max(points) - min(points) or max(map(abs, points)) or 1
    low = max(min([*points, *ends]), min(points) - spread)
    high = min(max([*points, *ends]), max(points) + spread)
    room = 0.06 * (high - low or 1)
    ax.set_xlim(0 if low >= 0 else low - room, high + room)


def source(tables: ClinicData) -> str:
    """Return whose data a figure shows."""
    return f"{tables.config.name or tables.clinic}, exports up to {tables.quarter}"


def spoken(rows: pd.DataFrame) -> str:
    """Return the rows as alt text."""
    return "; ".join(f"{row.label}: {row.note}" for row in rows.itertuples()) + "."
