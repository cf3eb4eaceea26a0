"""The same money told by two files: the second is refused, so that it counts once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ptanalysis.clean import folded, step
from ptanalysis.definitions import Problem
from ptanalysis.sources import SourceFile

FATE = "rejected:double_spend"


def marked(spend, files: list[SourceFile]):
    """Mark the spend of files that tell a period of a campaign again.

    Two files tell the same money where kind and campaign (without campaigns: channel) are equal,
    vendors do not differ, and periods overlap: a report of ads and one of campaigns, or two
    downloads that overlap.

    Parameters
    ----------
    spend : ibis Table
        With ``fate`` and ``channel``; copies in later quarters already marked.
    files : list of SourceFile

    Returns
    -------
    spend : ibis Table
    problems : list of Problem
        One a refused file.
    """
    live = spend.filter(spend.fate.isnull())
    live = live.mutate(
        what=folded(live.campaign).coalesce(live.channel + "/" + folded(live.source)),
        seller=folded(live.vendor),
    )
    other = live.view()
    pairs = live.inner_join(
        other,
        [
            live.file < other.file,
            live.kind == other.kind,
            live.what == other.what,
            live.period_start <= other.period_end,
            other.period_start <= live.period_end,
            (live.seller == other.seller) | live.seller.isnull() | other.seller.isnull(),
        ],
        rname="{name}_2",
    )
    found = pairs.group_by("file_2").aggregate(file_1=pairs.file.min(), row=pairs.row_2.min())
    twice = found.order_by("file_2").execute().to_dict("records")
    problems = [_refuse(files, int(entry["file_2"]), entry) for entry in twice]
    refused = [int(entry["file_2"]) for entry in twice]
    again = spend.fate.isnull() & spend.file.isin(refused or [-1])
    return step(spend, fate=again.ifelse(FATE, spend.fate)), problems


def _refuse(files: list[SourceFile], place: int, entry: dict) -> Problem:
    first: Sequence[str] = files[int(entry["file_1"])].file
    problem = Problem(
        code="double_spend", severity="refused", file=files[place].file, row=int(entry["row"]),
        what=f"spend of a campaign and period that {first} tells too",
        fix="keep one of the two files, or make their periods follow each other",
    )  # fmt: skip
    files[place] = replace(files[place], problems=(*files[place].problems, problem))
    return problem
