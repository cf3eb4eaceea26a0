"""Notebook 4 shows the verdicts that findings.json holds, and its numbers can be recomputed."""

from __future__ import annotations

import pytest

import ptanalysis as pt
from ptanalysis import claims
from ptanalysis.claims.verdict_tables import claim_records
from tests import engine_answers, small_clinic
from tests.notebook_cells import run_cells


@pytest.fixture(scope="module")
def sample():
    return pt.load("sample", "2026Q2")


@pytest.fixture(scope="module")
def names(sample):
    with pytest.MonkeyPatch.context() as monkeypatch:
        return run_cells("4-can-we-trust-this", sample, monkeypatch)


def test_the_verdicts_recorded_are_those_that_are_judged(sample, names):
    kinds = [kind for kind, _ in names["recorded"]]
    assert kinds == ["claims", "answer", "assumed", "weeks"]
    recorded = claim_records(names["recorded"][0][1], sample.config)
    judged = engine_answers.records(sample, claims.judge(sample, grid=pt.choices(sample)))
    for row, own in zip(recorded, judged, strict=True):
        for field, value in own.items():
            plain = isinstance(value, str | bool | None | dict)
            assert row[field] == (value if plain else pytest.approx(value, 1e-9)), field


def test_screened_in_time_is_what_the_engine_counts(sample, names):
    shares = {each.group: each.value for each in pt.screening(sample).each() if "share" in each.id}
    assert names["coverage"]["screened in time"].to_dict() == pytest.approx(shares, rel=1e-9)


def test_how_many_choices_agree_is_what_the_grid_says(names):
    """For a decided claim the cells with its verdict are those that agree."""
    decided = names["main"].set_index("statement")
    judged = names["judged"].groupby("statement")["same"].agg(["sum", "size"])
    assert judged.loc[decided.index, "sum"].tolist() == decided["agrees"].tolist()
    assert judged.loc[decided.index, "size"].tolist() == decided["of"].tolist()


def test_warnings_count_every_row_once_and_the_gravest_first(sample):
    found = pt.warnings(sample)
    assert found["rows"].sum() == sum(problem.count for problem in sample.problems)
    assert found["severity"].is_monotonic_increasing
    assert set(found["code"]) == {problem.code for problem in sample.problems}


def test_what_would_mislead_is_a_warning_without_rows():
    rows = [small_clinic.lead("2025-03-03", "unknown") for _ in range(12)]
    found = pt.warnings(small_clinic.clinic(rows))
    assert set(found["code"]) == {"misleading"}
    assert found["rows"].isna().all()
    assert found["message"].str.contains("12 of 12 leads").sum() == 1
