"""Campaigns, vendors and sources: one spelling each, and only the clinic's own may pass."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

import ibis

from ptanalysis.definitions import normal
from ptanalysis.intake.clean import folded, step
from ptanalysis.privacy.redact import personal

#: Labels that are compared, and the kinds of tables in which they join.
_LISTED = ("spend", "campaigns", "totals")
_JOINED = {
    "campaign": (*_LISTED, "inquiries"),
    "vendor": (*_LISTED, "inquiries"),
    "source": _LISTED,
    "medium": _LISTED,
}
#: What link builders and analytics write where there is no campaign, in its normal form.
_NONE = ("", "(not set)", "not set", "(none)", "(direct)", "(organic)", "(referral)", "undefined")


def with_one_spelling(tables: Mapping[str, object], store: Callable) -> dict:
    """Write campaigns, vendors, sources and mediums that are one label in one spelling.

    Labels are one where their normal form (`ptanalysis.definitions.normal`) is. The spelling is the
    commonest of the clinic's own lists, spend and campaigns; a label that is not in them stays.

    Parameters
    ----------
    tables : mapping of kind to ibis Table
        Typed rows.
    store : callable
        Computes a table once.

    Returns
    -------
    dict
        The tables, as many rows in each.
    """
    made = dict(tables)
    for column, kinds in _JOINED.items():
        there = [kind for kind in kinds if kind in made]
        known = _spellings([made[kind] for kind in there if kind in _LISTED], column)
        for kind in there:
            blank = _NONE if "inquiries" in kinds else ()
            made[kind] = _spelled(made[kind], column, known=known, blank=blank, store=store)
    return made


def _spellings(listed: Sequence, column: str) -> dict[str, str]:
    """Return the commonest spelling of each label, by its normal form."""
    counts = Counter()
    for table in listed:
        given = table.filter(table[column].notnull())
        found = given.group_by(column).aggregate(rows=given.count())
        counts.update({row[0]: int(row[1]) for row in found.execute().itertuples(index=False)})
    rarest_first = sorted(sorted(counts, reverse=True), key=counts.__getitem__)
    return {normal(label): " ".join(label.split()) for label in rarest_first}


def _spelled(table, column: str, *, known: dict[str, str], blank: Sequence, store: Callable):
    given = table.filter(table[column].notnull()).select(column).distinct()[column].execute()
    changed = {
        label: None if normal(label) in blank else known.get(normal(label), label)
        for label in given
    }
    changed = {label: new for label, new in changed.items() if new != label}
    if not changed:
        return table
    new = ibis.memtable(list(changed.items()), schema={"_label": "string", "_spelling": "string"})
    joined = step(table.left_join(new, table[column] == new._label))
    kept = joined._label.isnull().ifelse(joined[column], joined._spelling)
    return store(joined.mutate(**{column: kept}).select(*table.columns))


def business_labels(tables: Sequence, column: str, inquiries):
    """Return the labels of `column` that a clinic's own lists hold, and how many are left out.

    A label with an address, a number or the full name of a person who inquired never passes.

    Parameters
    ----------
    tables : sequence of ibis Tables
        Spend, campaigns and totals.
    column : str
        ``campaign`` or ``vendor``.
    inquiries : ibis Table
        Every inquiry read, those that are not used too.

    Returns
    -------
    labels : ibis Table
        ``key`` (folded) and ``label`` (its first spelling).
    left_out : int
    """
    listed = ibis.union(*(table.select(label=table[column]) for table in tables))
    listed = step(listed.filter(listed.label.notnull()), key=folded(listed.label))
    listed = listed.filter(listed.key.notnull()).view()
    spelled = listed.distinct().execute()
    found = personal(spelled["label"], inquiries)
    unfit = set(spelled["key"][spelled["label"].isin(found)])
    kept = listed.filter(listed.key.notin(sorted(unfit))) if unfit else listed
    return kept.group_by("key").aggregate(label=kept.label.min()), len(unfit)


def with_label(table, column: str, labels):
    """Replace `column` by its business-owned spelling; other labels become missing.

    The table gains ``withheld_<column>``: whether a label was given and did not pass.
    """
    keyed = step(table, _key=folded(table[column]))
    joined = keyed.left_join(labels, keyed._key == labels.key)
    joined = step(joined.select(*keyed.columns, "label"))
    hidden = joined._key.notnull() & joined.label.isnull()
    return step(joined, **{column: joined.label, f"withheld_{column}": hidden}).drop(
        "_key", "label"
    )
