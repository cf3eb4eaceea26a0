"""One look for every figure: sizes that stay readable on a phone, colors of sides and verdicts.

Okabe and Ito's palette (2008) for sides, told apart with any color vision; markers repeat it.
Verdicts have colors of their own, so that no verdict looks like a side.
"""

from __future__ import annotations

import matplotlib as mpl
import matplotlib.pyplot as plt
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

INK, MUTED, GRID = "#222222", "#5f6670", "#e3e6ea"
COLORS = {
    "inbound": "#0072B2",
    "outbound": "#D55E00",
    "neither": "#009E73",
    "unknown": "#7A7A7A",
    "supported": "#5E3C99",
    "contradicted": "#8C6D1F",
    "no_material_difference": "#3B4754",
    "cannot_tell": "#9AA0A6",
    "not_testable": "#C4C8CC",
}
MARKERS = {
    "inbound": "o",
    "outbound": "s",
    "neither": "^",
    "unknown": "X",
    "supported": "o",
    "contradicted": "v",
    "no_material_difference": "D",
    "cannot_tell": "o",
    "not_testable": "X",
}
_OTHERS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#7A7A7A")
_OTHER_MARKERS = "os^DvPX"
#: Inches: a figure this wide, scaled to a phone's 358 pixels, keeps its 11 points at 10 pixels.
WIDTH = 5.6
RC = {
    "figure.dpi": 144,
    "savefig.dpi": 200,
    "svg.hashsalt": "ptanalysis",
    "svg.fonttype": "path",
    "font.family": "DejaVu Sans",
    "font.size": 11,
    "axes.labelsize": 11,
    "axes.titlesize": 12.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.edgecolor": "#b5bac1",
    "axes.labelcolor": MUTED,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "text.color": INK,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "grid.color": GRID,
    "grid.linewidth": 0.8,
}


def themed():
    """Return a context in which matplotlib draws in this look, and no later."""
    return mpl.rc_context(sns.axes_style("whitegrid") | RC)


def canvas(height: float) -> Axes:
    """Return the axes of a new figure `height` inches high."""
    figure, ax = plt.subplots(figsize=(WIDTH, height), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.08, h_pad=0.06)
    ax.grid(False)
    ax.set_axisbelow(True)
    return ax


def looks(values: list[str]) -> dict[str, tuple[str, str]]:
    """Return color and marker of each value: its own where it is a side or a verdict."""
    strangers = [value for value in values if value not in COLORS]
    return {
        value: (COLORS[value], MARKERS[value])
        if value in COLORS
        else (_OTHERS[strangers.index(value) % 7], _OTHER_MARKERS[strangers.index(value) % 7])
        for value in values
    }


def fitted(figure: Figure, text: str, width: float, *, size: float, weight: str = "normal") -> str:
    """Return text on lines of at most `width` inches, by measuring them.

    Examples
    --------
    >>> fitted(Figure(), "one two three", 0.6, size=11).splitlines()
    ['one', 'two', 'three']
    """
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and inches(figure, longer, size=size, weight=weight) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return "\n".join(lines)


def inches(figure: Figure, text: str, *, size: float, weight: str = "normal") -> float:
    """Return how wide a line of text is drawn, in inches."""
    drawn = figure.text(0, 0, text, fontsize=size, fontweight=weight, parse_math=False)
    box = drawn.get_window_extent(figure.canvas.get_renderer())
    drawn.remove()
    return float(box.width / figure.dpi)
