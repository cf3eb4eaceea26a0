"""Channels: the rules run on the distinct labels in Python and join back; unknown stays unknown."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files

import ibis
import pandas as pd

from ptanalysis.definitions import TAXONOMIES, UNKNOWN, ClinicConfig, load_taxonomy, normal
from ptanalysis.intake.clean import folded, step

LABELS = ("source", "medium")
_SIDES = ("channel", *TAXONOMIES.values())
#: A web address by itself, and its labels before the ending.
_HOST = re.compile(
    r"(?:[a-z][a-z-]*://)?(?!dr\.[a-z]+$)(((?:[\w-]+\.)+?)"
    r"(?:(?:com?|org|net|edu|gov|ac)\.[a-z]{2}|[a-z]{2}|com|org|net|edu|gov|info"
    r"|biz|page|app|health|care|clinic|online|site))(?:[:/?#]\S*)?"
)
#: The name of an Android app.
_APP = re.compile(r"(?:android-app://)?((com(?:\.[a-z]\w*){2,3}))/?")
#: Labels before a site's own that are still the site.
_PREFIXES = re.compile(r"^(?:(?:www\d?|m|l|lm|mobile|amp|out)\.)+")
#: What a site that no list knows is read as; no rule finds it.
_NO_SITE = "(site)"
#: The one cell of Google Analytics that holds both labels.
_BOTH = " / "


def channel_of(
    source: str | None, medium: str | None = None, own: Mapping[str, str] | None = None
) -> str:
    """Name the channel of a source and a medium, ``unknown`` where no rule does.

    Parameters
    ----------
    source, medium : str or None
        As exported.
    own : mapping, optional
        The clinic's own sources ("source" or "source / medium") in their normal form, to channels;
        they come first.

    Examples
    --------
    >>> channel_of("Google Ads", "CPC"), channel_of("google / organic"), channel_of("the moon")
    ('paid_search', 'seo', 'unknown')

    A medium that no rule knows, and an address that is only alike, name nothing:

    >>> channel_of("google", "newthing"), channel_of("mail.google.com", "referral")
    ('unknown', 'unknown')
    """
    for label in (f"{source} / {medium or ''}", source) if own else ():
        if found := own.get(normal(label)):
            return found
    return next(_named(*_labels(source or "", medium or "")), UNKNOWN)


def with_channel(table, config: ClinicConfig):
    """Add ``channel`` and the direction under each taxonomy, from source and medium.

    Parameters
    ----------
    table : ibis Table
        With text columns LABELS.
    config : ClinicConfig
        Its own channels and sources.

    Returns
    -------
    ibis Table
    """
    keyed = step(table, **{f"_{name}": table[name].fill_null("") for name in LABELS})
    keys = [f"_{name}" for name in LABELS]
    labels = keyed.select(*keys).distinct().execute().astype("str")
    rows = labels.itertuples(index=False)
    channel = pd.Series([channel_of(*row, config.sources) for row in rows], dtype="str")
    named = ibis.memtable(labels.assign(channel=channel, **_directions(channel, config)))
    joined = keyed.left_join(
        named, [(keyed[key], named[key]) for key in keys], rname="{name}_right"
    )
    return joined.select(*table.columns, *_SIDES)


def by_campaign(table, listed: Sequence):
    """Take unknown channels and missing vendors from the clinic's own lists of campaigns.

    A campaign that has one channel there, or one vendor, gives it to the inquiries that name it.

    Parameters
    ----------
    table : ibis Table
        Inquiries with campaign, vendor, channel and directions.
    listed : sequence of ibis Tables
        Campaigns and spend, with the same.

    Returns
    -------
    ibis Table
    """
    both = ibis.union(*(each.select("campaign", "vendor", *_SIDES) for each in listed))
    both = step(both.filter(both.campaign.notnull()), key=folded(both.campaign))
    sure = both.channel != UNKNOWN
    agreed = both.group_by("key").aggregate(
        own_vendor=both.vendor.min(),
        vendors=both.vendor.nunique(),
        channels=both.channel.nunique(where=sure),
        **{f"own_{name}": both[name].min(where=sure) for name in _SIDES},
    )
    keyed = step(table, key=folded(table.campaign))
    joined = step(keyed.left_join(agreed, "key").drop("key_right"))
    vendor = (joined.vendors == 1).ifelse(joined.own_vendor, None)
    named = (joined.channel == UNKNOWN) & (joined.channels == 1)
    return joined.mutate(
        vendor=joined.vendor.coalesce(vendor),
        **{name: named.ifelse(joined[f"own_{name}"], joined[name]) for name in _SIDES},
    ).select(*table.columns)


def _directions(channels: pd.Series, config: ClinicConfig) -> dict[str, pd.Series]:
    """Return the direction of each channel under each taxonomy, by seam column."""
    known = {**load_taxonomy().channels, **config.channels}
    return {
        column: channels.map(lambda channel, t=taxonomy: known[channel][t])
        for taxonomy, column in TAXONOMIES.items()
    }


def _named(source: str, medium: str) -> Iterator[str]:
    """Yield the channels of the rules that match, the first first."""
    rules = _rules()
    if not any(pattern.search(medium) for pattern in rules["known"]):
        return
    paid = rules["paid"]
    is_paid = any(paid["label"].search(label) for label in (source, medium))
    is_paid = is_paid or paid["medium"].search(medium)
    for rule in rules["rules"]:
        if _matches(rule, source, medium) and (not is_paid or rule["channel"] in paid["channels"]):
            yield rule["channel"]
    if is_paid:
        yield paid["otherwise"]


def _matches(rule: Mapping, source: str, medium: str) -> bool:
    texts = {"source": (source,), "medium": (medium,), "label": (source, medium)}
    return all(any(rule[key].search(text) for text in texts[key]) for key in texts if key in rule)


def _labels(source: str, medium: str) -> tuple[str, str]:
    """Return source and medium in their normal form, an address as the site it belongs to."""
    if not medium.strip() and _BOTH in source:
        source, _, medium = source.partition(_BOTH)
    bare = source.strip().casefold()
    address = _APP.fullmatch(bare) or _HOST.fullmatch(bare)
    plain = _site(*address.groups()) if address else normal(source)
    return _plain(plain), _plain(normal(medium))


def _plain(label: str) -> str:
    """Return a label with what was paid for, or was not, in one way."""
    rules = _rules()
    organic = rules["unpaid"].sub("organic", label)
    return rules["ads"].sub("ads", rules["ads_on"].sub(r"\1 ads", organic))


def _site(address: str, labels: str) -> str:
    """Return the site of a web address, by the whole of it or by its labels without the ending."""
    hosts = _rules()["hosts"]
    names = (_PREFIXES.sub("", name).rstrip(".") for name in (address, labels))
    return next((hosts[name] for name in names if name in hosts), _NO_SITE)


@cache
def _rules() -> dict:
    """Return channel_rules.toml with its patterns compiled, and ``known``: those of mediums."""
    text = files(__package__).joinpath("channel_rules.toml").read_text("utf-8")
    document = {name: _compiled(part) for name, part in tomllib.loads(text).items()}
    rules = [document["paid"], *document["rules"]]
    known = [rule[key] for rule in rules for key in ("label", "medium") if key in rule]
    return document | {"known": [document["silent"], *known]}


def _compiled(part):
    """Return patterns of a part of the file as such; lists of rules by their rules."""
    if isinstance(part, list):
        return [_compiled(rule) for rule in part]
    if isinstance(part, str):
        return re.compile(part)
    names = ("source", "medium", "label")
    return {key: re.compile(value) if key in names else value for key, value in part.items()}
