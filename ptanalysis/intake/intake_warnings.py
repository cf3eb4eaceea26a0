"""What intake tells beside the reader: early events, unknown sources, labels that may not pass."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta

import ibis

from ptanalysis.definitions import UNKNOWN, ClinicConfig, Problem
from ptanalysis.intake.classify.events import BEFORE, STAGES
from ptanalysis.intake.clean.cleaning_report import NAMED_ROWS
from ptanalysis.intake.deduplicate import AFTER, TIMES
from ptanalysis.intake.read import KINDS, SourceFile

_TIMES = {"screenings": "screened_at", "visits": "visit_at", "payments": "paid_at"}
_WHAT = {
    "screenings": "the screening is dated before its inquiry",
    "visits": "the visit is dated before its inquiry; its lead counts as an existing patient",
    "payments": "the payment is dated before its inquiry; its lead counts as an existing patient",
}


#: What the inquiries of a reason do or are, where its code is not plain enough.
_LEFT_OUT = {
    "no_contact": "have no contact",
    "no_interest_stated": "state no interest",
    "interest_not_recognized": "state an interest that no rule knows",
    "service_not_offered": "want a service the clinic does not offer",
    "after_as_of": "are dated after the quarter",
}


def no_lead(ledger: dict) -> str:
    """Return what became of the inquiries of a run that has no lead, the commonest reason first.

    Examples
    --------
    >>> no_lead({"by_file": [{"kind": "inquiries", "rows_in": 62,
    ...                       "reasons": {"bad_date": 2, "no_contact": 60}}]})
    'no lead is left: 60 of 62 inquiries have no contact, 2 are left out as bad date'
    """
    files = [entry for entry in ledger["by_file"] if entry["kind"] == "inquiries"]
    reasons = sum((Counter(entry["reasons"]) for entry in files), Counter())
    said = [
        f"{rows:,} {_LEFT_OUT.get(reason, 'are left out as ' + reason.replace('_', ' '))}"
        for reason, rows in reasons.most_common()
    ]
    rows_in = sum(entry["rows_in"] for entry in files)
    if not said:
        return "no lead is left: the files of inquiries hold no row"
    first, _, rest = said[0].partition(" ")
    said[0] = f"{first} of {rows_in:,} inquiries {rest}"
    return f"no lead is left: {', '.join(said)}"


def early(table, kind: str, files: Sequence[SourceFile]) -> list[Problem]:
    """Return a problem for each row dated before its inquiry, the first ones by row."""
    bad = table.filter(table.fate == BEFORE).select("file", "row")
    place = ibis.row_number().over(ibis.window(group_by=bad.file, order_by=bad.row))
    bad = bad.mutate(place=place, rows=bad.count().over(ibis.window(group_by=bad.file)))
    found = bad.filter(bad.place <= NAMED_ROWS).order_by("file", "row").execute()
    return [
        Problem(
            code="before_inquiry",
            severity="rejected",
            file=files[row.file].file,
            row=int(row.row),
            column=_TIMES[kind],
            what=_WHAT[kind],
            fix="mend the date, or the inquiry_id",
            count=1 if row.place < NAMED_ROWS else int(row.rows) - NAMED_ROWS,
        )
        for row in found.itertuples()
    ]


def late_entries(table, kind: str, files: Sequence[SourceFile]) -> list[Problem]:
    """Return a warning for each file with first visits or payments just before their inquiry."""
    late = table.filter(table.late)
    found = late.group_by("file").aggregate(rows=late.count(), row=late.row.min())
    return [
        Problem(
            code="inquiry_entered_late",
            severity="warning",
            file=files[int(row.file)].file,
            row=int(row.row),
            column=_TIMES[kind],
            count=int(row.rows),
            what=f"{row.rows} first {kind} lie a day or two before their inquiry, which looks like "
            "inquiries that were entered late: they count as new patients, from the inquiry on",
            fix="date inquiries by the day people asked; mark old patients' visits as follow_up",
        )
        for row in found.order_by("file").execute().itertuples()
    ]


def alike_rows(spend, files: Sequence[SourceFile]) -> list[Problem]:
    """Return a warning for each row of a sheet kept by hand that is like another in every cell.

    Where the sheet has columns that are not read, they may tell the rows apart: a note.
    """
    by_hand = [
        place for place, each in enumerate(files) if each.format and not each.format.platform
    ]
    rows = spend.filter(
        spend.fate.isnull() & (spend.amount != 0) & spend.file.isin(by_hand or [-1])
    )
    cells = [name for name in KINDS["spend"] if name in spend.columns]
    found = rows.group_by("file", *cells).aggregate(
        first=rows.row.min(), last=rows.row.max(), rows=rows.count()
    )
    found = found.filter(found.rows > 1).order_by("file", "first").limit(NAMED_ROWS).execute()
    return [_alike(row, files[int(row.file)]) for row in found.itertuples()]


def without_vendor(spend, files: Sequence[SourceFile]) -> list[Problem]:
    """Return a note on agency fees without a vendor: whom they pay is then asked in vain."""
    rows = spend.filter(spend.fate.isnull() & (spend.kind == "agency") & spend.vendor.isnull())
    found = rows.group_by("file").aggregate(rows=rows.count(), row=rows.row.min())
    return [
        Problem(
            code="no_vendor",
            severity="note",
            file=files[int(row.file)].file,
            row=int(row.row),
            column="vendor",
            count=int(row.rows),
            what="fees of an agency without its name: no answer can be given by vendor",
            fix="name it in the column vendor, in the spend file or in campaigns.csv",
        )
        for row in found.order_by("file").execute().itertuples()
    ]


def _alike(row, source: SourceFile) -> Problem:
    left = ", ".join(source.header.dropped) if source.header else ""
    other = f" of the {row.rows} alike" if row.rows > 2 else ""
    return Problem(
        code="rows_alike",
        severity="note" if left else "warning",
        file=source.file,
        row=int(row.last),
        count=int(row.rows) - 1,
        what=f"like row {int(row.first)} in every cell{f' but in {left}' * bool(left)}"
        f"{other}; all of them count",
        fix="delete the copy if it was pasted twice; if it is other money, say so in a column, like"
        " a campaign or a vendor of its own",
    )


def far_ahead(table, kind: str, files: Sequence[SourceFile], as_of: date) -> list[Problem]:
    """Return a warning for each file of a quarter with rows dated over a year after `as_of`.

    Rows of the weeks to come are no fault (booked visits, a file that reaches into the next
    quarter), and files in no quarter folder may hold all years.
    """
    limit = ibis.timestamp(str(as_of + timedelta(days=366)))
    odd = table.filter((table.fate == AFTER) & (table.age > 0) & (table[TIMES[kind]] > limit))
    found = odd.group_by("file").aggregate(rows=odd.count(), row=odd.row.min())
    return [
        Problem(
            code="far_ahead",
            severity="warning",
            file=files[int(row.file)].file,
            row=int(row.row),
            column=TIMES[kind],
            count=int(row.rows),
            what="dated more than a year after the quarter, and left out until then",
            fix="mend the year if it is wrong",
        )
        for row in found.order_by("file").execute().itertuples()
    ]


def copies_within(
    table, kind: str, files: Sequence[SourceFile], config: ClinicConfig
) -> list[Problem]:
    """Return a warning for each file of `kind` of which many rows are copies of others in it."""
    found = table.group_by("file").aggregate(
        rows=table.count(), copies=table.here.sum(), row=table.row.min(where=table.here)
    )
    return [
        Problem(
            code="copies_within",
            severity="warning",
            file=files[int(row.file)].file,
            row=int(row.row),
            count=int(row.copies),
            what=f"{row.copies / row.rows:.0%} of the rows are copies of others in the file by "
            "their id, and are left out",
            fix="if they are not the same, give each an id of its own; if they are, nothing to do",
        )
        for row in found.order_by("file").execute().itertuples()
        if row.copies > config.rejected_share_warning * row.rows
        and files[int(row.file)].kind == kind
    ]


def early_stages(stages, inquiries, files: Sequence[SourceFile]) -> list[Problem]:
    """Return a warning for each file with stages dated before the inquiry."""
    known = inquiries.select(known_id="inquiry_id", at="at")
    table = stages.filter(stages.fate.isnull()).inner_join(
        known, stages.inquiry_id == known.known_id
    )
    tests = [(table[name].date() < table["at"].date()).fill_null(False) for name in STAGES]
    early_rows = table.filter(ibis.or_(*tests))
    found = early_rows.group_by("file").aggregate(rows=early_rows.count(), row=early_rows.row.min())
    return [
        Problem(
            code="stage_before_inquiry",
            severity="warning",
            file=files[int(row.file)].file,
            row=int(row.row),
            count=int(row.rows),
            what="a stage is dated before its inquiry; it counts as reached at the inquiry",
            fix="mend the dates if they are wrong",
        )
        for row in found.order_by("file").execute().itertuples()
    ]


def contradictions(screenings, files: Sequence[SourceFile]) -> list[Problem]:
    """Return a note for each file with screenings that are qualified and say no to the budget."""
    odd = screenings.filter(
        screenings.fate.isnull()
        & (screenings.outcome == "qualified")
        & (screenings.budget_ok == "no")
    )
    found = odd.group_by("file").aggregate(rows=odd.count(), row=odd.row.min())
    return [
        Problem(
            code="qualified_without_budget",
            severity="warning",
            file=files[int(row.file)].file,
            row=int(row.row),
            column="budget_ok",
            count=int(row.rows),
            what="qualified, though the budget is not; it counts as qualified",
            fix="mend the outcome or budget_ok",
        )
        for row in found.order_by("file").execute().itertuples()
    ]


def unfit(column: str, labels: int) -> Problem:
    """Return the warning for business labels that hold an address, a number or a person's name."""
    return Problem(
        code="label_withheld",
        severity="warning",
        file="spend and campaigns",
        column=column,
        count=labels,
        what="a label holds an address, a phone number or the name of somebody who inquired, and "
        "is left out",
        fix="rename it",
    )


def unknown_business(spend, campaigns) -> list[Problem]:
    """Name the clinic's own source labels that no rule places; they are not about people.

    Staff time and software that serve no single channel are overheads: a note, no warning.
    """

    def overhead(table):
        return table.kind.isin(("labour", "software"))

    both = ibis.union(
        *(
            table.filter(table.fate.isnull() & (table.channel == UNKNOWN)).select(
                "source", "file", "row", overhead=overhead(table)
            )
            for table in (spend, campaigns)
        )
    )
    both = both.filter(both.source.notnull())
    found = (
        both.group_by("source")
        .aggregate(
            overhead=both.overhead.all(),
            count=both.count(),
            file=both.file.min(),
            row=both.row.argmin(both.file),
        )
        .execute()
    )
    return [
        Problem(
            code="unknown_channel",
            severity="note" if row.overhead else "warning",
            file=row.file,
            row=int(row.row),
            column="source",
            count=int(row.rows),
            what="a source that names no channel known; its cost is on neither side",
            fix='add  "<this source>" = "<channel>"  under [channel_overrides] in clinic.toml',
        )
        for row in found.rename(columns={"count": "rows"}).sort_values(["file", "row"]).itertuples()
    ]


def _labels(number: int) -> str:
    return f"{number:,} {'label' if number == 1 else 'labels'} no rule places"


def shares(book: dict, config: ClinicConfig) -> list[Problem]:
    """Return the warnings of a run that loses, or cannot place, more than its clinic allows."""
    problems = []
    share = book["unknown_channel"]["share"]
    if share is not None and share > config.unknown_share_warning:
        problems.append(
            Problem(
                code="unknown_share",
                severity="warning",
                file="inquiries",
                count=book["unknown_channel"]["leads"],
                column="source",
                what=f"{share:.0%} of leads have no channel known "
                f"({_labels(book['unknown_channel']['labels'])}, the rest blank)",
                fix="name the labels under [channel_overrides] in clinic.toml",
            )
        )
    for entry in book["by_file"]:
        if entry["kind"] == "spend" and entry["reasons"].get("after_as_of"):
            problems.append(
                Problem(
                    code="spend_after_as_of",
                    severity="warning",
                    file=entry["file"],
                    column="period_end",
                    count=entry["reasons"]["after_as_of"],
                    what="spend whose period ends after the as-of date is left out whole",
                    fix="give spend by month, so that what was spent by then can be counted",
                )
            )
        if (
            entry["rows_in"]
            and entry["rejected"] / entry["rows_in"] > config.rejected_share_warning
        ):
            problems.append(
                Problem(
                    code="rejected_share",
                    severity="warning",
                    file=entry["file"],
                    count=entry["rejected"],
                    what=f"{entry['rejected'] / entry['rows_in']:.0%} of the rows cannot be used",
                    fix="see the rows above",
                )
            )
    return problems
