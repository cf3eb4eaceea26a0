"""A record that may be a header, the header of a file, and how its cells may be shown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib.resources import files

from ptanalysis.intake.read.calendar_months import month_of
from ptanalysis.intake.read.format_files import load_formats
from ptanalysis.intake.read.format_model import (
    Format,
    header_currency,
    loose_header,
    normal_header,
)

#: A header cell that may itself be personal: an address, a number of five digits, a long text.
_PERSONAL_HEADER = re.compile(r"@|(\d[\s().-]*){5,}|.{61,}", re.DOTALL)
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True)
class Candidate:
    """A record near the top of a file that may be its header."""

    row: int
    cells: Sequence[str]
    delimiter: str = ","

    @cached_property
    def places(self) -> dict[str, int]:
        """Normalised header to the first place it has."""
        return {normal_header(cell): at for at, cell in reversed(list(enumerate(self.cells)))}

    def positions(self, format: Format) -> dict[str, int]:
        """Return the columns of a format that are here, to their places."""
        found = {
            name: [self.places[header] for header in column.headers if header in self.places]
            for name, column in format.columns.items()
        }
        return {name: there[0] for name, there in found.items() if there}

    @cached_property
    def loose(self) -> list[str]:
        """The cells as `loose_header` makes them comparable."""
        return [loose_header(cell) for cell in self.cells]

    def months(self, year: int | None) -> dict[int, tuple[int, int]]:
        """Return the places of cells that are months, to year and month."""
        found = ((at, month_of(cell, year)) for at, cell in enumerate(self.cells))
        return {at: month for at, month in found if month}

    def spelled(self, format: Format) -> dict[str, int]:
        """Return the columns of a format that are here by header or by spelling, to their places.

        A place is one column's: headers come first, then whole spellings, then those (``~``) that a
        header only contains. Of several places spelled for a column, the one listed first.
        """
        found = self.positions(format)
        for spells in (_whole, _within):
            for name, column in format.columns.items():
                if name not in found:
                    left = [at for at in range(len(self.cells)) if at not in found.values()]
                    places = (spells(spelling, self.loose, left) for spelling in column.spellings)
                    at = next(filter(_there, places), None)
                    found |= {} if at is None else {name: at}
        return found


@dataclass(frozen=True, kw_only=True)
class Header:
    """The header row of one file.

    Attributes
    ----------
    format : Format
    row : int
        Physical line it is in.
    cells : tuple of str
        As in the file.
    positions : dict
        Column of the format to place in the record.
    delimiter : str
    loose : bool
        Recognized by spellings alone.
    months : dict
        Place to year and month, of columns that hold a month's amounts.
    """

    format: Format
    row: int
    cells: tuple[str, ...]
    positions: dict[str, int]
    delimiter: str = ","
    loose: bool = False
    months: dict[int, tuple[int, int]] = field(default_factory=dict)

    @property
    def month_places(self) -> dict[str, int]:
        """Name of each month's column in the raw table, like ``2026-04``, to its place."""
        return {f"{year}-{month:02}": at for at, (year, month) in self.months.items()}

    @property
    def telling(self) -> tuple[str, ...]:
        """Columns by which a second header shows; none where one could be a total's label."""
        if not self.loose:
            return self.format.required
        return tuple(self.positions)[:4] if len(self.positions) > 1 else ()

    @property
    def by_spelling(self) -> dict[str, str]:
        """Column of the format to the header that a spelling made it of, as it may be shown."""
        exact = Candidate(self.row, self.cells).positions(self.format)
        return {name: header for name, header in self.mapped.items() if name not in exact}

    @property
    def last_row(self) -> int:
        """Physical line it ends in."""
        return self.row + sum(cell.count("\n") for cell in self.cells)

    @property
    def currencies(self) -> set[str]:
        """Currency codes that mapped headers end with, like ``Amount spent (USD)``."""
        found = {header_currency(self.cells[place]) for place in self.positions.values()}
        return found - {""}

    @property
    def mapped(self) -> dict[str, str]:
        """Column of the format to the header in the file, as it may be shown."""
        return {name: self._named(name, at) for name, at in self.positions.items()}

    def _named(self, name: str, at: int) -> str:
        """Return a header as it may be shown: what a format or a spelling names is no secret."""
        column, cell = self.format.columns[name], self.cells[at]
        known = normal_header(cell) in column.headers or loose_header(cell) in column.spellings
        return " ".join(cell.split()) if known else shown(cell, at + 1)

    @property
    def dropped(self) -> tuple[str, ...]:
        """Headers that no mapping names, as they may be shown."""
        read = {*self.positions.values(), *self.months}
        left = sorted(set(range(len(self.cells))) - read)
        return tuple(shown(self.cells[place], place + 1) for place in left)

    @property
    def level(self) -> str:
        """What a row of a spend report stands for, like ``ad`` or ``campaign``; often empty."""
        return self._level["level"] if self._level else "campaign" * bool(self.format.levels)

    @property
    def lacks(self) -> str:
        """What a report at this level cannot hold; empty where it holds all."""
        return self._level.get("lacks", "")

    @property
    def _level(self) -> dict[str, str]:
        there = (entry for entry in self.format.levels if entry["column"] in self.positions)
        return next(there, {})


def shown(cell: str, place: int) -> str:
    """Return a header as it may be printed: its text, or its place where it may be personal.

    Only headers whose every word is known to head columns are printed: a person's name in a header,
    or a first row that is data, cannot be distinguished from a header by its form.

    Examples
    --------
    >>> shown("Lead Status", 3), shown("call 555-0142", 4), shown("", 5)
    ('Lead Status', 'column 4 (name hidden)', 'column 5')
    >>> shown("Jane Doe phone", 6)
    'column 6 (name hidden)'
    """
    text = " ".join(cell.split())
    if not text:
        return f"column {place}"
    words = set(_WORD.findall(text.casefold()))
    known = words and words <= header_words() and not _PERSONAL_HEADER.search(text)
    return text if known else f"column {place} (name hidden)"


@cache
def header_words() -> frozenset[str]:
    """Return the words that head columns: those of every format that ships, and common ones."""
    common = files(__package__).joinpath("header_words.txt").read_text("utf-8").split()
    columns = [column for format in load_formats() for column in format.columns.values()]
    headers = [header for c in columns for header in (*c.headers, *c.spellings)]
    shipped = [word for header in headers for word in _WORD.findall(header)]
    return frozenset((*common, *shipped))


def _whole(spelling: str, headers: Sequence[str], places: Sequence[int]) -> int | None:
    return next((at for at in places if headers[at] == spelling), None)


def _within(spelling: str, headers: Sequence[str], places: Sequence[int]) -> int | None:
    words = f" {spelling.removeprefix('~')} "
    starts = spelling.startswith("~")
    return next((at for at in places if starts and words in f" {headers[at]} "), None)


def _there(place: int | None) -> bool:
    return place is not None
