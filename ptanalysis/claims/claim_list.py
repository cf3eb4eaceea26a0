"""The claims to be judged: those of claims.toml, and a clinic's own beside them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib.resources import files

from pydantic import ValidationError

from ptanalysis.claims.claim import Claim
from ptanalysis.claims.measures import MEASURES, implied
from ptanalysis.definitions import ClinicConfig, UserError

_ID = re.compile(r"[a-z][a-z0-9_]*")
#: Keys an entry may hold, in the order they are written.
_KEYS = tuple(name for name in Claim.model_fields if name not in ("id", "counts"))
_KINDS = {"float": "a number", "bool": "true or false", "dict": "a table", "model": "a table"}


class ClaimError(UserError, ValueError):
    """A claim that cannot be used; the message names its key and what is allowed."""


def load_claims(config: ClinicConfig | None = None) -> dict[str, Claim]:
    """Return the claims by id, with the clinic's own margins and claims where it states them.

    Parameters
    ----------
    config : ClinicConfig, optional

    Raises
    ------
    ClaimError
        A margin on the wrong side of no effect; every wrong key, measure and option of the
        clinic's own claims, one a line, with what is allowed.

    Notes
    -----
    A clinic's own claim is never primary: Holm's correction runs over those of claims.toml, which
    were written before any data were read.

    Examples
    --------
    >>> claims = load_claims()
    >>> len(claims), sum(claim.primary for claim in claims.values())
    (10, 7)
    >>> claims["inbound_slower_to_start"].band
    (-2.0, 2.0)
    """
    if config is None:
        return _written()
    stated = {
        name: _with_margin(claim, config.margins.get(name)) for name, claim in _written().items()
    }
    return stated | _own(config.claims)


@lru_cache(maxsize=1)
def _written() -> dict[str, Claim]:
    text = files("ptanalysis").joinpath("claims", "claims.toml").read_text("utf-8")
    return {name: _claim(name, entry) for name, entry in tomllib.loads(text).items()}


def _own(entries: Mapping[str, dict]) -> dict[str, Claim]:
    """Return a clinic's own claims; all that is wrong with them at once."""
    faults = {name: list(_faults(name, entry)) for name, entry in entries.items()}
    lines = [f"clinic.toml: claims.{name}: {each}" for name in faults for each in faults[name]]
    if lines:
        raise ClaimError("\n".join(lines))
    return {name: _claim(name, entry) for name, entry in entries.items()}


def _faults(name: str, entry: Mapping) -> Iterator[str]:
    """Yield what is wrong with a clinic's own claim, with what is allowed."""
    if not _ID.fullmatch(name):
        yield "the name must be of small letters, digits and _, like my_claim"
    if name in _written():
        yield "the name is taken by a claim of claims.toml; its margin is set in [margins]"
    if entry.get("primary"):
        yield (
            "a clinic's own claim is never primary: Holm's correction runs over those of"
            " claims.toml, written before the data were read; take primary out"
        )
    yield from (
        f"unknown key {key}; allowed are {', '.join(_KEYS)}" for key in entry.keys() - _KEYS
    )
    wrong = list(_wrong_measure(entry))
    yield from wrong or _wrong_keys(name, entry)


def _wrong_measure(entry: Mapping) -> Iterator[str]:
    """Yield what is wrong with an entry's measure and options."""
    if entry.get("measure") not in list(MEASURES):
        yield f"measure must be one of {', '.join(MEASURES)}"
        return
    known, given = MEASURES[entry["measure"]].options, entry.get("options", {})
    if not isinstance(given, dict) or given.keys() - known:
        yield f"options of {entry['measure']} {_listed(known)}"
        return
    for option, words in known.items():
        if given.get(option) not in list(words):
            yield f"options: {option} must be one of {', '.join(words)}"


def _listed(known: Mapping) -> str:
    if not known:
        return "must be left out: it has none"
    options = (f"{name} = {', '.join(words)}" for name, words in known.items())
    return f"must be a table of {'; '.join(options)}"


def _wrong_keys(name: str, entry: Mapping) -> Iterator[str]:
    try:
        _claim(name, {key: entry[key] for key in entry if key in _KEYS})
    except ValidationError as error:
        for each in error.errors():
            if each["loc"] != ("null",) or "null" in entry:
                yield from _rules(each)


def _rules(error: dict) -> list[str]:
    """Return the rules that a key breaks, in plain words."""
    key = ".".join(map(str, error["loc"]))
    if error["type"] == "value_error":
        return str(error["ctx"]["error"]).splitlines()
    if error["type"] == "missing":
        return [f"{key} is needed"]
    if error["type"] == "literal_error":
        return [f"{key} must be one of {error['ctx']['expected'].replace(chr(39), '')}"]
    return [f"{key} must be {_KINDS.get(error['type'].split('_')[0], 'text')}"]


def _claim(name: str, entry: Mapping) -> Claim:
    return Claim(**{"id": name, **implied(entry), **entry})


def _with_margin(claim: Claim, margin: float | None) -> Claim:
    if margin is None:
        return claim
    if margin <= (1 if claim.is_ratio else 0):
        rule = "a ratio above 1" if claim.is_ratio else "above 0"
        raise ClaimError(f"clinic.toml: the margin of {claim.id} must be {rule}")
    null = margin if claim.is_threshold else claim.null
    return claim.model_copy(update={"margin": float(margin), "null": float(null)})
