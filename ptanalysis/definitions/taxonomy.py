"""Channels, the side each is on, and the rules that name a channel from a source label."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

from ptanalysis.definitions.stages import TAXONOMIES, UNKNOWN

_SEPARATORS = re.compile(r"[\s\-_/.|:]+")


@dataclass(frozen=True)
class Taxonomy:
    """The channels and the ordered rules that find them.

    Examples
    --------
    >>> taxonomy = load_taxonomy()
    >>> taxonomy.direction("paid_search"), taxonomy.direction("paid_search", "platform")
    ('outbound', 'inbound')
    >>> taxonomy.channel("Google Ads", "CPC")
    'paid_search'
    >>> taxonomy.channel("billboard on the moon")
    'unknown'
    """

    channels: Mapping[str, Mapping[str, str]]
    rules: tuple[Mapping[str, re.Pattern | str], ...]

    def direction(self, channel: str, taxonomy: str = "default") -> str:
        """Return the side `channel` is on under one of TAXONOMIES."""
        if taxonomy not in TAXONOMIES:
            raise ValueError(f"taxonomy must be one of {', '.join(TAXONOMIES)}")
        return self.channels[channel][taxonomy]

    def label(self, channel: str) -> str:
        """Return the channel's name as people write it."""
        return self.channels[channel]["label"]

    def channel(
        self,
        source: str | None,
        medium: str | None = None,
        campaign: str | None = None,
        overrides: Mapping[str, str] | None = None,
    ) -> str:
        """Name the channel of one (source, medium, campaign), ``unknown`` where no rule matches.

        Parameters
        ----------
        source, medium, campaign : str or None
            As exported; case and separators do not matter.
        overrides : mapping, optional
            The clinic's own source labels to channels; they come first.
        """
        text = {"source": normal(source), "medium": normal(medium), "campaign": normal(campaign)}
        for label, channel in (overrides or {}).items():
            if normal(label) == text["source"]:
                return channel
        for rule in self.rules:
            patterns = {name: rule[name] for name in text if name in rule}
            if all(pattern.search(text[name]) for name, pattern in patterns.items()):
                return rule["channel"]
        return UNKNOWN


def normal(text: str | None) -> str:
    """Lower-case `text` and make every run of separators one space.

    Examples
    --------
    >>> normal(" Google_Ads / CPC ")
    'google ads cpc'
    """
    return _SEPARATORS.sub(" ", text or "").strip().casefold()


def load_taxonomy() -> Taxonomy:
    """Read taxonomy.toml, both taxonomies and the rules."""
    document = tomllib.loads(files(__package__).joinpath("taxonomy.toml").read_text("utf-8"))
    rules = tuple(
        {key: value if key == "channel" else re.compile(value) for key, value in rule.items()}
        for rule in document["rules"]
    )
    return Taxonomy(document["channels"], rules)
