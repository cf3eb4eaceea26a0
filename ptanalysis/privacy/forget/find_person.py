"""Who left an email or a phone: the person asked for, among everybody in the raw files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import ibis
import pandas as pd

from ptanalysis.definitions import UserError
from ptanalysis.intake.clean import step, usable_email, usable_phone, with_email, with_phone
from ptanalysis.intake.materialize import stored
from ptanalysis.intake.patient_lists import PREFIX
from ptanalysis.intake.people import groups, persons
from ptanalysis.privacy.forget.suppression_list import CONTACTS, as_rows, left_by, marks_of


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
