"""From inquiries to persons: distinct identities, pairs judged, connected pairs are one person."""

from __future__ import annotations

from dataclasses import dataclass

import ibis
import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from ptanalysis.intake.clean import name, step
from ptanalysis.intake.engine import stored
from ptanalysis.intake.people.match_rules import (
    EXACT,
    FIELDS,
    MISSING,
    NO_FIT,
    candidates,
    judged,
    shared_keys,
    stems,
)


@dataclass(frozen=True, kw_only=True)
class People:
    """Who is who.

    Attributes
    ----------
    table : ibis Table
        ``inquiry`` and ``person``, both int64; the person is the least inquiry of theirs.
    shared_contacts : int
        Pairs of different people who left the same email or phone.
    """

    table: object
    shared_contacts: int


def persons(inquiries, *, connection) -> People:
    """Join the inquiries of the same person.

    Parameters
    ----------
    inquiries : ibis Table
        ``inquiry`` (int64, unique), first_name, last_name, zip as written, and email and phone
        canonical, missing where they are no use.
    connection : ibis backend

    Returns
    -------
    People

    Notes
    -----
    An inquiry without email and phone is a person of its own. One that fits two people who are
    known to differ joins the one it fits better, or none; without a given name it joins none.
    """
    named = step(
        inquiries.select(
            "inquiry",
            "email",
            "phone",
            "zip",
            first=name(inquiries.first_name),
            last=name(inquiries.last_name),
        )
    )
    reached = named.filter(named.email.notnull() | named.phone.notnull())
    identities = stored(connection, _identities(reached))
    who = stored(connection, stems(identities))
    keyed = stored(connection, shared_keys(who))
    pairs = stored(connection, candidates(who, keyed))
    pairs = judged(pairs).execute() if pairs.count().execute() else _none()
    same = _accepted(pairs)
    joined_up = ibis.memtable(groups(int(identities.count().execute()), same))
    joined = named.left_join(_with_identity(reached, identities), "inquiry")
    joined = joined.select("inquiry", "identity").left_join(joined_up, "identity")
    joined = step(joined.select("inquiry", "group"))
    window = ibis.window(group_by=joined.group)
    person = joined.group.notnull().ifelse(joined.inquiry.min().over(window), joined.inquiry)
    table = stored(connection, joined.select("inquiry", person=person))
    return People(
        table=table, shared_contacts=int((pairs["shared"] & (pairs["fit"] == NO_FIT)).sum())
    )


def _identities(reached):
    distinct = reached.select(*FIELDS).distinct()
    order = [distinct[name] for name in FIELDS]
    return distinct.mutate(identity=ibis.row_number().over(ibis.window(order_by=order)))


def _with_identity(reached, identities):
    filled = [reached[name].fill_null("") == identities[name].fill_null("") for name in FIELDS]
    return reached.inner_join(identities, filled, rname="{name}_2").select("inquiry", "identity")


def _none() -> pd.DataFrame:
    """Return what `judged` does where no two identities have anything in common."""
    types = {"identity_1": "int64", "identity_2": "int64", "fit": "int64", "shared": bool}
    return pd.DataFrame(columns=[*types, "apart"]).astype(types | {"apart": bool})


def _accepted(pairs: pd.DataFrame) -> pd.DataFrame:
    """Return the pairs that are one person, without those that would join two who are apart."""
    same = pairs[pairs["fit"] != NO_FIT]
    between = _between(_both_ways(same), _both_ways(pairs[pairs["apart"]]))
    worse = between[(between["fit"] <= between["fit_other"]) & (between["fit"] < EXACT)]
    torn = set(worse.loc[worse["fit"] == MISSING, "identity_1"])
    unplaced = (same["fit"] == MISSING) & same[["identity_1", "identity_2"]].isin(torn).any(axis=1)
    pair = pd.MultiIndex.from_frame(same[["identity_1", "identity_2"]])
    given_up = pd.MultiIndex.from_frame(_both_ways(worse)[["identity_1", "identity_2"]])
    return same[~pair.isin(given_up) & ~unplaced.to_numpy()]


def _between(same: pd.DataFrame, apart: pd.DataFrame) -> pd.DataFrame:
    """Return each pair, with the fit of its first to a third that is apart from its second."""
    apart = apart[["identity_1", "identity_2"]]
    thirds = same.merge(apart.set_axis(["identity_2", "other"], axis=1), on="identity_2")
    fits = same[["identity_1", "identity_2", "fit"]].set_axis(
        ["identity_1", "other", "fit"], axis=1
    )
    return thirds.merge(fits, on=["identity_1", "other"], suffixes=("", "_other"))


def _both_ways(pairs: pd.DataFrame) -> pd.DataFrame:
    turned = {"identity_1": "identity_2", "identity_2": "identity_1"}
    return pd.concat([pairs, pairs.rename(columns=turned)])


def groups(size: int, same: pd.DataFrame) -> pd.DataFrame:
    """Return the connected component of each of `size` identities.

    Parameters
    ----------
    size : int
        Identities are numbered from 0.
    same : DataFrame
        identity_1 and identity_2 of pairs that are one person.

    Returns
    -------
    DataFrame
        identity, group.

    Examples
    --------
    >>> groups(3, pd.DataFrame({"identity_1": [0], "identity_2": [2]}))["group"].tolist()
    [0, 1, 0]
    """
    ones = np.ones(len(same), dtype=np.int8)
    edges = (same["identity_1"].to_numpy(np.int64), same["identity_2"].to_numpy(np.int64))
    graph = coo_array((ones, edges), shape=(size, size))
    found = connected_components(graph, directed=False)[1] if size else np.array([], np.int64)
    return pd.DataFrame(
        {
            "identity": np.arange(size, dtype=np.int64),
            "group": found.astype(np.int64),
        }
    )
