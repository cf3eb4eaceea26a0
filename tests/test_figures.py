"""Strips of campaigns, marks at the edge of an axis, colors that are no side's."""

from __future__ import annotations

import pandas as pd
from matplotlib.dates import date2num

from ptanalysis.display import plots, style
from ptanalysis.stats import Estimate, Estimates

MONTHS = pd.date_range("2026-01-01", periods=6, freq="MS")
UNTIL = pd.Timestamp("2026-06-30")


def by_month():
    frame = pd.DataFrame({"month": MONTHS, "leads": range(6), "direction": "inbound"})
    return plots.curves(frame, "Six months", x="month", y="leads", unit="leads", name="months")


def campaign(side: str, start: str | None, end: str | None = None) -> dict:
    at = {"starts_on": pd.Timestamp(start), "ends_on": pd.Timestamp(end)}
    return {"direction": side} | at


def test_campaigns_are_strips_from_their_start_to_their_end_or_to_today():
    ran = [
        campaign("inbound", "2026-02-01"),
        campaign("outbound", "2026-02-01", "2026-02-11"),
        campaign("outbound", "2026-03-01", "2026-03-11"),
        campaign("outbound", None),
    ]
    drawn = plots.running(by_month(), pd.DataFrame(ran), until=UNTIL)
    inbound, outbound = drawn.axes.collections[-2:]
    assert len(outbound.get_paths()) == 2
    start, end = outbound.get_paths()[0].get_extents().intervalx
    assert (start, end - start) == (date2num(pd.Timestamp("2026-02-01")), 10)
    assert inbound.get_paths()[0].get_extents().intervalx[1] == drawn.axes.get_xlim()[1]
    assert drawn.alt.endswith("Above: when 1 campaign of inbound and 2 campaigns of outbound ran")


def test_without_campaigns_the_drawing_is_as_it_was():
    none = pd.DataFrame({"direction": [], "starts_on": [], "ends_on": []})
    drawn = by_month()
    assert plots.running(drawn, none, until=UNTIL).alt == drawn.alt


def estimate(group: str, value: float, low: float | None, high: float | None) -> Estimate:
    why = "" if low else "too few"
    found = Estimate(
        value=value, ci_low=low, ci_high=high, unit="ratio", n=9, method="t", reason=why
    )
    return found.labelled("back", "roi", group)


def test_what_leaves_the_axis_is_marked_at_its_edge():
    rows = [
        estimate("seo", 1.0, 0.5, 2.0),
        estimate("ppc", 0.0, None, None),
        estimate("email", 2.0, 0.001, 900.0),
    ]
    ax = plots.intervals(Estimates.of(rows), "Back", name="back").axes
    edges = {
        (line.get_marker(), int(line.get_ydata()[0]))
        for line in ax.lines
        if line.get_marker() in ("<", ">")
    }
    assert edges == {("<", 1), ("<", 2), (">", 2)}
    low, high = ax.get_xlim()
    assert 0.001 < low < high < 900


def test_bars_of_nothing_are_drawn_all_the_same():
    nothing = pd.DataFrame({"side": [], "step": [], "count": []}, dtype=str)
    assert plots.bars(nothing, "None", x="count", y="step", hue="side").alt == "Nothing known."


def test_no_verdict_has_the_color_of_a_side():
    assert not set(style.VERDICT_COLORS.values()) & set(style.COLORS.values())
