"""Forget a person: keep them out of every later run, and remove what earlier ones made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import ibis

from ptanalysis.definitions import Places, clinic_name, load_config
from ptanalysis.intake.patient_lists import everybody
from ptanalysis.intake.quarter_folders import files_up_to
from ptanalysis.intake.run_intake import _LAST, IntakeError, _connection
from ptanalysis.intake.steps import OF_PEOPLE
from ptanalysis.intake.storage import processed_tables as processed
from ptanalysis.intake.typed_rows import Rows, empty, read_rows
from ptanalysis.privacy.forget import erase_outputs, suppression_list
from ptanalysis.privacy.forget.find_person import ForgetError, Found, canonical, found
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
