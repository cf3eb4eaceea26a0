"""Draft the TOML of a format that is not described yet, from a header and never from a value."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from ptanalysis.intake.read.format_model import KINDS, normal_header
from ptanalysis.intake.read.header import Candidate, shown
from ptanalysis.intake.read.reader import source_of
from ptanalysis.intake.read.refused_file import RefusedFileError, refusing

_PERSONAL = (
    ("email", r"e-?mail"),
    ("phone", r"phone|mobile|cell|tel\b|number called"),
    ("name", r"\bname\b|first|last|owner|agent|contact$"),
    ("place", r"\bzip|postal|post code|address|street|city|latitude|longitude"),
    ("code", r"\bid$|\bguid\b|\bkey$|gclid|fbclid|\bip$"),
    ("text", r"note|comment|description|reason|message|answer|question|url|highlights"),
)
_NOT_A_PERSON = re.compile(r"campaign|ad set|ad name|form|company|business|clinic|channel")
#: What is no column's name: a number, a date, an address, a telephone number.
_VALUE = re.compile(r"@|^[\s$(+-]*\d[\d\s.,:/()+-]*%?$|\d{4}-\d\d-\d\d|\d{3}[-. ]\d{4}")
_DATE = re.compile(r"\b(date|time|day|created|received|at|on)\b")


def draft(path: Path) -> str:
    """Return a TOML to fill in for the file's format.

    The header is taken to be the first record with as many cells as most records below it. Only its
    cells are shown, and not those that look personal themselves.

    Parameters
    ----------
    path : Path
        An export with its header.

    Returns
    -------
    str
        TOML text; the comments say what to fill in.

    Raises
    ------
    RefusedFileError
        The file is no table.
    """
    with refusing():
        header = _likeliest(source_of(path).candidates(()))
    named = (shown(cell, at) == " ".join(cell.split()) for at, cell in enumerate(header.cells))
    if any(_VALUE.search(cell) for cell in header.cells) or not any(named):
        raise RefusedFileError(
            "no_header",
            "the first row looks like data, not like a header",
            "export it with its column names",
            row=header.row,
        )
    columns = {_key(cell, at): _named(cell, at) for at, cell in enumerate(header.cells, 1)}
    lines = [
        "# Fill in what is marked with <>, delete the columns you do not need, and save this as",
        "# <a short name>.toml in the clinic's folder formats/ (see docs/sources.md).",
        'title = "<what people call this export>"',
        f'kind = "<one of {", ".join(KINDS)}>"',
        "verified = false",
        'evidence = "<where these headers come from>"',
        "",
        "[columns]",
        *(_column(key, text) for key, text in columns.items()),
        "",
        "# Every column is asked for at first: take `required` from those an export may lack.",
        "# Then say what each plain column is made of:",
        "# [tables.<kind>]",
        *(f"# {target} = {_quoted(key)}" for target, key in _guesses(columns).items()),
    ]
    return "\n".join(lines) + "\n"


def _likeliest(candidates: Sequence[Candidate]) -> Candidate:
    widths: dict[tuple[str, int], int] = {}
    for candidate in candidates:
        shape = (candidate.delimiter, len(candidate.cells))
        widths[shape] = widths.get(shape, 0) + (shape[1] > 1)
    shape = max(widths, key=lambda key: (widths[key] > 0, widths[key] * key[1]), default=None)
    if shape is None or not widths[shape]:
        raise RefusedFileError("unknown_header", "no table in the first lines", "export it as CSV")
    return next(c for c in candidates if (c.delimiter, len(c.cells)) == shape)


def _named(cell: str, place: int) -> str:
    """Return a header as it may be printed, or where to find the one to fill in."""
    text = shown(cell, place)
    return text if text == " ".join(cell.split()) else f"<the header of column {place}>"


def _key(cell: str, place: int) -> str:
    text = shown(cell, place)
    if text != " ".join(cell.split()):
        return f"column_{place}"
    return re.sub(r"[^a-z0-9]+", "_", normal_header(text)).strip("_") or f"column_{place}"


def _column(key: str, header: str) -> str:
    name = normal_header(header)
    found = next((kind for kind, pattern in _PERSONAL if re.search(pattern, name)), "")
    parts = [f"headers = [{_quoted(header)}]", "required = true"]
    if found and not (found == "name" and _NOT_A_PERSON.search(name)):
        parts.append(f'personal = "{found}"')
    if found == "code":
        parts.append("id = true")
    if _DATE.search(name):
        parts.append('dates = ["<how its dates are written, like %m/%d/%Y %I:%M %p>"]')
    return f"{key} = {{ {', '.join(parts)} }}"


def _guesses(columns: dict[str, str]) -> dict[str, str]:
    plain = dict.fromkeys(target for names in KINDS.values() for target in names)
    return {target: target for target in plain if target in columns} or {"inquiry_id": "..."}


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
