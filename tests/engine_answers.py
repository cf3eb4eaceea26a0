"""Every question asked directly: what the notebooks' records are compared with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

import ptanalysis as pt
from ptanalysis import claims
from ptanalysis.claims import Verdict
from ptanalysis.claims.verdict_tables import claim_records, claims_table
from ptanalysis.dataset import ClinicData
from ptanalysis.metrics.money.cost_per_outcome import UNITS
from ptanalysis.metrics.money.mature import weeks_followed
from ptanalysis.report import findings_json
from ptanalysis.report.findings_json import StageRow
from ptanalysis.stats.estimate import Estimate

#: Of tables that were not read from files.
NOTHING_READ = dict.fromkeys(("rows_in", "leads", "duplicates", "rejected", "not_leads"), 0) | {
    "by_file": []
}


def document(tables: ClinicData, verdicts: Sequence[Verdict] = ()) -> dict:
    """Return findings.json as the engine's own answers make it."""
    tables = replace(tables, ledger=NOTHING_READ | tables.ledger)
    return findings_json.compose(
        tables,
        stages=stages(tables),
        estimates=estimates(tables),
        claims=records(tables, verdicts),
        assumptions=tables.assumed,
    )


def records(tables: ClinicData, verdicts: Sequence[Verdict]) -> list[dict]:
    """Return verdicts as the report takes them from what was recorded."""
    return claim_records(claims_table(verdicts), tables.config)


def judged(tables: ClinicData) -> list[Verdict]:
    """Return the verdicts with how they fare under other choices."""
    return claims.judge(tables, grid=claims.robustness(tables))


def estimates(tables: ClinicData) -> list[Estimate]:
    """Return every estimate of a run, in the order of the questions."""
    asked = {"volume": _volume, "quality": _quality, "roi": _return, "decay": _decay}
    return [
        replace(each, question=question) for question, ask in asked.items() for each in ask(tables)
    ]


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
    quarter = tables.quarter
    return [
        *pt.count(tables).each(),
        *pt.count(tables, by="channel").each(),
        *pt.count(tables, by="channel", share=True).each(),
        *pt.unknown_share(tables).each(),
        *pt.trend(tables).each(),
        *pt.change(tables, quarter.previous()).named("change_from_previous_quarter").each(),
        *pt.change(tables, quarter.previous(4)).named("change_from_year_before").each(),
        *pt.leads_compared(tables).each(),
    ]


def _quality(tables: ClinicData) -> list[Estimate]:
    return [
        *pt.quality_of_all(tables).each(),
        *pt.quality_compared(tables).each(),
        *(
            each
            for column in ("direction", "channel", "campaign", "vendor")
            for ask in (pt.funnel, pt.screening)
            for each in ask(tables, by=column).each()
        ),
        *pt.quality_gap(tables).each(),
        *pt.screened_soon(tables, weeks=4).each(),
        *pt.funnel(tables, ever=True).each(),
        *pt.vendor_gaps(tables).each(),
    ]


def _return(tables: ClinicData) -> list[Estimate]:
    followed = {event: weeks_followed(event, tables.assumptions) for event in UNITS}
    units = {event: pt.units(tables, followed=weeks) for event, weeks in followed.items()}
    paid, both = units["patients"], ("direction", "channel")
    together = paid.assign(direction="all", channel="all")
    late = pt.units(tables, weeks_to_patient=52)
    in_a_year = pd.concat([pt.roi(late), pt.roi(late, compare="ratio")])
    found = [
        *(pt.cost_per(units[event], event, by=by) for event in units for by in both),
        *(pt.cost_per(units["sql"], bounds=True, by=by) for by in both),
        *(pt.cost_per(units[event], event, compare=True) for event in units),
        pt.halo(pt.running_weeks(tables)),
        *(pt.roi(paid, by=by) for by in both),
        *(pt.roi(paid, compare=how) for how in ("ratio", "difference")),
        pt.revenue(patients(tables, followed["patients"]), currency=tables.config.currency),
        in_a_year.assign(measure=in_a_year["measure"] + "_52_weeks"),
        pt.roi(together, by="channel"),
        pt.cost_per(together, "patients", by="channel"),
        pt.money_compared(tables),
        *(pt.cost_per(units[event], event, by="vendor") for event in ("leads", "sql", "patients")),
        pt.pause_test(tables),
    ]
    return [each for estimates in found for each in estimates.each()]


def patients(tables: ClinicData, weeks: float) -> pd.DataFrame:
    """Return what each patient of a lead old enough paid within its weeks."""
    time, today = pd.Timedelta(weeks=weeks), tables.as_of + pd.Timedelta(days=1)
    paid = tables.payments.merge(tables.leads[["lead_id", "lead_at", "direction"]], on="lead_id")
    paid = paid[(paid["paid_at"] <= paid["lead_at"] + time) & (paid["lead_at"] + time <= today)]
    return paid.groupby(["direction", "lead_id"], as_index=False)["amount"].sum()


def _decay(tables: ClinicData) -> list[Estimate]:
    neither = tables.leads[tables.leads["direction"] == "neither"]
    found = [
        pt.persistence(pt.stops(tables)),
        pt.half_life(pt.stops(tables, weekly=True)),
        pt.first_sql(pt.waits(tables)),
        pt.growth(pt.assets(tables), neither),
    ]
    return [each for estimates in found for each in estimates.each()]
