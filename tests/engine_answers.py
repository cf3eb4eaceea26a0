"""The engine's direct answer to every question: what the notebooks' records are compared with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from ptanalysis import claims
from ptanalysis.claims import Verdict
from ptanalysis.dataset import ClinicData
from ptanalysis.metrics import decay, money, quality, volume
from ptanalysis.report import findings_json
from ptanalysis.report.findings_model import StageRow
from ptanalysis.stats.estimate import Estimate

_SIDES = ("inbound", "outbound")
#: Of tables that were not read from files.
NOTHING_READ = dict.fromkeys(("rows_in", "leads", "duplicates", "rejected", "not_leads"), 0) | {
    "by_file": []
}


def document(tables: ClinicData, verdicts: Sequence[Verdict] = ()) -> dict:
    """Return findings.json as the engine's own answers make it."""
    tables = replace(tables, ledger=NOTHING_READ | tables.ledger)
    return findings_json.compose(
        tables, stages=stages(tables), estimates=estimates(tables), verdicts=verdicts
    )


def judged(tables: ClinicData) -> list[Verdict]:
    """Return the verdicts with how they fare under other choices."""
    return claims.judge(tables, grid=claims.robustness(tables))


def estimates(tables: ClinicData) -> list[Estimate]:
    """Return every estimate of a run, in the order of the questions."""
    return [*_volume(tables), *_quality(tables), *_return(tables), *_decay(tables)]


def stages(tables: ClinicData) -> pd.DataFrame:
    """Return the leads, stages, cost and revenue so far of each direction and channel.

    Returns
    -------
    DataFrame
        Columns of `StageRow`. A channel without recorded spend has no cost, which is
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
    return table.reset_index()[list(StageRow.model_fields)]


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
        _overall(tables),
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


def _overall(tables: ClinicData) -> Estimate:
    """Return the share of all screened leads that are SQL within the horizon."""
    label = ("screened_to_sql_rate", "quality", "all")
    reason = quality.unrecorded(tables, "sql_at")
    if tables.leads["sql_at"].isna().all():
        lost = tables.none_of_a_lead("screenings", "stages")
        reason = lost or "no lead has a date of becoming SQL"
    if reason:
        return Estimate.not_identified(reason, unit="share", n=len(tables.leads)).labelled(*label)
    end = tables.as_of + pd.Timedelta(days=1)
    return quality.rate(tables.leads, end).labelled(*label)
