"""Format: what one kind of export looks like and what its columns mean, read from a TOML.

docs/sources.md explains every key.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from ptanalysis.definitions import Refused

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
    "payments": ("inquiry_id", "payment_id", "paid_at", "amount", "kind", "payer"),
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
_RULE_KEYS = {
    "column", "constant", "fact", "first_of", "join", "dates", "before", "strip", "first", "word",
    "values", "otherwise", "patterns", "when",
}  # fmt: skip


class FormatError(Refused, ValueError):
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
        strptime patterns its dates may have, besides ISO 8601; empty takes the project's spellings
        in the clinic's date order.
    id : bool
        An identifier: refused where a spreadsheet has shortened it.
    """

    headers: tuple[str, ...]
    required: bool = False
    personal: str = "none"
    dates: tuple[str, ...] = ()
    id: bool = False


@dataclass(frozen=True, kw_only=True)
class Format:
    """One export format; the keys of its TOML, explained in docs/sources.md.

    Attributes
    ----------
    name, title, kind : str
        File stem, what people call it, and the main table it gives.
    verified : bool
        Checked against a real file.
    evidence : str
        Where its headers are known from.
    columns : mapping of str to Column
    tables : mapping of kind to mapping of column to rule
        How each plain column is made; see `ptanalysis.sources.mapping`.
    time_zone, date_order, decimal_mark : str
        Of the export; empty takes the clinic's.
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
    currency: str = ""
    preamble: tuple[str, ...] = ()
    footer: tuple[str, ...] = ()
    needs: Mapping[str, object] | None = None
    exclude: tuple[Mapping[str, object], ...] = ()
    total: Mapping[str, object] | None = None
    parts: Mapping[str, object] | None = None
    refuse: tuple[Mapping[str, str], ...] = ()
    warn: tuple[Mapping[str, object], ...] = ()
    levels: tuple[Mapping[str, str], ...] = ()
    foreign: Mapping[str, object] | None = None

    @property
    def required(self) -> tuple[str, ...]:
        """Columns without which a file is not of this format."""
        return tuple(name for name, column in self.columns.items() if column.required)

    def dates(self, kind: str, column: str) -> tuple[str, ...]:
        """Return the strptime patterns of a plain column, besides ISO 8601.

        Empty means the project's own spellings in the clinic's date order.

        Examples
        --------
        >>> formats = {format.name: format for format in load_formats()}
        >>> formats["olist_leads"].dates("inquiries", "received_at")
        ('%Y-%m-%d',)
        """
        rule = self.tables[kind].get(column)
        found = [pattern for name in source_columns(rule) for pattern in self.columns[name].dates]
        return tuple(dict.fromkeys([*found, *_rule_dates(rule)]))

    def targets(self) -> dict[str, list[str]]:
        """Return each column of the export to the plain columns made of it."""
        found: dict[str, list[str]] = {}
        for kind, rules in self.tables.items():
            for target, rule in rules.items():
                for name in source_columns(rule):
                    found.setdefault(name, []).append(f"{kind}.{target}")
        return found

    def personal(self, kind: str, column: str) -> tuple[str, ...]:
        """Return the classes of personal data in a plain column, ``none`` left out."""
        names = source_columns(self.tables[kind].get(column))
        found = dict.fromkeys(self.columns[name].personal for name in names)
        return tuple(name for name in found if name != "none")


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
    shipped = [entry for entry in files(__package__).iterdir() if entry.name.endswith(".toml")]
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


def normal_header(text: str) -> str:
    """Make headers comparable: case, spaces, underscores and a currency in brackets do not matter.

    Examples
    --------
    >>> normal_header(" Amount_Spent (USD) ")
    'amount spent'
    """
    return _SPACES.sub(" ", _CURRENCY.sub("", text.strip())).strip().casefold()


def header_currency(text: str) -> str:
    """Return the currency code a header ends with, or an empty text.

    Examples
    --------
    >>> header_currency("Amount spent (USD)")
    'USD'
    """
    found = _CURRENCY.search(text.strip())
    return found[1] if found else ""


def source_columns(rule: object) -> tuple[str, ...]:
    """Return the export's columns whose text a mapping rule passes on.

    Examples
    --------
    >>> source_columns({"first_of": ["a", {"column": "b", "when": {"column": "c", "in": ["x"]}}]})
    ('a', 'b')
    """
    if isinstance(rule, str):
        return (rule,)
    if not isinstance(rule, Mapping):
        return ()
    own = (rule["column"],) if "column" in rule else ()
    return own + tuple(name for part in _parts(rule) for name in source_columns(part))


def _parts(rule: Mapping[str, object]) -> Iterable[object]:
    return (*rule.get("first_of", ()), *rule.get("join", ()))


def _rule_dates(rule: object) -> tuple[str, ...]:
    if not isinstance(rule, Mapping):
        return ()
    return (*rule.get("dates", ()), *(d for part in _parts(rule) for d in _rule_dates(part)))


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
        for part in _parts(rule):
            _check_rule(made, place, part)
    _check_known(made, place, source_columns(rule))


def _check_known(made: Format, place: str, columns: Iterable[str]) -> None:
    for column in columns:
        if column not in made.columns:
            raise FormatError(f"{made.name}.toml: {place} names the unknown column {column}")
