"""The first screen's sentences: each branch, and the rules behind the three things to do next."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from ptanalysis.display.report_files import QUESTIONS
from ptanalysis.report import page
from ptanalysis.report.findings_json import compose
from ptanalysis.report.money_lines import channels_in_words, money_line
from ptanalysis.report.report_text import (
    Context,
    Lookup,
    answer,
    change_in_words,
    leads_in_words,
    target,
    text_of,
)
from ptanalysis.report.sections import parts_of
from ptanalysis.stats import Estimate
from tests.notebook_cells import run_cells
from tests.test_empty_clinics import clinic

CONTEXT = Context(quarter="April–June 2026", weeks_to_patient=26)
#: Why the engine says there is no number, as it words it.
REACH = "the clinic's data do not reach back to the start of 2026Q1"
NO_PAYMENT = "no payment is recorded: export payments.csv"
UNEQUAL = "not judged, because 58% of 2025Q2 leads were screened; 60% needed within 8 weeks"


def found(value, low=None, high=None, unit="usd", n=60, method="t"):
    why = "" if None not in (value, low, high) else "too few"
    return Estimate(
        value=value, ci_low=low, ci_high=high, unit=unit, n=n, method=method, reason=why
    )


def missing(reason, unit="ratio"):
    return Estimate.not_identified(reason, unit=unit)


def channel(name="seo", *, spend=1000.0, collected=500.0, low=None, high=None, **more):
    back = None if spend == 0 or collected is None else collected / spend
    row = {"line": "channel", "direction": "inbound", "channel": name, "spend": spend}
    row |= {"leads": 40, "sql": 9, "patients": 4, "collected": collected}
    row |= {"back": back, "ci_low": low, "ci_high": high}
    return row | {"reason": "" if low and high else "fewer than 5 patients"} | more


def row(id, group, value, low=None, high=None, unit="share", n=100.0, reason="", method="t"):
    numbers = {"estimate": value, "ci_low": low, "ci_high": high}
    return (
        {"id": id, "question": "quality", "group": group, "unit": unit, "n": n}
        | numbers
        | {
            "method": method,
            "reason": reason or ("" if None not in numbers.values() else "too few"),
        }
    )


def document(*, money=(), estimates=(), warnings=()):
    total = channel("all", spend=10000.0, collected=12000.0, low=0.8, high=1.8)
    total |= {"line": "total", "direction": "all"}
    return {
        "currency": "USD",
        "money": [*money, total],
        "estimates": [row("screened_to_sql_rate", "all", 0.4, 0.3, 0.5), *estimates],
        "stages": [{}],
        "warnings": list(warnings),
        "claims": [],
    }


def test_spend_that_is_too_young_is_spend():
    """The first quarter of a clinic: nothing can be judged, and nothing is asked for again."""
    early = dict.fromkeys(("leads", "sql", "patients", "collected", "back", "ci_low", "ci_high"))
    early |= {"line": "too_early", "direction": "all", "channel": "all", "spend": 900.0}
    stage = {"leads": 20, "mql": 20, "screened": 15, "sql": 12, "patients": 6, "revenue": 656.5}
    stages = [
        stage | {"direction": "inbound", "channel": "seo", "cost": 900.0},
        stage | {"direction": "neither", "channel": "walk_in", "cost": None},
    ]
    quality = row("quality_compared", "this quarter", 0.8, 0.6, 0.9)
    made = document() | {"money": [early | {"reason": ""}], "stages": stages}
    made["estimates"] = [quality]
    text = text_of(made, CONTEXT)
    assert "no spend is recorded" not in text.answer
    assert text.answer.endswith(
        "no spend is old enough, as its leads still have time to become patients."
    )
    shown = [
        text.money[0][name] for name in ("name", "spend", "leads", "patients", "collected", "back")
    ]
    assert shown == ["SEO", "$900", "20", "6", "$656", "–"]
    assert [line["line"] for line in text.money] == ["so_far", "too_early"]
    assert all("no spend is old enough" in card["range"] for card in text.cards[2:])
    assert not {"Record what marketing costs and what patients pay"} & {
        each["do"] for each in text.steps
    }
    assert all("whether they qualified" not in each["do"] for each in text.steps)


def test_the_spend_that_is_judged_has_its_days():
    spent = (date(2024, 1, 1), date(2025, 12, 30))
    text = text_of(document(), replace(CONTEXT, spent=spent))
    assert text.cohort == "spend at least 26 weeks old (January 1, 2024 to December 30, 2025)"
    shown = page.render_page(title="t", lead="l", chapters=[], screen=text)
    assert "<caption>Spend at least 26 weeks old (January 1, 2024 to" in shown
    assert all(f'<span class="side {side}">{side}' in shown for side in ("inbound", "outbound"))
    assert "<nav" not in shown


def test_spend_that_was_given_is_not_asked_for():
    refused = {"file": "2026Q2/spend.csv", "kind": "spend", "rows_in": 9, "used": 0, "rejected": 9}
    ledger = dict.fromkeys(("rows_in", "leads", "duplicates", "rejected", "not_leads"), 0)
    made = document() | {"money": [], "ledger": ledger | {"by_file": [refused]}}
    why = "no row of 2026Q2/spend.csv can be used: fix it first"
    text = text_of(made, CONTEXT)
    assert text.answer == f"Whether marketing pays for itself is not known: {why}."
    assert text.steps[0]["why"] == f"Without it no channel can be judged: {why}."


def steps(**parts):
    return text_of(document(**parts), CONTEXT).steps


@pytest.mark.parametrize(
    ("total", "starts"),
    [
        (found(2.1, 1.2, 3.4), "Yes, marketing pays for itself: each $1 brought back $2.10"),
        (found(0.5, 0.2, 0.9), "No, marketing has not paid for itself: each $1 brought back $0.50"),
        (found(1.35, 0.92, 1.98), "It is not clear yet whether marketing pays for itself"),
        (found(1.35), "Each $1 brought back $1.35 within 26 weeks, on too few data: too few."),
        (missing(NO_PAYMENT), "Whether marketing pays for itself is not known: no payment is"),
    ],
)
def test_the_answer_says_yes_no_open_too_few_or_unknown(total, starts):
    assert answer(total, unit="usd", weeks=26).startswith(starts)


def test_the_first_screen_is_in_the_clinic_s_currency():
    screen = text_of(document(money=[channel(low=1.2, high=3)]) | {"currency": "GBP"}, CONTEXT)
    assert "each £1 brought back £1.20" in screen.answer
    assert "$" not in str(screen)


def test_the_answer_is_in_the_clinic_s_currency():
    said = answer(found(2.1, 1.2, 3.4, unit="eur"), unit="eur", weeks=26)
    assert "each €1 brought back €2.10" in said
    assert "$" not in said


@pytest.mark.parametrize(
    ("change", "up_is", "word", "kind"),
    [
        (found(1.5, 1.1, 2.0, "ratio"), "better", "up, better", "better"),
        (found(1.5, 1.1, 2.0, "ratio"), "worse", "up, worse", "worse"),
        (found(0.5, 0.3, 0.8, "ratio"), "better", "down, worse", "worse"),
        (found(0.5, 0.3, 0.8, "ratio"), "worse", "down, better", "better"),
        (found(0.8, 0.5, 1.2, "ratio"), "better", "usual swing", "open"),
        (found(0.1, 0.02, 0.2, "points"), "better", "up, better", "better"),
        (found(-0.1, -0.3, 0.1, "points"), "better", "usual swing", "open"),
        (missing(UNEQUAL), "better", "not judged", "open"),
        (missing(NO_PAYMENT), "better", "not recorded", "open"),
        (missing(REACH), "better", "no earlier record to compare with", "open"),
    ],
)
def test_a_change_has_a_word_by_its_interval(change, up_is, word, kind):
    assert change_in_words(change, up_is=up_is) == {"word": word, "kind": kind}


def test_an_interval_that_a_gate_caps_is_a_usual_swing():
    capped = Estimate(
        value=2,
        ci_low=1.5,
        ci_high=3,
        unit="ratio",
        n=9,
        method="t",
        reason="not judged, because it has only 2 campaigns",
    )
    assert change_in_words(capped)["word"] == "usual swing"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            (0.8, 0.6, 1.2),
            "157 leads came in April–June 2026, 20% fewer (40% fewer to 20% more)"
            " than the quarter before, which is within the usual swing.",
        ),
        (
            (0.5, 0.3, 0.8),
            "157 leads came in April–June 2026, 50% fewer (70% fewer to 20% fewer)"
            " than the quarter before, more than the usual swing.",
        ),
        (None, "157 leads came in April–June 2026; no earlier record to compare with."),
    ],
)
def test_leads_are_set_against_the_quarter_before(change, said):
    now = row("leads_compared", "this quarter", 157, 125, 195, "leads")
    numbers = change or (None, None, None)
    then = row("leads_compared", "change from quarter before", *numbers, "ratio", reason=REACH)
    then["reason"] = "" if change else REACH
    look = Lookup({"estimates": [now, then]})
    assert leads_in_words(look, quarter="April–June 2026") == said


@pytest.mark.parametrize(
    ("cost", "most", "said"),
    [
        (found(500, 300, 700), 800, "A patient may cost $800: clearly below it"),
        (found(500, 300, 900), 800, "A patient may cost $800: below it, but not clearly"),
        (found(1500, 900, 2000), 800, "A patient may cost $800: clearly above it"),
        (found(1500, 700, 2000), 800, "A patient may cost $800: above it, but not clearly"),
        (missing("no patient"), 800, "A patient may cost $800: not known, no patient"),
        (found(500, 300, 700), 0, ""),
    ],
)
def test_the_target_line(cost, most, said):
    assert target(cost, most, unit="usd") == said


@pytest.mark.parametrize(
    ("money", "mark", "said"),
    [
        (channel(low=1.2, high=3), "✓", "earned back more than it cost"),
        (channel(low=0.2, high=0.8), "✗", "brought back less than it cost"),
        (channel(low=0.2, high=1.8), "?", "not clear yet"),
        (channel(), "–", "too little to say"),
        (channel(spend=0.0), "", "no spend old enough"),
    ],
)
def test_a_channel_is_marked_where_it_is_clear(money, mark, said):
    shown = money_line(money, unit="usd")
    assert (shown["mark"], shown["said"]) == (mark, said)


def test_channels_are_named_by_what_came_back():
    rows = [
        channel("seo", collected=2000.0, low=1.2, high=3),
        channel("direct_mail", collected=400.0, low=0.2, high=0.8),
        channel("social", spend=500.0, collected=100.0),
        channel("email", collected=1500.0, low=0.8, high=2.2),
        channel("radio", spend=0, collected=0.0),
    ]
    lines = [money_line(each, unit="usd") for each in rows]
    assert list(channels_in_words(lines, unit="usd")) == [
        "Clearly brought back more than it cost: SEO.",
        "Clearly brought back less than it cost: direct mail.",
        "Not clear, but behind so far: social media, $500 of $3,500 (14%) of the spend old enough"
        " to judge.",
    ]
    unpaid = [money_line(channel(collected=None, back=None), unit="usd")]
    assert list(channels_in_words(unpaid, unit="usd")) == []


def test_what_was_spent_in_all_is_said_where_a_part_is_judged():
    early = channel("all", spend=3000.0) | {"line": "too_early"}
    (said,) = text_of(document(money=[early]), CONTEXT).channels
    assert said.startswith("In all, $13,000 of spend is on record; $10,000 of it is judged here")
    assert text_of(document(), CONTEXT).channels == []


def test_an_end_beyond_the_axis_is_marked():
    assert money_line(channel(low=0.02, high=40), unit="usd")["strip"]["beyond"] == ["low", "high"]
    assert money_line(channel(collected=0.0), unit="usd")["strip"]["value"] == 0


@pytest.mark.parametrize(
    ("spend", "revenue", "asked"),
    [
        (None, None, "Record what marketing costs and what patients pay"),
        (None, 900.0, "Record what marketing costs"),
        (500.0, None, "Record what patients pay"),
    ],
)
def test_what_is_on_record_is_not_asked_for(spend, revenue, asked):
    made = document(money=[channel(spend=spend or 0, collected=revenue, back=None)])
    made["money"][-1] |= {"spend": spend, "collected": revenue, "back": None, "reason": "no export"}
    made["stages"] = [{"revenue": revenue}]
    assert text_of(made, CONTEXT).steps[0]["do"] == asked


def test_where_nothing_was_paid_the_mark_says_so():
    line = money_line(channel(collected=None, back=None), unit="usd")
    assert (line["said"], line["mark"]) == ("no payment on record", "")


@pytest.mark.parametrize(
    ("parts", "kind", "do"),
    [
        ({"money": [channel(low=0.2, high=0.8)]}, "test", "Pause SEO for 12 weeks"),
        ({"money": [channel(low=0.2, high=1.8)]}, "test", "Switch SEO off in 6 of the next 12"),
        ({"money": [channel(collected=4000.0, low=2, high=8)]}, "test", "Spend a quarter more on"),
        ({"money": [channel(spend=0.0)]}, "repair", "Record what SEO costs, agency fees"),
        (
            {"estimates": [row("share_screened", "inbound", 0.6, 0.5, 0.7)]},
            "repair",
            "Screen every lead in time: 40 of 100 were not",
        ),
        (
            {"estimates": [row("unknown_share", "unknown", 0.2, 0.1, 0.3, n=50.0)]},
            "repair",
            "Ask every caller how they found the clinic",
        ),
        (
            {"estimates": [row("vendor_sql_share_difference", "A", -0.2, -0.3, -0.1, "points")]},
            "repair",
            "Ask A which leads it sends",
        ),
        (
            {
                "warnings": [
                    {
                        "severity": "rejected",
                        "rows": 3,
                        "message": "no date",
                        "what_to_do": "add the date",
                        "code": "x",
                        "file": "f",
                    }
                ]
            },
            "repair",
            "Fix the 3 rows of the exports that could not be used",
        ),
        ({}, "repair", "Keep recording as now"),
    ],
)
def test_each_finding_has_its_step(parts, kind, do):
    (step,) = steps(**parts)
    assert step["kind"] == kind
    assert step["do"].startswith(do)


def test_what_was_never_recorded_comes_first():
    made = document()
    made["money"][0] |= {"back": None, "reason": NO_PAYMENT}
    made["estimates"] = [row("screened_to_sql_rate", "all", None, reason="no screening")]
    assert [each["do"].split()[0] for each in text_of(made, CONTEXT).steps] == [
        "Record",
        "Write",
    ]


def test_there_are_three_at_most_and_the_largest_loss_goes_first():
    losing = [channel("seo", low=0.2, high=0.8), channel("radio", spend=9000.0, low=0.1, high=0.5)]
    gaps = [row("share_screened", "inbound", 0.6, 0.5, 0.7)]
    won = [channel("email", collected=4000.0, low=2, high=8)]
    behind = [channel("social", low=0.2, high=1.8)]
    made = steps(money=[*losing, *won, *behind], estimates=gaps)
    assert [each["do"].split()[:2] for each in made] == [
        ["Pause", "radio"],
        ["Screen", "every"],
        ["Switch", "social"],
    ]


def test_no_step_promises_an_effect():
    made = steps(money=[channel(low=0.2, high=0.8), channel("email", low=1.2, high=3)])
    assert not [each for each in made if "will" in each["why"] or "because of" in each["why"]]


def test_a_first_screen_of_a_report_that_recorded_nothing():
    empty = document() | {"money": [], "estimates": [], "stages": []}
    screen = text_of(empty, CONTEXT)
    assert screen.answer.endswith("is not known: no spend is recorded.")
    assert [card["value"] for card in screen.cards] == ["–", "–", "–", "–"]


@pytest.mark.parametrize("name", ["nothing at all", "no spend"])
def test_what_notebooks_record_of_an_odd_clinic_can_be_shown(name, monkeypatch):
    odd = clinic(name)
    kept = [each for stem in ("1-", "3-") for each in run_cells(stem, odd, monkeypatch).recorded]
    (money,) = [found for kind, found in kept if kind == "money"]
    questions = {kind: found for kind, found in kept if kind in QUESTIONS}
    estimates = [
        replace(each, question=kind) for kind, found in questions.items() for each in found.each()
    ]
    whole = compose(odd, stages=pd.DataFrame(), money=money, estimates=estimates, claims=[])
    screen = text_of(whole, CONTEXT)
    assert screen.answer.startswith("Whether marketing pays for itself is not known: no ")
    assert screen.steps[0]["do"] == "Record what marketing costs and what patients pay"
    shown = {"title": "T", "lead": "L", "screen": screen}
    assert "T (internal: not" in page.summaries(**shown)["summary.txt"]
    parts = parts_of(screen)
    assert "not known" in page.render_page(**shown, sections=parts, chapters=[])


def test_the_tables_below_the_fold_show_each_group_once_and_in_its_words():
    change = "change_from_previous_quarter"
    made = document(
        estimates=[
            row("leads", "inbound", 30.0, 22, 41, "leads"),
            row("leads", "seo", 20.0, 13, 30, "leads"),
            row("leads", "walk_in", None, unit="leads", reason="not recorded"),
            row("share_of_leads", "seo", 0.4, 0.3, 0.5),
            row(change, "inbound", 1.5, 1.1, 2.0, "ratio"),
            row("share_screened", "outbound", 0.62, 0.5, 0.7),
            row("cost_per_lead", "inbound", 80.0, 60, 110, "usd_per_lead", n=30.0),
            row("persistence", "outbound", 0.07, 0.03, 0.14, "ratio", n=15.0),
            row("half_life_weeks", "outbound", 2.0, 1.0, 4.0, "weeks", n=15.0),
        ]
    )
    parts = {part["id"]: part["tables"] for part in parts_of(text_of(made, CONTEXT))}
    sides, channels = parts["volume"]
    assert sides["rows"] == [["Inbound", "30", "50% more (10% more to 100% more)"]]
    assert channels["rows"] == [["SEO", "20", "40% (30 to 50%)"]]
    ((outbound,),) = (table["rows"] for table in parts["quality"])
    assert outbound[0] == "Outbound"
    assert outbound[2] == {"text": "62 (50 to 70)", "bar": 62.0}
    ((cost,),) = (table["rows"] for table in parts["money"])
    assert cost[:2] == ["Cost per lead", "$80 per lead ($60 to $110; 30 leads)"]
    left, halved = parts["stops"][0]["rows"]
    assert left[1]["text"] == "7% (3 to 14%)"
    assert left[1]["strip"]["value"] == 7.0
    assert halved[1:] == ["2.0 weeks (1.0 to 4.0)", "15 stops"]
    assert "vendors" not in parts


@pytest.mark.parametrize(
    ("reason", "high", "do", "why"),
    [
        ("27% of the leads name it", 1.8, "Switch SEO off in 8 of the next 16", "a loss of 22%"),
        (
            "27% of the leads name it",
            0.8,
            "Switch SEO off in 8 of the next 16",
            "one of each two of 16 weeks",
        ),
        ("not judged, because 9% of the leads name it", 0.8, "Pause SEO for 12", "only a loss of"),
        ("not judged, because 9% of the leads name it", 1.8, "Hold SEO where it is", "no pause of"),
    ],
)
def test_a_pause_is_proposed_with_what_it_would_show_and_no_test_that_shows_nothing(
    reason, high, do, why
):
    plan = row("pause_shows", "seo", 0.22, n=16, reason=reason)
    (step, *_) = steps(money=[channel(low=0.2, high=high)], estimates=[plan])
    assert step["do"].startswith(do)
    assert why in step["why"]


def test_no_test_is_proposed_of_a_channel_that_no_plan_names():
    """Another channel could be tested; of this one too few leads come, or it does not run now."""
    plan = row("pause_shows", "radio", 0.22, n=16)
    (step, *_) = steps(money=[channel(low=0.2, high=1.8)], estimates=[plan])
    assert (step["kind"], step["do"]) == ("hold", "Hold SEO where it is until more is known")
