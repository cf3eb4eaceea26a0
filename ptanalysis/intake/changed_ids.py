"""Ids that a spreadsheet changed, or a CRM merged: the record they can only mean.

An id is changed where it has no record as it stands: written 100.0, 1E+05 or 1,000, without its
zeros in front, in other capitals; or given up when two contacts were merged. It means a record
where only one fits, and a cell that names several the first that has a record; else it stays, and
is reported by `ptanalysis.intake.unmatched_rows`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import ibis

from ptanalysis.definitions import Problem
from ptanalysis.intake.clean import squeezed, step
from ptanalysis.intake.clean.text_folding import part
from ptanalysis.intake.engine import stored
from ptanalysis.intake.patient_lists import PREFIX
from ptanalysis.intake.read import KINDS, SourceFile

MERGED = "duplicates:merged_record"
#: Between an id and what makes it unique; no cell holds it.
MARK = "\x1f"
#: Kinds whose rows name an inquiry or a patient by its id.
NAMING = ("screenings", "visits", "payments", "stages")
_GROUPED = r"^\d{1,3}([, '’]\d{3})+(\.0+)?$"
#: A number as a spreadsheet shortens it.
SHORT = r"^\d([.,]\d+)?e\+?\d{1,2}$"
#: Between the ids of a cell that names several.
_BETWEEN = r"\s*[;|,\n]\s*|\s+(?:/|&|and)\s+"
#: Ids of Salesforce tell capitals apart; those of 18 characters are those of 15 and a checksum.
_SALESFORCE = r"^[a-zA-Z0-9]{15}([A-Z0-5]{3})?$"
_SAID = {
    "merged": (
        "merged_ids",
        "the id is of a contact that was merged into another; the row counts for that one",
        "nothing to do",
    ),
    "alike": (
        "changed_ids",
        "the id differs from its record's in capitals, spaces, zeros in front, thousands "
        "separators, .0 at the end or E+; only one record fits, and the row counts for it",
        "nothing to do; to keep ids as they are, export them as text and do not save them in Excel",
    ),
    "listed": (
        "several_contacts",
        "the cell names several contacts; the row counts once, for the first that is an inquiry",
        "nothing to do, or name one contact",
    ),
}


def met(tables: dict, files: Sequence[SourceFile], connection) -> tuple[dict, list[Problem]]:
    """Give rows that name an inquiry or patient by a changed id the id of its record.

    Parameters
    ----------
    tables : dict of kind to ibis Table
        Typed rows with ``file, age, row, format, fate``.
    files : sequence of SourceFile
    connection : ibis backend

    Returns
    -------
    tables : dict of kind to ibis Table
        Inquiries that were merged into another are MERGED; rows of a system that exports its
        inquiries never name another system's.
    problems : list of Problem
        A note for each file with such ids.
    """
    if "inquiries" not in tables:
        return tables, []

    def keep(expression):
        return stored(connection, expression)

    inquiries, merged = _merged(tables["inquiries"], keep)
    records = keep(_records(inquiries, tables.get("patients")))
    found, problems = {**tables, "inquiries": inquiries}, []
    known = records.filter(records.system != "").select("system").distinct().execute()["system"]
    for kind in (kind for kind in NAMING if kind in tables):
        table = _with_home(tables[kind], list(known))
        missing = keep(_missing(table, records))
        if missing.count().execute():
            found[kind] = keep(_renamed(table, keep(_meant(missing, records, merged)), missing))
            problems += _told(found[kind], files)
            found[kind] = found[kind].drop("home", "way")
    return found, problems


def system(table):
    """Return the system a format belongs to: its name's first word, none for the templates."""
    template = table.format.isin(list(KINDS))
    return template.ifelse("", table.format.re_extract(r"^[^_]*", 0))


def with_alike(table, name: str, column: str):
    """Add a column's ids without what a spreadsheet adds or takes away, a step at a time.

    Examples
    --------
    >>> ids = ibis.memtable({"id": ["'0101", "101.0", "1,000", "1E+05", " i-7"]})
    >>> with_alike(ids, "id", "id").id.execute().tolist()
    ['101', '101', '1000', '100000', 'i-7']
    """
    columns, inquiry_id = dict.fromkeys([*table.columns, name]), table[column]
    listed = inquiry_id.startswith(PREFIX)
    number = listed.ifelse(inquiry_id.substr(len(PREFIX)), inquiry_id)
    table = step(table, _id=squeezed(number), _listed=listed)
    table = step(table, _id=table._id.re_replace(r"""^[='"#]+|['"]+$""", "").strip())
    for plain in (_without_groups, _whole, _of_power, _without_zeros):
        table = step(table, _id=plain(table._id))
    number = table._listed.ifelse(ibis.literal(PREFIX) + table._id, table._id)
    return step(table, **{name: number}).select(*columns)


def _without_groups(text):
    mixed = text.re_search("[a-z]") & text.re_search("[A-Z]")
    return ibis.cases(
        (text.re_search(_GROUPED), text.re_replace(r"[, '’]", "")),
        (mixed & text.re_search(_SALESFORCE), text.left(15)),
        else_=text.lower().replace(" ", ""),
    )


def _whole(text):
    return part(text, r"^(\d+)[.,]0+$", 1).coalesce(text)


def _of_power(text):
    whole = text.replace(",", ".").try_cast("float64").round().cast("int64").cast("string")
    return text.re_search(SHORT).ifelse(whole, text)


def _without_zeros(text):
    return part(text, r"^0+(\d+)$", 1).coalesce(text)


def _merged(inquiries, keep: Callable):
    """Mark inquiries that a later export says were merged; return them, and what became whose."""
    live = inquiries.filter(inquiries.fate.isnull() & inquiries.merged_ids.notnull())
    live = live.mutate(system=system(live), old=live.merged_ids.re_split(r"[;,\s]+").unnest())
    old = step(live.select("system", "inquiry_id", "age", old=live.old.re_extract(r"^[^:]+", 0)))
    old = old.filter(old.old != "")
    old = with_alike(with_alike(old, "look", "old"), "own", "inquiry_id")
    old = old.filter(old.look != old.own)
    old = keep(old.group_by("system", "old", "inquiry_id").aggregate(age=old.age.max()))
    if not old.count().execute():
        return inquiries, old
    turned = old.select("system", old="inquiry_id", inquiry_id="old")
    old = step(old.anti_join(turned, ["system", "old", "inquiry_id"]))
    newest = old.group_by("system", "old").aggregate(newest=old.age.max())
    table = step(inquiries, system=system(inquiries), old=inquiries.inquiry_id)
    table = step(table.left_join(newest, ["system", "old"]).select(*table.columns, "newest"))
    gone = table.fate.isnull() & (table.age <= table.newest).fill_null(False)
    table = step(table, fate=gone.ifelse(MERGED, table.fate))
    last = old.select("system", inquiry_id="old", last="inquiry_id")
    old = step(old.left_join(last, ["system", "inquiry_id"]).select(*old.columns, "last"))
    old = step(old, inquiry_id=old["last"].coalesce(old.inquiry_id)).drop("last")
    return keep(table.drop("system", "old", "newest")), keep(old)


def _records(inquiries, patients):
    """Return the ids that rows may name, each with its system."""
    found = inquiries.filter(inquiries.fate.fill_null("") != MERGED)
    found = found.select("inquiry_id", system=system(found)).distinct()
    if patients is None:
        numbers = found.mutate(inquiry_id=ibis.literal(PREFIX) + found.inquiry_id)
        return ibis.union(found, numbers)
    return ibis.union(found, patients.select("inquiry_id", system=ibis.literal("")).distinct())


def _with_home(table, known: Sequence[str]):
    """Add the system (of those `known`) whose inquiries alone a row may name; else blank."""
    own = system(table).isin(known) & ~table.inquiry_id.startswith(PREFIX)
    return step(table, home=own.fill_null(False).ifelse(system(table), ""))


def _missing(table, records):
    """Return the ids and homes of rows that no record has as they stand."""
    named = table.filter(table.fate.isnull() & table.inquiry_id.notnull())
    named = named.select("inquiry_id", "home").distinct()
    anywhere = records.select("inquiry_id", home=ibis.literal("")).distinct()
    own = records.select("inquiry_id", home="system")
    return named.anti_join(ibis.union(anywhere, own), ["inquiry_id", "home"])


def _meant(missing, records, merged):
    """Return the record that each missing id can mean: merged into it, else alike, else listed."""
    wanted = with_alike(missing, "key", "inquiry_id")
    old = with_alike(merged, "key", "old").select("system", "key", meant="inquiry_id")
    same = with_alike(records, "key", "inquiry_id")
    same = same.select("system", "key", meant="inquiry_id")
    by_merge = _fitting(wanted, old).mutate(way=ibis.literal("merged"))
    by_look = _fitting(wanted, same).mutate(way=ibis.literal("alike"))
    by_look = by_look.anti_join(by_merge, ["inquiry_id", "home"])
    by_look = by_look.anti_join(_rounded(wanted, records), "inquiry_id")
    one = ibis.union(by_merge, by_look)
    listed = _listed(wanted, ibis.union(old, same)).mutate(way=ibis.literal("listed"))
    return ibis.union(one, listed.anti_join(one, ["inquiry_id", "home"]))


def _listed(wanted, records):
    """Return the first record that an id of several, like "12; 15", names."""
    text = wanted.inquiry_id
    several = wanted.filter(text.re_search(_BETWEEN) & ~text.re_search(_GROUPED))
    several = step(several, name=several.inquiry_id.re_split(_BETWEEN))
    each = step(several.unnest("name", offset="place"))
    each = with_alike(each, "key", "name")
    one = _fitting(each.select("home", "key", inquiry_id="name").distinct(), records)
    one = one.select("home", "meant", name="inquiry_id")
    found = each.inner_join(one, ["home", "name"])
    return found.group_by("inquiry_id", "home").aggregate(meant=found.meant.argmin(found.place))


def _fitting(wanted, records):
    """Return the wanted ids that exactly one record of their home fits."""
    pairs = wanted.inner_join(records, "key")
    pairs = pairs.filter((pairs.home == "") | (pairs.home == pairs.system))
    found = pairs.group_by("inquiry_id", "home").aggregate(
        meant=pairs.meant.min(), records=pairs.meant.nunique()
    )
    return step(found.filter(found.records == 1)).drop("records")


def _rounded(wanted, records):
    """Return the ids like 1E+05 that may be the rounding of several records' numbers."""
    short = wanted.filter(wanted.inquiry_id.lower().re_search(SHORT))
    power = short.inquiry_id.lower().re_extract(r"e\+?(\d+)$", 1).try_cast("float64")
    decimals = short.inquiry_id.re_extract(r"[.,](\d+)", 1).fill_null("").length()
    half = ibis.literal(10.0).pow(power - decimals) / 2
    at = short.key.try_cast("float64")
    short = short.select("inquiry_id", low=at - half, high=at + half)
    numbers = with_alike(records, "number", "inquiry_id")
    numbers = numbers.select(number=numbers.number.try_cast("float64"))
    numbers = numbers.filter(numbers.number.notnull())
    within = [short.low <= numbers.number, short.high > numbers.number]
    near = short.inner_join(numbers, within)
    several = near.group_by("inquiry_id").aggregate(numbers=near.number.nunique())
    return several.filter(several.numbers > 1)


def _renamed(table, meant, missing):
    """Replace changed ids; one that its own system lacks is made to fit no other's."""
    keys = ["inquiry_id", "home"]
    joined = step(table.left_join(meant, keys).select(*table.columns, "meant", "way"))
    strange = missing.filter(missing.home != "").mutate(strange=True)
    joined = step(joined.left_join(strange, keys).select(*joined.columns, "strange"))
    foreign = joined.home + ibis.literal(MARK) + joined.inquiry_id
    left = joined.strange.fill_null(False).ifelse(foreign, joined.inquiry_id)
    live = joined.fate.isnull()
    return step(
        joined,
        inquiry_id=live.ifelse(joined.meant.coalesce(left), joined.inquiry_id),
        way=live.ifelse(joined.way, None),
    ).drop("meant", "strange")


def _told(table, files: Sequence[SourceFile]) -> Iterator[Problem]:
    rows = table.filter(table.way.notnull())
    found = rows.group_by("file", "way").aggregate(rows=rows.count(), row=rows.row.min())
    for each in found.order_by("file", "way").execute().itertuples():
        code, what, fix = _SAID[each.way]
        yield Problem(
            code=code,
            severity="note",
            file=files[int(each.file)].file,
            row=int(each.row),
            column="inquiry_id",
            count=int(each.rows),
            what=what,
            fix=fix,
        )
