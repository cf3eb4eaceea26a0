"""Figures of return: cost per SQL and revenue for each dollar, by channel and direction."""

from __future__ import annotations

from ptanalysis.definitions import DIRECTIONS
from ptanalysis.estimate.result import Estimate
from ptanalysis.findings import style, words
from ptanalysis.findings.figures.rows import interval_figure, interval_rows, spoken
from ptanalysis.findings.style import Drawing
from ptanalysis.tables import ClinicTables


def cost_per(
    estimates: list[Estimate], directions: dict[str, str], tables: ClinicTables, *,
    event: str, ratio: Estimate,
) -> Drawing:  # fmt: skip
    """Draw the full cost per lead, SQL or patient on a log axis, arrows where the end is open.

    Parameters
    ----------
    estimates : list of Estimate
        In dollars per event; ``group`` is a direction or channel.
    directions : dict
        Group to direction.
    tables : ClinicTables
    event : str
        ``lead``, ``sql`` or ``patient``.
    ratio : Estimate
        Outbound to inbound; named in the title.
    """
    word = _EVENTS[event]
    rows = interval_rows(estimates, directions, of=f"{word}s")
    title = words.compared(
        ratio, 1, above=f"Outbound costs more per {word} than inbound",
        below=f"Outbound costs less per {word} than inbound",
        unclear=f"No clear difference in cost per {word}, outbound to inbound",
        unknown=f"Cost per {word} cannot be compared",
    )  # fmt: skip
    return interval_figure(
        rows, drawing=(f"cost-per-{event}", title, spoken(rows)),
        axis=f"Full cost per {word} (log axis)", tables=tables, scale="log",
        unit=style.dollar_axis,
        n=words.count(_total(estimates), f"{word}s"),
        how="Point: full cost per event; bar: 95 % interval, to the edge where it goes on",
    )  # fmt: skip


def returns(
    estimates: list[Estimate], directions: dict[str, str], tables: ClinicTables, *, ratio: Estimate
) -> Drawing:
    """Draw ROI by direction or channel; 0 % is money back.

    Parameters
    ----------
    estimates : list of Estimate
        ROI: (revenue less cost) / cost.
    directions : dict
        Group to direction.
    tables : ClinicTables
    ratio : Estimate
        Revenue per dollar, inbound to outbound; named in the title.
    """
    rows = interval_rows(estimates, directions, of="patients")
    title = words.compared(
        ratio, 1, above="Inbound brings back more of each dollar than outbound",
        below="Inbound brings back less of each dollar than outbound",
        unclear="No clear difference in revenue per dollar, inbound to outbound",
        unknown="Revenue per dollar cannot be compared",
    )  # fmt: skip
    return interval_figure(
        rows, drawing=("roi", title, spoken(rows)), axis="ROI: (revenue − cost) / cost",
        tables=tables, unit=style.percent_axis, no_effect=(0, "money back"),
        n=words.count(_total(estimates), "patients"),
    )  # fmt: skip


def _total(estimates: list[Estimate]) -> float:
    """Return the number behind the sides; their channels are the same ones again."""
    return sum(each.n for each in estimates if each.group in DIRECTIONS)


_EVENTS = {"lead": "lead", "sql": "SQL", "patient": "patient"}
