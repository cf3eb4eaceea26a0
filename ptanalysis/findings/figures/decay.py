"""Figures of decay: what is left after a stop, how assets grow, how long the first SQL takes."""

from __future__ import annotations

import pandas as pd

from ptanalysis.dataset import ClinicData
from ptanalysis.display import marks, numbers, phrases, style, words
from ptanalysis.display.drawing import Drawing
from ptanalysis.display.style import COLORS
from ptanalysis.findings.figures.rows import nothing, source
from ptanalysis.metrics.decay.first_sql import FIRST_WEEKS
from ptanalysis.stats.estimate import Estimate


@style.themed
def after_stop(
    weeks: pd.DataFrame, tables: ClinicData, *, persistence: dict[str, Estimate]
) -> Drawing:
    """Draw leads a week around the stop, with the baseline, one panel a direction.

    Parameters
    ----------
    weeks : DataFrame
        Columns direction, week (0 is the first week after the stop), leads (mean a campaign and
        week), baseline, campaigns.
    tables : ClinicData
    persistence : dict
        Direction to its persistence; named in the title and panels.
    """
    if weeks.empty:
        return nothing(
            "after-the-stop", "No campaign or asset stopped, so decay is not known", tables
        )
    shown = list(persistence)
    figure, axes = style.canvas(3.8, panels=len(shown), sharey=True)
    for ax, direction in zip(axes, shown, strict=True):
        _around_stop(ax, direction, weeks[weeks["direction"] == direction], persistence[direction])
    axes[0].set_ylim(0)
    axes[0].set_ylabel("Leads a week and campaign")
    said = [
        f"{words.label(name).lower()} {phrases.percent(each)}, {words.count(each.n, 'campaigns')}"
        for name, each in persistence.items()
    ]
    title = "Left 5 to 12 weeks after a stop: " + "; ".join(
        f"{words.label(name).lower()} {phrases.percent(each)}" for name, each in persistence.items()
    )
    style.finish(
        figure,
        title,
        n=words.count(sum(each.n for each in persistence.values()), "stopped campaigns"),
        as_of=tables.as_of,
        source=source(tables),
        note="Shaded: the weeks the verdict looks at; dashed: level before the campaign",
    )
    return Drawing(figure=figure, name="after-the-stop", title=title, alt="; ".join(said) + ".")


def _around_stop(ax, direction: str, weeks: pd.DataFrame, persistence: Estimate) -> None:
    ink = COLORS[direction]
    ax.set_title(f"{words.label(direction)}", color=ink, fontweight="bold", fontsize=11, loc="left")
    ax.set_xlabel("Weeks since the stop")
    if weeks.empty:
        ax.annotate(
            "no campaign to look at",
            (0.5, 0.5),
            xycoords="axes fraction",
            ha="center",
            color=style.MUTED,
        )
        return
    ax.axvspan(3.5, 11.5, color=style.GRID, lw=0, zorder=0)
    ax.plot(weeks["week"], weeks["leads"], color=ink, marker=style.MARKERS[direction], ms=4, lw=1.8)
    ax.plot(weeks["week"], weeks["baseline"], color=style.MUTED, lw=1.2, ls=(0, (4, 3)))
    marks.reference(ax, -0.5, "stop")
    ax.grid(True, axis="y")


@style.themed
def ramp(ages: pd.DataFrame, tables: ClinicData, *, growth: Estimate) -> Drawing:
    """Draw the leads a month of an inbound asset by its age.

    Parameters
    ----------
    ages : DataFrame
        Columns month (1 is the first after publishing), leads (mean an asset), ci_low, ci_high,
        assets (still followed).
    tables : ClinicData
    growth : Estimate
        Leads of months 7-12 to months 1-6; named in the title.
    """
    if ages.empty:
        why = "No inbound assets with dates are on record, so their growth is not known"
        return nothing("ramp", why, tables)
    figure, (ax,) = style.canvas(3.8)
    ink = COLORS["inbound"]
    ax.fill_between(ages["month"], ages["ci_low"], ages["ci_high"], color=ink, alpha=0.16, lw=0)
    ax.plot(ages["month"], ages["leads"], color=ink, marker="o", lw=2)
    for row in ages.itertuples():
        ax.annotate(
            f"{row.assets:g}",
            (row.month, 1),
            (0, -9),
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            ha="center",
            fontsize=8,
            color=style.MUTED,
        )
    ax.set_ylim(0)
    ax.grid(True, axis="y")
    ax.set_xticks(ages["month"])
    ax.set_xlabel("Month since the asset was published (small numbers: assets followed so long)")
    ax.set_ylabel("Leads a month and asset")
    title = phrases.compared(
        growth,
        1,
        above="Inbound assets grow, months 7–12 to months 1–6",
        below="Inbound assets fade, months 7–12 to months 1–6",
        unclear="No clear growth of inbound assets, months 7–12 to months 1–6",
        unknown="Growth of inbound assets is not known",
    )
    style.finish(
        figure,
        title,
        n=words.count(ages["assets"].max(), "assets"),
        as_of=tables.as_of,
        source=source(tables),
        note="Band: 95% interval. Age and calendar cannot be told apart with certainty",
    )
    return Drawing(
        figure=figure,
        name="ramp",
        title=title,
        alt="; ".join(f"month {row.month:g}: {row.leads:.2f}" for row in ages.itertuples()) + ".",
    )


@style.themed
def first_sql(
    curves: dict[str, pd.DataFrame], tables: ClinicData, *, difference: Estimate
) -> Drawing:
    """Draw the share of campaigns and assets with their first SQL by weeks since the start.

    Parameters
    ----------
    curves : dict
        Direction to a frame with columns weeks, share.
    tables : ClinicData
    difference : Estimate
        Mean weeks to the first SQL, inbound less outbound; named in the title.
    """
    if not curves:
        why = "No campaign or asset with an SQL is on record, so the start is not known"
        return nothing("time-to-first-sql", why, tables)
    figure, (ax,) = style.canvas(3.8)
    ends, until = {}, _followed(tables)
    for direction, curve in curves.items():
        week, share = [*curve["weeks"], until], [*curve["share"], curve["share"].iloc[-1]]
        ax.step(week, share, where="post", color=COLORS[direction], lw=2.2)
        ends[direction] = (until, share[-1])
    ax.set_ylim(0, 1)
    ax.set_xlim(0)
    ax.grid(True, axis="y")
    style.percent_axis(ax.yaxis)
    ax.set_xlabel("Weeks since the start")
    ax.set_ylabel("Share with a first SQL by then")
    marks.end_labels(ax, ends)
    title = phrases.compared(
        difference,
        0,
        above="Inbound takes longer to its first SQL",
        below="Outbound takes longer to its first SQL",
        unclear="No clear difference in time to the first SQL, inbound less outbound",
        unknown="Time to the first SQL cannot be compared",
    )
    style.finish(
        figure,
        title,
        n=words.count(difference.n, "campaigns and assets"),
        as_of=tables.as_of,
        source=source(tables),
        note="Line: Kaplan–Meier; units still waiting count as waiting",
    )
    alt = "; ".join(
        f"{words.label(name)} {numbers.number(share, 'share')} by week {week:.0f}"
        for name, (week, share) in ends.items()
    )
    return Drawing(figure=figure, name="time-to-first-sql", title=title, alt=f"{alt}.")


def _followed(tables: ClinicData) -> float:
    """Return the weeks the oldest unit was followed, at most those of the comparison."""
    first = tables.campaigns["starts_on"].min()
    return 0.0 if pd.isna(first) else min((tables.as_of - first).days / 7, FIRST_WEEKS)
