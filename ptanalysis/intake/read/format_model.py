"""Format: what one kind of export looks like and what its columns mean (docs/sources.md)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Annotated, Literal, Required

from pydantic import AfterValidator, BaseModel, Discriminator, Tag, ValidationInfo
from typing_extensions import TypedDict

#: The columns of every table the reader makes, all text, in order; `row` (int64) comes after them.
KINDS: dict[str, tuple[str, ...]] = {
    kind: tuple(columns.split())
    for kind, columns in {
        "inquiries": "inquiry_id received_at source medium campaign vendor touch_type first_name"
        " last_name email phone zip service_interest notes merged_ids not_lead",
        "screenings": "inquiry_id screened_at outcome interest budget_ok likelihood reason"
        " screener undated",
        "visits": "inquiry_id visit_at status kind",
        "payments": "inquiry_id payment_id paid_at amount kind payer refunded",
        "spend": "period_start period_end source amount medium campaign vendor kind hours account"
        " conversions",
        "campaigns": "campaign source starts_on ends_on medium vendor kind",
        "stages": "inquiry_id lead_at mql_at screened_at sql_at patient_at lost_at lost_reason"
        " sql_undated patient_undated record_id",
        "patients": "inquiry_id first_name last_name email phone zip",
        "totals": "period_start period_end source leads medium campaign vendor mql screened sql"
        " patients revenue",
        "denominators": "period_start period_end source measure count",
    }.items()
}

_SPACES = re.compile(r"[\s_\ufeff\u200b\u00a0]+")
_BRACKETS, _SIGNS = re.compile(r"\([^)]*\)|\[[^\]]*\]"), re.compile(r"[\W_]+")
_PLAINER = (
    (re.compile(r"\be mail\b"), "email"),
    (re.compile(r"\benquir"), "inquir"),
    (re.compile(r"\b(no|num|nbr)$"), "number"),
    (
        re.compile(
            r"^((and|so|finally|lastly|also) )?((what is|whats|(please )?(enter|provide|share)"
            r"|(can|may|could) (we|i) (have|get)) )?(your|the)( best)? "
        ),
        "",
    ),
)
#: A sign alone numbers rows; a word may head telephone numbers.
_ROW_NUMBER = re.compile(r"^(#|no|nr|num)\.?$")
_CURRENCY = re.compile(r"\((?!UTC|GMT)([A-Z]{3})\)\s*$")


def _named(name: str, info: ValidationInfo) -> str:
    if name not in info.context:
        raise ValueError(f"names the unknown column {name}; known are {', '.join(info.context)}")
    return name


def _dated(pattern: str) -> str:
    order = "".join(re.findall("%([YymbBd])", pattern)).replace("b", "m").replace("B", "m")
    if order not in ("Ymd", "mdY", "dmY", "mdy", "dmy"):
        raise ValueError(
            f"holds {pattern}, and days are like %Y-%m-%d, %m/%d/%Y, %d.%m.%y, %d %b %Y"
        )
    return pattern


#: How a format's dates are written, for strptime; %y where the year has two digits.
Dates = Annotated[str, AfterValidator(_dated)]
#: The name of one of the format's own columns.
ColumnName = Annotated[str, AfterValidator(_named)]
Texts = list[str]
When = TypedDict(
    "When",
    {
        "column": Required[ColumnName],
        "in": Texts,
        "not_in": Texts,
        "contains": Texts,
        "lacks": Texts,
        "pattern": str,
        "blank": bool,
    },
    total=False,
)
#: How a plain column is made: of one column, or by a rule (see `column_mapping`).
Source = Annotated[
    Annotated[ColumnName, Tag("<column>")] | Annotated["Rule", Tag("<rule>")],
    Discriminator(lambda value: "<column>" if isinstance(value, str) else "<rule>"),
]


class Rule(TypedDict, total=False):
    """One rule, its keys explained in `column_mapping`."""

    column: ColumnName
    constant: str
    fact: str
    first_of: list[Source]
    join: list[Source]
    dates: list[Dates]
    before: str
    strip: str
    first: int
    word: Literal["first", "rest"]
    prefix: str
    first_day: Literal["week", "month", "quarter"]
    last_day: Literal["week", "month", "quarter"]
    within: str
    values: dict[str, str]
    otherwise: str
    patterns: list[Texts]
    when: When


Tables = TypedDict(
    "Tables",
    {
        kind: TypedDict(kind, dict.fromkeys(names, Source), total=False)
        for kind, names in KINDS.items()
    },
    total=False,
)


class Column(BaseModel, frozen=True, extra="forbid"):
    """One column of an export.

    Attributes
    ----------
    headers : tuple of str
        How its header may be spelled, normalised; its own name is one of them.
    spellings : tuple of str
        How a front desk or a form may spell it (`spellings.toml`), normalised as `loose_header`
        does; one that starts with ``~`` need only be in the header.
    required : bool
        A file without it is not of this format.
    personal : str
        What it says of a person; decides what may never pass intake.
    dates : tuple of str
        strptime patterns its dates may have, besides ISO 8601; they decide the order of day and
        month. Empty takes the project's spellings in the clinic's date order.
    id : bool
        An identifier: refused where a spreadsheet has shortened it.
    fill_down : str
        A blank cell has the value above it, as under a group's heading; regular expression of the
        cells that end a group. Empty: a blank cell is blank.
    what : str
        What to write in it, of a plain template.
    """

    headers: tuple[str, ...] = ()
    spellings: tuple[str, ...] = ()
    required: bool = False
    personal: Literal["none", "name", "email", "phone", "place", "code", "text"] = "none"
    dates: tuple[Dates, ...] = ()
    id: bool = False
    fill_down: str = ""
    what: str = ""


#: Names of columns that every table has beside its own.
_TAKEN = {"row", "file", "age", "fate", "fault", "format"}


def _columns(columns: dict[str, Column]) -> dict[str, Column]:
    if not any(column.required for column in columns.values()):
        raise ValueError("must have at least one that is required")
    if taken := _TAKEN & set(columns):
        raise ValueError(f"must not use the name {min(taken)}, which the program uses itself")
    return {
        name: column.model_copy(
            update={"headers": tuple(dict.fromkeys(map(normal_header, (name, *column.headers))))}
        )
        for name, column in columns.items()
    }


class Exclusion(TypedDict):
    """Rows that are no data, and why."""

    reason: str
    when: When


class Total(TypedDict):
    """The line of totals that the rows are checked against."""

    when: When
    columns: list[ColumnName]


class Parts(TypedDict):
    """Amounts of a row that add to its total."""

    total: ColumnName
    parts: list[ColumnName]


class Needs(TypedDict, total=False):
    """Facts above the header that must be there, unless a column says them."""

    facts: Required[Texts]
    unless: list[ColumnName]
    fix: Required[str]


class Refusal(TypedDict):
    """A column whose presence means that the file cannot be used."""

    column: ColumnName
    what: str
    fix: str


class Caution(TypedDict, total=False):
    """A warning: where a condition holds, or a column is not there."""

    code: Required[str]
    when: When
    unless: list[ColumnName]
    what: Required[str]
    fix: Required[str]
    severity: Literal["warning", "note"]


class Level(TypedDict, total=False):
    """What a row of a spend report stands for where a column is there, and what no such row is."""

    column: Required[ColumnName]
    level: Required[str]
    lacks: str


class Foreign(TypedDict):
    """Headers of the same export in other languages."""

    headers: Texts
    fix: str


class Format(BaseModel, frozen=True, extra="forbid"):
    """One export format; the keys of its TOML, explained in docs/sources.md.

    Attributes
    ----------
    name, title, kind : str
        File stem, what people call it, and the main table it gives.
    verified : bool
        Checked against a real file.
    evidence : str
        Where its headers are known from.
    columns : dict of str to Column
    tables : dict of kind to dict of column to rule
        How each plain column is made; see `ptanalysis.intake.read.column_mapping`.
    time_zone, date_order, decimal_mark : str
        Of the export; empty takes the clinic's.
    mark : str
        Regular expression that a line above the header must match for a file to be of this format;
        empty where the columns are enough.
    trailing_delimiter : bool
        Rows may end in one delimiter more than the header has.
    enough : tuple of tuple of str
        Columns (``a|b``: one of them) by whose spellings a file that no other format fits is of
        this one; empty: never by spellings.
    months_across : tuple of str
        The column of the month and that of the amount, where columns may be named for months.
    never_with : tuple of tuple of str
        Columns with which a file is of another kind, whatever else it has.
    """

    name: str
    title: str
    kind: Literal[*KINDS]
    verified: bool
    evidence: str
    columns: Annotated[dict[str, Column], AfterValidator(_columns)]
    tables: Tables
    time_zone: str = ""
    date_order: Literal["", "month_first", "day_first"] = ""
    decimal_mark: Literal["", ".", ","] = ""
    currency: str = ""
    mark: str = ""
    trailing_delimiter: bool = False
    preamble: tuple[str, ...] = ()
    footer: tuple[str, ...] = ()
    needs: Needs | None = None
    exclude: tuple[Exclusion, ...] = ()
    total: Total | None = None
    parts: Parts | None = None
    refuse: tuple[Refusal, ...] = ()
    warn: tuple[Caution, ...] = ()
    levels: tuple[Level, ...] = ()
    foreign: Foreign | None = None
    enough: tuple[tuple[str, ...], ...] = ()
    never_with: tuple[tuple[str, ...], ...] = ()
    months_across: tuple[str, ...] = ()

    @property
    def required(self) -> tuple[str, ...]:
        """Columns without which a file is not of this format."""
        return tuple(name for name, column in self.columns.items() if column.required)

    @cached_property
    def required_headers(self) -> tuple[tuple[str, ...], ...]:
        """The headers of each required column."""
        return tuple(tuple(self.columns[name].headers) for name in self.required)

    @property
    def platform(self) -> bool:
        """Whether it is the report of an ad platform, which says what it charged."""
        rules = self.tables.get("spend", {})
        constants = [
            rule["constant"]
            for rule in map(rules.get, ("source", "kind"))
            if isinstance(rule, Mapping) and "constant" in rule
        ]
        return len(constants) == 2 and constants[1] == "media"

    def dates(self, kind: str, column: str) -> tuple[str, ...]:
        """Return the strptime patterns of a plain column, besides ISO 8601.

        Empty means the project's own spellings in the clinic's date order.

        Examples
        --------
        >>> from ptanalysis.intake.read import load_formats
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


def normal_header(text: str) -> str:
    """Make headers comparable: case, spaces, underscores and a currency in brackets do not matter.

    Examples
    --------
    >>> normal_header(" Amount_Spent (USD) ")
    'amount spent'
    """
    return _SPACES.sub(" ", _CURRENCY.sub("", text.strip())).strip().casefold()


def loose_header(text: str) -> str:
    """Make headers people write themselves comparable: signs and what is in brackets do not matter.

    Examples
    --------
    >>> [loose_header(text) for text in ("Acct #", "E-mail (best)", "Your Phone No.", "Qualified?")]
    ['acct number', 'email', 'phone number', 'qualified']
    """
    text = _ROW_NUMBER.sub("row number", normal_header(text))
    text = _BRACKETS.sub(" ", text).replace("#", " number ")
    text = " ".join(_SIGNS.sub(" ", text.replace("'", "")).split())
    for pattern, plain in _PLAINER:
        text = pattern.sub(plain, text)
    return text


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
    return own + tuple(name for part in parts(rule) for name in source_columns(part))


def parts(rule: Mapping[str, object]) -> Iterable[object]:
    """Return the rules a mapping rule is made of."""
    return (*rule.get("first_of", ()), *rule.get("join", ()))


def _rule_dates(rule: object) -> tuple[str, ...]:
    if not isinstance(rule, Mapping):
        return ()
    return (*rule.get("dates", ()), *(d for part in parts(rule) for d in _rule_dates(part)))
