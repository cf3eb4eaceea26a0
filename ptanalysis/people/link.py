"""From inquiries to persons: distinct identities, pairs judged, connected pairs are one person."""

from __future__ import annotations

from dataclasses import dataclass

import ibis
import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from ptanalysis.clean import name, step
from ptanalysis.people.rules import FIELDS, candidates, judged


@dataclass(frozen=True, kw_only=True)
class People:
    """Who is who.

    Attributes
    ----------
    table : ibis Table
        ``inquiry`` and ``person``, both int64; the person is the least inquiry of theirs.
    method : str
        How pairs were judged: "rules" or "rules and Splink".
    shared_contacts : int
        Pairs of different people who left the same email or phone.
    """

    table: object
    method: str
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
    An inquiry without email and phone is a person of its own. One without a given name joins the
    others with its contact only where these are one person.
    """
    named = step(
        inquiries.select("inquiry", "email", "phone", "zip",
                         first=name(inquiries.first_name), last=name(inquiries.last_name))
    )  # fmt: skip
    reached = named.filter(named.email.notnull() | named.phone.notnull())
    identities = _stored(connection, _identities(reached))
    pairs = judged(candidates(identities)).execute()
    same, shared = _accepted(pairs)
    groups = ibis.memtable(_groups(identities.identity.execute(), same))
    joined = named.left_join(_with_identity(reached, identities), "inquiry")
    joined = joined.select("inquiry", "identity").left_join(groups, "identity")
    joined = step(joined.select("inquiry", "group"))
    window = ibis.window(group_by=joined.group)
    person = joined.group.notnull().ifelse(joined.inquiry.min().over(window), joined.inquiry)
    table = _stored(connection, joined.select("inquiry", person=person))
    return People(table=table, method="rules", shared_contacts=shared)


def _identities(reached):
    distinct = reached.select(*FIELDS).distinct()
    order = [distinct[name] for name in FIELDS]
    return distinct.mutate(identity=ibis.row_number().over(ibis.window(order_by=order)))


def _with_identity(reached, identities):
    filled = [reached[name].fill_null("") == identities[name].fill_null("") for name in FIELDS]
    return reached.inner_join(identities, filled, rname="{name}_2").select("inquiry", "identity")


def _accepted(pairs: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Leave out nameless identities that fit several people."""
    same = pairs[pairs["same"] & ~pairs["nameless"]]
    nameless = pairs[pairs["same"] & pairs["nameless"]]
    apart = pairs[pairs["shared"] & ~pairs["same"]]
    torn = set(apart["identity_1"]) | set(apart["identity_2"])
    fits = ~(nameless["identity_1"].isin(torn) | nameless["identity_2"].isin(torn))
    return pd.concat([same, nameless[fits]]), len(apart)


def _groups(identities: pd.Series, same: pd.DataFrame) -> pd.DataFrame:
    """Return the connected component of each identity."""
    size = len(identities)
    ones = np.ones(len(same), dtype=np.int8)
    edges = (same["identity_1"].to_numpy(np.int64), same["identity_2"].to_numpy(np.int64))
    graph = coo_array((ones, edges), shape=(size, size))
    found = connected_components(graph, directed=False)[1] if size else np.array([], np.int64)
    return pd.DataFrame({
        "identity": np.arange(size, dtype=np.int64), "group": found.astype(np.int64),
    })  # fmt: skip


def _stored(connection, expression):
    table_name = f"people_{id(expression):x}"
    connection.create_table(table_name, expression, temp=True)
    return connection.table(table_name)
