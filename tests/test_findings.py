"""Words, tables, figures and findings.json: formatting that never invents or hides a number."""

import csv
import json
import math
import re
from contextlib import nullcontext
from dataclasses import replace
from datetime import date
from pathlib import Path

import jsonschema
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from ptanalysis.definitions import REPORT_VARIABLE
from ptanalysis.display import escaping, numbers, phrases, style, words
from ptanalysis.display import notebook_output as display
from ptanalysis.display.drawing import Drawing, image
from ptanalysis.display.escaping import harmless, write_csv
from ptanalysis.report import findings_json
from ptanalysis.report.findings_json import EstimateRow, Ledger, schema
from ptanalysis.stats.estimate import Estimate
from tests import small_clinic

SCHEMA = json.loads(Path("docs/findings.schema.json").read_text("utf-8"))


def share(value, low, high, n=104, **more):
    return Estimate(
        value=value, ci_low=low, ci_high=high, unit="share", n=n, method="Wilson", **more
    )


def usd(value, low, high, **more):
    return Estimate(
        value=value, ci_low=low, ci_high=high, unit="usd_per_sql", n=12, method="t", **more
    )


# -- words -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (0.27, "share", "27%"),
        (0.031, "share", "3.1%"),
        (-0.11, "points", "−11 points"),
        (1234.4, "usd", "$1,234"),
        (-1234.4, "usd", "−$1,234"),
        (24, "usd", "$24"),
        (10, "usd", "$10"),
        (9.99, "usd", "$9.99"),
        (9.5, "usd_per_sql", "$9.50 per SQL"),
        (1.834, "ratio", "1.83 times"),
        (1.9, "roi", "190%"),
        (6.12, "weeks", "6.1 weeks"),
        (1204, "leads", "1,204 leads"),
    ],
)
def test_numbers_carry_their_unit(value, unit, said):
    assert numbers.number(value, unit) == said


def test_nothing_rounded_to_zero_keeps_a_minus():
    assert numbers.number(-0.0001, "points") == "0.0 points"


def test_phrase_holds_value_interval_and_n():
    assert phrases.phrase(share(0.27, 0.19, 0.36)) == "27% (19 to 36%; 104 leads)"


def test_one_end_open_is_said_with_its_reason():
    open_above = usd(400, 240, None, reason="one cluster holds every SQL")
    assert phrases.phrase(open_above, of="SQLs") == (
        "$400 per SQL (at least $240 per SQL; one cluster holds every SQL; 12 SQLs)"
    )
    at_least = usd(None, 240, None, reason="no SQL yet")
    assert phrases.phrase(at_least, of="SQLs").startswith("at least $240 per SQL")


def test_what_is_not_identified_gives_only_the_reason():
    assert phrases.phrase(Estimate.not_identified("no stop", unit="ratio")) == "not known: no stop"


def test_a_narrow_interval_is_not_rounded_into_a_point():
    assert phrases.phrase(share(0.1053, 0.0988, 0.1121, n=8000)) == (
        "10.5% (9.9 to 11.2%; 8,000 leads)"
    )


@given(
    st.floats(-50, 50),
    st.floats(0, 20),
    st.floats(0, 20),
    st.sampled_from(["ratio", "weeks", "points", "usd", "leads_per_week", "roi"]),
)
def test_phrases_are_never_causal_and_never_nan(middle, below, above, unit):
    said = phrases.phrase(
        Estimate(
            value=middle, ci_low=middle - below, ci_high=middle + above, unit=unit, n=5, method="t"
        )
    )
    assert "because" not in said
    assert "nan" not in said
    assert said.endswith("5 leads)")


def test_as_of_is_an_american_date():
    assert words.as_of(date(2026, 6, 30)) == "as of June 30, 2026"


# -- CSV -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@a", "\tx", "\r=1"])
def test_text_that_a_spreadsheet_would_run_is_quoted(text):
    assert harmless(text) == "'" + text


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("sign", [*"=+-@", "\uff1d"])
@pytest.mark.parametrize("between", [";", "; ", "\t", "\n", "\r\n", '";"', ""])
def test_no_country_s_spreadsheet_finds_a_formula(tmp_path, separator, sign, between):
    """Read by the rules of spreadsheets: a quote counts only at the start of a cell."""
    text = f"Spring{between}{sign}1+1" if between else f"{sign}1+1"
    write_csv(pd.DataFrame({"n": [1], text: [text]}), tmp_path / "x.csv")
    with (tmp_path / "x.csv").open(newline="", encoding="utf-8") as file:
        cells = [cell for row in csv.reader(file, delimiter=separator) for cell in row]
    assert len(cells) >= 2
    assert not [cell for cell in cells if cell.strip().startswith(sign)]


def test_csv_keeps_numbers_and_disarms_names(tmp_path):
    frame = pd.DataFrame(
        {"campaign": ["=HYPERLINK(1)", "spring"], "change": [-1 / 3, 2.0], "=n": [1, 2]}
    )
    write_csv(frame, tmp_path / "t.csv")
    with (tmp_path / "t.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    assert rows == [
        ["campaign", "change", "'=n"],
        ["'=HYPERLINK(1)", "-0.3333333333", "1"],
        ["spring", "2", "2"],
    ]


# -- findings.json ---------------------------------------------------------------------------------


def test_json_types_only_and_ten_digits():
    assert findings_json.plain({"a": math.pi, "b": float("nan"), "c": (1.0, pd.NaT)}) == {
        "a": 3.141592654,
        "b": None,
        "c": [1, None],
    }


def test_infinity_is_refused(tmp_path):
    with pytest.raises(ValueError, match="JSON compliant"):
        findings_json.write_json({"a": float("inf")}, tmp_path / "x.json")


@pytest.mark.parametrize(
    ("change", "valid"),
    [
        ({}, True),
        ({"estimate": None}, False),
        ({"ci_high": None}, False),
        ({"ci_high": None, "reason": "open above"}, True),
        ({"question": "weather"}, False),
        ({"unit": "dollars"}, False),
        ({"n": -1}, False),
    ],
)
def test_schema_wants_a_reason_for_what_is_missing(change, valid):
    estimate = share(0.27, 0.19, 0.36).labelled("rate", "quality", "inbound")
    record = findings_json.plain(findings_json.estimate_row(estimate)) | change
    part = {"$ref": "#/$defs/EstimateRow", "$defs": SCHEMA["$defs"]}
    assert jsonschema.Draft202012Validator(part).is_valid(record) is valid
    with nullcontext() if valid else pytest.raises(ValidationError):
        EstimateRow.model_validate(record)


def test_the_schema_is_the_model_s():
    """`python -c "from ptanalysis.report.findings_json import schema; print(schema(), end='')"`"""
    assert Path("docs/findings.schema.json").read_text("utf-8") == schema()


def test_everything_that_does_not_fit_is_said_at_once():
    tables = small_clinic.clinic([small_clinic.lead("2025-03-03")])
    odd = share(0.5, 0.4, 0.6).labelled("rate", "weather", "inbound")
    tables = replace(tables, ledger={"rows_in": 3, "leads": 1, "duplicates": 0, "rejected": 0})
    stages = pd.DataFrame([{"direction": "sideways", "channel": "seo", "leads": 1}])
    with pytest.raises(ValidationError) as found:
        findings_json.compose(tables, stages=stages, estimates=[odd], claims=[])
    places = {".".join(map(str, each["loc"])) for each in found.value.errors()}
    assert places == {
        "ledger.not_leads",
        "ledger.by_file",
        "stages.0.direction",
        "estimates.0.question",
    }


def test_rows_must_balance():
    counts = {"rows_in": 9, "leads": 4, "duplicates": 2, "rejected": 1, "not_leads": 2}
    assert Ledger(**counts, by_file=[]).rows_in == 9
    with pytest.raises(ValidationError, match="rows_in is not the sum"):
        Ledger(**counts | {"leads": 5}, by_file=[])


# -- what notebooks show ---------------------------------------------------------------------------


@pytest.fixture
def drawing():
    figure, (ax,) = style.canvas(2)
    ax.plot([0, 1], [0, 1])
    return Drawing(figure=figure, name="line", title="It rises", alt="From 0 to 1.")


@pytest.fixture
def shown(monkeypatch):
    outputs = []
    monkeypatch.setattr(display, "display", lambda *what, **how: outputs.append((what, how)))
    return outputs


def test_a_drawing_without_alt_text_is_refused(drawing):
    with pytest.raises(ValueError, match="alt text"):
        Drawing(figure=drawing.figure, name="line", title="It rises", alt=" ")


def test_a_drawing_carries_the_alt_text_and_the_finding_as_plain_text(drawing):
    data, metadata = drawing._repr_mimebundle_()
    assert metadata == {"image/png": {"alt": "It rises. From 0 to 1."}}
    assert data["text/plain"] == "It rises\nFrom 0 to 1."


def test_a_drawing_saves_both_files_only_while_a_report_is_made(drawing, tmp_path, monkeypatch):
    monkeypatch.delenv(REPORT_VARIABLE, raising=False)
    drawing._repr_mimebundle_()
    monkeypatch.setenv(REPORT_VARIABLE, str(tmp_path))
    drawing._repr_mimebundle_()
    assert sorted(file.name for file in (tmp_path / "figures").iterdir()) == [
        "line.png",
        "line.svg",
    ]


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_images_are_the_same_bytes_at_every_call(drawing, kind):
    assert image(drawing, kind) == image(drawing, kind)


def test_svg_has_no_date(drawing):
    assert b"dc:date" not in image(drawing, "svg")


def test_tables_are_the_same_at_every_call_and_escape_names(shown):
    frame = pd.DataFrame({"campaign": ["<script>"], "leads": [3]})
    display.table(frame, "t", caption="A & B")
    display.table(frame, "t", caption="A & B")
    first, second = (what[0].data for what, _ in shown)
    assert first == second
    assert "<script>" not in first
    assert "&lt;script&gt;" in first
    assert ">A &amp; B</caption>" in first
    assert "<style" not in first
    assert re.search(r'<th scope="col"[^>]*>Campaign</th>', first)


def test_one_is_counted_in_the_singular():
    said = [words.count(1, of) for of in ("leads", "inquiries", "leads followed for 13 weeks")]
    assert said == ["1 lead", "1 inquiry", "1 lead followed for 13 weeks"]


def test_sentences_bring_no_html_and_no_formulas(shown):
    display.say("<img src=x> costs $5 to $7")
    assert escaping.shown(shown[0][0][0].data) == "&#60;img src=x> costs &#36;5 to &#36;7"
