"""Channels: the rules run on the distinct labels in Python and join back; unknown stays unknown."""

from __future__ import annotations

from collections.abc import Mapping

import ibis
import pandas as pd

from ptanalysis.definitions import TAXONOMIES, Taxonomy
from ptanalysis.intake.clean import step

LABELS = ("source", "medium", "campaign")


def with_channel(table, taxonomy: Taxonomy, overrides: Mapping[str, str]):
    """Add ``channel`` and the direction under each taxonomy, from source, medium and campaign.

    Parameters
    ----------
    table : ibis Table
        With text columns LABELS.
    taxonomy : Taxonomy
    overrides : mapping
        The clinic's own source labels to channels.

    Returns
    -------
    ibis Table
    """
    keyed = step(table, **{f"_{name}": table[name].fill_null("") for name in LABELS})
    keys = [f"_{name}" for name in LABELS]
    labels = keyed.select(*keys).distinct().execute()
    named = ibis.memtable(_named(labels, taxonomy, overrides))
    joined = keyed.left_join(
        named, [(keyed[key], named[key]) for key in keys], rname="{name}_right"
    )
    return joined.select(*table.columns, "channel", *TAXONOMIES.values())


def directions(channels: pd.Series, taxonomy: Taxonomy) -> dict[str, pd.Series]:
    """Return the direction of each channel under each taxonomy, by seam column."""
    return {
        column: channels.map(lambda channel, t=name: taxonomy.direction(channel, t))
        for name, column in TAXONOMIES.items()
    }


def _named(labels: pd.DataFrame, taxonomy: Taxonomy, overrides: Mapping[str, str]) -> pd.DataFrame:
    channel = [taxonomy.channel(*row, overrides) for row in labels.itertuples(index=False)]
    channel = pd.Series(channel, dtype="str", index=labels.index)
    return labels.astype("str").assign(channel=channel, **directions(channel, taxonomy))
