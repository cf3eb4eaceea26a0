"""From inquiries to persons: distinct identities, pairs judged, connected pairs are one person."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

import ibis
import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from ptanalysis.intake.clean import name, step
from ptanalysis.intake.people.match_model import FEWEST_TO_TRAIN, sure_pairs, trainable
from ptanalysis.intake.people.match_rules import FIELDS, candidates, judged


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
    identities = _stored(connection, _identities(reached))
    same, shared = _accepted(judged(candidates(identities)).execute())
    method = "rules"
    if int(identities.count().execute()) >= FEWEST_TO_TRAIN:
        records = identities.execute()
        if trainable(records):
            same = pd.concat([same, _of_model(records, shared)])
            method = "rules and Splink"
    joined_up = ibis.memtable(groups(int(identities.count().execute()), same))
    joined = named.left_join(_with_identity(reached, identities), "inquiry")
    joined = joined.select("inquiry", "identity").left_join(joined_up, "identity")
    joined = step(joined.select("inquiry", "group"))
    window = ibis.window(group_by=joined.group)
    person = joined.group.notnull().ifelse(joined.inquiry.min().over(window), joined.inquiry)
    table = _stored(connection, joined.select("inquiry", person=person))
    return People(table=table, method=method, shared_contacts=len(shared))


def _identities(reached):
    distinct = reached.select(*FIELDS).distinct()
    order = [distinct[name] for name in FIELDS]
    return distinct.mutate(identity=ibis.row_number().over(ibis.window(order_by=order)))


def _with_identity(reached, identities):
    filled = [reached[name].fill_null("") == identities[name].fill_null("") for name in FIELDS]
    return reached.inner_join(identities, filled, rname="{name}_2").select("inquiry", "identity")


def _accepted(pairs: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the pairs that are one person, and those that only share a contact.

    Nameless identities that fit several people are joined to none.
    """
    same = pairs[pairs["same"] & ~pairs["nameless"]]
    nameless = pairs[pairs["same"] & pairs["nameless"]]
    apart = pairs[pairs["shared"] & ~pairs["same"]]
    torn = set(apart["identity_1"]) | set(apart["identity_2"])
    fits = ~(nameless["identity_1"].isin(torn) | nameless["identity_2"].isin(torn))
    return pd.concat([same, nameless[fits]]), apart


def _of_model(records: pd.DataFrame, shared: pd.DataFrame) -> pd.DataFrame:
    """Return the model's sure pairs, but for families, and people who differ in both contacts."""
    found = _with_one_contact(sure_pairs(records), records.set_index("identity"))
    apart = set(zip(shared["identity_1"], shared["identity_2"], strict=True))
    order = found[["identity_1", "identity_2"]]
    pairs = zip(order.min(axis=1), order.max(axis=1), strict=True)
    return found[[pair not in apart for pair in pairs]]


def _with_one_contact(found: pd.DataFrame, records: pd.DataFrame) -> pd.DataFrame:
    """Leave out pairs with two emails and two phones."""
    sides = [
        records.loc[found[side], ["email", "phone"]].to_numpy(object)
        for side in ("identity_1", "identity_2")
    ]
    missing = pd.isna(sides[0]) | pd.isna(sides[1])
    differ = (sides[0] != sides[1]) & ~missing
    return found[~differ.all(axis=1)]


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


def _stored(connection, expression):
    table_name = f"people_{uuid.uuid4().hex}"
    connection.create_table(table_name, expression, temp=True)
    return connection.table(table_name)
