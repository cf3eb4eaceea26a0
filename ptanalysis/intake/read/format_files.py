"""The format files: every TOML that ships and a clinic's own, read and held to the rules."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path

from ptanalysis.definitions import UserError
from ptanalysis.intake.read.format_model import (
    KINDS,
    PERSONAL,
    Column,
    Format,
    normal_header,
    parts,
    source_columns,
)

_RULE_KEYS = {
    "column",
    "constant",
    "fact",
    "first_of",
    "join",
    "dates",
    "before",
    "strip",
    "first",
    "word",
    "prefix",
    "values",
    "otherwise",
    "patterns",
    "when",
}


class FormatError(UserError, ValueError):
    """A format TOML that cannot be used; the message names the file, the key and the rule."""


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
        A TOML with a key or value outside the rules.

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
        Unreadable, or a key or value outside the rules.
    """
    try:
        document = tomllib.loads(text)
        columns = {key: _column(key, value) for key, value in document.pop("columns").items()}
        document.setdefault("tables", {document["kind"]: {key: key for key in columns}})
        made = Format(name=name, columns=columns, **{k: _tuple(v) for k, v in document.items()})
    except (tomllib.TOMLDecodeError, TypeError, KeyError) as error:
        raise FormatError(f"{name}.toml: {error}") from None
    _check(made)
    return made


def _tuple(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def _column(name: str, document: Mapping[str, object]) -> Column:
    spelled = map(normal_header, (name, *document.get("headers", ())))
    rest = {key: _tuple(value) for key, value in document.items()}
    return Column(**{**rest, "headers": tuple(dict.fromkeys(spelled))})


def _check(made: Format) -> None:
    if not made.required:
        raise FormatError(f"{made.name}.toml: at least one of columns must be required")
    for name, column in made.columns.items():
        if column.personal not in PERSONAL:
            choices = ", ".join(PERSONAL)
            raise FormatError(f"{made.name}.toml: columns.{name}.personal must be one of {choices}")
    for kind, rules in made.tables.items():
        if kind not in KINDS:
            raise FormatError(f"{made.name}.toml: tables.{kind} must be one of {', '.join(KINDS)}")
        for target, rule in rules.items():
            if target not in KINDS[kind]:
                raise FormatError(f"{made.name}.toml: tables.{kind} has no column {target}")
            _check_rule(made, f"tables.{kind}.{target}", rule)
    named = [entry["when"]["column"] for entry in (*made.exclude, *filter(None, [made.total]))]
    _check_known(made, "when", named)


def _check_rule(made: Format, place: str, rule: object) -> None:
    if isinstance(rule, Mapping):
        if unknown := sorted(set(rule) - _RULE_KEYS):
            raise FormatError(f"{made.name}.toml: {place} has the unknown key {unknown[0]}")
        _check_known(made, place, [rule["when"]["column"]] if "when" in rule else [])
        for part in parts(rule):
            _check_rule(made, place, part)
    _check_known(made, place, source_columns(rule))


def _check_known(made: Format, place: str, columns: Iterable[str]) -> None:
    for column in columns:
        if column not in made.columns:
            raise FormatError(f"{made.name}.toml: {place} names the unknown column {column}")
