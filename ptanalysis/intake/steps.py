"""The steps of intake in order: copies, channels, interest, people, events, leads, payments.

Forgotten people are told apart before they are left out, so that nobody else's rows change.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import ibis

from ptanalysis.definitions import TAXONOMIES, UNKNOWN, ClinicConfig, Problem, load_taxonomy
from ptanalysis.intake import classify, double_spend, intake_warnings, patient_lists
from ptanalysis.intake import labels as seam
from ptanalysis.intake.classify.events import UNKNOWN_INQUIRY
from ptanalysis.intake.clean import TYPES, folded, step
from ptanalysis.intake.deduplicate import AFTER, TIMES, known, newest
from ptanalysis.intake.materialize import stored
from ptanalysis.intake.people import People, persons
from ptanalysis.intake.typed_rows import Rows, empty
from ptanalysis.intake.unmatched_rows import unmatched
from ptanalysis.privacy.forget import suppression_list

_TIMES = {"screenings": "screened_at", "visits": "visit_at", "payments": "paid_at"}
OF_PEOPLE = ("inquiries", *_TIMES, "stages", "patients")
#: Kinds that practice systems export, by their own numbers of patients.
_OF_PATIENTS = ("visits", "payments")
_LABELS = ("campaign", "vendor")
_SIDES = ("channel", *TAXONOMIES.values())

#: Of the tables of OF_PEOPLE, the inquiries that forgotten people left.
Gone = Callable[[dict], set[str]]


class Pipeline:
    """The steps over one run's rows; each keeps its table for the next and for the ledger.

    Parameters
    ----------
    rows : Rows
    config : ClinicConfig
    as_of : date
    connection : ibis backend
    gone : callable, optional
        Nobody where not given.
    """

    def __init__(
        self,
        rows: Rows,
        *,
        config: ClinicConfig,
        as_of: date,
        connection,
        gone: Callable | None = None,
    ) -> None:
        self.rows, self.config, self.as_of, self.connection = rows, config, as_of, connection
        self.gone = gone or (lambda tables: set())
        self.taxonomy = load_taxonomy()
        self.problems: list[Problem] = rows.problems
        self.tables = {kind: self._known(kind) for kind in TYPES if kind != "denominators"}

    def run(self) -> Pipeline:
        """Run the steps; afterwards `tables`, `inquiries`, `leads` and `paid` are settled."""
        self._label_business()
        self.people = self._inquiries()
        self._patients()
        self._leave_out(self.gone({kind: self.tables[kind] for kind in OF_PEOPLE}))
        moments = self._events()
        self._payments(self._leads(moments))
        return self

    def _leave_out(self, ids: set[str]) -> None:
        """Leave out all that is known of forgotten people."""
        if not ids:
            return
        known = self.who.execute()
        people = known["person"][known["inquiry_id"].isin(ids)]
        ids = ids | set(known["inquiry_id"][known["person"].isin(people)])
        for kind in OF_PEOPLE:
            self.tables[kind] = self._store(suppression_list.kept_out(self.tables[kind], ids))
        gone = self.tables["inquiries"].filter(
            self.tables["inquiries"].fate == suppression_list.FATE
        )
        self.inquiries = self._store(self.inquiries.anti_join(gone, "inquiry_id"))

    def _store(self, expression):
        return stored(self.connection, expression)

    def _known(self, kind: str):
        """Return the rows of a kind with late ones and copies marked."""
        table = self.rows.tables.get(kind)
        if table is None:
            table = empty(kind, connection=self.connection)
        table = self._store(known(table, kind, self.as_of))
        if kind in TIMES:
            self.problems += intake_warnings.far_ahead(table, kind, self.rows.files, self.as_of)
        table = self._store(newest(table, kind))
        self.problems += intake_warnings.copies_within(table, self.rows.files, self.config)
        return table.drop("here")

    def _label_business(self) -> None:
        """Name channels of spend and campaigns, refuse spend told twice, list their labels."""
        for kind in ("spend", "campaigns"):
            table = classify.with_channel(
                self.tables[kind], self.taxonomy, self.config.channel_overrides
            )
            self.tables[kind] = self._store(table)
        self.tables["spend"], twice = double_spend.marked(self.tables["spend"], self.rows.files)
        self.tables["spend"] = self._store(self.tables["spend"])
        self.problems += twice
        self.problems += intake_warnings.unknown_business(
            self.tables["spend"], self.tables["campaigns"]
        )
        business = [self._live("spend"), self._live("campaigns")]
        everybody = patient_lists.everybody(self.tables)
        self.labels = {}
        for column in _LABELS:
            labels, withheld = seam.business_labels(business, column, everybody)
            self.labels[column] = self._store(labels)
            if withheld:
                self.problems.append(intake_warnings.unfit(column, withheld))

    @property
    def undated(self) -> list[int]:
        """Files without any date of an SQL."""
        return [
            place
            for place, source in enumerate(self.rows.files)
            if any(problem.code == "stage_dates_missing" for problem in source.problems)
        ]

    def _live(self, kind: str):
        return self.tables[kind].filter(self.tables[kind].fate.isnull())

    def _inquiries(self) -> People:
        """Give inquiries their number, interest, channel, labels and person."""
        table = self._live("inquiries")
        order = ibis.window(order_by=[table.received_at, table.inquiry_id])
        table = self._store(
            table.mutate(inquiry=ibis.row_number().over(order), at=table.received_at)
        )
        table = self._store(classify.with_interest(table, self.config))
        table = classify.with_channel(table, self.taxonomy, self.config.channel_overrides)
        for column in _LABELS:
            table = seam.with_label(table, column, self.labels[column])
        table = self._store(self._by_campaign(self._store(table)))
        known = self._store(patient_lists.beside(table, self._live("patients")))
        people = persons(known, connection=self.connection)
        self.inquiries = self._store(table.inner_join(people.table, "inquiry"))
        self.who = self._store(
            known.inner_join(people.table, "inquiry").select("inquiry_id", "person")
        )
        return people

    def _patients(self) -> None:
        """Find the inquiry behind what patients of a practice system did."""
        listed = bool(self._live("patients").count().execute())
        for kind in _OF_PATIENTS:
            table, time = self.tables[kind], _TIMES[kind]
            table = self._store(
                patient_lists.as_inquiries(table, time, self.inquiries, self.who)
                if listed
                else patient_lists.without_list(table)
            )
            self.tables[kind] = table
            if not listed:
                self.problems += patient_lists.unlisted(table, self.rows.files)

    def _by_campaign(self, table):
        """Take missing channels and vendors from the clinic's own list of campaigns."""
        listed = self._live("campaigns").select("campaign", "vendor", *_SIDES)
        spent = self._live("spend").select("campaign", "vendor", *_SIDES)
        both = ibis.union(listed, spent)
        both = step(both.filter(both.campaign.notnull()), key=folded(both.campaign))
        sure = both.channel != UNKNOWN
        agreed = both.group_by("key").aggregate(
            own_vendor=both.vendor.min(),
            vendors=both.vendor.nunique(),
            channels=both.channel.nunique(where=sure),
            **{f"own_{name}": both[name].min(where=sure) for name in _SIDES},
        )
        keyed = step(table, key=folded(table.campaign))
        joined = step(keyed.left_join(agreed, "key").drop("key_right"))
        vendor = (joined.vendors == 1).ifelse(joined.own_vendor, None)
        named = (joined.channel == UNKNOWN) & (joined.channels == 1)
        return joined.mutate(
            vendor=joined.vendor.coalesce(vendor),
            **{name: named.ifelse(joined[f"own_{name}"], joined[name]) for name in _SIDES},
        ).select(*table.columns)

    def _events(self):
        """Tie events to inquiries and return their moments."""
        for kind, time in _TIMES.items():
            self.tables[kind] = self._store(classify.tied(self.tables[kind], self.inquiries, time))
            self.problems += intake_warnings.early(self.tables[kind], kind, self.rows.files)
        self.problems += intake_warnings.contradictions(self.tables["screenings"], self.rows.files)
        inquiries = self.tables["inquiries"]
        stages = self._store(
            classify.stages_tied(
                self.tables["stages"], self.inquiries, inquiries.filter(inquiries.fate == AFTER)
            )
        )
        self.tables["stages"] = stages
        for kind in (*_TIMES, "stages"):
            self.problems += unmatched(
                self.tables[kind],
                kind,
                inquiries=self.inquiries,
                patients=self._live("patients"),
                files=self.rows.files,
                config=self.config,
            )
        self.problems += intake_warnings.early_stages(stages, self.inquiries, self.rows.files)
        payments = self.tables["payments"]
        moments = ibis.union(
            classify.moments_of_screenings(self.tables["screenings"]),
            classify.moments_of_visits(self.tables["visits"]),
            classify.moments_of_payments(payments.filter(payments.kind == "payment")),
            classify.moments_of_stages(stages, self.inquiries, undated=self.undated),
        )
        return self._store(moments)

    def _leads(self, moments):
        self.inquiries = self._store(
            classify.with_episodes(
                self.inquiries, moments, relead_days=self.config.relead_window_days
            )
        )
        return self._store(classify.lead_rows(self.inquiries, moments))

    def _payments(self, leads) -> None:
        """Tie payments to leads and date the first net payment."""
        table = self.tables["payments"]
        of = self.inquiries.select("inquiry", "episode")
        table = step(table.left_join(of, "inquiry").drop("inquiry_right"))
        lead = leads.select(
            "episode", "existing", lead_inquiry="inquiry_id", strict=leads.lead_at.notnull()
        )
        table = step(table.left_join(lead, "episode").drop("episode_right"))
        live = table.fate.isnull()
        owed = (live | (table.fate == UNKNOWN_INQUIRY)) & (table.kind == "adjustment")
        self.tables["payments"] = self._store(
            table.mutate(
                fate=ibis.cases(
                    (owed.fill_null(False), "excluded:adjustment"),
                    (live & ~table.strict.fill_null(False), "used:unattributed"),
                    (live & table.existing, "used:existing_patient"),
                    (live, "used:attributed"),
                    else_=table.fate,
                )
            )
        )
        paid = self.tables["payments"]
        self.paid = self._store(paid.filter(paid.fate == "used:attributed"))
        self.leads = self._store(classify.with_patient_at(leads, self.paid))
