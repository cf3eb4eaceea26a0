"""From a raw text table to the plain tables, by the rules of a format.

A rule is a column's name, or a table with one of `column`, `constant`, `fact` (of the lines above
the header), `first_of` (the first that is not blank) or `join` (put together), and optionally, in
this order: `before` (the text up to a separator), `strip` (a regular expression taken away),
`first` (so many characters), `word` ("first" or "rest" of a name, "First Last" or "Last, First"),
`first_day` or `last_day` (of the "week", "month" or "quarter" a column names, `within` a fact),
`values` (a map, any case), `patterns` (pairs of a regular expression and what it becomes, any
case), `otherwise` (for values that neither names), and `when` (only rows that meet a condition).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import ibis

from ptanalysis.intake.read.calendar_months import edge_of
from ptanalysis.intake.read.format_model import KINDS, Format, source_columns
from ptanalysis.intake.read.text_table import ROW

_NOTHING = ibis.null("string")
#: What people write before and after a name.
_TITLES = r"(?i)^\s*(mr|mrs|ms|miss|dr)\.?\s+|,?\s+(jr|sr|ii|iii|iv|md|dpt|pt|phd)\.?\s*$|,\s*$"
#: What is taken off a cell; to look for it costs a third of taking it off.
_EDGE = r"^[\s\x{0B}]|[\s\x{0B}]$"
#: What a row beside the main table must say to be one: who was not screened is no screening.
SAYS = {
    "screenings": "outcome",
    "visits": "visit_at",
    "spend": "amount",
    "patients": "inquiry_id",
}


def plain_tables(raw, format: Format, facts: Mapping[str, str]) -> dict[str, object]:
    """Return the tables of `format`, each with every column of its kind, and `row`.

    Parameters
    ----------
    raw : ibis Table
        Columns named as in the format, and `row`.
    format : Format
    facts : mapping
        What the file says of all its rows, like the period of a report.
    """
    made = {
        kind: raw.select(
            **{name: value(raw, rules.get(name), facts) for name in KINDS[kind]}, **{ROW: raw[ROW]}
        )
        for kind, rules in format.tables.items()
        if kind == format.kind or _tells(raw, rules, kind)
    }
    for kind in made.keys() & SAYS.keys() - {format.kind}:
        made[kind] = made[kind].filter(made[kind][SAYS[kind]].notnull())
    return made


def _tells(raw, rules: Mapping[str, object], kind: str) -> bool:
    """Return whether a file has a column for what a table beside the main one says."""
    return kind not in SAYS or any(
        name in raw.columns for name in source_columns(rules.get(SAYS[kind]))
    )


def value(raw, rule: object, facts: Mapping[str, str]):
    """Return the text expression of one rule; a blank cell is missing."""
    if rule is None:
        return _NOTHING
    if isinstance(rule, str):
        return cell(raw, rule)
    found = _changed(_base(raw, rule, facts), rule)
    if "values" in rule or "patterns" in rule:
        found = _mapped(found, rule)
    if "when" in rule:
        found = ibis.cases((matches(raw, rule["when"]), found), else_=_NOTHING)
    return found


def cell(raw, name: str):
    """Return a column as text, missing where it is blank or not in the file."""
    if name not in raw.columns:
        return _NOTHING
    return raw[name].re_search(_EDGE).ifelse(raw[name].strip(), raw[name]).nullif("")


def matches(raw, condition: Mapping[str, object]):
    """Return whether a row meets a condition; every part given must hold.

    Parts: `in` and `not_in` (one of, any case), `contains` and `lacks` (any of, none of, any case),
    `pattern` (a regular expression searched for), `blank` (true or false).
    """
    text = cell(raw, condition["column"])
    lower = text.lower().fill_null("")
    tests = {
        "in": lambda words: lower.isin([word.casefold() for word in words]),
        "not_in": lambda words: lower.notin([word.casefold() for word in words]),
        "contains": lambda words: _any_in(lower, words),
        "lacks": lambda words: ~_any_in(lower, words),
        "pattern": lambda pattern: text.fill_null("").re_search(pattern),
        "blank": lambda wanted: text.isnull() if wanted else text.notnull(),
    }
    return ibis.and_(*(tests[key](part) for key, part in condition.items() if key in tests))


def _any_in(lower, words: Sequence[str]):
    return ibis.or_(*(lower.contains(word.casefold()) for word in words))


def _base(raw, rule: Mapping[str, object], facts: Mapping[str, str]):
    if "constant" in rule:
        return ibis.literal(rule["constant"], "string")
    if "fact" in rule:
        return ibis.literal(facts.get(rule["fact"]), "string")
    if "first_of" in rule:
        return ibis.coalesce(*(value(raw, part, facts) for part in rule["first_of"]))
    if "join" in rule:
        parts = [value(raw, part, facts).fill_null("") for part in rule["join"]]
        return ibis.literal(" ").join(parts).strip().nullif("")
    if rule.keys() & {"first_day", "last_day"} and rule["column"] in raw.columns:
        return _edges(raw, rule, facts)
    return cell(raw, rule["column"])


def _changed(found, rule: Mapping[str, object]):
    if "before" in rule:
        found = found.split(rule["before"])[0]
    if "strip" in rule:
        found = found.re_replace(rule["strip"], "")
    if "first" in rule:
        found = found.left(rule["first"])
    if "word" in rule:
        found = _of_name(found, rule["word"])
    found = found.strip().nullif("")
    return ibis.literal(rule["prefix"]) + found if "prefix" in rule else found


def _of_name(text, word: str):
    """Return the first name or the rest of a name written "First Last" or "Last, First"."""
    plain = text.re_replace(_TITLES, "").strip()
    first = plain.split(" ")[0]
    turned = plain.re_extract(r"^([^,]*),\s*(\S*)", 2 if word == "first" else 1)
    straight = first if word == "first" else plain.substr(first.length())
    return plain.contains(",").ifelse(turned, straight)


def _edges(raw, rule: Mapping[str, str], facts: Mapping[str, str]):
    """Return the first or last days of the weeks, months or quarters that a column names.

    A report names few of them, so that each is read once.
    """
    text, last = cell(raw, rule["column"]), "last_day" in rule
    unit = rule["last_day"] if last else rule["first_day"]
    within = facts.get(rule.get("within", ""), "")
    named = raw.select(text=text).distinct().execute()["text"].dropna()
    days = {each: edge_of(each, unit, last=last, within=within) for each in sorted(named)}
    return text.substitute(days) if days else text


def _mapped(found, rule: Mapping[str, object]):
    lower = found.lower()
    cases = [(lower == word.casefold(), new) for word, new in rule.get("values", {}).items()]
    cases += [(lower.re_search(pattern), new) for pattern, new in rule.get("patterns", ())]
    return ibis.cases(*cases, else_=rule.get("otherwise", found)).nullif("")
