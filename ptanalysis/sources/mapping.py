"""From a raw text table to the plain tables, by the rules of a format.

A rule is a column's name, or a table with one of `column`, `constant`, `fact`, `first_of`, `join`,
and optionally `values` (a map, any case; `otherwise` for values it does not name), `before` (the
text up to a separator) and `when` (only rows in which a column has one of some values).
"""

from __future__ import annotations

from collections.abc import Mapping

import ibis

from ptanalysis.sources.formats import KINDS, Format
from ptanalysis.sources.load import ROW


def plain_tables(raw, format: Format, facts: Mapping[str, str]) -> dict[str, object]:
    """Return the tables of `format`, each with every column of its kind, and `row`.

    Parameters
    ----------
    raw : ibis Table
        Columns named as in the format.
    format : Format
    facts : mapping
        What the file says of all its rows, like the period of a report.
    """
    return {
        kind: raw.select(
            **{name: value(raw, rules.get(name), facts).name(name) for name in KINDS[kind]},
            **{ROW: raw[ROW]},
        )
        for kind, rules in format.tables.items()
    }


def value(raw, rule: object, facts: Mapping[str, str]):
    """Return the text expression of one rule; a blank cell is missing."""
    if rule is None:
        return ibis.null("string")
    if isinstance(rule, str):
        return cell(raw, rule)
    found = _base(raw, rule, facts)
    if "before" in rule:
        found = found.split(rule["before"])[0].strip()
    if "values" in rule:
        found = _mapped(found, rule)
    if "when" in rule:
        found = ibis.cases((matches(raw, rule["when"]), found), else_=ibis.null("string"))
    return found


def cell(raw, name: str):
    """Return a column as text, missing where it is blank or not in the file."""
    if name not in raw.columns:
        return ibis.null("string")
    return raw[name].strip().nullif("")


def matches(raw, condition: Mapping[str, object]):
    """Return whether a row meets a condition; every part given must hold.

    Parts: `in` (one of, any case), `starts`, `contains` (any of, any case), `pattern` (a regular
    expression searched), `blank` (true or false).
    """
    text = cell(raw, condition["column"])
    lower = text.lower().fill_null("")
    tests = {
        "in": lambda words: lower.isin([word.casefold() for word in words]),
        "starts": lambda words: ibis.or_(*(lower.startswith(w.casefold()) for w in words)),
        "contains": lambda words: ibis.or_(*(lower.contains(w.casefold()) for w in words)),
        "pattern": lambda pattern: text.fill_null("").re_search(pattern),
        "blank": lambda wanted: text.isnull() if wanted else text.notnull(),
    }
    return ibis.and_(*(tests[key](part) for key, part in condition.items() if key in tests))


def _base(raw, rule: Mapping[str, object], facts: Mapping[str, str]):
    if "constant" in rule:
        return ibis.literal(rule["constant"], "string")
    if "fact" in rule:
        return ibis.literal(facts.get(rule["fact"]), "string")
    if "first_of" in rule:
        return ibis.coalesce(*(value(raw, part, facts) for part in rule["first_of"]))
    if "join" in rule:
        parts = [value(raw, part, facts).fill_null("") for part in rule["join"]]
        return ibis.literal(rule.get("with", " ")).join(parts).strip().nullif("")
    return cell(raw, rule["column"])


def _mapped(found, rule: Mapping[str, object]):
    lower = found.lower()
    cases = [(lower == word.casefold(), new) for word, new in rule["values"].items()]
    otherwise = rule.get("otherwise")
    return ibis.cases(*cases, else_=found if otherwise is None else otherwise).nullif("")
