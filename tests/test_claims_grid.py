"""The grid: each transform by hand on a few rows, the design's coverage, the summary."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from ptanalysis.claims import (
    Verdict,
    design,
    judge,
    load_claims,
    robustness,
    sensitivity,
    summarize,
    verdicts,
    with_sensitivity,
)
from ptanalysis.claims.choices import IN_WORDS, LEVELS, Cell, apply, cells_of, present
from ptanalysis.claims.sensitivity import bounds, with_unscreened_sql
from ptanalysis.claims.verdict_rules import AXES, has_sign_change
from ptanalysis.dataset import SCHEMA, ClinicData
from ptanalysis.definitions import Quarter
from ptanalysis.report.claim_lines import lines_of, under_choices
from ptanalysis.stats import Estimate
from ptanalysis.stats.scales import Scaled

DAY = pd.Timestamp("2026-01-05")
LEADS = [
    # id, lead, broad, first direction, platform, last direction, channel, last channel
    ("a", DAY, DAY, "outbound", "inbound", "inbound", "paid_search", "seo"),
    ("b", DAY, DAY, "inbound", "inbound", "inbound", "seo", "seo"),
    ("c", DAY, DAY, "unknown", "unknown", "unknown", "unknown", "unknown"),
    ("d", pd.NaT, DAY, "inbound", "inbound", "inbound", "seo", "seo"),
]
SPEND = [
    ("outbound", "inbound", "media", 100.0),
    ("outbound", "inbound", "agency", 40.0),
    ("inbound", "inbound", "labor", 60.0),
    ("unknown", "unknown", "media", 5.0),
]


def table(name, rows):
    empty = {
        column: pd.Series(pd.NaT if "time" in kind else None, index=range(len(rows)))
        for column, kind in SCHEMA[name].items()
    }
    frame = pd.DataFrame(empty).assign(**pd.DataFrame(rows))
    for column, kind in SCHEMA[name].items():
        if kind in ("int64", "float64"):
            frame[column] = pd.to_numeric(frame[column]).fillna(0)
    return frame.astype(SCHEMA[name])


@pytest.fixture
def tables():
    names = [
        "lead_id",
        "lead_at",
        "broad_lead_at",
        "direction",
        "direction_platform",
        "last_direction",
        "channel",
        "last_channel",
    ]
    leads = pd.DataFrame(LEADS, columns=names)
    leads["last_direction_platform"] = leads["last_direction"]
    leads["mql_at"] = leads["lead_at"]
    spend = pd.DataFrame(SPEND, columns=["direction", "direction_platform", "kind", "amount"])
    spend["period_start"] = spend["period_end"] = DAY
    return ClinicData(
        clinic="tiny",
        quarter=Quarter(2026, 2),
        as_of=pd.Timestamp("2026-06-30"),
        leads=table("leads", leads[leads["lead_at"].notna()].reset_index(drop=True)),
        broad_only=table("leads", leads[leads["lead_at"].isna()].reset_index(drop=True)),
        touches=table("touches", leads[["lead_id"]]),
        payments=table("payments", pd.DataFrame({"lead_id": ["a"]})),
        spend=table("spend", spend),
        campaigns=table("campaigns", pd.DataFrame({"campaign": []})),
    )


@pytest.mark.parametrize(
    ("change", "leads", "money"),
    [
        ({}, {"outbound": 1, "inbound": 1, "unknown": 1}, {"outbound": 140, "inbound": 60}),
        ({"taxonomy": "platform"}, {"inbound": 2, "unknown": 1}, {"inbound": 200}),
        ({"lead": "broad"}, {"outbound": 1, "inbound": 2, "unknown": 1}, {"outbound": 140}),
        ({"attribution": "last"}, {"inbound": 2, "unknown": 1}, {"outbound": 140}),
        ({"unknown": "all inbound"}, {"outbound": 1, "inbound": 2}, {"inbound": 65}),
        ({"unknown": "all outbound"}, {"outbound": 2, "inbound": 1}, {"outbound": 145}),
        ({"unknown": "all outbound", "taxonomy": "platform"}, {"inbound": 2, "outbound": 1}, {}),
        ({"attribution": "last", "taxonomy": "platform"}, {"inbound": 2, "unknown": 1}, {}),
    ],
)
def test_each_choice_by_hand(tables, change, leads, money):
    changed = apply(tables, Cell(**change))
    counted = changed.leads["direction"].value_counts()
    assert {side: counted[side] for side in leads} == leads
    sums = changed.spend.groupby("direction")["amount"].sum()
    assert {side: sums.get(side) for side in money} == money


def test_choices_leave_the_tables_given_alone(tables):
    before = tables.leads.copy(), tables.spend.copy()
    for cell in design():
        apply(tables, cell)
    pd.testing.assert_frame_equal(tables.leads, before[0])
    pd.testing.assert_frame_equal(tables.spend, before[1])


def test_the_design_covers_every_pair_and_every_single_change():
    cells = design()
    assert cells[0] == Cell()
    assert len(set(cells)) == len(cells) == 2 * 2 * 2 * 2 * 3
    assert "cost" not in LEVELS  # full cost is the definition
    for one, two in combinations(LEVELS, 2):
        pairs = {(getattr(cell, one), getattr(cell, two)) for cell in cells}
        assert len(pairs) == len(LEVELS[one]) * len(LEVELS[two])
    alone = {Cell(**{axis: level}) for axis, levels in LEVELS.items() for level in levels[1:]}
    assert alone <= set(cells)


def test_only_axes_that_differ_are_crossed(tables):
    assert present(tables) == set(LEVELS)
    same = apply(tables, Cell(taxonomy="platform", unknown="all inbound"))
    assert "lead" not in present(same)
    assert cells_of(set()) == [Cell()]
    assert len(cells_of({"taxonomy", "unknown"})) == 6


def test_unscreened_mqls_are_sql_on_one_side_only(tables):
    inbound = with_unscreened_sql(apply(tables, Cell()), "inbound")
    assert inbound.leads.set_index("lead_id")["sql_at"].notna().to_dict() == {
        "a": False,
        "b": True,
        "c": False,
    }
    young = with_unscreened_sql(
        apply(tables, Cell()).__class__(**{**vars(apply(tables, Cell())), "as_of": DAY}), "inbound"
    )
    assert young.leads["sql_at"].isna().all()


def rows(*cells):
    frame = pd.DataFrame([{**Cell()._asdict(), **cell} for cell in cells])
    decided = frame["verdict"].where(frame["verdict"].isin(["supported", "contradicted"]))
    side = decided.fillna("supported")
    return frame.assign(leans=frame["leans"].fillna(side) if "leans" in frame else side)


YES, NO, OPEN = ({"verdict": word} for word in ("supported", "contradicted", "cannot_tell"))
PLATFORM, BROAD, LAST = {"taxonomy": "platform"}, {"lead": "broad"}, {"attribution": "last"}
NOT_JUDGED = OPEN | {"leans": ""}


def counts(agrees, undecided, turned, not_judged):
    of = agrees + undecided + turned
    return {
        "agrees": agrees,
        "undecided": undecided,
        "reversed": turned,
        "not_judged": not_judged,
        "of": of,
    }


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ([YES, PLATFORM | YES], counts(2, 0, 0, 0)),
        ([YES, PLATFORM | OPEN, BROAD | NO], counts(1, 1, 1, 0)),
        ([NO, PLATFORM | YES, BROAD | OPEN], counts(1, 1, 1, 0)),
        # What a gate refuses turns nothing, whatever its estimate.
        ([YES, PLATFORM | NOT_JUDGED, BROAD | YES], counts(2, 0, 0, 1)),
        ([YES, BROAD | {"verdict": "not_testable", "leans": ""}], counts(1, 0, 0, 1)),
        # An open default: what is decided agrees where its estimate lies on the same side.
        ([OPEN, PLATFORM | YES, BROAD | NO, LAST | OPEN], counts(1, 2, 1, 0)),
        ([OPEN | {"leans": "contradicted"}, BROAD | NO, LAST | YES], counts(1, 1, 1, 0)),
        # A claim of either direction is supported on both sides.
        ([YES | {"leans": "above"}, BROAD | YES | {"leans": "below"}], counts(1, 0, 1, 0)),
        ([YES | {"leans": "below"}, BROAD | OPEN | {"leans": "above"}], counts(1, 1, 0, 0)),
        (
            [
                {"verdict": "no_material_difference"},
                BROAD | {"verdict": "no_material_difference"},
                LAST | OPEN,
            ],
            counts(2, 1, 0, 0),
        ),
    ],
)
def test_choices_agree_are_undecided_reversed_or_not_judged(cells, expected):
    assert summarize(rows(*cells)).counts() == expected


def test_a_claim_that_is_not_judged_has_no_sensitivity():
    assert summarize(rows(NOT_JUDGED, BROAD | YES)) is None


def test_examples_are_what_such_cells_share_else_what_makes_one_alone():
    platform = IN_WORDS["taxonomy", "platform"]
    assert summarize(rows(YES, PLATFORM | YES)).examples == {"undecided": (), "reversed": ()}
    both = summarize(rows(YES, PLATFORM | OPEN, BROAD | YES, PLATFORM | BROAD | OPEN))
    assert both.examples["undecided"] == (platform,)
    either = summarize(rows(YES, PLATFORM | OPEN, BROAD | OPEN, LAST | NO))
    assert either.examples["undecided"] == (platform, IN_WORDS["lead", "broad"])
    assert either.examples["reversed"] == (IN_WORDS["attribution", "last"],)
    mixed = summarize(rows(YES, PLATFORM | BROAD | OPEN, LAST | {"unknown": "all inbound"} | OPEN))
    assert mixed.examples["undecided"] == ()


def test_every_choice_has_words():
    assert set(IN_WORDS) == {
        (axis, level) for axis, levels in LEVELS.items() for level in levels[1:]
    }


def test_what_is_said_of_the_choices():
    def said(verdict, *cells):
        return under_choices(verdict, summarize(rows(*cells)))

    fees = {"unknown": "all inbound"}
    assert said("supported", YES, BROAD | YES) == (
        "Supported under all 2 reasonable analysis choices"
    )
    assert said("supported", YES, fees | NOT_JUDGED) == (
        "Supported under the one analysis choice that can be judged; 1 more could not be judged"
    )
    assert said("supported", YES, BROAD | YES, fees | OPEN, fees | LAST | OPEN) == (
        "Supported under 2 of 4 reasonable analysis choices, inconclusive in 2 (for example with"
        " unknown sources as inbound), reversed in none"
    )
    assert said("supported", YES, PLATFORM | BROAD | OPEN, fees | LAST | NO) == (
        "Supported under 1 of 3 reasonable analysis choices, inconclusive in 1 (for example with"
        " paid search and paid social as inbound or with the broad definition of a lead), reversed"
        " in 1 (for example with each lead credited to its last touch or with unknown sources as"
        " inbound)"
    )
    assert said("cannot_tell", OPEN, LAST | YES) == (
        "Inconclusive under 1 of 2 reasonable analysis choices, on the side of the estimate in 1"
        " (for example with each lead credited to its last touch), on the other side in none"
    )


@pytest.mark.parametrize(
    ("verdict", "agrees", "few"),
    [("supported", 24, True), ("contradicted", 25, False), ("cannot_tell", 0, False)],
)
def test_a_verdict_that_most_choices_do_not_share_says_so_in_its_word(verdict, agrees, few):
    """Of 48 choices 25 are most; the p shown is the adjusted one, which decides."""
    counted = {"agrees": agrees, "undecided": 48 - agrees, "reversed": 0, "not_judged": 9, "of": 48}
    numbers = {"estimate": 2.0, "ci_low": 1.2, "ci_high": 3.3, "unit": "ratio", "n": 40}
    claim = {"id": "a", "statement": "Ads cost more", "measure": "roi_ratio", "counts": "SQLs"}
    claim |= {"primary": True, "material": True, "p_value": 0.004, "p_adjusted": 0.0281}
    claim |= {"verdict": verdict, "reason": "", "sensitivity": counted, "examples": {}}
    claim["needs"] = None
    (line,) = lines_of([claim | numbers])
    assert line["word"].endswith("but not under most choices") == few
    assert ("but not under most choices" in line["headline"]) == few
    assert line["p"] == ".028"


def test_a_sign_change_is_a_cell_decided_on_the_other_side():
    gap, grows = {"claim": "mql_sql_gap_differs"}, {"claim": "inbound_lasts_and_grows"}
    up, down = {"leans": "above"}, {"leans": "below"}
    assert has_sign_change(rows(YES | grows, NO | grows))
    assert not has_sign_change(rows(YES | gap | up, OPEN | gap | down))
    assert has_sign_change(rows(YES | gap | up, YES | gap | down))
    assert not has_sign_change(rows(NO | grows, NO | grows))


def by_money(claim, tables, *, horizon=13, confidence_level=0.95):
    """A stand-in for the questions: outbound cost decides the value of every claim."""
    value = tables.spend.loc[tables.spend["direction"] == "outbound", "amount"].sum() - 120
    at, scale = (np.log(1.5) * np.sign(value), "log") if claim.is_ratio else (value, "identity")
    return tuple(
        Scaled(at, 0.1, 20, 21, scale).estimate(
            null=null, confidence_level=confidence_level, unit="ratio", n=50, method="stand-in"
        )
        for null in claim.nulls
    )


@pytest.fixture
def standing_in(monkeypatch):
    monkeypatch.setattr(verdicts, "measure", by_money)
    monkeypatch.setattr(sensitivity, "measure", by_money)


def test_the_default_cell_has_the_verdict_of_judge_and_a_sign_change_takes_it(tables, standing_in):
    grid = robustness(tables)
    plain = {each.id: each for each in judge(tables)}
    first = grid.groupby("claim", sort=False)[["verdict"]].first()
    assert first["verdict"].to_dict() == {name: plain[name].verdict for name in first.index}
    assert set(first.index) == {name for name, claim in load_claims().items() if claim.primary}
    assert grid.groupby("claim").size().max() <= 48
    assert list(grid.columns[:6]) == ["claim", *AXES]
    told = {each.id: each for each in judge(tables, grid=grid)}
    # 140 - 120 above; by the platforms' taxonomy no money at all is outbound's: 0 - 120 below.
    name = "outbound_costs_more_per_sql"
    assert plain[name].verdict == "supported"
    assert told[name].verdict == "cannot_tell"
    assert "opposite" in told[name].needs
    assert "for example" not in told[name].needs
    assert IN_WORDS["taxonomy", "platform"] in told[name].needs
    found = told["inbound_higher_roi"].sensitivity
    cells = grid[grid["claim"] == "inbound_higher_roi"]
    # The unknown 5 are with the platforms' outbound where all unknown is: below, too.
    kept = cells["taxonomy"] == "default"
    assert (found.agrees, found.reversed) == (kept.sum(), (~kept).sum())
    assert found.examples["reversed"] == (IN_WORDS["taxonomy", "platform"],)
    assert told["outbound_costs_more_per_lead"].sensitivity is None


def test_choices_that_a_gate_refuses_turn_no_verdict(tables, standing_in, monkeypatch):
    """By the platforms' taxonomy the stand-in is on the other side, on too few campaigns to say."""

    def gated(claim, tables, **options):
        parts = by_money(claim, tables, **options)
        few = "only 4 clusters in an arm, 6 are needed" if parts[0].value < claim.null else ""
        return tuple(replace(part, reason=few) for part in parts)

    monkeypatch.setattr(verdicts, "measure", gated)
    monkeypatch.setattr(sensitivity, "measure", gated)
    grid = robustness(tables)
    told = {each.id: each for each in judge(tables, grid=grid)}["outbound_costs_more_per_sql"]
    cells = grid[grid["claim"] == told.id]
    below = int((cells["estimate"] < 1).sum())
    assert told.verdict == "supported"
    assert below > 0
    assert told.sensitivity.counts() == counts(len(cells) - below, 0, 0, below)


@pytest.mark.parametrize(
    ("se", "said"),
    [
        # Normal: 1.645 se at 90%, 1.960 se at 95%; the margin is .05.
        (0.027, "no_material_difference"),  # .044 and .053
        (0.031, "cannot_tell"),  # .051
    ],
)
def test_no_material_difference_is_the_90_percent_interval(tables, monkeypatch, se, said):
    def none_seen(claim, tables, *, horizon=13, confidence_level=0.95):
        scale = "log" if claim.is_ratio else "identity"
        return tuple(
            Scaled(0.0, se, np.inf, 12, scale).estimate(
                null=null, confidence_level=confidence_level, unit=claim.unit, n=50, method="z"
            )
            for null in claim.nulls
        )

    monkeypatch.setattr(verdicts, "measure", none_seen)
    found = {each.id: each.verdict for each in judge(tables)}
    assert found["inbound_leads_more_often_sql"] == found["mql_sql_gap_differs"] == said


def test_a_primary_needs_holm_s_p_and_a_description_its_own(tables, monkeypatch):
    """Every claim at z = 2.326, p = .02: seven primaries are at .14 each, three others at .02."""

    def all_alike(claim, tables, *, horizon=13, confidence_level=0.95):
        scale = "log" if claim.is_ratio else "identity"
        away = -2.326 if claim.claims == "smaller" else 2.326
        return tuple(
            Scaled(
                (np.log(null) if claim.is_ratio else null) + away, 1, np.inf, 12, scale
            ).estimate(
                null=null, confidence_level=confidence_level, unit=claim.unit, n=50, method="z"
            )
            for null in claim.nulls
        )

    monkeypatch.setattr(verdicts, "measure", all_alike)
    found = judge(tables)
    assert [each.p_adjusted for each in found if each.primary] == pytest.approx(
        [0.14] * 7, abs=1e-3
    )
    sure = {each.id: each.claimed for each in found if each.claimed}
    assert list(sure.values()) == pytest.approx([0.99] * 8, abs=1e-4)  # one-sided, alone
    assert not {"mql_sql_gap_differs", "inbound_lasts_and_grows"} & set(sure)
    assert {(each.primary, each.verdict) for each in found} == {
        (True, "cannot_tell"),
        (False, "supported"),
    }


def test_an_overturned_verdict_holds_where_nothing_could_be_told(tables, standing_in):
    name = "outbound_costs_more_per_sql"
    plain = next(each for each in judge(tables) if each.id == name)
    assert plain.verdict == "supported"
    yes, no, open_ = ({"verdict": v} for v in ("supported", "contradicted", "cannot_tell"))
    grid = rows(
        yes,
        {"lead": "broad"} | yes,
        {"attribution": "last"} | yes,
        {"taxonomy": "platform"} | no,
        {"horizon": "26"} | open_,
        {"unknown": "all inbound"} | open_,
    )
    found = with_sensitivity(plain, grid.assign(claim=name))
    # Supported in three of six, and its opposite in one: cannot tell, and both sides are shown.
    assert found.verdict == "cannot_tell"
    assert found.sensitivity.counts() == {
        "agrees": 3,
        "undecided": 2,
        "reversed": 1,
        "not_judged": 0,
        "of": 6,
    }
    stays = with_sensitivity(plain, grid[grid["verdict"] != "contradicted"].assign(claim=name))
    assert stays.verdict == "supported"
    assert (stays.sensitivity.agrees, stays.sensitivity.of) == (3, 5)


def test_a_verdict_prints_statement_estimand_and_rule(tables, standing_in):
    found = judge(tables)
    assert len(found) == 10
    text = str(next(each for each in found if each.id == "outbound_costs_more_per_sql"))
    assert text.startswith("Outbound costs more per SQL than inbound: supported")
    assert "full cost per expected SQL" in text
    assert "rule: supported when the estimate lies above 1" in text
    assert isinstance(found[0], Verdict)
    assert isinstance(found[0].estimate, Estimate)


def test_bounds_are_rows_beside_what_is_recorded(tables, standing_in):
    found = bounds(tables)
    # Only outbound's money moves the stand-in: 140 as recorded, 145 with the unknown 5. The sign,
    # all that ratios take from it, stays the same; a case that changes nothing is not shown.
    assert set(found["of"]) == {"unknown sources"}
    shown = found.groupby("claim")["case"].agg(list).to_dict()
    assert shown["mql_sql_gap_differs"] == ["left out", "all outbound"]
    assert "outbound_costs_more_per_sql" not in shown
