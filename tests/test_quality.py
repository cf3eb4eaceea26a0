"""Quality: the funnel, the competing exit, screening and differences, counted by hand."""

import pandas as pd
import pytest
from scipy import stats

import ptanalysis as pt
from lab.simulate import SAMPLE, clinic_tables
from ptanalysis.metrics.quality.followed_leads import follow_up, rate
from ptanalysis.metrics.quality.quality_difference import (
    mql_sql_gap_difference,
    sql_share_difference,
)
from tests.small_clinic import AS_OF, clinic, lead, weeks_after

END = pd.Timestamp("2026-07-01")
OLD = "2025-06-02"
MQL, SCREENED = {"mql_at": OLD}, {"mql_at": OLD, "screened_at": weeks_after(OLD, 2)}
SQL = SCREENED | {"sql_at": weeks_after(OLD, 3)}
PAID = SQL | {"patient_at": weeks_after(OLD, 6)}
LOST = SCREENED | {"lost_at": weeks_after(OLD, 2)}
#: 10 leads: 8 MQL, 6 screened, 4 SQL, 2 patients.
TEN = [{}] * 2 + [MQL] * 2 + [LOST] * 2 + [SQL] * 2 + [PAID] * 2


def ten(direction="inbound", **rest):
    return [lead(OLD, direction, **stages, **rest) for stages in TEN]


def by_name(found, group="inbound"):
    return {each.id: each for each in found if each.group == group}


def test_each_step_of_the_funnel_by_hand():
    """A chain: 10 leads, 8 MQLs, 6 of them screened, 4 of these SQL, 2 of these patients."""
    young = lead("2026-06-20", mql_at="2026-06-20", screened_at="2026-06-21", sql_at="2026-06-21")
    found = by_name(pt.funnel(clinic([*ten(), young])).each())
    rates = {name: (found[name].value, found[name].n) for name in found}
    assert rates == {
        "lead_to_mql_rate": (pytest.approx(8 / 10), 10),
        "mql_to_screened_rate": (pytest.approx(6 / 8), 8),
        "screened_mql_to_sql_rate": (pytest.approx(4 / 6), 6),
        "sql_to_patient_rate": (pytest.approx(2 / 4), 4),
        "lead_to_patient_rate": (pytest.approx(2 / 10), 10),
    }


def test_a_lead_screened_and_found_no_mql_is_in_no_step_of_the_chain_after_the_first():
    """Three of twelve screened leads were spam: the chain's SQL rate is 4 / 6, of all 4 / 9."""
    spam = {
        "screened_at": weeks_after(OLD, 1),
        "lost_at": weeks_after(OLD, 1),
        "not_mql_reason": "spam",
        "screening_outcome": "disqualified",
    }
    tables = clinic([*ten(), *[lead(OLD, **spam)] * 3])
    found = by_name(pt.funnel(tables).each()) | by_name(pt.screening(tables).each())
    assert (found["lead_to_mql_rate"].value, found["lead_to_mql_rate"].n) == (8 / 13, 13)
    assert found["screened_mql_to_sql_rate"].value == pytest.approx(4 / 6)
    rate = found["screened_to_sql_rate"]
    assert (rate.value, rate.n) == (pytest.approx(4 / 9), 9)
    assert found["share_screened"].value == pytest.approx(9 / 13)


def test_an_sql_later_than_its_horizon_does_not_count():
    """The eleventh was screened in time and qualified in week 14: 4 of 7 screened."""
    late = SCREENED | {"sql_at": weeks_after(OLD, 14)}
    tables = clinic([*ten(), lead(OLD, **late)])
    assert by_name(pt.screening(tables).each())["screened_to_sql_rate"].value == pytest.approx(
        4 / 7
    )
    chain = by_name(pt.funnel(tables).each())["screened_mql_to_sql_rate"]
    assert chain.value == pytest.approx(4 / 7)


@pytest.mark.parametrize(
    ("stages", "weeks", "status"),
    [
        ({"sql_at": weeks_after(OLD, 3)}, 3, 1),
        ({"lost_at": weeks_after(OLD, 2)}, 2, 2),
        ({"sql_at": weeks_after(OLD, 3), "lost_at": weeks_after(OLD, 2)}, 2, 2),
        ({"sql_at": weeks_after(OLD, 3), "lost_at": weeks_after(OLD, 5)}, 3, 1),
        ({"sql_at": weeks_after(OLD, 3), "lost_at": weeks_after(OLD, 3)}, 3, 1),
        ({"sql_at": weeks_after(OLD, -1)}, 0, 1),
        ({"sql_at": weeks_after(OLD, 10)}, 8, 0),
        ({"lost_at": weeks_after(OLD, 8)}, 8, 0),
        ({}, 8, 0),
    ],
)
def test_a_lead_is_followed_to_its_first_end_and_no_further(stages, weeks, status):
    tables = clinic([lead(OLD, **stages)])
    found = follow_up(tables.leads, pd.Timestamp(weeks_after(OLD, 8)))
    assert (found.weeks.item(), found.status.item()) == (weeks, status)


def test_the_competing_exit_is_no_censoring():
    """Ends at 1 (SQL), 2 (open), 2 (lost), 5 (SQL), 6, 7, 8, 8 weeks (open): by hand

    1/8 at week 1; the exit leaves 7/8 x 6/7 = 3/4; at week 5 one of 5: 1/8 + 3/4 x 1/5 = 0.275.
    Kaplan-Meier with the exit censored would say 1 - 7/8 x 4/5 = 0.300. Screened are those
    decided on, at 1, 2 and 5 weeks: 1 - 7/8 x 6/7 x 4/5 = 0.4; of them 0.275 / 0.4 are SQL.
    """
    ends = [
        (1, "sql_at"),
        (2, None),
        (2, "lost_at"),
        (5, "sql_at"),
        *[(w, None) for w in (6, 7, 8, 8)],
    ]
    rows = []
    for weeks, stage in ends:
        at = weeks_after(str(END), -weeks if stage is None else -20)
        rows.append(lead(at, **({stage: weeks_after(at, weeks)} if stage else {})))
    found = rate(clinic(rows).leads, END, weeks=5)
    assert found.value == pytest.approx(0.275 / 0.4)


def test_the_unscreened_leave_bounds_by_hand():
    """Ten leads, 6 screened, 4 SQL: between 4 / 10 and 8 / 10 would qualify."""
    found = by_name(pt.screening(clinic(ten())).each())
    assert (found["share_screened"].value, found["share_screened"].n) == (pytest.approx(0.6), 10)
    rate = found["screened_to_sql_rate"]
    assert (rate.value, rate.n) == (pytest.approx(4 / 6), 6)
    bounds = found["sql_rate_bounds"]
    assert (bounds.ci_low, bounds.ci_high) == pytest.approx((4 / 10, 8 / 10))


def test_an_sql_without_a_screening_day_was_screened():
    rows = [lead(OLD, mql_at=OLD, sql_at=weeks_after(OLD, 1)), lead(OLD, mql_at=OLD)]
    found = by_name(pt.screening(clinic(rows)).each())
    assert found["share_screened"].value == found["sql_rate_bounds"].ci_low == 0.5
    assert found["screened_to_sql_rate"].value == 1


def test_a_crm_that_dates_the_sqls_alone_tells_nothing_of_the_screening():
    sql = {"mql_at": OLD, "sql_at": weeks_after(OLD, 1), "patient_at": weeks_after(OLD, 2)}
    tables = clinic([lead(OLD, **sql)] * 10 + [lead(OLD, mql_at=OLD)] * 10)
    found, steps = by_name(pt.screening(tables).each()), by_name(pt.funnel(tables).each())
    refused = [
        found["share_screened"],
        found["screened_to_sql_rate"],
        by_name(pt.screened_soon(tables).each())["screened_within"],
        steps["mql_to_screened_rate"],
        steps["screened_mql_to_sql_rate"],
    ]
    assert not any(each.known for each in refused)
    assert all("only leads found qualified" in each.reason for each in refused)
    # Half became SQL; whether the others were looked at is not known. What SQLs do next is.
    bounds = found["sql_rate_bounds"]
    assert (bounds.value, bounds.ci_low, bounds.ci_high) == (None, 0.5, 1)
    assert steps["sql_to_patient_rate"].value == 1


def test_screening_speed_counts_mqls_only():
    found = by_name(pt.screened_soon(clinic(ten()), weeks=2).each())
    assert (found["screened_within"].value, found["screened_within"].n) == (pytest.approx(6 / 8), 8)
    assert by_name(pt.screened_soon(clinic(ten()), weeks=1).each())["screened_within"].value == 0


def test_nobody_screened_is_not_nobody_qualified():
    tables = clinic(
        [
            lead(OLD, side, mql_at=OLD, patient_at=weeks_after(OLD, 4))
            for side in ("inbound", "outbound")
            for _ in range(20)
        ]
    )
    refused = [
        rate(tables.leads, END),
        sql_share_difference(tables),
        mql_sql_gap_difference(tables),
        by_name(pt.funnel(tables).each())["screened_mql_to_sql_rate"],
        by_name(pt.screening(tables).each())["screened_to_sql_rate"],
        by_name(pt.screening(tables).each())["sql_rate_bounds"],
        by_name(pt.screened_soon(tables).each())["screened_within"],
    ]
    assert not any(each.known for each in refused)
    assert all("screened" in each.reason for each in refused)
    assert all(each.ci_low is each.ci_high is None for each in refused)
    assert by_name(pt.funnel(tables).each())["lead_to_patient_rate"].value == 1
    assert pt.conversion(tables).empty


@pytest.mark.parametrize(("reason", "known"), [("service_not_named", False), ("spam", True)])
def test_no_service_named_is_not_no_potential_client(reason, known):
    tables = clinic([lead(OLD, not_mql_reason=reason)] * 10)
    found = by_name(pt.funnel(tables).each())["lead_to_mql_rate"]
    assert (found.known, "names a service" in found.reason) == (known, not known)
    assert found.value == (0 if known else None)


def test_no_payments_are_not_no_patients():
    tables = clinic([lead(OLD, **SQL)] * 10 + [lead(OLD, **LOST)] * 10)
    found = by_name(pt.funnel(tables).each())
    assert not found["lead_to_patient_rate"].known
    assert "payment" in found["lead_to_patient_rate"].reason
    assert found["screened_mql_to_sql_rate"].value == 0.5


INBOUND, OUTBOUND = [4, 6, 3, 5, 2, 4, 6], [1, 3, 2, 2, 4, 0]


def campaigns(direction, sqls, each=10, **rest):
    """Return leads of campaigns of equal size: so many became SQL, the others were lost."""
    return [
        lead(
            OLD, direction, campaign=f"{direction}{number}", **(SQL if k < count else LOST), **rest
        )
        for number, count in enumerate(sqls)
        for k in range(each)
    ]


def two_sides(inbound=INBOUND, outbound=OUTBOUND):
    return clinic(campaigns("inbound", inbound) + campaigns("outbound", outbound))


def test_campaigns_of_equal_size_give_the_textbook_welch_test():
    """All leads old and of equal campaigns: the jackknife is Welch's t on the campaigns' shares."""
    welch = stats.ttest_ind([k / 10 for k in INBOUND], [k / 10 for k in OUTBOUND], equal_var=False)
    found = sql_share_difference(two_sides())
    ends = welch.confidence_interval()
    assert (found.ci_low, found.ci_high) == pytest.approx((ends.low, ends.high))
    assert found.p_value == pytest.approx(welch.pvalue)
    assert (found.clusters, found.n) == (13, 130)
    # Every lead is MQL and screened here, so the gap between MQL and SQL is one less the SQL share.
    gap = mql_sql_gap_difference(two_sides())
    assert (gap.ci_low, gap.ci_high) == pytest.approx((-ends.high, -ends.low))


@pytest.mark.parametrize("of", [sql_share_difference, mql_sql_gap_difference])
def test_swapping_the_sides_flips_the_sign(of):
    there, back = of(two_sides()), of(two_sides(OUTBOUND, INBOUND))
    assert there.value == pytest.approx(-back.value)
    assert (there.ci_low, there.ci_high) == pytest.approx((-back.ci_high, -back.ci_low))
    assert there.p_value == pytest.approx(back.p_value)


@pytest.mark.parametrize("of", [sql_share_difference, mql_sql_gap_difference])
def test_few_campaigns_cap_the_claim(of):
    assert "not judged, because" in of(two_sides(INBOUND[:2], OUTBOUND[:2])).reason


@pytest.mark.parametrize("of", [sql_share_difference, mql_sql_gap_difference])
def test_one_side_alone_is_refused(of):
    assert not of(clinic(campaigns("inbound", INBOUND))).known


def test_young_leads_are_too_young_to_compare():
    young = [
        lead(
            "2026-06-15",
            side,
            mql_at="2026-06-15",
            campaign=f"{side}{k}",
            screened_at="2026-06-16",
            sql_at="2026-06-16" if k % 3 else None,
        )
        for side in ("inbound", "outbound")
        for k in range(30)
    ]
    assert not sql_share_difference(clinic(young)).known
    assert not mql_sql_gap_difference(clinic(young)).known


def test_a_vendor_is_compared_within_its_side():
    good = campaigns("outbound", [5] * 6, vendor="Acme")
    rest = [
        row | {"campaign": f"own {row['campaign']}"} for row in campaigns("outbound", [2] * 5 + [3])
    ]
    other = campaigns("inbound", [9] * 6)
    (found,) = pt.vendor_gaps(clinic(good + rest + other)).each()
    assert found.group == "Acme"
    assert found.value == pytest.approx(5 / 10 - 13 / 60)
    assert found.n == 6 * 10  # its own leads, not the 60 + 60 compared


def test_a_vendor_without_peers_is_told_so():
    (found,) = pt.vendor_gaps(clinic(campaigns("outbound", [5] * 6, vendor="Acme"))).each()
    assert "nothing to compare" in found.reason


def test_a_curve_by_hand():
    """Of ten inbound leads of 5 January two are SQL after 2 weeks, one after 4, one lost after 3.

    All were followed to the end, so Wilson's published .0567 to .5098 of 2 in 10 stands. Of the
    four that were screened two are SQL after 2 weeks, three after 4; the others are unknown.
    """
    day = "2026-01-05"
    became = [{"sql_at": weeks_after(day, 2)}] * 2 + [
        {"sql_at": weeks_after(day, 4)},
        {"lost_at": weeks_after(day, 3)},
    ]
    leads = [lead(day, **rest) for rest in became + [{}] * 6] + [lead(day, "outbound")] * 5
    curves = pt.conversion(clinic(leads))
    inbound = curves[curves["direction"] == "inbound"]
    assert inbound["weeks"].tolist() == [0, 2, 4]
    assert inbound["estimate"].tolist() == pytest.approx([0, 2 / 4, 3 / 4])
    assert inbound.loc[1, ["ci_low", "ci_high"]].tolist() == pytest.approx(
        [0.0567 / 0.4, 1], abs=3e-4
    )
    assert set(curves["direction"]) == {"inbound"}


def test_curves_agree_with_the_rate_at_the_horizon():
    tables = clinic_tables(SAMPLE, 4, as_of=pd.Timestamp(AS_OF))
    for side, curve in pt.conversion(tables).groupby("direction"):
        found = rate(tables.leads[tables.leads["direction"] == side], END)
        at_horizon = curve[curve["weeks"] <= 13]["estimate"].iloc[-1]
        assert at_horizon == pytest.approx(found.value)
