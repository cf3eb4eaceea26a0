"""Notebook 1 records what findings.json holds, and its cells follow an analyst's edits."""

import pandas as pd
import pytest

import ptanalysis as pt
from ptanalysis.report import collect
from ptanalysis.stats.estimates_frame import Estimates
from tests.notebook_cells import run_cells


@pytest.fixture(scope="module")
def sample():
    return pt.load("sample", "2026Q2")


def volume_of(names):
    (found,) = [found for kind, found in names["recorded"] if kind == "volume"]
    return found


def test_the_notebook_records_what_findings_json_holds(sample, monkeypatch):
    found = volume_of(run_cells("1-lead", sample, monkeypatch))
    pd.testing.assert_frame_equal(
        pd.DataFrame(found), pd.DataFrame(Estimates.of(collect._volume(sample))), rtol=1e-9
    )


def test_its_counts_are_those_of_pandas(sample, monkeypatch):
    names = run_cells("1-lead", sample, monkeypatch)
    counted = names["now"].groupby("channel").size()
    assert names["groups"].set_index("group")["estimate"].to_dict() == counted.to_dict()
    assert names["data"].ledger["rows_in"] == names["fates"]["inquiries"].sum()
