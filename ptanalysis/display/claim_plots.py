"""The plots of claims: every verdict in its own unit, and each verdict under other choices."""

from __future__ import annotations

import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ptanalysis.display import marks, phrases, style, words
from ptanalysis.display.drawing import Drawing, named_drawing
from ptanalysis.stats.estimate import Estimate

#: What a panel measures: its label and its unit.
_PANELS = {
    "times": ("Times as much", "ratio"),
    "left": ("Share of the weekly leads that is left", "share"),
    "points": ("Difference in percentage points", "points"),
    "weeks": ("Difference in weeks", "weeks"),
}
_VERDICTS = words.VERDICTS | {"not_testable": "Not judged"}
#: On a log axis, how many times beyond the outermost point a bar is still drawn.
_FAR = 3


@style.themed
def verdicts(frame: pd.DataFrame, title: str, *, name: str = "claims") -> Drawing:
    """Draw each claim's number with its interval, in panels of one unit each.

    Parameters
    ----------
    frame : DataFrame
        Of `ptanalysis.verdicts`, or rows of it.
    title : str
        The finding it states.
    name : str
        Of its files.
    """
    rows = [row | {"panel": _panel(row)} for row in frame.to_dict("records")]
    panels = [each for each in _PANELS if any(row["panel"] == each for row in rows)]
    parts = [[row for row in rows if row["panel"] == panel] for panel in panels]
    figure = Figure(figsize=(9.6, 1.2 + 0.56 * len(rows) + 0.55 * len(parts)))
    figure.set_layout_engine("constrained", w_pad=0.12, h_pad=0.05)
    heights = [len(part) + 0.2 for part in parts] or [1]
    axes = figure.subplots(len(heights), 1, squeeze=False, height_ratios=heights)[:, 0]
    for ax, panel, part in zip(axes, panels, parts, strict=False):
        _draw_panel(ax, panel, part)
    note = "Point: estimate; bar: 95% interval; shaded: too small to matter; dashed: no effect, or "
    style.titled(figure, title, note=note + "the claim's line")
    alt = " ".join(f"{row['statement']}: {_said(row)}." for row in rows)
    return Drawing(figure=figure, name=name, title=title, alt=alt or "No claim.")


@style.themed
def choices(frame: pd.DataFrame, title: str, *, x: str, y: str, name: str = "") -> Drawing:
    """Draw a grid of dots: the verdict on each claim (`y`) under each choice (`x`).

    Parameters
    ----------
    frame : DataFrame
        One row a claim and choice, with ``verdict``. What is not there is left blank.
    title : str
        The finding it states.
    x, y : str
        Columns of the choice and of the claim, in words.
    name : str
        Of its files; made of the title where left out.
    """
    across, down = (list(dict.fromkeys(frame[column])) for column in (x, y))
    figure, (ax,) = style.canvas(2.4 + 0.46 * len(down), width=9.6)
    for verdict, part in frame.groupby("verdict", sort=False):
        places = part[x].map(across.index), part[y].map(down.index)
        look = {"marker": style.VERDICT_MARKERS[verdict], "color": style.VERDICT_COLORS[verdict]}
        sns.scatterplot(x=places[0], y=places[1], label=_VERDICTS[verdict], s=130, ax=ax, **look)
    ax.set_xticks(range(len(across)), [words.wrapped(each, 11) for each in across], fontsize=8.5)
    _name_rows(ax, down)
    ax.grid(True, axis="both")
    if len(frame):
        where = {"loc": "lower left", "bbox_to_anchor": (0, 1.0), "ncols": 5}
        sns.move_legend(ax, title="", frameon=False, **where)
    style.titled(figure, title, note="Blank: the choice does not bear on the claim")
    alt = "; ".join(
        _counted(claim, part["verdict"]) for claim, part in frame.groupby(y, sort=False)
    )
    return named_drawing(figure, title, alt or "No choice.", name)


def _panel(row: dict) -> str:
    if row["unit"] != "ratio":
        return row["unit"]
    return "times" if row["margin"] > 1 else "left"


def _draw_panel(ax: Axes, panel: str, rows: list[dict]) -> None:
    label, unit = _PANELS[panel]
    ax.grid(True, axis="x")
    if panel == "times":
        ax.set_xscale("log")
    _limits(ax, rows)
    for place, row in enumerate(rows):
        _draw_row(ax, place, row)
    line = rows[0]["margin"] if panel == "left" else float(panel == "times")
    marks.reference(ax, line, "")
    _name_rows(ax, [row["statement"] for row in rows])
    marks.notes_right(ax, [f"{_VERDICTS[row['verdict']]}\n{_number(row)}".strip() for row in rows])
    ax.set_xlabel(label, fontsize=9)
    ax.xaxis.set_tick_params(labelsize=9)
    {"ratio": style.times_axis, "share": style.percent_axis}.get(unit, _whole)(ax.xaxis)
    if unit == "points":
        ax.xaxis.set_major_formatter(lambda share, _: f"{100 * share:g}")


def _whole(axis: Axis) -> None:
    axis.set_major_locator(MaxNLocator(6, steps=(1, 2, 5, 10)))


def _draw_row(ax: Axes, place: int, row: dict) -> None:
    color = style.VERDICT_COLORS[row["verdict"]]
    panel, margin = _panel(row), row["margin"]
    if panel != "left" and pd.notna(row["estimate"]):
        low = 1 / margin if panel == "times" else -margin
        ax.barh(place, margin - low, left=low, height=0.8, color=style.GRID, lw=0, zorder=0)
    ends = [end for end in (row["ci_low"], row["ci_high"]) if pd.notna(end)]
    if len(ends) == 2:
        ax.plot(ends, [place, place], color=color, lw=2.4, solid_capstyle="round")
    if pd.notna(row["estimate"]):
        marker = style.VERDICT_MARKERS[row["verdict"]]
        ax.plot(row["estimate"], place, marker, color=color, ms=7.5, mec="white")


def _limits(ax: Axes, rows: list[dict]) -> None:
    """Fit the axis to points, margins and ends; on a log axis a far end runs to the edge."""
    log = ax.get_xscale() == "log"
    rows = [row for row in rows if pd.notna(row["estimate"])] or rows
    points = [row["estimate"] for row in rows if pd.notna(row["estimate"])]
    points += [row["margin"] for row in rows]
    points += [
        1 / row["margin"] if log else -row["margin"] * (row["unit"] != "ratio") for row in rows
    ]
    ends = [row[end] for row in rows for end in ("ci_low", "ci_high") if pd.notna(row[end])]
    if log:
        points = [each for each in points if each > 0]
        ends = [min(max(each, min(points) / _FAR), max(points) * _FAR) for each in ends]
        ax.set_xlim(min(points + ends) / 1.15, max(points + ends) * 1.15)
        return
    low, high = min(points + ends), max(points + ends)
    ax.set_xlim(low - 0.06 * (high - low), high + 0.06 * (high - low))


def _name_rows(ax: Axes, labels: list[str]) -> None:
    ax.set(xlabel="", ylabel="")
    names = [words.wrapped(each, 40) for each in labels]
    ax.set_yticks(range(len(names)), names, color=style.INK, fontsize=9)
    ax.set_ylim(max(len(names), 1) - 0.5, -0.5)
    ax.tick_params(axis="both", length=0)
    ax.spines["left"].set_visible(False)


def _said(row: dict) -> str:
    return ", ".join(filter(None, [_VERDICTS[row["verdict"]].lower(), _number(row)]))


def _number(row: dict) -> str:
    """Return a claim's number with its interval, empty where there is none."""
    value, low, high = (
        None if pd.isna(row[name]) else row[name] for name in ("estimate", "ci_low", "ci_high")
    )
    if value is None and low is None and high is None:
        return ""
    unit, why = "share" if _panel(row) == "left" else row["unit"], row["reason"] or "not known"
    ends = {"value": value, "ci_low": low, "ci_high": high}
    return phrases.brief(Estimate(**ends, unit=unit, n=row["n"], method="", reason=why))


def _counted(claim: str, verdicts: pd.Series) -> str:
    counts = verdicts.value_counts(sort=False).items()
    return (
        f"{claim}: {words.listed([f'{_VERDICTS[word].lower()} under {n}' for word, n in counts])}"
    )
