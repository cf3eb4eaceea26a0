"""Patients of a practice system: who they are among those who inquired, and which lead they paid.

A practice system (WebPT, Jane) numbers its patients; the system that keeps the inquiries knows no
such number. The practice's list of patients, with their contacts, joins the two.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import ibis

from ptanalysis.definitions import Problem
from ptanalysis.intake.clean import step, usable_email, usable_phone
from ptanalysis.intake.read import SourceFile

#: Formats put it before a practice's number, so that it is never taken for an inquiry's.
PREFIX = "patient:"
#: What is known of a person, in inquiries and in lists of patients.
_WHO = ("inquiry_id", "first_name", "last_name", "email", "phone", "zip")


def everybody(tables: Mapping[str, object]):
    """Return who inquired and who is listed as a patient, whatever became of their rows.

    Parameters
    ----------
    tables : mapping of kind to ibis Table
        Typed rows.

    Returns
    -------
    ibis Table or None
        inquiry_id (of a patient the practice's number), names, email, phone and zip; None where
        nothing tells of anybody.
    """
    lists = [tables[kind].select(*_WHO) for kind in ("inquiries", "patients") if kind in tables]
    return ibis.union(*lists) if len(lists) > 1 else lists[0] if lists else None


def beside(inquiries, patients):
    """Return inquiries and patients as one table of who they are, patients numbered after.

    Parameters
    ----------
    inquiries : ibis Table
        ``inquiry`` from 0 on, names, usable contacts and zip.
    patients : ibis Table
        Rows that are used.

    Returns
    -------
    ibis Table
        As `ptanalysis.intake.people.persons` takes it, with inquiry_id.
    """
    order = ibis.window(order_by=patients.inquiry_id)
    listed = patients.mutate(
        inquiry=ibis.row_number().over(order) + inquiries.count().as_scalar(),
        email=usable_email(patients.email),
        phone=usable_phone(patients.phone),
    )
    return ibis.union(inquiries.select("inquiry", *_WHO), listed.select("inquiry", *_WHO))


def as_inquiries(events, time: str, inquiries, patients):
    """Name the inquiry behind each event of a patient: their last one until its day.

    Where all came later, the first one: the event then lies before it, and its lead is an existing
    patient. Patients who never inquired keep their number.

    Parameters
    ----------
    events : ibis Table
        With file, row, inquiry_id and `time`.
    time : str
        Column with the time of the event.
    inquiries : ibis Table
        ``inquiry`` (in order of time), inquiry_id, ``at`` and ``person``.
    patients : ibis Table
        inquiry_id (the practice's number; others do no harm) and ``person``.

    Returns
    -------
    ibis Table
        With ``of_patient``: whether the practice's number was given.
    """
    events = step(events, of_patient=events.inquiry_id.startswith(PREFIX).fill_null(False))
    asked = inquiries.select("person", "inquiry", asked_at="at")
    theirs = events.filter(events.of_patient).inner_join(
        patients.select("inquiry_id", "person"), "inquiry_id"
    )
    theirs = step(theirs.inner_join(asked, "person"))
    until = theirs.asked_at.date() <= theirs[time].date()
    behind = theirs.group_by("file", "row").aggregate(
        inquiry=theirs.inquiry.max(where=until).coalesce(theirs.inquiry.min())
    )
    ids = inquiries.select("inquiry", asked_id="inquiry_id")
    named = behind.inner_join(ids, "inquiry").select("file", "row", "asked_id")
    joined = events.left_join(named, ["file", "row"])
    joined = step(joined.select(*events.columns, "asked_id"))
    return step(joined, inquiry_id=joined.asked_id.coalesce(joined.inquiry_id)).drop("asked_id")


def without_list(events, known=None):
    """Take numbers that no patient has for inquiry ids, as a clinic without a list writes them.

    Parameters
    ----------
    events : ibis Table
    known : ibis Table, optional
        inquiry_id of those who are known by their contact, as of a payment with an email.

    Returns
    -------
    ibis Table
        With ``numbered``: whether the id was a patient's number and is now an inquiry's.
    """
    contact = ibis.null("string")
    events = step(events, contact=contact) if known is None else _known_by_contact(events, known)
    given = events.inquiry_id.startswith(PREFIX).fill_null(False)
    events = step(events, numbered=given & events.contact.isnull())
    number = events.inquiry_id.substr(len(PREFIX))
    of_patient = events.of_patient if known is not None else events.numbered
    ids = events.numbered.ifelse(number, events.inquiry_id)
    return step(events, of_patient=of_patient, inquiry_id=ids).drop("contact")


def _known_by_contact(events, known):
    ids = known.filter(known.inquiry_id.notnull()).select(contact="inquiry_id").distinct()
    joined = events.left_join(ids, events.inquiry_id == ids.contact)
    return step(joined.select(*events.columns, "contact"))


def unlisted(events, files: Sequence[SourceFile]) -> list[Problem]:
    """Return a warning for each file whose patients no list names."""
    of_patients = events.filter(events.numbered)
    found = of_patients.group_by("file").aggregate(rows=of_patients.count())
    return [
        Problem(
            code="no_patient_list",
            severity="warning",
            file=files[int(row.file)].file,
            count=int(row.rows),
            what="there is no list of patients, so their numbers are taken for inquiry ids",
            fix="add the practice's list of patients: patient_key, names, email, phone, zip",
        )
        for row in found.order_by("file").execute().itertuples()
    ]
