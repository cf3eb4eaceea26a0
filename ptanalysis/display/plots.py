"""The plots notebooks share: intervals, curves with bands and strips, bars; each from a tidy frame.

Each returns a `Drawing`: the last line of a cell shows it. ``drawing.axes`` is matplotlib's, to
change what you like before that.
"""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import seaborn as sns
from matplotlib.dates import date2num

from ptanalysis.display import marks, phrases, style, words
from ptanalysis.display.claim_plots import choices as choices
from ptanalysis.display.claim_plots import dots as dots
from ptanalysis.display.claim_plots import heatmap as heatmap
from ptanalysis.display.claim_plots import verdicts as verdicts
from ptanalysis.display.drawing import Drawing, named_drawing
from ptanalysis.display.numbers import number
from ptanalysis.stats.estimate import Estimates


@style.themed
def intervals(
    found: Estimates,
    title: str,
    *,
    of: str = "leads",
    axis: str = "",
    null: tuple[float, str] | None = None,
    note: str = "Point: estimate; bar: 95% interval",
    name: str = "",
) -> Drawing:
    """Draw estimates one a row, each with its interval and the number behind it.

    Parameters
    ----------
    found : Estimates
        Of one unit; a row without a value says so. A column ``direction``, where there is one,
        gives the color; else the group does, if it is a direction. A column ``said`` stands beside
        each row in place of its value and number.
    title : str
        The finding it states.
    of : str
        What ``n`` counts, in the plural.
    axis : str
        What the axis measures.
    null : tuple, optional
        The value of no effect and its label, like ``(1, "as much")``.
    note, name : str
        How to read the marks; the name of its files, made of the title where left out.

    Returns
    -------
    Drawing
        Ratios, and money per event, are on a log axis.
    """
    rows = _rows(found, of)
    figure, (ax,) = style.canvas(1.5 + 0.36 * max(len(rows), 2))
    unit = found["unit"].iloc[0] if len(found) else "share"
    ax.set_xscale("log" if unit == "ratio" or "_per_" in unit else "linear")
    if null:
        marks.reference(ax, *null)
    points = [*rows["estimate"], *(null or ())[:1]]
    marks.fit(ax, points, [*rows["ci_low"], *rows["ci_high"]])
    marks.intervals(ax, rows)
    marks.beyond(ax, rows)
    marks.notes_right(ax, list(rows["note"]))
    sides = [each for each in style.COLORS if each in set(rows["direction"])]
    if "direction" in found and not null and not {*map(words.label, sides)} <= set(rows["label"]):
        style.legend_above(ax, sides)
    ax.set_xlabel(axis)
    style.unit_axis(ax.xaxis, unit)
    style.titled(figure, title, note=note)
    alt = "; ".join(f"{row['label']} {row['said']}" for row in rows.to_dict("records"))
    return named_drawing(figure, title, alt or "Nothing known.", name)


@style.themed
def curves(
    frame: pd.DataFrame,
    title: str,
    *,
    x: str,
    y: str = "estimate",
    by: str = "direction",
    axes: tuple[str, str] = ("", ""),
    unit: str = "",
    note: str = "Band: 95% interval",
    alt: str = "",
    name: str = "",
) -> Drawing:
    """Draw lines over `x`, one for each group, with a band where the frame has intervals.

    Parameters
    ----------
    frame : DataFrame
        Columns `x`, `y`, `by`, and ``ci_low, ci_high`` for a band.
    title : str
        The finding it states.
    x, y, by : str
        Columns. A time on `x` gets a date axis.
    axes : tuple of str
        What each axis measures.
    unit : str
        Unit of `y`, such as ``share``, ``leads`` or ``usd``.
    note, alt, name : str
        How to read it; what it shows to whoever cannot see it (made of the last values where left
        out); the name of its files.
    """
    figure, (ax,) = style.canvas(4.0)
    ends = {}
    for group, part in frame.groupby(by, sort=False):
        part = part.sort_values(x)
        color = style.COLORS.get(group, style.INK)
        sns.lineplot(part, x=x, y=y, ax=ax, color=color, lw=2.2, errorbar=None)
        if {"ci_low", "ci_high"} <= set(part):
            ax.fill_between(part[x], part["ci_low"], part["ci_high"], color=color, alpha=0.15, lw=0)
        ends[str(group)] = (part[x].iloc[-1], part[y].iloc[-1])
    ax.set(xlabel=axes[0], ylabel=axes[1])
    ax.set_ylim(bottom=min(0, ax.get_ylim()[0]))
    marks.end_labels(ax, ends)
    if pd.api.types.is_datetime64_any_dtype(frame[x]):
        style.date_axis(ax.xaxis)
    style.unit_axis(ax.yaxis, unit)
    style.titled(figure, title, note=note if "ci_low" in frame else "")
    said = alt or "; ".join(f"{words.label(g)}: {_said(y_, unit)}" for g, (_, y_) in ends.items())
    return named_drawing(figure, title, said or "Nothing known.", name)


def running(drawn: Drawing, campaigns: pd.DataFrame, *, until: pd.Timestamp) -> Drawing:
    """Add to curves over time when the campaigns of each side ran, as strips above the axes.

    Parameters
    ----------
    drawn : Drawing
        Of `curves` with a time on its x axis.
    campaigns : DataFrame
        Columns ``direction, starts_on, ends_on``; one without an end runs `until` the last day.
    until : Timestamp

    Returns
    -------
    Drawing
        The same, its alt text with how many campaigns of each side ran.
    """
    ax = drawn.axes
    low, high = ax.get_xlim()
    spans = {}
    for side, part in campaigns.dropna(subset=["starts_on"]).groupby("direction"):
        start, end = (date2num(part[at].fillna(until)) for at in ("starts_on", "ends_on"))
        start, end = start.clip(low, high), end.clip(low, high)
        spans[side] = list(zip(start, (end - start).clip(1), strict=True))
    marks.strips(ax, spans)
    ax.set_xlim(low, high)
    said = [f"{words.count(len(ran), 'campaigns')} of {side}" for side, ran in spans.items()]
    alt = f"{drawn.alt}. Above: when {words.listed(said)} ran" if spans else drawn.alt
    return replace(drawn, alt=alt)


@style.themed
def bars(
    frame: pd.DataFrame,
    title: str,
    *,
    x: str,
    y: str,
    hue: str | None = None,
    axis: str = "",
    unit: str = "leads",
    note: str = "",
    name: str = "",
) -> Drawing:
    """Draw horizontal bars, one a row of `y`, in the order of the frame.

    Parameters
    ----------
    frame : DataFrame
    title : str
        The finding it states.
    x, y, hue : str
        Column of the length, of the label, and of the color (a direction).
    axis, unit, note, name : str
        What the length measures, its unit, how to read it, the name of its files.
    """
    shown = frame.assign(**{y: frame[y].astype(str)})
    figure, (ax,) = style.canvas(1.3 + 0.34 * max(len(shown), 2))
    look = {"hue": hue, "palette": style.COLORS} if hue else {"color": style.KEPT}
    sns.barplot(shown, x=x, y=y, dodge=False, saturation=1, ax=ax, **look)
    marks.name_rows(ax, list(dict.fromkeys(shown[y])))
    ax.set(xlabel=axis, ylabel="")
    ax.grid(True, axis="x")
    if hue and len(shown):
        sns.move_legend(ax, "lower right", title="", frameon=False)
    for drawn in ax.containers:
        ax.bar_label(drawn, fmt="{:,.0f}", padding=4)
    style.unit_axis(ax.xaxis, unit)
    style.titled(figure, title, note=note)
    said = "; ".join(f"{row[y]}: {_said(row[x], unit)}" for row in shown.to_dict("records"))
    return named_drawing(figure, title, said or "Nothing known.", name)


def _rows(found: Estimates, of: str) -> pd.DataFrame:
    """Return what `marks.intervals` draws: label, direction, numbers, note, words."""
    columns = ["label", "direction", "estimate", "ci_low", "ci_high", "note", "said"]
    given = found["direction"] if "direction" in found else found["group"]
    none = [""] * len(found)
    rows = [
        (
            words.group(each.group) if each.group else words.label(each.id),
            side,
            each.value,
            each.ci_low,
            each.ci_high,
            said or _note(each, of),
            said or phrases.brief(each, behind=words.count(each.n, of)),
        )
        for each, side, said in zip(found.each(), given, found.get("said", none), strict=True)
    ]
    numbers = dict.fromkeys(("estimate", "ci_low", "ci_high"), float)
    return pd.DataFrame(rows, columns=columns).astype(numbers)


def _note(each, of: str) -> str:
    value = phrases.value(each) if each.known else "not known"
    if each.unit == "leads" and each.known:
        return words.count(each.value, of)
    return f"{value}, {words.count(each.n, of)}"


def _said(value: float, unit: str) -> str:
    if unit in ("leads", "inquiries"):
        return words.count(value, unit)
    return number(value, unit) if unit else f"{value:,g}"
