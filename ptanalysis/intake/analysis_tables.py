"""The tables of the seam, still with raw ids, in the order they are kept in."""

from __future__ import annotations

import ibis
import pandas as pd

from ptanalysis.dataset import COUNTS
from ptanalysis.intake import labels
from ptanalysis.intake.classify import ORIGIN
from ptanalysis.intake.clean import step
from ptanalysis.intake.counted_totals import CHECK
from ptanalysis.intake.steps import Settled


def parts(run: Settled) -> dict[str, pd.DataFrame]:
    """Return leads, touches, payments, spend, campaigns and totals of a run."""
    made = {
        "leads": _leads(run),
        "touches": _touches(run),
        "payments": run.paid.select("paid_at", "amount", inquiry_id="lead_inquiry"),
        "spend": _business(run, "spend").select(
            "period_start", "period_end", *ORIGIN, "kind", "hours", "amount"
        ),
        "campaigns": _campaigns(run),
        "totals": _totals(run),
    }
    return {name: labels.ordered(table, *labels.ORDER[name]) for name, table in made.items()}


def _leads(run: Settled):
    """Return leads with the raw id of their person's first inquiry, their screening and visits."""
    ids = run.inquiries.select(person="inquiry", first_id="inquiry_id")
    of = run.inquiries.select("inquiry", "episode").filter(run.inquiries.episode.notnull())
    leads = run.leads.inner_join(ids, "person")
    for recorded in (_deciding(run.tables["screenings"], of), _seen(run.tables["visits"], of)):
        leads = leads.left_join(recorded, "episode").drop("episode_right")
    return leads


def _deciding(screenings, of):
    """Return what the screening recorded that decides: the first that qualified, else the first.

    An attempt that reached no one decides nothing.
    """
    table = screenings.filter(screenings.fate.isnull() & (screenings.outcome != "unreachable"))
    table = table.inner_join(of, "inquiry")
    first = ibis.window(
        group_by=table.episode,
        order_by=[(table.outcome == "qualified").desc(), table.screened_at, table.inquiry_id],
    )
    table = step(table, place=ibis.row_number().over(first))
    return table.filter(table.place == 0).select(
        "episode", "interest", "budget_ok", "likelihood", screening_outcome="outcome"
    )


def _seen(visits, of):
    """Return the day of each lead's first visit, booked at all and attended."""
    table = visits.filter(visits.fate.isnull()).inner_join(of, "inquiry")
    return table.group_by("episode").aggregate(
        visit_booked_at=table.visit_at.min(),
        visit_attended_at=table.visit_at.min(where=table.status == "attended"),
    )


def _touches(run: Settled):
    """Return a row for each inquiry of a lead, with the id of the lead's first."""
    member = run.inquiries.filter(run.inquiries.episode.notnull())
    lead = run.leads.select("episode", lead_inquiry="inquiry_id")
    joined = member.select("episode", touched_at="at", **{name: member[name] for name in ORIGIN})
    joined = joined.inner_join(lead, "episode")
    return joined.select("touched_at", *ORIGIN, inquiry_id="lead_inquiry")


def _business(run: Settled, kind: str):
    table = run.tables[kind].filter(run.tables[kind].fate.isnull())
    for column in ("campaign", "vendor"):
        table = labels.with_label(table, column, run.labels[column])
    return table


def _campaigns(run: Settled):
    """Return campaigns whose name may pass."""
    table = _business(run, "campaigns")
    kept = table.filter(table.campaign.notnull())
    names = ["campaign", "channel", *ORIGIN[1:3], "vendor", "starts_on", "ends_on", "kind"]
    return kept.select(*names)


def _totals(run: Settled):
    """Return leads known as counts: counted, only a check, or claimed by an ad platform."""
    spend = _business(run, "spend")
    claims = spend.filter(spend.conversions.notnull())
    unknown = dict.fromkeys(COUNTS[1:], ibis.null("float64"))
    made = claims.select(
        "period_start",
        "period_end",
        *ORIGIN,
        kind=ibis.literal("claimed"),
        leads=claims.conversions.cast("float64"),
        **unknown,
    )
    if "totals" not in run.tables:
        return made
    table = run.tables["totals"]
    table = table.filter(table.fate.isnull() | (table.fate == CHECK))
    for column in ("campaign", "vendor"):
        table = labels.with_label(table, column, run.labels[column])
    counts = {name: table[name].cast("float64") for name in COUNTS}
    kind = table.fate.isnull().ifelse("counted", "checked")
    return ibis.union(
        made, table.select("period_start", "period_end", *ORIGIN, kind=kind, **counts)
    )
