"""Plots of a table: shares as shaded cells, and dots of several groups in each row."""

from __future__ import annotations

import pandas as pd
import seaborn as sns

from ptanalysis.display import style, words
from ptanalysis.display.drawing import Drawing, named_drawing

_NOTHING = "There is nothing to draw."


@style.themed
def heatmap(table: pd.DataFrame, title: str, *, note: str = "", name: str = "") -> Drawing:
    """Draw a table of shares, each cell shaded and written in percent; blanks stay blank.

    Parameters
    ----------
    table : DataFrame
        Shares, 0 to 1; index and columns are the labels.
    title : str
        The finding it states.
    note, name : str
        How to read it; the name of its files, made of the title where left out.
    """
    figure, (ax,) = style.canvas(1.5 + 0.42 * max(len(table), 1), width=9.6)
    if table.notna().any(axis=None):
        look = {"cmap": "Blues", "vmin": 0, "vmax": 1, "linewidths": 1, "cbar": False}
        sns.heatmap(table.astype(float), annot=True, fmt=".0%", ax=ax, **look)
    ax.set(xlabel="", ylabel="")
    ax.tick_params(axis="both", length=0, labelrotation=0)
    style.titled(figure, title, note=note)
    known = {label: row.dropna() for label, row in table.iterrows()}
    alt = "; ".join(
        f"{label}: {row.min():.0%} to {row.max():.0%}" for label, row in known.items() if len(row)
    )
    return named_drawing(figure, title, alt or _NOTHING, name)


@style.themed
def dots(
    frame: pd.DataFrame,
    title: str,
    *,
    x: str,
    y: str,
    hue: str | None = None,
    band: tuple[float, float] | None = None,
    axis: str = "",
    unit: str = "share",
    note: str = "",
    name: str = "",
) -> Drawing:
    """Draw dots along `x`, one row for each `y`, one color for each `hue`.

    Parameters
    ----------
    frame : DataFrame
    title : str
        The finding it states.
    x, y, hue : str
        Column of the number, of the row, and of the color.
    band : tuple of float, optional
        Shaded from and to.
    axis : str
        What `x` measures.
    unit : {"share", "ratio"}
        Of `x`; a ratio is on a log axis.
    note, name : str
        How to read it; the name of its files, made of the title where left out.
    """
    shown = frame.assign(**{y: [words.wrapped(str(each), 40) for each in frame[y]]})
    figure, (ax,) = style.canvas(1.8 + 0.5 * max(shown[y].nunique(), 1), width=9.6)
    ax.set_xscale("log" if unit == "ratio" else "linear")
    if band:
        ax.axvspan(*band, color=style.GRID, zorder=0)
    if len(shown):
        look = {"palette": "colorblind", "dodge": True} if hue else {"color": style.KEPT}
        sns.stripplot(shown, x=x, y=y, hue=hue, jitter=False, size=7, ax=ax, **look)
        style.unit_axis(ax.xaxis, unit)
    if hue and len(shown):
        style.legend_above(ax)
    ax.tick_params(axis="y", length=0, labelsize=9, labelcolor=style.INK)
    ax.grid(True, axis="both")
    ax.set(xlabel=axis, ylabel="")
    style.titled(figure, title, note=note)
    alt = "; ".join(_row(label, part, x, hue, unit) for label, part in frame.groupby(y, sort=False))
    return named_drawing(figure, title, alt or _NOTHING, name)


def _row(label: str, part: pd.DataFrame, x: str, hue: str | None, unit: str) -> str:
    said = [f"{value:.1%}" if unit == "share" else f"{value:.3g} times" for value in part[x]]
    if hue:
        said = [f"{value} {group}" for value, group in zip(said, part[hue], strict=True)]
    return f"{label}: {words.listed(said)}"
