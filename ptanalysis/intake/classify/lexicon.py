"""The word lists of words.toml, compiled for a clinic's own services."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files


@cache
def words() -> dict:
    """Return words.toml."""
    return tomllib.loads(files(__package__).joinpath("lexicon.toml").read_text("utf-8"))


def service_patterns(services: Sequence[str]) -> dict[str, str]:
    """Return a regular expression for each service a clinic offers, in the clinic's order.

    Broad ones ("physical therapy", "evaluation") come last, so that the more telling one is found.

    Examples
    --------
    >>> list(service_patterns(("physical therapy", "knee")))
    ['knee', 'physical therapy']
    """
    own = words()["service_words"]
    last = ("evaluation", "physical therapy")
    ordered = sorted(services, key=lambda service: (service in last, service == last[-1]))
    return {
        service: "|".join(filter(None, (rf"\b{_escaped(service)}\b", own.get(service))))
        for service in ordered
    }


def other_service_pattern(services: Sequence[str]) -> str:
    """Return a regular expression for the health services this clinic does not offer."""
    offered = " ".join(services)
    known = words()["other_services"].items()
    return "|".join(pattern for name, pattern in known if name not in offered)


def _escaped(text: str) -> str:
    """Escape what is special in every engine's regular expressions, spaces left as they are."""
    return re.sub(r"([^\w\s-])", r"\\\1", text)
