"""Screenings, visits, payments and stages that meet no inquiry: said by file, with the likely why.

They change no figure, so a file of which most is lost looks like a clinic that has no such thing.
"""

from __future__ import annotations

from collections.abc import Sequence

import ibis

from ptanalysis.definitions import ClinicConfig, Problem
from ptanalysis.intake.changed_ids import MARK, SHORT, with_alike
from ptanalysis.intake.classify.events import BEFORE, EARLIER, UNKNOWN_INQUIRY
from ptanalysis.intake.clean import step
from ptanalysis.intake.patient_lists import PREFIX
from ptanalysis.intake.read import SourceFile
from ptanalysis.intake.record_ids import AMBIGUOUS

#: Likely cause -> what it is, and how to fix it. Of equal ones the first is named.
_CAUSES = {
    "blank": ("they have no id", "fill in the id of the inquiry"),
    "alike": (
        "but for .0 at the end, zeros in front, capitals or E+, their ids are those of several "
        "inquiries",
        "export the ids as text, as the inquiries have them",
    ),
    "rounded": (
        "a spreadsheet turned their ids into numbers like 1E+05, and several inquiries or none fit",
        "export them again as text, and do not save them in Excel",
    ),
    "as_patient": (
        "their ids are numbers of the list of patients",
        f'map them with prefix = "{PREFIX}", as the list is',
    ),
    "unlisted": (
        "their numbers are in no list of patients",
        "export the whole list of patients, with the same numbers",
    ),
    "listed": (
        "their patients are none of those who inquired",
        "export the emails and phones of list and inquiries, so that they can be joined",
    ),
    "no_lead": (
        "their inquiries are read, but are declared to be none, rejected, or of later",
        "see the messages on the file of inquiries",
    ),
    "foreign": (
        "no inquiry that their own system exported has their ids, though another system's may",
        "export that system's inquiries or contacts too, all of them",
    ),
    "unknown": (
        "no inquiry that was read has their ids",
        "export the inquiries they belong to, with the column of the ids that were merged into "
        "each where the system has one, and check that both files have the same ids",
    ),
}
#: Causes that are no fault of the file's ids.
_USUAL = ("listed", "no_lead")


def unmatched(
    events, kind: str, *, ids, patients, files: Sequence[SourceFile], config: ClinicConfig
) -> list[Problem]:
    """Return a warning for each file that loses too many rows, or too much money, so.

    That a patient in the practice's list never inquired is usual, and why an inquiry is not used is
    said of its own file; these are said where it is so of all.

    Parameters
    ----------
    events : ibis Table
        Of `kind`, tied to inquiries.
    kind : str
        screenings, visits, payments or stages.
    ids : ibis Table
        Of the inquiries: `read_ids`, best stored.
    patients : ibis Table
        With inquiry_id and fate.
    files : sequence of SourceFile
    config : ClinicConfig
        Its ``rejected_share_warning`` is the share above which it is a warning.
    """
    known = (UNKNOWN_INQUIRY, AMBIGUOUS, BEFORE, EARLIER)
    rows = events.filter(events.fate.isnull() | events.fate.isin(known))
    rows = rows.filter(rows.kind != "adjustment") if kind == "payments" else rows
    money = rows.amount.abs() if kind == "payments" else ibis.literal(0)
    rows = _with_cause(step(rows, money=money), ids, patients)
    lost = rows.cause.notnull()
    strange = lost & rows.cause.notin(_USUAL)
    found = rows.group_by("file").aggregate(
        rows=rows.count(),
        lost=lost.sum(),
        strange=strange.sum(),
        row=rows.row.min(where=lost),
        money=rows.money.sum(),
        lost_money=rows.money.sum(where=lost),
        strange_money=rows.money.sum(where=strange),
        **{cause: (rows.cause == cause).sum() for cause in _CAUSES},
    )
    return [
        _problem(found, kind, files[int(found.file)].file, config)
        for found in found.order_by("file").execute().fillna(0).itertuples()
        if files[int(found.file)].kind == kind and _too_many(found, config.rejected_share_warning)
    ]


def read_ids(inquiries):
    """Return the ids of inquiries: ``raw`` as in their file, ``alike`` to compare, and ``used``."""
    table = step(inquiries, raw=_raw(inquiries.inquiry_id))
    table = with_alike(table, "alike", "raw")
    return table.select("raw", "alike", used=table.fate.isnull()).distinct()


def _too_many(found, most: float) -> bool:
    """Return whether a file loses more than the share `most` of its rows or money, or all of it."""
    money = float(found.strange_money) > most * float(found.money)
    return bool(found.lost == found.rows or found.strange > most * found.rows or money)


def _with_cause(rows, ids, patients):
    """Add why a row likely meets no inquiry; missing where it meets one."""
    of_patient = rows.of_patient if "of_patient" in rows.columns else ibis.literal(False)
    rows = step(
        rows,
        raw=_raw(rows.inquiry_id),
        of_patient=of_patient,
        number=ibis.literal(PREFIX) + rows.inquiry_id,
    )
    rows = with_alike(rows, "alike", "inquiry_id")
    listed = patients.filter(patients.fate.isnull()).select("inquiry_id").distinct()
    for name, key, others in (
        ("is_listed", "inquiry_id", listed),
        ("is_number", "number", listed.select(number="inquiry_id")),
        ("is_read", "raw", ids.select("raw").distinct()),
        ("is_alike", "alike", ids.filter(ids.used).select("alike").distinct()),
    ):
        joined = rows.left_join(others.mutate(**{name: True}), key)
        rows = step(joined.select(*rows.columns, name))
    cause = ibis.cases(
        (rows.fate.fill_null("") != UNKNOWN_INQUIRY, None),
        (rows.inquiry_id.isnull(), "blank"),
        (rows.of_patient & rows.is_listed.fill_null(False), "listed"),
        (rows.of_patient, "unlisted"),
        (rows.inquiry_id.contains(MARK), "foreign"),
        (rows.is_read.fill_null(False), "no_lead"),
        (rows.inquiry_id.lower().re_search(SHORT), "rounded"),
        (rows.is_alike.fill_null(False), "alike"),
        (rows.is_number.fill_null(False), "as_patient"),
        else_="unknown",
    )
    return step(rows, cause=cause)


def _raw(inquiry_id):
    """Return an id as its file has it (`ptanalysis.intake.record_ids` makes ids of their own)."""
    return inquiry_id.split(MARK)[0]


def _problem(found, kind: str, file: str, config: ClinicConfig) -> Problem:
    cause = max(_CAUSES, key=lambda each: getattr(found, each))
    what, fix = _CAUSES[cause]
    money = f" ({float(found.lost_money):,.2f} {config.currency})" if kind == "payments" else ""
    rows = "rows with stages" if kind == "stages" else kind
    return Problem(
        code="unknown_inquiry",
        severity="warning",
        file=file,
        row=int(found.row),
        column="inquiry_id",
        count=int(found.lost),
        fix=fix,
        what=f"of {found.rows:,} {rows}, {found.lost:,}{money} belong to no inquiry that was read "
        f"and count nowhere: {what}",
    )
