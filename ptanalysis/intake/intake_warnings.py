"""What intake tells beside the reader: early events, unknown sources, labels that may not pass."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from difflib import get_close_matches

import ibis
import pandas as pd

from ptanalysis.definitions import UNKNOWN, ClinicConfig, Problem, Quarter, normal
from ptanalysis.intake.classify.events import BEFORE, STAGES
from ptanalysis.intake.classify.lexicon import OPEN_REASONS, OVERRULED
from ptanalysis.intake.clean import folded, step
from ptanalysis.intake.clean.cleaning_report import NAMED_ROWS, by_file
from ptanalysis.intake.deduplicate import AFTER, TIMES
from ptanalysis.intake.read import KINDS, SourceFile
from ptanalysis.intake.read.find_files import quarter_of

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
    "imported": "came by an import of contacts",
}


#: What to do where most inquiries are left out for a reason.
_ADVICE = {
    "no_contact": "export the email or the phone with each",
    "no_interest_stated": "export the column of what they asked for, or set lead_definition ="
    ' "broad" in clinic.toml',
    "interest_not_recognized": "add the words they use to services in clinic.toml",
    "service_not_offered": "add what the clinic offers to services in clinic.toml",
}


def no_lead(ledger: dict) -> str:
    """Return what became of the inquiries of a run that has no lead, the commonest reason first.

    Examples
    --------
    >>> no_lead({"by_file": [{"kind": "inquiries", "rows_in": 62,
    ...                       "reasons": {"bad_date": 62}}]})
    'no lead is left: 62 of 62 inquiries are left out as bad date'
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
    advice = _ADVICE.get(reasons.most_common(1)[0][0], "")
    return f"no lead is left: {', '.join(said)}{advice and ' - '}{advice}"


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
            column=TIMES[kind],
            what=_WHAT[kind],
            fix="fix the date or the inquiry_id",
            count=1 if row.place < NAMED_ROWS else int(row.rows) - NAMED_ROWS,
        )
        for row in found.itertuples()
    ]


def late_entries(table, kind: str, files: Sequence[SourceFile]) -> list[Problem]:
    """Return a warning for each file with first visits or payments just before their inquiry."""
    return by_file(
        table.filter(table.late),
        files,
        code="inquiry_entered_late",
        severity="warning",
        column=TIMES[kind],
        what=f"{{rows}} first {kind} lie a day or two before their inquiry, which looks like "
        "inquiries that were entered late: they count as new patients, from the inquiry on",
        fix="date inquiries by the day people asked; mark old patients' visits as follow_up",
    )


def alike_rows(spend, files: Sequence[SourceFile]) -> list[Problem]:
    """Return a warning for each sheet kept by hand with rows that are like others in every cell.

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
    found = found.filter(found.rows > 1).order_by("file", "first").execute()
    return [_alike(rows, files[int(place)]) for place, rows in found.groupby("file")]


def without_vendor(spend, files: Sequence[SourceFile]) -> list[Problem]:
    """Return a note on agency fees without a vendor: whom they pay is then asked in vain."""
    return by_file(
        spend.filter(spend.fate.isnull() & (spend.kind == "agency") & spend.vendor.isnull()),
        files,
        code="no_vendor",
        severity="note",
        column="vendor",
        what="fees of an agency without its name: no answer can be given by vendor",
        fix="name it in the column vendor, in the spend file or in campaigns.csv",
    )


def _alike(found, source: SourceFile) -> Problem:
    left = ", ".join(source.header.dropped) if source.header else ""
    row, count = found.iloc[0], int((found["rows"] - 1).sum())
    others = f" ({count} such copies in the file)" if count > 1 else ""
    return Problem(
        code="rows_alike",
        severity="note" if left else "warning",
        file=source.file,
        row=int(row["last"]),
        count=count,
        what=f"like row {int(row['first'])} in every cell{f' but in {left}' * bool(left)}{others};"
        " all of them count",
        fix="delete the copy if it was pasted twice; if it is other money, say so in a column, like"
        " a campaign or a vendor of its own",
    )


def far_ahead(table, kind: str, files: Sequence[SourceFile], as_of: date) -> list[Problem]:
    """Return a warning for each file of a quarter with rows dated over a year after `as_of`.

    Rows of the weeks to come are no fault (booked visits, a file that reaches into the next
    quarter), and files in no quarter folder may hold all years.
    """
    limit = ibis.timestamp(str(as_of + timedelta(days=366)))
    late = (table.fate == AFTER) & (table.age > 0) & (table[TIMES[kind]] > limit)
    return by_file(
        table.filter(late),
        files,
        code="far_ahead",
        severity="warning",
        column=TIMES[kind],
        what="dated more than a year after the quarter, and left out until then",
        fix="fix the year if it is wrong",
    )


def odd_years(table, kind: str, files: Sequence[SourceFile], *, quarter: Quarter) -> list[Problem]:
    """Return a warning for each file dated another year than its folder, or of a few rows so dated.

    All rows may be about a year from the folder's quarter; a history that reaches into it is none.
    Or a row or two (a hundredth) lie over a year before all others. `far_ahead` tells of what is
    later.
    """
    time = table[TIMES[kind]]
    dated = table.filter(time.notnull())
    months = dated.group_by("file", "age", month=time.truncate("M")).aggregate(
        first=time.min(), last=time.max(), rows=dated.count(), row=dated.row.min()
    )
    found = months.order_by("file", "month").execute()
    whole = {"first": "min", "last": "max", "rows": "sum", "row": "min"}
    spans = found[found["age"] > 0].groupby(["file", "age"]).agg(whole).reset_index()
    return [
        *(
            _odd_year(
                files[int(span.file)].file,
                kind,
                span,
                f"every row is dated half a year or more {side} the folder's quarter, {of.start} "
                f"to {of.end}",
                "move the file to its quarter's folder or fix the years; if a fiscal year is named"
                ' by the year it ends in, set fiscal_year_named_by = "end" in clinic.toml',
            )
            for span in spans.itertuples()
            for of in (quarter_of(int(span.age), quarter.start_month),)
            for side in _side_of(span.first.date(), span.last.date(), of, quarter.end)
        ),
        *(
            _odd_year(
                files[int(file)].file,
                kind,
                month,
                "dated more than a year before every other row of the file",
                "fix the year if it is wrong: the row counts for that time",
            )
            for file, of in found.groupby("file")
            for month in _strays(of).itertuples()
        ),
    ]


def _strays(months: pd.DataFrame) -> pd.DataFrame:
    """Return the first months of a file, in order, that lie over a year before all that follow."""
    few = months["rows"].cumsum() <= max(2, months["rows"].sum() / 100)
    gap = months["month"].shift(-1) - months["month"] > pd.Timedelta(days=366)
    return months[(few & gap)[::-1].cummax()[::-1]]


def _odd_year(file: str, kind: str, found, what: str, fix: str) -> Problem:
    return Problem(
        code="another_year",
        severity="warning",
        file=file,
        row=int(found.row),
        column=TIMES[kind],
        count=int(found.rows),
        what=what,
        fix=fix,
    )


def _side_of(first: date, last: date, folder: Quarter, as_of: date) -> list[str]:
    """Return on which side of its folder's quarter a file lies, none where it reaches it."""
    if last < folder.start - _AWAY:
        return ["before"]
    late = folder.end + _AWAY < first <= as_of + timedelta(days=366)
    return ["after"] if late else []


#: A quarter read a year off lies 275 days or more before its folder's.
_AWAY = timedelta(days=183)


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
    return by_file(
        table.filter(ibis.or_(*tests)),
        files,
        code="stage_before_inquiry",
        severity="warning",
        what="a stage is dated before its inquiry; it counts as reached at the inquiry",
        fix="fix the dates if they are wrong",
    )


def contradictions(screenings, files: Sequence[SourceFile]) -> list[Problem]:
    """Return a note for each file with screenings that are qualified and say no to the budget."""
    odd = screenings.filter(
        screenings.fate.isnull()
        & (screenings.outcome == "qualified")
        & (screenings.budget_ok == "no")
    )
    return by_file(
        odd,
        files,
        code="qualified_without_budget",
        severity="warning",
        column="budget_ok",
        what="qualified, though the budget is not; it counts as qualified",
        fix="fix the outcome or budget_ok",
    )


def unfit(column: str, labels: int) -> Problem:
    """Return the warning for business labels that hold an address, a number or a person's name."""
    return Problem(
        code="label_withheld",
        severity="warning",
        file="spend and campaigns",
        column=column,
        count=labels,
        what="a label holds an address, a phone number or the name of a person who inquired, and "
        "is left out",
        fix="rename it",
    )


def unlisted_campaigns(inquiries, listed: Sequence, files: Sequence[SourceFile]) -> list[Problem]:
    """Say for each file how many inquiries name a campaign that no spend and no list has.

    Parameters
    ----------
    inquiries : ibis Table
        With their campaign as written.
    listed : sequence of ibis Tables
        Spend and campaigns.
    files : sequence of SourceFile

    Returns
    -------
    list of Problem
        A warning where a label looks like a misspelling, or where spend names campaigns and none of
        a file's inquiries has one of them; else a note.
    """
    given = inquiries.filter(folded(inquiries.campaign).notnull())
    found = given.group_by("file", "campaign").aggregate(rows=given.count(), row=given.row.min())
    found = found.execute()
    names = ibis.union(*(table.select("campaign") for table in listed)).distinct()
    known = {normal(name) for name in names.campaign.execute().dropna()}
    found["name"] = found["campaign"].map(normal)
    lost = found[~found["name"].isin(known)]
    near = {name for name in lost["name"].unique() if known and _near(name, known)}
    totals = found.groupby("file")["rows"].sum()
    return [
        _unlisted(files[int(file)].file, rows, int(totals[file]), rows["name"].isin(near), known)
        for file, rows in lost.groupby("file")
    ]


def _near(name: str, known: set[str]) -> bool:
    """Return whether a campaign is one of those known but for a slip or the order of its words."""
    words = sorted(name.split())
    return bool(get_close_matches(name, known, n=1, cutoff=0.85)) or any(
        words == sorted(other.split()) for other in known
    )


def _unlisted(file: str, lost, total: int, near, known: set[str]) -> Problem:
    rows, alike = int(lost["rows"].sum()), int(near.sum())
    slips = f"; {count_of(alike, 'name')} nearly as spend does" if alike else ""
    return Problem(
        code="campaign_not_listed",
        severity="warning" if alike or (known and rows == total) else "note",
        file=file,
        row=int(lost["row"].min()),
        column="campaign",
        count=rows,
        what=f"{rows:,} of {total:,} inquiries with a campaign name one that neither spend nor the "
        f"list of campaigns has ({count_of(len(lost), 'label')}{slips}); it is left out",
        fix="write it as in spend, or add it to campaigns.csv",
    )


def unknown_business(
    tables: Sequence, files: Sequence[SourceFile], *, of: str = "cost counts"
) -> list[Problem]:
    """Name the clinic's own source labels that no rule places; they are not about people.

    Staff time and software that serve no single channel are overheads: a note, no warning.
    """
    both = ibis.union(
        *(
            table.filter(table.fate.isnull() & (table.channel == UNKNOWN)).select(
                "source", "file", "row", overhead=_overhead(table)
            )
            for table in tables
        )
    )
    both = both.filter(both.source.notnull())
    found = both.group_by("source").aggregate(
        overhead=both.overhead.all(),
        rows=both.count(),
        file=both.file.min(),
        row=both.row.argmin(both.file * 10**9 + both.row),
    )
    return [
        Problem(
            code="unknown_channel",
            severity="note" if row.overhead else "warning",
            file=files[int(row.file)].file,
            row=int(row.row),
            column="source",
            count=int(row.rows),
            what=f"unrecognized source: its {of} as neither inbound nor outbound",
            fix=_NAME_IT,
        )
        for row in found.order_by("file", "row").execute().itertuples()
    ]


def _overhead(table):
    kinds = ("labor", "software")
    return table.kind.isin(kinds) if "kind" in table.columns else ibis.literal(False)


def unknown_sources(inquiries, files: Sequence[SourceFile]) -> list[Problem]:
    """Note each label of inquiries' sources that no rule places: its rows, never the label.

    A blank source, and one that only says "unknown", is no label.
    """
    labels = {"label": folded(inquiries.source), "also": folded(inquiries.medium)}
    may_be_lead = inquiries.reason.isnull() | inquiries.reason.isin(OVERRULED)
    odd = step(inquiries.filter((inquiries.channel == UNKNOWN) & may_be_lead), **labels)
    odd = odd.filter(odd.label.notnull() | odd.also.notnull())
    by = odd.group_by("file", "label", "also", "row").aggregate().order_by("row").execute()
    found = by.groupby(["file", "label", "also"], dropna=False)["row"].agg(list)
    found = found.rename("rows").reset_index()
    found["row"] = [rows[0] for rows in found["rows"]]
    return [
        Problem(
            code="unknown_source",
            severity="note",
            file=files[int(row.file)].file,
            row=int(row.row),
            column="source",
            count=len(row.rows),
            what="a source, or its medium, that no rule places; its leads are of unknown channel"
            f"{_rows_of(row.rows)}",
            fix=_NAME_BOTH if isinstance(row.also, str) else _NAME_IT,
        )
        for row in found.sort_values(["file", "row"]).itertuples()
    ]


def _rows_of(rows: Sequence[int]) -> str:
    """Return the rows of a label, the first ones by number."""
    if len(rows) == 1:
        return ""
    shown = ", ".join(str(row) for row in rows[:NAMED_ROWS])
    left = len(rows) - NAMED_ROWS
    return f" (rows {shown}{f' and {left:,} more' if left > 0 else ''})"


_NAME_IT = 'add  "<this source>" = "<channel>"  under [channel_overrides] in clinic.toml'
_NAME_BOTH = (
    'add  "<this source> / <this medium>" = "<channel>"  under [channel_overrides] in clinic.toml'
)


def count_of(number: int, noun: str) -> str:
    """Return how many of a thing, the noun in its number."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _remedy(blank: int, labeled: int) -> str:
    """Return what helps: asking where nothing was noted, naming what was."""
    ask = "ask every caller how they heard of the clinic"
    name = "name the sources listed in the notes under [channel_overrides] in clinic.toml"
    return "; ".join([ask] * bool(blank) + [name] * bool(labeled))


def shares(book: dict, config: ClinicConfig, files: Sequence[SourceFile]) -> list[Problem]:
    """Return the warnings of a run that loses, or cannot place, more than its clinic allows."""
    problems = []
    unknown = book["unknown_channel"]
    found, whose = unknown["quarter"], "this quarter's leads"
    if found["share"] is None:  # no lead this quarter: those of the record
        found, whose = unknown | {"labeled": unknown["not_recognized"]}, "the leads"
    share, labeled = found["share"], found["labeled"]
    if share is not None and share > config.unknown_share_warning:
        blank = found["leads"] - labeled
        problems.append(
            Problem(
                code="unknown_share",
                severity="warning",
                file="inquiries",
                count=found["leads"],
                column="source",
                what=f"{share:.0%} of {whose} have no known channel ({blank:,} with a blank "
                f"source or one that says unknown, {labeled:,} with one that no rule places)",
                fix=_remedy(blank, labeled),
            )
        )
    for entry in book["by_file"]:
        problems += _few_leads(entry, files)
        if entry["kind"] in ("spend", "totals") and entry["reasons"].get("after_as_of"):
            problems.append(
                Problem(
                    code=f"{entry['kind']}_after_as_of",
                    severity="warning",
                    file=entry["file"],
                    column="period_end",
                    count=entry["reasons"]["after_as_of"],
                    what=f"{entry['kind']} whose period ends after the as-of date: left out whole",
                    fix=f"give {entry['kind']} by month, so that what is of the time before counts",
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
                    fix="fix the rejected rows of this file; each kind of fault is named",
                )
            )
    return problems


def _few_leads(entry: dict, files: Sequence[SourceFile]) -> list[Problem]:
    """Say that half of a file's inquiries are no leads for one reason; a tenth, for no interest.

    Of those who state none, the ones that qualified, came or paid are leads all the same. What its
    format has no place for (a list of subscribers asks for nothing) is a note.
    """
    lost = {each: rows for each, rows in entry["reasons"].items() if each in _ADVICE}
    reason = max(lost, key=lost.get, default="")
    silent = reason in OPEN_REASONS
    least = max(3, entry["used"] / (10 if silent else 2))
    if entry["kind"] != "inquiries" or lost.get(reason, 0) < least:
        return []
    mapped = [each.format.tables["inquiries"] for each in files if each.file == entry["file"]]
    could = not silent or any("service_interest" in rules for rules in mapped)
    but = "; those who qualified, came or paid are, so that rates are too high" * silent
    return [
        Problem(
            code="few_leads",
            severity="warning" if could else "note",
            file=entry["file"],
            count=lost[reason],
            what=f"{lost[reason]:,} of {entry['used']:,} inquiries {_LEFT_OUT[reason]}: not leads"
            + but,
            fix=f"{_ADVICE[reason]}; ignore this where they said or left none",
        )
    ]
