"""Marks that figures share: interval bars, notes, labels at line ends, lines of no effect."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd
from matplotlib.axes import Axes

from ptanalysis.display import words
from ptanalysis.display.style import COLORS, INK, MARKERS, MUTED
from ptanalysis.display.text_fit import folded

#: On a log axis, how many times beyond the outermost point a bar is still drawn.
_FAR = 5
#: Points that the words beside a row may take.
_LABEL = 215


def intervals(
    ax: Axes,
    frame: pd.DataFrame,
    *,
    by: str = "direction",
    colors: Mapping[str, str] = COLORS,
    markers: Mapping[str, str] = MARKERS,
) -> None:
    """Draw rows of ``estimate, ci_low, ci_high`` as points with bars, first row on top.

    A row without an upper (lower) end gets an arrow; one without any value says so.

    Parameters
    ----------
    frame : DataFrame
        Columns label, estimate, ci_low, ci_high and `by`, which picks color and marker.
    by : str
    colors, markers : mapping of str to str
    """
    for place, row in enumerate(frame.to_dict("records")):
        ink = colors.get(row[by], INK)
        _bar(ax, place, row, ink)
        if pd.notna(row["estimate"]):
            marker = markers.get(row[by], "o")
            ax.plot(row["estimate"], place, marker, color=ink, ms=7, mec="white")
    name_rows(ax, list(frame["label"]))
    ax.grid(True, axis="x")


def name_rows(ax: Axes, labels: list[str]) -> None:
    """Name the rows of a drawing, the first on top."""
    shown = [folded(each, _LABEL, 10) for each in labels]
    ax.set_yticks(range(len(labels)), shown, color=INK, fontsize=10)
    ax.set_ylim(max(len(labels), 1) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)


def fit(ax: Axes, points: Iterable[float], ends: Iterable[float]) -> None:
    """Fit the axis to points and ends; on a log axis a far end runs to the edge."""
    points, ends = ([each for each in some if pd.notna(each)] for some in (points, ends))
    points = points or ends
    if not points:
        return
    if ax.get_xscale() == "log":
        points = [each for each in points if each > 0] or [1.0]
        least, most = min(points) / _FAR, max(points) * _FAR
        every = [*points, *(min(max(end, least), most) for end in ends)]
        ax.set_xlim(min(every) / 1.15, max(every) * 1.15)
        return
    every = [*points, *ends]
    room = 0.06 * (max(every) - min(every) or 1.0)
    ax.set_xlim(min(every) - room, max(every) + room)


def beyond(ax: Axes, frame: pd.DataFrame, *, by: str = "direction", colors=COLORS) -> None:
    """Mark at the axis's edge what leaves it, once it is fitted: an end, or zero on a log axis."""
    low, high = ax.get_xlim()
    for place, row in enumerate(frame.to_dict("records")):
        ends = [row[name] for name in ("estimate", "ci_low", "ci_high") if pd.notna(row[name])]
        for edge, mark, leaves in (
            (low, "<", min(ends, default=low) < low),
            (high, ">", max(ends, default=high) > high),
        ):
            if leaves:
                ink = colors.get(row[by], INK)
                ax.plot(edge, place, mark, color=ink, ms=7, mec="white", clip_on=False)
    ax.set_xlim(low, high)


def strips(ax: Axes, spans: Mapping[str, list[tuple[float, float]]]) -> None:
    """Draw when something ran as a strip for each group above the axes, darker where several did.

    Parameters
    ----------
    spans : mapping
        Group to (start, length) on the x axis.
    """
    for row, (group, ran) in enumerate(spans.items()):
        place = (1.02 + 0.045 * row, 0.035)
        look = {"color": COLORS.get(group, INK), "alpha": 0.35, "lw": 0, "clip_on": False}
        ax.broken_barh(ran, place, transform=ax.get_xaxis_transform(), **look)
        ax.annotate(
            f"{words.label(group)} campaigns",
            (1.0, sum(place) - 0.5 * place[1]),
            (8, 0),
            xycoords="axes fraction",
            textcoords="offset points",
            va="center",
            fontsize=8.5,
            color=MUTED,
            annotation_clip=False,
        )


def _bar(ax: Axes, place: int, row: dict, ink: str) -> None:
    """Draw an interval; an open end is an arrow to the edge."""
    ends = [end for end in (row["ci_low"], row["ci_high"]) if pd.notna(end)]
    known = [*ends, *([row["estimate"]] if pd.notna(row["estimate"]) else [])]
    if not ends:
        return
    ax.plot([min(known), max(known)], [place, place], color=ink, lw=2.2, solid_capstyle="round")
    if len(ends) == 1:
        above = pd.notna(row["ci_low"])
        ax.annotate(
            "",
            (float(above), place),
            (max(known) if above else min(known), place),
            xycoords=("axes fraction", "data"),
            textcoords="data",
            arrowprops={"arrowstyle": "->", "color": ink, "lw": 2.2},
        )


def notes_right(ax: Axes, texts: list[str]) -> None:
    """Write a column of notes to the right of the axes, one a row."""
    for place, text in enumerate(texts):
        ax.annotate(
            folded(text, _LABEL, 9.5),
            (1.03, place),
            xycoords=("axes fraction", "data"),
            va="center",
            fontsize=9.5,
            color=INK,
            annotation_clip=False,
        )


def end_labels(ax: Axes, ends: dict[str, tuple[float, float]]) -> None:
    """Label lines at their right ends, spread apart where they would overlap.

    Parameters
    ----------
    ends : dict
        Direction to the (x, y) of its last point.
    """
    low, high = ax.get_ylim()
    gap = (high - low) * 0.065
    height = low - gap
    for name, (x, y) in sorted(ends.items(), key=lambda end: end[1][1]):
        height = max(y, height + gap)
        ax.annotate(
            words.label(name),
            (x, height),
            (8, 0),
            textcoords="offset points",
            va="center",
            color=COLORS.get(name, INK),
            fontweight="bold",
            annotation_clip=False,
        )


def reference(ax: Axes, at: float, text: str) -> None:
    """Draw a labeled line at the value of no effect."""
    ax.axvline(at, color=INK, lw=1, ls=(0, (4, 3)), zorder=0)
    where = {"xycoords": ("data", "axes fraction"), "textcoords": "offset points"}
    ax.annotate(text, (at, 1.0), (0, 3), ha="center", fontsize=8.5, color=MUTED, **where)
