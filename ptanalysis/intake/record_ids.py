"""Ids that are not unique: two systems that count alike, or a sheet numbered anew each quarter.

A copy of an inquiry has the same id in the same system, and the same person or day. Other rows of
that id are inquiries of their own: each gets an id that no other has, and what names the id goes
to the one it can only belong to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import ibis

from ptanalysis.definitions import Problem
from ptanalysis.intake.changed_ids import MARK, NAMING, system
from ptanalysis.intake.classify.events import STAGES
from ptanalysis.intake.clean import name, step, usable_email, usable_phone
from ptanalysis.intake.clean.cleaning_report import by_file
from ptanalysis.intake.deduplicate import TIMES
from ptanalysis.intake.engine import stored
from ptanalysis.intake.read import KINDS, SourceFile
from ptanalysis.intake.read.format_model import source_columns

AMBIGUOUS = "excluded:ambiguous_inquiry"
_PLACE = ["file", "row"]
_PERSON = ("email", "phone", "full_name")
#: So many of _PERSON are enough to say that two people differ, though the day is the same.
_WELL_KNOWN = 2
#: What makes two rows of an id one person's. Of a practice's number less is enough: a new list says
#: who the patient is now, and people marry and mistype.
_LINKS = {
    "inquiries": [*([one] for one in _PERSON), ["system", "day", "nth"]],
    "patients": [*([one] for one in _PERSON), ["given"], ["family"]],
}
#: What is asked of the rows of an id that several have.
_RECORD = ("inquiry_id", "own_id", "person", "first", "file", "row", "age", "system")


def unique(tables: dict, files: Sequence[SourceFile], connection) -> tuple[dict, list[Problem]]:
    """Give each inquiry an id of its own, and events the id of the inquiry they belong to.

    Parameters
    ----------
    tables : dict of kind to ibis Table
        Typed rows with ``file, age, row, format, fate``.
    files : sequence of SourceFile
    connection : ibis backend

    Returns
    -------
    tables : dict of kind to ibis Table
        An id that one inquiry alone has stays as it is; events of an id that several have and that
        may belong to more than one of them are AMBIGUOUS.
    problems : list of Problem
        Notes of files whose ids stand for other inquiries too; warnings where these, or what names
        them, cannot be distinguished.
    """
    if "inquiries" not in tables:
        return tables, []

    def keep(expression):
        return stored(connection, expression)

    made = [place for place, source in enumerate(files) if _is_made(source)]
    found, problems, every = dict(tables), [], []
    for kind in (kind for kind in _LINKS if kind in tables):
        records = _records(tables[kind], kind, made, keep)
        if records is not None:
            found[kind] = keep(_renamed(tables[kind], records))
            problems += _shared(records, kind, files)
            every.append(records.select(*_RECORD))
    if every:
        records = keep(ibis.union(*every)) if len(every) > 1 else every[0]
        for kind in (kind for kind in NAMING if kind in tables):
            found[kind] = keep(_resolved(tables[kind], kind, records, keep))
            problems += _unresolved(found[kind], kind, files)
    return found, problems


def _is_made(source: SourceFile) -> bool:
    """Return whether the ids of a file's inquiries are made of other columns."""
    if "inquiries" not in source.tables:
        return False
    rule = source.format.tables["inquiries"].get("inquiry_id")
    parts = [rule, *rule.get("first_of", ())] if isinstance(rule, dict) else []
    own = {name for each in parts[1:] if "join" not in each for name in source_columns(each)}
    joined = any(isinstance(each, dict) and "join" in each for each in parts)
    return rule is None or (joined and not own & set(source.header.positions))


def _records(table, kind: str, made: list[int], keep: Callable):
    """Return the rows of ids that several inquiries or patients have, with the ``own_id`` of each.

    None where there is no such id.
    """
    rows = keep(_suspects(table, made))
    rows = _linked(rows, "person", _LINKS[kind], keep)
    rows = keep(_with_days(rows))
    links = [["system", "person"], ["system", "same_time"], ["system", "same_day"]]
    rows = _linked(rows, "record", links, keep)
    several = rows.group_by("inquiry_id").aggregate(records=rows.record.nunique())
    rows = keep(rows.semi_join(several.filter(several.records > 1), "inquiry_id"))
    return keep(_with_own_id(rows)) if rows.count().execute() else None


def _suspects(table, made: list[int]):
    """Return the rows of ids that a file has twice, or with several days, systems or contacts."""
    live = table.filter(table.fate.isnull())
    if "received_at" not in live.columns:
        live = live.mutate(received_at=ibis.null("timestamp(6)"))
    live = step(live, day=live.received_at.date(), system=system(live))
    counts = live.group_by("inquiry_id").aggregate(
        again=live.count() > live.file.nunique(),
        most=ibis.greatest(*(live[each].nunique() for each in ("day", "system", "email", "phone"))),
    )
    odd = counts.filter(counts.again | (counts.most > 1))
    rows = _with_person(live.semi_join(odd, "inquiry_id"))
    rows = step(rows, made=rows.file.isin(made) if made else ibis.literal(False))
    alike = ibis.window(
        group_by=[rows.inquiry_id, rows.format, rows.file, rows.day, rows.known],
        order_by=[rows[name] for name in KINDS["inquiries"] if name in rows.columns] + [rows.row],
    )
    number = ibis.row_number().over(ibis.window(order_by=[rows.file, rows.row]))
    nth = (rows.made & (rows.known == 0)).ifelse(ibis.row_number().over(alike), None)
    return step(rows, nth=nth, person=number, record=number)


def _with_person(rows):
    """Add what a person is known by, and how much of it a row has."""
    rows = step(
        rows,
        email=usable_email(rows.email),
        phone=usable_phone(rows.phone),
        given=name(rows.first_name),
        family=name(rows.last_name),
    )
    rows = step(rows, full_name=rows.given + " " + rows.family)
    return step(rows, known=sum(rows[each].notnull().cast("int64") for each in _PERSON))


def _linked(rows, column: str, links: Sequence[list[str]], keep: Callable):
    """Give rows of an id that links join, directly or through others, the same number."""
    while True:
        numbers = [rows[column]]
        for link in links:
            least = rows[column].min().over(ibis.window(group_by=["inquiry_id", *link]))
            given = ibis.and_(*(rows[each].notnull() for each in link))
            numbers.append(given.ifelse(least, rows[column]))
        after = keep(step(rows, least=ibis.least(*numbers)))
        if not after.filter(after.least != after[column]).count().execute():
            return after.drop("least")
        rows = step(after, **{column: after.least}).drop("least")


def _with_days(rows):
    """Add the time and the day that make rows of an id copies, missing where they do not.

    They do not where one file has several people of that id and day. The day alone (without a
    time) does not either where people differ in more than one thing.
    """
    group = [rows.inquiry_id, rows.system, rows.day]

    def several(people, groups: list):
        window = ibis.window(group_by=groups)
        return (people.min().over(window) != people.max().over(window)).fill_null(False)

    counted = ((rows.known > 0) | rows.made).ifelse(rows.person, None)
    known = rows.known.max().over(ibis.window(group_by=[*group, rows.person]))
    rows = step(rows, crowded=several(counted, [*group, rows.file]), well=known >= _WELL_KNOWN)
    group = [rows.inquiry_id, rows.system, rows.day]
    crowded = rows.crowded.any().over(ibis.window(group_by=group))
    differ = several(rows.well.ifelse(rows.person, None), group)
    timed = rows.received_at != rows.day.cast("timestamp")
    return step(
        rows,
        same_time=(~crowded & timed).ifelse(rows.received_at, None),
        same_day=(~crowded & ~differ).ifelse(rows.day, None),
    )


def _with_own_id(rows):
    """Make an id of each record: its own, its format and its first day, numbered within these."""
    record = ibis.window(group_by=[rows.inquiry_id, rows.record])
    who = [rows[each].min().over(record) for each in _PERSON]
    rows = step(
        rows,
        first=rows.day.min().over(record),
        at=rows.received_at.min().over(record),
        form=rows.format.min().over(record),
        blank=rows.known.max().over(record) == 0,
        **{f"record_{each}": value for each, value in zip(_PERSON, who, strict=True)},
    )
    order = [rows["at"], *(rows[f"record_{each}"] for each in _PERSON), rows.record]
    among = ibis.window(group_by=[rows.inquiry_id, rows.form, rows["first"]], order_by=order)
    parts = [
        rows.inquiry_id,
        rows.form,
        rows["first"].cast("string").fill_null(""),
        ibis.dense_rank().over(among).cast("string"),
    ]
    return step(rows, own_id=ibis.literal(MARK).join(parts))


def _renamed(inquiries, records):
    own = records.select(*_PLACE, "own_id")
    joined = step(inquiries.left_join(own, _PLACE).select(*inquiries.columns, "own_id"))
    return step(joined, inquiry_id=joined.own_id.coalesce(joined.inquiry_id)).drop("own_id")


def _shared(records, kind: str, files: Sequence[SourceFile]) -> Iterator[Problem]:
    """Yield a problem for each file with ids that stand for several inquiries or patients."""
    what = "another person's inquiry" if kind == "inquiries" else "another patient"
    window = ibis.window(group_by=[records.inquiry_id, records.system])
    several = records.record.min().over(window) != records.record.max().over(window)
    rows = step(records, unsure=several & records.blank.any().over(window))
    found = rows.group_by("file").aggregate(
        rows=rows.count(), row=rows.row.min(), unsure=rows.unsure.sum()
    )
    for each in found.order_by("file").execute().itertuples():
        place = {
            "code": "ids_not_unique",
            "file": files[int(each.file)].file,
            "row": int(each.row),
            "column": "inquiry_id",
        }
        if each.unsure and kind == "inquiries":
            yield Problem(
                **place,
                severity="warning",
                count=int(each.unsure),
                what="the id stands for inquiries of several days, and without names, emails or "
                "phones nothing says whether they are the same; each counts",
                fix="give each inquiry an id of its own, or export the contacts too",
            )
        else:
            yield Problem(
                **place,
                severity="note",
                count=int(each.rows),
                what=f"the id stands for {what} too, here or in another file; each counts",
                fix="number on from file to file, so that screenings, visits and payments can "
                "name one inquiry",
            )


def _resolved(events, kind: str, records, keep: Callable):
    """Give events of a shared id that of the inquiry they can only belong to, or AMBIGUOUS.

    An event belongs to an inquiry of its own row; else of its own system; else until its day; else
    of its own quarter folder. Where several are left, they must be of one person: the last counts.
    """
    best = keep(_candidates(events, kind, records))
    of = ibis.window(group_by=["event_file", "event_row"])
    best = best.filter(best.score == best.score.max().over(of))
    best = step(best, one=best.person.min().over(of) == best.person.max().over(of))
    last = ibis.window(
        group_by=["event_file", "event_row"], order_by=[best["first"].desc(), best.own_id]
    )
    best = step(best, place=ibis.row_number().over(last))
    best = best.filter(best.place == 0).select("one", "own_id", file="event_file", row="event_row")
    joined = step(events.left_join(best, _PLACE).select(*events.columns, "one", "own_id"))
    return step(
        joined,
        inquiry_id=joined.one.fill_null(False).ifelse(joined.own_id, joined.inquiry_id),
        fate=(~joined.one).fill_null(False).ifelse(AMBIGUOUS, joined.fate),
    ).drop("one", "own_id")


def _candidates(events, kind: str, records):
    """Return each event of a shared id with the inquiries of that id, and what speaks for each."""
    named = events.filter(events.fate.isnull())
    times = [named[each] for each in STAGES] if kind == "stages" else [named[TIMES[kind]]]
    named = named.select(
        "inquiry_id",
        event_file="file",
        event_row="row",
        event_age="age",
        system=system(named),
        event_day=(ibis.least(*times) if len(times) > 1 else times[0]).date(),
    )
    asked = records.rename(its_system="system")
    pairs = step(named.inner_join(asked, "inquiry_id"))
    own_row = (pairs.event_file == pairs.file) & (pairs.event_row == pairs.row)
    reasons = (
        own_row,
        pairs.system == pairs.its_system,
        (pairs["first"] <= pairs.event_day).fill_null(False),
        (pairs.event_age == pairs.age) & (pairs.age > 0),
    )
    pairs = step(pairs, **{f"for_{n}": reason for n, reason in enumerate(reasons)})
    found = pairs.group_by("event_file", "event_row", "own_id", "person", "first").aggregate(
        **{f"for_{n}": pairs[f"for_{n}"].any().cast("int64") for n in range(len(reasons))}
    )
    score = sum(found[f"for_{n}"] * 2 ** (len(reasons) - n) for n in range(len(reasons)))
    return step(found, score=score)


def _unresolved(events, kind: str, files: Sequence[SourceFile]) -> list[Problem]:
    """Return a warning for each file with rows whose inquiry is not known."""
    return by_file(
        events.filter(events.fate == AMBIGUOUS),
        files,
        code="ids_not_unique",
        severity="warning",
        column="inquiry_id",
        what=f"the id stands for several people, and nothing says whose {kind} "
        "these are; they are left out",
        fix="give each inquiry or patient an id of its own, and name it here",
    )
