"""The zip package of a workbook: checked before anything reads it."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path

from ptanalysis.intake.read.refused_file import Note, RefusedFileError

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
