"""Everything a run found, asked of the questions once: for findings.json and the page's head."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from ptanalysis import claims
from ptanalysis.claims import Verdict
from ptanalysis.dataset import ClinicData
from ptanalysis.display.escaping import sentence
from ptanalysis.findings.answers import claims as of_claims
from ptanalysis.findings.answers import decay as of_decay
from ptanalysis.findings.answers import money as of_money
from ptanalysis.findings.answers import quality as of_quality
from ptanalysis.findings.answers import volume as of_volume
from ptanalysis.metrics import decay, money, quality, volume
from ptanalysis.report import findings_json as document
from ptanalysis.stats.estimate import Estimate

_SIDES = ("inbound", "outbound")
_QUESTIONS = (
    ("Volume: how many leads came, and is that changing?", of_volume.short),
    ("Quality: how many were qualified?", of_quality.short),
    ("Return: what did they cost and bring in?", of_money.short),
    ("Decay: what is left after a stop?", of_decay.short),
)


@dataclass(frozen=True, kw_only=True)
class Findings:
    """What a run found.

    Attributes
    ----------
    document : dict
        findings.json.
    estimates : list of Estimate
    verdicts : list of Verdict
    stages : DataFrame
    headlines, claims : list of dict
        What `page.render_page` shows first.
    """

    document: dict
    estimates: list[Estimate]
    verdicts: list[Verdict]
    stages: pd.DataFrame
    headlines: list[dict]
    claims: list[dict]


def findings(tables: ClinicData, tell: Callable[[str], object]) -> Findings:
    """Ask every question of a clinic's tables.

    Parameters
    ----------
    tables : ClinicData
    tell : callable
        Told of each step that takes long.
    """
    tell("claims")
    verdicts = claims.judge(tables, grid=claims.robustness(tables))
    found, counts = estimates(tables), stages(tables)
    return Findings(
        document=document.compose(tables, stages=counts, estimates=found, verdicts=verdicts),
        estimates=found,
        verdicts=verdicts,
        stages=counts,
        headlines=[
            {"question": question, "answer": sentence(answer(tables))}
            for question, answer in _QUESTIONS
        ],
        claims=_rows(verdicts),
    )


def estimates(tables: ClinicData) -> list[Estimate]:
    """Return every estimate of a run, in the order of the questions."""
    return [*_volume(tables), *_quality(tables), *_return(tables), *_decay(tables)]


def stages(tables: ClinicData) -> pd.DataFrame:
    """Return the leads, stages, cost and revenue so far of each direction and channel.

    Returns
    -------
    DataFrame
        Columns `document.STAGE_FIELDS`. A channel without recorded spend has no cost, which is
        not a cost of 0.
    """
    key = ["direction", "channel"]
    paid = tables.payments.groupby("lead_id")["amount"].sum()
    leads = tables.leads.assign(revenue=tables.leads["lead_id"].map(paid)).groupby(key)
    counts = leads[["lead_id", "mql_at", "screened_at", "sql_at", "patient_at"]].count()
    counts.columns = ["leads", "mql", "screened", "sql", "patients"]
    cost = tables.spend.groupby(key)["amount"].sum(min_count=1).rename("cost")
    revenue = leads["revenue"].sum(min_count=1)
    table = pd.concat([counts, cost, revenue], axis="columns").sort_index()
    whole = ["leads", "mql", "screened", "sql", "patients"]
    table[whole] = table[whole].fillna(0).astype(int)
    if len(paid):
        table["revenue"] = table["revenue"].fillna(0.0)
    return table.reset_index()[list(document.STAGE_FIELDS)]


def _volume(tables: ClinicData) -> list[Estimate]:
    sides = volume.by_group(tables, "direction")
    before = volume.change(tables, tables.quarter.previous())
    year = volume.change(tables, tables.quarter.previous(4))
    return [
        *sides,
        *volume.by_group(tables),
        *volume.shares(tables),
        volume.unknown_share(tables),
        *(volume.trend(tables, direction=side) for side in [None, *(each.group for each in sides)]),
        *(replace(each, id="change_from_previous_quarter") for each in before),
        *(replace(each, id="change_from_year_before") for each in year),
    ]


def _quality(tables: ClinicData) -> list[Estimate]:
    return [
        of_quality.overall(tables),
        *(
            each
            for column in ("direction", "channel", "campaign", "vendor")
            for ask in (quality.funnel, quality.screening)
            for each in ask(tables, column)
        ),
        quality.sql_share_difference(tables),
        quality.mql_sql_gap_difference(tables),
        *quality.screened_within(tables, weeks=4),
        *quality.vendors(tables),
    ]


def _return(tables: ClinicData) -> list[Estimate]:
    per_event = [
        each
        for event in money.UNITS
        for column in ("direction", "channel")
        for each in money.cost_per_event(tables, event, column=column)
    ]
    return [
        *per_event,
        *money.cost_per_sql_bounds(tables),
        *money.cost_per_sql_bounds(tables, column="channel"),
        *(money.cost_per_ratio(tables, event) for event in money.UNITS),
        *money.roi(tables),
        *money.roi(tables, column="channel"),
        money.roi_ratio(tables),
        money.roi_difference(tables),
        *money.total_revenue(tables),
    ]


def _decay(tables: ClinicData) -> list[Estimate]:
    return [
        *(decay.persistence(tables, side) for side in _SIDES),
        decay.persistence_difference(tables),
        *(decay.half_life(tables, side) for side in _SIDES),
        decay.first_sql_difference(tables),
        decay.growth(tables),
        decay.lasting(tables),
    ]


def _rows(verdicts: Sequence[Verdict]) -> list[dict]:
    return [
        {
            "statement": each.statement,
            "verdict": each.verdict,
            "word": of_claims.word(each),
            "found": of_claims.found(each),
            "robust": of_claims.robust(each),
        }
        for each in verdicts
    ]
