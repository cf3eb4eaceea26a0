"""The claims to be judged, each with its margin: those of claims.toml and a clinic's own."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib.resources import files
from math import inf
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from ptanalysis.claims.measures import MEASURES, implied
from ptanalysis.definitions import ClinicConfig, UserError

_THRESHOLD = (
    "supported when the whole 95% interval lies {side} {null:g}, contradicted when it lies "
    "{other}, each with p at most .05{holm}"
)
_BOTH = (
    "supported when both parts lie above their lines (1 and {lasts_margin:g}; p is the larger of "
    "the two), contradicted when either lies below its own (twice the smaller p); no material "
    "difference when the 90% interval of growth lies between {low:g} and {margin:g}"
)
_EITHER = (
    "supported when the two sides differ in either direction, p at most .05{holm}; "
    "no material difference when the 90% interval lies between {low:g} and {margin:g}"
)
_ONE_SIDE = (
    "supported when the estimate lies {side} {null:g}, contradicted when on the other side, each "
    "with p at most .05{holm}; no material difference when the 90% interval lies between "
    "{low:g} and {margin:g}"
)


#: Below what a margin that is no ratio above 1 must stay, by unit: shares are fractions.
_MOST = {"points": 1, "ratio": 1, "weeks": inf}


class Claim(BaseModel):
    """One claim as claims.toml or a clinic's own clinic.toml states it.

    Parameters
    ----------
    id, statement, estimand : str
    measure : str
        A name of `ptanalysis.claims.measures.MEASURES`.
    options : dict of str to str
        Of the measure: each of its options, with one of the allowed words.
    also : str or None
        The second part, where both must hold.
    primary : bool
        Whether Holm's correction runs over it.
    unit : str
    null : float
        The value of no effect: 1 for ratios, 0 for differences; for persistence its threshold.
    claims : {"larger", "smaller", "either"}
        Where the claim says the estimate lies, seen from the null.
    margin : float
        Smallest effect that matters: a ratio above 1, or a difference above 0.
    counts : str
        What the estimate's n counts.
    lasts_margin : float or None
        The line of the second part, where both parts must hold.

    Raises
    ------
    pydantic.ValidationError
        Keys that do not fit together, each named with what is allowed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    id: str
    statement: str
    estimand: str
    measure: str
    options: dict[str, str] = {}
    also: str | None = None
    primary: bool = False
    unit: str
    null: float
    claims: Literal["larger", "smaller", "either"]
    margin: float
    counts: str
    lasts_margin: float | None = None

    @model_validator(mode="after")
    def _fits_together(self) -> Claim:
        if found := [*self._wrong_texts(), *self._wrong_margin(), *self._wrong_also()]:
            raise ValueError("\n".join(found))
        return self

    def _wrong_texts(self) -> Iterator[str]:
        for name in ("statement", "estimand"):
            if not (text := getattr(self, name)).strip() or not text.isprintable():
                yield f"{name} must be one line of text"
        meant = implied(self.model_dump())
        for name in ("unit", "null", "counts"):
            if getattr(self, name) != meant[name]:
                yield f"{name} follows from the measure and is {meant[name]}; take it out"

    def _wrong_margin(self) -> Iterator[str]:
        least, most = (1, inf) if self.is_ratio else (0, _MOST[self.unit])
        if not least < self.margin < most:
            yield f"margin must be above {least}" + (f" and below {most}" if most < inf else "")
        if self.is_threshold and self.claims == "either":
            yield f"claims must be one of larger, smaller with the measure {self.measure}"

    def _wrong_also(self) -> Iterator[str]:
        parts = MEASURES[self.measure].also
        if self.also is not None and self.also not in parts:
            yield f"also {_allowed(parts)} with the measure {self.measure}"
        elif (self.also is None) != (self.lasts_margin is None):
            yield "also and lasts_margin (the line of that part) go together"
        elif self.also and not (self.claims == "larger" and 0 < self.lasts_margin < inf):
            yield 'also needs claims = "larger" and a lasts_margin above 0'

    @property
    def is_ratio(self) -> bool:
        """Whether no effect is a ratio of 1, so that the scale is the log."""
        return self.null == 1

    @property
    def is_threshold(self) -> bool:
        """Whether the margin itself is the line between supported and contradicted."""
        return self.null == self.margin

    @property
    def band(self) -> tuple[float, float]:
        """The immaterial effects: between these two."""
        return (1 / self.margin if self.is_ratio else -self.margin), self.margin

    @property
    def nulls(self) -> tuple[float, ...]:
        """The line each part of the claim is tested against."""
        return (self.null,) if self.lasts_margin is None else (self.null, self.lasts_margin)

    @property
    def rule(self) -> str:
        """The rule of the verdict in words, with its figures."""
        if self.is_threshold:
            form = _THRESHOLD
        elif self.lasts_margin is not None:
            form = _BOTH
        else:
            form = _EITHER if self.claims == "either" else _ONE_SIDE
        return form.format(
            null=self.null,
            low=round(self.band[0], 3),
            margin=self.margin,
            lasts_margin=self.lasts_margin or 0,
            side="above" if self.claims == "larger" else "below",
            other="below" if self.claims == "larger" else "above",
            holm=" after Holm's correction" if self.primary else "",
        )


def _allowed(words) -> str:
    return f"must be one of {', '.join(words)}" if words else "is not allowed"


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
