"""What of a quarter's findings may leave the clinic: no count of 1 to 10 people can be worked out.

Shown are leads and stages of whole directions, leads of channels, and the verdicts; small groups
are put together (`pooling`). The rest of findings.json stays in the clinic: whatever is computed
from counts (rates, intervals, p-values, numbers behind) gives them away to who can subtract.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from ptanalysis.privacy.publish.published_claims import claim, rounded
from ptanalysis.privacy.publish.small_cells import CHAIN, LEAST, Block, Table, pooled, total
from ptanalysis.report.findings_json import plain


def published(document: Mapping, before: Sequence[Mapping] = ()) -> dict:
    """Return what of findings.json may leave the clinic.

    Parameters
    ----------
    document : mapping
        findings.json of a run.
    before : sequence of mapping
        What was published of the same clinic's earlier quarters.

    Returns
    -------
    dict
        ``together``, everything as one group; ``directions`` and ``channels``, each a list of
        groups that are told apart; ``claims``. A stage that is not told is None.

    References
    ----------
    CMS cell size suppression policy (ResDAC, 2024): no cell of 1 to 10, none derivable.
    """
    units = _units(document)
    earlier = [table for each in before for table in _tables(each)]
    starts = _starts(units)
    sides = _told_apart(starts, units, earlier)
    whole = _told_apart([frozenset().union(*starts)] if starts else [], units, earlier)
    channels = _channels(units, earlier, list(sides))
    alone = {_directions_of(block) for block in sides}
    apart = {("inbound",), ("outbound",)} <= alone
    return plain(
        {
            "clinic": document["clinic"],
            "quarter": document["quarter"],
            "as_of": document["as_of"],
            "currency": document["currency"],
            "least": LEAST,
            "together": next((_side(document, *each) for each in whole.items()), None),
            "directions": [_side(document, block, counts) for block, counts in sides.items()],
            "channels": [
                {"channels": sorted(block), "leads": total(units, block)["leads"]}
                for block in channels
            ],
            "claims": [claim(each, document, apart=apart) for each in document["claims"]],
        }
    )


def _units(document: Mapping) -> dict[Block, dict[str, int]]:
    """Return the counts of each direction and channel."""
    of_quarter = {
        each["group"]: each["estimate"] for each in document["estimates"] if each["id"] == "leads"
    }
    return {
        frozenset({(row["direction"], row["channel"])}): {
            **{column: row[column] or 0 for column in CHAIN},
            "new_leads": of_quarter.get(row["channel"], 0),
        }
        for row in document["stages"]
    }


def _tables(told: Mapping) -> list[Table]:
    """Return what a published document tells, as tables of channels."""
    channels = {frozenset(map(tuple, row["channels"])): row for row in told["channels"]}
    units = frozenset().union(*channels)
    directions = {
        frozenset(unit for unit in units if unit[0] in row["directions"]): row
        for row in told["directions"]
    }
    whole = {units: told["together"]} if told["together"] else {}
    stages = (*CHAIN, "new_leads")
    tables = _told(channels, ("leads",)), _told(directions, stages), _told(whole, stages)
    return [table for table in tables if table]


def _told(rows: Mapping[Block, Mapping], columns: Iterable[str]) -> Table:
    return {
        block: {name: row[name] for name in columns if row[name] is not None}
        for block, row in rows.items()
    }


def _starts(units: Table) -> list[Block]:
    """Return each direction whole."""
    return [
        frozenset().union(*(unit for unit in units if _directions_of(unit) == direction))
        for direction in sorted({_directions_of(unit) for unit in units})
    ]


def _told_apart(starts: Sequence[Block], units: Table, earlier: Sequence[Table]) -> Table:
    """Return groups that can be told, with the columns that can.

    Inbound and outbound apart come before further stages, and those before the quarter's leads.
    """
    best: dict = {}
    for columns in _columns():
        narrow = _told(units, columns)
        blocks = pooled(starts, narrow, earlier=earlier) or []
        table = {block: total(narrow, block) for block in blocks}
        best = max(best, table, key=_worth)
    return best


def _columns() -> Iterator[tuple[str, ...]]:
    for depth in range(len(CHAIN), 0, -1):
        yield (*CHAIN[:depth], "new_leads")
        yield CHAIN[:depth]


def _worth(table: Table) -> tuple[bool, int, int]:
    alone = {_directions_of(block) for block in table}
    columns = set().union(*table.values())
    return {("inbound",), ("outbound",)} <= alone, len(columns & set(CHAIN)), len(columns)


def _channels(units: Table, earlier: Sequence[Table], sides: Sequence[Block]) -> list[Block]:
    """Return channels that can be told, each within one of the groups of directions."""
    if not sides:
        return []
    told = pooled(list(units), _told(units, ("leads",)), earlier=earlier, within=sides)
    return sorted(told or sides, key=sorted)


def _directions_of(block: Block) -> tuple[str, ...]:
    return tuple(sorted({direction for direction, _ in block}))


def _side(document: Mapping, block: Block, counts: Mapping[str, int]) -> dict:
    """Return a group's counts, its cost, and its revenue where its patients may be told."""
    money = ("cost", "revenue") if "patients" in counts else ("cost",)
    rows = [row for row in document["stages"] if (row["direction"], row["channel"]) in block]
    return {
        "directions": _directions_of(block),
        **{column: counts.get(column) for column in (*CHAIN, "new_leads")},
        **dict.fromkeys(("cost", "revenue")),
        **{name: _sum([row[name] for row in rows]) for name in money},
    }


def _sum(amounts: Iterable[float | None]) -> float | None:
    known = [amount for amount in amounts if amount is not None]
    return rounded(sum(known), digits=3) if known else None
