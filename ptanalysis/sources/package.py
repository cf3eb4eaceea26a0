"""The zip package of a workbook: checked before anything reads it, and searched for bad cells."""

from __future__ import annotations

import posixpath
import re
import zipfile
import zlib
from collections.abc import Set
from pathlib import Path
from xml.etree import ElementTree

from ptanalysis.sources.refusal import Note, Refusal

_LARGEST = 1 << 30
_BOMB_RATIO, _BOMB_SIZE = 100, 1 << 26
_CHUNK = 1 << 20
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def open_package(path: Path) -> tuple[Note, ...]:
    """Check a workbook's package; nothing in it is run or fetched.

    Returns
    -------
    tuple of Note
        Macros and links to other files, which are not followed.

    Raises
    ------
    Refusal
        A password, an old or another format, damage, a zip bomb, XML entities.
    """
    _refuse_old_office(path)
    try:
        with zipfile.ZipFile(path) as package:
            _refuse_other_packages(package)
            _refuse_bomb(package)
            for part in package.infolist():
                _refuse_entities(package, part)
            names = package.namelist()
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError):
        raise Refusal(
            "damaged", "the workbook is damaged or only half copied", "copy or download it again"
        ) from None
    return (
        *_note(names, "vbaProject.bin", "macros", "the workbook has macros; they are not run"),
        *_note(
            names, "xl/externalLinks/", "external_links",
            "the workbook links to other files; its stored values are used",
        ),
    )  # fmt: skip


def sheet_faults(path: Path, sheet: str, places: Set[int]) -> tuple[dict[int, str], int]:
    """Find formulas without a stored result, error values, and hidden rows.

    Parameters
    ----------
    path : Path
    sheet : str
        Name of the sheet.
    places : set of int
        Columns that matter, 0 is the first.

    Returns
    -------
    faults : dict of int to str
        Row to fault.
    hidden : int
        Hidden rows.
    """
    faults: dict[int, str] = {}
    hidden = 0
    with zipfile.ZipFile(path) as package, package.open(_part_of(package, sheet)) as part:
        for _, element in ElementTree.iterparse(part):
            if element.tag == f"{_MAIN}c" and (fault := _fault(element)):
                row, place = _place(element.get("r", ""))
                if place in places:
                    faults.setdefault(row, fault)
            elif element.tag == f"{_MAIN}row":
                hidden += element.get("hidden") == "1"
                element.clear()
    return faults, hidden


def _refuse_old_office(path: Path) -> None:
    with path.open("rb") as file:
        if file.read(4) != b"\xd0\xcf\x11\xe0":
            return
        rest = file.read(_CHUNK)
    if "EncryptedPackage".encode("utf-16-le") in rest:
        raise Refusal(
            "password", "the workbook is protected by a password", "save it without a password"
        )
    raise Refusal("old_workbook", "an old .xls workbook", "save it as .xlsx or CSV")


def _refuse_other_packages(package: zipfile.ZipFile) -> None:
    names = set(package.namelist())
    if "xl/workbook.bin" in names:
        raise Refusal("binary_workbook", "an .xlsb workbook", "save it as .xlsx or CSV")
    if "xl/workbook.xml" not in names:
        raise Refusal("archive", "a zip archive, not a workbook", "unpack it first")


def _refuse_bomb(package: zipfile.ZipFile) -> None:
    unpacked = sum(part.file_size for part in package.infolist())
    packed = sum(part.compress_size for part in package.infolist())
    if unpacked > _LARGEST or (unpacked > _BOMB_SIZE and unpacked > _BOMB_RATIO * packed):
        raise Refusal(
            "zip_bomb",
            "the workbook unpacks to more than it may",
            "export as CSV; it is read at any size",
        )


def _refuse_entities(package: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    """Read a part to its end (which checks its checksum) and refuse document types in XML."""
    before = b""
    with package.open(part) as file:
        while chunk := file.read(_CHUNK):
            if part.filename.endswith((".xml", ".rels")) and _declares(before + chunk):
                raise Refusal(
                    "xml_entity",
                    "the workbook's XML declares entities, as no spreadsheet program does",
                    "do not open it; ask for the export again",
                )
            before = chunk[-16:]


def _declares(xml: bytes) -> bool:
    plain = xml.replace(b"\0", b"").lower()
    return b"<!doctype" in plain or b"<!entity" in plain


def _note(names: list[str], part: str, code: str, what: str) -> list[Note]:
    there = any(part in name for name in names)
    return [Note(code, what, "nothing to do, or save a copy without them")] if there else []


def _part_of(package: zipfile.ZipFile, sheet: str) -> str:
    """Return the name of the part that holds `sheet`."""
    workbook = ElementTree.fromstring(package.read("xl/workbook.xml"))
    relations = ElementTree.fromstring(package.read("xl/_rels/workbook.xml.rels"))
    targets = {relation.get("Id"): relation.get("Target", "") for relation in relations}
    ids = {entry.get("name"): entry.get(_RELATION) for entry in workbook.iter(f"{_MAIN}sheet")}
    return posixpath.normpath(posixpath.join("/xl", targets[ids[sheet]])).lstrip("/")


def _fault(cell: ElementTree.Element) -> str:
    if cell.get("t") == "e":
        return "error_cell"
    stored = cell.findtext(f"{_MAIN}v")
    if cell.find(f"{_MAIN}f") is not None and not stored and cell.get("t") != "str":
        return "formula_without_value"
    return ""


def _place(reference: str) -> tuple[int, int]:
    """Return the row (from 1) and the column (from 0) of a cell reference.

    Examples
    --------
    >>> _place("AB12")
    (12, 27)
    """
    letters, digits = re.match(r"([A-Z]+)(\d+)", reference).groups()
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(digits), column - 1
