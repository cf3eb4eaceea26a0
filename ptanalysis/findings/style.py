"""One look for every figure: theme, colours fixed per direction, direct labels, caption.

The palette is Okabe and Ito's (2008), told apart with any colour vision; markers repeat it.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import wraps

import matplotlib as mpl
import pandas as pd
import seaborn as sns
from matplotlib import dates, ticker
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ptanalysis.findings import words
from ptanalysis.findings.numbers import number

INK, MUTED, GRID = "#222222", "#5f6670", "#e3e6ea"

#: What a bar shows that has no direction: rows kept, and rows left out.
KEPT, LEFT_OUT = "#3b4754", "#b9bfc7"

#: Colour and marker of each direction, the same in every figure.
COLORS = {"inbound": "#0072B2", "outbound": "#D55E00", "neither": "#009E73", "unknown": "#7A7A7A"}
MARKERS = {"inbound": "o", "outbound": "s", "neither": "^", "unknown": "X"}

#: Colour of each verdict; the word always stands beside it.
VERDICT_COLORS = {
    "supported": "#0072B2",
    "contradicted": "#D55E00",
    "no_material_difference": "#009E73",
    "cannot_tell": "#7A7A7A",
    "not_testable": "#7A7A7A",
}

VERDICT_MARKERS = {
    "supported": "o",
    "contradicted": "s",
    "no_material_difference": "D",
    "cannot_tell": "^",
    "not_testable": "X",
}

_RC = {
    "figure.dpi": 100,
    "savefig.dpi": 144,
    "svg.hashsalt": "ptanalysis",
    "svg.fonttype": "path",
    "font.family": "DejaVu Sans",
    "font.size": 10.5,
    "axes.edgecolor": "#b5bac1",
    "axes.labelcolor": MUTED,
    "axes.labelsize": 10.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "text.color": INK,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "grid.color": GRID,
    "grid.linewidth": 0.8,
}


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """A figure with what it must never be without.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    name : str
        Of its files, like ``leads-by-month``.
    title : str
        The finding it states.
    alt : str
        What a reader who cannot see it should know.

    Raises
    ------
    ValueError
        A name, title or alt text is empty.
    """

    figure: Figure
    name: str
    title: str
    alt: str

    def __post_init__(self) -> None:
        if not all((self.name.strip(), self.title.strip(), self.alt.strip())):
            raise ValueError("a drawing needs a name, a title and alt text")


def themed(draw: Callable) -> Callable:
    """Run a figure function under the theme, leaving matplotlib's own settings alone."""

    @wraps(draw)
    def inside(*args, **options):
        with sns.axes_style("whitegrid"), mpl.rc_context(_RC):
            return draw(*args, **options)

    return inside


def canvas(
    height: float = 4.0, *, panels: int = 1, width: float = 8.0, **options
) -> tuple[Figure, list[Axes]]:
    """Return a figure `width` by `height` inches with `panels` axes side by side.

    The figure belongs to no window and no pyplot state: nothing to close, nothing shown twice.
    """
    figure = Figure(figsize=(width, height), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.12, h_pad=0.06)
    axes = figure.subplots(1, panels, squeeze=False, **options)[0]
    for ax in axes:
        ax.grid(False)
        ax.set_axisbelow(True)
    return figure, list(axes)


def stacked(top: float, bottom: float, *, width: float = 8.0) -> tuple[Figure, list[Axes]]:
    """Return a figure with one axes `top` inches high and one below it that shares its x axis."""
    figure = Figure(figsize=(width, top + bottom + 1.0), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.12, h_pad=0.04)
    axes = figure.subplots(2, 1, sharex=True, height_ratios=(top, bottom))
    for ax in axes:
        ax.grid(False)
    return figure, list(axes)


def finish(
    figure: Figure, title: str, *, n: str, as_of: date, source: str, note: str = ""
) -> Figure:
    """Set the finding as the title and the caption: number behind it, as-of date, source.

    Parameters
    ----------
    n : str
        Like ``412 leads``.
    source : str
        Whose data, like ``sample clinic``.
    note : str
        How to read the marks, before the caption.
    """
    wide = int(figure.get_figwidth() * 9.0)
    figure.suptitle(
        textwrap.fill(words.unbroken(title), wide),
        x=0.01,
        ha="left",
        fontsize=13,
        fontweight="bold",
        color=INK,
    )
    caption = ". ".join(
        part for part in (note.rstrip("."), f"{n}, {words.as_of(as_of)}", f"Data: {source}") if part
    )
    figure.supxlabel(
        textwrap.fill(words.unbroken(caption), int(wide * 1.72)) + ".",
        x=0.01,
        ha="left",
        fontsize=8.5,
        color=MUTED,
    )
    return figure


def intervals(ax: Axes, frame: pd.DataFrame, *, color: str | None = None) -> None:
    """Draw rows of ``estimate, ci_low, ci_high`` as points with bars, first row on top.

    A row without an upper (lower) end gets an arrow; one without any value says so.

    Parameters
    ----------
    frame : DataFrame
        Columns label, estimate, ci_low, ci_high; optional direction (colour and marker), note
        (text at the right end).
    """
    for place, row in enumerate(frame.to_dict("records")):
        side = row.get("direction", "unknown")
        ink = color or COLORS.get(side, INK)
        _bar(ax, place, row, ink)
        if pd.notna(row["estimate"]):
            ax.plot(row["estimate"], place, MARKERS.get(side, "o"), color=ink, ms=7, mec="white")
    ax.set_yticks(range(len(frame)), frame["label"], color=INK)
    ax.set_ylim(len(frame) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.grid(True, axis="x")


def _bar(ax: Axes, place: int, row: dict, ink: str) -> None:
    low, high, middle = row["ci_low"], row["ci_high"], row["estimate"]
    if pd.notna(low) and pd.notna(high):
        ax.plot([low, high], [place, place], color=ink, lw=2.2, solid_capstyle="round")
        return
    known = [end for end in (low, middle, high) if pd.notna(end)]
    if not known:
        return
    ax.plot([min(known), max(known)], [place, place], color=ink, lw=2.2)
    if pd.notna(low):
        ax.annotate(
            "", (1.0, place), (max(known), place), xycoords=("axes fraction", "data"),
            textcoords="data", arrowprops={"arrowstyle": "->", "color": ink, "lw": 2.2},
        )  # fmt: skip
    elif pd.notna(high):
        ax.annotate(
            "", (0.0, place), (min(known), place), xycoords=("axes fraction", "data"),
            textcoords="data", arrowprops={"arrowstyle": "->", "color": ink, "lw": 2.2},
        )  # fmt: skip


def notes_right(ax: Axes, texts: list[str], header: str = "") -> None:
    """Write a column of notes to the right of the axes, one a row."""
    for place, text in enumerate(texts):
        ax.annotate(
            text, (1.015, place), xycoords=("axes fraction", "data"), va="center", fontsize=9.5,
            color=INK, annotation_clip=False,
        )  # fmt: skip
    if header:
        ax.annotate(
            header, (1.015, -0.85), xycoords=("axes fraction", "data"), va="center", fontsize=8.5,
            color=MUTED, annotation_clip=False,
        )  # fmt: skip


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
            words.label(name), (x, height), (8, 0), textcoords="offset points", va="center",
            color=COLORS.get(name, INK), fontweight="bold", annotation_clip=False,
        )  # fmt: skip


def reference(ax: Axes, at: float, text: str, *, vertical: bool = True) -> None:
    """Draw a labelled line at the value of no effect."""
    (ax.axvline if vertical else ax.axhline)(at, color=INK, lw=1, ls=(0, (4, 3)), zorder=0)
    if vertical:
        ax.annotate(
            text, (at, 1.0), (0, 3), xycoords=("data", "axes fraction"),
            textcoords="offset points", ha="center", fontsize=8.5, color=MUTED,
        )  # fmt: skip


#: Months labelled on axes up to so many days long.
_MONTHS_SHOWN = ((130, range(1, 13)), (370, (1, 4, 7, 10)))


def date_axis(axis) -> None:
    """Show months short: the year once, where it starts."""
    first, last = axis.get_view_interval()
    every = next((by for days, by in _MONTHS_SHOWN if last - first <= days), (1,))
    locator = dates.MonthLocator(bymonth=every)
    axis.set_major_locator(locator)
    axis.set_major_formatter(dates.ConciseDateFormatter(locator, show_offset=False))


def percent_axis(axis) -> None:
    """Show a share axis in percent, with few enough marks to read."""
    axis.set_major_locator(ticker.MaxNLocator(6, steps=(1, 2, 2.5, 5, 10)))
    axis.set_major_formatter(
        ticker.FuncFormatter(lambda share, _: number(share, "share", decimals=0))
    )


def dollar_axis(axis) -> None:
    """Show an axis in dollars, on a log axis at 1 and 3 of each decade."""
    if axis.get_scale() == "log":
        axis.set_major_locator(ticker.LogLocator(subs=(1, 3)))
        axis.set_minor_locator(ticker.NullLocator())
    axis.set_major_formatter(ticker.FuncFormatter(lambda usd, _: f"${usd:,.0f}"))


def times_axis(axis) -> None:
    """Show a log axis of ratios as times, at 1, 2 and 5 of each decade."""
    axis.set_major_locator(ticker.LogLocator(subs=(1, 2, 5)))
    axis.set_minor_locator(ticker.NullLocator())
    axis.set_major_formatter(ticker.FuncFormatter(lambda ratio, _: f"{ratio:g}×"))


def name_marks(ax: Axes, directions: list[str]) -> None:
    """Name each direction's colour and marker in a row above the axes."""
    for place, direction in enumerate(directions):
        across = 0.01 + place * 0.16
        ax.plot(
            across, 1.05, MARKERS[direction], color=COLORS[direction], ms=7, clip_on=False,
            transform=ax.transAxes,
        )  # fmt: skip
        ax.annotate(
            words.label(direction), (across + 0.015, 1.05), xycoords="axes fraction", va="center",
            color=COLORS[direction], fontweight="bold", annotation_clip=False,
        )  # fmt: skip
