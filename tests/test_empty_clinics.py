"""Clinics with next to nothing in them: every public function answers, and says why it cannot.

What is called is read off the packages' faces, so that a new function is covered the day it is
written; the parameters that none of these clinics can give a value for fail by name.
"""

from __future__ import annotations

import inspect
import json
import re
from dataclasses import replace
from functools import cache, partial
from itertools import product
from pathlib import Path

import jsonschema
import pandas as pd
import pytest

import ptanalysis as pt
from ptanalysis import claims
from ptanalysis.claims import Verdict
from ptanalysis.dataset import COUNTS, ClinicData, empty
from ptanalysis.definitions import COST_KINDS
from ptanalysis.display import phrases
from ptanalysis.metrics.money.cost_per_outcome import UNITS
from ptanalysis.stats import Estimate, Estimates
from tests import engine_answers, small_clinic
from tests.notebook_cells import run_cells
from tests.small_clinic import lead, weeks_after

START = "2025-01-06"


#: Leads that paid, by their number.
PATIENTS = (1, 2, 5)


def whole() -> ClinicData:
    """Return a small clinic with something of everything: 36 leads, 4 campaigns, 3 patients."""
    names = {"inbound": ["blog", "guide"], "outbound": ["spring cards", "fall cards"]}
    leads = [
        lead(weeks_after(START, week), side, campaign=own[week // 2 % 2], vendor=f"{side} co")
        | {"mql_at": weeks_after(START, week + 1), "screened_at": weeks_after(START, week + 2)}
        | {"sql_at" if week % 3 else "lost_at": weeks_after(START, week + 2)}
        for week in range(2, 38, 2)
        for side, own in names.items()
    ]
    paid_at = weeks_after(START, 20)
    for number in PATIENTS:
        leads[number]["patient_at"] = paid_at
    campaigns = [
        lead(START, side, campaign=name, vendor=f"{side} co", kind="campaign")
        | {"starts_on": weeks_after(START, 6 + 10 * place)}
        | {"ends_on": weeks_after(START, 16 + 10 * place)}
        for side, own in names.items()
        for place, name in enumerate(own)
    ]
    spend = [
        each
        | {"period_start": each["starts_on"], "period_end": each["ends_on"]}
        | {"amount": 500.0, "kind": COST_KINDS[0]}
        for each in campaigns
    ]
    payments = [
        {"lead_id": f"lead{number}", "paid_at": paid_at, "amount": 90.0} for number in PATIENTS
    ]
    return with_ledger(
        small_clinic.clinic(leads, campaigns=campaigns, spend=spend, payments=payments)
    )


def with_ledger(tables: ClinicData) -> ClinicData:
    """Return the clinic with the ledger of exports in which every row became a lead."""
    rows = len(tables.leads)
    fates = dict.fromkeys(("duplicates", "rejected"), 0)
    counts = fates | {"rows_in": rows, "used": rows, "excluded": 0, "reasons": {}}
    file = {"file": "inquiries.csv", "kind": "inquiries"} | counts
    return replace(
        tables,
        ledger=fates
        | {"rows_in": rows, "leads": rows, "not_leads": 0, "not_leads_by_reason": {}}
        | {"by_file": [file] if rows else []},
    )


def without(*names: str) -> ClinicData:
    """Return the whole clinic with these tables empty."""
    return with_ledger(replace(whole(), **{name: empty(name) for name in names}))


def unscreened() -> ClinicData:
    tables = whole()
    stages = dict.fromkeys(("screened_at", "sql_at", "lost_at"), pd.NaT)
    return replace(tables, leads=tables.leads.assign(**stages))


def unpaid() -> ClinicData:
    tables = without("payments")
    return replace(tables, leads=tables.leads.assign(patient_at=pd.NaT))


CLINICS = {
    "nothing at all": lambda: without("leads", "payments", "spend", "campaigns"),
    "no lead": lambda: without("leads", "payments"),
    "one lead": lambda: with_ledger(small_clinic.clinic([lead("2026-05-04")])),
    "one lead that was spent on": lambda: with_ledger(replace(whole(), leads=whole().leads[:1])),
    "no spend": lambda: without("spend"),
    "no screening": unscreened,
    "no payment": unpaid,
}


@cache
def clinic(name: str) -> ClinicData:
    return CLINICS[name]()


@cache
def judged(name: str):
    grid = claims.robustness(clinic(name))
    return grid, claims.judge(clinic(name), grid=grid)


# -- what each parameter is given ------------------------------------------------------------------


#: Values to call with by the parameter's name, or by ``function.parameter`` where that differs.
GIVEN = {
    "tables": lambda name: [clinic(name)],
    "clinic": lambda name: [clinic(name)],
    "grid": lambda name: [judged(name)[0]],
    "units": lambda name: [pt.units(clinic(name), followed=weeks) for weeks in (0, 13, 26)],
    "stops": lambda name: [pt.stops(clinic(name))],
    "half_life.weekly": lambda name: [pt.stops(clinic(name), weekly=True)],
    "waits": lambda name: [pt.waits(clinic(name))],
    "assets": lambda name: [pt.assets(clinic(name))],
    "others": lambda name: [clinic(name).leads],
    "patients": lambda name: [engine_answers.patients(clinic(name), 26)],
    "leads": lambda name: [pt.within(clinic(name), 13)],
    "column": lambda name: ["screened", "sql"],
    "qualified": lambda name: [pt.within(clinic(name), 13)["sql"]],
    "by": lambda name: ["direction", "channel"],
    "revenue.by": lambda name: ["direction"],
    "event": lambda name: ["sql_at", "patient_at"],
    "cost_per.event": lambda name: list(UNITS),
    "roi.compare": lambda name: ["", "ratio", "difference"],
    "cost_per.compare": lambda name: [False, True],
    "bounds": lambda name: [False, True],
    "share": lambda name: [False, True],
    "ever": lambda name: [False, True],
    "before": lambda name: [clinic(name).quarter.previous(), clinic(name).quarter.previous(4)],
    "weeks": lambda name: [4, 13],
    "halo.weeks": lambda name: [pt.running_weeks(clinic(name))],
    "with_counted.table": lambda name: [
        clinic(name).leads.groupby("channel").size().to_frame("leads").reindex(columns=[*COUNTS])
    ],
}


def functions():
    """Return the public functions by name: those of the door that metrics answer, and claims'."""
    metrics = {
        f"pt.{name}": getattr(pt, name)
        for name, room in pt._ROOMS.items()
        if room.startswith(("ptanalysis.metrics", "ptanalysis.dataset"))
    }
    return metrics | {
        f"claims.{name}": function
        for name, function in vars(claims).items()
        if inspect.isfunction(function) and name in claims.__all__
    }


def calls(path: str, function, name: str):
    """Yield the function with arguments: every value of each parameter a clinic has a say in."""
    parameters = inspect.signature(function).parameters.items()
    named = {
        key: given(path, key, each) for key, each in parameters if each.kind is not each.VAR_KEYWORD
    }
    values = {key: value(name) for key, value in named.items() if value}
    if path == "claims.robustness":  # the dearest, and asked for `grid` already
        yield lambda: judged(name)[0]
        return
    for each in product(*values.values()):
        yield partial(function, **dict(zip(values, each, strict=True)))


def given(path: str, key: str, parameter):
    short = path.split(".")[-1]
    for known in (f"{path}.{key}", f"{short}.{key}", key):
        if known in GIVEN:
            return GIVEN[known]
    assert parameter.default is not parameter.empty, f"{path}: say what {key} is given, in GIVEN"
    return None


# -- what is asked of every answer -----------------------------------------------------------------

#: What a missing number looks like when it was put into words.
NO_WORD = re.compile(r"\b(nan|NaN|NaT|None|inf|-inf)\b|−inf")


def said(answer) -> list[str]:
    """Return every text of an answer that a reader sees."""
    if isinstance(answer, str):
        return [answer]
    if isinstance(answer, Estimate):
        return [answer.reason, phrases.phrase(answer)]
    if isinstance(answer, Estimates):
        return said(answer.each())
    if isinstance(answer, Verdict):
        return [str(answer), answer.needs or "", *said(answer.estimate)]
    if isinstance(answer, dict):
        return [text for each in answer.values() for text in said(each)]
    if isinstance(answer, list | tuple):
        return [text for each in answer for text in said(each)]
    return []


def estimates_of(answer) -> list[Estimate]:
    if isinstance(answer, Estimate):
        return [answer]
    if isinstance(answer, Estimates):
        return answer.each()
    if isinstance(answer, dict):
        return estimates_of(list(answer.values()))
    if isinstance(answer, list | tuple):
        return [found for each in answer for found in estimates_of(each)]
    return []


#: Asked of no clinic's tables.
NOT_OF_A_CLINIC = {
    "claims.design",
    "claims.holm",
    "claims.load_claims",
    "claims.summarize",
    "claims.with_sensitivity",
}
PATHS = {path: function for path, function in functions().items() if path not in NOT_OF_A_CLINIC}


def test_the_faces_list_what_there_is():
    """The list below is not read from a place that has moved: some functions of each face."""
    assert {
        "pt.trend",
        "pt.funnel",
        "pt.roi",
        "pt.persistence",
        "claims.judge",
    } <= set(PATHS)
    assert set(functions()) >= NOT_OF_A_CLINIC


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", CLINICS)
def test_every_public_function_answers_in_words(name):
    for path, function in PATHS.items():
        for call in calls(path, function, name):
            answer = call()
            assert not [text for text in said(answer) if NO_WORD.search(text)], path
            silent = [each for each in estimates_of(answer) if not each.known and not each.reason]
            assert not silent, f"{path}: no figure, and not why"


@pytest.mark.parametrize("name", ["nothing at all", "one lead"])
def test_every_cell_of_the_notebooks_runs(name, monkeypatch):
    for stem in ("1-lead-volume", "2-lead-quality", "3-inbound-vs-outbound", "4-can-we-trust-this"):
        assert run_cells(stem, clinic(name), monkeypatch).shown


@pytest.mark.parametrize("name", ["nothing at all", "no lead", "one lead"])
def test_findings_json_of_next_to_nothing_fits_its_schema(name):
    document = engine_answers.document(clinic(name), judged(name)[1])
    jsonschema.validate(document, json.loads(Path("docs/findings.schema.json").read_text()))
