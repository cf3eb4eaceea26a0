"""Who was forgotten: keyed pseudonyms beside the clinic's key, and the rows they keep out."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import ibis
import pandas as pd

from ptanalysis.definitions import UserError, clinic_name, spare_raw
from ptanalysis.intake.clean import name, step, usable_email, usable_phone
from ptanalysis.intake.patient_lists import everybody
from ptanalysis.privacy.pseudonyms import ClinicKey, key_folder

FATE = "excluded:forgotten"
CONTACTS = ("email", "phone")
#: A row may be kept out while nothing has become of it, or while another copy stands for it.
_COPY = "duplicates:"


class SuppressionListError(UserError, RuntimeError):
    """The list of who was forgotten cannot be read: no one may come back because of that."""


@dataclass(frozen=True, kw_only=True)
class Forgotten:
    """The pseudonyms of what forgotten people left.

    Attributes
    ----------
    marks : frozenset of str
        Pseudonyms of `marks_of` rows.
    fingerprint : str
        Of the key they were made with; empty where no one was forgotten.
    unfinished : bool
        Outputs made before are still to be removed.
    """

    marks: frozenset[str] = frozenset()
    fingerprint: str = ""
    unfinished: bool = False

    def ids(self, tables: Mapping[str, object], key: ClinicKey) -> set[str]:
        """Return the inquiries that forgotten people left.

        Parameters
        ----------
        tables : mapping of str to ibis Table
            Typed rows of each kind; other kinds than inquiries name theirs by id, and may still
            do so when the inquiry itself is no longer exported.
        key : ClinicKey
        """
        if not self.marks:
            return set()
        rows = as_rows(left_by(everybody(tables)))
        mine = {row.inquiry_id for row in rows if self._hold(marks_of(row), key)}
        return mine | {each for each in _ids_in(tables) if self._hold([_by_id(each)], key)}

    def _hold(self, marks: Iterable[tuple[str, str]], key: ClinicKey) -> bool:
        return any(key.pseudonym(*mark) in self.marks for mark in marks)


def _ids_in(tables: Mapping[str, object]) -> set[str]:
    named = [table.select("inquiry_id") for kind, table in tables.items() if kind != "inquiries"]
    return {each for table in named for each in table.distinct().inquiry_id.execute().dropna()}


def _by_id(inquiry_id: str) -> tuple[str, str]:
    return "gone-inquiry", inquiry_id


def as_rows(left) -> list:
    """Return the rows of `left_by`, None where something is missing."""
    found = left.execute()
    return list(found.astype(object).where(found.notna(), None).itertuples())


def left_by(inquiries):
    """Return what inquiries hold of who left them: id, usable contacts, zip and names.

    Parameters
    ----------
    inquiries : ibis Table
        Of `patients.everybody`.

    Returns
    -------
    ibis Table
        inquiry_id, email, phone, zip, first_name and last_name as written, first and last for
        matching; each row once.
    """
    table = inquiries.filter(inquiries.inquiry_id.notnull())
    return step(
        table.select(
            "inquiry_id",
            "zip",
            "first_name",
            "last_name",
            email=usable_email(table.email),
            phone=usable_phone(table.phone),
            first=name(table.first_name),
            last=name(table.last_name),
        )
    ).distinct()


def marks_of(row) -> Iterator[tuple[str, str]]:
    """Yield what a row of `left_by` is known by: its id, its contacts, each contact with a name.

    Each is a pair of the pseudonym's domain and what it is made of.
    """
    yield _by_id(row.inquiry_id)
    named = f"{row.first or ''} {row.last or ''}"
    for kind in CONTACTS:
        contact = getattr(row, kind)
        if contact:
            yield f"gone-{kind}", contact
        if contact and named.strip():
            yield f"gone-{kind}-name", f"{contact} {named}"


def kept_out(table, ids: set[str]):
    """Mark the rows of a kind that belong to forgotten inquiries."""
    gone = ibis.memtable(
        pd.DataFrame({"gone": sorted(ids)}, dtype=object), schema={"gone": "string"}
    )
    joined = table.left_join(gone, table.inquiry_id == gone.gone)
    open_ = joined.fate.isnull() | joined.fate.startswith(_COPY)
    fate = (joined.gone.notnull() & open_).ifelse(FATE, joined.fate)
    return step(joined.select(*table.columns, "gone"), fate=fate).drop("gone")


def place(clinic: str) -> Path:
    """Return the file of a clinic's forgotten people: beside its key, as useless without it."""
    return key_folder() / f"{clinic_name(clinic)}.forgotten"


def read(clinic: str) -> Forgotten:
    """Return who a clinic has forgotten.

    Raises
    ------
    SuppressionListError
        The file is damaged.
    """
    path = place(clinic)
    if not path.exists():
        return Forgotten()
    try:
        stored = json.loads(path.read_text("utf-8"))
        return Forgotten(
            marks=frozenset(stored["marks"]),
            fingerprint=stored["key_fingerprint"],
            unfinished=stored["unfinished"],
        )
    except (ValueError, KeyError, TypeError):
        raise SuppressionListError(
            f"{path} is damaged: people who asked to be forgotten would come back. Put it back "
            "from your backup"
        ) from None


def check_length(clinic: str, known: Forgotten, least: int) -> None:
    """Refuse a list that is shorter than the one earlier runs used.

    Raises
    ------
    SuppressionListError
    """
    if len(known.marks) < least:
        raise SuppressionListError(
            f"{place(clinic)} is missing or older than the one earlier runs used: people who asked "
            "to be forgotten would come back. Put it back from your backup"
        )


def write(clinic: str, marks: Iterable[str], *, key: ClinicKey, unfinished: bool) -> None:
    """Write who a clinic has forgotten: whole and on the disk when this returns, or not at all."""
    path = place(clinic)
    spare_raw(path)
    stored = {"key_fingerprint": key.fingerprint, "unfinished": unfinished, "marks": sorted(marks)}
    made, new = tempfile.mkstemp(prefix=f"{path.name}.", dir=path.parent)
    try:
        with os.fdopen(made, "w", encoding="utf-8") as out:
            out.write(json.dumps(stored, indent=0) + "\n")
            out.flush()
            os.fsync(out.fileno())
        Path(new).replace(path)
        _settle(path.parent)
    finally:
        Path(new).unlink(missing_ok=True)


def _settle(folder: Path) -> None:
    if os.name != "nt":
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)
