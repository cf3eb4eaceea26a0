"""The scanner sees: a canary planted in each format and each form must be found, and none else."""

import base64
import gzip
import hashlib
import io
import json
import sqlite3
import struct
import zipfile
import zlib

import duckdb
import openpyxl
import pandas as pd
import pytest

from tests.scanner import forms, hashes, scan, scan_bytes, secret_forms

NAME = "Zzyzx Qwvane"
PHONE = "(617) 555-0199"
WANTED = {NAME: forms(NAME)}


def workbook() -> bytes:
    book = openpyxl.Workbook()
    book.active.append(["name", NAME])
    return saved(book)


def hidden_sheet() -> bytes:
    book = openpyxl.Workbook()
    book.create_sheet(NAME).sheet_state = "hidden"
    return saved(book)


def saved(document) -> bytes:
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def slides() -> bytes:
    """Return what slides are: a package with a chart's workbook packed in it."""
    return zipped(workbook(), "ppt/embeddings/Microsoft_Excel_Sheet1.xlsx")


def zipped(inner: bytes, name: str = "a") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, inner)
    return out.getvalue()


def parquet(values: list, **options) -> bytes:
    return pd.DataFrame({"name": values}).to_parquet(compression="zstd", **options)


def parquet_metadata() -> bytes:
    frame = pd.DataFrame({"name": ["a"]})
    frame.attrs = {"note": NAME}
    return frame.to_parquet(compression="zstd")


def png(kind: bytes, body: bytes) -> bytes:
    chunk = struct.pack(">I4s", len(body), kind) + body + struct.pack(">I", zlib.crc32(kind + body))
    return b"\x89PNG\r\n\x1a\n" + chunk


def notebook() -> bytes:
    picture = base64.b64encode(png(b"zTXt", b"c\0\0" + zlib.compress(NAME.encode()))).decode()
    return json.dumps({"cells": [{"outputs": [{"data": {"image/png": picture}}]}]}).encode()


def notebook_lines() -> bytes:
    return json.dumps({"cells": [{"source": ["Zzyzx", " Qwvane"]}]}).encode()


def page() -> bytes:
    return (
        b'<a href="data:text/csv;base64,' + base64.b64encode(gzip.compress(NAME.encode())) + b'">'
    )


def pdf() -> bytes:
    return b"%PDF-1.7\nstream\n" + zlib.compress(NAME.encode()) + b"\nendstream"


def sqlite() -> bytes:
    database = sqlite3.connect(":memory:")
    database.execute("create table t as select ? as name", [NAME])
    return database.serialize()


def ducks(tmp_path) -> bytes:
    path = tmp_path / "x.duckdb"
    with duckdb.connect(str(path)) as database:
        database.execute("create table t as select ? as name from range(3000)", [NAME])
    return path.read_bytes()


@pytest.mark.parametrize(
    "made",
    [
        NAME.encode(),
        NAME.upper().encode(),
        NAME.encode("utf-16"),
        NAME.encode("utf-16-be"),
        NAME.encode("cp1252"),
        b"Zzyzx%20Qwvane",
        b"Zzyzx+Qwvane",
        "".join(f"%{byte:02X}" for byte in NAME.encode()).encode(),
        "".join(f"\\u{ord(x):04X}" for x in NAME).encode(),
        "".join(f"&#{ord(x)};" for x in NAME).encode(),
        NAME.encode().hex().upper().encode(),
        *(base64.b64encode(b"x" * at + NAME.encode() + b"tail") for at in range(3)),
        *(base64.b64encode(b"x" * at + NAME.encode("utf-16-le")) for at in range(3)),
        base64.b64encode(NAME.upper().encode()),
        workbook,
        hidden_sheet,
        slides,
        lambda: zipped(NAME.encode()),
        lambda: zipped(b"", NAME),
        lambda: zipped(workbook()),
        lambda: gzip.compress(gzip.compress(NAME.encode())),
        lambda: parquet([NAME]),
        lambda: parquet([NAME] * 9, use_dictionary=True),
        parquet_metadata,
        lambda: png(b"tEXt", NAME.encode()),
        lambda: png(b"zTXt", b"c\0\0" + zlib.compress(NAME.encode())),
        notebook,
        notebook_lines,
        page,
        pdf,
        sqlite,
        ducks,
    ],
    ids=lambda made: getattr(made, "__name__", "bytes"),
)
def test_a_canary_is_found_in_every_format(made, tmp_path):
    data = made if isinstance(made, bytes) else made(*(tmp_path,) if made is ducks else ())
    assert scan_bytes(data, WANTED, "here")
    assert not scan_bytes(data, {"other": forms("Xyzzy Vwqane")}, "here")


def test_a_canary_is_found_in_a_file_name(tmp_path):
    (tmp_path / "zzyzx qwvane.csv").write_text("nothing")
    assert scan(tmp_path.iterdir(), WANTED)


@pytest.mark.parametrize(
    "spelled",
    ["(617) 555-0199", "6175550199", "+16175550199", "1 6175550199"],
)
def test_a_phone_is_found_as_planted_and_as_digits(spelled):
    assert scan_bytes(spelled.encode(), {PHONE: forms(PHONE)}, "here")


@pytest.mark.parametrize("kind", ["md5", "sha1", "sha256", "sha512", "blake2b"])
def test_an_unkeyed_hash_is_found(kind):
    for text in (NAME, NAME.lower()):
        digest = hashlib.new(kind, text.encode())
        assert scan_bytes(digest.hexdigest().encode(), {NAME: hashes(NAME)}, "here")
        assert scan_bytes(base64.b64encode(digest.digest()), {NAME: hashes(NAME)}, "here")
    phone = hashlib.new(kind, b"+16175550199").hexdigest().encode()
    assert scan_bytes(phone, {PHONE: hashes(PHONE)}, "here")


def test_a_key_is_found_in_each_form():
    secret = bytes(range(200, 232))
    for made in (secret, secret.hex().encode(), base64.b64encode(b"ab" + secret)):
        assert scan_bytes(made, {"key": secret_forms(secret)}, "here")
