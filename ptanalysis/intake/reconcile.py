"""The ledger of a run: every row of every file with its fate, money to the cent."""

from __future__ import annotations

from collections.abc import Iterator

import ibis

from ptanalysis.definitions import UNKNOWN, Quarter
from ptanalysis.intake import ledger
from ptanalysis.intake.classify.events import UNKNOWN_INQUIRY
from ptanalysis.intake.clean import folded, step
from ptanalysis.intake.record_ids import AMBIGUOUS
from ptanalysis.intake.steps import Settled

_MONEY = ("spend", "payments")
#: What becomes of payments that are no lead's.
_LOOSE = ("used:unattributed", "used:existing_patient", UNKNOWN_INQUIRY, AMBIGUOUS)


def book(run: Settled) -> dict:
    """Return the ledger of a run, balanced.

    Returns
    -------
    dict
        As `ptanalysis.intake.ledger.build` says; and ``unknown_channel`` {leads, share, blank,
        said_unknown, not_recognized, labels},
        ``payments_without_lead`` {rows, amount}, ``labels_withheld`` {campaign, vendor},
        ``undated`` {lead_at, sql_at, patient_at} (in all and by direction, the leads of which
        nothing says when they got there) and
        ``people`` {shared_contacts}.

    Raises
    ------
    ptanalysis.intake.ledger.LedgerError
    """
    main = {place: source.kind for place, source in enumerate(run.rows.files)}
    fates = {kind: _fates(run, kind) for kind in run.tables}
    counted = list(_counts(run, fates, main))
    counts = counted + list(_read_counts(run, counted))
    return ledger.build(_files_in(run, counts), counts) | _more(run, counts)


def _fates(run: Settled, kind: str):
    """Return rows and cents by file and fate."""
    table = run.tables[kind]
    if kind == "inquiries":
        table = _with_lead_fates(table, run.inquiries)
    fate = table.fate.fill_null("used:")
    amount = table.amount if kind in _MONEY else ibis.literal(0)
    rows = step(table, fate=fate, cents=(amount.fill_null(0) * 100).cast("int64"))
    return rows.group_by(["file", "fate"]).aggregate(rows=rows.count(), cents=rows.cents.sum())


def _with_lead_fates(table, inquiries):
    """Settle inquiries: a lead's first, another of it, or no lead and why."""
    strict = inquiries.lead_at.notnull().any().over(ibis.window(group_by=inquiries.episode))
    settled = step(inquiries, strict=strict & inquiries.episode.notnull())
    reason = settled.reason.fill_null("no_interest_stated")
    fate = ibis.cases(
        (settled.strict & (settled.nth == 0), "used:lead"),
        (settled.strict, "duplicates:same_person"),
        else_=ibis.literal("used:") + reason,
    )
    settled = settled.select("file", "row", settled=fate)
    joined = table.left_join(settled, ["file", "row"])
    joined = step(joined.select(*table.columns, "settled"))
    return step(joined, fate=joined.fate.coalesce(joined.settled))


def _counts(run: Settled, fates: dict, main: dict[int, str]) -> Iterator[ledger.FileCount]:
    """Count the rows of each file's main table."""
    for kind, table in fates.items():
        for row in table.order_by(["file", "fate"]).execute().itertuples():
            if main[row.file] == kind:
                fate, reason = row.fate.split(":", 1)
                yield ledger.FileCount(
                    file=run.rows.files[row.file].file,
                    fate=fate,
                    reason=reason,
                    rows=int(row.rows),
                    cents=int(row.cents),
                )


def _read_counts(run: Settled, counted: list) -> Iterator[ledger.FileCount]:
    """Count what the reader kept out, and the rows of files refused after it."""
    seen: dict[str, int] = {}
    for count in counted:
        seen[count.file] = seen.get(count.file, 0) + count.rows
    for source in run.rows.files:
        yield from _of_reader(source)
        left = source.rows_in - _kept_out(source) - seen.get(source.file, 0)
        if left and source.refused:
            yield ledger.FileCount(
                file=source.file, fate="rejected", reason="file_refused", rows=left
            )
        elif left and source.kind == "denominators":
            yield ledger.FileCount(file=source.file, fate="used", reason="denominator", rows=left)


def _of_reader(source) -> Iterator[ledger.FileCount]:
    for reason, rows in source.excluded.items():
        yield ledger.FileCount(file=source.file, fate="excluded", reason=reason, rows=rows)
    for problem in source.problems:
        if problem.severity == "rejected":
            yield ledger.FileCount(
                file=source.file, fate="rejected", reason=problem.code, rows=problem.count
            )


def _kept_out(source) -> int:
    return source.rejected + sum(source.excluded.values())


def _files_in(run: Settled, counts: list[ledger.FileCount]) -> list[ledger.FileIn]:
    cents = _cents_in(run)
    return [
        ledger.FileIn(
            file=source.file, kind=source.kind, rows=source.rows_in, cents=cents.get(place, 0)
        )
        for place, source in enumerate(run.rows.files)
    ]


def _cents_in(run: Settled) -> dict[int, int]:
    """Return the cents of each file's readable amounts, summed straight from the rows read."""
    found: dict[int, int] = {}
    for kind in _MONEY:
        table = run.rows.tables.get(kind)
        if table is None:
            continue
        cents = (table.amount.fill_null(0) * 100).cast("int64").sum()
        for row in table.group_by("file").aggregate(cents=cents).execute().itertuples():
            if run.rows.files[row.file].kind == kind:
                found[int(row.file)] = int(row.cents)
    return found


def _more(run: Settled, counts: list[ledger.FileCount]) -> dict:
    loose = [c for c in counts if f"{c.fate}:{c.reason}" in _LOOSE and c.cents]
    return {
        "unknown_channel": _unknown(run),
        "payments_without_lead": {
            "rows": sum(count.rows for count in loose),
            "amount": sum(count.cents for count in loose) / 100,
        },
        "labels_withheld": {
            column: int(run.inquiries[f"withheld_{column}"].sum().execute() or 0)
            for column in ("campaign", "vendor")
        },
        "undated": _undated(run),
        "people": {"shared_contacts": run.people.shared_contacts},
    }


def _undated(run: Settled) -> dict:
    """Count, in all and by direction, the leads of which nothing says when they got there."""
    marks = {
        "lead_at": run.leads.one_day,
        "sql_at": run.leads.undated_sql,
        "patient_at": run.leads.undated_patient,
    }
    found = {}
    for name, mark in marks.items():
        leads = run.leads.filter(mark & run.leads[name].notnull() & run.leads.lead_at.notnull())
        sides = leads.group_by("direction").aggregate(rows=leads.count()).order_by("direction")
        counts = {row.direction: int(row.rows) for row in sides.execute().itertuples()}
        found[name] = {"all": sum(counts.values()), **counts}
    return found


def _unknown(run: Settled) -> dict:
    leads = run.leads.filter(run.leads.lead_at.notnull())
    unknown = int(leads.filter(leads.channel == UNKNOWN).count().execute())
    every = int(leads.count().execute())
    blank = leads.filter((leads.channel == UNKNOWN) & leads.source.isnull())
    labelled = leads.filter((leads.channel == UNKNOWN) & leads.source.notnull())
    said = labelled.filter(folded(labelled.source).isnull())
    return {
        "leads": unknown,
        "share": unknown / every if every else None,
        "blank": int(blank.count().execute()),
        "said_unknown": int(said.count().execute()),
        "not_recognized": int(labelled.filter(folded(labelled.source).notnull()).count().execute()),
        "labels": int(labelled.source.lower().nunique().execute()),
        "quarter": _this_quarter(leads, run.quarter),
    }


def _this_quarter(leads, quarter: Quarter) -> dict:
    """Count the quarter's leads of unknown channel, and those of them with a label."""
    new = leads.filter(leads.lead_at >= ibis.timestamp(str(quarter.start)))
    unknown = new.channel == UNKNOWN
    found = new.aggregate(
        every=new.count(),
        leads=unknown.sum(),
        labeled=(unknown & folded(new.source).notnull()).sum(),
    )
    every, leads_, labeled = (int(value or 0) for value in found.execute().iloc[0])
    return {"leads": leads_, "labeled": labeled, "share": leads_ / every if every else None}
