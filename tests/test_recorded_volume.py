"""Notebook 1 records what findings.json holds, and its cells follow an analyst's edits."""

import pandas as pd
import pytest

import ptanalysis as pt
from ptanalysis.metrics.clinic_facts import FrameError
from ptanalysis.stats.estimate import Estimates
from tests import engine_answers as collect
from tests import small_clinic
from tests.notebook_cells import run_cells
from tests.small_clinic import lead
from tests.test_empty_clinics import clinic, with_ledger


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


@pytest.mark.parametrize("name", ["no lead", "one lead"])
def test_it_runs_where_there_is_next_to_nothing(name, monkeypatch):
    assert len(volume_of(run_cells("1-lead", clinic(name), monkeypatch)))


def small():
    """Two leads by mail (one of a campaign called spring), one by search, in one quarter."""
    mail = {"campaign": "spring", "channel": "direct_mail"}
    return with_ledger(
        small_clinic.clinic(
            [
                lead("2026-04-07", "outbound", **mail),
                lead("2026-04-08", "outbound", **mail | {"campaign": "fall"}),
                lead("2026-04-09", "inbound", channel="seo"),
            ]
        )
    )


def test_a_campaign_left_out_is_left_out_of_every_count(monkeypatch):
    edits = [(".assuming()", '.assuming(excluded_campaigns=["spring"])')]
    names = run_cells("1-lead", small(), monkeypatch, edits=edits)
    counts = names["groups"].set_index("group")["estimate"].to_dict()
    assert counts == {"direct_mail": 1, "seo": 1}


def test_another_grouping_is_one_edit(monkeypatch):
    names = run_cells("1-lead", small(), monkeypatch, [('by = "channel"', 'by = "direction"')])
    counts = names["groups"].set_index("group")["estimate"].to_dict()
    assert counts == {"outbound": 2, "inbound": 1}
    found = volume_of(names)
    assert [each.group for each in found.each() if each.id == "leads"] == ["outbound", "inbound"]


def test_another_quarter_to_compare_with_is_recorded_under_its_name(sample, monkeypatch):
    edit = ("before = opened.quarter.previous()", "before = opened.quarter.previous(2)")
    found = volume_of(run_cells("1-lead", sample, monkeypatch, [edit]))
    assert "change_from_2025Q4" in set(found["measure"])
    assert "change_from_previous_quarter" not in set(found["measure"])


def test_a_misspelt_grouping_is_told_the_words_there_are(sample):
    with pytest.raises(FrameError, match="'direction', 'channel', 'campaign'"):
        pt.count(sample, by="chanel")
