"""Forget a person: keep them out of every later run, and remove what earlier ones made."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import ibis
import pandas as pd

from ptanalysis.clean import step, usable_email, usable_phone, with_email, with_phone
from ptanalysis.definitions import ClinicConfig, Places, Refused, load_config
from ptanalysis.intake import forgotten, outputs
from ptanalysis.intake import write as processed
from ptanalysis.intake.folders import files_up_to
from ptanalysis.intake.rows import Rows, empty, read_rows
from ptanalysis.intake.run import _LAST, IntakeRefused, _connection
from ptanalysis.intake.store import stored
from ptanalysis.keys import ClinicKey
from ptanalysis.people import groups, persons

_EVENTS = ("screenings", "visits", "payments", "stages")


class ForgetRefused(Refused, ValueError):  # noqa: N818 - the user's to mend; nothing was written
    """Nobody, or more than one person, left what was given."""


@dataclass(frozen=True, kw_only=True)
class Done:
    """What forgetting did.

    Attributes
    ----------
    people, inquiries : int
        Found in the raw files and kept out from now on.
    quarters : list of str
        Whose tables and findings were removed.
    raw : dict of str to int
        Raw files that still hold rows of theirs, and how many.
    unread : dict of str to int
        Raw files with rows that cannot be read, so were not searched; 0 for a whole file.
    """

    people: int
    inquiries: int
    quarters: list[str]
    raw: dict[str, int] = field(default_factory=dict)
    unread: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class _Found:
    """Rows of `forgotten.left_by` with the ``group`` that is one person, and those to forget."""

    rows: pd.DataFrame
    people: set[int]

    @property
    def theirs(self) -> pd.Series:
        return self.rows["group"].isin(self.people)

    @property
    def ids(self) -> set[str]:
        return set(self.rows["inquiry_id"][self.theirs])

    def marks(self, given: dict[str, str]) -> set[tuple[str, str]]:
        """Return what they are known by; a contact that others left too only with their name."""
        asked = {(f"gone-{kind}", contact) for kind, contact in given.items()}
        return (asked | _marks(self.rows[self.theirs])) - _marks(self.rows[~self.theirs])


def _marks(rows: pd.DataFrame) -> set[tuple[str, str]]:
    return {mark for row in rows.itertuples() for mark in forgotten.marks_of(row)}


def forget(
    clinic: str,
    contacts: dict[str, str],
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
    contacts : dict of str to str
        ``email``, ``phone`` or both, as people write them.
    root : Path
        Folder that holds ``data/`` and ``reports/``.
    everyone : bool
        Forget everybody who left one of the contacts, a family perhaps.
    anyway : bool
        Where nobody is found: remove what runs made, and keep the contacts out of later ones.

    Returns
    -------
    Done

    Raises
    ------
    ForgetRefused
        No contact that can be read, nobody found, or more than one person; nothing was written.
    ptanalysis.keys.KeyRefused
        The clinic's key is missing or another one; before anything is written.
    ptanalysis.swap.Busy
        A run of this clinic is at work.
    """
    places = Places(Path(root))
    folder = places.raw(clinic)
    if not folder.is_dir():
        raise IntakeRefused(f"there is no folder {folder}")
    config = load_config(folder / "clinic.toml")
    key = outputs.key_of(clinic, places=places)
    given = _canonical(contacts, config)
    made = places.processed(clinic, "any").parent
    with processed.locked(made), outputs.held(clinic, places=places):
        with _connection(made) as connection:
            rows = _read(folder, config=config, connection=connection)
            found = _found(rows, given, connection=connection)
            _refuse(len(found.people), everyone=everyone, anyway=anyway)
            done = _done(rows, found, quarters=outputs.made(clinic, places=places))
        _put_out(clinic, found.marks(given), places=places, key=key)
    return done


def _canonical(contacts: dict[str, str], config: ClinicConfig) -> dict[str, str]:
    """Return contacts as intake would read them."""
    given = {kind: text for kind, text in contacts.items() if text.strip()}
    if not given:
        raise ForgetRefused("give the person's email, phone or both")
    cells = ibis.memtable({kind: [given.get(kind, "")] for kind in forgotten.CONTACTS})
    cells = with_phone(with_email(cells, "email"), "phone", region=config.phone_region)
    read = step(cells, email=usable_email(cells.email), phone=usable_phone(cells.phone))
    (row,) = forgotten.as_rows(read)
    for kind in given:
        if not getattr(row, kind):
            raise ForgetRefused(f"that is no {kind} that can be anybody's: intake would not use it")
    return {kind: getattr(row, kind) for kind in given}


def _read(folder: Path, *, config: ClinicConfig, connection) -> Rows:
    paths = files_up_to(folder, _LAST)[0]
    return read_rows(paths, clinic_folder=folder, config=config, connection=connection)


def _found(rows: Rows, given: dict[str, str], *, connection) -> _Found:
    left = rows.tables.get("inquiries")
    left = empty("inquiries", connection=connection) if left is None else left
    table = _with_people(forgotten.left_by(left), connection)
    hits = [set(table["group"][table[kind] == value]) for kind, value in given.items()]
    people = set.intersection(*hits) or set.union(*hits)
    return _Found(rows=table, people=people)


def _with_people(left, connection) -> pd.DataFrame:
    """Add ``group``: rows of one person, or of one inquiry exported more than once."""
    number = ibis.row_number().over(ibis.window(order_by=[left[name] for name in left.columns]))
    numbered = stored(connection, left.mutate(inquiry=number))
    people = persons(numbered, connection=connection).table
    table = numbered.inner_join(people, "inquiry").order_by("inquiry").execute()
    same = table.groupby("inquiry_id")["inquiry"].transform("min")
    pairs = pd.DataFrame({
        "identity_1": pd.concat([table["inquiry"], table["inquiry"]]),
        "identity_2": pd.concat([table["person"], same]),
    })  # fmt: skip
    found = table.assign(group=groups(len(table), pairs)["group"].to_numpy())
    return found.astype(object).where(found.notna(), None)


def _refuse(people: int, *, everyone: bool, anyway: bool) -> None:
    if people == 0 and not anyway:
        raise ForgetRefused(
            "nobody in the raw files left that; nothing was changed. If their rows are no longer "
            "there but earlier findings were made of them, or they may come, use --anyway"
        )
    if people > 1 and not everyone:
        raise ForgetRefused(
            f"{people} people left that, a family perhaps; nothing was changed. Give both the "
            "email and the phone of the one, or forget all of them with --everyone"
        )


def _done(rows: Rows, found: _Found, *, quarters: list[str]) -> Done:
    return Done(
        people=len(found.people), inquiries=len(found.ids), quarters=quarters,
        raw=_holding(rows, found.ids), unread=_unread(rows),
    )  # fmt: skip


def _holding(rows: Rows, ids: Iterable[str]) -> dict[str, int]:
    """Return the raw files with rows of these inquiries, and how many."""
    wanted = sorted(ids)
    parts = [
        table.filter(table.inquiry_id.isin(wanted)).select("file", "row")
        for kind, table in rows.tables.items()
        if kind in ("inquiries", *_EVENTS)
    ]
    if not wanted or not parts:
        return {}
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
    before = forgotten.read(clinic).marks
    every = before | {key.pseudonym(*mark) for mark in marks}
    forgotten.write(clinic, every, key=key, unfinished=True)
    outputs.clear(clinic, forgotten.read(clinic), places=places, key=key)
