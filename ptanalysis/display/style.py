"""One look for every figure: theme, colours fixed per direction, direct labels, caption.

The palette is Okabe and Ito's (2008), told apart with any colour vision; markers repeat it.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from datetime import date
from functools import wraps

import matplotlib as mpl
import seaborn as sns
from matplotlib import dates, ticker
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ptanalysis.display import words
from ptanalysis.display.numbers import bare_number, number

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
    "text.parse_math": False,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "grid.color": GRID,
    "grid.linewidth": 0.8,
}


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


def titled(figure: Figure, title: str, *, note: str = "") -> Figure:
    """Set the finding as the title and how to read the marks below; whose data is on the page."""
    wide = int(figure.get_figwidth() * 9.0)
    bold = {"fontsize": 13, "fontweight": "bold", "color": INK}
    figure.suptitle(textwrap.fill(words.unbroken(title), wide), x=0.01, ha="left", **bold)
    if note:
        text = textwrap.fill(note, int(wide * 1.72))
        figure.supxlabel(text, x=0.01, ha="left", fontsize=8.5, color=MUTED)
    return figure


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


def money_axis(axis, unit: str) -> None:
    """Show an axis in a unit of money, like ``eur``, on a log axis at 1 and 3 of each decade."""
    if axis.get_scale() == "log":
        axis.set_major_locator(ticker.LogLocator(subs=(1, 3)))
        axis.set_minor_locator(ticker.NullLocator())
    axis.set_major_formatter(
        ticker.FuncFormatter(lambda amount, _: bare_number(amount, unit, decimals=0))
    )


def times_axis(axis) -> None:
    """Show a log axis of ratios as times, at 1, 2 and 5 of each decade."""
    axis.set_major_locator(ticker.LogLocator(subs=(1, 2, 5)))
    axis.set_minor_locator(ticker.NullLocator())
    axis.set_major_formatter(ticker.FuncFormatter(lambda ratio, _: f"{ratio:g}×"))
