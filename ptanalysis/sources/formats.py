"""Format: what one kind of export looks like and what its columns mean, read from a TOML.

docs/sources.md explains every key.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

#: The columns of every table the reader makes, all text, in order; `row` (int64) comes after them.
KINDS: dict[str, tuple[str, ...]] = {
    "inquiries": (
        "inquiry_id", "received_at", "source", "medium", "campaign", "vendor", "touch_type",
        "first_name", "last_name", "email", "phone", "zip", "service_interest", "notes",
    ),
    "screenings": (
        "inquiry_id", "screened_at", "outcome", "interest", "budget_ok", "likelihood", "reason",
        "screener",
    ),
    "visits": ("inquiry_id", "visit_at", "status", "kind"),
    "payments": ("inquiry_id", "paid_at", "amount", "kind", "payer"),
    "spend": (
        "period_start", "period_end", "source", "amount", "medium", "campaign", "vendor", "kind",
        "hours",
    ),
    "campaigns": ("campaign", "source", "starts_on", "ends_on", "medium", "vendor", "kind"),
    "stages": (
        "inquiry_id", "lead_at", "mql_at", "screened_at", "sql_at", "patient_at", "lost_at",
        "lost_reason",
    ),
    "denominators": ("period_start", "period_end", "source", "measure", "count"),
}  # fmt: skip

#: What a column says of a person; decides what may never pass intake.
PERSONAL = ("none", "name", "email", "phone", "place", "code", "text")

_SPACES = re.compile(r"[\s_\ufeff\u200b\u00a0]+")
_CURRENCY = re.compile(r"\(([A-Z]{3})\)\s*$")


class FormatError(ValueError):
    """A format TOML that cannot be used; the message names the file, the key and the rule."""


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of an export.

    Attributes
    ----------
    headers : tuple of str
        How its header may be spelled, normalised; its own name is one of them.
    required : bool
        A file without it is not of this format.
    personal : str
        One of PERSONAL.
    dates : tuple of str
        strptime patterns its dates may have; empty takes the project's spellings in the clinic's
        date order.
    id : bool
        An identifier: text always, refused in scientific notation.
    """

    headers: tuple[str, ...]
    required: bool = False
    personal: str = "none"
    dates: tuple[str, ...] = ()
    id: bool = False


@dataclass(frozen=True, kw_only=True)
class Format:
    """One export format; the keys of its TOML.

    Attributes
    ----------
    name, title, kind : str
        File stem, what people call it, and the main table it gives.
    verified : bool
        Checked against a real file.
    columns : mapping of str to Column
    tables : mapping of kind to mapping of column to rule
        How each plain column is made; see `ptanalysis.sources.mapping`.
    """

    name: str
    title: str
    kind: str
    verified: bool
    evidence: str
    columns: Mapping[str, Column]
    tables: Mapping[str, Mapping[str, object]]
    time_zone: str = ""
    date_order: str = ""
    decimal_mark: str = ""

    def dates(self, kind: str, column: str) -> tuple[str, ...]:
        """Return the strptime patterns allowed in a plain column; empty: the project's own.

        Examples
        --------
        >>> formats = {format.name: format for format in load_formats()}
        >>> formats["olist_leads"].dates("inquiries", "received_at")
        ('%Y-%m-%d',)
        """
        names = source_columns(self.tables[kind].get(column))
        found = [pattern for name in names for pattern in self.columns[name].dates]
        return tuple(dict.fromkeys(found))


@cache
def load_formats(folder: Path | None = None) -> tuple[Format, ...]:
    """Read every format TOML, by name.

    Parameters
    ----------
    folder : Path, optional
        Where a clinic keeps formats of its own; they are read after those that ship.

    Raises
    ------
    FormatError
        A TOML with a key or value outside the rules.
    """
    shipped = [entry for entry in files(__package__).iterdir() if entry.name.endswith(".toml")]
    own = sorted(folder.glob("*.toml")) if folder else []
    return tuple(
        _format(entry.name.removesuffix(".toml"), entry.read_text("utf-8"))
        for entry in (*sorted(shipped, key=lambda entry: entry.name), *own)
    )


def normal_header(text: str) -> str:
    """Make headers comparable: case, spaces, underscores and a currency in brackets do not matter.

    Examples
    --------
    >>> normal_header(" Amount_Spent (USD) ")
    'amount spent'
    """
    return _SPACES.sub(" ", _CURRENCY.sub("", text.strip())).strip().casefold()


def header_currency(text: str) -> str:
    """Return the currency code a header ends with, or an empty text."""
    found = _CURRENCY.search(text.strip())
    return found[1] if found else ""


def source_columns(rule: object) -> tuple[str, ...]:
    """Return the export's columns a mapping rule reads.

    Examples
    --------
    >>> source_columns({"first_of": ["a", {"column": "b", "when": {"column": "c", "in": ["x"]}}]})
    ('a', 'b')
    """
    if isinstance(rule, str):
        return (rule,)
    if not isinstance(rule, Mapping):
        return ()
    parts = [*rule.get("first_of", ()), *rule.get("join", ())]
    own = (rule["column"],) if "column" in rule else ()
    return own + tuple(name for part in parts for name in source_columns(part))


def _format(name: str, text: str) -> Format:
    try:
        document = tomllib.loads(text)
        columns = {key: _column(key, value) for key, value in document.pop("columns").items()}
        tables = document.pop("tables", None) or {document["kind"]: {key: key for key in columns}}
        made = Format(name=name, columns=columns, tables=tables, **document)
    except (tomllib.TOMLDecodeError, TypeError, KeyError) as error:
        raise FormatError(f"{name}.toml: {error}") from None
    _check(made)
    return made


def _column(name: str, document: dict) -> Column:
    headers = (name, *document.get("headers", ()))
    spelled = tuple(dict.fromkeys(normal_header(header) for header in headers))
    rest = {key: tuple(v) if isinstance(v, list) else v for key, v in document.items()}
    return Column(**{**rest, "headers": spelled})


def _check(made: Format) -> None:
    for kind, rules in made.tables.items():
        if kind not in KINDS:
            raise FormatError(f"{made.name}.toml: tables.{kind} must be one of {', '.join(KINDS)}")
        for target, rule in rules.items():
            _check_rule(made, f"tables.{kind}.{target}", target in KINDS[kind], rule)
    for name, column in made.columns.items():
        if column.personal not in PERSONAL:
            raise FormatError(
                f"{made.name}.toml: columns.{name}.personal must be one of {', '.join(PERSONAL)}"
            )


def _check_rule(made: Format, place: str, known: bool, rule: object) -> None:
    if not known:
        raise FormatError(f"{made.name}.toml: {place} is no column of that table")
    for column in source_columns(rule):
        if column not in made.columns:
            raise FormatError(f"{made.name}.toml: {place} names the unknown column {column}")
