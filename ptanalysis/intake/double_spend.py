"""The same money listed twice: by two files, or by a total beside its parts. It counts once."""

from __future__ import annotations

from dataclasses import replace

import ibis

from ptanalysis.definitions import UNKNOWN, Problem
from ptanalysis.intake.clean import folded, step
from ptanalysis.intake.deduplicate import with_fate
from ptanalysis.intake.overlapping_exports import platforms
from ptanalysis.intake.read import SourceFile

FATE = "rejected:double_spend"
TOTAL = "excluded:total_of_rows"
_PLACE = ("file", "row")
#: A row off by at most one part in so many from the sum of its own file's campaigns looks like a
#: mistaken total of theirs.
_NEAR = 100
#: Names of one seller of advertising, by the first word of a source.
_BRANDS = {
    "adwords": "google",
    "fb": "facebook",
    "meta": "facebook",
    "instagram": "facebook",
    "microsoft": "bing",
}


def marked(spend, files: list[SourceFile]):
    """Mark the spend of files that tell a period of a campaign again, and totals beside their rows.

    Two files tell the same money where kind and campaign (without campaigns: channel) are equal,
    vendors do not differ, and periods overlap; for two reports of ad platforms
    `overlapping_exports` decides. A source's row without campaign beside campaigns of its days,
    whose amount is not their sum, counts; it is reported where they are in another file, or nearly
    agree.

    Parameters
    ----------
    spend : ibis Table
        With ``fate`` and ``channel``; copies in later quarters already marked.
    files : list of SourceFile

    Returns
    -------
    spend : ibis Table
    problems : list of Problem
        One a refused file, one a total, and one a file and channel at two levels.
    """
    spend, again = _second_files(spend, files)
    spend, totals = _totals(spend, files)
    return spend, [*again, *totals, *_two_levels(_live(spend), files)]


def _live(spend):
    live = spend.filter(spend.fate.isnull())
    return live.mutate(
        named=folded(live.campaign),
        what=folded(live.campaign).coalesce(live.channel + "/" + folded(live.source)),
        seller=folded(live.vendor),
        brand=folded(live.source).re_extract(r"^[^\s_\-/.]+", 0).substitute(_BRANDS),
    )


def _one_seller(live, other):
    return (live.seller == other.seller) | live.seller.isnull() | other.seller.isnull()


def _second_files(spend, files: list[SourceFile]):
    live = _live(spend)
    other = live.view()
    pairs = live.inner_join(
        other,
        [
            live.file < other.file,
            live.kind == other.kind,
            live.what == other.what,
            live.period_start <= other.period_end,
            other.period_start <= live.period_end,
            _one_seller(live, other),
        ],
        rname="{name}_2",
    )
    reports = platforms(files) or [-1]
    pairs = pairs.filter(~(pairs.file.isin(reports) & pairs.file_2.isin(reports)))
    found = pairs.group_by("file_2").aggregate(file_1=pairs.file.min(), row=pairs.row_2.min())
    twice = found.order_by("file_2").execute().to_dict("records")
    problems = [_refuse(files, int(entry["file_2"]), entry) for entry in twice]
    refused = [int(entry["file_2"]) for entry in twice]
    again = spend.fate.isnull() & spend.file.isin(refused or [-1])
    return step(spend, fate=again.ifelse(FATE, spend.fate)), problems


def _refuse(files: list[SourceFile], place: int, entry: dict) -> Problem:
    first = files[int(entry["file_1"])].file
    problem = Problem(
        code="double_spend",
        severity="refused",
        file=files[place].file,
        row=int(entry["row"]),
        what=f"spend of a campaign and period that {first} tells too",
        fix="keep one of the two files, or make their periods follow each other",
    )
    files[place] = replace(files[place], problems=(*files[place].problems, problem))
    return problem


def _totals(spend, files: list[SourceFile]):
    """Leave out rows whose amount is the sum of finer rows within their period, in any file.

    Finer are the campaigns of a channel whose row names none, and rows of the same campaign (or
    source) with a shorter period. A single finer row must be of the same brand of source, days and
    cents. Totals of what is left, like a quarter's of months that were totals themselves, follow.
    """
    problems = []
    while found := _equal_sums(_live(spend)):
        problems += [_total(files[file].file, row) for file, row in found]
        spend = with_fate(spend, found, TOTAL)
    return spend, problems


def _equal_sums(live) -> list[tuple[int, int]]:
    """Return file and row of amounts that are a sum, but for a cent a row or rounded dollars."""
    sums = _sums(live)
    spare = ibis.greatest(sums.parts, (sums.amount == sums.amount.round()).ifelse(50, 0))
    off = (sums.cents - (sums.amount * 100).cast("int64")).abs()
    equal = ((sums.parts > 1) & (off <= spare)) | (sums.alike & (off == 0))
    found = sums.filter(equal).select(*_PLACE).distinct()
    return list(found.order_by(list(_PLACE)).execute().itertuples(index=False, name=None))


def _sums(live):
    """Return each row that finer rows lie within, with their number and their sum in cents.

    Campaigns are added up for the channel, and for the row's own brand of source alone.
    """
    part = live.view()
    shorter = (live.period_start < part.period_start) | (part.period_end < live.period_end)
    within = (live.period_start <= part.period_start) & (part.period_end <= live.period_end)
    finer = _campaign_of(live, part) | (shorter & (live.what == part.what))
    pairs = _of_one_kind(live, part, within & finer)
    pairs = pairs.mutate(
        level=pairs.what == pairs.what_2,
        days=(pairs.period_start == pairs.period_start_2)
        & (pairs.period_end == pairs.period_end_2),
    )
    own = pairs.filter(pairs.brand == pairs.brand_2)
    both = ibis.union(pairs.mutate(own=False), own.mutate(own=True))
    return both.group_by(*_PLACE, "amount", "level", "own").aggregate(
        parts=both.count(),
        cents=(both.amount_2 * 100).cast("int64").sum(),
        alike=(both.own & both.days).all(),
    )


def _campaign_of(live, part):
    return live.named.isnull() & part.named.notnull() & (live.channel != UNKNOWN)


def _of_one_kind(live, part, which):
    """Join rows to rows of the same kind, channel and vendor (or none); nothing costs nothing."""
    same = [live.kind == part.kind, live.channel == part.channel, _one_seller(live, part)]
    some = [live.amount != 0, part.amount != 0]
    return live.inner_join(part, [*same, *some, which], rname="{name}_2")


def _total(file: str, row: int) -> Problem:
    return Problem(
        code="total_of_rows",
        severity="warning",
        file=file,
        row=row,
        column="amount",
        what="the amount is the sum of finer rows of the same days, and is not counted again",
        fix="leave the total out; if it is other money, give it a campaign name of its own",
    )


def _two_levels(live, files: list[SourceFile]) -> list[Problem]:
    rows = _beside_campaigns(live)
    found = rows.group_by("file", "channel").aggregate(first=rows.row.min(), rows=rows.count())
    return [
        Problem(
            code="spend_at_two_levels",
            severity="warning",
            file=files[int(row.file)].file,
            row=int(row.first),
            column="campaign",
            count=int(row.rows),
            what="spend without a campaign beside campaigns of the same source, kind and days, of "
            "which it is not the sum; both are counted",
            fix="leave it out if it holds the campaigns' money, or give it a campaign name of its "
            "own if it is other money",
        )
        for row in found.order_by(["file", "channel"]).execute().itertuples()
    ]


def _beside_campaigns(live):
    """Return rows that may hold the money of campaigns of the same brand whose days overlap theirs.

    A sheet that holds both levels means it, unless the amounts nearly agree; two files may not.
    """
    part = live.view()
    overlap = (live.period_start <= part.period_end) & (part.period_start <= live.period_end)
    beside = _campaign_of(live, part) & (live.brand == part.brand)
    pairs = _of_one_kind(live, part, beside & overlap)
    sums = pairs.group_by(*_PLACE, "channel", "amount").aggregate(
        total=pairs.amount_2.sum(), elsewhere=(pairs.file != pairs.file_2).any()
    )
    off = (sums.amount - sums.total).abs()
    return sums.filter(sums.elsewhere | (off * _NEAR <= sums.total.abs()))
