"""Claims: every branch of the rules on hand-made estimates, Holm and TOST by hand."""

from dataclasses import replace
from math import log, sqrt

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests

from ptanalysis.claims import holm, load_claims
from ptanalysis.claims.more_data import ONE_CLINIC, deciding_level, needs
from ptanalysis.claims.verdict_rules import decide, evidence, material
from ptanalysis.claims.verdicts import primary_p_values
from ptanalysis.definitions import load_config
from ptanalysis.stats import Estimate
from ptanalysis.stats.scales import Scaled

CLAIMS = load_claims()
COST = CLAIMS["outbound_costs_more_per_sql"]
ENDS = CLAIMS["outbound_ends_with_campaign"]
GROWS = CLAIMS["inbound_lasts_and_grows"]
SHARE = CLAIMS["inbound_leads_more_often_sql"]
GAP = CLAIMS["mql_sql_gap_differs"]


def normal(value, se, *, claim=SHARE, null=None, level=0.95, reason=""):
    """An estimate whose interval and p come from the normal, on the claim's scale."""
    scale = "log" if claim.is_ratio else "identity"
    at = log(value) if claim.is_ratio else value
    return Scaled(at, se, float("inf"), 12, scale).estimate(
        null=claim.null if null is None else null,
        confidence_level=level,
        unit=claim.unit,
        n=100,
        method="by hand",
        reason=reason,
    )


def verdict(claim, *parts, p_adjusted=None, se=None):
    if p_adjusted is None:
        p_adjusted = evidence(claim, parts).p_value
    narrower = normal(parts[0].value, se or parts[0].se, claim=claim, level=0.90)
    return decide(claim, parts, p_adjusted, narrower=lambda: narrower)


@pytest.mark.parametrize(
    ("claim", "value", "se", "said"),
    [
        # z = .12 / .04 = 3 and .02 / .04 = .5; 90% half-width 1.645 se
        (SHARE, 0.12, 0.04, "supported"),
        (SHARE, -0.12, 0.04, "contradicted"),
        (SHARE, 0.02, 0.04, "cannot_tell"),
        (SHARE, 0.01, 0.02, "no_material_difference"),  # 90%: -.023 to .043
        (SHARE, 0.02, 0.02, "cannot_tell"),  # 90%: -.013 to .053, past .05
        (COST, 2.0, 0.2, "supported"),  # ln 2 / .2 = 3.5
        (COST, 0.5, 0.2, "contradicted"),
        (COST, 1.0, 0.1, "no_material_difference"),  # 90%: .85 to 1.18, inside .8 to 1.25
        (COST, 1.0, 0.2, "cannot_tell"),  # 90%: .72 to 1.39
        (ENDS, 0.05, 0.08, "supported"),  # 95%: -.107 to .207, below .25
        (ENDS, 0.60, 0.10, "contradicted"),  # 95%: .404 to .796
        (ENDS, 0.20, 0.08, "cannot_tell"),  # 95%: .043 to .357
        (GAP, 0.12, 0.04, "supported"),
        (GAP, -0.12, 0.04, "supported"),  # "differs" claims no side
        (GAP, 0.01, 0.02, "no_material_difference"),
    ],
)
def test_each_branch_by_hand(claim, value, se, said):
    assert verdict(claim, normal(value, se, claim=claim)) == said


def test_holm_can_take_a_verdict_away_but_no_claim_is_immaterial_for_it():
    found = normal(0.12, 0.05)  # p = .016
    assert verdict(SHARE, found) == "supported"
    assert verdict(SHARE, found, p_adjusted=0.11) == "cannot_tell"


def test_what_a_gate_refuses_is_not_judged_whatever_the_number_says():
    strong = normal(0.30, 0.01)
    assert verdict(SHARE, replace(strong, reason="only 2 campaigns")) == "not_testable"
    small = normal(0.0, 0.01, reason="only 2 campaigns")
    assert verdict(SHARE, small) == "not_testable"  # not even "no material difference"
    described = replace(strong, ci_low=None, ci_high=None, p_value=None, reason="5 patients")
    assert decide(SHARE, [described], None, narrower=pytest.fail) == "not_testable"
    refused = Estimate.not_identified("spend never stops", unit="ratio")
    assert decide(ENDS, [refused], None, narrower=pytest.fail) == "not_testable"
    one_sided = replace(strong, ci_high=None, p_value=None, reason="no event in an arm")
    assert decide(SHARE, [one_sided], None, narrower=pytest.fail) == "not_testable"


@pytest.mark.parametrize(
    ("grows", "lasts", "said", "p"),
    [
        # (value, z against its null): p = 2 sf(z)
        ((1.3, 3.0), (1.1, 2.5), "supported", 2 * stats.norm.sf(2.5)),
        ((1.3, 3.0), (0.85, 1.0), "cannot_tell", 2 * stats.norm.sf(1.0)),
        ((0.7, 3.0), (1.1, 4.0), "contradicted", 4 * stats.norm.sf(3.0)),
        ((1.3, 4.0), (0.5, 3.0), "contradicted", 4 * stats.norm.sf(3.0)),
        ((0.7, 2.1), (1.1, 4.0), "cannot_tell", 4 * stats.norm.sf(2.1)),  # .036 twice
    ],
)
def test_both_must_hold_and_either_refutes(grows, lasts, said, p):
    parts = [
        normal(value, abs(log(value / null)) / z, claim=GROWS, null=null)
        for (value, z), null in zip((grows, lasts), (1.0, 0.8), strict=True)
    ]
    assert evidence(GROWS, parts).p_value == pytest.approx(p)
    assert verdict(GROWS, *parts) == said


def test_one_part_not_judged_leaves_the_claim_not_judged():
    good = normal(1.5, 0.05, claim=GROWS)
    capped = normal(1.1, 0.05, claim=GROWS, null=0.8, reason="only 3 assets")
    assert verdict(GROWS, good, capped, p_adjusted=0.001) == "not_testable"


def test_holm_by_hand():
    # sorted p times 4, 3, 2, 1, then never falling: .04, .06, .06, .06
    adjusted = holm({"a": 0.01, "b": 0.02, "c": 0.03, "d": 0.04})
    assert list(adjusted.values()) == pytest.approx([0.04, 0.06, 0.06, 0.06])
    assert holm({}) == {}


@settings(max_examples=15, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holm_against_another_implementation(p_values):
    expected = multipletests(p_values, method="holm")[1]
    assert list(holm(dict(enumerate(p_values))).values()) == pytest.approx(list(expected))


def test_inside_the_margin_is_no_material_amount():
    """A margin of 5 points, .05 as held; of 1.25 times; each interval clear of no difference."""
    for claim, low, value, high, said in [
        (SHARE, 0.01, 0.02, 0.03, False),
        (SHARE, -0.03, -0.02, -0.01, False),
        (SHARE, 0.06, 0.08, 0.10, True),
        (SHARE, -0.10, -0.08, -0.06, True),
        (COST, 1.05, 1.10, 1.20, False),
        (COST, 0.85, 0.90, 0.95, False),
        (COST, 0.60, 0.70, 0.79, True),  # past 1 / 1.25 = .8
    ]:
        found = replace(normal(value, 0.01, claim=claim), ci_low=low, ci_high=high)
        assert material(claim, found) is said


def test_holm_runs_over_the_primaries_that_no_gate_stops():
    """Seven of the ten are primary; of these a gate stops one and another has no interval."""
    p_values = {
        "outbound_costs_more_per_sql": 0.010,
        "outbound_costs_more_per_lead": 0.001,
        "outbound_costs_more_per_patient": 0.002,
        "outbound_ends_with_campaign": 0.020,
        "inbound_outlasts_outbound": 0.003,
        "inbound_slower_to_start": 0.030,
        "inbound_lasts_and_grows": 0.012,
        "inbound_leads_more_often_sql": 0.040,
        "mql_sql_gap_differs": 0.004,
        "inbound_higher_roi": 0.005,
    }
    assert set(p_values) == set(CLAIMS)
    value = {"larger": 1.5, "smaller": 0.1, "either": 1.5}
    parts = {
        name: tuple(
            replace(normal(value[claim.claims], 0.1, claim=claim), p_value=p_values[name] / part)
            for part, _ in enumerate(claim.nulls, 1)
        )
        for name, claim in CLAIMS.items()
    }
    (gap,), (ratio,) = parts["mql_sql_gap_differs"], parts["inbound_higher_roi"]
    parts["mql_sql_gap_differs"] = (replace(gap, reason="only 4 clusters"),)
    parts["inbound_higher_roi"] = (
        replace(ratio, ci_low=None, ci_high=None, p_value=None, reason="fewer than 5 patients"),
    )
    found = primary_p_values(CLAIMS, parts)
    # Growth and lasting must both hold: the larger of .012 and .006.
    assert found == {
        "outbound_costs_more_per_sql": 0.010,
        "outbound_ends_with_campaign": 0.020,
        "inbound_slower_to_start": 0.030,
        "inbound_lasts_and_grows": 0.012,
        "inbound_leads_more_often_sql": 0.040,
    }
    # Five, four, three, two times and once: .05, .048 (no less than the one before), .06, .06, .04.
    assert holm(found) == pytest.approx(
        {
            "outbound_costs_more_per_sql": 0.05,
            "inbound_lasts_and_grows": 0.05,
            "outbound_ends_with_campaign": 0.06,
            "inbound_slower_to_start": 0.06,
            "inbound_leads_more_often_sql": 0.06,
        }
    )


def test_material_means_past_the_margin_at_95_percent():
    assert material(SHARE, normal(0.12, 0.03))  # .061 to .179
    assert not material(SHARE, normal(0.12, 0.04))  # .042 to .198
    assert material(SHARE, normal(-0.12, 0.03))
    assert material(COST, normal(0.5, 0.2, claim=COST))  # .34 to .74, below .8
    assert material(ENDS, normal(0.05, 0.08, claim=ENDS))  # its line is its margin


@given(
    st.sampled_from([SHARE, COST, ENDS, GAP]),
    st.floats(0.02, 3),
    st.floats(0.01, 1),
    st.floats(1.01, 5),
    st.sampled_from([1, -1]),
)
def test_a_wider_interval_never_tells_more(claim, value, se, wider, side):
    value = value**side if claim.is_ratio else side * value
    narrow = verdict(claim, normal(value, se, claim=claim))
    wide = verdict(claim, normal(value, se * wider, claim=claim))
    told = {"supported", "contradicted"}
    assert wide not in told or wide == narrow
    assert wide != "no_material_difference" or narrow in {wide, *told}


@given(st.floats(-1, 1), st.floats(0.005, 0.5))
def test_swapping_the_sides_swaps_the_verdict(value, se):
    assume(abs(value) > 1e-6)
    swapped = {"supported": "contradicted", "contradicted": "supported"}
    said, other = (verdict(SHARE, normal(sign * value, se)) for sign in (1, -1))
    assert other == swapped.get(said, said)


@given(st.floats(-0.2, 0.2), st.floats(0.002, 0.1))
def test_immaterial_is_two_one_sided_tests_at_5_percent(value, se):
    above, below = (value + 0.05) / se, (0.05 - value) / se
    both = min(above, below) > stats.norm.isf(0.05)
    told = verdict(SHARE, normal(value, se), p_adjusted=1.0)
    assert (told == "no_material_difference") == both


def test_needs_gives_the_figures():
    # Bloom: (1.96 + .842) * .035 = .0981; (.0981 / .05)^2 = 3.846 times the data
    text = needs(SHARE, normal(0.02, 0.035), weeks=50)
    assert "a difference of 9.81 points or more (4 times in 5)" in text
    assert "about 285 more screened leads (35 more" in text  # 100 x 2.8458, 12 x 2.8458
    assert "143 weeks" in text
    assert text.endswith("would show a difference of 5 points, 4 times in 5")
    at_a_seventh = needs(SHARE, normal(0.02, 0.035), weeks=50, alpha=0.05 / 7)
    assert "a difference of 12.4 points or more" in at_a_seventh  # (2.690 + .842) * .035
    assert at_a_seventh.endswith(ONE_CLINIC)


def test_the_level_that_decides_is_holm_s_with_the_others_as_they_are():
    """Seven claims, two of them surely decided: five are left, and .05 / 5 decides the next."""
    others = {"a": 1e-4, "b": 1e-3, **dict.fromkeys("cdef", 0.5)}
    assert deciding_level("mine", others | {"mine": 0.3}) == pytest.approx(0.01)
    assert deciding_level("mine", {"mine": 0.3}) == pytest.approx(0.05)
    assert deciding_level("mine", dict.fromkeys("abcdef", 0.02) | {"mine": 1.0}) == (
        pytest.approx(0.05 / 7)
    )


def test_what_is_out_of_a_clinic_s_reach_is_not_advised():
    far = needs(SHARE, normal(0.02, 0.035), weeks=55)  # 2.85 x 55 = 156.5 weeks more
    assert far.endswith(ONE_CLINIC)
    assert "pool several clinics" in far
    assert "about" not in far


def test_more_is_named_by_what_the_estimate_counts():
    """20 units, twice the data and a little for t: 21 more of them, which are the clusters too."""
    se = log(1.1) / 2.801585 * sqrt(2)
    stops = normal(1.0, se, claim=GROWS)
    text = needs(GROWS, replace(stops, n=20, clusters=20), weeks=50)
    assert "about 21 more assets (51 weeks at the same pace) would" in text
    assert CLAIMS["outbound_ends_with_campaign"].counts == "stopped campaigns"
    assert CLAIMS["inbound_outlasts_outbound"].counts == "stopped campaigns"


def test_a_clear_range_among_many_claims_says_so():
    assert "many claims" in needs(SHARE, normal(0.3, 0.01), weeks=50)


def test_needs_works_from_the_interval_where_there_is_no_standard_error():
    found = normal(0.02, 0.05)
    bare = replace(found, se=None, df=None, scale="")
    assert needs(SHARE, bare, weeks=50) == needs(SHARE, found, weeks=50)


def test_the_clinic_s_own_margin_replaces_ours():
    own = load_config(None).model_copy(update={"margins": {COST.id: 1.5, ENDS.id: 0.4}})
    claims = load_claims(own)
    assert claims[COST.id].band == (pytest.approx(1 / 1.5), 1.5)
    assert claims[ENDS.id].null == 0.4  # threshold and margin are one
    assert "0.4" in claims[ENDS.id].rule
    with pytest.raises(ValueError, match="a ratio above 1"):
        load_claims(own.model_copy(update={"margins": {COST.id: 0.9}}))
    with pytest.raises(ValueError, match="above 0"):
        load_claims(own.model_copy(update={"margins": {SHARE.id: 0.0}}))


def test_every_rule_names_its_figures():
    assert "1.25" in COST.rule
    assert "above 1," in COST.rule
    assert "below 0.25" in ENDS.rule
    assert "0.8" in GROWS.rule
    assert "either direction" in GAP.rule
    assert "Holm" not in CLAIMS["outbound_costs_more_per_lead"].rule


def test_needs_names_the_part_that_is_open():
    from ptanalysis.claims.more_data import hardest

    grown, waning = normal(1.5, 0.1, claim=GROWS), normal(0.85, 0.2, claim=GROWS, null=0.8)
    claim, part = hardest(GROWS, (grown, waning))
    assert part is waning
    # Lasting is judged by 0.80, a quarter below no change on the scale of ratios.
    assert (claim.null, claim.margin) == (1, pytest.approx(1.25))
    assert hardest(GROWS, (waning, grown))[0] is GROWS
    assert hardest(SHARE, (grown,)) == (SHARE, grown)
