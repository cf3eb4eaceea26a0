"""Screenings, visits, payments and stages that meet no inquiry: said by file, with the likely why.

They change no figure, so a file of which most is lost looks like a clinic that has no such thing.
"""

from __future__ import annotations

from collections.abc import Sequence

import ibis

from ptanalysis.definitions import ClinicConfig, Problem
from ptanalysis.intake.classify.events import BEFORE, EARLIER, UNKNOWN_INQUIRY
from ptanalysis.intake.clean import folded, step
from ptanalysis.intake.patient_lists import PREFIX
from ptanalysis.intake.read import SourceFile
from ptanalysis.intake.record_ids import AMBIGUOUS

#: Likely cause -> what it is, and how to fix it. Of equal ones the first is named.
_CAUSES = {
    "blank": ("they have no id", "fill in the id of the inquiry"),
    "alike": (
        "their ids are inquiries' ids but for .0 at the end, zeros in front or capitals",
        "export the ids as text, as the inquiries have them",
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
    "unknown": (
        "no inquiry that is used has their ids",
        "export the inquiries they belong to, merged contacts under the id they have now, and "
        "check that both files have the same ids",
    ),
}


def unmatched(
    events, kind: str, *, inquiries, patients, files: Sequence[SourceFile], config: ClinicConfig
) -> list[Problem]:
    """Return a warning for each file that loses too many rows, or too much money, so.

    That a patient in the practice's list never inquired is usual; it is said where it is so of all.

    Parameters
    ----------
    events : ibis Table
        Of `kind`, tied to inquiries.
    kind : str
        screenings, visits, payments or stages.
    inquiries, patients : ibis Table
        With inquiry_id; those that are used.
    files : sequence of SourceFile
    config : ClinicConfig
        Its ``rejected_share_warning`` is the share above which it is a warning.
    """
    known = (UNKNOWN_INQUIRY, AMBIGUOUS, BEFORE, EARLIER)
    rows = events.filter(events.fate.isnull() | events.fate.isin(known))
    rows = rows.filter(rows.kind != "adjustment") if kind == "payments" else rows
    money = rows.amount.abs() if kind == "payments" else ibis.literal(0)
    rows = _with_cause(step(rows, money=money), inquiries, patients)
    lost = rows.cause.notnull()
    strange = lost & (rows.cause != "listed")
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


def _too_many(found, most: float) -> bool:
    """Return whether a file loses more than the share `most` of its rows or money, or all of it."""
    money = float(found.strange_money) > most * float(found.money)
    return bool(found.lost == found.rows or found.strange > most * found.rows or money)


def _with_cause(rows, inquiries, patients):
    """Add why a row likely meets no inquiry; missing where it meets one."""
    of_patient = rows.of_patient if "of_patient" in rows.columns else ibis.literal(False)
    rows = step(
        rows,
        alike=_alike(rows.inquiry_id),
        of_patient=of_patient,
        number=ibis.literal(PREFIX) + rows.inquiry_id,
    )
    listed = patients.select("inquiry_id").distinct()
    numbers = listed.select(number="inquiry_id")
    inquired = inquiries.select(alike=_alike(inquiries.inquiry_id)).distinct()
    for name, key, others in (
        ("is_listed", "inquiry_id", listed),
        ("is_number", "number", numbers),
        ("is_alike", "alike", inquired.filter(inquired.alike.notnull())),
    ):
        joined = rows.left_join(others.mutate(**{name: True}), key)
        rows = step(joined.select(*rows.columns, name))
    cause = ibis.cases(
        (rows.fate.fill_null("") != UNKNOWN_INQUIRY, None),
        (rows.inquiry_id.isnull(), "blank"),
        (rows.of_patient & rows.is_listed.fill_null(False), "listed"),
        (rows.of_patient, "unlisted"),
        (rows.is_alike.fill_null(False), "alike"),
        (rows.is_number.fill_null(False), "as_patient"),
        else_="unknown",
    )
    return step(rows, cause=cause)


def _alike(inquiry_id):
    return folded(inquiry_id).re_replace(r"\.0+$", "").re_replace(r"^0+", "").nullif("")


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
