"""Claims on clinics with known truth: a clinic may say less than the truth, never its opposite."""

import pytest

from ptanalysis.claims import judge
from ptanalysis.simulate import EXPECTED, WORLDS, clinic_tables

OPPOSITE = {"supported": "contradicted", "contradicted": "supported"}
TOLD = {"supported", "contradicted"}


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
