"""What of a quarter's findings may leave the clinic: totals of whole directions, coarse claims.

Nothing is blanked. Directions with few people are counted together, so that every number shown is a
true one. The rest of findings.json stays in the clinic: whatever is computed from counts (rates,
intervals, p-values, numbers behind) gives them away to who can subtract.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import product

from ptanalysis.claims import load_claims
from ptanalysis.privacy.publish.small_cells import (
    CHAIN,
    LEAST,
    Block,
    Table,
    clear,
    groupings,
    safe,
)
from ptanalysis.report.findings_json import plain

_EACH_SIDE = {frozenset({"inbound"}), frozenset({"outbound"})}
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
            "claims": claims_shown(document, apart=set(sides) >= _EACH_SIDE),
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
    return set(table) >= _EACH_SIDE, len(columns & set(CHAIN)), len(columns), len(table)


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


_SIDES = ("inbound", "outbound")
_SHARES = ("screened_to_sql_rate",)
_KEPT = ("id", "statement", "primary", "verdict", "margin", "unit")
_FIGURE = ("estimate", "ci_low", "ci_high")

#: What the number behind an estimate counts, or the part of it that its share is.
_EVENTS = {
    "cost_per_lead": "leads",
    "cost_per_sql": "sql",
    "cost_per_patient": "patients",
    "roi": "patients",
    "screened_to_sql_rate": "sql",
    "screened_mql_to_sql_rate": "sql",
}

#: Measures that compare whole directions, and the estimates of their two sides. The figure of a
#: claim with any other measure cannot be known to stand on enough people.
_COMPARED = {
    "cost_per_lead_ratio": ("cost_per_lead",),
    "cost_per_sql_ratio": ("cost_per_sql",),
    "cost_per_patient_ratio": ("cost_per_patient",),
    "sql_share_difference": _SHARES,
    "mql_sql_gap_difference": (*_SHARES, "screened_mql_to_sql_rate"),
    "roi_ratio": ("roi",),
}


def rounded(value: float | None, *, digits: int = 2) -> float | None:
    """Return a number with so many significant digits.

    Examples
    --------
    >>> rounded(2.513621506), rounded(58210.77, digits=3), rounded(None)
    (2.5, 58200.0, None)
    """
    return None if value is None else float(f"{value:.{digits}g}")


def claims_shown(document: Mapping, *, apart: bool) -> list[dict]:
    """Return the verdicts, each with its figure where that stands on enough people.

    A clinic's own claim, which can be about any few people, is there only with its figure.

    Parameters
    ----------
    document : mapping
        findings.json.
    apart : bool
        Whether inbound and outbound are shown apart; no figure otherwise.

    Returns
    -------
    list of dict
        ``estimate``, ``ci_low`` and ``ci_high`` in two digits, None where not shown; ``holds`` is
        in how many of the analysis choices the verdict stands, in words.
    """
    ours = load_claims()
    return [
        {
            **{name: found[name] for name in _KEPT},
            **{name: _coarse(found[name], found["unit"]) if shown else None for name in _FIGURE},
            "holds": _holds(found["verdict"], found["sensitivity"]),
        }
        for found in document["claims"]
        if (shown := apart and _stands(found.get("measure"), document)) or found["id"] in ours
    ]


def _holds(verdict: str, found: Mapping | None) -> str | None:
    """Return under how many of the analysis choices a verdict stands, in words."""
    if not found:
        return None
    same = found["undecided" if verdict == "cannot_tell" else "agrees"]
    if same == found["of"]:
        return "in all"
    return "in most" if 2 * same > found["of"] else "in half or fewer"


def _coarse(value: float | None, unit: str) -> float | None:
    """Return two digits of a ratio, whole points of a difference of shares."""
    return round(value, 2) if unit == "points" and value is not None else rounded(value)


def _stands(compared: str | None, document: Mapping) -> bool:
    """Return whether a measure compares whole directions with enough people on either side.

    An interval that is computed from counts alone, not from campaigns, would give them away.
    """
    sides = _COMPARED.get(compared, ())
    own = [each for each in document["estimates"] if each["id"] == compared]
    by_campaign = bool(own) and all(each["clusters"] is not None for each in own)
    arms = [
        each for each in document["estimates"] if each["id"] in sides and each["group"] in _SIDES
    ]
    enough = (_enough(arm, _so_far(document, arm["group"])) for arm in arms)
    return by_campaign and 0 < len(arms) == 2 * len(sides) and all(enough)


def _so_far(document: Mapping, direction: str) -> dict[str, int]:
    """Return the people of a direction, by each stage that was recorded."""
    rows = [row for row in document["stages"] if row["direction"] == direction]
    kept = (name for name in CHAIN if all(row[name] is not None for row in rows))
    return {stage: sum(row[stage] for row in rows) for stage in kept}


def _enough(arm: Mapping, so_far: Mapping[str, int]) -> bool:
    """Return whether the people behind an arm, and those not or no longer in it, are enough."""
    if arm["n"] < LEAST or arm["estimate"] is None or _EVENTS[arm["id"]] not in so_far:
        return False
    if arm["unit"] != "share":
        return clear(so_far[_EVENTS[arm["id"]]] - arm["n"])
    reached = round(arm["n"] * arm["estimate"])
    rest = so_far[_EVENTS[arm["id"]]] - reached
    return all(map(clear, (reached, arm["n"] - reached, rest, so_far["leads"] - arm["n"])))
