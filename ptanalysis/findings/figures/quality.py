"""Figures of quality: the funnel, conversion over time since the lead, shares by group."""

from __future__ import annotations

import pandas as pd

from ptanalysis.definitions import DIRECTIONS
from ptanalysis.estimate.result import Estimate
from ptanalysis.findings import style, words
from ptanalysis.findings.figures.rows import interval_figure, interval_rows, source, spoken
from ptanalysis.findings.style import COLORS, Drawing
from ptanalysis.tables import ClinicTables

_STAGES = ("mql", "screened", "sql", "patient")
_STAGE_WORDS = {"mql": "MQL", "screened": "Screened", "sql": "SQL", "patient": "Patient"}


@style.themed
def funnel(
    shares: dict[str, dict[str, Estimate]], tables: ClinicTables, *, gap: Estimate
) -> Drawing:
    """Draw the share of leads that reached each stage, by direction.

    Parameters
    ----------
    shares : dict
        Direction to stage (``mql``, ``screened``, ``sql``, ``patient``) to its share of leads.
    tables : ClinicTables
    gap : Estimate
        Difference of the SQL share, inbound less outbound; named in the title.
    """
    shown = [name for name in DIRECTIONS if name in shares]
    figure, (ax,) = style.canvas(4.2)
    said = []
    for place, direction in enumerate(shown):
        shift = (place - (len(shown) - 1) / 2) * 0.17
        said.append(_steps(ax, direction, shares[direction], shift))
    ax.set_xticks(range(len(_STAGES)), [_STAGE_WORDS[stage] for stage in _STAGES], color=style.INK)
    ax.set_xlim(-0.5, len(_STAGES) - 0.5)
    ax.set_ylim(0, min(1, ax.get_ylim()[1] * 1.05))
    ax.grid(True, axis="y")
    ax.set_ylabel("Share of matured leads")
    style.percent_axis(ax.yaxis)
    style.name_marks(ax, shown)
    title = words.compared(
        gap, 0, above="Inbound leads become SQL more often",
        below="Outbound leads become SQL more often",
        unclear="No clear difference in how often leads become SQL, inbound less outbound",
        unknown="How often leads become SQL cannot be compared",
    )  # fmt: skip
    n = sum(next(iter(shares[name].values())).n for name in shown)
    style.finish(
        figure, title, n=words.count(n, "matured leads"), as_of=tables.as_of,
        source=source(tables), note="Point: share; bar: 95 % interval",
    )  # fmt: skip
    return Drawing(figure=figure, name="funnel", title=title, alt=" ".join(said))


def _steps(ax, direction: str, shares: dict[str, Estimate], shift: float) -> str:
    ink = COLORS[direction]
    said = []
    for place, stage in enumerate(_STAGES):
        share = shares.get(stage)
        if share is None or not share.known:
            continue
        if share.ci_low is not None and share.ci_high is not None:
            ax.plot([place + shift] * 2, [share.ci_low, share.ci_high], color=ink, lw=2.2)
        ax.plot(place + shift, share.value, style.MARKERS[direction], color=ink, ms=8, mec="white")
        said.append(f"{_STAGE_WORDS[stage]} {words.value(share)}")
    return f"{words.label(direction)}: {', '.join(said)}."


@style.themed
def conversion(
    curves: dict[str, pd.DataFrame],
    tables: ClinicTables,
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
    tables : ClinicTables
    event : str
        ``sql`` or ``patient``.
    at : dict
        Direction to the share at the horizon, as the title states it.
    horizon : int
        Weeks.
    """
    figure, (ax,) = style.canvas(4.0)
    ends = {}
    for direction, curve in curves.items():
        ink = COLORS[direction]
        ax.fill_between(
            curve["weeks"], curve["ci_low"], curve["ci_high"], step="post", color=ink, alpha=0.13,
            lw=0,
        )  # fmt: skip
        ax.step(curve["weeks"], curve["share"], where="post", color=ink, lw=2.2)
        ends[direction] = (curve["weeks"].iloc[-1], curve["share"].iloc[-1])
    ax.set_ylim(0)
    ax.set_xlim(0)
    ax.grid(True, axis="y")
    ax.set_xlabel("Weeks since the lead")
    style.percent_axis(ax.yaxis)
    word = _STAGE_WORDS[event]
    ax.set_ylabel(f"Share that became {word} by then")
    style.end_labels(ax, ends)
    known = [f"{words.value(share)} of {name} leads" for name, share in at.items() if share.known]
    title = f"Within {horizon} weeks {words.listed(known)} became {word}"
    style.finish(
        figure, title, n=words.count(sum(share.n for share in at.values()), "leads"),
        as_of=tables.as_of, source=source(tables),
        note="Line: share by then, leads lost on the way counted as lost; band: 95 % interval",
    )  # fmt: skip
    alt = "; ".join(f"{words.label(name)} {words.phrase(share)}" for name, share in at.items())
    return Drawing(figure=figure, name=f"lead-to-{event}", title=title, alt=f"{alt}.")


def shares(
    estimates: list[Estimate], directions: dict[str, str], tables: ClinicTables, *, by: str
) -> Drawing:
    """Draw the share of leads that became SQL by channel, campaign or vendor.

    Parameters
    ----------
    estimates : list of Estimate
        Shares; value from empirical Bayes, ends from Wilson.
    directions : dict
        Group to direction.
    tables : ClinicTables
    by : str
        ``channel``, ``campaign`` or ``vendor``.
    """
    rows = interval_rows(estimates, directions)
    known = [each for each in estimates if each.known]
    title = (
        f"SQL share by {by}: {words.label(known[0].group)} ranks first with {words.value(known[0])}"
        if known
        else f"No {by} has leads old enough to rank"
    )
    return interval_figure(
        rows, drawing=(f"sql-share-by-{by}", title, spoken(rows)),
        axis="Share of leads that became SQL within 13 weeks", tables=tables,
        unit=style.percent_axis, n=words.count(sum(each.n for each in estimates), "leads"),
        how="Point: share, small groups drawn toward the average; bar: 95 % Wilson interval of "
        "the group's own leads",
    )  # fmt: skip
