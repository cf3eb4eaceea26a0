"""An .xlsx workbook, its zip checked first, as a source of records: the values shown, as text."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta
from functools import cached_property
from pathlib import Path

from python_calamine import SheetVisibleEnum, load_workbook

from ptanalysis.intake.read.csv_grammar import Bad, Records
from ptanalysis.intake.read.format_model import Format
from ptanalysis.intake.read.header import Candidate, Header
from ptanalysis.intake.read.header_search import SEARCHED, headers, is_near
from ptanalysis.intake.read.refused_file import Note, RefusedFileError, refusing
from ptanalysis.intake.read.sheet import survey

_BATCH = 50_000
#: Whole numbers from here on have lost digits: a spreadsheet keeps fifteen.
_EXACT = 1e15


class WorkbookSource:
    """One workbook; a visible sheet with a known header is read.

    Parameters
    ----------
    path : Path
    nth : int
        Which of these sheets.

    Raises
    ------
    RefusedFileError
        Damaged, protected by a password, not a workbook, or with cells far from all others; see
        `ptanalysis.intake.read.workbook` and `ptanalysis.intake.read.sheet`.
    """

    #: A workbook that is cut off does not open at all.
    ends_whole = True

    def __init__(self, path: Path, nth: int = 0) -> None:
        self.path, self.nth, self._notes = path, nth, open_package(path)
        with refusing():
            self._workbook = load_workbook(str(path))
            names = self._workbook.sheet_names
            self._surveys = {sheet: survey(path, names[sheet]) for sheet in self._visible}
        self._sheet = self._hidden_rows = 0
        self.sheets, self._severity = 1, "note"

    @property
    def notes(self) -> tuple[Note, ...]:
        """What the workbook gave cause to say."""
        hidden = len(self._workbook.sheets_metadata) - len(self._visible)
        left = (len(self._visible) - self.sheets) * (self.nth == 0)
        rows = self._hidden_rows
        return (
            *self._notes,
            *_count_note("hidden_sheets", f"{hidden} hidden sheets are not read", hidden),
            *_count_note("other_sheets", f"{left} other sheets are not read", left, self._severity),
            *_count_note("hidden_rows", f"{rows} hidden rows are read like the others", rows),
        )

    @property
    def head(self) -> list[str]:
        """The first rows, each as one line."""
        return [" ".join(as_text(cell) for cell in row).strip() for row in self._rows[:SEARCHED]]

    def candidates(self, formats: Sequence[Format]) -> list[Candidate]:
        """Choose the sheet, and return the rows that may be its header."""
        tops = {sheet: self._top(sheet) for sheet in self._visible}
        known = [sheet for sheet, top in tops.items() if headers(top, formats)]
        left = [top for sheet, top in tops.items() if sheet not in known]
        self._severity = "warning" if any(is_near(top, formats) for top in left) else "note"
        self.sheets = max(len(known), 1)
        self._sheet = [*known, *self._visible, 0][min(self.nth, self.sheets - 1)]
        self.__dict__.pop("_rows", None)
        return tops.get(self._sheet, [])

    def records(self, header: Header) -> Iterator[Records]:
        """Yield the records below the header."""
        self._refuse_merged(header)
        survey, places = self._surveys[self._sheet], set(header.positions.values())
        self._hidden_rows = survey.hidden
        for start in range(header.row, len(self._rows), _BATCH):
            found = Records()
            for row, cells in enumerate(self._rows[start : start + _BATCH], start + 1):
                fault = survey.fault(row, places)
                _sort(found, row, [as_text(cell) for cell in cells], header, fault)
            yield found

    @cached_property
    def _visible(self) -> list[int]:
        sheets = enumerate(self._workbook.sheets_metadata)
        return [place for place, sheet in sheets if sheet.visible == SheetVisibleEnum.Visible]

    @cached_property
    def _rows(self) -> list[list]:
        return self._workbook.get_sheet_by_index(self._sheet).to_python(skip_empty_area=False)

    def _top(self, sheet: int) -> list[Candidate]:
        rows = self._workbook.get_sheet_by_index(sheet).to_python(
            skip_empty_area=False, nrows=SEARCHED
        )
        texts = [[as_text(cell) for cell in cells] for cells in rows]
        return [Candidate(row, _trimmed(cells)) for row, cells in enumerate(texts, 1)]

    def _refuse_merged(self, header: Header) -> None:
        places = header.positions.values()
        for (top, left), (bottom, right) in self._merged():
            covered = sum(left <= place <= right for place in places) * (bottom - top + 1)
            if bottom >= header.row and covered > 1:
                raise RefusedFileError(
                    "merged_cells",
                    "merged cells among the data",
                    "unmerge them and give every row its own values",
                    row=max(top + 1, header.row),
                )

    def _merged(self):
        return self._workbook.get_sheet_by_index(self._sheet).merged_cell_ranges or ()


def as_text(value: object) -> str:
    """Return a cell as the text an export to CSV would hold; dates as ISO 8601.

    Examples
    --------
    >>> [as_text(value) for value in ("007", 2139.0, 0.1 + 0.2, True, 2.385e17)]
    ['007', '2139', '0.3', 'TRUE', '2.385000E+17']
    >>> as_text(datetime(2026, 1, 5, 14, 29, 59, 999_999))
    '2026-01-05 14:30:00'
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, datetime):
        whole = (value + timedelta(microseconds=500_000)).replace(microsecond=0)
        return whole.isoformat(" ")
    if isinstance(value, time):
        return value.isoformat("seconds")
    return str(value)


def is_workbook(path: Path) -> bool:
    """Return whether the first bytes are those of a zip archive or an old Office file."""
    with path.open("rb") as file:
        return file.read(4) in (b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0")


def _number(value: float) -> str:
    if not abs(value) < _EXACT:  # what is no number neither
        return f"{value:.6E}"
    return str(int(value)) if value == int(value) else f"{value:.15g}"


def _trimmed(cells: Sequence[str]) -> list[str]:
    filled = [place for place, cell in enumerate(cells, 1) if cell.strip()]
    return list(cells[: max(filled, default=0)])


def _sort(found: Records, row: int, cells: list[str], header: Header, fault: str | None) -> None:
    """Put one row where it belongs."""
    width, filled = len(header.cells), [cell for cell in cells if cell.strip()]
    if not filled:
        found.blank.append(row)
    elif fault:
        found.bad.append(Bad(row, fault, ""))
    elif any(cell.strip() for cell in cells[width:]):
        found.bad.append(Bad(row, "ragged_row", header.delimiter.join(cells)))
    elif len(filled) == 1 and _is_footer(filled[0], header.format):
        found.bad.append(Bad(row, "ragged_row", filled[0], short=True))
    else:
        found.cells.append((cells + [""] * width)[:width])
        found.cells_rows.append(row)


def _is_footer(text: str, format: Format) -> bool:
    return any(re.search(pattern, text) for pattern in format.footer)


def _count_note(code: str, what: str, count: int, severity: str = "warning") -> list[Note]:
    fix = "nothing to do, or save what is meant as a file of its own"
    return [Note(code, what, fix, severity)] if count > 0 else []


_LARGEST = 1 << 30
_BOMB_RATIO, _BOMB_SIZE = 100, 1 << 26
_CHUNK = 1 << 20


def open_package(path: Path) -> tuple[Note, ...]:
    """Check a workbook's package; nothing in it is run or fetched.

    Returns
    -------
    tuple of Note
        Macros and links to other files, which are not followed.

    Raises
    ------
    RefusedFileError
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
        raise RefusedFileError(
            "damaged", "the workbook is damaged or only half copied", "copy or download it again"
        ) from None
    return (
        *_note(names, "vbaProject.bin", "macros", "the workbook has macros; they are not run"),
        *_note(
            names,
            "xl/externalLinks/",
            "external_links",
            "the workbook links to other files; its stored values are used",
        ),
    )


def _refuse_old_office(path: Path) -> None:
    with path.open("rb") as file:
        if file.read(4) != b"\xd0\xcf\x11\xe0":
            return
        rest = file.read(_CHUNK)
    if "EncryptedPackage".encode("utf-16-le") in rest:
        raise RefusedFileError(
            "password", "the workbook is protected by a password", "save it without a password"
        )
    raise RefusedFileError("old_workbook", "an old .xls workbook", "save it as .xlsx or CSV")


def _refuse_other_packages(package: zipfile.ZipFile) -> None:
    names = set(package.namelist())
    if len({name.lower() for name in names}) < len(package.namelist()):
        raise zipfile.BadZipFile  # readers differ in which of two they take
    if "xl/workbook.bin" in names:
        raise RefusedFileError("binary_workbook", "an .xlsb workbook", "save it as .xlsx or CSV")
    if "xl/workbook.xml" not in names:
        raise RefusedFileError("archive", "a zip archive, not a workbook", "unpack it first")


def _refuse_bomb(package: zipfile.ZipFile) -> None:
    unpacked = sum(part.file_size for part in package.infolist())
    packed = sum(part.compress_size for part in package.infolist())
    if unpacked > _LARGEST or (unpacked > _BOMB_SIZE and unpacked > _BOMB_RATIO * packed):
        raise RefusedFileError(
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
                raise RefusedFileError(
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
