"""Forget a person: who left a contact, kept out of later runs and out of what earlier ones made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import ibis
import pandas as pd

from ptanalysis.definitions import Places, UserError, clinic_name, load_config
from ptanalysis.intake.clean import step, usable_email, usable_phone, with_email, with_phone
from ptanalysis.intake.engine import stored
from ptanalysis.intake.patient_lists import PREFIX, everybody
from ptanalysis.intake.people import groups, persons
from ptanalysis.intake.read.find_files import files_up_to
from ptanalysis.intake.run_intake import _LAST, IntakeError, _connection
from ptanalysis.intake.steps import OF_PEOPLE
from ptanalysis.intake.storage import processed_tables as processed
from ptanalysis.intake.typed_rows import Rows, empty, read_rows
from ptanalysis.privacy.forget import erase_outputs, suppression_list
from ptanalysis.privacy.forget.suppression_list import CONTACTS, as_rows, left_by, marks_of
from ptanalysis.privacy.pseudonyms import ClinicKey


@dataclass(frozen=True, kw_only=True)
class Done:
    """What forgetting did.

    Attributes
    ----------
    people, inquiries : int
        Found in the raw files and kept out from now on.
    quarters : list of str
        Whose tables and findings were removed.
    published : list of str
        Quarters that stay as they were published.
    raw : dict of str to int
        Raw files that still hold rows of theirs, and how many.
    unread : dict of str to int
        Raw files with rows that cannot be read, so were not searched; 0 for a whole file.
    """

    people: int
    inquiries: int
    quarters: list[str]
    published: list[str]
    raw: dict[str, int]
    unread: dict[str, int]

    def lines(self, clinic: str) -> Iterator[str]:
        """Yield what was done; names of files and counts, never a value."""
        people, rows = _counted(self.people, "person"), _counted(self.inquiries, "inquiry")
        yield f"Forgotten: {people}, {rows}. No later run uses them."
        if self.quarters:
            yield "The clinic's tables and findings are removed. Make them again:"
            yield from (f"  ptanalysis run {clinic} {quarter}" for quarter in self.quarters)
        if self.published:
            yield "Published, and left as it was (groups of 11 and more people, docs/privacy.md):"
            yield from (f"  {clinic} {quarter}" for quarter in self.published)
        if self.raw:
            yield "Their rows are still in your raw files; remove them there and at their source:"
            yield from (f"  {file}: {_counted(rows, 'row')}" for file, rows in self.raw.items())
        if self.unread:
            yield "Not searched, because it cannot be read:"
            for file, rows in self.unread.items():
                yield f"  {file}: {_counted(rows, 'row') if rows else 'the whole file'}"


_MANY = {"person": "people", "inquiry": "inquiries", "row": "rows"}


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what if number == 1 else _MANY[what]}"


def forget(
    clinic: str,
    contacts: Mapping[str, str],
    *,
    root: Path,
    everyone: bool = False,
    anyway: bool = False,
) -> Done:
    """Forget the person who left an email, a phone or both.

    Their keyed pseudonyms are on the disk before anything is removed, so that a run after an
    interruption leaves them out too, and ends the removal.

    Parameters
    ----------
    clinic : str
        Folder under ``data/raw``.
    contacts : mapping of str to str
        ``email``, ``phone`` or both, as people write them.
    root : Path
        Folder that holds ``data/`` and ``reports/``.
    everyone : bool
        Forget everybody who left what is given, a family perhaps.
    anyway : bool
        Where no one is found: remove what runs made, and keep the contacts out of later ones.

    Returns
    -------
    Done

    Raises
    ------
    ForgetError
        No contact that can be read, no one found, or more than one person; nothing was changed.
    IntakeError
        There is no such clinic.
    ptanalysis.definitions.PlaceError
        The clinic is not one folder's name, or a folder of its outputs is raw exports.
    ptanalysis.privacy.pseudonyms.KeyFileError
        The clinic's key is missing or another one; before anything is written.
    ptanalysis.intake.storage.atomic.ClinicBusyError
        A run of this clinic is at work.
    """
    places, clinic = Places(Path(root)), clinic_name(clinic)
    made = places.outputs(clinic)[0]
    if not places.raw(clinic).is_dir():
        raise IntakeError(f"there is no folder {places.raw(clinic)}")
    key = erase_outputs.key_of(clinic, places=places)
    with processed.locked(made), erase_outputs.held(clinic, places=places):
        with _connection(made) as connection:
            rows, people = _search(places.raw(clinic), contacts, connection=connection)
            _refuse(len(people.people), everyone=everyone, anyway=anyway)
            done = Done(
                people=len(people.people),
                inquiries=people.inquiries,
                unread=_unread(rows),
                quarters=erase_outputs.made(clinic, places=places),
                raw=_holding(rows, people.ids),
                published=erase_outputs.published(clinic, places=places),
            )
        _put_out(clinic, people.marks(), places=places, key=key)
    return done


def _search(folder: Path, contacts: Mapping[str, str], *, connection) -> tuple[Rows, Found]:
    config = load_config(folder / "clinic.toml")
    given = canonical(contacts, region=config.phone_region)
    paths = files_up_to(folder, _LAST)[0]
    rows = read_rows(paths, clinic_folder=folder, config=config, connection=connection)
    left = everybody(rows.tables)
    left = empty("inquiries", connection=connection) if left is None else left
    return rows, found(left, given, connection=connection)


def _refuse(people: int, *, everyone: bool, anyway: bool) -> None:
    if people == 0 and not anyway:
        raise ForgetError(
            "no one in the raw files left that; nothing was changed. If their rows are no longer "
            "there but earlier findings were made of them, or they may come, use --anyway"
        )
    if people > 1 and not everyone:
        raise ForgetError(
            f"{people} people left that, a family perhaps; nothing was changed. Give both the "
            "email and the phone of the one, or forget all of them with --everyone"
        )


def _holding(rows: Rows, ids: Iterable[str]) -> dict[str, int]:
    """Return the raw files with rows of these inquiries, and how many."""
    wanted = sorted(ids)
    if not wanted:
        return {}
    parts = [
        rows.tables[kind].filter(rows.tables[kind].inquiry_id.isin(wanted)).select("file", "row")
        for kind in OF_PEOPLE
        if kind in rows.tables
    ]
    held = ibis.union(*parts, distinct=True) if len(parts) > 1 else parts[0]
    counted = held.group_by("file").aggregate(rows=held.count()).order_by("file").execute()
    return {rows.files[int(row.file)].file: int(row.rows) for row in counted.itertuples()}


def _unread(rows: Rows) -> dict[str, int]:
    return {
        source.file: 0 if source.refused else source.rejected
        for source in rows.files
        if source.refused or source.rejected
    }


def _put_out(
    clinic: str, marks: Iterable[tuple[str, str]], *, places: Places, key: ClinicKey
) -> None:
    """Write the pseudonyms first, then remove what was made before."""
    every = suppression_list.read(clinic).marks | {key.pseudonym(*mark) for mark in marks}
    suppression_list.write(clinic, every, key=key, unfinished=True)
    erase_outputs.clear(clinic, suppression_list.read(clinic), places=places, key=key)


class ForgetError(UserError, ValueError):
    """No one, or more than one person, left what was given, or it can be no one's."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """The people who left what was given.

    Attributes
    ----------
    rows : DataFrame
        Everybody's: of `forgotten.left_by`, with the ``group`` that is one person.
    people : set of int
        Groups that are asked for.
    given : dict of str to str
    """

    rows: pd.DataFrame
    people: set[int]
    given: Mapping[str, str]

    @property
    def ids(self) -> set[str]:
        """The inquiries they left, and their numbers in the practice's list of patients."""
        return set(self.rows["inquiry_id"][self._theirs])

    @property
    def inquiries(self) -> int:
        """How many inquiries they left."""
        return sum(not each.startswith(PREFIX) for each in self.ids)

    def marks(self) -> set[tuple[str, str]]:
        """Return what they are known by; a contact that others left too only with their name."""
        asked = {(f"gone-{kind}", contact) for kind, contact in self.given.items()}
        return (asked | _marks(self.rows[self._theirs])) - _marks(self.rows[~self._theirs])

    @property
    def _theirs(self) -> pd.Series:
        return self.rows["group"].isin(self.people)


def _marks(rows: pd.DataFrame) -> set[tuple[str, str]]:
    return {mark for row in rows.itertuples() for mark in marks_of(row)}


def canonical(contacts: Mapping[str, str], *, region: str) -> dict[str, str]:
    """Return contacts as intake reads them.

    Parameters
    ----------
    contacts : mapping of str to str
        ``email``, ``phone`` or both, as people write them; empty ones are left out.
    region : str
        ISO country of numbers without a country code.

    Raises
    ------
    ForgetError
        None is given, or one that intake reads as a placeholder.

    Examples
    --------
    >>> canonical({"email": " Ana@Example.org", "phone": "(618) 555-0123"}, region="US")
    {'email': 'ana@example.org', 'phone': '+16185550123'}
    """
    given = {kind: text for kind, text in contacts.items() if text.strip()}
    if not given:
        raise ForgetError("give the person's email, phone or both")
    cells = ibis.memtable({kind: [given.get(kind, "")] for kind in CONTACTS})
    cells = with_phone(with_email(cells, "email"), "phone", region=region)
    (row,) = as_rows(step(cells, email=usable_email(cells.email), phone=usable_phone(cells.phone)))
    for kind in given:
        if not getattr(row, kind):
            raise ForgetError(
                f"that is not a {kind} of one person, as intake reads it; check its spelling"
            )
    return {kind: getattr(row, kind) for kind in given}


def found(inquiries, given: Mapping[str, str], *, connection) -> Found:
    """Return the people who left both contacts, or where no one did, one of them.

    Parameters
    ----------
    inquiries : ibis Table
        Of `patients.everybody`.
    given : mapping of str to str
        Of `canonical`.
    connection : ibis backend
    """
    rows = _with_people(left_by(inquiries), connection)
    hits = [set(rows["group"][rows[kind] == contact]) for kind, contact in given.items()]
    return Found(rows=rows, people=set.intersection(*hits) or set.union(*hits), given=given)


def _with_people(left, connection) -> pd.DataFrame:
    """Add ``group``: rows of one person, or of one inquiry exported more than once."""
    number = ibis.row_number().over(ibis.window(order_by=[left[name] for name in left.columns]))
    numbered = stored(connection, left.mutate(inquiry=number))
    people = persons(numbered, connection=connection).table
    table = numbered.inner_join(people, "inquiry").order_by("inquiry").execute()
    same = table.groupby("inquiry_id")["inquiry"].transform("min")
    pairs = pd.DataFrame(
        {
            "identity_1": pd.concat([table["inquiry"], table["inquiry"]]),
            "identity_2": pd.concat([table["person"], same]),
        }
    )
    group = groups(len(table), pairs)["group"].to_numpy()
    return table.astype(object).where(table.notna(), None).assign(group=group)
