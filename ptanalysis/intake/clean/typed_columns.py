"""The plain tables typed, column by column; what cannot be typed is marked, never guessed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import ibis

from ptanalysis.definitions import ClinicConfig
from ptanalysis.intake.clean.allowed_values import NOT_YET, chosen
from ptanalysis.intake.clean.amounts import fraction, money_stages, other_currency, proves_mark
from ptanalysis.intake.clean.contact import email_stages, phone_stages, zip_code
from ptanalysis.intake.clean.dates import (
    DAY_FIRST,
    MONTH_FIRST,
    SHORT_YEARS,
    day_first,
    day_of,
    declared_order,
    ends_in_short_year,
    has_zone,
    is_serial,
    iso,
    midnight,
    month_first,
    time_stages,
)
from ptanalysis.intake.clean.text_folding import (
    Stage,
    folded,
    folding,
    one_word,
    side_by_side,
    squeezed,
    staged,
    step,
    token,
)

TIME, MONEY, HOURS, NUMBER, COUNT, SCALE, EMAIL, PHONE, ZIP, CHOICE, TEXT, ID = (
    "time",
    "money",
    "hours",
    "number",
    "count",
    "scale",
    "email",
    "phone",
    "zip",
    "choice",
    "text",
    "id",
)

#: First words of the columns that say what was wrong, or odd, with a cell.
_MARKS = ("bad", "year", "serial", "short", "credit")
#: The mark of a row that names no screened lead; it costs nothing.
NOT_SCREENED = "not_screened:outcome"
#: Where a row stands; `file` is the place of its file in the run.
PLACE = ("file", "age", "row")
#: Columns that are more than text, by kind; "!" marks a cell no row may lack.
TYPES: dict[str, dict[str, str]] = {
    "inquiries": {
        "inquiry_id": "id!",
        "received_at": "time!",
        "email": "email",
        "phone": "phone",
        "zip": "zip",
    },
    "screenings": {
        "inquiry_id": "id!",
        "screened_at": "time!",
        "outcome": "choice!",
        "interest": "scale",
        "budget_ok": "choice",
        "likelihood": "scale",
        "undated": "choice",
    },
    "visits": {
        "inquiry_id": "id!",
        "visit_at": "time!",
        "status": "choice!",
        "kind": "choice",
    },
    "payments": {
        "inquiry_id": "id",
        "payment_id": "id",
        "paid_at": "time!",
        "amount": "money!",
        "kind": "choice",
        "refunded": "money",
    },
    "spend": {
        "period_start": "time!",
        "period_end": "time!",
        "amount": "money",
        "hours": "hours",
        "kind": "choice",
        "conversions": "number",
    },
    "campaigns": {
        "campaign": "id!",
        "starts_on": "time!",
        "ends_on": "time",
        "kind": "choice",
    },
    "stages": {
        "inquiry_id": "id!",
        "lead_at": "time",
        "mql_at": "time",
        "screened_at": "time",
        "sql_at": "time",
        "patient_at": "time",
        "lost_at": "time",
        "record_id": "id",
    },
    "patients": {"inquiry_id": "id!", "email": "email", "phone": "phone", "zip": "zip"},
    "totals": {
        "period_start": "time!",
        "period_end": "time!",
        "leads": "count!",
        "mql": "count",
        "screened": "count",
        "sql": "count",
        "patients": "count",
        "revenue": "money",
    },
    "denominators": {},
}


def typed(
    table,
    kind: str,
    *,
    format,
    config: ClinicConfig,
    zoned: frozenset[str] | None = None,
    fractions: Mapping[str, list[int]] = MappingProxyType({}),
):
    """Return a plain text table with its columns typed.

    Parameters
    ----------
    table : ibis Table
        Text columns of `kind`, and PLACE.
    kind : str
        One of TYPES.
    format : ptanalysis.intake.read.Format
        Its declared date patterns, zone and number marks come before the clinic's.
    config : ClinicConfig
    zoned : frozenset of str, optional
        Columns with cells that tell their zone (from `evidence`); all where not given.
    fractions : mapping of column to files, optional
        Files whose amounts have fractions of a cent.

    Returns
    -------
    ibis Table
        The typed columns; ``fault``, ``code:column`` of what makes a row unusable, else missing;
        and for each typed column ``bad_<column>``, whether a cell was given and cannot be read, and
        ``serial_<column>``, whether a date was a spreadsheet's day number.
    """
    types = {name: type_.rstrip("!") for name, type_ in TYPES[kind].items()}
    text = [name for name in table.columns if name not in (*types, *PLACE)]
    table = step(
        table,
        **{name: squeezed(table[name]).nullif("") for name in text},
        **{f"raw_{name}": table[name] for name in types},
    )
    parsers = [
        _PARSERS[type_](
            name, (kind, format, config, _has_zones(name, format, zoned), fractions or {})
        )
        for name, type_ in types.items()
    ]
    table = staged(side_by_side(table, list(map(folding, types))), parsers)
    table = step(table, **_marks(table, types))
    table = step(table, fault=_fault(table, TYPES[kind]))
    rule = _ROW_RULES.get(kind)
    table = rule(table, format, config) if rule else table
    return table.drop(*(f"{each}_{name}" for name in types for each in ("raw", "folded")))


def evidence(table, kind: str, *, format, config: ClinicConfig):
    """Return, one row a file, what decides how the file is to be read.

    Columns ``day_first_<column>``, ``month_first_<column>``, ``zoned_<column>``,
    ``currency_<column>``, ``fraction_<column>`` (of a cent) and ``mark_<column>`` (proof of the
    decimal mark): the first row with such a cell, missing where there is none. And
    ``midnight_<column>``: of the cells with a time of day, the share at midnight.
    """
    found, tests = {}, {}
    times = [name for name, type_ in TYPES[kind].items() if type_.startswith(TIME)]
    table = step(table, **{name: folded(table[name]) for name in times}) if times else table
    # What is plain ISO 8601 proves nothing, and most cells are.
    odd = {f"odd_{name}": iso(table[name]).ifelse(None, table[name]) for name in times}
    table = step(table, **odd) if times else table
    for name, type_ in TYPES[kind].items():
        if type_.startswith(TIME):
            patterns = date_patterns(name, kind, format, config)
            if date_order(name, kind, format, config):
                tests[f"{DAY_FIRST}_{name}"] = day_first(table[f"odd_{name}"], patterns)
                tests[f"{MONTH_FIRST}_{name}"] = month_first(table[f"odd_{name}"], patterns)
            tests[f"zoned_{name}"] = has_zone(table[f"odd_{name}"])
            found[f"midnight_{name}"] = midnight(table[name]).cast("int64").mean()
        if type_.startswith(MONEY):
            mark = _mark(format, config)
            tests[f"currency_{name}"] = other_currency(table[name], currency=config.currency)
            tests[f"fraction_{name}"] = fraction(table[name], mark)
            tests[f"mark_{name}"] = proves_mark(table[name], mark)
    found |= {key: table.row.min(where=test) for key, test in tests.items()}
    return table.group_by("file").aggregate(**found)


def date_order(name: str, kind: str, format, config: ClinicConfig) -> str:
    """Return how 03/04/2026 is read in a column, empty where it is no date there."""
    return declared_order(date_patterns(name, kind, format, config), _order(format, config))


def date_patterns(name: str, kind: str, format, config: ClinicConfig) -> tuple[str, ...]:
    """Return the strptime patterns of a column; empty for the project's own spellings."""
    declared = format.dates(kind, name)
    if declared or not config.two_digit_years:
        return declared
    return SHORT_YEARS[_order(format, config)]


def _order(format, config: ClinicConfig) -> str:
    return format.date_order or config.date_order


def with_days(table, days: dict[str, list[int]]):
    """Return a text table whose columns hold days, not times, in these files."""
    return step(
        table,
        **{
            name: table.file.isin(files).ifelse(day_of(table[name]), table[name])
            for name, files in days.items()
        },
    )


def marks_of(table) -> list[str]:
    """Return the columns of a typed table that mark what its cells were."""
    return [name for name in table.columns if name.split("_")[0] in _MARKS]


def _marks(table, types: dict[str, str]) -> dict:
    marks = {}
    for name, type_ in types.items():
        lower = table[f"folded_{name}"]
        given = lower.notnull()
        marks[f"bad_{name}"] = (given & table[name].isnull()).fill_null(False)
        if type_ == TIME:
            short = marks[f"bad_{name}"].ifelse(ends_in_short_year(lower), False).fill_null(False)
            marks[f"year_{name}"] = short
            marks[f"bad_{name}"] &= ~short
            marks[f"serial_{name}"] = is_serial(lower) & table[name].notnull()
        if type_ == ZIP:
            short = lower.re_search(r"^\d{4}$")
            marks[f"short_{name}"] = (short & table[name].notnull()).fill_null(False)
    return marks


def _fault(table, types: dict[str, str]):
    faults = []
    for name in (name for name, type_ in types.items() if type_.endswith("!")):
        if types[name] == f"{TIME}!":
            faults.append((table[f"year_{name}"], f"short_year:{name}"))
        faults.append((table[f"bad_{name}"], f"bad_{types[name].rstrip('!')}:{name}"))
        faults.append((table[name].isnull(), f"missing:{name}"))
    return ibis.cases(*faults, else_=ibis.null("string")) if faults else ibis.null("string")


def _has_zones(name: str, format, zoned: frozenset[str] | None) -> bool:
    return zoned is None or name in zoned or bool(format.time_zone)


def _time(name: str, of: tuple) -> list[Stage]:
    kind, format, config, zoned, _ = of
    return time_stages(
        name,
        order=date_order(name, kind, format, config),
        patterns=date_patterns(name, kind, format, config),
        zone=format.time_zone,
        clinic_zone=config.time_zone,
        zoned=zoned,
    )


def _money(name: str, of: tuple) -> list[Stage]:
    _, format, config, _, fractions = of
    return money_stages(
        name,
        decimal_mark=_mark(format, config),
        currency=config.currency,
        fractions=fractions.get(name, ()),
    )


def _mark(format, config: ClinicConfig) -> str:
    return format.decimal_mark or config.decimal_mark


def _hours(name: str, of: tuple) -> list[Stage]:
    positive = lambda table: {name: (table[name] >= 0).ifelse(table[name], None)}  # noqa: E731
    return [*_money(name, of), positive]


def _count(name: str, of: tuple) -> list[Stage]:
    plain = lambda table: table[f"raw_{name}"].re_search(r"^[\d\s.,']+$")  # noqa: E731
    whole = lambda table: plain(table) & (table[name] == table[name].floor())  # noqa: E731
    return [
        *_hours(name, of),
        lambda table: {name: whole(table).ifelse(table[name].cast("int64"), None)},
    ]


def _choice(name: str, of: tuple) -> list[Stage]:
    return [
        lambda table: {name: one_word(table[f"folded_{name}"])},
        lambda table: {name: chosen(table[name], of[0], name, of[2].words)},
    ]


def _scale(lower):
    value = lower.re_extract(r"^([1-5])(?:\.0+)?(?: ?/ ?5)?$", 1)
    return value.try_cast("int64")


def _of_text(convert: Callable) -> Callable:
    return lambda name, of: [lambda table: {name: convert(table[f"folded_{name}"])}]


_PARSERS: dict[str, Callable] = {
    TIME: _time,
    MONEY: _money,
    HOURS: _hours,
    NUMBER: _hours,
    COUNT: _count,
    CHOICE: _choice,
    SCALE: _of_text(_scale),
    EMAIL: lambda name, of: email_stages(name),
    PHONE: lambda name, of: phone_stages(name, region=of[2].phone_region),
    ZIP: _of_text(zip_code),
    ID: lambda name, of: [lambda table: {name: squeezed(table[name]).nullif("")}],
}


def _spend_row(table, format, config: ClinicConfig):
    """Price hours, turn credits round, and refuse other negative spend but a platform's."""
    worked = table.hours * ibis.literal(str(config.staff_hourly_rate)).cast("decimal(18, 2)")
    worked = ((table.kind == "labor") & table.raw_amount.isnull()).ifelse(worked, None)
    table = step(table, kind=table.kind.fill_null("media"), amount=table.amount.coalesce(worked))
    credit = (table.amount < 0).fill_null(False) & ibis.literal(format.platform)
    kind = credit.ifelse("credit", table.kind)
    table = step(table, credit_amount=credit, kind=kind)
    fault = ibis.cases(
        (table.fault.notnull(), table.fault),
        (table.bad_amount, "bad_money:amount"),
        (table.bad_kind, "bad_choice:kind"),
        (table.amount.isnull(), "missing:amount"),
        (table.period_end < table.period_start, "ends_before_start:period_end"),
        ((table.amount < 0) & (table.kind != "credit"), "negative_spend:amount"),
        else_=ibis.null("string"),
    )
    signed = (table.kind == "credit").ifelse(-table.amount.abs(), table.amount)
    kind = (table.kind == "credit").ifelse("media", table.kind)
    return step(table, fault=fault, amount=signed.cast("decimal(18, 2)"), kind=kind)


def _totals_row(table, format, config: ClinicConfig):
    """Refuse rows that contradict themselves: all their counts are of their own leads."""
    more = [
        ((table[name] > table[of]).fill_null(False), f"more_than_of:{name}")
        for name, whole in _PART_OF.items()
        for of in whole
    ]
    fault = ibis.cases(
        (table.fault.notnull(), table.fault),
        (table.period_end < table.period_start, "ends_before_start:period_end"),
        *more,
        else_=ibis.null("string"),
    )
    return step(table, fault=fault)


def _screening_row(table, format, config: ClinicConfig):
    """Tell who was not screened yet, by a blank or in words, from an outcome that is no word."""
    not_yet = (table.outcome == NOT_YET) | (table.outcome.isnull() & ~table.bad_outcome)
    return step(table, fault=not_yet.fill_null(False).ifelse(NOT_SCREENED, table.fault))


def _campaign_row(table, format, config: ClinicConfig):
    late = (table.ends_on < table.starts_on).fill_null(False)
    fault = ibis.cases(
        (table.fault.notnull(), table.fault),
        (late, "ends_before_start:ends_on"),
        else_=ibis.null("string"),
    )
    return step(table, fault=fault, kind=table.kind.fill_null("campaign"))


def _payment_row(table, format, config: ClinicConfig):
    """Make refunds negative however they are written; a bad kind is no payment.

    A row called void takes a payment back where it is negative; else it was never collected.
    """
    void = token(table.raw_kind).startswith("void") & (table.amount > 0)
    table = step(table, kind=void.fill_null(False).ifelse("adjustment", table.kind))
    fault = ibis.cases(
        (table.fault.notnull(), table.fault),
        (table.bad_kind, "bad_choice:kind"),
        (table.bad_refunded, "bad_money:refunded"),
        else_=ibis.null("string"),
    )
    table = step(table, fault=fault, kind=table.kind.fill_null("payment"))
    signed = (table.kind == "refund").ifelse(-table.amount.abs(), table.amount)
    left = signed - table.refunded.abs().fill_null(0)
    return step(table, amount=left.cast("decimal(18, 2)")).drop("refunded")


#: A stage to those that its leads have all reached.
_PART_OF = {
    "mql": ("leads",),
    "screened": ("leads",),
    "sql": ("leads", "mql", "screened"),
    "patients": ("leads",),
}
_ROW_RULES: dict[str, Callable] = {
    "screenings": _screening_row,
    "spend": _spend_row,
    "totals": _totals_row,
    "campaigns": _campaign_row,
    "payments": _payment_row,
}
