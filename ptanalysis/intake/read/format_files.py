"""The format files: every TOML that ships and a clinic's own, read and held to the rules."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from pathlib import Path

from pydantic import ValidationError

from ptanalysis.definitions import UserError
from ptanalysis.intake.read.format_model import KINDS, Column, Format, Rule, When


class FormatError(UserError, ValueError):
    """A format TOML that cannot be used; its lines name the file, the key and the rule."""


@cache
def load_formats(own: Path | None = None) -> tuple[Format, ...]:
    """Read every format TOML, by name.

    Parameters
    ----------
    own : Path, optional
        Folder of a clinic's own formats; one of the same name replaces what ships.

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
    every = [*shipped, *(own.glob("*.toml") if own else ())]
    made = {
        entry.name.removesuffix(".toml"): parse_format(
            entry.name.removesuffix(".toml"), entry.read_text("utf-8")
        )
        for entry in every
    }
    return tuple(made[name] for name in sorted(made))


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
