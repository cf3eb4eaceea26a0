"""Figures of the calibration, in the look of the findings."""

from __future__ import annotations

import pandas as pd

from lab.calibrate.cells import CLAIMS, SIZES
from lab.calibrate.replicate import OURS
from lab.calibrate.said import covered
from lab.calibrate.stored import by_chance, marks
from lab.calibrate.summary import HIGH, LOW
from ptanalysis.display import style
from ptanalysis.display.drawing import Drawing

_MARKERS = dict(zip(SIZES, "ovsD*", strict=True))
_OURS, _PEERS = style.COLORS["inbound"], style.COLORS["outbound"]
_WORLDS = {"ARTICLE": "every claim is true", "NULL": "nothing differs"}
_SOURCE = "simulated clinics with known truth"


@style.themed
def coverage_by_size(results: pd.DataFrame, *, world: str = "ARTICLE") -> Drawing:
    """Draw our coverage of each claim's number, one mark a size."""
    rows = covered(results, primary=False)
    rows = rows[(rows["method"] == OURS) & (rows["world"] == world)]
    figure, (ax,) = style.canvas(5.0, width=9.0)
    names = [name for name in CLAIMS if name in set(rows["claim"])]
    for size, marker in _MARKERS.items():
        own = rows[rows["size"] == size].set_index("claim").reindex(names)
        ax.plot(
            own["coverage"], range(len(names)), marker, color=_OURS, ms=6, alpha=0.8, label=size
        )
    _frame(ax, names)
    ax.legend(frameon=False, fontsize=8.5, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    below, above = (
        int(((marks(rows) == side) & ~by_chance(rows)).sum()) for side in ("below", "above")
    )
    title = (
        f"Of {len(rows)}, {below} lie below the band and {above} above it by more than chance:"
        f" {_WORLDS[world]}"
    )
    return _drawing(figure, f"coverage-{world.lower()}", title, rows)


@style.themed
def ours_and_peers(results: pd.DataFrame) -> Drawing:
    """Draw the coverage of our methods and of the usual ones on the same draws."""
    rows = covered(results, primary=False)
    asked = rows[rows["method"] != OURS]["claim"].unique()
    names = [name for name in CLAIMS if name in asked]
    figure, (ax,) = style.canvas(4.6, width=9.0)
    groups = (
        (OURS, _OURS, "o", rows["method"] == OURS, -0.12),
        ("the usual ways", _PEERS, "s", rows["method"] != OURS, 0.12),
    )
    for label, color, marker, mask, shift in groups:
        own = rows[mask & rows["claim"].isin(names)]
        heights = own["claim"].map(names.index) + shift
        ax.plot(own["coverage"], heights, marker, color=color, ms=5, alpha=0.6, label=label)
    _frame(ax, names)
    ax.legend(frameon=False, fontsize=9, loc="lower left")
    worst = rows[rows["method"] != OURS]["coverage"].min()
    title = f"On the same draws the usual ways hold the truth in as few as {100 * worst:.0f}%"
    return _drawing(figure, "ours-and-peers", title, rows)


def _frame(ax, names: list[str]) -> None:
    """Label the claims, first on top, and shade where coverage should lie."""
    ax.axvspan(LOW, HIGH, color=style.GRID, zorder=0)
    ax.set_yticks(range(len(names)), [name.replace("_", " ") for name in names], color=style.INK)
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.grid(True, axis="x")
    style.percent_axis(ax.xaxis)


def _drawing(figure, name: str, title: str, rows: pd.DataFrame) -> Drawing:
    draws = f"{rows['replicates'].min():,} draws or more a mark"
    figure.suptitle(title, x=0.01, ha="left", fontsize=13, fontweight="bold", color=style.INK)
    note = f"Share of 95% intervals that hold the truth; shaded: 93.5-96.5%. {draws}. {_SOURCE}."
    figure.supxlabel(note, x=0.01, ha="left", fontsize=8.5, color=style.MUTED)
    return Drawing(figure=figure, name=name, title=title, alt=f"{title}. {note}")
