"""Figures of return: cost per SQL and what it brings back, by channel and direction."""

from __future__ import annotations

from functools import partial

import pandas as pd

from ptanalysis.dataset import ClinicData
from ptanalysis.definitions import DIRECTIONS, currency_name
from ptanalysis.display import phrases, style, words
from ptanalysis.display.drawing import Drawing
from ptanalysis.display.numbers import number
from ptanalysis.display.style import COLORS
from ptanalysis.findings.figures.rows import (
    interval_figure,
    interval_rows,
    nothing,
    source,
    spoken,
)
from ptanalysis.metrics.money import BreakEven
from ptanalysis.stats.estimate import Estimate


def cost_per(
    estimates: list[Estimate],
    directions: dict[str, str],
    tables: ClinicData,
    *,
    event: str,
    ratio: Estimate,
) -> Drawing:
    """Draw the full cost per lead, SQL or patient on a log axis, arrows where the end is open.

    Parameters
    ----------
    estimates : list of Estimate
        In money per event; ``group`` is a direction or channel.
    directions : dict
        Group to direction.
    tables : ClinicData
    event : str
        ``lead``, ``sql`` or ``patient``.
    ratio : Estimate
        Outbound to inbound; named in the title.
    """
    word = _EVENTS[event]
    rows = interval_rows(estimates, directions, of=f"{word}s")
    title = phrases.compared(
        ratio,
        1,
        above=f"Outbound costs more per {word} than inbound",
        below=f"Outbound costs less per {word} than inbound",
        unclear=f"No clear difference in cost per {word}, outbound to inbound",
        unknown=f"Cost per {word} cannot be compared",
    )
    return interval_figure(
        rows,
        drawing=(f"cost-per-{event}", title, spoken(rows)),
        axis=f"Full cost per {word} (log axis)",
        tables=tables,
        scale="log",
        unit=partial(style.money_axis, unit=tables.config.money),
        n=words.count(_total(estimates), f"{word}s"),
        how="Point: full cost per event; bar: 95% interval, to the edge where it goes on",
    )


def returns(
    estimates: list[Estimate], directions: dict[str, str], tables: ClinicData, *, ratio: Estimate
) -> Drawing:
    """Draw ROI by direction or channel; 0% is money back.

    Parameters
    ----------
    estimates : list of Estimate
        ROI: (revenue less cost) / cost.
    directions : dict
        Group to direction.
    tables : ClinicData
    ratio : Estimate
        What a unit of money brought back, inbound to outbound; named in the title.
    """
    rows = interval_rows(estimates, directions, of="patients")
    coin = currency_name(tables.config.currency)
    title = phrases.compared(
        ratio,
        1,
        above=f"Inbound brings back more of each {coin} than outbound",
        below=f"Inbound brings back less of each {coin} than outbound",
        unclear=f"No clear difference in revenue per {coin}, inbound to outbound",
        unknown=f"Revenue per {coin} cannot be compared",
    )
    return interval_figure(
        rows,
        drawing=("roi", title, spoken(rows)),
        axis="ROI: (revenue − cost) / cost",
        tables=tables,
        unit=style.percent_axis,
        no_effect=(0, "money back"),
        n=words.count(_total(estimates), "patients"),
    )


@style.themed
def cumulative(net: pd.DataFrame, even: BreakEven, tables: ClinicData) -> Drawing:
    """Draw how far inbound's cash is ahead of outbound's, month by month.

    Parameters
    ----------
    net : DataFrame
        From `ptanalysis.metrics.money.cumulative_net`.
    even : BreakEven
        The month from which inbound stays ahead; named in the title.
    tables : ClinicData
    """
    if net.empty:
        why = "Inbound and outbound cash cannot be compared: a side has too few campaigns"
        return nothing("break-even", why, tables)
    figure, (ax,) = style.canvas(3.8)
    ax.axhline(0, color=style.MUTED, lw=1)
    ax.fill_between(
        net["month"], net["ci_low"], net["ci_high"], color=COLORS["inbound"], alpha=0.16, lw=0
    )
    ax.plot(net["month"], net["difference"], color=COLORS["inbound"], lw=2)
    ax.annotate("inbound ahead", (0.01, 1), xycoords="axes fraction", va="top", color=style.MUTED)
    ax.annotate("outbound ahead", (0.01, 0), xycoords="axes fraction", color=style.MUTED)
    if even.month is not None:
        ax.axvline(even.month, color=style.MUTED, lw=1, ls=":")
    style.money_axis(ax.yaxis, tables.config.money)
    ax.yaxis.grid(True)
    ax.margins(x=0)
    ax.set_xlabel("Month of the record")
    ax.set_ylabel("Inbound less outbound cash")
    title = break_even_title(even)
    style.finish(
        figure,
        title,
        n=words.count(len(tables.payments), "payments"),
        as_of=tables.as_of,
        source=source(tables),
        note="Line: payments less full cost, added up; band: 95% interval",
    )
    last = net.iloc[-1]
    difference, low, high = (
        number(last[name], tables.config.money) for name in ("difference", "ci_low", "ci_high")
    )
    alt = (
        f"After {last['month']:g} months inbound's cash less outbound's is"
        f" {difference} ({low} to {high})."
    )
    return Drawing(figure=figure, name="break-even", title=title, alt=alt)


def break_even_title(even: BreakEven) -> str:
    """Return the finding: from which month on inbound's cash stays ahead."""
    if even.not_within is None:
        return f"Break-even is not stated: {even.reason}"
    if even.month is None:
        return f"Inbound's cash does not stay ahead within {even.months} months of data"
    if even.latest is None:
        return f"Inbound's cash is ahead from month {even.month} on, which may yet turn"
    return (
        f"Inbound's cash stays ahead from month {even.month} on (likely {even.earliest or 1} to"
        f" {even.latest})"
    )


def _total(estimates: list[Estimate]) -> float:
    """Return the number behind the sides; their channels are the same ones again."""
    return sum(each.n for each in estimates if each.group in DIRECTIONS)


_EVENTS = {"lead": "lead", "sql": "SQL", "patient": "patient"}
