"""Channels and the side each is on, and the one form in which labels are compared."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from urllib.parse import unquote

from ptanalysis.definitions.stages import TAXONOMIES

_SEPARATORS = re.compile(r"[\s\-‐-―_/.,|:+\u200b\ufeff]+")
_DROPPED = re.compile(r"['’‘`´]")
_AND = re.compile(r"\s*[&＆]\s*")
#: A text encoded for a URL twice is seen in exports; more often is not.
_DECODED = 2


@dataclass(frozen=True)
class Taxonomy:
    """The channels that ship with the package.

    Examples
    --------
    >>> taxonomy = load_taxonomy()
    >>> taxonomy.direction("paid_search"), taxonomy.direction("paid_search", "platform")
    ('outbound', 'inbound')
    """

    channels: Mapping[str, Mapping[str, str]]

    def direction(self, channel: str, taxonomy: str = "default") -> str:
        """Return the side `channel` is on under one of TAXONOMIES."""
        if taxonomy not in TAXONOMIES:
            raise ValueError(f"taxonomy must be one of {', '.join(TAXONOMIES)}")
        return self.channels[channel][taxonomy]


def normal(text: str | None) -> str:
    """Return the form in which labels (source, medium, campaign, vendor) are compared.

    URL encoding, accents, apostrophes, case, "&" for "and", and which separators stand between
    words do not matter.

    Examples
    --------
    >>> normal(" Google_Ads / CPC "), normal("knee%20pain+spring"), normal("Angie’s Hip&Back")
    ('google ads cpc', 'knee pain spring', 'angies hip and back')
    """
    words = _AND.sub(" and ", _DROPPED.sub("", _decoded(text or "")))
    letters = unicodedata.normalize("NFKD", words)
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return _SEPARATORS.sub(" ", plain).strip().casefold()


def _decoded(text: str) -> str:
    """Return a text without URL encoding; one that only looks encoded ("50%add") stays."""
    for _ in range(_DECODED):
        try:
            text = unquote(text, errors="strict")
        except UnicodeDecodeError:
            break
    return text


def load_taxonomy() -> Taxonomy:
    """Read taxonomy.toml."""
    document = tomllib.loads(files(__package__).joinpath("taxonomy.toml").read_text("utf-8"))
    return Taxonomy(document["channels"])
