"""Draft the TOML of a format not described yet: from a header and answers, never a value."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from ptanalysis.intake.read.column_mapping import SAYS
from ptanalysis.intake.read.format_files import load_formats
from ptanalysis.intake.read.format_model import KINDS, Format
from ptanalysis.intake.read.header import Candidate
from ptanalysis.intake.read.reader import source_of
from ptanalysis.intake.read.refused_file import RefusedFileError, refusing

#: What is no column's name: a number, a date, an address, a telephone number.
_VALUE = re.compile(r"@|^[\s$(+-]*\d[\d\s.,:/()+-]*%?$|\d{4}-\d\d-\d\d|\d{3}[-. ]\d{4}")


def plain_formats() -> dict[str, Format]:
    """Return the plain templates that a file can be mapped to, by kind."""
    made = {format.name: format for format in load_formats()}
    return {kind: made[kind] for kind in KINDS if kind in made}


def likely_header(path: Path) -> Candidate:
    """Return the record that is most likely a file's header: the one with most known spellings.

    Where no spelling is known, it is the first with as many cells as most records below it.

    Raises
    ------
    RefusedFileError
        The file is no table, or its first row looks like data.
    """
    with refusing():
        rows = [each for each in source_of(path).candidates(()) if len(each.cells) > 1]
        known = {id(each): max(map(len, guesses(each).values())) for each in rows}
        best = max(rows, key=lambda each: (known[id(each)], -each.row), default=None)
        header = best if best and known[id(best)] > 1 else _commonest(rows)
    if any(_VALUE.search(cell.strip()) for cell in header.cells):
        raise RefusedFileError(
            "no_header",
            "the first row looks like data, not like a header",
            "export it with its column names",
            row=header.row,
        )
    return header


def guesses(header: Candidate) -> dict[str, dict[str, int]]:
    """Return, for each kind, the plain columns that spellings find, to their places."""
    return {kind: header.spelled(format) for kind, format in plain_formats().items()}


def needed(kind: str) -> tuple[str, ...]:
    """Return the columns without which a file of a kind says nothing; ``a|b``: one of them.

    Examples
    --------
    >>> needed("visits")
    ('inquiry_id|patient_key', 'visit_at|appointment_at', 'status')
    """
    format = plain_formats()[kind]
    return format.enough[0] if format.enough else format.required


def draft(header: Candidate, kind: str, columns: Mapping[str, int], *, title: str) -> str:
    """Return the TOML of a format that reads a file's columns as those of the plain template.

    Parameters
    ----------
    header : Candidate
    kind : str
        Plain template.
    columns : mapping of str to int
        Plain column to place in the header.
    title : str
        What people call the export.

    Returns
    -------
    str
        TOML text; comments name what is not read and what is still missing.
    """
    format = plain_formats()[kind]
    read = {name: " ".join(header.cells[at].split()) for name, at in sorted(columns.items())}
    left = [cell for at, cell in enumerate(header.cells) if at not in columns.values() and cell]
    must = [name for part in needed(kind) for name in part.split("|") if name in columns]
    missing = [part for part in needed(kind) if not set(part.split("|")) & set(columns)]
    lines = [
        *(f"# still missing: {part.replace('|', ' or ')}" for part in missing),
        f"title = {_toml(title)}",
        f"kind = {_toml(kind)}",
        "verified = false",
        'evidence = "drafted by ptanalysis map from the file itself"',
        "",
        "[columns]",
        *(_column(format, name, text, required=name in must) for name, text in read.items()),
        *_tables(format, columns),
        "",
        f"# not read: {', '.join(' '.join(cell.split()) for cell in left) or 'nothing'}",
    ]
    return "\n".join(lines) + "\n"


def _commonest(rows: Sequence[Candidate]) -> Candidate:
    widths: dict[tuple[str, int], int] = {}
    for each in rows:
        shape = (each.delimiter, len(each.cells))
        widths[shape] = widths.get(shape, 0) + 1
    shape = max(widths, key=lambda key: widths[key] * key[1], default=None)
    if shape is None:
        raise RefusedFileError("unknown_header", "no table in the first lines", "export it as CSV")
    table = [each for each in rows if (each.delimiter, len(each.cells)) == shape]
    most = max(map(_filled, table))
    # A title above a header fills few of its cells.
    return next(each for each in table if 2 * _filled(each) > most)


def _filled(row: Candidate) -> int:
    return sum(bool(cell.strip()) for cell in row.cells)


def _column(format: Format, name: str, header: str, *, required: bool) -> str:
    column = format.columns[name]
    marks = {"headers": [header]} | ({"required": True} if required else {})
    marks |= {"id": True} if column.id else {}
    marks |= {} if column.personal == "none" else {"personal": column.personal}
    return f"{name} = {_toml(marks)}"


def _tables(format: Format, columns: Mapping[str, int]) -> list[str]:
    """Return the rules of the plain template, of the columns that are there."""
    lines = []
    for kind, rules in format.tables.items():
        left = {name: _pruned(rule, columns) for name, rule in rules.items()}
        left = {name: rule for name, rule in left.items() if rule is not None}
        if kind == format.kind or SAYS.get(kind) in left:
            lines += ["", f"[tables.{kind}]", *(f"{n} = {_toml(rule)}" for n, rule in left.items())]
    return lines


def _pruned(rule: object, columns: Mapping[str, int]) -> object:
    """Return a rule without the columns that are not there, None where nothing is left."""
    if isinstance(rule, str):
        return rule if rule in columns else None
    when = rule.get("when", {})
    if when.get("blank") and when["column"] not in columns:  # a column that is not there is blank
        rule = {key: part for key, part in rule.items() if key != "when"}
    for key in rule.keys() & {"first_of", "join"}:
        parts = [part for each in rule[key] if (part := _pruned(each, columns)) is not None]
        alone = key == "first_of" and len(parts) == 1 and len(rule) == 1
        return parts[0] if alone else dict(rule) | {key: parts} if parts else None
    asked = {rule.get("column"), rule.get("when", {}).get("column")} - {None}
    return dict(rule) if asked <= set(columns) else None


def _toml(value: object) -> str:
    """Return a value as TOML writes it on one line."""
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{key} = {_toml(each)}' for key, each in value.items())} }}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_toml, value))}]"
    return json.dumps(value, ensure_ascii=False)
