"""Given names that may be one person's: nicknames, initials, slips of the finger."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from itertools import permutations

import ibis
import pandas as pd


@cache
def nicknames() -> frozenset[tuple[str, str]]:
    """Return pairs of given names one person may go by, in both orders.

    Examples
    --------
    >>> ("bill", "william") in nicknames(), ("bill", "robert") in nicknames()
    (True, False)
    """
    text = files(__package__).joinpath("nicknames.toml").read_text("utf-8")
    groups = ((formal, *short) for formal, short in tomllib.loads(text).items())
    return frozenset(pair for group in groups for pair in permutations(group, 2))


def with_nicknames(pairs, one: str, other: str):
    """Add ``nickname``: whether two columns hold names one person may go by."""
    known = ibis.memtable(pd.DataFrame(sorted(nicknames()), columns=["name_1", "name_2"]))
    known = known.mutate(nickname=True)
    joined = pairs.left_join(known, [pairs[one] == known.name_1, pairs[other] == known.name_2])
    return joined.select(*pairs.columns, nickname=joined.nickname.fill_null(False))


def alike(one, other):
    """Return whether two names are equal but for one slip, or one is short for the other.

    A slip is one letter more, less or other in a name of at least four. Missing where a name is.

    Examples
    --------
    >>> pairs = ibis.memtable({"a": ["jon", "j", "ann", "marc"], "b": ["jonathan", "james", "amy",
    ...                        "mark"]})
    >>> alike(pairs.a, pairs.b).execute().tolist()
    [True, True, False, True]
    """
    slip = (ibis.least(one.length(), other.length()) >= 4) & (one.levenshtein(other) <= 1)
    return short_for(one, other) | slip


def short_for(one, other):
    """Return whether two names are equal, or one is the other's start.

    A start is an initial or at least three letters. Missing where a name is.
    """
    shorter = ibis.least(one.length(), other.length())
    start = (one.startswith(other) | other.startswith(one)) & ((shorter == 1) | (shorter >= 3))
    return (one == other) | start


def transposed(one, other):
    """Return whether two texts are a slip apart: one sign, or two neighbours swapped."""
    near = one.levenshtein(other)
    return (near <= 1) | ((near == 2) & (one.length() == other.length()))
