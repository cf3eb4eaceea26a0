"""One look for every figure: theme, colors fixed per direction, direct labels, caption.

The palette is Okabe and Ito's (2008), distinct with any color vision; markers repeat it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps

import matplotlib as mpl
import seaborn as sns
from matplotlib import dates, ticker
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ptanalysis.display.numbers import bare_number, currency_of, number
from ptanalysis.display.text_fit import folded, unbroken

INK, MUTED, GRID = "#222222", "#5f6670", "#e3e6ea"

#: What a bar shows that has no direction: rows kept, and rows left out.
KEPT, LEFT_OUT = "#3b4754", "#b9bfc7"

#: Colour and marker of each direction, the same in every figure.
COLORS = {"inbound": "#0072B2", "outbound": "#D55E00", "neither": "#009E73", "unknown": "#7A7A7A"}
MARKERS = {"inbound": "o", "outbound": "s", "neither": "^", "unknown": "X"}

#: Color of each verdict, none of them a side's; the word always stands beside it.
VERDICT_COLORS = {
    "supported": "#4B2E83",
    "contradicted": "#C2185B",
    "no_material_difference": "#8C6D1F",
    "cannot_tell": "#9AA1AA",
    "not_testable": "#9AA1AA",
}

VERDICT_MARKERS = {
    "supported": "o",
    "contradicted": "s",
    "no_material_difference": "D",
    "cannot_tell": "^",
    "not_testable": "X",
}

_RC = {
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


def titled(figure: Figure, title: str, *, note: str = "") -> Figure:
    """Set the finding as the title and how to read the marks below; whose data is on the page."""
    wide = figure.get_figwidth() * 72 * 0.97
    look = {"fontsize": 13, "fontweight": "bold", "color": INK}
    figure.suptitle(folded(unbroken(title), wide, 13, bold=True), x=0.01, ha="left", **look)
    if note:
        figure.supxlabel(folded(note, wide, 9), x=0.01, ha="left", fontsize=9, color=MUTED)
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


def unit_axis(axis, unit: str) -> None:
    """Show an axis in its unit, with few enough marks to read; a unit without a rule as it is."""
    if unit == "ratio":
        _marked(axis, (1, 2, 5), lambda ratio, _: f"{ratio:g}×")
    elif currency := currency_of(unit):
        _marked(axis, (1, 3), lambda amount, _: bare_number(amount, currency, decimals=0))
    elif unit in ("leads", "inquiries"):
        axis.set_major_formatter(lambda count, _: f"{count:,g}")
    elif unit in ("share", "roi"):
        axis.set_major_locator(ticker.MaxNLocator(6, steps=(1, 2, 2.5, 5, 10)))
        axis.set_major_formatter(lambda share, _: number(share, "share", decimals=0))
    elif unit == "points":
        axis.set_major_formatter(lambda share, _: f"{share * 100:g}")


def _marked(axis, subs: tuple[int, ...], label: Callable) -> None:
    """Label an axis; a log one at `subs` of each decade."""
    if axis.get_scale() == "log":
        axis.set_major_locator(ticker.LogLocator(subs=subs))
        axis.set_minor_locator(ticker.NullLocator())
    axis.set_major_formatter(label)


def legend_above(ax: Axes, sides: Iterable[str] = ()) -> None:
    """Put the legend, or one of sides by their colors and markers, in a row above the axes."""
    look = {"ncols": 5, "frameon": False}
    if sides:
        marks = [{"color": COLORS[each], "marker": MARKERS[each], "label": each} for each in sides]
        handles = [Line2D([], [], **each) for each in marks]
        ax.legend(handles=handles, loc="lower right", bbox_to_anchor=(1, 1), **look)
    else:
        sns.move_legend(ax, title="", loc="lower left", bbox_to_anchor=(0, 1), **look)
