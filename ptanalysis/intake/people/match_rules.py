"""Clear rules for when two contacts are one person; nicknames, initials, slips of the finger."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from itertools import permutations

import ibis
import pandas as pd

from ptanalysis.intake.clean import step

FIELDS = ("first", "last", "email", "phone", "zip")
#: A contact that more identities than this carry is no one's own (a front desk, a placeholder).
MOST_SHARED = 50
_CONTACTS = ("email", "phone", "digits")
#: How well two given names fit. Between two people known to differ, the better fit wins.
EXACT, NICKNAME, SLIP, MISSING, NO_FIT = 3, 2, 1, 0, -1


def stems(identities):
    """Return identities with the stems of their names, and whether each is a given name.

    Parameters
    ----------
    identities : ibis Table
        ``identity`` (int64, unique) and FIELDS as text.

    Returns
    -------
    ibis Table
        The same columns, ``known`` and ``family_known``: whether the first and the last name are
        given names of the list; and the ``digits`` of the email.
    """
    named = step(
        identities,
        first=stem(identities["first"]),
        last=stem(identities["last"]),
        digits=identities.email.re_replace(r"[^0-9]", ""),
    )
    named = step(with_known(named, "first", "known"))
    return step(with_known(named, "last", "family_known"))


def shared_keys(named):
    """Return ``key`` and ``identity`` where two or more identities have a key.

    A key is an email or phone, or a name and part of one.
    """
    keyed = ibis.union(*[named.select("identity", key=key) for key in _keys(named)])
    keyed = keyed.filter(keyed.key.notnull()).view()
    ends = keyed.group_by("key").aggregate(one=keyed.identity.min(), other=keyed.identity.max())
    return keyed.semi_join(ends.filter(ends.one < ends.other), "key").distinct()


def candidates(named, keyed):
    """Return pairs of identities that share an email or phone, or a name and part of one.

    Parameters
    ----------
    named, keyed : ibis Table
        Of `stems` and `shared_keys`, each computed once.

    Returns
    -------
    ibis Table
        identity_1 < identity_2, FIELDS of both, ``known_1``, ``family_known_1`` and so on, and what
        their contacts have in common: ``one_email``, ``one_phone`` or ``near`` (a slip away).
        Pairs with none of these are two people, whatever their names, and left out.
    """
    pairs = _of_both(_pairs(keyed), named.select("identity", *_CONTACTS))
    pairs = step(
        pairs,
        one_email=(pairs.email_1 == pairs.email_2).fill_null(False),
        one_phone=(pairs.phone_1 == pairs.phone_2).fill_null(False),
        near=_near_contacts(pairs),
    )
    pairs = pairs.filter(pairs.one_email | pairs.one_phone | pairs.near)
    return _of_both(pairs.drop("digits_1", "digits_2"), named.drop(*_CONTACTS))


def _of_both(pairs, named):
    """Add the columns of both identities: each pair's contacts first, all else of few pairs."""
    for side in (1, 2):
        own = named.rename({f"{name}_{side}": name for name in named.columns})
        pairs = pairs.inner_join(own, f"identity_{side}")
    return step(pairs)


def _keys(named) -> list:
    first, last, email, phone = named["first"], named["last"], named.email, named.phone
    both = ibis.least(first, last) + " " + ibis.greatest(first, last)
    whole = (first.notnull() & last.notnull()).ifelse(both, None)
    end = phone.length()
    middles = [phone.substr(0, 8), phone.substr(end - 7, 7), phone.substr(0, 5) + phone.right(4)]
    parts = [email.split("@")[0], email.split("@")[1], *middles]
    return [email, phone, *(name + "@" + part for name in (last, whole) for part in parts)]


def _pairs(keyed):
    """Return the pairs of identities with the same key, but for keys too many share."""
    common = keyed.group_by("key").aggregate(rows=keyed.count())
    keyed = keyed.semi_join(common.filter(common.rows <= MOST_SHARED), "key")
    other = keyed.view()
    joined = keyed.inner_join(
        other, [keyed.key == other.key, keyed.identity < other.identity], rname="{name}_2"
    )
    return joined.select(identity_1="identity", identity_2="identity_2").distinct()


def judged(pairs):
    """Judge pairs of identities.

    Returns
    -------
    ibis Table
        identity_1, identity_2, ``fit`` (EXACT to MISSING where the pair is one person, NO_FIT where
        not), ``shared`` (the same email or phone) and ``apart`` (two people who share one).

    Notes
    -----
    Same email: the given names do not differ. Same phone: neither given nor family names differ,
    so that a family's phone does not merge the family. Neither: the same full name (nicknames and
    initials, no slip), and an email or phone one slip away while the other contact does not differ.
    Names are also read in the other order, on either side or on both. A slip between two names of
    the list is none: John and Joan are two people.
    """
    orders = ((), (1,), (2,), (1, 2))
    read = _read(step(ibis.union(*(_turned(pairs, sides) for sides in orders))))
    table = read.group_by(["identity_1", "identity_2"]).aggregate(
        fit=read.fit.max(),
        shared=read.shared.any(),
        of_family=read.of_family.any(),
        unlike_in_family=(read.of_family & read.unlike).any(),
        unlike=(read.unlike & read.as_written).any(),
    )
    unlike = table.of_family.ifelse(table.unlike_in_family, table.unlike)
    apart = table.shared & (table.fit == NO_FIT) & unlike
    return table.select("identity_1", "identity_2", "fit", "shared", apart=apart)


def _read(pairs):
    """Return what pairs are in the order in which their names are read."""
    pairs = with_nicknames(pairs, "first_1", "first_2")
    table = step(
        pairs,
        given=_given_fit(pairs),
        of_family=_family_fits(pairs).fill_null(pairs.as_written) | _alone(pairs),
    )
    by_email = table.one_email & (table.of_family | (_married(table) & table.as_written))
    by_phone = table.one_phone & table.of_family
    same = ((by_email | by_phone) & (table.given != NO_FIT)) | _by_slip(table)
    return table.select(
        "identity_1",
        "identity_2",
        "of_family",
        "as_written",
        fit=same.ifelse(table.given, NO_FIT),
        shared=table.one_email | table.one_phone,
        unlike=_unlike(table).fill_null(False),
    )


def _turned(pairs, sides: tuple[int, ...]):
    """Exchange first and last name of `sides`, where both people have both."""
    pairs = pairs.mutate(as_written=ibis.literal(not sides))
    if not sides:
        return pairs
    whole = [pairs[f"{name}_{side}"].notnull() for name in ("first", "last") for side in (1, 2)]
    swaps = (("first", "last"), ("last", "first"))
    known = (("known", "family_known"), ("family_known", "known"))
    return pairs.filter(whole).mutate(
        **{f"{to}_{side}": pairs[f"{of}_{side}"] for side in sides for to, of in (*swaps, *known)}
    )


def _given_fit(pairs):
    one, other, listed = pairs.first_1, pairs.first_2, pairs.known_1 & pairs.known_2
    return ibis.cases(
        (one.isnull() | other.isnull(), MISSING),
        (one == other, EXACT),
        (pairs.nickname, NICKNAME),
        (short_for(one, other) & (ibis.least(one.length(), other.length()) == 1), MISSING),
        (short_for(one, other) & ~listed, NICKNAME),
        (slipped(one, other) & ~listed, SLIP),
        else_=NO_FIT,
    )


def _unlike(table):
    """Return whether given names are of two people: two of the list, or of unlike beginning."""
    listed = table.known_1 & table.known_2
    return (table.given == NO_FIT) & (listed | (table.first_1.left(1) != table.first_2.left(1)))


def _family_fits(pairs):
    """Return whether family names do not differ: a slip, or one part of a double name.

    In the other order they may be the given names of two people, where a slip is none.
    """
    one, other, listed = pairs.last_1, pairs.last_2, pairs.family_known_1 & pairs.family_known_2
    near = alike(one, other) | one.contains(other) | other.contains(one)
    return (one == other) | (near & ~listed)


def _alone(pairs):
    """Return whether one side has only a family name, which the other has as its first."""
    alone = pairs.first_1.isnull() | pairs.first_2.isnull()
    crossed = [alike(pairs.last_1, pairs.first_2), alike(pairs.first_1, pairs.last_2)]
    return alone & (crossed[0].fill_null(False) | crossed[1].fill_null(False))


def _married(table):
    """Return whether the given name is the same, and last names are no given names in disorder."""
    listed = table.known_1 & table.known_2
    return (table.given >= NICKNAME) & (listed | ~(table.family_known_1 | table.family_known_2))


def _by_slip(table):
    full_name = (table.last_1 == table.last_2) & (
        short_for(table.first_1, table.first_2) | table.nickname
    )
    return full_name.fill_null(False) & table.near


def _near_contacts(table):
    """Return whether an email or phone is one slip away while the other contact does not differ.

    Emails with other digits are no slip: ann.lee1 and ann.lee2 are two people.
    """
    near_email = _near(table, "email", 9, table.digits_1 == table.digits_2)
    near_phone = _near(table, "phone", 11, True)
    two_phones = (table.phone_1 != table.phone_2).fill_null(False)
    two_emails = (table.email_1 != table.email_2).fill_null(False)
    return (near_email & (near_phone | ~two_phones)) | (near_phone & ~two_emails)


def _near(pairs, column: str, least: int, likely):
    """Return whether two long texts are a slip apart; most pairs are not asked for it."""
    one, other = pairs[f"{column}_1"], pairs[f"{column}_2"]
    asked = (ibis.least(one.length(), other.length()) >= least) & (one != other) & likely
    return asked.ifelse(transposed(one, other), False).fill_null(False)


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
