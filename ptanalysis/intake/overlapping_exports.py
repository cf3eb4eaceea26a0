"""Exports of one ad platform whose days overlap: the same money again, or another account's."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import combinations

import pandas as pd

from ptanalysis.definitions import Problem
from ptanalysis.intake.clean import folded
from ptanalysis.intake.deduplicate import AGAIN, with_fate
from ptanalysis.intake.read import SourceFile

_PERIOD = ["period_start", "period_end"]
#: By how much a platform corrects what it said of a period, at most, in a usual report.
_CORRECTED = 0.05
#: An account's number, not its name.
_NUMBER = re.compile(r"[\d\s-]+")


def marked(spend, files: Sequence[SourceFile], *, currency: str = "USD"):
    """Mark the rows of an ad platform's export that another one of the same account holds too.

    Two exports are of one account where they do not name different ones and most of the stretches
    of days that both hold cost the same to the cent, whatever the campaigns are called; or within
    5%, in campaigns that both name. Stretches that all cost one amount under no common name prove
    nothing: two accounts with equal budgets look so. The newer export, in a later quarter's folder
    or reaching further, replaces the older one in those days, but one of longer periods that agrees
    throughout does not. Other exports both count.

    Parameters
    ----------
    spend : ibis Table
        With ``fate, file, age, row, account, campaign``, period and amount.
    files : sequence of SourceFile
    currency : str

    Returns
    -------
    spend : ibis Table
    problems : list of Problem
        A warning for each two exports that overlap.
    """
    gone, problems = [], []
    for pair in _pairs(spend, files):
        found = [_compared(*rows) for rows in (pair, _of_both_names(*pair))]
        blocks, kept, lost = next((each for each in found if each[1]), found[0])
        if len(blocks):
            gone += lost
            problems.append(_problem(blocks, pair, kept, files=files, currency=currency))
    places = {place for rows in gone for place in zip(rows["file"], rows["row"], strict=True)}
    return with_fate(spend, sorted(places), AGAIN), problems


def platforms(files: Sequence[SourceFile]) -> list[int]:
    """Return the places of the reports of ad platforms."""
    return [place for place, each in enumerate(files) if each.format and each.format.platform]


def _pairs(spend, files: Sequence[SourceFile]) -> Iterator[tuple]:
    """Yield the rows of each two exports of one platform and account, the newer's second."""
    reports = platforms(files)
    if len(reports) < 2:
        return
    live = spend.filter(spend.fate.isnull() & spend.file.isin(reports) & (spend.amount != 0))
    names = {name: folded(live[name]) for name in ("account", "campaign")}
    cents = (live.amount * 100).cast("int64")
    rows = live.select("file", "age", "row", *_PERIOD, **names, cents=cents).execute()
    held = dict(list(rows.groupby("file")))
    for one, other in combinations(sorted(held, key=lambda file: _age(held[file])), 2):
        if files[one].format.name == files[other].format.name:
            yield from _of_accounts(held[one], held[other])


def _age(rows: pd.DataFrame) -> tuple:
    return rows["age"].max(), rows["period_end"].max(), rows["file"].max()


def _of_accounts(one: pd.DataFrame, other: pd.DataFrame) -> Iterator[tuple]:
    """Yield the rows to compare: of each account that both name, or all where one names none."""
    names = [set(rows["account"].dropna()) for rows in (one, other)]
    named = one["account"].notna().all() and other["account"].notna().all()
    if named and len({bool(_NUMBER.fullmatch(name)) for name in names[0] | names[1]}) == 1:
        for name in sorted(names[0] & names[1]):
            yield one[one["account"] == name], other[other["account"] == name]
    else:
        yield one, other


def _of_both_names(older: pd.DataFrame, newer: pd.DataFrame) -> tuple:
    """Return the rows of the campaigns that both exports name."""
    both = set(older["campaign"].dropna()) & set(newer["campaign"].dropna())
    return older[older["campaign"].isin(both)], newer[newer["campaign"].isin(both)]


def _compared(older: pd.DataFrame, newer: pd.DataFrame) -> tuple:
    """Return the stretches both hold, which export counts ("" for both), and the other's rows."""
    blocks = _blocks(older, newer)
    if not _one_account(blocks, bool(len(_of_both_names(older, newer)[0]))):
        return blocks, "", []
    rows = {"older": older, "newer": newer}
    periods = [len(_within(each, blocks)[_PERIOD].drop_duplicates()) for each in rows.values()]
    finer = blocks["equal"].all() and periods[0] > periods[1]
    kept, other = ("older", "newer") if finer else ("newer", "older")
    held = blocks["equal"] | blocks[f"in_{kept}"]
    cut = ~held & blocks[f"in_{other}"]
    return blocks, kept, [_within(rows[other], blocks[held]), _within(rows[kept], blocks[cut])]


def _within(rows: pd.DataFrame, blocks: pd.DataFrame) -> pd.DataFrame:
    spans = blocks[["start", "end"]]
    rows = pd.merge_asof(
        rows.sort_values("period_start"), spans, left_on="period_start", right_on="start"
    )
    return rows[rows["period_end"] <= rows["end"]]


def _blocks(older: pd.DataFrame, newer: pd.DataFrame) -> pd.DataFrame:
    """Return the shortest stretches of days that no row crosses and that both exports hold.

    With the cents of each export and its amounts one by one, whether its days contain the stretch
    (``in_``), and whether the cents are ``equal``.
    """
    rows = pd.concat([older.assign(of="older"), newer.assign(of="newer")]).sort_values(_PERIOD)
    block = (rows["period_start"] > rows["period_end"].cummax().shift()).cumsum()
    blocks = rows.groupby(block).agg(start=("period_start", "min"), end=("period_end", "max"))
    for name, mine in (("older", older), ("newer", newer)):
        cents = rows["cents"].where(rows["of"] == name).dropna().groupby(block)
        blocks[name] = cents.sum()
        blocks[f"{name}_parts"] = cents.agg(lambda cents: tuple(sorted(cents)))
        begins, ends = mine["period_start"].min(), mine["period_end"].max()
        blocks[f"in_{name}"] = (begins <= blocks["start"]) & (blocks["end"] <= ends)
    whole = blocks["in_older"] & blocks["in_newer"]
    blocks = blocks[whole | blocks[["older", "newer"]].notna().all(axis=1)]
    blocks = blocks.fillna({"older": 0, "newer": 0})
    return blocks.assign(equal=blocks["older"] == blocks["newer"])


def _one_account(blocks: pd.DataFrame, names: bool) -> bool:
    """Return whether stretches that both exports hold whole, or alike, show one account's money."""
    whole = blocks[blocks["equal"] | (blocks["in_older"] & blocks["in_newer"])]
    sizes = whole[["older", "newer"]]
    off = (sizes["older"] - sizes["newer"]).abs() / sizes.abs().max(axis=1)
    if names and 2 * (off <= _CORRECTED).sum() > len(whole):
        return True
    return 2 * whole["equal"].sum() > len(whole) and not _one_budget(whole[whole["equal"]])


def _one_budget(equal: pd.DataFrame) -> bool:
    """Return whether the stretches cost so few different amounts that two budgets may be equal."""
    parts = equal["older_parts"]
    alike = (parts == equal["newer_parts"]) & (parts.str.len() > 1)
    return len(equal) > 1 and 4 * equal["older"].nunique() < max(len(equal), 8) and not alike.all()


def _problem(blocks, pair: tuple, kept: str, *, files: Sequence[SourceFile], currency: str):
    older, newer = (files[int(rows["file"].iloc[0])].file for rows in pair)
    sums = [f"{blocks[name].sum() / 100:,.2f} {currency}" for name in ("older", "newer")]
    unit = "days" if (blocks["start"] == blocks["end"]).all() else "periods"
    rows = _within(pair[1], blocks)
    what, fix = _SAME if kept else _BUDGETS if blocks["equal"].all() else _OTHER
    return Problem(
        code="overlapping_exports",
        severity="warning",
        file=newer,
        row=int(rows["row"].min()) if len(rows) else None,
        count=max(len(rows), 1),
        what=f"{sums[1]} from {blocks['start'].min():%Y-%m-%d} to {blocks['end'].max():%Y-%m-%d}, "
        f"where {older} holds {sums[0]}; {blocks['equal'].sum():,} of {len(blocks):,} {unit} "
        f"cost the same to the cent: " + what.format(kept=newer if kept == "newer" else older),
        fix=fix,
    )


_SAME = (
    "one account's money, which counts once, as {kept} has it",
    "nothing to do; if they are two accounts, export both with the column Account name",
)
_BUDGETS = (
    "but all the same amount and under other names, as of two accounts with equal budgets; both "
    "count",
    "keep one of the two files if they are one account; if they are two, export both with the "
    "column Account name",
)
_OTHER = (
    "both count, as two accounts",
    "keep one of the two files if they are one account, or export both by day; if they are two, "
    "export both with the column Account name",
)
