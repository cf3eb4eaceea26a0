"""The defensible choices, as pure transforms of the tables, and the design that crosses them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import NamedTuple

import pandas as pd

from ptanalysis.dataset import SIDED, ClinicData, empty
from ptanalysis.definitions import TAXONOMIES, UNKNOWN

_ORIGIN = ("channel", "direction", "direction_platform", "campaign", "vendor")
_UNKNOWN_TO = {"all inbound": "inbound", "all outbound": "outbound"}

#: Axis: its levels, the default first.
LEVELS: dict[str, tuple[str, ...]] = {
    "taxonomy": ("default", "platform"),
    "lead": ("strict", "broad"),
    "attribution": ("first", "last"),
    "horizon": ("13", "26"),
    "unknown": ("left out", *_UNKNOWN_TO),
}

#: Each choice other than the default, as it follows "under".
IN_WORDS = {
    ("taxonomy", "platform"): "with paid search and paid social as inbound",
    ("lead", "broad"): "with the broad definition of a lead",
    ("attribution", "last"): "with each lead credited to its last touch",
    ("horizon", "26"): "with 26 weeks to become an SQL",
    ("unknown", "all inbound"): "with unknown sources as inbound",
    ("unknown", "all outbound"): "with unknown sources as outbound",
}


class Cell(NamedTuple):
    """One choice on every axis."""

    taxonomy: str = "default"
    lead: str = "strict"
    attribution: str = "first"
    horizon: str = "13"
    unknown: str = "left out"


def design() -> list[Cell]:
    """Return the 48 cells of the grid: every combination, the default first.

    Cost is full cost in all of them: what it is without staff time or fees is another question.

    References
    ----------
    Simonsohn, Simmons & Nelson (2020), Nature Human Behaviour 4:1208.

    Examples
    --------
    >>> len(design()), design()[0] == Cell()
    (48, True)
    """
    usual = Cell()
    crossed = (Cell(*levels) for levels in product(*LEVELS.values()))
    return sorted(crossed, key=lambda cell: sum(a != b for a, b in zip(cell, usual, strict=True)))


def present(tables: ClinicData) -> set[str]:
    """Return the axes on which these tables can differ at all."""
    leads, spend = tables.leads, tables.spend
    either = [table[column] for table in (leads, spend) for column in TAXONOMIES.values()]
    facts = {
        "taxonomy": any(
            (table["direction"] != table["direction_platform"]).any() for table in (leads, spend)
        ),
        "lead": len(tables.broad_only) > 0,
        "attribution": any(_differs(leads, name) for name in _ORIGIN),
        "horizon": True,
        "unknown": any((column == UNKNOWN).any() for column in either),
    }
    return {axis for axis, differs in facts.items() if differs}


def cells_of(axes: set[str]) -> list[Cell]:
    """Return the distinct cells of the design when only `axes` matter."""
    fixed = {axis: levels[0] for axis, levels in LEVELS.items() if axis not in axes}
    return list(dict.fromkeys(cell._replace(**fixed) for cell in design()))


def apply(tables: ClinicData, cell: Cell) -> ClinicData:
    """Return the tables under a cell's choices; the horizon is an option of the estimate."""
    for step in _steps(cell):
        tables = step(tables)
    return tables


def weeks_of(cell: Cell, tables: ClinicData) -> int:
    """Return a cell's weeks to SQL: the default level is the clinic's own."""
    own, usual = tables.assumptions.weeks_to_sql, int(LEVELS["horizon"][0])
    if cell.horizon == LEVELS["horizon"][0]:
        return own
    return int(cell.horizon) if int(cell.horizon) != own else usual


def in_words(axis: str, level: str) -> str:
    """Return a choice other than the default, as it follows "under".

    Examples
    --------
    >>> in_words("horizon", "13")
    'with 13 weeks to become an SQL'
    """
    return IN_WORDS.get((axis, level)) or f"with {level} weeks to become an SQL"


def _steps(cell: Cell) -> Iterator:
    """Yield the transforms in the order they must be applied."""
    yield lambda tables: with_lead_definition(tables, cell.lead)
    if cell.attribution == "last":
        yield with_last_touch
    yield lambda tables: tables.with_direction(TAXONOMIES[cell.taxonomy])
    if cell.unknown in _UNKNOWN_TO:
        yield lambda tables: with_unknown_as(tables, _UNKNOWN_TO[cell.unknown])


def with_lead_definition(tables: ClinicData, definition: str) -> ClinicData:
    """Return the tables with the leads of ``"strict"`` or ``"broad"``.

    Under the broad definition a lead is one since `broad_lead_at`. Where the clinic's own
    definition is broad, strict is its definition.
    """
    if definition == "strict":
        return replace(tables, broad_only=empty("leads"))
    leads = pd.concat([tables.leads, tables.broad_only], ignore_index=True)
    leads = leads.assign(lead_at=leads["broad_lead_at"].fillna(leads["lead_at"]))
    return replace(tables, leads=leads, broad_only=empty("leads"))


def with_last_touch(tables: ClinicData) -> ClinicData:
    """Return the tables with each lead put down to its last touch instead of its first."""
    last = {name: tables.leads[f"last_{name}"] for name in _ORIGIN}
    return replace(tables, leads=tables.leads.assign(**last))


def with_unknown_as(tables: ClinicData, direction: str) -> ClinicData:
    """Return the tables with everything of unknown direction, money too, on one side."""
    sided = {name: _resided(getattr(tables, name), direction) for name in SIDED}
    return replace(tables, **sided)


def _resided(table: pd.DataFrame, direction: str) -> pd.DataFrame:
    known = table["direction"] != UNKNOWN
    return table.assign(direction=table["direction"].where(known, direction))


def _differs(leads: pd.DataFrame, name: str) -> bool:
    first, last = leads[name], leads[f"last_{name}"]
    return bool(((first != last) & ~(first.isna() & last.isna())).any())
