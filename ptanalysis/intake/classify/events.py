"""Screenings, visits, payments and declared stages tied to their inquiry, as moments of it."""

from __future__ import annotations

from collections.abc import Sequence

import ibis

from ptanalysis.intake.classify.lexicon import words
from ptanalysis.intake.clean import folded, step

BEFORE = "rejected:before_inquiry"
EARLIER = "excluded:before_inquiry"
UNKNOWN_INQUIRY = "excluded:unknown_inquiry"

#: Days that the record of an inquiry may be entered after the first visit.
LATE_DAYS = 2
#: Declared stage column -> the moment it is.
STAGES = {
    "lead_at": "stage_lead",
    "mql_at": "stage_mql",
    "screened_at": "stage_screened",
    "sql_at": "stage_sql",
    "patient_at": "stage_patient",
    "lost_at": "stage_lost",
}


def tied(events, inquiries, time: str):
    """Tie rows to their inquiry, and mark those dated before it.

    Days are compared, as some systems keep no time of day; a time earlier on the inquiry's own day
    becomes the inquiry's. So does the first visit or payment ever, and no follow-up, up to
    LATE_DAYS before it: the inquiry was entered late. Rows of no known inquiry are excluded. What a
    practice system tells of a patient before the inquiry is no fault: it is excluded.

    Parameters
    ----------
    events : ibis Table
        With inquiry_id, `time` and fate; ``of_patient`` where a practice system may tell them.
    inquiries : ibis Table
        ``inquiry``, inquiry_id and ``at``.
    time : str
        Column with the time of the event.

    Returns
    -------
    ibis Table
        With ``inquiry`` (missing where unknown), ``before`` and ``late`` (bool).
    """
    known = inquiries.select("inquiry", known_id="inquiry_id", inquiry_at="at")
    table = events.left_join(known, events.inquiry_id == known.known_id)
    table = step(table.select(*events.columns, "inquiry", "inquiry_at"))
    live = table.fate.isnull()
    before = live & (table[time].date() < table.inquiry_at.date()).fill_null(False)
    table = step(table, before=before, late=before & _entered_late(table, before, time))
    live, before = table.fate.isnull(), table.before & ~table.late
    earlier = table.of_patient if "of_patient" in table.columns else ibis.literal(False)
    fate = ibis.cases(
        (live & before & earlier, EARLIER),
        (live & before, BEFORE),
        (live & table.inquiry.isnull(), UNKNOWN_INQUIRY),
        else_=table.fate,
    )
    moved = ibis.greatest(table[time], table.inquiry_at)
    return step(
        table,
        fate=fate,
        before=before,
        **{time: (live & ~before & table.inquiry.notnull()).ifelse(moved, table[time])},
    ).drop("inquiry_at")


def _entered_late(table, before, time: str):
    """Return whether nothing of an inquiry lies longer before it than a desk takes to enter it."""
    if time not in ("visit_at", "paid_at"):
        return ibis.literal(False)
    limit = table.inquiry_at.truncate("D") - ibis.interval(days=LATE_DAYS)
    old = (table[time] < limit) | (table.kind == "follow_up")
    return ~(before & old.fill_null(False)).any().over(ibis.window(group_by=table.inquiry))


def stages_tied(stages, inquiries, later):
    """Mark stages of no known inquiry, and those of one that is known only `later`.

    Parameters
    ----------
    stages : ibis Table
        With inquiry_id and fate.
    inquiries, later : ibis Table
        inquiry_id of those known at the as-of date, and of those dated after it, with their fate.
    """
    known = inquiries.select("inquiry_id").distinct().mutate(met=True)
    later = later.select("inquiry_id", then="fate").distinct()
    table = step(stages.left_join(known, "inquiry_id").select(*stages.columns, "met"))
    table = step(table.left_join(later, "inquiry_id").select(*table.columns, "then"))
    lost = table.fate.isnull() & table.met.isnull()
    fate = lost.ifelse(table.then.coalesce(UNKNOWN_INQUIRY), table.fate)
    return step(table, fate=fate).drop("met", "then")


def moments_of_screenings(screenings):
    """Return a moment for each screening that decided; an unanswered call decides nothing."""
    used = screenings.filter(screenings.fate.isnull() & (screenings.outcome != "unreachable"))
    used = _with_reason(used, "reason")
    undated = used.one_day | (used.undated == "yes").fill_null(False)
    return _moments(used, used.screened_at, used.outcome, reason=used.why, undated=undated)


def moments_of_visits(visits):
    """Return a moment for each visit, attended or only booked; ``before`` for earlier ones."""
    used = visits.filter(visits.fate.isnull() | visits.before)
    attended = used.status == "attended"
    kept = used.filter(~used.before | attended)
    what = kept.before.ifelse("before", (kept.status == "attended").ifelse("attended", "visit"))
    return _moments(kept, kept.visit_at, what)


def moments_of_payments(payments):
    """Return a moment for each positive payment."""
    used = payments.filter((payments.fate.isnull() | payments.before) & (payments.amount > 0))
    used = used.filter(used.inquiry.notnull())
    return _moments(used, used.paid_at, used.before.ifelse("before", "payment"))


def moments_of_stages(stages, inquiries, *, undated: Sequence[int] = ()):
    """Return a moment for each stage a system declares; one dated before its inquiry is at it.

    Parameters
    ----------
    stages, inquiries : ibis Table
    undated : sequence of int
        Files that have no dates of SQLs. There, and where a row says so (``sql_undated``,
        ``patient_undated``), a stage's time is only one it may have had.
    """
    marks = {
        "sql_at": (stages.sql_undated == "yes") | stages.file.isin(list(undated) or [-1]),
        "patient_at": stages.patient_undated == "yes",
    }
    stages = stages.mutate(
        **{f"undated_{name}": mark.fill_null(False) for name, mark in marks.items()}
    )
    known = inquiries.select("inquiry", known_id="inquiry_id", inquiry_at="at")
    table = stages.filter(stages.fate.isnull())
    table = step(table.inner_join(known, table.inquiry_id == known.known_id))
    table = _with_reason(table, "lost_reason")
    parts = []
    for column, what in STAGES.items():
        reached = table.filter(table[column].notnull())
        at = ibis.greatest(reached[column], reached.inquiry_at)
        parts.append(
            _moments(
                reached,
                at,
                what,
                reason=reached.why,
                undated=reached[f"undated_{column}"] if column in marks else None,
            )
        )
    return ibis.union(*parts)


def reason_word(text):
    """Return a free text reason as a word of a fixed list, ``other`` where none fits."""
    return _reason(folded(text).fill_null(""))


def _with_reason(table, column: str):
    """Add the `reason_word` of a column as ``why``, its text folded once for all patterns."""
    table = step(table, why=folded(table[column]).fill_null(""))
    return step(table, why=_reason(table.why))


def _reason(lower):
    patterns = words()["screening_reasons"].items()
    cases = [(lower.re_search(pattern), word) for word, pattern in patterns]
    return ibis.cases((lower == "", ibis.null("string")), *cases, else_="other")


def _moments(table, at, what, *, reason=None, undated=None):
    reason = ibis.null("string") if reason is None else reason
    what = ibis.literal(what) if isinstance(what, str) else what
    undated = ibis.literal(False) if undated is None else undated
    return table.select("inquiry", at=at, what=what, why=reason, undated=undated)
