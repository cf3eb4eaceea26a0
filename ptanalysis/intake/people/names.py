"""Names that may be one person's: nicknames, initials, slips of the finger."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from itertools import permutations

import ibis
import pandas as pd

#: Endings that are written now so, now so: Becky, Beckie, Becki.
_ENDINGS = r"(?:ie|ey|i|y)$"


@cache
def _lists() -> dict:
    return tomllib.loads(files(__package__).joinpath("nicknames.toml").read_text("utf-8"))


@cache
def nicknames() -> frozenset[tuple[str, str]]:
    """Return pairs of given names one person may go by, in both orders, in `stem`'s spelling.

    Examples
    --------
    >>> ("bill", "william") in nicknames(), ("bill", "robert") in nicknames()
    (True, False)
    """
    groups = ((formal, *short.split()) for formal, short in _lists()["nicknames"].items())
    stems = ({re.sub(_ENDINGS, "y", name) for name in group} for group in groups)
    return frozenset(pair for group in stems for pair in permutations(sorted(group), 2))


@cache
def given_names() -> frozenset[str]:
    """Return given names that are known as such, in `stem`'s spelling.

    Examples
    --------
    >>> {"john", "joan"} <= given_names(), "jhon" in given_names()
    (True, False)
    """
    others = (re.sub(_ENDINGS, "y", name) for name in _lists()["others"].split())
    return frozenset(others).union(*nicknames())


def stem(name):
    """Return a name column with one spelling of its ending: Becky, Beckie and Becki are one."""
    return name.re_replace(_ENDINGS, "y")


def with_known(table, column: str, known: str):
    """Add ``known``: whether a column holds a given name of the list."""
    names = ibis.memtable(pd.DataFrame({"listed": sorted(given_names())}))
    joined = table.left_join(names, table[column] == names.listed)
    return joined.select(*table.columns, **{known: joined.listed.notnull()})


def with_nicknames(pairs, one: str, other: str):
    """Add ``nickname``: whether two columns hold names one person may go by."""
    known = ibis.memtable(pd.DataFrame(sorted(nicknames()), columns=["name_1", "name_2"]))
    known = known.mutate(nickname=True)
    joined = pairs.left_join(known, [pairs[one] == known.name_1, pairs[other] == known.name_2])
    return joined.select(*pairs.columns, nickname=joined.nickname.fill_null(False))


def alike(one, other):
    """Return whether two names are equal but for a slip or two, or one is short for the other.

    Examples
    --------
    >>> pairs = ibis.memtable({"a": ["jon", "j", "ann", "marc"], "b": ["jonathan", "james", "amy",
    ...                        "mark"]})
    >>> alike(pairs.a, pairs.b).execute().tolist()
    [True, True, False, True]
    """
    return short_for(one, other) | slipped(one, other)


def slipped(one, other):
    """Return whether two names are one slip apart, or two where they have five letters or more.

    A slip is one letter more, less or other; two neighbors swapped are two. Names of three letters
    have none. Missing where a name is.
    """
    slips, shorter = one.levenshtein(other), ibis.least(one.length(), other.length())
    return ((shorter >= 4) & (slips <= 1)) | ((shorter >= 5) & (slips <= 2))


def short_for(one, other):
    """Return whether two names are equal, or one is the other's start.

    A start is an initial or at least three letters. Missing where a name is.
    """
    shorter = ibis.least(one.length(), other.length())
    start = (one.startswith(other) | other.startswith(one)) & ((shorter == 1) | (shorter >= 3))
    return (one == other) | start


def transposed(one, other):
    """Return whether two texts are a slip apart: one sign, or two neighbors swapped."""
    return one.levenshtein(other) <= (one.length() == other.length()).ifelse(2, 1)
