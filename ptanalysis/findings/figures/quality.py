"""Figures of quality: the funnel, conversion over time since the lead, shares by group."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from ptanalysis.dataset import ClinicData
from ptanalysis.definitions import DIRECTIONS
from ptanalysis.display import marks, phrases, style, words
from ptanalysis.display.drawing import Drawing
from ptanalysis.display.style import COLORS
from ptanalysis.findings.figures.rows import (
    interval_figure,
    interval_rows,
    nothing,
    source,
    spoken,
)
from ptanalysis.stats.estimate import Estimate

_STEPS = {
    "lead_to_mql_rate": "Lead →\nMQL",
    "mql_to_screened_rate": "MQL →\nscreened",
    "screened_mql_to_sql_rate": "Screened MQL\n→ SQL",
    "sql_to_patient_rate": "SQL →\npatient",
    "lead_to_patient_rate": "Lead →\npatient",
}
_EVENT_WORDS = {"sql": "SQL", "patient": "patients"}


def _of(event: str) -> str:
    """Return of which leads a share with `event` is told: SQLs are a share of the screened."""
    return " screened" if event.removesuffix("_at") == "sql" else ""


@style.themed
def funnel(
    rates: list[Estimate], tables: ClinicData, *, gap: Estimate, event: str = "sql_at"
) -> Drawing:
    """Draw the rate of each step of the funnel by direction.

    Parameters
    ----------
    rates : list of Estimate
        From `quality.funnel`: ``id`` is the step, ``group`` the direction.
    tables : ClinicData
    gap : Estimate
        Difference of the share with the event, inbound less outbound; named in the title.
    event : str
        ``sql_at`` or ``patient_at``.
    """
    word = _EVENT_WORDS[event.removesuffix("_at")]
    title = phrases.compared(
        gap,
        0,
        above=f"Inbound{_of(event)} leads become {word} more often",
        below=f"Outbound{_of(event)} leads become {word} more often",
        unclear=f"No clear difference in how often{_of(event)} leads become {word},"
        " inbound less outbound",
        unknown=f"How often leads become {word} cannot be compared",
    )
    shown = [name for name in DIRECTIONS if any(each.group == name for each in rates)]
    if not shown:
        return nothing("funnel", title, tables)
    figure, (ax,) = style.canvas(4.4)
    said = [
        _steps(ax, name, [each for each in rates if each.group == name], shift=0.15 * place)
        for place, name in enumerate(shown)
    ]
    middle = 0.15 * (len(shown) - 1) / 2
    ax.set_xticks(
        [place + middle for place in range(len(_STEPS))], _STEPS.values(), color=style.INK
    )
    ax.set_xlim(-0.4, len(_STEPS) - 0.6 + 2 * middle)
    ax.set_ylim(-0.03, 1.03)
    ax.axvline(len(_STEPS) - 1.35 + middle, color=style.GRID, lw=1.2)
    ax.grid(True, axis="y")
    ax.set_ylabel("Share that took the step")
    style.percent_axis(ax.yaxis)
    marks.name_marks(ax, shown)
    n = sum(each.n for each in rates if each.id == "lead_to_mql_rate")
    style.finish(
        figure,
        title,
        n=words.count(n, f"leads followed for {tables.assumptions.weeks_to_sql} weeks"),
        as_of=tables.as_of,
        source=source(tables),
        note="Point: share; bar: 95% interval. Steps to patient count leads followed for"
        f" {tables.assumptions.weeks_to_patient} weeks",
    )
    return Drawing(figure=figure, name="funnel", title=title, alt=" ".join(said))


def _steps(ax, direction: str, rates: list[Estimate], *, shift: float) -> str:
    ink, said = COLORS[direction], []
    for place, step in enumerate(_STEPS):
        rate = next((each for each in rates if each.id == step), None)
        if rate is None or not rate.known:
            continue
        if rate.ci_low is not None and rate.ci_high is not None:
            ax.plot([place + shift] * 2, [rate.ci_low, rate.ci_high], color=ink, lw=2.2)
        ax.plot(place + shift, rate.value, style.MARKERS[direction], color=ink, ms=7.5, mec="white")
        said.append(f"{_STEPS[step]} {phrases.value(rate)}".replace("\n", " "))
    return f"{words.label(direction)}: {', '.join(said)}."


@style.themed
def conversion(
    curves: dict[str, pd.DataFrame],
    tables: ClinicData,
    *,
    event: str,
    at: dict[str, Estimate],
    horizon: int,
) -> Drawing:
    """Draw the share of leads with an event by weeks since the lead.

    Parameters
    ----------
    curves : dict
        Direction to a frame with columns weeks, share, ci_low, ci_high, at_risk.
    tables : ClinicData
    event : str
        ``sql`` or ``patient``.
    at : dict
        Direction to the share at the horizon, as the title states it.
    horizon : int
        Weeks.
    """
    word = _EVENT_WORDS[event]
    known = [
        f"{phrases.value(share)} of {name}{_of(event)} leads"
        for name, share in at.items()
        if share.known
    ]
    if not curves or not known:
        why = f"When leads become {word} cannot be drawn: no lead with that date is old enough"
        return nothing(f"lead-to-{event}", why, tables)
    figure, (ax,) = style.canvas(4.0)
    ends = {}
    for direction, whole in curves.items():
        curve = whole[whole["weeks"] <= 2 * horizon]
        ink = COLORS[direction]
        ax.fill_between(
            curve["weeks"],
            curve["ci_low"],
            curve["ci_high"],
            step="post",
            color=ink,
            alpha=0.13,
            lw=0,
        )
        ax.step(curve["weeks"], curve["share"], where="post", color=ink, lw=2.2)
        ends[direction] = (curve["weeks"].iloc[-1], curve["share"].iloc[-1])
    ax.set_ylim(0)
    ax.set_xlim(0)
    ax.grid(True, axis="y")
    ax.set_xlabel("Weeks since the lead")
    style.percent_axis(ax.yaxis)
    ax.set_ylabel("Share by then")
    marks.end_labels(ax, ends)
    title = f"Within {horizon} weeks {words.listed(known)} became {word}"
    style.finish(
        figure,
        title,
        n=words.count(sum(share.n for share in at.values()), "leads"),
        as_of=tables.as_of,
        source=source(tables),
        note="Line: share by then, leads lost on the way counted as lost; band: 95% interval",
    )
    alt = "; ".join(f"{words.label(name)} {phrases.phrase(share)}" for name, share in at.items())
    return Drawing(figure=figure, name=f"lead-to-{event}", title=title, alt=f"{alt}.")


def shares(
    ranking: list[tuple[Estimate, Estimate]],
    directions: dict[str, str],
    tables: ClinicData,
    *,
    by: str,
    event: str = "sql_at",
) -> Drawing:
    """Draw the share of leads that became SQL by channel, campaign or vendor.

    Parameters
    ----------
    ranking : list of (Estimate, Estimate)
        From `quality.ranking`: the shrunk share for the point, Wilson's for the bar.
    directions : dict
        Group to direction.
    tables : ClinicData
    by : str
        ``channel``, ``campaign`` or ``vendor``.
    event : str
        ``sql_at`` or ``patient_at``.
    """
    ranking = [pair for pair in ranking if pair[0].known]
    if not ranking:
        return nothing(f"share-by-{by}", f"No {by} has leads old enough to rank", tables)
    drawn = [
        replace(shrunk, ci_low=own.ci_low, ci_high=own.ci_high, reason=own.reason)
        for shrunk, own in ranking
    ]
    given = by != "channel"
    rows = interval_rows(drawn, directions, given=given)
    first, last = drawn[0], drawn[-1]
    word = _EVENT_WORDS[event.removesuffix("_at")]
    title = (
        f"From {_named(first, given=given)} to {_named(last, given=given)}: {word} share by {by}"
        f" runs from {phrases.value(first)} to {phrases.value(last)}, with wide ranges"
    )
    return interval_figure(
        rows,
        drawing=(f"share-by-{by}", title, spoken(rows)),
        axis=f"Share of{_of(event)} leads that became {word} within"
        f" {tables.assumptions.weeks_to_sql} weeks",
        tables=tables,
        unit=style.percent_axis,
        n=words.count(sum(each.n for each in drawn), "leads"),
        how="Point: share, small groups drawn toward the average; bar: 95% Wilson interval of "
        "the group's own leads",
    )


def _named(estimate: Estimate, *, given: bool) -> str:
    return estimate.group if given else words.channel(estimate.group)
