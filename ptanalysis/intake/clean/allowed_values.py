"""Columns that hold one of a few words, and what people write for them (allowed_words.toml)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from types import MappingProxyType

import ibis

from ptanalysis.intake.clean.text_folding import BETWEEN_WORDS

#: Of a screening that did not happen yet: it is known, and no outcome.
NOT_YET = "open"


def _choices() -> dict[tuple[str, str], dict[str, list[str]]]:
    text = files(__package__).joinpath("allowed_words.toml").read_text("utf-8")
    return {
        (kind, column): words
        for kind, columns in tomllib.loads(text).items()
        for column, words in columns.items()
    }


#: Kind and column to the words it may hold, each with what people write for it.
CHOICES = _choices()


def allowed(kind: str, column: str) -> tuple[str, ...]:
    """Return the words a column may hold, none where it may hold any text.

    Examples
    --------
    >>> allowed("screenings", "outcome")
    ('qualified', 'disqualified', 'unreachable')
    """
    return tuple(word for word in CHOICES.get((kind, column), ()) if word != NOT_YET)


def chosen(written, kind: str, column: str, own: Mapping[str, Mapping] = MappingProxyType({})):
    """Return the word that a `token` stands for, missing where none does.

    The words themselves and whole spellings come first, then those a text holds, then those it
    starts with. A clinic's own (``[words]`` of its clinic.toml) are whole ones, before ours.

    Examples
    --------
    >>> cells = ibis.memtable({"status": ["canceled_by_patient", "n_s", "no_show/late", "?"]})
    >>> chosen(cells.status, "visits", "status").execute().fillna("?").tolist()
    ['canceled', 'no_show', 'no_show', '?']
    """
    words = CHOICES[kind, column]
    added = own.get(kind, {}).get(column, {})
    theirs = [(_token(each), word) for word, every in added.items() for each in every]
    shipped = [(each, word) for word, every in words.items() for each in (word, *every)]
    spelled = [*theirs, *shipped]
    tests = sorted(((_fits(written, each), word) for each, word in spelled), key=_precedence)
    return ibis.cases(*((test, word) for (_, test), word in tests), else_=ibis.null("string"))


def _token(text: str) -> str:
    """Return a spelling as `one_word` makes a cell's text comparable."""
    return re.sub(BETWEEN_WORDS, "_", text.strip(" *").casefold())


def _fits(written, spelling: str) -> tuple[tuple[int, int], object]:
    """Return the rank of a spelling, and whether a text is so spelled."""
    bare = spelling.strip("*")
    if spelling.startswith("*"):
        ends = written.contains(bare) if spelling.endswith("*") else written.endswith(bare)
        return (1, -len(bare)), ends
    if spelling.endswith("*"):
        return (2, -len(bare)), written.startswith(bare)
    return (0, 0), written == bare


def _precedence(test: tuple) -> tuple[int, int]:
    return test[0][0]
