"""The tables of the analysis: fixed words, pseudonyms, no direct identifier, one order of rows."""

from __future__ import annotations

from collections.abc import Iterator

import ibis
import pyarrow as pa

from ptanalysis.dataset import COUNTS, SCHEMA
from ptanalysis.intake import labels
from ptanalysis.intake.classify import ORIGIN
from ptanalysis.intake.clean import step
from ptanalysis.intake.counted_totals import CHECK
from ptanalysis.intake.steps import Settled
from ptanalysis.privacy.pseudonyms import ClinicKey

#: Columns that order a table, so that the same content is the same bytes.
_ORDER = {
    "leads": ("inquiry_at", "lead_id"),
    "touches": ("touched_at", "lead_id", *ORIGIN),
    "payments": ("paid_at", "lead_id", "amount"),
    "spend": ("period_start", "period_end", *ORIGIN, "kind", "amount", "hours"),
    "campaigns": ("starts_on", "campaign", "ends_on", "channel", "vendor", "kind"),
    "totals": ("period_start", "period_end", *ORIGIN, "kind", *COUNTS),
}
#: Columns with raw ids, and what their pseudonyms are of.
_IDS = {"lead_id": "lead", "person_id": "person"}
_TYPES = {"str": pa.string(), "datetime64[us]": pa.timestamp("us")}
#: Rows that are in Python at once.
_ROWS = 100_000


def parts(run: Settled) -> dict:
    """Return leads, touches, payments, spend, campaigns and totals as Ibis tables with raw ids."""
    return {
        "leads": _leads(run),
        "touches": _touches(run),
        "payments": run.paid.rename(lead_id="lead_inquiry"),
        "spend": _business(run, "spend"),
        "campaigns": _campaigns(run),
        "totals": _totals(run),
    }


def reader(name: str, table, *, clinic: str, key: ClinicKey) -> pa.RecordBatchReader:
    """Return the rows of one of `parts` in their order, with pseudonyms, in bounded memory.

    Amounts and hours become floats; they were exact to here, for the ledger.
    """
    table = table.select(*(column for column in SCHEMA[name] if column != "clinic"))
    table = table.order_by([table[column] for column in _ORDER[name]])
    exact = [column for column, type_ in table.schema().items() if type_.is_decimal()]
    table = table.mutate(**{column: table[column].cast("float64") for column in exact})
    types = {column: _TYPES.get(type_, type_) for column, type_ in SCHEMA[name].items()}
    schema = pa.schema(list(types.items()))
    return pa.RecordBatchReader.from_batches(schema, _batches(table, schema, clinic, key))


def _batches(table, schema: pa.Schema, clinic: str, key: ClinicKey) -> Iterator[pa.RecordBatch]:
    for batch in table.to_pyarrow_batches(chunk_size=_ROWS):
        columns = {"clinic": pa.repeat(clinic, batch.num_rows)}
        for name, column in zip(batch.schema.names, batch.columns, strict=True):
            coded = (key.pseudonym(_IDS[name], each) for each in column.to_pylist())
            columns[name] = pa.array(coded, pa.string()) if name in _IDS else column
        yield pa.record_batch([columns[each.name].cast(each.type) for each in schema], schema)


def _leads(run: Settled):
    """Return leads with the raw id of their person's first inquiry, their screening and visits."""
    ids = run.inquiries.select(person="inquiry", person_id="inquiry_id")
    of = run.inquiries.select("inquiry", "episode").filter(run.inquiries.episode.notnull())
    leads = run.leads.inner_join(ids, "person")
    for recorded in (_deciding(run.tables["screenings"], of), _seen(run.tables["visits"], of)):
        leads = leads.left_join(recorded, "episode").drop("episode_right")
    return leads.rename(lead_id="inquiry_id")


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
    lead = run.leads.select("episode", lead_id="inquiry_id")
    joined = member.select("episode", touched_at="at", **{name: member[name] for name in ORIGIN})
    return joined.inner_join(lead, "episode")


def _business(run: Settled, kind: str):
    table = run.tables[kind].filter(run.tables[kind].fate.isnull())
    for column in ("campaign", "vendor"):
        table = labels.with_label(table, column, run.labels[column])
    return table


def _campaigns(run: Settled):
    """Return campaigns whose name may pass."""
    table = _business(run, "campaigns")
    return table.filter(table.campaign.notnull())


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
