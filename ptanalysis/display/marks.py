"""Marks that figures share: interval bars, notes, labels at line ends, lines of no effect."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from ptanalysis.display import words
from ptanalysis.display.style import COLORS, INK, MARKERS, MUTED


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
            "",
            (1.0, place),
            (max(known), place),
            xycoords=("axes fraction", "data"),
            textcoords="data",
            arrowprops={"arrowstyle": "->", "color": ink, "lw": 2.2},
        )
    elif pd.notna(high):
        ax.annotate(
            "",
            (0.0, place),
            (min(known), place),
            xycoords=("axes fraction", "data"),
            textcoords="data",
            arrowprops={"arrowstyle": "->", "color": ink, "lw": 2.2},
        )


def notes_right(ax: Axes, texts: list[str], header: str = "") -> None:
    """Write a column of notes to the right of the axes, one a row."""
    for place, text in enumerate(texts):
        ax.annotate(
            text,
            (1.015, place),
            xycoords=("axes fraction", "data"),
            va="center",
            fontsize=9.5,
            color=INK,
            annotation_clip=False,
        )
    if header:
        ax.annotate(
            header,
            (1.015, -0.85),
            xycoords=("axes fraction", "data"),
            va="center",
            fontsize=8.5,
            color=MUTED,
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


def reference(ax: Axes, at: float, text: str, *, vertical: bool = True) -> None:
    """Draw a labelled line at the value of no effect."""
    (ax.axvline if vertical else ax.axhline)(at, color=INK, lw=1, ls=(0, (4, 3)), zorder=0)
    if vertical:
        ax.annotate(
            text,
            (at, 1.0),
            (0, 3),
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            ha="center",
            fontsize=8.5,
            color=MUTED,
        )


def name_marks(ax: Axes, directions: list[str]) -> None:
    """Name each direction's colour and marker in a row above the axes."""
    for place, direction in enumerate(directions):
        across = 0.01 + place * 0.16
        ax.plot(
            across,
            1.05,
            MARKERS[direction],
            color=COLORS[direction],
            ms=7,
            clip_on=False,
            transform=ax.transAxes,
        )
        ax.annotate(
            words.label(direction),
            (across + 0.015, 1.05),
            xycoords="axes fraction",
            va="center",
            color=COLORS[direction],
            fontweight="bold",
            annotation_clip=False,
        )
