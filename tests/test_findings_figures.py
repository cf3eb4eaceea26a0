"""Figures: the marks are the numbers, the title is the finding, nothing is drawn from nothing."""

from dataclasses import replace

import pandas as pd
import pytest

from lab.simulate import SAMPLE, clinic_tables
from ptanalysis.display import style
from ptanalysis.findings import answers, figures
from ptanalysis.findings.figures.rows import interval_rows
from ptanalysis.metrics import money
from ptanalysis.stats.estimate import Estimate


@pytest.fixture(scope="module")
def tables():
    return clinic_tables(SAMPLE, 5, as_of="2025-12-31")


def cost(group, value, low, high, n=9, reason=""):
    return Estimate(
        value=value,
        ci_low=low,
        ci_high=high,
        unit="usd_per_sql",
        n=n,
        method="t",
        group=group,
        reason=reason,
    )


def ratio(value, low, high):
    return Estimate(value=value, ci_low=low, ci_high=high, unit="ratio", n=30, method="t")


SIDES = {"inbound": "inbound", "outbound": "outbound"}
COSTS = [
    cost("outbound", 900, 600, 1350),
    cost("inbound", 300, 200, 450),
    cost("inbound", None, 240, None, n=0, reason="no SQL yet"),
]


def axes(drawing):
    return drawing.figure.axes[0]


def test_bars_and_points_are_the_estimates(tables):
    drawing = figures.money.cost_per(COSTS, SIDES, tables, event="sql", ratio=ratio(3, 2, 4))
    lines = [tuple(map(float, line.get_xdata())) for line in axes(drawing).lines]
    assert (600, 1350) in lines
    assert (900,) in lines
    assert axes(drawing).get_xscale() == "log"


def test_an_open_end_is_an_arrow_from_what_is_known(tables):
    drawing = figures.money.cost_per(COSTS, SIDES, tables, event="sql", ratio=ratio(3, 2, 4))
    arrows = [text for text in axes(drawing).texts if text.arrow_patch is not None]
    assert [(float(arrow.xyann[0]), float(arrow.xyann[1])) for arrow in arrows] == [(240, 2)]
    assert "at least $240 per SQL" in drawing.alt


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (ratio(3, 2, 4), "Outbound costs more per SQL"),
        (ratio(0.4, 0.2, 0.9), "costs less per SQL"),
        (ratio(1.2, 0.8, 1.9), "No clear difference in cost per SQL"),
        (Estimate.not_identified("no spend", unit="ratio"), "cannot be compared: no spend"),
    ],
)
def test_the_title_says_which_side_the_interval_lies_on(tables, found, said):
    drawing = figures.money.cost_per(COSTS, SIDES, tables, event="sql", ratio=found)
    assert said in drawing.title


def test_the_caption_has_n_date_and_source(tables):
    drawing = figures.money.cost_per(COSTS, SIDES, tables, event="sql", ratio=ratio(3, 2, 4))
    caption = drawing.figure.get_supxlabel().replace("\n", " ")
    assert "18 SQLs" in caption
    assert "as of December 31, 2025" in caption
    assert "exports up to 2025Q4" in caption


def test_every_ledger_row_is_in_one_bar(tables):
    fates = pd.DataFrame(
        {"fate": ["lead", "duplicate", "not_lead"], "reason": ["", "", "spam"], "rows": [5, 2, 30]}
    )
    drawing = figures.volume.ledger(fates, tables)
    assert [bar.get_width() for bar in axes(drawing).patches] == [5, 30, 2]
    assert drawing.title == "5 leads came out of 37 inquiries"


def test_a_change_names_the_leads_of_both_quarters(tables):
    """120 and 80 leads are 200 of both quarters, not "200 leads" of this one."""
    change = replace(ratio(1.5, 1.1, 2.0), group="all", n=200)
    drawing = figures.volume.change([change], tables, before="2025Q3")
    notes = [text.get_text() for text in axes(drawing).texts]
    assert "1.50 times, 200 leads in both quarters" in notes


def test_names_that_people_gave_stay_as_they_are(tables):
    named = [
        Estimate(value=0.3, ci_low=0.1, ci_high=0.5, unit="share", n=9, method="Wilson", group=name)
        for name in ("service-page-direct-access", "seo")
    ]
    ranking = [(each, each) for each in named]
    drawing = figures.quality.shares(ranking, {}, tables, by="campaign")
    shown = [label.get_text() for label in axes(drawing).get_yticklabels()]
    assert shown == ["service-page-direct-access", "seo"]
    assert drawing.title.startswith("From service-page-direct-access to seo:")
    channels = figures.quality.shares(ranking[1:] * 2, {}, tables, by="channel")
    assert [label.get_text() for label in axes(channels).get_yticklabels()] == ["SEO", "SEO"]


def test_colors_go_with_the_direction_not_the_order():
    rows = interval_rows(COSTS[::-1], SIDES)
    assert list(rows["direction"]) == ["inbound", "inbound", "outbound"]


def test_directions_differ_in_marker_as_well_as_color():
    assert len(set(style.MARKERS.values())) == len(set(style.COLORS.values())) == 4


@pytest.mark.parametrize(
    "draw",
    [
        lambda t: figures.volume.by_channel([], {}, t),
        lambda t: figures.quality.conversion({}, t, event="sql", at={}, horizon=13),
        lambda t: figures.quality.shares([], {}, t, by="channel"),
        lambda t: figures.money.cost_per([], {}, t, event="sql", ratio=NOTHING),
        lambda t: figures.money.returns([], {}, t, ratio=NOTHING),
        lambda t: figures.decay.after_stop(pd.DataFrame(), t, persistence={}),
        lambda t: figures.decay.ramp(pd.DataFrame(), t, growth=NOTHING),
        lambda t: figures.decay.first_sql({}, t, difference=NOTHING),
    ],
)
def test_with_nothing_to_draw_a_figure_says_so(tables, draw):
    drawing = draw(tables)
    assert drawing.alt == "There is nothing to draw."
    assert not axes(drawing).lines


NOTHING = Estimate.not_identified("no spend is recorded", unit="ratio")


def test_break_even_says_the_month_its_range_or_why_not():
    even = money.BreakEven(6, 3, 18, 0.004, 30, "")
    assert figures.money.break_even_title(even) == (
        "Inbound's cash stays ahead from month 6 on (likely 3 to 18)"
    )
    assert "within 30 months" in figures.money.break_even_title(even._replace(month=None))
    assert "may yet turn" in figures.money.break_even_title(even._replace(latest=None))
    few = even._replace(month=None, not_within=None, reason="only 3 campaigns")
    assert figures.money.break_even_title(few).endswith("only 3 campaigns")
    assert "0.4% of redraws" in answers.money.break_even(even)
