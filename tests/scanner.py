"""Find planted values (canaries) in files, whatever they are encoded as or packed in.

The list is that of the project's privacy reference, G1 and G2. Pictures are not read by eye.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import html
import io
import json
import re
import sqlite3
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import duckdb
import pyarrow.parquet as pq

_HASHES = ("md5", "sha1", "sha256", "sha512", "blake2b", "blake2s")
_DATA_URI = re.compile(rb"base64,\s*([A-Za-z0-9+/=\\\s]{24,})")
_PDF_STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)
#: How deep one container may lie in another.
_DEEPEST = 6


@dataclass(frozen=True)
class Hit:
    """A canary found: where (containers after a colon), which, and in what form."""

    place: str
    canary: str
    form: str


def forms(canary: str) -> dict[str, bytes]:
    """Return every form a canary may be written in, letters in lower case but for base64.

    Base64 and hex are searched by the part that does not depend on what stands around it.
    """
    text = canary.casefold()
    made = {
        "utf-8": text.encode(),
        "utf-16-le": text.encode("utf-16-le"),
        "utf-16-be": text.encode("utf-16-be"),
        "windows-1252": text.encode("cp1252"),
        "url": quote(text, safe="").encode(),
        "url with plus": quote(text, safe=" ").replace(" ", "+").encode(),
        "html": html.escape(text).encode(),
        "json": json.dumps(text)[1:-1].encode(),
    }
    if digits := _phone_digits(canary):
        made["digits"] = digits.encode()
        made["digits, utf-16-le"] = digits.encode("utf-16-le")
    for name, spelled in _spellings(canary).items():
        made |= {
            **_by_code(spelled, name),
            **{f"base64 of {name}, at {at}": _base64(spelled.encode(), at) for at in range(3)},
            **{
                f"base64 of {name}, utf-16, at {at}": _base64(spelled.encode("utf-16-le"), at)
                for at in range(3)
            },
        }
    return made


def hashes(canary: str) -> dict[str, bytes]:
    """Return the unkeyed hashes somebody could look a canary up by, in hex and base64."""
    spelled = dict(_spellings(canary))
    if digits := _phone_digits(canary):
        dashed = f"{digits[:3]}-{digits[3:6]}-{digits[6:]}"
        spelled |= {"digits": digits, "+1": f"+1{digits}", "1": f"1{digits}", "dashes": dashed}
    made = {}
    for name, text in spelled.items():
        for kind in _HASHES:
            digest = hashlib.new(kind, text.encode()).digest()
            made[f"{kind} of {name}"] = digest.hex().encode()
            made[f"base64 {kind} of {name}"] = base64.b64encode(digest).rstrip(b"=")
    return made


def secret_forms(secret: bytes) -> dict[str, bytes]:
    """Return the forms a key may be written in."""
    return {
        "raw": secret,
        "hex": secret.hex().encode(),
        **{f"base64 at {at}": _base64(secret, at) for at in range(3)},
        "urlsafe base64": base64.urlsafe_b64encode(secret).rstrip(b"="),
        "list of numbers": ", ".join(map(str, secret)).encode(),
    }


def scan(paths: Iterable[Path], wanted: dict[str, dict[str, bytes]]) -> list[Hit]:
    """Return what is found in files, their names and everything packed in them."""
    return [
        hit
        for path in paths
        for hit in (
            *look(path.as_posix().encode(), wanted, f"name of {path}"),
            *scan_bytes(path.read_bytes() if path.is_file() else b"", wanted, str(path)),
        )
    ]


def scan_bytes(data: bytes, wanted: dict[str, dict[str, bytes]], place: str) -> list[Hit]:
    """Return what is found in bytes and everything packed in them."""
    return [hit for where, part in unpacked(data, place) for hit in look(part, wanted, where)]


def look(data: bytes, wanted: dict[str, dict[str, bytes]], place: str) -> Iterator[Hit]:
    """Yield what is found in bytes as they stand, and with letters in lower case."""
    folded = data.lower()
    for canary, shapes in wanted.items():
        for form, needle in shapes.items():
            if needle in folded or needle in data:
                yield Hit(place, canary, form)


def unpacked(data: bytes, place: str, depth: int = 0) -> Iterator[tuple[str, bytes]]:
    """Yield bytes, and the contents of the containers that they are or hold."""
    yield place, data
    if depth == _DEEPEST or not data:
        return
    for holds, inside in _CONTAINERS:
        if holds(data):
            for name, part in inside(data):
                yield from unpacked(part, f"{place}:{name}", depth + 1)


def _spellings(canary: str) -> dict[str, str]:
    return {"it": canary, "its lower case": canary.casefold(), "its upper case": canary.upper()}


def _by_code(text: str, name: str) -> dict[str, bytes]:
    """Return the forms that write each letter as its number, so that its case shows."""
    made = {
        "url, every byte": "".join(f"%{byte:02x}" for byte in text.encode()),
        "html, decimal": "".join(f"&#{ord(letter)};" for letter in text),
        "html, hexadecimal": "".join(f"&#x{ord(letter):x};" for letter in text),
        "json, every letter": "".join(f"\\u{ord(letter):04x}" for letter in text),
        "hex": text.encode().hex(),
        "hex of utf-16": text.encode("utf-16-le").hex(),
    }
    return {f"{form} of {name}": coded.encode() for form, coded in made.items()}


def _phone_digits(canary: str) -> str:
    digits = re.sub(r"\D", "", canary)
    return digits[-10:] if len(digits) >= 9 and not re.search(r"[A-Za-z]", canary) else ""


def _base64(data: bytes, at: int) -> bytes:
    """Return the letters of base64 that hold whole bytes of `data`, after `at` other bytes."""
    coded = base64.b64encode(bytes(at) + data)
    start = -(-at * 4 // 3)
    return coded[start : (at + len(data)) * 4 // 3]


def _zip(data: bytes) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        yield "comment", archive.comment
        for entry in archive.infolist():
            yield f"{entry.filename} (name)", entry.filename.encode()
            yield entry.filename, archive.read(entry)


def _gzip(data: bytes) -> Iterator[tuple[str, bytes]]:
    yield "gzip", gzip.decompress(data)


def _parquet(data: bytes) -> Iterator[tuple[str, bytes]]:
    file = pq.ParquetFile(io.BytesIO(data))
    yield "schema", f"{file.schema_arrow}\n{file.metadata.metadata}".encode()
    groups = range(file.metadata.num_row_groups)
    columns = range(file.metadata.num_columns)
    told = [
        str(file.metadata.row_group(group).column(at).statistics)
        for group in groups
        for at in columns
    ]
    yield "statistics", "\n".join(told).encode()
    for name in file.schema_arrow.names:
        yield name, "\n".join(map(str, file.read([name])[name].to_pylist())).encode()


def _png(data: bytes) -> Iterator[tuple[str, bytes]]:
    at = 8
    while at + 8 <= len(data):
        size, kind = struct.unpack(">I4s", data[at : at + 8])
        body = data[at + 8 : at + 8 + size]
        if kind in (b"tEXt", b"iTXt", b"zTXt", b"eXIf"):
            yield kind.decode(), body
            yield f"{kind.decode()} unpacked", b"".join(_inflated(body))
        at += 12 + size


def _inflated(body: bytes) -> Iterator[bytes]:
    """Yield what is deflated somewhere in a text chunk."""
    for start in re.finditer(b"\x78[\x01\x5e\x9c\xda]", body):
        try:
            yield zlib.decompressobj().decompress(body[start.start() :])
        except zlib.error:
            continue


def _pdf(data: bytes) -> Iterator[tuple[str, bytes]]:
    for number, found in enumerate(_PDF_STREAM.finditer(data)):
        yield f"stream {number}", b"".join(_inflated(found[1]))


def _json(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the texts of a JSON document as they read, and what they hold in base64."""
    try:
        texts = list(_texts(json.loads(data)))
    except ValueError:
        return
    yield "texts", "\n".join(texts).encode("utf-8", "surrogatepass")
    for text in texts:
        if len(text) >= 24 and re.fullmatch(r"[A-Za-z0-9+/=\s]+", text):
            yield "base64", _decoded(text.encode())


def _texts(document: object) -> Iterator[str]:
    if isinstance(document, dict):
        for key, value in document.items():
            yield key
            yield from _texts(value)
    elif isinstance(document, list):
        if document and all(isinstance(part, str) for part in document):
            yield "".join(document)
        for value in document:
            yield from _texts(value)
    else:
        yield str(document)


def _uris(data: bytes) -> Iterator[tuple[str, bytes]]:
    for number, found in enumerate(_DATA_URI.finditer(data)):
        yield f"data uri {number}", _decoded(found[1].replace(b"\\n", b""))


def _decoded(text: bytes) -> bytes:
    text = re.sub(rb"[^A-Za-z0-9+/]", b"", text)
    return base64.b64decode(text + b"=" * (-len(text) % 4)) if len(text) % 4 != 1 else b""


def _sqlite(data: bytes) -> Iterator[tuple[str, bytes]]:
    database = sqlite3.connect(":memory:")
    database.deserialize(data)
    yield "dump", "\n".join(database.iterdump()).encode()
    database.close()


def _duckdb(data: bytes) -> Iterator[tuple[str, bytes]]:
    with tempfile.NamedTemporaryFile(suffix=".duckdb") as file:
        file.write(data)
        file.flush()
        with duckdb.connect(file.name, read_only=True) as database:
            for (name,) in database.sql("select table_name from duckdb_tables()").fetchall():
                table = database.sql(f'select * from "{name}"')
                yield name, f"{table.columns}\n{table.fetchall()}".encode()


#: What bytes are, and how to open them.
_CONTAINERS: tuple[tuple[Callable[[bytes], object], Callable], ...] = (
    (lambda data: data[:4] == b"PK\x03\x04", _zip),
    (lambda data: data[:2] == b"\x1f\x8b", _gzip),
    (lambda data: data[:4] == b"PAR1" == data[-4:], _parquet),
    (lambda data: data[:8] == b"\x89PNG\r\n\x1a\n", _png),
    (lambda data: data[:5] == b"%PDF-", _pdf),
    (lambda data: data.lstrip()[:1] in (b"{", b"["), _json),
    (lambda data: b"base64," in data, _uris),
    (lambda data: data[:15] == b"SQLite format 3", _sqlite),
    (lambda data: data[8:12] == b"DUCK", _duckdb),
)
