"""Unscreened is unknown, never "not SQL": what is counted, bounded, and not judged."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import ptanalysis as pt
from ptanalysis import claims
from ptanalysis.claims.sensitivity import with_unscreened_sql
from ptanalysis.claims.verdict_rules import NOT_TESTABLE
from ptanalysis.metrics.money.cost_per_outcome import cost_per_ratio
from ptanalysis.metrics.quality.followed_leads import decided_at, screenable
from ptanalysis.metrics.quality.quality_difference import (
    mql_sql_gap_difference,
    sql_share_difference,
)
from ptanalysis.stats import incidence, incidence_difference, share_difference
from ptanalysis.stats.minimum_data import coverage_gate
from tests import asked
from tests.small_clinic import clinic, lead, weeks_after

OLD = "2025-06-02"
WEEK_2 = weeks_after(OLD, 2)
MQL = {"mql_at": OLD}
SQL = MQL | {"screened_at": WEEK_2, "sql_at": WEEK_2, "screening_outcome": "qualified"}
LOST = MQL | {"screened_at": WEEK_2, "lost_at": WEEK_2, "screening_outcome": "disqualified"}
SPAM = LOST | {"mql_at": None, "not_mql_reason": "spam"}
EXISTING = {"not_mql_reason": "existing_patient"}
COST = {"period_start": OLD, "period_end": OLD, "kind": "media", "amount": 400.0}


def side(direction, sql, lost, silent, *, campaigns=8, tag="", **rest):
    """Return campaigns alike: of each so many leads SQL, lost and never screened."""
    stages = [SQL] * sql + [LOST] * lost + [MQL] * silent
    return [
        lead(OLD, direction, campaign=f"{tag}{direction}{number}", **each, **rest)
        for number in range(campaigns)
        for each in stages
    ]


def varied(direction, sqls, screened, leads, *, tag="", **rest):
    """Return campaigns of so many leads each, so many screened, of which so many are SQL."""
    return [
        row
        for number, (sql, seen) in enumerate(zip(sqls, screened, strict=True))
        for row in side(
            direction, sql, seen - sql, leads - seen, campaigns=1, tag=f"{tag}{number}", **rest
        )
    ]


def of(rows, **rest):
    """Return a clinic of these leads, each campaign listed and paid for."""
    names = {row["campaign"]: row for row in rows if row.get("campaign")}
    listed = [
        {
            "campaign": name,
            "direction": row["direction"],
            "channel": row["channel"],
            "kind": "campaign",
            "starts_on": OLD,
            "ends_on": weeks_after(OLD, 4),
        }
        for name, row in names.items()
    ]
    spend = [
        COST | {key: each[key] for key in ("campaign", "direction", "channel")} for each in listed
    ]
    return clinic(rows, campaigns=listed, spend=spend, **rest)


def verdicts(tables):
    return {each.id: each for each in claims.judge(tables)}


QUALITY_CLAIMS = (
    "inbound_leads_more_often_sql",
    "mql_sql_gap_differs",
    "outbound_costs_more_per_sql",
    "inbound_slower_to_start",
)


def test_equal_quality_and_unequal_screening_give_no_verdict():
    """Of 20 leads a campaign 17 and 6 are screened (85 and 30%), 6 of 17 and 2 of 6 are SQL."""
    tables = of(
        varied("inbound", [6, 5, 7] * 3, [17] * 9, 20)
        + varied("outbound", [2, 1, 3] * 3, [6] * 9, 20)
    )
    found = verdicts(tables)
    for name in QUALITY_CLAIMS:
        assert found[name].verdict == NOT_TESTABLE
        assert "not judged, because 30% of outbound leads were screened" in (
            found[name].estimate.reason
        )
    # What does not ask for a screening is judged as ever.
    assert found["outbound_costs_more_per_lead"].estimate.value == pytest.approx(1)
    # The figures of each side stand beside what they leave open.
    shown = {each.id: each for each in pt.screening(tables).each() if each.group == "outbound"}
    assert shown["screened_to_sql_rate"].value == pytest.approx(2 / 6)
    bounds = shown["sql_rate_bounds"]
    assert (bounds.ci_low, bounds.ci_high) == pytest.approx((2 / 20, 16 / 20))


def test_both_sides_above_the_line_and_far_apart_are_not_judged():
    """90 against 65%: 25 points, no chance in campaigns alike but for 2 leads."""
    tables = of(
        varied("inbound", [6] * 9, [19, 18, 17] * 3, 20)
        + varied("outbound", [4] * 9, [14, 13, 12] * 3, 20)
    )
    for found in (
        sql_share_difference(tables),
        mql_sql_gap_difference(tables),
        cost_per_ratio(tables),
        asked.first_sql_difference(tables),
    ):
        assert not found.known
        assert found.reason == (
            "not judged, because 90% of inbound and 65% of outbound leads were screened within"
            " 13 weeks"
        )


def test_a_difference_of_coverage_that_chance_explains_is_judged():
    """90 against 77.5% in campaigns of 4 leads: 12.5 points, give or take more than 2.5."""
    tables = of(
        varied("inbound", [1, 2] * 5, [4, 4, 3, 4, 3, 4, 4, 3, 3, 4], 4)
        + varied("outbound", [1] * 10, [4, 2, 4, 3, 2, 4, 3, 3, 2, 4], 4)
    )
    assert sql_share_difference(tables).known


@pytest.mark.parametrize(
    ("low", "high", "refused"),
    [
        (0.101, 0.30, True),
        (0.099, 0.30, False),
        (-0.30, -0.101, True),
        (-0.30, -0.099, False),
        (-0.09, 0.09, False),
    ],
)
def test_coverage_differs_where_the_interval_lies_beyond_ten_points(low, high, refused):
    gap = replace(share_difference([1] * 6, [2] * 6, [1] * 6, [2] * 6), ci_low=low, ci_high=high)
    assert bool(coverage_gate(("a", "b"), (0.9, 0.7), gap, weeks=13)) is refused


def test_sixty_percent_is_enough_and_less_is_named_by_what_it_is():
    gap = replace(share_difference([1] * 6, [2] * 6, [1] * 6, [2] * 6), ci_low=0.0, ci_high=0.1)
    assert coverage_gate(("a", "b"), (0.6, 0.6), gap, weeks=13) == ""
    # 59.9% is not shown as the 60% that would have been enough.
    assert "59% of b leads" in coverage_gate(("a", "b"), (0.6, 0.599), gap, weeks=13)


def test_a_side_never_screened_gives_none():
    tables = of(
        varied("inbound", [6, 5, 7] * 3, [17] * 9, 20) + varied("outbound", [0] * 9, [0] * 9, 20)
    )
    found = verdicts(tables)
    for name in QUALITY_CLAIMS:
        assert found[name].verdict == NOT_TESTABLE
        assert "0% of outbound leads were screened" in found[name].estimate.reason
    (outbound,) = [each for each in asked.costs(tables) if each.group == "outbound"]
    assert (outbound.value, outbound.ci_low) == (None, None)
    rates = {(each.id, each.group): each for each in pt.screening(tables).each()}
    assert not rates["screened_to_sql_rate", "outbound"].known
    assert rates["share_screened", "outbound"].value == 0


def test_a_vendor_better_among_the_screened_is_never_called_worse():
    """A: 83% screened, 31.4% of these SQL; B: 38%, 34.9%. By lead 26 against 13%."""
    a = varied("outbound", [13, 12, 14] * 3, [41, 42, 42] * 3, 50, tag="a", vendor="A")
    b = varied("outbound", [7, 6, 7] * 3, [19] * 9, 50, tag="b", vendor="B")
    for found in pt.vendor_gaps(of(a + b)).each():
        assert found.ci_low is found.ci_high is None
        assert "38% of" in found.reason
    # Screened alike, B's lead shows, and on the right side.
    b = varied("outbound", [15, 14, 15] * 3, [42] * 9, 50, tag="b", vendor="B")
    found = {each.group: each for each in pt.vendor_gaps(of(a + b)).each()}
    assert found["B"].value == pytest.approx(132 / 378 - 117 / 375)
    assert found["B"].value == pytest.approx(-found["A"].value)


def test_the_intervals_of_two_vendors_hold_together():
    """Welch's t of the campaigns' shares, at 97.5% each: 95% together (Bonferroni)."""
    ours, theirs = [6, 9, 7, 10, 8, 9, 5], [3, 5, 4, 6, 2, 4, 3]
    a = varied("outbound", ours, [20] * 7, 20, tag="a", vendor="A")
    b = varied("outbound", theirs, [20] * 7, 20, tag="b", vendor="B")
    welch = stats.ttest_ind([k / 20 for k in ours], [k / 20 for k in theirs], equal_var=False)
    ends = welch.confidence_interval(1 - 0.05 / 2)
    found = {each.group: each for each in pt.vendor_gaps(of(a + b)).each()}
    assert (found["A"].ci_low, found["A"].ci_high) == pytest.approx((ends.low, ends.high))
    assert (found["B"].ci_low, found["B"].ci_high) == pytest.approx((-ends.high, -ends.low))
    assert "2 vendors together" in found["A"].method


def test_everybody_screened_gives_the_full_answer():
    """All decided within 2 weeks: Welch's t of the campaigns' shares, at whatever age."""
    inbound, outbound = [6, 9, 7, 10, 8, 9, 5], [3, 5, 4, 6, 2, 4, 3]
    rows = varied("inbound", inbound, [20] * 7, 20) + varied("outbound", outbound, [20] * 7, 20)
    young = [
        lead("2026-06-22", each, mql_at="2026-06-22", campaign=f"new {each}")
        for each in ("inbound", "outbound")
        for _ in range(3)
    ]
    welch = stats.ttest_ind([k / 20 for k in inbound], [k / 20 for k in outbound], equal_var=False)
    ends = welch.confidence_interval()
    found = sql_share_difference(of(rows))
    assert (found.ci_low, found.ci_high) == pytest.approx((ends.low, ends.high))
    assert (found.n, found.p_value) == (280, pytest.approx(welch.pvalue))
    # Young leads, still open, do not take away what the old ones told (they were observed).
    again = sql_share_difference(clinic(rows + young))
    assert again.known
    # Open at 8 days, when nobody had yet been decided on, they count on neither side.
    assert again.value == pytest.approx(found.value)
    assert verdicts(of(rows))["inbound_leads_more_often_sql"].verdict == "supported"


def test_a_horizon_is_known_while_leads_as_old_were_observed():
    """8 leads of 20 weeks decided at 1 week (2 SQL), 2 of 5 weeks still open."""
    weeks, status = [1] * 8 + [5] * 2, [1] * 2 + [2] * 6 + [0] * 2
    ages = [20] * 8 + [5] * 2
    assert not incidence(weeks, status, 13).known
    assert incidence(weeks, status, 13, ages=ages).value == pytest.approx(2 / 10)
    few = incidence(weeks, status, 13, ages=[20] * 4 + [12] * 4 + [5] * 2)
    assert not few.known
    both = incidence_difference(weeks, status, weeks, status, 13, ages_a=ages, ages_b=ages)
    assert both.value == 0


def test_who_is_asked_about():
    """Spam and patients found by screening are in; patients by their records are out."""
    rows = [
        lead(OLD, **SPAM),
        lead(OLD, **LOST, **EXISTING),  # the screening found it
        lead(OLD, **EXISTING),  # the records did
        lead(OLD, **(SQL | {"mql_at": None, "sql_at": None}), **EXISTING),  # against the screening
        lead(OLD, not_mql_reason="service_not_named"),  # nobody knows yet
        lead(OLD, **MQL),
    ]
    kept = screenable(clinic(rows).leads)
    assert kept["lead_id"].tolist() == ["lead0", "lead1", "lead4", "lead5"]


def test_a_lost_stage_is_a_decision_like_a_screening():
    lost = lead(OLD, **MQL, lost_at=WEEK_2)
    assert decided_at(clinic([lost, lead(OLD, **MQL)]).leads).notna().tolist() == [
        True,
        False,
    ]


def test_expected_sqls_by_hand():
    """10 leads, 1 excluded by its records, 6 of 9 screened, 3 SQL: 9 x 3 / 6 = 4.5 expected."""
    rows = [
        lead(OLD, campaign="spring", **each)
        for each in [EXISTING, *[SQL] * 3, LOST, LOST, SPAM, *[MQL] * 3]
    ]
    (row,) = pt.units(of(rows)).to_dict("records")
    assert [row[name] for name in ("leads", "screenable", "screened", "sql")] == [10, 9, 6, 3]
    (cost,) = asked.costs(of(rows))
    assert (cost.value, cost.n) == (pytest.approx(400 / 4.5), 3)
    (bounds,) = asked.costs(of(rows), bounds=True)
    # All three unscreened SQL: 400 / 6; none: 400 / 3.
    assert (bounds.ci_low, bounds.ci_high) == pytest.approx((400 / 6, 400 / 3))
    (lead_cost,) = asked.costs(of(rows), "leads")
    assert lead_cost.value == pytest.approx(40)


def test_the_interval_of_a_cost_leaves_a_unit_out_of_leads_and_share_alike():
    """The jackknife of log(cost x screened / (leads x SQLs)), by hand over 7 units."""
    sql, seen, leads = np.array([3, 5, 4, 2, 6, 4, 3]), np.array([9, 8, 10, 9, 7, 9, 8]), 10
    rows = varied("inbound", sql, seen, leads)

    def value(keep):
        return np.log(400 * keep.sum() * seen[keep].sum() / (leads * keep.sum() * sql[keep].sum()))

    everything = np.ones(7, bool)
    left = np.array([value(np.arange(7) != k) for k in range(7)])
    se = np.sqrt(6 / 7 * np.sum((left - left.mean()) ** 2))
    shares = [np.full(7, 1 / 7), sql / sql.sum(), seen / seen.sum(), np.full(7, 1 / 7)]
    kish = 1 / np.sum(np.mean(shares, axis=0) ** 2) - 1
    half = stats.t.ppf(0.975, kish) * se
    (found,) = asked.costs(of(rows))
    ends = np.exp([value(everything) - half, value(everything) + half])
    assert (found.ci_low, found.ci_high) == pytest.approx(tuple(ends))


def test_the_ratio_of_costs_is_of_expected_sqls():
    """Each side 400 a campaign of 20: 17 screened, 6 SQL; 15 screened, 4 SQL."""
    tables = of(
        varied("inbound", [6, 5, 7] * 3, [17] * 9, 20)
        + varied("outbound", [4, 3, 5] * 3, [15] * 9, 20)
    )
    assert cost_per_ratio(tables).value == pytest.approx((6 / 17) / (4 / 15))


def test_a_clinic_that_never_screened_has_no_rate_no_bound_and_no_zero():
    tables = of(side("inbound", 0, 0, 5) + side("outbound", 0, 0, 5))
    refused = [
        *pt.screening(tables).each(),
        *pt.vendor_gaps(tables).each(),
        *asked.costs(tables),
        *asked.costs(tables, bounds=True),
        sql_share_difference(tables),
        mql_sql_gap_difference(tables),
        cost_per_ratio(tables),
        asked.first_sql_difference(tables),
    ]
    for found in refused:
        assert found.value is found.ci_low is found.ci_high is None
        assert "screened" in found.reason


def test_at_worst_the_unscreened_reach_the_bounds_and_everybody_is_screened():
    """Inbound 17 of 20 screened, 6 SQL; outbound 15 and 4: 9 / 20 - 4 / 20, 6 / 20 - 9 / 20."""
    tables = of(
        varied("inbound", [6, 5, 7] * 3, [17] * 9, 20)
        + varied("outbound", [4, 3, 5] * 3, [15] * 9, 20)
    )
    best, worst = (
        sql_share_difference(with_unscreened_sql(tables, direction))
        for direction in ("inbound", "outbound")
    )
    assert (best.value, worst.value) == pytest.approx((5 / 20, -3 / 20))
    rows = claims.bounds(tables)
    of_share = rows[
        (rows["claim"] == "inbound_leads_more_often_sql") & (rows["of"] == "unscreened leads")
    ]
    assert of_share["verdict"].tolist() == ["supported", "supported", "contradicted"]


def test_a_refused_default_is_counted_in_no_choice():
    tables = of(
        varied("inbound", [6, 5, 7] * 3, [17] * 9, 20)
        + varied("outbound", [2, 1, 3] * 3, [6] * 9, 20)
    )
    grid = claims.robustness(tables)
    (found,) = [
        each
        for each in claims.judge(tables, grid=grid)
        if each.id == "inbound_leads_more_often_sql"
    ]
    assert (found.verdict, found.sensitivity) == (NOT_TESTABLE, None)


def drawn(rng, shares, coverage, *, campaigns=10, leads=30):
    """Return two sides of campaigns whose quality and screening vary; half the leads are young."""
    frames = []
    for direction, share, seen in zip(("inbound", "outbound"), shares, coverage, strict=True):
        n = campaigns * leads
        campaign = np.repeat(np.arange(campaigns), leads)
        odds = np.log(share / (1 - share)) + rng.normal(0, 0.3, campaigns)
        age = rng.uniform(0, 30, n)
        delay = np.minimum(rng.gamma(2.0, 1.5, n), 12.9)
        screened = (rng.random(n) < seen) & (delay < age)
        sql = screened & (rng.random(n) < (1 / (1 + np.exp(-odds)))[campaign])
        at = pd.Timestamp("2026-07-01") - pd.to_timedelta(np.floor(age * 604_800), unit="s")
        then = at + pd.to_timedelta(np.floor(delay * 604_800), unit="s")
        frames.append(
            pd.DataFrame(
                {
                    "clinic": "small",
                    "lead_at": at,
                    "mql_at": at,
                    "direction": direction,
                    "channel": direction,
                    "campaign": [f"{direction}{k}" for k in campaign],
                    "screened_at": then.where(screened),
                    "sql_at": then.where(sql),
                    "lost_at": then.where(screened & ~sql),
                }
            )
        )
    rows = pd.concat(frames, ignore_index=True)
    empty = clinic([lead("2026-01-01")])
    return replace(empty, leads=rows.reindex(columns=empty.leads.columns))


@pytest.mark.slow
def test_the_interval_of_the_difference_covers():
    """100 clinics of 10 campaigns a side, 80% screened, 40 against 25% (SE 2.2 points).

    The mean of a logit-normal share of sd .3 about 40% is 40.4%, about 25% 25.6%.
    """
    rng, inside, judged = np.random.default_rng(5), 0, 0
    spread = np.random.default_rng(1).normal(0, 0.3, 200_000)
    means = [float((1 / (1 + np.exp(-(np.log(p / (1 - p)) + spread)))).mean()) for p in (0.4, 0.25)]
    truth = means[0] - means[1]
    for _ in range(100):
        found = sql_share_difference(drawn(rng, (0.4, 0.25), (0.8, 0.8)))
        if found.known:
            judged += 1
            inside += found.ci_low <= truth <= found.ci_high
    assert judged > 90
    assert 0.89 <= inside / judged <= 0.99


def test_equal_quality_is_told_apart_in_no_clinic_that_screens_unequally():
    """30 clinics, 30% on both sides, 85 against 30% screened: the old count saw 16 points."""
    rng = np.random.default_rng(6)
    found = [sql_share_difference(drawn(rng, (0.3, 0.3), (0.85, 0.3))) for _ in range(30)]
    assert not any(each.known for each in found)


def test_what_leads_ever_became_counts_where_no_stage_has_a_date():
    """By hand: of eight leads of a year ago five were screened, three qualified; two paid."""
    old = "2025-03-03"
    dated = {"screened_at": old, "mql_at": old}
    qualified = dated | {"sql_at": old, "screening_outcome": "qualified"}
    lost = dated | {"lost_at": old, "screening_outcome": "disqualified"}
    rows = [qualified] * 3 + [lost] * 2 + [{"mql_at": old}] * 3
    paid = [{"patient_at": "2026-06-01"}] * 2 + [{}] * 6
    leads = [lead(old, **row, **also) for row, also in zip(rows, paid, strict=True)]
    made = clinic([*leads, lead("2026-01-05", **SQL)])
    marked = {"sql_at": {"all": 3}, "patient_at": {"all": 2}}
    undated = replace(made, ledger={"undated": marked})
    found = pt.funnel(undated, ever=True).set_index("measure")["estimate"]
    assert found.to_dict() == {"ever_qualified_rate": 0.6, "ever_patient_rate": 0.25}
    in_time = pt.funnel(undated).set_index("measure")["estimate"]
    assert in_time[["screened_mql_to_sql_rate", "lead_to_patient_rate"]].isna().all()
    nobody = replace(made, ledger={"undated": {"lead_at": {"all": 9}}})
    assert pt.funnel(nobody, ever=True)["estimate"].isna().all()
