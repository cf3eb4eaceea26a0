"""Invented people: names, reserved addresses and numbers, and who is the same person."""

from __future__ import annotations

import tomllib
from importlib.resources import files

import numpy as np
import pandas as pd

from lab.simulate.dirt import Dirt

WORDS: dict = tomllib.loads(files(__package__).joinpath("sample.toml").read_text("utf-8"))
CONTACT = ["first_name", "last_name", "email", "phone", "zip"]
#: Weeks between two inquiries after which the second is a new lead for certain.
_RETURN_DAYS = 200


def invent(n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Invent `n` people with distinct names, addresses and numbers.

    Parameters
    ----------
    n : int
        At most the numbers there are: 100 for each area code of sample.toml.

    Returns
    -------
    DataFrame
        Columns CONTACT, phone as ten digits.

    Examples
    --------
    >>> people = invent(3, np.random.default_rng(1))
    >>> bool(people["phone"].str[3:8].eq("55501").all())
    True
    """
    surnames = [a + b for a in WORDS["surname_starts"] for b in WORDS["surname_ends"]]
    pair = rng.choice(len(WORDS["first_names"]) * len(surnames), n, replace=False)
    first = np.array(WORDS["first_names"], object)[pair // len(surnames)]
    last = np.array(surnames, object)[pair % len(surnames)]
    number = 1 + rng.choice(100 * len(WORDS["area_codes"]) - 1, n, replace=False)
    area = np.array(WORDS["area_codes"]).astype(str).astype(object)[number // 100]
    line = pd.Series(number % 100).astype(str).str.zfill(2)
    people = pd.DataFrame({"first_name": first, "last_name": last})
    domain = rng.choice(WORDS["domains"], n)
    people["email"] = (people["first_name"] + "." + people["last_name"]).str.lower() + "@" + domain
    people["phone"] = area + "55501" + line
    people["zip"] = rng.choice(WORDS["zips"], n)
    return people


def returning(
    leads: pd.DataFrame, known: float, dirt: Dirt, rng: np.random.Generator
) -> np.ndarray:
    """Return the person of each lead: its own row, or an earlier lead's that never paid.

    Parameters
    ----------
    leads : DataFrame
        With inquiry and patient in days, in the order of the rows.
    """
    person = np.arange(len(leads))
    inquiry = leads["inquiry"].to_numpy()
    free = (leads["patient"].to_numpy() >= known) & (leads["lost"].to_numpy() >= known)
    late = np.flatnonzero(inquiry > _RETURN_DAYS)
    again = rng.choice(late, round(dirt.return_share * len(leads)), replace=False)
    for row in np.sort(again):
        earlier = np.flatnonzero(free & (inquiry < inquiry[row] - _RETURN_DAYS))
        chosen = rng.choice(earlier)
        free[[chosen, row]] = False
        person[row] = chosen
    return person


def families(people: pd.DataFrame, dirt: Dirt, rng: np.random.Generator) -> pd.DataFrame:
    """Give some people another's surname, phone and zip; their address stays their own."""
    members = rng.choice(len(people), 2 * round(dirt.family_share * len(people)), replace=False)
    head, member = members[::2], members[1::2]
    people = people.copy()
    shared = ["last_name", "phone", "zip"]
    people.loc[member, shared] = people.loc[head, shared].to_numpy()
    name = people["first_name"] + "." + people["last_name"]
    fresh = name.str.lower() + "@" + people["email"].str.split("@").str[1]
    return people.assign(email=people["email"].where(~people.index.isin(member), fresh))


def left_contact(people: pd.DataFrame, dirt: Dirt, rng: np.random.Generator) -> pd.DataFrame:
    """Blank the email or the phone of some, and put placeholders in for a few.

    Everyone keeps one contact of their own.
    """
    part = rng.random(len(people))
    people = people.assign(
        phone=people["phone"].where(part >= 0.15, ""),
        email=people["email"].where(part <= 0.80, ""),
        zip=people["zip"].where(rng.random(len(people)) < 0.7, ""),
    )
    filled = rng.random(len(people)) < dirt.placeholder_share / 0.35
    return people.assign(
        phone=people["phone"].mask(filled & (part < 0.15), WORDS["front_desk_phone"]),
        email=people["email"].mask(filled & (part > 0.80), WORDS["placeholder_email"]),
    )


def seen_again(contact: pd.DataFrame, dirt: Dirt, rng: np.random.Generator) -> pd.DataFrame:
    """Return how the same people spell themselves the second time.

    Most share an email or phone with the first time; some give a nickname or mistype their
    address and leave no number.
    """
    kind = rng.random(len(contact))
    hard = kind < dirt.hard_match_share
    nick = contact["first_name"].map(WORDS["nicknames"]).fillna(contact["first_name"])
    both = (contact["email"] != "") & (contact["phone"] != "")
    typo = contact["email"].str.replace(r"(.)(.)@", r"\2\1@", regex=True)
    email = contact["email"].mask(both & (kind > 0.75), "").mask(hard & both, typo)
    phone = contact["phone"].mask(both & ((kind < 0.30) | hard), "")
    return contact.assign(
        first_name=contact["first_name"].where(rng.random(len(contact)) < 0.6, nick),
        email=email,
        phone=phone,
    )
