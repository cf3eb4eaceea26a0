"""Claims on clinics with known truth: a clinic may say less than the truth, never its opposite."""

from dataclasses import replace

import pytest
from statsmodels.stats.multitest import multipletests

from lab.simulate import EXPECTED, WORLDS, clinic_tables
from ptanalysis.claims import judge

OPPOSITE = {"supported": "contradicted", "contradicted": "supported"}
TOLD = {"supported", "contradicted"}


@pytest.fixture(scope="module", params=["ARTICLE", "REVERSED"])
def plenty(request):
    """Twelve clinics of a world in which the truth is known: enough to tell, in two seconds."""
    return request.param, judge(clinic_tables(replace(WORLDS[request.param], clinics=12), seed=1))


def test_with_enough_data_judge_says_what_is_true(plenty):
    """The world's parameters say so: every claim in ARTICLE, none in REVERSED but the gap."""
    world, found = plenty
    assert {each.id: each.verdict for each in found} == EXPECTED[world]


def test_holm_is_statsmodels_over_the_seven_primaries(plenty):
    _, found = plenty
    primary = [each for each in found if each.primary]
    _, adjusted, _, _ = multipletests([each.estimate.p_value for each in primary], method="holm")
    assert len(primary) == 7
    assert [each.p_adjusted for each in primary] == pytest.approx(list(adjusted))
    assert {each.p_adjusted for each in found if not each.primary} == {None}


@pytest.mark.parametrize("world", ["ARTICLE", "REVERSED"])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_no_verdict_is_the_opposite_of_the_truth(world, seed):
    found = {each.id: each.verdict for each in judge(clinic_tables(WORLDS[world], seed=seed))}
    assert not {name for name, told in found.items() if told == OPPOSITE[EXPECTED[world][name]]}


@pytest.mark.parametrize("world", ["SPARSE", "UNIDENTIFIABLE"])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_gated_claims_are_never_told(world, seed):
    gated = {name for name, told in EXPECTED[world].items() if told not in TOLD}
    found = judge(clinic_tables(WORLDS[world], seed=seed))
    assert gated
    assert not {each.id for each in found if each.id in gated and each.verdict in TOLD}


def test_a_family_of_false_claims_is_rarely_told():
    """Both sides alike, 45 leads a month: over 3 of 20 clinics would be 16 in 1,000 at 5%.

    The whole run, 1,000 clinics: 2.8% (1.9 to 4.0). What is left of outbound is not null there.
    """
    open_ = {name for name, told in EXPECTED["NULL"].items() if told not in TOLD}
    open_ -= {"outbound_ends_with_campaign"}
    wrong = sum(
        any(
            each.primary and each.id in open_ and each.verdict in TOLD
            for each in judge(clinic_tables(WORLDS["NULL"], seed=seed))
        )
        for seed in range(60_000, 60_020)
    )
    assert wrong <= 3
