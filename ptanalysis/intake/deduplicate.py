"""The as-of date, and records exported more than once: which copy of a row is used."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import ibis

from ptanalysis.intake.changed_ids import with_alike
from ptanalysis.intake.clean import folded, step

AFTER = "excluded:after_as_of"
AGAIN = "duplicates:exported_again"

#: The time that decides whether a row is known at the as-of date.
TIMES = {
    "inquiries": "received_at",
    "screenings": "screened_at",
    "visits": "visit_at",
    "payments": "paid_at",
    "spend": "period_end",
    "totals": "period_end",
    "campaigns": "starts_on",
}
#: What makes two rows the same record; an inquiry's id is no other's (`record_ids`).
KEYS = {
    "inquiries": ("inquiry_id",),
    "screenings": ("inquiry_id", "screened_at"),
    "visits": ("inquiry_id", "visit_at"),
    "payments": ("inquiry_id", "payment_id", "paid_at", "amount", "kind", "nth"),
    "stages": ("format", "record_id", "who", "content"),
    "campaigns": ("label", "starts_on"),
    "patients": ("inquiry_id",),
}
_STATUS = {"attended": 0, "no_show": 1, "canceled": 2, "booked": 3}
_STAGES = ("lead_at", "mql_at", "screened_at", "sql_at", "patient_at", "lost_at")


def with_fate(table, places: Sequence[tuple[int, int]], fate: str):
    """Return a table with this fate of the rows at these places, each a file and a row of it."""
    if not places:
        return table
    marks = ibis.memtable(places, columns=["file", "row"]).mutate(marked=True)
    joined = step(table.left_join(marks, ["file", "row"]).select(*table.columns, "marked"))
    fates = joined.marked.fill_null(False).ifelse(fate, joined.fate)
    return step(joined, fate=fates).drop("marked")


def known(table, kind: str, as_of: date):
    """Mark rows dated after `as_of`; blank the single times after it that a row holds.

    A spend period that ends after `as_of` is not split: it is left out whole.
    """
    limit = ibis.timestamp(str(as_of + timedelta(days=1)))
    if kind in TIMES:
        late = table.fate.isnull() & (table[TIMES[kind]] >= limit)
        table = step(table, fate=late.ifelse(AFTER, table.fate))
    for name in {"stages": _STAGES, "campaigns": ("ends_on",)}.get(kind, ()):
        table = step(table, **{name: (table[name] >= limit).ifelse(None, table[name])})
    return table


def newest(table, kind: str, *, reports: Sequence[int] = ()):
    """Mark all copies of a record but the one of the latest quarter folder.

    Copies within one quarter: the fuller one, then the one that sorts first, so that the order of
    files and rows never matters. Payments that are alike within one file are all used; where they
    have ids, a later export of an id replaces all rows of it, and another id is another payment.
    So do stages: by the export's own row id and the same person or day; without one, a later
    export's rows of an inquiry replace all earlier ones, and rows of one quarter that say different
    things all count.

    Parameters
    ----------
    table : ibis Table
        Rows of a kind of KEYS, spend or totals.
    kind : str
    reports : sequence of int
        Files of ad platforms, of whose spend `overlapping_exports` decides.

    Returns
    -------
    ibis Table
        With ``here``: whether the copy that counts is in the same file.
    """
    if kind in ("spend", "totals"):
        by_hand = table.file.notin(reports or [-1])
        keys = [*_spend_key(table), by_hand.ifelse(0, table.file + 1)]
        return step(_newest_export(table, keys), here=ibis.literal(False))
    if kind == "campaigns":
        table = step(table, label=folded(table.campaign))
        table = _newest_export(table, ["label"])
    if kind == "payments":
        table = _numbered(_renewed(table))
    if kind == "stages":
        table = _of_records(table)
    keys = [table[name] for name in KEYS[kind]]
    window = ibis.window(group_by=[*keys, table.fate], order_by=_order(table, kind))
    table = step(table, place=ibis.row_number().over(window), kept=table.file.first().over(window))
    # A payment without an id is a record of its own: none replaces another.
    named = table.inquiry_id.notnull() if kind == "payments" else ibis.literal(True)
    again = table.fate.isnull() & (table.place > 0) & named
    here = again & (table.kept == table.file)
    table = step(table, fate=again.ifelse(AGAIN, table.fate), here=here)
    return table.drop(*(name for name in _ADDED if name in table.columns))


def _renewed(table):
    """Mark payments whose id a later export holds; ids count where all of a format have one."""
    some = table.payment_id.isnull().any().over(ibis.window(group_by=table.format))
    table = step(table, payment_id=some.ifelse(None, table.payment_id))
    table = with_alike(table, "payment_id", "payment_id")
    keys = ["format", "inquiry_id", "payment_id"]
    return _newest_export(table, keys, needs="payment_id")


def _of_records(table):
    """Mark stages without a row id that a later export repeats; keep the content of the others."""
    table = _newest_export(table, ["format", "record_id", "inquiry_id"])
    said = [table[name].cast("string").fill_null("") for name in ("inquiry_id", *_STAGES)]
    table = step(
        table,
        content=table.record_id.isnull().ifelse(ibis.literal("\x1f").join(said), None),
        day=ibis.least(*(table[name] for name in _STAGES)).date(),
    )
    table = with_alike(table, "record_id", "record_id")
    record = [table.format, table.record_id]
    of_day = table.inquiry_id.min().over(ibis.window(group_by=[*record, table.day]))
    table = step(table, who=table.day.notnull().ifelse(of_day, table.inquiry_id))
    same = ibis.window(group_by=[table.format, table.record_id, table.inquiry_id])
    return step(table, who=table.who.min().over(same))


def _numbered(table):
    alike = [table[name] for name in ("file", "fate", *KEYS["payments"][:-1])]
    return step(table, nth=ibis.row_number().over(ibis.window(group_by=alike, order_by=table.row)))


def _order(table, kind: str) -> list:
    content = [name for name in sorted(table.columns) if name not in _PLACE]
    filled = sum(table[name].notnull().cast("int64") for name in content)
    order = [table.age.desc()]
    if kind == "visits":
        cases = [(table.status == status, rank) for status, rank in _STATUS.items()]
        order.append(ibis.cases(*cases, else_=len(_STATUS)))
    return [*order, filled.desc(), *(table[name] for name in content), table.file, table.row]


_ADDED = ("place", "kept", "nth", "label", "content", "who", "day")
_PLACE = ("file", "age", "row", "format", "fate", *_ADDED)


def _spend_key(table) -> list:
    labels = [
        folded(table[name]).fill_null("") for name in ("source", "medium", "campaign", "vendor")
    ]
    kind = [table.kind] if "kind" in table.columns else []
    return [table.period_start, table.period_end, *kind, *labels]


def _newest_export(table, keys: list, *, needs: str | None = None):
    """Mark rows whose key a later quarter's export holds again; a row that `needs` one has it."""
    window = ibis.window(group_by=[*keys, table.fate])
    table = step(table, newest=table.age.max().over(window))
    older = table.fate.isnull() & (table.age < table.newest)
    if needs:
        older = older & table[needs].notnull()
    return step(table, fate=older.ifelse(AGAIN, table.fate)).drop("newest")


def last_time(table, kind: str) -> object:
    """Return the last time a table tells of (booked visits and coming campaigns aside)."""
    names = _STAGES if kind == "stages" else (TIMES[kind],) if kind in _HAPPENED else ()
    if not names:
        return None
    times = [table[name].max() for name in names]
    return (ibis.greatest(*times) if len(times) > 1 else times[0]).execute()


_HAPPENED = ("inquiries", "screenings", "payments", "spend", "totals")
