"""Figures of volume: where every inquiry went, leads over time, by channel, and the change."""

from __future__ import annotations

import pandas as pd

from ptanalysis.dataset import ClinicData
from ptanalysis.definitions import DIRECTIONS
from ptanalysis.display import phrases, style, words
from ptanalysis.display.drawing import Drawing
from ptanalysis.display.style import COLORS, INK
from ptanalysis.findings.figures.rows import (
    interval_figure,
    interval_rows,
    nothing,
    source,
    spoken,
)
from ptanalysis.stats.estimate import Estimate


@style.themed
def ledger(fates: pd.DataFrame, tables: ClinicData) -> Drawing:
    """Draw where every inquiry row went.

    Parameters
    ----------
    fates : DataFrame
        Columns fate (``lead``, ``duplicate``, ``rejected``, ``not_lead``), reason, rows; the rows
        add up to the inquiries read.
    tables : ClinicData
    """
    fates = fates.sort_values("rows", ascending=False, ignore_index=True)
    fates = fates.loc[(fates["fate"] != "lead").sort_values(kind="stable").index]
    kept = fates["fate"] == "lead"
    title = (
        f"{words.count(fates.loc[kept, 'rows'].sum(), 'leads')} came out of "
        f"{words.count(fates['rows'].sum(), 'inquiries')}"
    )
    if fates.empty:
        return nothing("ledger", title, tables)
    figure, (ax,) = style.canvas(1.5 + 0.34 * len(fates))
    colors = [style.KEPT if lead else style.LEFT_OUT for lead in kept]
    ax.barh(range(len(fates)), fates["rows"], color=colors, height=0.68)
    labels = [_fate(row) for row in fates.to_dict("records")]
    ax.set_yticks(range(len(fates)), labels, color=INK)
    ax.set_ylim(len(fates) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    for place, rows in enumerate(fates["rows"]):
        ax.annotate(
            f"{rows:,}", (rows, place), (5, 0), textcoords="offset points", va="center", color=INK
        )
    ax.set_xlim(0, fates["rows"].max() * 1.12)
    ax.xaxis.set_visible(False)
    ax.spines[["left", "bottom"]].set_visible(False)
    style.finish(
        figure,
        title,
        n=words.count(fates["rows"].sum(), "inquiry rows"),
        as_of=tables.as_of,
        source=source(tables),
        note="Every row read is in exactly one bar",
    )
    spoken_fates = "; ".join(
        f"{label} {rows:,}" for label, rows in zip(labels, fates["rows"], strict=True)
    )
    return Drawing(figure=figure, name="ledger", title=title, alt=f"{spoken_fates}.")


def _fate(row: dict) -> str:
    heads = {
        "lead": "Lead",
        "duplicate": "Same person again",
        "rejected": "Row not usable",
        "not_lead": "Not a lead",
    }
    head = heads.get(row["fate"], words.label(row["fate"]))
    reason = row.get("reason")
    return f"{head}: {words.label(reason).lower()}" if isinstance(reason, str) and reason else head


@style.themed
def over_time(periods: pd.DataFrame, tables: ClinicData, *, trend: Estimate) -> Drawing:
    """Draw leads by month and direction with count intervals.

    Parameters
    ----------
    periods : DataFrame
        Columns month (first day), direction, leads, ci_low, ci_high.
    tables : ClinicData
    trend : Estimate
        Change a year, as a ratio; named in the title.
    """
    title = phrases.compared(
        trend,
        1,
        above="Leads are growing from year to year",
        below="Leads are shrinking",
        unclear="No clear trend in leads from year to year",
        unknown="No trend can be stated",
    )
    shown = [name for name in DIRECTIONS if (periods["direction"] == name).any()]
    if not shown:
        return nothing("leads-by-month", title, tables)
    figure, axes = style.canvas(3.6, panels=len(shown), sharey=True, sharex=True)
    for ax, direction in zip(axes, shown, strict=True):
        of = periods[periods["direction"] == direction]
        ink = COLORS[direction]
        ax.fill_between(of["month"], of["ci_low"], of["ci_high"], color=ink, alpha=0.16, lw=0)
        ax.plot(of["month"], of["leads"], color=ink, marker=style.MARKERS[direction], ms=4, lw=1.6)
        ax.set_title(words.label(direction), color=ink, fontweight="bold", fontsize=11, loc="left")
        ax.grid(True, axis="y")
        style.date_axis(ax.xaxis)
    axes[0].set_ylim(0)
    axes[0].set_ylabel("Leads a month")
    style.finish(
        figure,
        title,
        n=words.count(periods["leads"].sum(), "leads"),
        as_of=tables.as_of,
        source=source(tables),
        note="Line: leads counted; band: 95% count interval",
    )
    last = periods.groupby("direction")["leads"].last()
    spoken_last = "; ".join(f"{words.label(name)} {last[name]:,.0f}" for name in shown)
    return Drawing(
        figure=figure, name="leads-by-month", title=title, alt=f"Last month: {spoken_last}."
    )


def by_channel(
    estimates: list[Estimate], directions: dict[str, str], tables: ClinicData
) -> Drawing:
    """Draw the leads of each channel in the quarter with count intervals.

    Parameters
    ----------
    estimates : list of Estimate
        In leads, the largest first; ``group`` is the channel.
    directions : dict
        Channel to direction.
    tables : ClinicData
    """
    if not estimates:
        return nothing("leads-by-channel", f"No lead came in {tables.quarter}", tables)
    rows = interval_rows(estimates, directions)
    rows["note"] = [words.count(each.value or 0, "leads") for each in estimates]
    first = estimates[0]
    title = (
        f"{words.label(first.group)} brought the most leads in {tables.quarter}: "
        f"{first.value:,.0f} of {sum(each.value or 0 for each in estimates):,.0f}"
    )
    return interval_figure(
        rows,
        drawing=("leads-by-channel", title, spoken(rows)),
        axis=f"Leads in {tables.quarter}",
        tables=tables,
        n=words.count(sum(each.value or 0 for each in estimates), "leads"),
        how="Point: leads counted; bar: 95% count interval; color: "
        "inbound blue, outbound orange, neither green, unknown grey",
    )


def change(estimates: list[Estimate], tables: ClinicData, *, before: str) -> Drawing:
    """Draw each direction's leads as a multiple of an earlier quarter's.

    Parameters
    ----------
    estimates : list of Estimate
        Ratios; ``group`` is the direction.
    tables : ClinicData
    before : str
        The quarter compared with.
    """
    both = "leads in both quarters"
    rows = interval_rows(estimates, {each.group: each.group for each in estimates}, of=both)
    title = phrases.compared(
        estimates[0],
        1,
        above=f"More leads than in {before}",
        below=f"Fewer leads than in {before}",
        unclear=f"No clear change in all leads from {before}",
        unknown=f"A change from {before} is not known",
    )
    return interval_figure(
        rows,
        drawing=("change", title, spoken(rows)),
        axis=f"Leads as a multiple of {before}'s",
        tables=tables,
        n=words.count(estimates[0].n, both),
        scale="log",
        unit=style.times_axis,
        no_effect=(1, "no change"),
    )
