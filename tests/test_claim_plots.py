"""Plots of claims, shares and dots: what they say in words, and next to nothing to draw."""

import pandas as pd
import pytest

import ptanalysis as pt

COSTS = {
    "statement": "Outbound costs more",
    "verdict": "supported",
    "estimate": 2.0,
    "ci_low": 1.5,
    "ci_high": 3.0,
    "unit": "ratio",
    "n": 40,
    "margin": 1.25,
    "reason": "",
}
ENDS = COSTS | {"statement": "It ends", "verdict": "cannot_tell", "margin": 0.25}
ENDS |= {"estimate": 0.07, "ci_low": 0.03, "ci_high": 0.2}
UNKNOWN = COSTS | dict.fromkeys(("estimate", "ci_low", "ci_high"))
UNKNOWN |= {
    "statement": "It lasts",
    "verdict": "not_testable",
    "unit": "weeks",
    "reason": "no stop",
}


def test_a_claim_is_drawn_in_the_unit_of_its_number():
    drawn = pt.plot.verdicts(pd.DataFrame([COSTS, ENDS, UNKNOWN]), "One of three")
    assert drawn.alt == (
        "Outbound costs more: supported, 2.00 times (1.50 to 3.00). "
        "It ends: cannot tell yet, 7% (3 to 20%). It lasts: not judged."
    )
    labels = [ax.get_xlabel() for ax in drawn.figure.axes]
    assert labels == [
        "Times as much",
        "Share of the weekly leads that is left",
        "Difference in weeks",
    ]


def test_an_open_end_is_said_and_not_drawn():
    drawn = pt.plot.verdicts(pd.DataFrame([COSTS | {"ci_high": None, "reason": "no SQL"}]), "x")
    assert "2.00 times (at least 1.50 times)" in drawn.alt


def test_choices_are_counted_in_words():
    rows = [
        ("a", "reported", "supported"),
        ("a", "last", "cannot_tell"),
        ("b", "reported", "supported"),
    ]
    frame = pd.DataFrame(rows, columns=["claim", "choice", "verdict"])
    drawn = pt.plot.choices(frame, "One changes", x="choice", y="claim")
    assert drawn.alt == "a: supported under 1 and cannot tell yet under 1; b: supported under 1"


def test_shares_by_row_are_said_with_their_range():
    table = pd.DataFrame({"2025Q1": [0.2, None], "2025Q2": [0.6, None]}, index=["named", "young"])
    assert pt.plot.heatmap(table, "Named more often").alt == "named: 20% to 60%"


def test_dots_are_said_with_their_group():
    frame = pd.DataFrame({"share": [0.95, 0.93], "claim": "a", "truth": ["all true", "none"]})
    drawn = pt.plot.dots(frame, "Held", x="share", y="claim", hue="truth", band=(0.93, 0.97))
    assert drawn.alt == "a: 95.0% all true and 93.0% none"


@pytest.mark.parametrize(
    "draw",
    [
        lambda: pt.plot.verdicts(pd.DataFrame(columns=list(COSTS)), "None"),
        lambda: pt.plot.choices(pd.DataFrame(columns=["x", "y", "verdict"]), "None", x="x", y="y"),
        lambda: pt.plot.heatmap(pd.DataFrame(), "None"),
        lambda: pt.plot.dots(pd.DataFrame(columns=["x", "y"]), "None", x="x", y="y"),
    ],
)
def test_nothing_is_drawn_of_nothing(draw):
    assert draw()._repr_mimebundle_()[0]["text/plain"].startswith("None\n")
