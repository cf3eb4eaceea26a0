"""One more claim: an entry in a clinic's clinic.toml reaches verdicts and findings.json."""

import json
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path

import jsonschema
import pytest

from lab.simulate import SAMPLE, clinic_tables
from ptanalysis import claims
from ptanalysis.claims.measures import MEASURES
from ptanalysis.cli import commands, output
from ptanalysis.definitions import ConfigError, load_config
from ptanalysis.metrics.money.cost_per_outcome import cost_per_ratio
from ptanalysis.report.claim_lines import lines_of
from tests import engine_answers

OWN = """
[claims.outbound_costs_more_per_mql]
statement = "Outbound costs more per MQL than inbound"
estimand = "ratio, outbound to inbound, of full cost per MQL"
measure = "cost_per_ratio"
options = {event = "mql"}
claims = "larger"
margin = 1.25
"""
SCHEMA = json.loads(Path("docs/findings.schema.json").read_text("utf-8"))


def settings(folder, text):
    path = folder / "clinic.toml"
    path.write_text(text, "utf-8")
    return load_config(path)


@cache
def tables():
    return clinic_tables(SAMPLE, 5, as_of="2025-12-31")


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """The verdicts with a claim more, those without, and findings.json."""
    config = settings(tmp_path_factory.mktemp("own"), OWN)
    own = replace(tables(), config=config)
    verdicts = claims.judge(own)
    return verdicts, claims.judge(tables()), engine_answers.document(own, verdicts)


def test_it_is_judged_by_its_measure_behind_the_ten(told):
    *_, last = told[0]
    direct = cost_per_ratio(tables(), "mql")
    assert (last.id, last.primary, last.counts) == ("outbound_costs_more_per_mql", False, "MQLs")
    assert (last.estimate.value, last.estimate.ci_low) == (direct.value, direct.ci_low)
    assert last.verdict == "supported"  # the world of the sample has dear outbound MQLs
    assert last.estimate.p_value < 0.05 < last.estimate.ci_low


def test_it_changes_nothing_of_the_ten(told):
    """Never primary: Holm runs over the seven that were written before the data."""
    assert told[0][:-1] == told[1]


def test_it_reaches_findings_json_and_the_page(told):
    *_, last = told[2]["claims"]
    assert last["id"] == "outbound_costs_more_per_mql"
    assert last["measure"] == "cost_per_mql_ratio"
    assert last["sensitivity"] is None
    jsonschema.validate(last, SCHEMA["$defs"]["ClaimRecord"] | {"$defs": SCHEMA["$defs"]})
    line = lines_of(engine_answers.records(tables(), told[0]))[-1]
    assert line["statement"] == "Outbound costs more per MQL than inbound"
    assert "MQLs" in line["found"]


def entry(**changes):
    """A good entry with some keys changed; None takes one out."""
    good = {
        "statement": "S",
        "estimand": "E",
        "measure": "cost_per_ratio",
        "options": {"event": "sql"},
        "claims": "larger",
        "margin": 1.5,
    }
    return {key: value for key, value in (good | changes).items() if value is not None}


def load(**entries):
    return claims.load_claims(load_config(None).model_copy(update={"claims": entries}))


@pytest.mark.parametrize("measure", MEASURES)
def test_every_measure_can_be_claimed(measure):
    options = {name: next(iter(words)) for name, words in MEASURES[measure].options.items()}
    margin = 1.5 if MEASURES[measure].null == 1 else 0.5
    found = load(mine=entry(measure=measure, options=options, margin=margin))["mine"]
    assert found.is_threshold == (measure == "persistence")
    assert found.null in (0, 1, margin)
    assert found.counts
    assert "Holm" not in found.rule


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"measure": "cost_per_sql"},
            "measure must be one of cost_per_ratio, roi_ratio, sql_share",
        ),
        ({"measure": None}, "measure must be one of cost_per_ratio"),
        ({"measure": ["growth"]}, "measure must be one of cost_per_ratio"),
        ({"options": {"event": "lead"}}, "event must be one of leads, mql, sql, patients"),
        ({"options": None}, "event must be one of leads, mql, sql, patients"),
        ({"options": {"event": ["sql"]}}, "event must be one of leads, mql, sql, patients"),
        ({"options": {"evnt": "sql"}}, "must be a table of event = leads, mql, sql, patients"),
        ({"options": "sql"}, "must be a table of event = leads, mql, sql, patients"),
        ({"measure": "growth"}, "options of growth must be left out"),
        ({"claims": "bigger"}, "claims must be one of larger, smaller or either"),
        (
            {"margn": 2},
            "unknown key margn; allowed are statement, estimand, measure, options, also",
        ),
        ({"margin": None}, "margin is needed"),
        ({"margin": "1.5"}, "margin must be a number"),
        ({"margin": 0.5}, "margin must be above 1"),
        ({"margin": float("inf")}, "margin must be above 1"),
        ({"statement": None}, "statement is needed"),
        ({"statement": "two\nlines"}, "statement must be one line of text"),
        ({"statement": 3}, "statement must be text"),
        ({"primary": True}, "never primary: Holm's correction runs over those of claims.toml"),
        ({"null": 0.0}, "null follows from the measure and is 1.0"),
        ({"unit": "points"}, "unit follows from the measure and is ratio"),
        ({"also": "lasting", "lasts_margin": 0.8}, "also is not allowed with the measure cost"),
        (
            {"measure": "growth", "options": None, "also": "lsting", "lasts_margin": 0.8},
            "also must be one of lasting with the measure growth",
        ),
        ({"measure": "growth", "options": None, "also": "lasting"}, "lasts_margin"),
        (
            {"measure": "sql_share_difference", "options": None},
            "margin must be above 0 and below 1",
        ),
        (
            {
                "measure": "persistence",
                "options": {"direction": "inbound"},
                "margin": 0.5,
                "claims": "either",
            },
            "claims must be one of larger, smaller with the measure persistence",
        ),
    ],
)
def test_an_error_says_what_is_allowed(changes, said):
    with pytest.raises(claims.ClaimError) as error:
        load(mine=entry(**changes))
    assert said in str(error.value)
    assert str(error.value).startswith("clinic.toml: claims.mine: ")


def test_all_errors_are_told_at_once():
    with pytest.raises(claims.ClaimError) as error:
        load(one=entry(margin=0.5), two=entry(claims="no", margn=1), inbound_higher_roi=entry())
    lines = str(error.value).splitlines()
    assert [line.split(": ")[1] for line in lines] == [
        "claims.one",
        "claims.two",
        "claims.two",
        "claims.inbound_higher_roi",
    ]
    assert "taken by a claim of claims.toml" in lines[-1]


def test_a_claim_is_a_table(tmp_path):
    with pytest.raises(ConfigError, match="claims must hold a table for each claim"):
        settings(tmp_path, "[claims]\nmine = 3")
    with pytest.raises(ConfigError, match="claims must be a table"):
        settings(tmp_path, "claims = 3")


def test_a_run_refuses_it_before_it_reads_exports(tmp_path, monkeypatch, capsys):
    folder = tmp_path / "data" / "raw" / "mine"
    folder.mkdir(parents=True)
    (folder / "clinic.toml").write_text(OWN.replace('"mql"', '"mqls"'), "utf-8")
    monkeypatch.setenv("PTANALYSIS_ROOT", str(tmp_path))
    monkeypatch.setattr(sys, "argv", ["ptanalysis", "run", "mine", "2025Q4"])
    with pytest.raises(SystemExit) as done:
        commands.main()
    assert done.value.code == output.REFUSED
    assert "event must be one of leads, mql, sql, patients" in capsys.readouterr().err
    assert not (tmp_path / "data" / "processed").exists()
