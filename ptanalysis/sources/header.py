"""Which format a file is: the header row is found by its columns, never by the file's name."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ptanalysis.sources.formats import Format, header_currency, normal_header
from ptanalysis.sources.grammar import DELIMITERS, split
from ptanalysis.sources.refusal import Refusal

#: Physical lines searched for the header.
SEARCHED = 30

#: A header cell that may itself be personal: an address, a number with five digits, a long text.
_PERSONAL_HEADER = re.compile(r"@|(\d[\s().-]*){5,}|.{61,}", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Header:
    """The header row of one file.

    Attributes
    ----------
    format : Format
    row : int
        Physical line it is in.
    rows : int
        Physical lines it takes.
    cells : tuple of str
        As in the file.
    positions : dict
        Column of the format to place in the row.
    """

    format: Format
    row: int
    cells: tuple[str, ...]
    positions: dict[str, int]
    delimiter: str = ","

    @property
    def currencies(self) -> set[str]:
        """Currency codes that mapped headers end with, like ``Amount spent (USD)``."""
        found = {header_currency(self.cells[place]) for place in self.positions.values()}
        return found - {""}

    @property
    def dropped(self) -> tuple[str, ...]:
        """Headers that no mapping names, as they may be shown."""
        kept = set(self.positions.values())
        return tuple(
            shown(cell, place + 1) for place, cell in enumerate(self.cells) if place not in kept
        )


def shown(cell: str, place: int) -> str:
    """Return a header as it may be printed: its text, or only its place where it may be personal.

    Examples
    --------
    >>> shown("Lead Status", 3), shown("call 555-0142", 4), shown("", 5)
    ('Lead Status', 'column 4', 'column 5')
    """
    text = " ".join(cell.split())
    return f"column {place}" if not text or _PERSONAL_HEADER.search(text) else text


def find_header(lines: Sequence[str], formats: Iterable[Format]) -> Header:
    """Find the header among the first physical lines of a text file.

    Raises
    ------
    Refusal
        No header of a known format, a required column missing, a column there twice.
    """
    formats, candidates = tuple(formats), list(_rows(lines[:SEARCHED]))
    return recognise_rows(candidates, formats)


def recognise_rows(
    candidates: Sequence[tuple[int, str, Sequence[str]]], formats: Sequence[Format]
) -> Header:
    """Find the header among (row, delimiter, cells)."""
    found = [
        header
        for row, delimiter, cells in candidates
        for format in formats
        if (header := _match(format, row, cells, delimiter))
    ]
    if not found:
        raise _unknown(candidates, formats)
    best = max(found, key=_strength)
    _refuse_ambiguous(best, found)
    _refuse_duplicates(best)
    return best


def _rows(lines: Sequence[str]) -> Iterable[tuple[int, str, Sequence[str]]]:
    for delimiter in DELIMITERS:
        records = split(lines, delimiter, row=1, width=0, last=True)
        plain = (line.split(delimiter) for line in records.plain)
        yield from ((row, delimiter, cells) for row, cells in zip(records.plain_rows, plain))
        yield from (
            (row, delimiter, cells) for row, cells in zip(records.cells_rows, records.cells)
        )


def _match(format: Format, row: int, cells: Sequence[str], delimiter: str) -> Header | None:
    positions = _positions(format, cells)
    if any(column.required and name not in positions for name, column in format.columns.items()):
        return None
    return Header(
        format=format, row=row, cells=tuple(cells), positions=positions, delimiter=delimiter
    )


def _positions(format: Format, cells: Sequence[str]) -> dict[str, int]:
    places = {normal_header(cell): place for place, cell in reversed(list(enumerate(cells)))}
    return {
        name: next(places[header] for header in column.headers if header in places)
        for name, column in format.columns.items()
        if any(header in places for header in column.headers)
    }


def _strength(header: Header) -> tuple[int, int, int]:
    required = sum(column.required for column in header.format.columns.values())
    return len(header.positions), required, -header.row


def _refuse_ambiguous(best: Header, found: Sequence[Header]) -> None:
    for other in found:
        if other.format is not best.format and _strength(other) == _strength(best):
            raise Refusal(
                "ambiguous_format",
                f"the header fits both {best.format.title} and {other.format.title}",
                "keep the columns that only one of them has",
                row=best.row,
            )


def _refuse_duplicates(header: Header) -> None:
    places = [normal_header(cell) for cell in header.cells]
    for name in header.positions:
        there = [alias for alias in header.format.columns[name].headers if alias in places]
        if len(there) > 1 or places.count(there[0]) > 1:
            raise Refusal(
                "duplicate_header",
                f"two columns of the file are both {name}",
                "delete or rename the one that does not belong",
                row=header.row,
                column=name,
            )


def _unknown(
    candidates: Sequence[tuple[int, str, Sequence[str]]], formats: Sequence[Format]
) -> Refusal:
    """Say what is missing from the format that comes nearest."""
    nearest = max(
        (_nearness(format, row, cells) for row, _, cells in candidates for format in formats),
        key=lambda entry: entry[0],
        default=None,
    )
    if nearest is None or nearest[0] < 0.5:
        return Refusal(
            "unknown_header",
            f"no known header in the first {SEARCHED} lines",
            "see docs/sources.md for the formats read, or draft one: ptanalysis sources new FILE",
        )
    _, format, row, cells, missing = nearest
    return Refusal(
        "missing_column",
        f"{format.title}: required column missing: {', '.join(missing)}{_near(missing, cells)}",
        "add the column or rename the header",
        row=row,
        column=missing[0],
    )


def _nearness(format: Format, row: int, cells: Sequence[str]):
    positions = _positions(format, cells)
    required = [name for name, column in format.columns.items() if column.required]
    missing = [name for name in required if name not in positions]
    share = 1 - len(missing) / len(required)
    return share + len(positions) / 1000, format, row, cells, missing


def _near(missing: Sequence[str], cells: Sequence[str]) -> str:
    headers = {normal_header(cell): shown(cell, place) for place, cell in enumerate(cells, 1)}
    for name in missing:
        close = difflib.get_close_matches(name.replace("_", " "), headers, n=1, cutoff=0.6)
        if close:
            return f" (nearest header: {headers[close[0]]})"
    return ""
