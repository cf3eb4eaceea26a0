"""A file with one fault is never loaded wrongly without a word, and the row is named.

The faults and their judge are those of lab/benchmarks/reader_pollution.py, which runs them all.
"""

from __future__ import annotations

import random

import pytest

from lab.benchmarks.reader_pollution import Ours, clean_files, judge
from lab.benchmarks.reader_pollutions import pollutions
from ptanalysis.intake.read import csv_grammar

FILES = clean_files()
OUT_OF_REACH = "inside a quoted value"


@pytest.fixture(scope="module")
def ours(tmp_path_factory):
    return Ours(tmp_path_factory.mktemp("polluted"))


def test_the_sample_gives_its_six_kinds_of_files():
    assert len(FILES) == 7


@pytest.mark.parametrize("name", FILES)
def test_no_silent_error_and_the_row_named(name, ours):
    text = FILES[name]
    truth, before = ours.read(text)
    assert truth
    rows = range(1, text.count("\n") + 1)
    every = [found for found in pollutions(text, tuple(rows)) if found.kind != OUT_OF_REACH]
    chosen = random.Random(name).sample(every, 25)
    named = 0
    for polluted in chosen:
        values, problems = ours.read(polluted.text)
        said = problems - before
        assert said or values == truth, f"silent: {polluted.kind} in row {polluted.row}"
        named += any(row == polluted.row for _, row in said)
    assert named >= 0.95 * len(chosen)


@pytest.mark.parametrize("name", FILES)
def test_every_position_of_every_row_by_the_grammar_alone(name):
    """All positions below the header: what is loaded is true, and what is not is in its row."""
    text = FILES[name]
    width = len(text.split("\n", 1)[0].split(","))
    truth = _records(text, width)[0]
    for polluted in pollutions(text, tuple(range(2, text.count("\n") + 1))):
        if polluted.kind == OUT_OF_REACH:
            continue
        records, bad = _records(polluted.text, width)
        assert polluted.row in bad, f"{polluted.kind} in row {polluted.row}"
        assert records == {row: cells for row, cells in truth.items() if row not in bad}


def _records(text: str, width: int) -> tuple[dict[int, list[str]], set[int]]:
    found = csv_grammar.split(text.split("\n"), ",", row=1, width=width, last=True)
    records = dict(zip(found.rows, csv_grammar.cut(found.texts, ","), strict=True))
    return records, {bad.row for bad in found.bad}


def test_the_judge_sees_a_reader_that_is_silent():
    """Negative control: pandas pads a record that is too short, DuckDB reads one column, unsaid."""
    table = judge({"two": "inquiry_id,received_at,source\n1,2026-01-05,Web\n"})
    assert table.loc["delimiter missing", "pandas silent"] > 0
    assert table.loc["delimiter added", "DuckDB silent"] > 0
    assert table["ptanalysis silent"].sum() == 0
