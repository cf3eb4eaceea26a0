"""From bytes to physical lines: the encoding is found, never guessed away, and memory is bounded."""

from __future__ import annotations

import codecs
import hashlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ptanalysis.sources.refusal import Note, Refusal

BLOCK = 1 << 22
#: Longest physical line or quoted record, in characters. A longer one is a broken quote or not a table.
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
#: UTF-8 read as Windows-1252 and written as UTF-8 again: A-tilde or A-circumflex with a C1 sign.
_MOJIBAKE = re.compile(rb"\xc3[\x82\x83]\xc2[\x80-\xbf]|\xc3\xa2\xe2\x82\xac")
_MAGIC = (
    (b"%PDF", "is a PDF document", "export the report as CSV"),
    (b"\x1f\x8b", "is compressed (gzip)", "unpack it first"),
    (b"Rar!", "is a compressed archive", "unpack it first"),
    (b"\x89PNG", "is a picture", "export the report as CSV"),
    (b"\xff\xd8\xff", "is a picture", "export the report as CSV"),
    (b"PAR1", "is a Parquet file", "export the report as CSV"),
    (b"SQLite format 3", "is a database", "export the report as CSV"),
)


@dataclass(frozen=True, kw_only=True)
class Text:
    """How the bytes of one file become text.

    Attributes
    ----------
    encoding : str
        ``utf-8``, ``utf-16-le``, ``utf-16-be`` or ``cp1252``.
    skip : int
        Bytes of the byte order mark.
    sha256 : str
        Of the bytes of the file.
    ends_with_newline : bool
    notes : tuple of Note
        Warnings, like the fall back to Windows-1252.
    """

    encoding: str
    skip: int
    sha256: str
    ends_with_newline: bool
    notes: tuple[Note, ...] = ()


def survey(path: Path) -> Text:
    """Read the file once: hash it, find its encoding, refuse what is no text.

    Raises
    ------
    Refusal
        Empty, another kind of file, NUL bytes, or bytes that are no text in any encoding known.
    """
    head = _head(path)
    _refuse_other_kinds(head)
    encoding, skip = _encoding(head)
    sha256, tail, failed = _first_pass(path, encoding, skip)
    newline = tail.endswith(("\n".encode(encoding), "\r".encode(encoding)))
    text = Text(encoding=encoding, skip=skip, sha256=sha256, ends_with_newline=newline)
    if failed is not None:
        return _western(path, text, failed)
    return _with_mojibake(path, text) if encoding == "utf-8" else text


def blocks(path: Path, text: Text) -> Iterator[str]:
    """Yield the decoded text in blocks, every kind of line end as one newline."""
    decoder = io.IncrementalNewlineDecoder(
        codecs.getincrementaldecoder(text.encoding)("strict"), translate=True
    )
    with path.open("rb") as file:
        file.seek(text.skip)
        while block := file.read(BLOCK):
            yield decoder.decode(block)
        yield decoder.decode(b"", final=True)


def batches(path: Path, text: Text) -> Iterator[tuple[list[str], bool]]:
    """Yield lists of whole physical lines and whether it is the last list.

    Raises
    ------
    Refusal
        A physical line is longer than LONGEST_RECORD.
    """
    carried, row = "", 1
    for block in blocks(path, text):
        lines = (carried + block).split("\n")
        carried = lines.pop()
        _refuse_long(lines, carried, row)
        row += len(lines)
        if lines:
            yield lines, False
    yield ([carried] if carried else []), True


def _refuse_long(lines: list[str], carried: str, row: int) -> None:
    for number, line in enumerate((*lines, carried), row):
        if len(line) > LONGEST_RECORD:
            raise Refusal(
                "huge_cell",
                f"a line is longer than {LONGEST_RECORD:,} characters",
                "download the export again; a cell this long is no contact, amount or date",
                row=number,
            )


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(4096)


def _refuse_other_kinds(head: bytes) -> None:
    if not head:
        raise Refusal("empty_file", "the file is empty (zero bytes)", "download it again")
    for magic, what, fix in _MAGIC:
        if head.startswith(magic):
            raise Refusal("not_a_table", f"the file {what}, not a table", fix)
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:512].lower()
    if start.startswith((b"<!doctype", b"<html", b"<head", b"<?xml", b"<script")):
        raise Refusal(
            "web_page", "this is a web page, not an export", "sign in and download the file again"
        )
    if start.startswith((b'{"', b"[{", b"{\n", b"{\r", b"{ ", b'["')):
        raise Refusal("json", "this is JSON, not a table", "export the report as CSV")


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


def _first_pass(path: Path, encoding: str, skip: int) -> tuple[str, bytes, Refusal | None]:
    """Hash the file and decode it strictly; return what failed rather than raise it."""
    digest, decoder = hashlib.sha256(), codecs.getincrementaldecoder(encoding)("strict")
    offset, row, tail, failed = skip, 1, b"", None
    with path.open("rb") as file:
        digest.update(file.read(skip))
        for block in iter(lambda: file.read(BLOCK), b""):
            digest.update(block)
            tail = block[-2:]
            if failed is not None:
                continue
            pending = len(decoder.getstate()[0])
            try:
                text = decoder.decode(block)
            except UnicodeDecodeError as error:
                failed = _undecodable(error, encoding, (offset - pending, row))
                continue
            _refuse_nul(text, row)
            row += text.count("\n")
            offset += len(block)
    return digest.hexdigest(), tail, failed or _cut_off(decoder, encoding, (offset, row))


def _undecodable(error: UnicodeDecodeError, encoding: str, place: tuple[int, int]) -> Refusal:
    offset, row = place
    before = error.object[: error.start].decode(encoding, "replace")
    return Refusal(
        "invalid_encoding",
        f"byte {offset + error.start:,} is no valid {encoding.upper()}",
        "export again as UTF-8; the file was damaged or put together from two encodings",
        row=row + before.count("\n"),
    )


def _cut_off(decoder, encoding: str, place: tuple[int, int]) -> Refusal | None:
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        return _undecodable(error, encoding, place)
    return None


def _refuse_nul(text: str, row: int) -> None:
    at = text.find("\0")
    if at >= 0:
        raise Refusal(
            "nul_byte",
            "there is a NUL byte: the file is binary or only half copied",
            "copy or download it again",
            row=row + text.count("\n", 0, at),
        )


def _western(path: Path, text: Text, failed: Refusal) -> Text:
    """Fall back to Windows-1252 where the file has no UTF-8 in it at all; else it is damaged."""
    if text.encoding != "utf-8" or text.skip or _any(path, _MULTIBYTE) or _any(path, _NOT_WESTERN):
        raise failed
    note = Note(
        "windows_1252",
        "the file is not UTF-8; it is read as Windows-1252, first needed in this row",
        "export as UTF-8 if names come out wrong",
        row=failed.row,
    )
    return Text(**{**vars(text), "encoding": "cp1252", "notes": (note,)})


def _with_mojibake(path: Path, text: Text) -> Text:
    row = _any(path, _MOJIBAKE)
    if not row:
        return text
    note = Note(
        "mojibake",
        "letters with accents were garbled before this export was saved",
        "export again straight from the source, as UTF-8",
        row=row,
    )
    return Text(**{**vars(text), "notes": (note,)})


def _any(path: Path, pattern: re.Pattern[bytes]) -> int:
    """Return the row of the first match of `pattern`, 0 where there is none."""
    row, carried = 1, b""
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            found = pattern.search(carried + block)
            if found:
                return row + (carried + block).count(b"\n", 0, found.start())
            row += (carried + block).count(b"\n") - block[-4:].count(b"\n")
            carried = block[-4:]
    return 0
