"""Precision and recall of joining the same person: the sample's truth, and labeled inquiries.

Run: .venv/bin/python lab/benchmarks/people.py
"""

from __future__ import annotations

import json
import string
import tomllib
from itertools import combinations
from pathlib import Path

import ibis
import numpy as np
import pandas as pd

from lab.simulate.people import WORDS
from ptanalysis.intake import people
from ptanalysis.intake.clean import usable_email, usable_phone, with_email, with_phone

SAMPLE = Path(__file__).parents[2] / "data" / "raw" / "sample"
SHORT = tomllib.loads(Path(__file__).with_name("diminutives.toml").read_text("utf-8"))
SURNAMES = [start + end for start in WORDS["surname_starts"] for end in WORDS["surname_ends"]]
#: Surnames that are given names too, so that the order of two names is not plain.
EITHER = ["Scott", "Lee", "James", "Allen", "Kelly", "Martin", "Thomas", "Henry", "George", "Ryan"]
#: Shares of inquiries. Of pairs of one person, about a quarter have the names in the wrong order, a
#: fifth lack a first name, an eighth have a slip or two, as in a public file of labeled people
#: (fake_1000 of github.com/moj-analytical-services/splink_datasets), and a quarter a nickname.
NICKNAMED, SLIPPED, NAMELESS, TURNED = 0.15, 0.065, 0.106, 0.146
#: Contacts that two people of a household share.
SHARED = 0.1


def scores(found: set, true: set) -> dict[str, float]:
    """Return precision and recall of pairs, after joining."""
    right = len(found & true)
    return {"pairs": len(found), "precision": right / len(found), "recall": right / len(true)}


def _scored(table: pd.DataFrame, ids: str) -> dict[str, float]:
    return scores(pairs(table[ids], table["person"]), pairs(table[ids], table["person_true"]))


def pairs(ids, people) -> set[tuple]:
    """Return every pair of ids of one person."""
    table = pd.DataFrame({"id": list(ids), "person": list(people)}).sort_values("id")
    return {pair for _, alike in table.groupby("person")["id"] for pair in combinations(alike, 2)}


def labeled(size: int, *, contact_slips: float = 0.0, seed: int = 1) -> pd.DataFrame:
    """Return inquiries of about `size` people with names and an email, a phone or both.

    Parameters
    ----------
    size : int
    contact_slips : float
        Share of inquiries whose contact has a slip or two.
    seed : int

    Returns
    -------
    DataFrame
        inquiry, person, household (bool: the contact is shared by two people), first_name,
        last_name, email, phone, zip (missing).
    """
    rng = np.random.default_rng(seed)
    everybody = list(_everybody(size, rng))
    rows = [
        _inquiry(person, contact_slips, rng) | {"person": number}
        for number, person in enumerate(everybody)
        for _ in range(rng.integers(2, 5))
    ]
    table = pd.DataFrame(rows).sample(frac=1, random_state=seed).reset_index(names="inquiry")
    table["inquiry"] = range(len(table))
    text = ["first_name", "last_name", "email", "phone", "zip"]
    return table.astype(dict.fromkeys(text, "str"))


def _everybody(size: int, rng):
    """Yield people, some in pairs with a contact in common; most couples have one surname."""
    surnames = [*rng.permutation(SURNAMES)]
    surnames[2:62:6] = EITHER
    while size > 0:
        one = _person(surnames, rng)
        couple = rng.random() < SHARED / (2 - SHARED)
        other = _person(surnames, rng) if couple else None
        if other and other["first_name"] != one["first_name"]:
            common = [["email"], ["phone"], ["email", "phone"]][rng.integers(3)]
            surname = {"last_name": one["last_name"]} if rng.random() < 0.8 else {}
            shared = {"household": True, "leaves": "both" if len(common) == 2 else common[0]}
            one |= shared
            yield other | shared | surname | {name: one[name] for name in common}
        yield one
        size -= 1 + couple


def _person(surnames: list[str], rng) -> dict:
    first = _frequent(WORDS["first_names"], 0.5, rng)
    last = _frequent(surnames, 0.8, rng)
    local = [f"{first}.{last}", first[0] + last, first + last, last + first[0]][rng.integers(4)]
    number = str(rng.integers(1000)) if rng.random() < 0.7 else ""
    digits = "".join(map(str, rng.integers(0, 10, 6)))
    return {
        "first_name": first,
        "last_name": last,
        "email": f"{local}{number}@{rng.choice(WORDS['domains'])}".lower(),
        "phone": f"+1{rng.choice(WORDS['area_codes'])}{rng.integers(2, 10)}{digits}",
        "leaves": ["email", "phone", "both"][rng.integers(3)],
        "household": False,
    }


def _frequent(words: list[str], exponent: float, rng) -> str:
    weights = 1 / np.arange(1, len(words) + 1) ** exponent
    return str(rng.choice(words, p=weights / weights.sum()))


def _inquiry(person: dict, contact_slips: float, rng) -> dict:
    first, last = _written(person["first_name"], person["last_name"], rng)
    email, phone = person["email"], person["phone"]
    if rng.random() < contact_slips:
        email = _slip(email.split("@")[0], rng) + "@" + email.split("@")[1]
        phone = phone[:-1] + str(rng.integers(10))
    leaves = person["leaves"] if rng.random() < 0.6 else rng.choice(["email", "phone"])
    leaves = person["leaves"] if person["leaves"] != "both" else leaves
    return {
        "household": person["household"],
        "first_name": first,
        "last_name": last,
        "email": email if leaves != "phone" else None,
        "phone": phone if leaves != "email" else None,
        "zip": None,
    }


def _written(first: str, last: str, rng) -> tuple:
    """Return a name as it might be written down."""
    if first in SHORT and rng.random() < NICKNAMED:
        first = str(rng.choice(SHORT[first].split()))
    kind = rng.random()
    if kind < SLIPPED:
        return (_slip(first, rng), last) if rng.random() < 0.6 else (first, _slip(last, rng))
    if kind < SLIPPED + NAMELESS:
        return None, last if rng.random() < 0.75 else None
    return (last, first) if kind < SLIPPED + NAMELESS + TURNED else (first, last)


def _slip(text: str, rng) -> str:
    """Return a text with a letter more, less or other, or two exchanged; one in three twice."""
    for _ in range(1 + (rng.random() < 1 / 3)):
        place, letter = rng.integers(len(text)), rng.choice([*string.ascii_lowercase])
        head, here, tail = text[:place], text[place : place + 1], text[place + 1 :]
        kinds = (letter + here + tail, tail, letter + tail, tail[:1] + here + tail[1:])
        text = head + kinds[rng.integers(4)]
    return text


def joined(rows: pd.DataFrame) -> dict[str, dict]:
    """Score the joining of labeled inquiries: all pairs, and those of shared contacts."""
    found = people.persons(ibis.memtable(rows), connection=ibis.duckdb.connect())
    both = found.table.execute().merge(rows, on="inquiry", suffixes=("", "_true"))
    kinds = {"all": both, "households": both[both["household"]]}
    return {
        kind: scores(
            pairs(each["inquiry"], each["person"]), pairs(each["inquiry"], each["person_true"])
        )
        for kind, each in kinds.items()
    }


def sample(folder: Path = SAMPLE) -> dict[str, float]:
    """Score the joining of the sample clinic's inquiries against truth.json."""
    files = sorted(folder.glob("*/inquiries.csv"))
    rows = pd.concat([pd.read_csv(file, dtype=str) for file in files])
    rows = rows.drop_duplicates("inquiry_id", keep="last").reset_index(names="inquiry")
    rows["inquiry"] = range(len(rows))
    connection = ibis.duckdb.connect()
    table = ibis.memtable(rows)
    table = with_phone(with_email(table, "email"), "phone")
    table = table.mutate(email=usable_email(table.email), phone=usable_phone(table.phone))
    found = people.persons(table, connection=connection)
    joined = found.table.execute().merge(rows[["inquiry", "inquiry_id"]])
    truth = pd.DataFrame(json.loads((folder / "truth.json").read_text("utf-8"))["inquiries"])
    both = joined.merge(truth, on="inquiry_id", suffixes=("", "_true"))
    return _scored(both, "inquiry_id")


if __name__ == "__main__":
    print("sample", sample())
    for slips in (0.0, 0.05):
        print("labeled, contacts mistyped", slips, joined(labeled(5_000, contact_slips=slips)))
