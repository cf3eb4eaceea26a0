"""Three plots of tidy estimates: interval rows, bands in time, curves since the start.

Each takes a table with ``estimate, ci_low, ci_high`` and returns matplotlib's Axes, so that any
line can be added. The title should say the finding. While a report is made the figure is saved as
``figures/<name>.png`` and ``.svg`` when its cell ends.
"""

from __future__ import annotations

from collections.abc import Callable

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib import dates, ticker
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ptanalysis.definitions.allowed_words import check_word
from ptanalysis.definitions.report_folder import report_folder
from ptanalysis.display import formatting, theme, wording
from ptanalysis.display.client_table import slug
from ptanalysis.display.recorder import record_figure
from ptanalysis.estimate.tidy import estimate_of

_NEEDED = ("measure", "group", "estimate", "ci_low", "ci_high", "unit")
_NO_DATE = {"png": {"Software": None}, "svg": {"Date": None, "Creator": None}}
#: On a log axis, how many times beyond the outermost point an end is still shown.
_FAR = 4.0
_LOG = ("usd", "ratio")


def intervals(
    frame: pd.DataFrame,
    *,
    x: str = "estimate",
    y: str = "group",
    hue: str | None = None,
    title: str = "",
    null: float | None = None,
    log: bool | None = None,
    name: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw estimates one a row as points with their intervals, the first row on top.

    Parameters
    ----------
    frame : Estimates
    x, y : str
        Columns of the value and of the row's label.
    hue : str, optional
        Column of the color: sides and verdicts have their own; `y` itself where that holds sides.
    title : str
        The finding, in a sentence.
    null : float, optional
        Where a line of no effect is drawn; 1 for ratios and 0 for differences where not given.
    log : bool, optional
        Log axis; for money an event and ratios where not given.
    name : str, optional
        Of the files in a report; made from measure and `y` where not given.
    ax : Axes, optional
        Where to draw; a new figure where not given.

    Returns
    -------
    Axes
    """
    _check(frame, x, y, hue)
    with theme.themed():
        rows = frame.reset_index(drop=True)
        labels = list(dict.fromkeys(rows[y].astype(str)))
        hue = hue or (y if set(labels) & set(theme.COLORS) else None)
        levels = list(dict.fromkeys(rows[hue].astype(str))) if hue else [""]
        looks = theme.looks(levels) if hue else {"": (theme.INK, "o")}
        side_by_side = bool(rows[y].duplicated().any())
        slots = len(levels) if side_by_side else 1
        own = ax is None
        ax = theme.canvas(0.95 + 0.34 * max(len(labels) * max(slots * 0.7, 1), 2)) if own else ax
        unit = str(rows["unit"].iloc[0]) if len(rows) else "number"
        log = (
            (formatting.is_money(unit) and "_per_" in unit) or unit == "ratio"
            if log is None
            else log
        )
        log = log and bool((rows[x].dropna() > 0).all())
        ax.set_xscale("log" if log else "linear")
        null = {"ratio": 1.0, "points": 0.0, "roi": 0.0}.get(unit) if null is None else null
        _limits(ax, rows, x, null, log)
        for _, row in rows.iterrows():
            level = str(row[hue]) if hue else ""
            shift = (levels.index(level) - (slots - 1) / 2) * 0.7 / slots if side_by_side else 0.0
            _row(ax, row, labels.index(str(row[y])) + shift, x, *looks[level])
        if null is not None:
            ax.axvline(null, color=theme.INK, lw=1, ls=(0, (4, 3)), zorder=0)
        _name_rows(ax, labels)
        _axis(ax.xaxis, unit, log)
        ax.set_xlabel(_axis_label(rows))
        ax.grid(True, axis="x")
        if hue and (side_by_side or hue != y) and len(levels) > 1:
            _legend(ax, {wording.label(level): looks[level] for level in levels})
        _finish(ax, title, name or _figure_name(rows, y), _spoken(rows, y), own)
    return ax


def bands(
    frame: pd.DataFrame,
    *,
    x: str | None = None,
    hue: str = "group",
    title: str = "",
    name: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw estimates over time as lines with their intervals as bands.

    Parameters
    ----------
    frame : Estimates
        With a column of time, as ``counts(..., by=["month", "direction"])`` has.
    x : str, optional
        Column of time; ``month``, ``quarter`` or ``week``, whichever there is, where not given.
    hue : str
        Column of the lines.
    title, name, ax
        As in `intervals`.

    Returns
    -------
    Axes
    """
    return _lines(frame, x or _time_column(frame), hue, title, name, ax, steps=False)


def curves(
    frame: pd.DataFrame,
    *,
    x: str = "week",
    hue: str = "group",
    title: str = "",
    name: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw shares that build up since the start (`curve`) as steps with bands.

    Parameters
    ----------
    frame : Estimates
    x, hue, title, name, ax
        As in `bands`.

    Returns
    -------
    Axes
    """
    return _lines(frame, x, hue, title, name, ax, steps=True)


def _lines(frame, x: str, hue: str, title: str, name, ax: Axes | None, *, steps: bool) -> Axes:
    _check(frame, "estimate", x, hue)
    with theme.themed():
        own = ax is None
        ax = theme.canvas(3.4) if own else ax
        levels = list(dict.fromkeys(frame[hue].astype(str)))
        looks, ends = theme.looks(levels), {}
        step = {"step": "post"} if steps else {}
        for level in levels:
            rows = frame[(frame[hue].astype(str) == level) & frame["estimate"].notna()]
            color = looks[level][0] if len(levels) > 1 or level in theme.COLORS else theme.INK
            ax.fill_between(
                rows[x], rows["ci_low"], rows["ci_high"], color=color, alpha=0.15, lw=0, **step
            )
            ax.plot(
                rows[x],
                rows["estimate"],
                color=color,
                lw=2,
                drawstyle="steps-post" if steps else "default",
            )
            if len(rows):
                ends[level] = (rows[x].iloc[-1], rows["estimate"].iloc[-1], color)
        ax.set_ylim(bottom=0)
        ax.margins(x=0)
        ax.grid(True, axis="y")
        unit = str(frame["unit"].iloc[0]) if len(frame) else "number"
        _axis(ax.yaxis, unit, False)
        if len(frame) and isinstance(frame[x].iloc[0], pd.Timestamp):
            locator = dates.AutoDateLocator(minticks=3, maxticks=6)
            ax.xaxis.set_major_locator(locator)
            ax.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator, show_offset=False))
        else:
            ax.set_xlabel("Weeks since the lead" if x == "week" else wording.column_label(x))
        ax.set_ylabel(_axis_label(frame))
        if len(levels) > 1:
            _end_labels(ax, ends)
        _finish(ax, title, name or _figure_name(frame, x), _spoken_ends(frame, hue, levels), own)
    return ax


def _check(frame: pd.DataFrame, *columns: str | None) -> None:
    for column in (*_NEEDED, *columns):
        if column is not None:
            check_word("column", column, frame.columns)


def _time_column(frame: pd.DataFrame) -> str:
    known = [name for name in ("month", "quarter", "week") if name in frame]
    if not known:
        raise ValueError(f"no column of time: give x, one of {', '.join(map(str, frame))}")
    return known[0]


def _row(ax: Axes, row: pd.Series, place: float, x: str, color: str, marker: str) -> None:
    """Draw one point with its bar; an end that is not known, or far off, is an arrow."""
    left, right = ax.get_xlim()
    low, value, high = row["ci_low"], row[x], row["ci_high"]
    if pd.isna(value) and pd.isna(low) and pd.isna(high):
        ax.annotate(
            "not known",
            (0.02, place),
            xycoords=("axes fraction", "data"),
            va="center",
            color=theme.MUTED,
            fontsize=10,
        )
        return
    known = [end for end in (low, value, high) if pd.notna(end)]
    bar = pd.notna(low) or pd.notna(high)
    if bar:
        ends = np.clip([min(known), max(known)], left, right)
        ax.plot(ends, [place, place], color=color, lw=2.2, solid_capstyle="butt")
        for end, edge, mark in ((low, left, "<"), (high, right, ">")):
            if pd.isna(end) or not left <= end <= right:
                ax.plot(
                    [np.clip(value if pd.notna(value) else known[0], left, right), edge],
                    [place, place],
                    color=color,
                    lw=2.2,
                    solid_capstyle="butt",
                )
                ax.plot(edge, place, mark, color=color, ms=7, clip_on=False)
    if pd.notna(value):
        face = color if bar else "white"
        ax.plot(value, place, marker, color=color, mfc=face, mec="white" if bar else color, ms=8)


def _limits(ax: Axes, rows: pd.DataFrame, x: str, null: float | None, log: bool) -> None:
    """Fit the axis to the points; an end far beyond them runs to the edge."""
    points = [*rows[x].dropna(), *([] if null is None else [null])]
    ends = [*rows["ci_low"].dropna(), *rows["ci_high"].dropna()]
    points = points or ends or [1.0]
    if log:
        points = [point for point in points if point > 0]
        low = max(min([*points, *(end for end in ends if end > 0)]), min(points) / _FAR)
        high = min(max([*points, *ends]), max(points) * _FAR)
        ax.set_xlim(low / 1.2, max(high, low * 2) * 1.2)
        return
    spread = max(points) - min(points) or max(map(abs, points)) or 1.0
    low = max(min([*points, *ends]), min(points) - 2 * spread)
    high = min(max([*points, *ends]), max(points) + 2 * spread)
    room = 0.05 * (high - low or 1.0)
    ax.set_xlim(0 if 0 <= low < 0.5 * high else low - room, high + room)


def _name_rows(ax: Axes, labels: list[str]) -> None:
    """Write the rows' labels, each on lines that take at most 2 inches."""
    texts = [theme.fitted(ax.figure, wording.label(each), 2.0, size=11) for each in labels]
    ax.set_yticks(range(len(labels)), texts, color=theme.INK)
    ax.set_ylim(len(labels) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)


def _axis(axis, unit: str, log: bool) -> None:
    """Show an axis in its unit, with few enough marks to read."""
    if log:
        axis.set_major_locator(ticker.LogLocator(subs=(1, 2, 5), numticks=6))
        axis.set_minor_locator(ticker.NullLocator())
    else:
        axis.set_major_locator(ticker.MaxNLocator(5, steps=(1, 2, 2.5, 5, 10)))
    axis.set_major_formatter(ticker.FuncFormatter(lambda value, _: _tick(value, unit)))


def _tick(value: float, unit: str) -> str:
    if unit == "ratio":
        return f"{value:g}×"
    if unit == "points":
        return f"{value * 100:+.0f}" if value else "0"
    if unit in ("leads", "weeks", "days", "number", "leads_per_week", "per_year"):
        return f"{value:,g}"
    return formatting.number(value, unit, decimals=0)


def _axis_label(rows: pd.DataFrame) -> str:
    measures = rows["measure"].unique()
    text = wording.measure_label(measures[0]) if len(measures) == 1 else ""
    return f"{text} (points)" if len(rows) and rows["unit"].iloc[0] == "points" else text


def _legend(ax: Axes, looks: dict[str, tuple[str, str]]) -> None:
    for text, (color, marker) in looks.items():
        ax.plot([], [], marker, color=color, ms=8, label=text)
    ax.legend(
        loc="lower left",
        bbox_to_anchor=(0, 1),
        ncols=min(len(looks), 3),
        frameon=False,
        handletextpad=0.2,
        columnspacing=1.0,
        borderaxespad=0.2,
    )


def _end_labels(ax: Axes, ends: dict[str, tuple]) -> None:
    """Label lines at their right ends, spread apart by the height of a line of text."""
    low, high = ax.get_ylim()
    size = ax.figure.get_size_inches()[1] * 0.75
    gap = (high - low) * (11 * 1.25 / 72) / size
    height = low - gap
    for level, (x, y, color) in sorted(ends.items(), key=lambda end: end[1][1]):
        height = max(y, height + gap)
        ax.annotate(
            wording.label(level),
            (x, height),
            (6, 0),
            textcoords="offset points",
            va="center",
            color=color,
            fontweight="bold",
            annotation_clip=False,
        )


def _finish(ax: Axes, title: str, name: str, alt: str, own: bool) -> None:
    figure = ax.figure
    if title and own:
        text = theme.fitted(figure, title, theme.WIDTH - 0.2, size=12.5, weight="bold")
        figure.suptitle(
            text,
            x=0.02,
            ha="left",
            fontsize=12.5,
            fontweight="bold",
            color=theme.INK,
            parse_math=False,
        )
    elif title:
        ax.set_title(title, parse_math=False)
    if report_folder("figures"):
        _save_later(lambda: _save(figure, name, title, alt))


def _save_later(save: Callable[[], None]) -> None:
    """Save when the cell has ended, with what its later lines changed; without a cell, at once."""
    try:
        from IPython import get_ipython
    except ImportError:
        get_ipython = lambda: None  # noqa: E731
    shell = get_ipython()
    if shell is None:
        save()
        return

    def saved(*_: object) -> None:
        shell.events.unregister("post_run_cell", saved)
        save()

    shell.events.register("post_run_cell", saved)


def _save(figure: Figure, name: str, title: str, alt: str) -> None:
    folder, records = report_folder("figures"), report_folder("recorded")
    if folder is None or records is None:
        return
    with mpl.rc_context(theme.RC):
        for kind, metadata in _NO_DATE.items():
            figure.savefig(folder / f"{name}.{kind}", metadata=metadata)
    record_figure(name, title, alt, records)


def _figure_name(rows: pd.DataFrame, by: str) -> str:
    measure = str(rows["measure"].iloc[0]) if len(rows) else "nothing"
    return slug(f"{measure}-by-{by}")


def _spoken(rows: pd.DataFrame, y: str) -> str:
    """Return the rows as text for those who cannot see the figure."""
    said = [
        f"{wording.label(row[y])}: {formatting.estimate_words(estimate_of(row))}"
        for _, row in rows.iterrows()
    ]
    return "; ".join(said) + "."


def _spoken_ends(frame: pd.DataFrame, hue: str, levels: list[str]) -> str:
    said = []
    for level in levels:
        rows = frame[(frame[hue].astype(str) == level) & frame["estimate"].notna()]
        if len(rows):
            last = formatting.estimate_words(estimate_of(rows.iloc[-1]))
            said.append(f"{wording.label(level)} ends at {last}")
    return "; ".join(said) + "."
