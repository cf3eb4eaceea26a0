"""The format files, those that ship and a clinic's own; and the plain templates made of them."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path

from pydantic import ValidationError

from ptanalysis.definitions import UserError
from ptanalysis.intake.clean.allowed_values import allowed
from ptanalysis.intake.read.format_model import KINDS, Column, Format, Rule, When, loose_header

#: Of the plain templates' headers, beside this module and in a clinic's folder of formats.
SPELLINGS = "spellings.toml"
#: Of a clinic's own formats, in its raw folder.
FORMATS_FOLDER = "formats"


class FormatError(UserError, ValueError):
    """A format TOML that cannot be used; its lines name the file, the key and the rule."""


@cache
def load_formats(own: Path | None = None) -> tuple[Format, ...]:
    """Read every format TOML, by name.

    Parameters
    ----------
    own : Path, optional
        Folder of a clinic's own formats; one of the same name replaces what ships, and its
        spellings.toml adds to what ships.

    Returns
    -------
    tuple of Format

    Raises
    ------
    FormatError
        A TOML with keys or values outside the rules.

    Examples
    --------
    >>> "hubspot_contacts" in {format.name for format in load_formats()}
    True
    """
    shipped = [
        entry
        for entry in files("ptanalysis.intake").joinpath("formats").iterdir()
        if entry.name.endswith(".toml")
    ]
    theirs = [entry for entry in own.glob("*.toml") if entry.name != SPELLINGS] if own else ()
    made = {
        entry.name.removesuffix(".toml"): parse_format(
            entry.name.removesuffix(".toml"), entry.read_text("utf-8-sig")
        )
        for entry in (*shipped, *theirs)
    }
    for place in (files(__package__), own):
        entry = place.joinpath(SPELLINGS) if place else None
        if entry and entry.is_file():
            made |= _spelled(made, entry.read_text("utf-8-sig"))
    return tuple(made[name] for name in sorted(made))


def _spelled(formats: Mapping[str, Format], text: str) -> dict[str, Format]:
    """Return the formats that spellings are for, with these added.

    Raises
    ------
    FormatError
        Unreadable TOML, or a format or column that is not there.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise FormatError(f"{SPELLINGS}: {error}") from None
    known = {name: [*format.columns] for name, format in formats.items()}
    for kind, columns in document.items():
        if strangers := sorted(set(columns) - set(known.get(kind, ()))):
            allowed = ", ".join(known.get(kind, KINDS))
            raise FormatError(f"{SPELLINGS}: [{kind}] {strangers[0]}: known are {allowed}")
    return {kind: _with_spellings(formats[kind], columns) for kind, columns in document.items()}


def _with_spellings(format: Format, added: Mapping[str, list[str]]) -> Format:
    columns = dict(format.columns)
    for name, spellings in added.items():
        made = (text[: text.startswith("~")] + loose_header(text) for text in spellings)
        both = dict.fromkeys((*columns[name].spellings, *made))
        columns[name] = columns[name].model_copy(update={"spellings": tuple(both)})
    return format.model_copy(update={"columns": columns})


def parse_format(name: str, text: str) -> Format:
    """Read the TOML text of one format.

    Raises
    ------
    FormatError
        Unreadable TOML, or every key and value outside the rules, one a line.
    """
    try:
        document = tomllib.loads(text)
        columns = tuple(document.get("columns", ()))
        document.setdefault("tables", {document.get("kind"): {key: key for key in columns}})
    except (tomllib.TOMLDecodeError, TypeError) as error:
        raise FormatError(f"{name}.toml: {error}") from None
    try:
        return Format.model_validate({**document, "name": name}, context=columns)
    except ValidationError as error:
        lines = dict.fromkeys(_wrong(each) for each in error.errors())
        raise FormatError("\n".join(f"{name}.toml: {line}" for line in lines)) from None


def _wrong(error: dict) -> str:
    """Return what is wrong with one key, and what is allowed there."""
    keys = [str(key) for key in error["loc"] if not str(key).startswith("<")]
    place, kind = ".".join(keys), error["type"]
    if kind == "missing":
        return f"{place} is missing"
    if kind == "extra_forbidden":
        return f"unknown key {place}{_known(keys)}"
    if kind == "value_error":
        return f"{place} {error['ctx']['error']}"
    if kind == "literal_error":
        return f"{place} must be one of {', '.join(_WORDS.findall(error['ctx']['expected']))}"
    return f"{place} must be {_KIND_OF.get(kind, 'a table')}"


def _known(keys: list[str]) -> str:
    """Return the keys that are known where one is not, as the end of a sentence."""
    known = {
        ("columns", 3): Column.model_fields,
        ("tables", 2): KINDS,
        ("tables", 3): KINDS.get(keys[1], ()) if len(keys) == 3 else (),
    }.get((keys[0], len(keys)), Format.model_fields if len(keys) == 1 else ())
    if len(keys) > 3:
        known = (When if keys[-2] == "when" else Rule).__annotations__
    return f"; known are {', '.join(known)}" if known else "; take it out"


_WORDS = re.compile(r"'([^']*)'")
_KIND_OF = {
    "string_type": "text",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "list_type": "a list",
    "tuple_type": "a list",
}


GUIDE = "columns.md"


class TemplateError(UserError, ValueError):
    """A template that would be written over a file that is there."""


def write_templates(folder: Path) -> list[Path]:
    """Write an empty file of each kind into `folder`, and what the columns mean beside them.

    Raises
    ------
    TemplateError
        One of the files is there already; then none is written.
    """
    files = {f"{format.name}.csv": f"{','.join(_columns(format))}\n" for format in _templates()}
    files[GUIDE] = f"# Columns of the templates\n\n{explained()}"
    if there := [name for name in files if os.path.lexists(folder / name)]:
        raise TemplateError(f"{folder / there[0]} is there already: name an empty folder")
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8")
    return [folder / name for name in files]


def explained() -> str:
    """Return, in Markdown, a table for each template: column, what to write, words allowed."""
    return "\n".join(_explained(format) for format in _templates())


def _templates() -> list[Format]:
    made = {format.name: format for format in load_formats()}
    return [made[kind] for kind in KINDS if kind in made]


def _columns(format: Format) -> list[str]:
    """Return the columns that a template has; one that stands for others is only explained."""
    return [name for name, column in format.columns.items() if column.what and not _instead(column)]


def _instead(column) -> bool:
    return "in place of" in column.what


def _explained(format: Format) -> str:
    rows = [
        f"| {name} | {'yes' if column.required else ''} | {_meaning(format.kind, name, column)} |"
        for name, column in format.columns.items()
        if column.what
    ]
    head = ["| column | needed | what to write |", "|---|---|---|"]
    return "\n".join([f"## {format.name}.csv", "", *head, *rows, ""])


def _meaning(kind: str, name: str, column) -> str:
    words = ", ".join(f"`{word}`" for word in allowed(kind, name))
    return f"{column.what} ({words})" if words else column.what
