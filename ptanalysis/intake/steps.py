"""The steps of intake, each from tables to a table; `settled` lists them in order.

Forgotten people are identified before they are left out, so that no other person's rows change.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import ibis

from ptanalysis.definitions import ClinicConfig, Problem, Quarter
from ptanalysis.intake import (
    classify,
    counted_totals,
    double_spend,
    intake_warnings,
    one_day,
    overlapping_exports,
    patient_lists,
)
from ptanalysis.intake import labels as seam
from ptanalysis.intake.classify.events import UNKNOWN_INQUIRY
from ptanalysis.intake.clean import TYPES, step
from ptanalysis.intake.deduplicate import AFTER, TIMES, known, newest
from ptanalysis.intake.engine import stored
from ptanalysis.intake.overlapping_exports import platforms
from ptanalysis.intake.people import People, persons
from ptanalysis.intake.typed_rows import Rows, empty
from ptanalysis.intake.unmatched_rows import read_ids, unmatched
from ptanalysis.privacy.forget import suppression_list

_TIMES = {kind: TIMES[kind] for kind in ("screenings", "visits", "payments")}
OF_PEOPLE = ("inquiries", *_TIMES, "stages", "patients")
#: Kinds that practice systems export, by their own numbers of patients.
_OF_PATIENTS = ("visits", "payments")
_LABELS = ("campaign", "vendor")
#: Kinds without people.
_APART = ("denominators", "totals")

#: Of the tables of OF_PEOPLE, the inquiries that forgotten people left.
Gone = Callable[[dict], set[str]]


@dataclass(frozen=True, kw_only=True)
class Run:
    """What every step of one run may look at."""

    rows: Rows
    config: ClinicConfig
    quarter: Quarter
    connection: object

    def store(self, expression):
        """Compute a table once."""
        return stored(self.connection, expression)

    def channels(self, table):
        """Return a table with its channel and the side of each taxonomy."""
        return classify.with_channel(table, self.config)

    def tell(self, problems: list[Problem]) -> None:
        """Keep the problems that a step found."""
        self.rows.problems += problems


@dataclass(frozen=True, kw_only=True)
class Settled:
    """A run's tables once every step is done.

    Attributes
    ----------
    rows : Rows
        What was read, with every problem found.
    quarter : Quarter
    tables : dict of kind to ibis Table
        Every row of every kind with its fate.
    labels : dict of column to ibis Table
        The campaigns and vendors of the clinic's own lists that may pass.
    people : People
    inquiries, leads, paid : ibis Table
        Inquiries that are used, with person and lead; a row a lead; payments of leads.
    """

    rows: Rows
    quarter: Quarter
    tables: dict
    labels: dict
    people: People
    inquiries: object
    leads: object
    paid: object


def settled(
    rows: Rows, *, config: ClinicConfig, quarter: Quarter, connection, gone: Gone | None = None
) -> Settled:
    """Run the steps over one run's rows.

    Parameters
    ----------
    rows : Rows
    config : ClinicConfig
    quarter : Quarter
        The one reported on; nothing after its last day is used.
    connection : ibis backend
    gone : callable, optional
        Nobody where not given.
    """
    run = Run(rows=rows, config=config, quarter=quarter, connection=connection)
    # Campaigns, vendors and sources that are spelled in several ways, in one.
    rows.tables = seam.with_one_spelling(rows.tables, run.store)
    # Every kind's rows, the late ones and the older copies marked.
    tables = {kind: known_rows(run, kind) for kind in TYPES if kind not in _APART}
    # Spend and campaigns with their channel; spend that is in two reports marked.
    tables |= business_rows(run, tables)
    # Counts of leads with their channel; of those that overlap, the finer.
    tables |= counted_rows(run)
    # The campaigns and vendors in the clinic's own lists, those that may pass.
    labels = {column: business_labels(run, tables, column) for column in _LABELS}
    # Inquiries that are used, with interest, channel and labels.
    inquiries = labelled_inquiries(run, tables, labels)
    # The same with the person of each; and the person of each id, lists of patients included.
    inquiries, who, people = inquiries_of_people(run, tables, inquiries)
    # Visits and payments of a practice system's patients, by the inquiry they belong to.
    tables |= rows_of_patients(run, tables, inquiries, who)
    # All of these without forgotten people.
    if ids := (gone or (lambda tables: set()))({kind: tables[kind] for kind in OF_PEOPLE}):
        tables |= rows_left(run, tables, ids, who)
        inquiries = inquiries_left(run, tables["inquiries"], inquiries)
    # Screenings, visits, payments and stages, each tied to an inquiry.
    tables |= tied_rows(run, tables, inquiries)
    # A row for each time that somebody got somewhere.
    moments = moments_of(run, tables, inquiries)
    # Inquiries with the lead each is of.
    inquiries = run.store(
        classify.with_episodes(inquiries, moments, relead_days=config.relead_window_days)
    )
    # A row a lead, with the time of each stage but the patient's.
    leads = run.store(classify.lead_rows(inquiries, moments))
    # Payments with the lead each is of, and what becomes of it.
    tables["payments"] = payments_of_leads(run, tables["payments"], inquiries, leads)
    # Payments that count for a lead.
    paid = run.store(tables["payments"].filter(tables["payments"].fate == "used:attributed"))
    # A row a lead, with the time of its first net payment.
    leads = run.store(classify.with_patient_at(leads, paid))
    # Counts of which the leads are known too are a check.
    tables |= checked_rows(run, tables, leads)
    return Settled(
        rows=rows,
        quarter=quarter,
        tables=tables,
        labels=labels,
        people=people,
        inquiries=inquiries,
        leads=leads,
        paid=paid,
    )


def known_rows(run: Run, kind: str):
    """Return the rows of a kind with late ones, copies and declared non-leads marked."""
    table = run.rows.tables.get(kind)
    if table is None:
        return one_day.with_marks(empty(kind, connection=run.connection), kind)
    table = run.store(known(table, kind, run.quarter.end))
    if kind in TIMES:
        run.tell(intake_warnings.far_ahead(table, kind, run.rows.files, run.quarter.end))
    if kind in TIMES and kind != "campaigns":
        run.tell(intake_warnings.odd_years(table, kind, run.rows.files, quarter=run.quarter))
    table = run.store(newest(table, kind, reports=platforms(run.rows.files)))
    run.tell(intake_warnings.copies_within(table, kind, run.rows.files, run.config))
    if kind == "inquiries":
        declared = ibis.literal("used:") + table.not_lead
        table = run.store(table.mutate(fate=table.fate.coalesce(declared)))
    table, same_day = one_day.marked(table.drop("here"), kind, run.rows.files)
    run.tell(same_day)
    return run.store(table) if kind in one_day.MARKS else table


def business_rows(run: Run, tables: dict) -> dict:
    """Return spend and campaigns with their channel; spend reported twice is marked."""
    made = {kind: run.store(run.channels(tables[kind])) for kind in ("spend", "campaigns")}
    files, currency = run.rows.files, run.config.currency
    if "spend" in run.rows.tables:
        spend, again = overlapping_exports.marked(made["spend"], files, currency=currency)
        spend, twice = double_spend.marked(run.store(spend), files)
        made["spend"] = run.store(spend)
        run.tell([*again, *twice])
        run.tell(intake_warnings.alike_rows(made["spend"], files))
        run.tell(intake_warnings.without_vendor(made["spend"], files))
    if made.keys() & run.rows.tables.keys():
        run.tell(intake_warnings.unknown_business(list(made.values()), files))
    return made


def counted_rows(run: Run) -> dict:
    """Return totals, where there are any, with their channel; those that overlap are marked."""
    if "totals" not in run.rows.tables:
        return {}
    table = run.store(run.channels(known_rows(run, "totals")))
    run.tell(intake_warnings.unknown_business([table], run.rows.files, of="leads count"))
    table, twice = counted_totals.without_overlaps(table, run.rows.files)
    run.tell(twice)
    return {"totals": run.store(table)}


def checked_rows(run: Run, tables: dict, leads) -> dict:
    """Return totals with those marked that only check the leads on record."""
    if "totals" not in tables:
        return {}
    table, said = counted_totals.checked(tables["totals"], leads, run.rows.files)
    table = run.store(table)
    run.tell([*said, *counted_totals.across_quarters(table, run.rows.files, run.quarter)])
    return {"totals": table}


def business_labels(run: Run, tables: dict, column: str):
    """Return the campaigns or vendors of the clinic's own lists that may pass."""
    counts = [_live(tables["totals"])] if "totals" in tables else []
    labels, redacted = seam.business_labels(
        [*_business(tables), *counts], column, patient_lists.everybody(tables)
    )
    if redacted:
        run.tell([intake_warnings.unfit(column, redacted)])
    return run.store(labels)


def labelled_inquiries(run: Run, tables: dict, labels: dict):
    """Return the inquiries that are used with number, interest, channel and labels."""
    table = _live(tables["inquiries"])
    order = ibis.window(order_by=[table.received_at, table.inquiry_id])
    places = table.select("file", "row", at="received_at", inquiry=ibis.row_number().over(order))
    table = run.store(table.inner_join(places, ["file", "row"]))
    table = run.channels(run.store(classify.with_interest(table, run.config)))
    new = table.filter(table["at"] >= ibis.timestamp(str(run.quarter.start)))
    run.tell(intake_warnings.unlisted_campaigns(new, _business(tables), run.rows.files))
    for column in _LABELS:
        table = seam.with_label(table, column, labels[column])
    table = run.store(classify.by_campaign(run.store(table), _business(tables)))
    new = table.filter(table["at"] >= ibis.timestamp(str(run.quarter.start)))
    run.tell(intake_warnings.unknown_sources(new, run.rows.files))
    return table


def inquiries_of_people(run: Run, tables: dict, inquiries) -> tuple:
    """Return inquiries with their person, the person of each id, and how people were found."""
    beside = run.store(patient_lists.beside(inquiries, _live(tables["patients"])))
    people = persons(beside, connection=run.connection)
    who = beside.inner_join(people.table, "inquiry").select("inquiry_id", "person")
    return run.store(inquiries.inner_join(people.table, "inquiry")), run.store(who), people


def rows_of_patients(run: Run, tables: dict, inquiries, who) -> dict:
    """Find the inquiry behind what patients of a practice system did."""
    made, known = {kind: tables[kind] for kind in _OF_PATIENTS}, None
    if _live(tables["patients"]).count().execute():
        known = _live(tables["patients"])
        made = {
            kind: run.store(patient_lists.as_inquiries(table, _TIMES[kind], inquiries, who))
            for kind, table in made.items()
        }
    if any(each.kind == "patients" and not each.refused for each in run.rows.files):
        return made
    for kind, table in made.items():
        table = run.store(patient_lists.without_list(table, known))
        run.tell(patient_lists.unlisted(table, run.rows.files))
        made[kind] = table.drop("numbered")
    return made


def rows_left(run: Run, tables: dict, ids: set[str], who) -> dict:
    """Leave out all that is known of forgotten people."""
    known = who.execute()
    people = known["person"][known["inquiry_id"].isin(ids)]
    ids = ids | set(known["inquiry_id"][known["person"].isin(people)])
    return {kind: run.store(suppression_list.kept_out(tables[kind], ids)) for kind in OF_PEOPLE}


def inquiries_left(run: Run, table, inquiries):
    """Return the inquiries of those who are not forgotten."""
    gone = table.filter(table.fate == suppression_list.FATE)
    return run.store(inquiries.anti_join(gone, "inquiry_id"))


def tied_rows(run: Run, tables: dict, inquiries) -> dict:
    """Tie screenings, visits, payments and stages to inquiries."""
    files, made = run.rows.files, {}
    for kind, time in _TIMES.items():
        made[kind] = run.store(classify.tied(tables[kind], inquiries, time))
        if kind in run.rows.tables:
            run.tell(intake_warnings.early(made[kind], kind, files))
            run.tell(intake_warnings.late_entries(made[kind], kind, files))
    if "screenings" in run.rows.tables:
        run.tell(intake_warnings.contradictions(made["screenings"], files))
    late = tables["inquiries"].filter(tables["inquiries"].fate == AFTER)
    made["stages"] = run.store(classify.stages_tied(tables["stages"], inquiries, late))
    ids = run.store(read_ids(tables["inquiries"]))
    for kind in (kind for kind in made if kind in run.rows.tables):
        run.tell(
            unmatched(
                made[kind],
                kind,
                ids=ids,
                patients=tables["patients"],
                files=files,
                config=run.config,
            )
        )
    if "stages" in run.rows.tables:
        run.tell(intake_warnings.early_stages(made["stages"], inquiries, files))
    return made


def moments_of(run: Run, tables: dict, inquiries):
    """Return the moments of screenings, visits, payments and stages."""
    payments = tables["payments"]
    paid, undated = payments.filter(payments.kind == "payment"), _undated(run.rows)
    made = {
        "visits": lambda: classify.moments_of_visits(tables["visits"]),
        "payments": lambda: classify.moments_of_payments(paid),
        "stages": lambda: classify.moments_of_stages(tables["stages"], inquiries, undated=undated),
    }
    parts = [moments() for kind, moments in made.items() if kind in run.rows.tables]
    moments = classify.moments_of_screenings(tables["screenings"])
    return run.store(ibis.union(moments, *parts) if parts else moments)


def payments_of_leads(run: Run, payments, inquiries, leads):
    """Tie payments to leads and say what becomes of each."""
    of = inquiries.select("inquiry", "episode")
    table = step(payments.left_join(of, "inquiry").drop("inquiry_right"))
    lead = leads.select(
        "episode", "existing", lead_inquiry="inquiry_id", strict=leads.lead_at.notnull()
    )
    table = step(table.left_join(lead, "episode").drop("episode_right"))
    live = table.fate.isnull()
    owed = (live | (table.fate == UNKNOWN_INQUIRY)) & (table.kind == "adjustment")
    fate = ibis.cases(
        (owed.fill_null(False), "excluded:adjustment"),
        (live & ~table.strict.fill_null(False), "used:unattributed"),
        (live & table.existing, "used:existing_patient"),
        (live, "used:attributed"),
        else_=table.fate,
    )
    return run.store(table.mutate(fate=fate))


def _live(table):
    """Return the rows that nothing has befallen."""
    return table.filter(table.fate.isnull())


def _business(tables: dict) -> list:
    """Return the clinic's own lists of campaigns: spend and campaigns."""
    return [_live(tables["spend"]), _live(tables["campaigns"])]


def _undated(rows: Rows) -> list[int]:
    """Return the files without any date of an SQL."""
    return [
        place
        for place, source in enumerate(rows.files)
        if any(problem.code == "stage_dates_missing" for problem in source.problems)
    ]
