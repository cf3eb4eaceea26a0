"""Figures of the claims: every verdict on one axis, and one claim under every choice."""

from __future__ import annotations

from collections.abc import Sequence
from math import log

import pandas as pd

from ptanalysis.claims import AXES, Claim, Verdict, load_claims, summarize
from ptanalysis.dataset import ClinicData
from ptanalysis.display import marks, style, words
from ptanalysis.display.drawing import Drawing
from ptanalysis.display.style import VERDICT_COLORS, VERDICT_MARKERS
from ptanalysis.findings.answers.claims import found, under_choices, word
from ptanalysis.findings.figures.rows import nothing, source

#: Ends of the axis, in smallest effects that matter.
_REACH = (-5.0, 9.0)


@style.themed
def forest(verdicts: Sequence[Verdict], tables: ClinicData) -> Drawing:
    """Draw each claim's estimate in units of the smallest effect that matters.

    Parameters
    ----------
    verdicts : sequence of Verdict
    tables : ClinicData
    """
    figure, (ax,) = style.canvas(1.9 + 0.52 * len(verdicts), width=9.5)
    claims = load_claims(tables.config)
    marks.reference(ax, 0, "no effect, or the claim's line")
    ax.set_xlim(*_REACH)
    for place, verdict in enumerate(verdicts):
        _row(ax, place, verdict, claims[verdict.id])
    labels = [words.wrapped(each.statement, 40) for each in verdicts]
    ax.set_yticks(range(len(verdicts)), labels, color=style.INK, fontsize=9)
    ax.set_ylim(len(verdicts) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.set_xlabel(
        "Effect as claimed, in smallest effects that matter (shaded: too small to matter)"
    )
    marks.notes_right(ax, [_note(each) for each in verdicts])
    decided = sum(each.verdict in ("supported", "contradicted") for each in verdicts)
    title = f"The data decide {decided} of {len(verdicts)} claims about inbound and outbound"
    style.finish(
        figure,
        title,
        n=words.count(len(tables.leads), "leads"),
        as_of=tables.as_of,
        source=source(tables),
        note="Point: estimate; bar: 95% interval, to the edge where it goes on",
    )
    alt = " ".join(f"{each.statement}: {word(each)}, {found(each)}." for each in verdicts)
    return Drawing(figure=figure, name="claims", title=title, alt=alt)


def _row(ax, place: int, verdict: Verdict, claim: Claim) -> None:
    ink = VERDICT_COLORS[verdict.verdict]
    if not claim.is_threshold:
        ax.barh(place, 2, left=-1, height=0.8, color=style.GRID, lw=0, zorder=0)
    ends = [_placed(end, claim) for end in (verdict.estimate.ci_low, verdict.estimate.ci_high)]
    if None not in ends:
        low, high = sorted(ends)
        ax.plot([low, high], [place, place], color=ink, lw=2.4, solid_capstyle="round")
    middle = _placed(verdict.estimate.value, claim)
    if middle is not None:
        shown = min(max(middle, _REACH[0]), _REACH[1])
        marker = VERDICT_MARKERS[verdict.verdict]
        ax.plot(shown, place, marker, color=ink, ms=7.5, mec="white", clip_on=False)


def _placed(value: float | None, claim: Claim) -> float | None:
    """Return a number on the common axis: 0 is no effect, 1 the smallest that matters."""
    if value is None or (claim.is_ratio and value <= 0):
        return None
    if claim.is_ratio:
        distance = log(value / claim.null) / log(claim.margin)
    else:
        distance = (value - claim.null) / claim.margin
    return -distance if claim.claims == "smaller" else distance


def _note(verdict: Verdict) -> str:
    said = words.VERDICTS[verdict.verdict]
    if verdict.verdict == "not_testable":
        return said
    return f"{said}\n{found(verdict).rsplit(';', 1)[0]})"


@style.themed
def specification(grid: pd.DataFrame, claim: str, tables: ClinicData) -> Drawing:
    """Draw one claim's estimate under every defensible choice, the choices marked below.

    Parameters
    ----------
    grid : DataFrame
        From `claims.robustness`.
    claim : str
        Id of the claim.
    tables : ClinicData
    """
    stated = load_claims(tables.config)[claim]
    cells = grid[grid["claim"] == claim]
    cells = cells.assign(verdict=cells["verdict"].where(cells["leans"] != "", "not_testable"))
    cells = cells.sort_values("estimate", ignore_index=True)
    levels = [
        (axis, level)
        for axis in AXES
        if cells[axis].nunique() > 1
        for level in cells[axis].unique()
    ]
    if cells["estimate"].isna().all():
        why = f"{stated.statement}: not known under any choice"
        return nothing(f"choices-{claim}", why, tables)
    figure, (above, below) = style.stacked(3.0, 0.45 + 0.2 * len(levels))
    _curve(above, cells, stated)
    _choices(below, cells, levels)
    title = f"{stated.statement}: {_default(grid[grid['claim'] == claim])}"
    style.finish(
        figure,
        title,
        n=words.count(len(tables.leads), "leads"),
        as_of=tables.as_of,
        source=source(tables),
        note="Each column is one way to analyze the same data; bar: 95% interval; dots below: the "
        "choices made",
    )
    counts = cells["verdict"].value_counts()
    alt = words.listed([f"{_shown(name).lower()} in {n}" for name, n in counts.items()])
    return Drawing(figure=figure, name=f"choices-{claim}", title=title, alt=f"{alt} choices.")


def _default(rows: pd.DataFrame) -> str:
    """Return how the claim fares, as a title goes on."""
    found = summarize(rows)
    if found is None:
        return "not judged under the default choices"
    return words.inside(under_choices(rows["verdict"].iloc[0], found))


def _shown(verdict: str) -> str:
    """Return a cell's word: what a gate refuses is not judged."""
    return "Not judged" if verdict == "not_testable" else words.VERDICTS[verdict]


def _curve(ax, cells: pd.DataFrame, claim: Claim) -> None:
    for verdict, of in cells.groupby("verdict"):
        ink = VERDICT_COLORS[verdict]
        ax.vlines(
            of.index, of["ci_low"].astype(float), of["ci_high"].astype(float), color=ink, lw=1.6
        )
        ax.plot(
            of.index,
            of["estimate"],
            VERDICT_MARKERS[verdict],
            color=ink,
            ms=5.5,
            mec="white",
            label=_shown(verdict),
        )
    if claim.is_ratio:
        ax.set_yscale("log")
        style.times_axis(ax.yaxis)
    marks.reference(ax, claim.null, "", vertical=False)
    ax.grid(True, axis="y")
    ax.set_xticks([])
    ax.set_ylabel(
        {"ratio": "Ratio", "points": "Difference of shares", "weeks": "Weeks"}[claim.unit]
    )
    ax.legend(frameon=False, loc="upper left", ncols=4, fontsize=9, bbox_to_anchor=(0, 1.14))


def _choices(ax, cells: pd.DataFrame, levels: list[tuple[str, str]]) -> None:
    for place, (axis, level) in enumerate(levels):
        chosen = cells.index[cells[axis] == level]
        ax.plot(chosen, [place] * len(chosen), "s", color=style.KEPT, ms=3.6)
    names = [f"{words.label(axis)}: {level}" for axis, level in levels]
    ax.set_yticks(range(len(levels)), names, fontsize=8, color=style.INK)
    ax.set_ylim(len(levels) - 0.5, -0.5)
    ax.set_xticks([])
    ax.tick_params(axis="y", length=0)
    for side in ("left", "bottom"):
        ax.spines[side].set_visible(False)
