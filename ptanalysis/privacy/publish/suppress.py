"""What of a quarter's findings may leave the clinic: totals of whole directions, and verdicts.

Nothing is blanked. Directions with few people are counted together, so that every number shown is a
true one. The rest of findings.json stays in the clinic: whatever is computed from counts (rates,
intervals, p-values, numbers behind) gives them away to who can subtract.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import product

from ptanalysis.privacy.publish.published_claims import claims_shown, rounded
from ptanalysis.privacy.publish.small_cells import CHAIN, LEAST, Block, Table, groupings, safe
from ptanalysis.report.findings_json import plain

_SIDES = {frozenset({"inbound"}), frozenset({"outbound"})}
#: Columns that may be shown together, most first.
_COLUMNS = [
    (*CHAIN[:depth], *new) for depth in range(len(CHAIN), 0, -1) for new in (("new_leads",), ())
]


def published(
    document: Mapping, before: Sequence[Mapping] = (), *, assumptions: Sequence[str] = ()
) -> dict:
    """Return what of findings.json may leave the clinic.

    Parameters
    ----------
    document : mapping
        findings.json of a run.
    before : sequence of mapping
        What was published of the same clinic's earlier quarters.
    assumptions : sequence of str
        What the clinic assumed, in words without counts.

    Returns
    -------
    dict
        ``together``, everything as one group; ``directions``, a list of groups; ``claims``. A
        stage that cannot be shown is None.

    References
    ----------
    CMS cell size suppression policy (ResDAC, 2024): no cell of 1 to 10, none derivable.
    """
    units = _units(document)
    earlier = [table for each in before for table in _tables(each)]
    sides = _best(units, list(groupings(sorted(units))), earlier)
    whole = _best(units, [[frozenset(units)]], earlier)
    return plain(
        {
            "clinic": document["clinic"],
            "quarter": document["quarter"],
            "as_of": document["as_of"],
            "currency": document["currency"],
            "least": LEAST,
            "assumptions": assumptions,
            "together": next((_side(document, *each) for each in whole.items()), None),
            "directions": [_side(document, *each) for each in sorted(sides.items(), key=_names)],
            "claims": claims_shown(document, apart=set(sides) >= _SIDES),
        }
    )


def _names(group: tuple) -> list[str]:
    return sorted(group[0])


def _units(document: Mapping) -> dict[str, dict[str, int]]:
    """Return the counts of each direction, of the stages that were recorded."""
    kept = [name for name in CHAIN if all(row[name] is not None for row in document["stages"])]
    new = {each["group"]: each["estimate"] for each in document["estimates"] if _is_new(each)}
    units: dict[str, dict[str, int]] = {}
    for row in document["stages"]:
        counts = units.setdefault(row["direction"], dict.fromkeys((*kept, "new_leads"), 0))
        for column in kept:
            counts[column] += row[column]
        counts["new_leads"] += new.get(row["channel"], 0)
    return units


def _is_new(estimate: Mapping) -> bool:
    return estimate["id"] == "leads"


def _tables(shown: Mapping) -> list[Table]:
    """Return what a published document shows: the table of directions and that of everything."""
    rows = ([shown["together"]] if shown["together"] else [], shown["directions"])
    tables = ({frozenset(row["directions"]): _counts(row) for row in part} for part in rows)
    return [table for table in tables if table]


def _counts(row: Mapping) -> dict[str, int]:
    return {name: row[name] for name in (*CHAIN, "new_leads") if row[name] is not None}


def _best(
    units: Mapping[str, Mapping], ways: Iterable[Sequence[Block]], earlier: Sequence[Table]
) -> Table:
    """Return the table that shows the most of those that give nothing away, empty if none may.

    Inbound and outbound apart come before further stages, and those before the quarter's leads.
    """
    tables = [
        {block: _total(units, block, columns) for block in blocks}
        for blocks, columns in product(ways, _COLUMNS)
        if units
    ]
    return max((each for each in tables if safe(each, earlier)), key=_worth, default={})


def _total(units: Mapping[str, Mapping], block: Block, columns: Sequence[str]) -> dict[str, int]:
    """Return the counts of a block, without a stage that was never recorded."""
    units_of = [units[unit] for unit in block]
    return {name: sum(each[name] for each in units_of) for name in columns if name in units_of[0]}


def _worth(table: Table) -> tuple[bool, int, int, int]:
    columns = set().union(*table.values())
    return set(table) >= _SIDES, len(columns & set(CHAIN)), len(columns), len(table)


def _side(document: Mapping, block: Block, counts: Mapping[str, int]) -> dict:
    """Return a group's counts, its cost, and its revenue where its patients may be shown."""
    rows = [row for row in document["stages"] if row["direction"] in block]
    revenue = _sum(row["revenue"] for row in rows) if "patients" in counts else None
    return {
        "directions": sorted(block),
        **{column: counts.get(column) for column in (*CHAIN, "new_leads")},
        "cost": _sum(row["cost"] for row in rows),
        "revenue": revenue,
    }


def _sum(amounts: Iterable[float | None]) -> float | None:
    known = [amount for amount in amounts if amount is not None]
    return rounded(sum(known), digits=3) if known else None
