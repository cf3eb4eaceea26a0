"""Leads known only as counts: periods that overlap, and periods of which the leads are known too.

Nothing counts twice. Of totals that overlap the finer one counts; where the leads themselves are on
record for a source and period, they count and the totals are a check.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import ibis
import pandas as pd

from ptanalysis.definitions import UNKNOWN, Problem, Quarter
from ptanalysis.intake.clean import folded
from ptanalysis.intake.clean.cleaning_report import NAMED_ROWS, by_file
from ptanalysis.intake.deduplicate import with_fate
from ptanalysis.intake.read import SourceFile

OVERLAP = "duplicates:overlapping_totals"
CHECK = "excluded:checked_against_leads"
_PLACE = ("file", "row")
_FINER = ("medium", "campaign", "vendor")
#: Rows hold a coarser one's leads where they are at least this share of them.
_WHOLE = 0.9
#: So long a channel may bring no lead that is on record all the same.
_GAP = pd.Timedelta(days=92)
#: Counts that differ from the leads by a larger share are worth a warning.
_FAR = 0.1


def without_overlaps(totals, files: Sequence[SourceFile]):
    """Mark totals that tell leads of another row again: of one source and some of the same days.

    The row counts that names more (medium, campaign, vendor), then the one of fewer days, of the
    later quarter's folder, and the first; but a row counts before those within it that hold less
    than _WHOLE of its leads. A medium, campaign or vendor that a row leaves blank may be any.

    Parameters
    ----------
    totals : ibis Table
        With ``fate``; copies in later quarters already marked.
    files : sequence of SourceFile

    Returns
    -------
    totals : ibis Table
    problems : list of Problem
        One a row left out, the first of each file.
    """
    live = totals.filter(totals.fate.isnull())
    labels = {name: folded(live[name]).fill_null("") for name in ("source", *_FINER)}
    rows = live.mutate(**labels).execute()
    rows["blank"] = (rows[[*_FINER]] == "").sum(axis=1)
    rows["days"] = rows["period_end"] - rows["period_start"]
    rows = rows.sort_values(["blank", "days", "age", *_PLACE], ascending=[1, 1, 0, 1, 1])
    lost = [pair for _, alike in rows.groupby("source") for pair in _overlapping(alike)]
    places = [(int(row.file), int(row.row)) for row, _ in lost]
    return with_fate(totals, places, OVERLAP), _said(lost, files)


def _overlapping(rows: pd.DataFrame) -> list[tuple]:
    """Return each row that does not count, with the one that does in its place."""
    kept, lost = [], []
    for row in rows.itertuples():
        others = [each for each in kept if _same(row, each)]
        if others and not _holds_more(row, others):
            lost.append((row, others[0]))
            continue
        lost += [(each, row) for each in others]
        gone = {each.Index for each in others}
        kept = [*(each for each in kept if each.Index not in gone), row]
    return lost


def _holds_more(row, others: Sequence) -> bool:
    """Return whether these are only parts of the row's leads."""
    coarser = all(
        row.period_start <= each.period_start
        and each.period_end <= row.period_end
        and (row.blank, row.days) > (each.blank, each.days)
        for each in others
    )
    return coarser and sum(each.leads for each in others) < _WHOLE * row.leads


def _same(row, other) -> bool:
    labels = ((getattr(row, name), getattr(other, name)) for name in _FINER)
    within = row.period_start <= other.period_end and other.period_start <= row.period_end
    return within and all(one == two or not one or not two for one, two in labels)


def _said(lost: list[tuple], files: Sequence[SourceFile]) -> list[Problem]:
    ordered = sorted(lost, key=lambda pair: (pair[0].file, pair[0].row))
    return [
        Problem(
            code="overlapping_totals",
            severity="warning",
            file=files[row.file].file,
            row=int(row.row),
            column="period_start",
            count=1 if at + 1 < NAMED_ROWS else len(of_file) - at,
            what=f"leads of its source and days are in {_where(row, other, files)} too, and count "
            "from there alone",
            fix="leave one of them out; if they are other leads, name their medium, campaign or "
            "vendor in both rows",
        )
        for _, group in groupby(ordered, key=lambda pair: pair[0].file)
        for of_file in (list(group),)
        for at, (row, other) in enumerate(of_file[:NAMED_ROWS])
    ]


def _where(row, other, files: Sequence[SourceFile]) -> str:
    there = "" if other.file == row.file else f" of {files[other.file].file}"
    return f"row {int(other.row)}{there}"


def checked(totals, leads, files: Sequence[SourceFile]):
    """Mark totals of which the leads are on record: leads of the channel in or around the period.

    Parameters
    ----------
    totals : ibis Table
        With ``fate`` and ``channel``.
    leads : ibis Table
        With lead_at, channel and source.
    files : sequence of SourceFile

    Returns
    -------
    totals : ibis Table
    problems : list of Problem
        For each file and channel, what it counts and how many leads arrived; a note where they
        nearly agree.
    """
    live = totals.filter(totals.fate.isnull())
    rows = live.mutate(key=_key(live)).execute()
    known = leads.filter(leads.lead_at.notnull())
    days = known.group_by(key=_key(known), day=known.lead_at.date()).aggregate(leads=known.count())
    days = days.execute().astype({"day": "datetime64[us]"})
    arrived = {key: part["day"] for key, part in days.groupby("key")}
    on_record = [
        row.key in arrived and _on_record(row, arrived[row.key]) for row in rows.itertuples()
    ]
    rows = rows[pd.Series(on_record, index=rows.index, dtype=bool)]
    found = rows.groupby(["file", "key"], sort=True)
    said = [_check(part, days, files[int(file)].file) for (file, _), part in found]
    places = list(zip(rows["file"].astype(int), rows["row"].astype(int), strict=True))
    return with_fate(totals, places, CHECK), said


def _on_record(row, days: pd.Series) -> bool:
    """Return whether a lead came in the row's period, or soon before and after it."""
    before, after = days[days <= row.period_end].max(), days[days >= row.period_start].min()
    return before >= row.period_start or after - before <= _GAP


def _key(table):
    """Return what totals and leads are compared by: their channel, or a source without any."""
    source = ibis.literal("source: ") + folded(table.source).fill_null("")
    return (table.channel == UNKNOWN).ifelse(source, table.channel)


def _check(rows: pd.DataFrame, days: pd.DataFrame, file: str) -> Problem:
    """Return what a file counts of a channel, in the periods of which the leads are known."""
    times = days[days["key"] == rows["key"].iloc[0]]
    within = [
        ((times["day"] >= row.period_start) & (times["day"] <= row.period_end)).to_numpy()
        for row in rows.itertuples()
    ]
    arrived = int(times["leads"].to_numpy()[pd.DataFrame(within).any().to_numpy()].sum())
    counted = int(rows["leads"].sum())
    channel = rows["channel"].iloc[0].replace("_", " ")
    return Problem(
        code="totals_and_leads",
        severity="warning" if abs(counted - arrived) > _FAR * max(counted, arrived) else "note",
        file=file,
        row=int(rows["row"].min()),
        column="leads",
        count=len(rows),
        what=f"{channel}, {_day(rows['period_start'].min())} to {_day(rows['period_end'].max())}: "
        f"{counted:,} leads counted here, {arrived:,} arrived on record; the leads on record count",
        fix="nothing to do if they are the same leads; if they are others, give them a source of "
        "their own; if the record begins or ends within a period, count the rest of it apart",
    )


def _day(time: pd.Timestamp) -> str:
    return f"{time:%Y-%m-%d}"


def across_quarters(totals, files: Sequence[SourceFile], quarter: Quarter) -> list[Problem]:
    """Return a warning for each file with counts whose period is partly of the quarter."""
    start, after = (ibis.timestamp(str(each)) for each in (quarter.start, quarter.next().start))
    live = totals.filter(totals.fate.isnull())
    within = (live.period_start >= start) & (live.period_end < after)
    touches = (live.period_start < after) & (live.period_end >= start)
    return by_file(
        live.filter(touches & ~within),
        files,
        code="totals_across_quarters",
        severity="warning",
        column="period_start",
        what=f"counts of a period that is only partly in {quarter}: they are in no quarter's count",
        fix="count by month",
    )
