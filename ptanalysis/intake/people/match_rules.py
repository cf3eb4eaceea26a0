"""Clear rules for when two contacts are one person; no training needed."""

from __future__ import annotations

import ibis

from ptanalysis.intake.clean import step
from ptanalysis.intake.people.names import alike, short_for, transposed, with_nicknames

FIELDS = ("first", "last", "email", "phone", "zip")
#: A contact that more identities than this carry is no one's own (a front desk, a placeholder).
MOST_SHARED = 50


def candidates(identities):
    """Return pairs of identities that share an email or phone, or a surname and part of one.

    Parameters
    ----------
    identities : ibis Table
        ``identity`` (int64, unique) and FIELDS as text.

    Returns
    -------
    ibis Table
        identity_1 < identity_2, and FIELDS of both.
    """
    blocks = [_block(identities, key) for key in _keys(identities)]
    pairs = ibis.union(*blocks, distinct=True)
    one = identities.rename("{name}_1").rename(identity_1="identity_1")
    other = identities.rename("{name}_2").rename(identity_2="identity_2")
    return pairs.inner_join(one, "identity_1").inner_join(other, "identity_2")


def judged(pairs):
    """Judge pairs of identities.

    Returns
    -------
    ibis Table
        identity_1, identity_2, ``same`` (bool), and ``nameless`` (the pair rests on one contact,
        and one side has no given name).

    Notes
    -----
    Same email: the given names do not differ. Same phone: neither given nor family names differ,
    or the given name of each is the family name of the other (in both cases),
    so that a family's phone does not merge the family. Neither: the same full name (nicknames and
    initials, no slip), and an email or phone one slip away while the other contact does not differ.
    """
    pairs = with_nicknames(pairs, "first_1", "first_2")
    table = step(
        pairs,
        swapped=alike(pairs.first_1, pairs.last_2) & alike(pairs.last_1, pairs.first_2),
        first_fits=(alike(pairs.first_1, pairs.first_2) | pairs.nickname),
        first_same=short_for(pairs.first_1, pairs.first_2) | pairs.nickname,
        last_fits=_last_fits(pairs.last_1, pairs.last_2),
        one_email=(pairs.email_1 == pairs.email_2).fill_null(False),
        one_phone=(pairs.phone_1 == pairs.phone_2).fill_null(False),
        near_email=_near(pairs.email_1, pairs.email_2, 9) & _same_digits(pairs),
        near_phone=_near(pairs.phone_1, pairs.phone_2, 11),
        two_phones=(pairs.phone_1 != pairs.phone_2).fill_null(False),
        two_emails=(pairs.email_1 != pairs.email_2).fill_null(False),
        nameless=pairs.first_1.isnull() | pairs.first_2.isnull(),
    )
    swapped = table.swapped.fill_null(False)
    by_email = table.one_email & (table.first_fits.fill_null(True) | swapped)
    fits = table.first_fits.fill_null(True) & table.last_fits.fill_null(True)
    by_phone = table.one_phone & (fits | swapped)
    full_name = table.first_same.fill_null(False) & (table.last_1 == table.last_2).fill_null(False)
    by_email_slip = table.near_email & ~table.two_phones
    by_phone_slip = table.near_phone & (~table.two_emails | table.near_email)
    by_slip = full_name & (by_email_slip | by_phone_slip)
    same = by_email | by_phone | by_slip
    return table.select(
        "identity_1", "identity_2", "nameless", same=same, shared=table.one_email | table.one_phone
    )


def _keys(identities) -> list:
    name, domain = (identities.last + "@" + identities.email.split("@")[part] for part in (0, 1))
    return [
        identities.email,
        identities.phone,
        name,
        domain,
        identities.last + identities.phone.substr(0, 8),
        identities.last + identities.phone.substr(identities.phone.length() - 7, 7),
    ]


def _block(identities, key):
    """Return the pairs of identities with the same key, but for keys too many share."""
    keyed = step(identities.select("identity", key=key).filter(key.notnull()))
    common = keyed.group_by("key").aggregate(rows=keyed.count())
    keyed = keyed.semi_join(common.filter(common.rows.between(2, MOST_SHARED)), "key")
    other = keyed.view()
    joined = keyed.inner_join(
        other, [keyed.key == other.key, keyed.identity < other.identity], rname="{name}_2"
    )
    return joined.select(identity_1="identity", identity_2="identity_2")


def _last_fits(one, other):
    """Return whether family names do not differ: a slip, or one part of a double name."""
    return alike(one, other) | one.contains(other) | other.contains(one)


def _same_digits(pairs):
    """Return whether the emails hold the same digits: ann.lee1 and ann.lee2 are two people."""
    digits = [pairs[f"email_{side}"].re_replace(r"[^0-9]", "") for side in (1, 2)]
    return digits[0] == digits[1]


def _near(one, other, least: int):
    long = ibis.least(one.length(), other.length()) >= least
    return (long & (one != other) & transposed(one, other)).fill_null(False)
