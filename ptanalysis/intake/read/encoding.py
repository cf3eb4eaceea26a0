"""From bytes to physical lines: the encoding is found, not guessed away, in bounded memory."""

from __future__ import annotations

import codecs
import hashlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from ptanalysis.intake.read.refused_file import Note, RefusedFileError

#: Between a workbook and the number of one of its sheets, in the name of a table.
SHEET = ", sheet "
BLOCK = 1 << 22
#: Longest physical line or quoted record, in characters: longer is a broken quote.
LONGEST_RECORD = 131_072

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_MULTIBYTE = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
)
_NOT_WESTERN = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
#: UTF-8 read as Windows-1252 and written as UTF-8 again.
_MOJIBAKE = re.compile("[\u00c2\u00c3][\u0080-\u00bf]|\u00e2\u20ac")
_MAGIC = (
    (b"%PDF", "is a PDF document", "export the report as CSV"),
    (b"\x1f\x8b", "is compressed (gzip)", "unpack it first"),
    (b"Rar!", "is a compressed archive", "unpack it first"),
    (b"\x89PNG", "is a picture", "export the report as CSV"),
    (b"\xff\xd8\xff", "is a picture", "export the report as CSV"),
    (b"PAR1", "is a Parquet file", "export the report as CSV"),
    (b"SQLite format 3", "is a database", "export the report as CSV"),
)
_WEB = (b"<!doctype", b"<html", b"<head", b"<?xml", b"<script")
_JSON = re.compile(rb'[\[{]\s*["{\[\]}]')


@dataclass(frozen=True, kw_only=True)
class Text:
    """How the bytes of one file become text.

    Attributes
    ----------
    encoding : str
        ``utf-8``, ``utf-16-le``, ``utf-16-be`` or ``cp1252``.
    skip : int
        Bytes of the byte order mark.
    ends_with_newline : bool
    notes : tuple of Note
        Warnings, like the fall back to Windows-1252.
    """

    encoding: str
    skip: int = 0
    ends_with_newline: bool = True
    notes: tuple[Note, ...] = ()


def file_hash(path: Path) -> str:
    """Return the SHA-256 of the file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def survey(path: Path) -> Text:
    """Read the file once: find its encoding and refuse what is no text.

    Raises
    ------
    RefusedFileError
        Empty, another kind of file, NUL bytes, or bytes that are no text in any encoding known.
    """
    with path.open("rb") as file:
        head = file.read(4096)
    _refuse_other_kinds(head)
    encoding, skip = _encoding(head)
    text = Text(encoding=encoding, skip=skip)
    try:
        return _survey(path, text)
    except RefusedFileError as failed:
        if failed.code != "invalid_encoding":
            raise
        return _survey(path, _western(path, text, failed))


def blocks(path: Path, text: Text) -> Iterator[str]:
    """Yield the decoded text in blocks, every kind of line end as one newline.

    Raises
    ------
    RefusedFileError
        Bytes that are not valid in the encoding, with their offset and row.
    """
    decoder = codecs.getincrementaldecoder(text.encoding)("strict")
    lines = io.IncrementalNewlineDecoder(None, translate=True)
    offset, row = text.skip, 1
    with path.open("rb") as file:
        file.seek(text.skip)
        block = b"start"
        while block:
            block = file.read(BLOCK)
            pending = len(decoder.getstate()[0])
            try:
                decoded = lines.decode(decoder.decode(block, not block), not block)
            except UnicodeDecodeError as error:
                raise _undecodable(error, text.encoding, (offset - pending, row)) from None
            offset += len(block)
            row += decoded.count("\n")
            yield decoded


def batches(path: Path, text: Text) -> Iterator[tuple[list[str], bool]]:
    """Yield lists of whole physical lines and whether it is the last list.

    Raises
    ------
    RefusedFileError
        A physical line is longer than LONGEST_RECORD.
    """
    carried, row = "", 1
    for block in blocks(path, text):
        lines = (carried + block).split("\n")
        carried = lines.pop()
        if max(map(len, lines), default=0) > LONGEST_RECORD or len(carried) > LONGEST_RECORD:
            raise _too_long([*lines, carried], row)
        row += len(lines)
        if lines:
            yield lines, False
    yield ([carried] if carried else []), True


def _too_long(lines: list[str], row: int) -> RefusedFileError:
    number = next(n for n, line in enumerate(lines, row) if len(line) > LONGEST_RECORD)
    return RefusedFileError(
        "huge_cell",
        f"a line is longer than {LONGEST_RECORD:,} characters",
        "download the export again; no contact, amount or date is this long",
        row=number,
    )


def _refuse_other_kinds(head: bytes) -> None:
    if not head:
        raise RefusedFileError("empty_file", "the file is empty (zero bytes)", "download it again")
    for magic, what, fix in _MAGIC:
        if head.startswith(magic):
            raise RefusedFileError("not_a_table", f"the file {what}, not a table", fix)
    start = head.removeprefix(codecs.BOM_UTF8).lstrip()[:512].lower()
    if start.startswith(_WEB):
        raise RefusedFileError(
            "web_page", "this is a web page, not an export", "sign in and download the file again"
        )
    if _JSON.match(start):
        raise RefusedFileError("json", "this is JSON, not a table", "export the report as CSV")


def _encoding(head: bytes) -> tuple[str, int]:
    for mark, name in _BOMS:
        if head.startswith(mark):
            return name, len(mark)
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if odd > 0.4 * len(head[1::2]) and even < 0.1 * len(head):
        return "utf-16-le", 0
    if even > 0.4 * len(head[0::2]) and odd < 0.1 * len(head):
        return "utf-16-be", 0
    return "utf-8", 0


def _survey(path: Path, text: Text) -> Text:
    row, mojibake, end = 1, 0, "\n"
    for block in blocks(path, text):
        _refuse_nul(block, row)
        garbled = None if mojibake or block.isascii() else _MOJIBAKE.search(block)
        if garbled and text.encoding != "cp1252":
            mojibake = row + block.count("\n", 0, garbled.start())
        row += block.count("\n")
        end = block[-1:] or end
    notes = (*text.notes, _mojibake(mojibake)) if mojibake else text.notes
    return replace(text, ends_with_newline=end == "\n", notes=notes)


def _undecodable(
    error: UnicodeDecodeError, encoding: str, place: tuple[int, int]
) -> RefusedFileError:
    offset, row = place
    before = error.object[: error.start].decode(encoding, "replace")
    return RefusedFileError(
        "invalid_encoding",
        f"byte {offset + error.start:,} is no valid {encoding.upper()}",
        "export again as UTF-8; the file was damaged or put together from two encodings",
        row=row + before.count("\n"),
    )


def _refuse_nul(text: str, row: int) -> None:
    at = text.find("\0")
    if at >= 0:
        raise RefusedFileError(
            "nul_byte",
            "there is a NUL byte: the file is binary or only half copied",
            "copy or download it again",
            row=row + text.count("\n", 0, at),
        )


def _western(path: Path, text: Text, failed: RefusedFileError) -> Text:
    """Fall back to Windows-1252 where the file has no UTF-8 in it at all; else it is damaged."""
    if text.encoding != "utf-8" or text.skip or _any(path, _MULTIBYTE) or _any(path, _NOT_WESTERN):
        raise failed
    note = Note(
        "windows_1252",
        "the file is not UTF-8; it is read as Windows-1252, first needed in this row",
        "export as UTF-8 if names come out wrong",
        row=failed.row,
    )
    return Text(encoding="cp1252", notes=(note,))


def _mojibake(row: int) -> Note:
    return Note(
        "mojibake",
        "letters with accents were garbled before this export was saved",
        "export again straight from the source, as UTF-8",
        row=row,
    )


def _any(path: Path, pattern: re.Pattern[bytes]) -> bool:
    carried = b""
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            if pattern.search(carried + block):
                return True
            carried = block[-3:]
    return False
