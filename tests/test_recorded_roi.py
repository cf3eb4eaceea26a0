"""Notebook 3 records for the page what the engine answers when it is asked directly."""

from __future__ import annotations

import pandas as pd
import pytest

import ptanalysis as pt
from tests import engine_answers as collect
from tests.notebook_cells import run_cells


@pytest.fixture(scope="module")
def sample():
    return pt.load("sample", "2026Q2")


@pytest.fixture(scope="module")
def names(sample):
    with pytest.MonkeyPatch.context() as patch:
        return run_cells("3-", sample, patch)


def recorded(names, question) -> pd.DataFrame:
    frames = [pd.DataFrame(found) for kind, found in names["recorded"] if kind == question]
    return pd.concat(frames, ignore_index=True)


@pytest.mark.parametrize(("question", "ask"), [("roi", collect._return), ("decay", collect._decay)])
def test_what_is_recorded_is_what_the_engine_answers(names, sample, question, ask):
    direct = pd.DataFrame(pt.Estimates.of(ask(sample)))
    pd.testing.assert_frame_equal(recorded(names, question), direct, rtol=1e-9, atol=1e-12)


def test_the_short_answer_is_recorded_once(names):
    (answer,) = [text for kind, text in names["recorded"] if kind == "answer"]
    assert "ROI within 26 weeks" in answer


def test_costs_counted_in_the_cells_are_the_engine_s(names):
    assert names["sums"]["cost_per_sql"].to_dict() == pytest.approx(
        {side: _value(names["costs"], "cost_per_sql", side) for side in names["sides"]}
    )
    assert names["money"]["roi"].to_dict() == pytest.approx(
        {side: _value(names["returns"], "roi", side) for side in names["sides"]}
    )


def test_persistence_and_waits_counted_in_the_cells_are_the_engine_s(names):
    lift = names["lift"]
    assert (lift["after"] / lift["during"])["outbound"] == pytest.approx(
        _value(names["left"], "persistence", "outbound")
    )
    mean = names["capped"].groupby("direction")["weeks"].mean()
    assert mean["inbound"] - mean["outbound"] == pytest.approx(names["wait"]["estimate"].iloc[0])


def _value(found, measure: str, group: str) -> float:
    (row,) = found[(found["measure"] == measure) & (found["group"] == group)].itertuples()
    return row.estimate
