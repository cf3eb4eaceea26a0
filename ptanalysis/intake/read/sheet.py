"""A workbook's sheet before it is read: cells counted and in order, bad ones and hidden rows found.

The library that reads workbooks allocates every cell between the first and the last one used, so
that one cell in the last corner (a slip of the hand) would need half a terabyte.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from xml.etree import ElementTree
from xml.parsers.expat import ParserCreate

from ptanalysis.intake.read.refused_file import RefusedFileError

#: Excel's own limits.
_LAST_ROW, _LAST_COLUMN = 1 << 20, 1 << 14
#: Cells a sheet may reach over: any one so many; more only where a quarter of them is filled.
_FREE, _MOST, _SHARE = 2_000_000, 10_000_000, 4
_REFERENCE = re.compile(r"([A-Za-z]{1,3})([1-9][0-9]{0,6})", re.ASCII)
_ROW = re.compile(r"[1-9][0-9]{0,6}", re.ASCII)


@dataclass
class Sheet:
    """What a sheet's XML says of its cells.

    Attributes
    ----------
    filled : int
        Cells with a value.
    rows, columns : int
        Last row and column with a value, from 1.
    widest : int
        Row of the last column.
    hidden : int
        Hidden rows.
    faults : dict of int to list of (int, str)
        Row to the places (0 is the first column) of formulas without a stored result and of error
        values.
    """

    filled: int = 0
    rows: int = 0
    columns: int = 0
    widest: int = 0
    hidden: int = 0
    faults: dict[int, list[tuple[int, str]]] = field(default_factory=dict)

    def fault(self, row: int, places: set[int]) -> str | None:
        """Return the first fault of a row in columns that matter."""
        return next((what for at, what in self.faults.get(row, ()) if at in places), None)


def survey(path: Path, sheet: str) -> Sheet:
    """Read the XML of a sheet in bounded memory.

    Parameters
    ----------
    path : Path
    sheet : str
        Its name.

    Raises
    ------
    RefusedFileError
        Rows or cells twice, out of order or nowhere, or cells too far from the others.
    xml.parsers.expat.ExpatError, KeyError, LookupError, ValueError
        The XML or the package is damaged.
    """
    with zipfile.ZipFile(path) as package, package.open(_part_of(package, sheet)) as part:
        scan = _Scan()
        scan.parser.ParseFile(part)
    _refuse_scattered(scan.sheet)
    return scan.sheet


def _part_of(package: zipfile.ZipFile, sheet: str) -> str:
    """Return the name of the part that holds `sheet`, as the reading library finds it."""
    names = {name.lower(): name for name in package.namelist()}
    relations = ElementTree.fromstring(package.read("xl/_rels/workbook.xml.rels"))
    targets = {relation.get("Id"): relation.get("Target", "") for relation in relations}
    workbook = ElementTree.fromstring(package.read("xl/workbook.xml"))
    found = [_local(entry.attrib) for entry in workbook.iter() if _tag(entry.tag) == "sheet"]
    (target,) = [targets[entry["id"]] for entry in found if entry.get("name") == sheet]
    whole = target.startswith(("/xl/", "xl/"))
    return names[(target.lstrip("/") if whole else f"xl/{target}").lower()]


def _local(attributes: Mapping[str, str]) -> dict[str, str]:
    return {_tag(name): value for name, value in attributes.items()}


def _tag(name: str) -> str:
    return name.rpartition("}")[2]


class _Scan:
    """Handlers of one sheet's XML; prefixes of namespaces don't matter, as to the library."""

    def __init__(self) -> None:
        self.sheet, self.row, self.place = Sheet(), 0, -1
        self.inside, self.seen, self.type = False, set(), ""
        self.parser = ParserCreate()
        self.parser.StartElementHandler, self.parser.EndElementHandler = self._start, self._end

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = _name(tag)
        if name == "c":
            self._cell(attributes)
        elif name == "row":
            self._row(attributes)
        elif name in ("v", "is", "f"):
            self.seen.add(name)
            self.parser.CharacterDataHandler = self._stored if name == "v" else None

    def _end(self, tag: str) -> None:
        name = _name(tag)
        if name == "c":
            self._settle()
        elif name == "row":
            self.inside = False
        elif name == "v":
            self.parser.CharacterDataHandler = None

    def _stored(self, text: str) -> None:
        self.seen.add("stored")

    def _row(self, attributes: dict[str, str]) -> None:
        text = attributes.get("r", str(self.row + 1))
        row = int(text) if _ROW.fullmatch(text) else 0
        self.inside = self._in_order(self.row < row <= _LAST_ROW)
        self.row, self.place = row, -1
        self.sheet.hidden += attributes.get("hidden") in ("1", "true")

    def _cell(self, attributes: dict[str, str]) -> None:
        reference = attributes.get("r")
        row, place = cell_place(reference) if reference else (self.row, self.place + 1)
        self._in_order(self.inside and row == self.row and self.place < place < _LAST_COLUMN)
        self.place, self.seen, self.type = place, set(), attributes.get("t", "")

    def _settle(self) -> None:
        """Count the cell that ends, and note what is wrong with it."""
        sheet, seen = self.sheet, self.seen
        if "v" in seen or "is" in seen:
            sheet.filled, sheet.rows = sheet.filled + 1, self.row
            if self.place >= sheet.columns:
                sheet.columns, sheet.widest = self.place + 1, self.row
        missing = "f" in seen and "stored" not in seen and self.type != "str"
        if fault := "error_cell" if self.type == "e" else "formula_without_value" * missing:
            sheet.faults.setdefault(self.row, []).append((self.place, fault))

    def _in_order(self, fits: bool) -> bool:
        if not fits:
            raise RefusedFileError(
                "damaged",
                "two rows or cells of the sheet have one place, or they are not in order",
                "open the workbook in a spreadsheet program and save it again, or export as CSV",
                row=self.row or None,
            )
        return True


@lru_cache(maxsize=1000)
def _name(tag: str) -> str:
    return tag.rpartition(":")[2]


def cell_place(reference: str) -> tuple[int, int]:
    """Return the row (from 1) and the column (from 0) of a cell reference; (0, -1) for none.

    Examples
    --------
    >>> cell_place("AB12"), cell_place("2A")
    ((12, 27), (0, -1))
    """
    found = _REFERENCE.fullmatch(reference)
    return (int(found[2]), _column(found[1].upper())) if found else (0, -1)


@cache
def _column(letters: str) -> int:
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - ord("A") + 1
    return column - 1


def _refuse_scattered(sheet: Sheet) -> None:
    cells = sheet.rows * sheet.columns
    if cells > _MOST and cells <= _SHARE * sheet.filled:
        raise RefusedFileError(
            "too_many_cells",
            f"the sheet has {cells:,} cells, and no more than {_MOST:,} are read of a workbook",
            "export as CSV; it is read at any size",
        )
    if cells > max(_FREE, _SHARE * sheet.filled):
        raise RefusedFileError(
            "scattered_cells",
            f"the sheet reaches to row {sheet.rows:,} and column {sheet.columns:,}, but only"
            f" {sheet.filled:,} of these cells are filled: some lie far from the table",
            "delete the cells far from the table (Ctrl+End goes to the last one) or export as CSV",
            row=sheet.rows if sheet.rows > sheet.filled else sheet.widest,
        )
