"""What notebook 2 records is what the engine answers directly, and what pandas counts."""

import pandas as pd
import pytest

import ptanalysis as pt
from ptanalysis.stats.estimate import Estimates
from tests import engine_answers
from tests.notebook_cells import run_cells

KEY = ["measure", "group", "unit"]


@pytest.fixture(scope="module")
def sample():
    return pt.load("sample", "2026Q2")


@pytest.fixture(scope="module")
def ran(sample):
    with pytest.MonkeyPatch.context() as patch:
        return run_cells("2-", sample, patch)


def test_every_estimate_is_the_engine_s(ran, sample):
    found = pd.concat([each for kind, each in ran.recorded if kind == "quality"])
    direct = Estimates.of(engine_answers._quality(sample))
    ours, theirs = (
        pd.DataFrame(each).sort_values(KEY).reset_index(drop=True) for each in (found, direct)
    )
    pd.testing.assert_frame_equal(ours, theirs, rtol=1e-9)


def test_the_stages_are_the_engine_s(ran, sample):
    (stages,) = [each for kind, each in ran.recorded if kind == "stages"]
    direct = engine_answers.stages(sample)
    pd.testing.assert_frame_equal(stages[direct.columns], direct, check_dtype=False)


def test_the_shares_in_the_cells_are_the_estimates(ran):
    counted = ran["screened"].groupby("direction")["sql"].mean()
    said = ran["quality"].set_index("group")["estimate"]
    assert counted.to_dict() == pytest.approx(said.to_dict())
    assert ran["rates"].set_index("group")["estimate"].to_dict() == pytest.approx(said.to_dict())


def test_the_answer_is_recorded(ran):
    assert [kind for kind, _ in ran.recorded].count("answer") == 1
