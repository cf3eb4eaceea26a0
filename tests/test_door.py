"""The door: ``import ptanalysis as pt`` shows the whole tool, and says what is allowed."""

import pandas as pd
import pytest

import ptanalysis as pt
from ptanalysis.definitions import REPORT_VARIABLE
from ptanalysis.display import report_files
from ptanalysis.display.report_files import RecordError, recorded_in
from ptanalysis.stats import Estimate, wilson

RATE = wilson(15, 60).labelled("sql_rate", "quality", "inbound")
UNKNOWN = Estimate.not_identified("no lead was screened", unit="share", id="sql_rate")


def test_every_name_of_the_door_is_there_and_documented():
    for name in pt.__all__:
        assert getattr(pt, name).__doc__, name
    assert set(dir(pt)) == set(pt.__all__)


def test_a_name_that_is_not_there_is_answered_with_those_that_are():
    with pytest.raises(AttributeError, match=r"has no .laod.; it has .*load"):
        pt.laod  # noqa: B018


def test_estimates_keep_every_number_through_a_table():
    found = pt.Estimates.of([RATE, UNKNOWN])
    back = found.each()
    assert (back[0].value, back[0].ci_low, back[0].n) == (0.25, RATE.ci_low, 60)
    assert back[1].value is None
    assert back[1].reason == "no lead was screened"
    assert isinstance(pd.concat([found, found]), pt.Estimates)


def test_estimates_show_themselves_in_words_and_a_part_of_them_as_pandas_does():
    found = pt.Estimates.of([RATE, UNKNOWN])
    assert "25%" in found._repr_html_()
    assert "no lead was screened" in found._repr_html_()
    assert found._repr_html_() == pt.Estimates.of([RATE, UNKNOWN])._repr_html_()
    assert "25%" in repr(found)
    assert "0.25" in repr(found[["group", "estimate"]])


def test_a_name_in_a_table_is_text_and_not_markup():
    named = wilson(15, 60).labelled("sql_rate", "quality", "<b>Spring & Co</b>")
    assert "&lt;b&gt;Spring" in pt.Estimates.of([named])._repr_html_()


def test_what_is_recorded_is_read_back_as_it_was(tmp_path, monkeypatch):
    monkeypatch.setenv(REPORT_VARIABLE, str(tmp_path))
    monkeypatch.setenv(report_files.NOTEBOOK_VARIABLE, "2-quality")
    pt.record(pt.Estimates.of([RATE, UNKNOWN]), "quality")
    pt.record("**27%** of them", "answer")
    found = recorded_in(tmp_path / "recorded")
    assert found.answers == {"2-quality": "**27%** of them"}
    assert [each.question for each in found.estimates] == ["quality", "quality"]
    assert found.estimates[0].ci_low == RATE.ci_low
    assert found.estimates[1].reason == "no lead was screened"


@pytest.mark.parametrize("bad", [("x", "volumes"), (pd.DataFrame(), "volume")])
def test_what_cannot_be_recorded_is_told_what_can(bad):
    with pytest.raises(RecordError, match=r"recorded as"):
        pt.record(*bad)


def test_a_figure_of_ones_own_is_shown_once_with_its_words():
    ax = pd.Series([1, 2]).plot()
    drawn = pt.figure(ax, "It rises", alt="From 1 to 2.")
    data, metadata = drawn._repr_mimebundle_()
    assert data["text/plain"] == "It rises\nFrom 1 to 2."
    assert metadata["image/png"]["alt"] == "It rises. From 1 to 2."


def test_intervals_say_in_words_what_they_draw():
    drawn = pt.plot.intervals(pt.Estimates.of([RATE, UNKNOWN]), "A quarter qualified")
    assert "Inbound 25%" in drawn.alt
    assert "no lead was screened" in drawn.alt


def test_a_clinic_says_what_is_known_of_it():
    said = repr(pt.load("sample", "2026Q2"))
    assert said.startswith("sample, 2026Q2")
    assert "1,291 since January 2024" in said


def test_several_clinics_are_one_table_with_both_names():
    both = pt.load(["sample", "sample"], "2026Q2")
    one = pt.load("sample", "2026Q2")
    assert len(both.leads) == 2 * len(one.leads)
    assert both.ledger["rows_in"] == 2 * one.ledger["rows_in"]


def test_the_weeks_of_the_money_are_those_of_its_notebook(tmp_path):
    """A change in one notebook: the page names the weeks that its money was counted in."""
    (tmp_path / "1-a.jsonl").write_text('{"kind": "weeks", "found": "26"}\n', "utf-8")
    money = '{"kind": "money", "found": {"columns": ["spend"], "data": [[5.0]]}}\n'
    (tmp_path / "3-b.jsonl").write_text(money + '{"kind": "weeks", "found": "8"}\n', "utf-8")
    (tmp_path / "4-c.jsonl").write_text('{"kind": "weeks", "found": "26"}\n', "utf-8")
    assert recorded_in(tmp_path).weeks == 8
    (tmp_path / "3-b.jsonl").unlink()
    assert recorded_in(tmp_path).weeks is None
