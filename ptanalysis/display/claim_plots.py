"""The plots of claims and of tables: verdicts in their units, under other choices; shares, dots."""

from __future__ import annotations

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ptanalysis.display import marks, phrases, style, words
from ptanalysis.display.drawing import Drawing, named_drawing
from ptanalysis.display.text_fit import folded
from ptanalysis.stats.estimate import Estimate

#: What a panel measures: its label and its unit.
_PANELS = {
    "times": ("Times as much", "ratio"),
    "left": ("Share of the weekly leads that is left", "share"),
    "points": ("Difference in percentage points", "points"),
    "weeks": ("Difference in weeks", "weeks"),
}

_NOTHING = "There is nothing to draw."


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
    figure, (ax,) = style.canvas(2.4 + 0.52 * len(down), width=9.6)
    for verdict, part in frame.groupby("verdict", sort=False):
        places = part[x].map(across.index), part[y].map(down.index)
        look = {"marker": style.VERDICT_MARKERS[verdict], "color": style.VERDICT_COLORS[verdict]}
        sns.scatterplot(
            x=places[0], y=places[1], label=words.VERDICTS[verdict], s=130, ax=ax, **look
        )
    wide = min(430 / max(len(across), 1), 110)
    ax.set_xticks(range(len(across)), [folded(each, wide, 9) for each in across], fontsize=9)
    marks.name_rows(ax, down)
    ax.set(xlabel="", ylabel="")
    ax.tick_params(axis="both", length=0)
    ax.grid(True, axis="both")
    if len(frame):
        style.legend_above(ax)
    style.titled(figure, title, note="Blank: the choice does not bear on the claim")
    alt = "; ".join(
        _counted(claim, part["verdict"]) for claim, part in frame.groupby(y, sort=False)
    )
    return named_drawing(figure, title, alt or "No choice.", name)


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
    shown = frame.assign(**{y: [folded(str(each), 190, 10) for each in frame[y]]})
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
    ax.tick_params(axis="y", length=0, labelsize=10, labelcolor=style.INK)
    ax.grid(True, axis="both")
    ax.set(xlabel=axis, ylabel="")
    style.titled(figure, title, note=note)
    alt = "; ".join(_row(label, part, x, hue, unit) for label, part in frame.groupby(y, sort=False))
    return named_drawing(figure, title, alt or _NOTHING, name)


def _panel(row: dict) -> str:
    if row["unit"] != "ratio":
        return row["unit"]
    return "times" if row["margin"] > 1 else "left"


def _draw_panel(ax: Axes, panel: str, rows: list[dict]) -> None:
    label, unit = _PANELS[panel]
    ax.set_xscale("log" if panel == "times" else "linear")
    frame = pd.DataFrame(rows).assign(label=[row["statement"] for row in rows])
    frame.loc[frame["verdict"] == "not_testable", ["estimate", "ci_low", "ci_high"]] = np.nan
    look = {"colors": style.VERDICT_COLORS, "markers": style.VERDICT_MARKERS}
    marks.intervals(ax, frame, by="verdict", **look)
    bands = [_band(row) for row in rows]
    ends = [*frame["ci_low"], *frame["ci_high"]]
    marks.fit(ax, [*frame["estimate"], *(line for band in bands for line in band)], ends)
    marks.beyond(ax, frame, by="verdict", colors=style.VERDICT_COLORS)
    for place, (low, high) in enumerate(bands):
        ax.barh(place, high - low, left=low, height=0.8, color=style.GRID, lw=0, zorder=0)
    marks.reference(ax, rows[0]["margin"] if panel == "left" else float(panel == "times"), "")
    marks.notes_right(ax, ["\n".join(filter(None, (_word(row), _number(row)))) for row in rows])
    ax.set_xlabel(label, fontsize=9)
    ax.tick_params(axis="both", length=0)
    if unit != "ratio":
        ax.xaxis.set_major_locator(MaxNLocator(6, steps=(1, 2, 5, 10)))
    style.unit_axis(ax.xaxis, unit)


def _band(row: dict) -> tuple[float, float]:
    """Return the effects too small to matter, or twice the line where the margin is one."""
    panel, margin = _panel(row), row["margin"]
    low = {"times": 1 / margin, "left": margin}.get(panel, -margin)
    return low, margin


def _said(row: dict) -> str:
    return ", ".join(filter(None, [_word(row).lower(), _number(row)]))


def _word(row: dict) -> str:
    return words.verdict(row["verdict"], agrees=row.get("agrees"), of=row.get("of"))


def _number(row: dict) -> str:
    """Return a claim's number with its interval, empty where there is none."""
    value, low, high = (
        None if pd.isna(row[name]) else row[name] for name in ("estimate", "ci_low", "ci_high")
    )
    if row["verdict"] == "not_testable" or (value is None and low is None and high is None):
        return ""
    unit, why = "share" if _panel(row) == "left" else row["unit"], row["reason"] or "not known"
    ends = {"value": value, "ci_low": low, "ci_high": high}
    return phrases.brief(Estimate(**ends, unit=unit, n=row["n"], method="", reason=why))


def _counted(claim: str, verdicts: pd.Series) -> str:
    counts = verdicts.value_counts(sort=False).items()
    said = [f"{words.VERDICTS[word].lower()} under {n}" for word, n in counts]
    return f"{claim}: {words.listed(said)}"


def _row(label: str, part: pd.DataFrame, x: str, hue: str | None, unit: str) -> str:
    said = [f"{value:.1%}" if unit == "share" else f"{value:.3g} times" for value in part[x]]
    if hue:
        said = [f"{value} {group}" for value, group in zip(said, part[hue], strict=True)]
    return f"{label}: {words.listed(said)}"
