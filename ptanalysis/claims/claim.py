"""Claim: what is said, the number that would show it, and the smallest effect that matters."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import files

from ptanalysis.definitions import ClinicConfig

_THRESHOLD = (
    "supported when the whole 95% interval lies below {null:g}, contradicted when it lies above, "
    "each with p at most .05 after Holm's correction"
)
_BOTH = (
    "supported when both parts lie above their lines (1 and {lasts_margin:g}; p is the larger of "
    "the two), contradicted when either lies below its own (twice the smaller p); no material "
    "difference when the 90% interval of growth lies between {low:g} and {margin:g}"
)
_EITHER = (
    "supported when the two sides differ in either direction, p at most .05 after Holm's "
    "correction; no material difference when the 90% interval lies between {low:g} and {margin:g}"
)
_ONE_SIDE = (
    "supported when the estimate lies {side} {null:g}, contradicted when on the other side, each "
    "with p at most .05{holm}; no material difference when the 90% interval lies between "
    "{low:g} and {margin:g}"
)


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One claim as definitions/claims.toml states it, before the data are read.

    Parameters
    ----------
    id, statement, estimand : str
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

    Examples
    --------
    >>> load_claims()["inbound_slower_to_start"].band
    (-2.0, 2.0)
    """

    id: str
    statement: str
    estimand: str
    primary: bool
    unit: str
    null: float
    claims: str
    margin: float
    counts: str
    lasts_margin: float | None = None

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
            holm=" after Holm's correction" if self.primary else "",
        )


@lru_cache(maxsize=1)
def _stated() -> dict[str, Claim]:
    text = files("ptanalysis").joinpath("claims", "claims.toml").read_text("utf-8")
    return {name: Claim(id=name, **keys) for name, keys in tomllib.loads(text).items()}


def load_claims(config: ClinicConfig | None = None) -> dict[str, Claim]:
    """Return the claims by id, with the clinic's own margins where it states them.

    Parameters
    ----------
    config : ClinicConfig, optional

    Raises
    ------
    ValueError
        A margin on the wrong side of no effect.

    Examples
    --------
    >>> claims = load_claims()
    >>> len(claims), sum(claim.primary for claim in claims.values())
    (10, 7)
    """
    margins = {} if config is None else config.margins
    return {name: _with_margin(claim, margins.get(name)) for name, claim in _stated().items()}


def _with_margin(claim: Claim, margin: float | None) -> Claim:
    if margin is None:
        return claim
    if margin <= (1 if claim.is_ratio else 0):
        rule = "a ratio above 1" if claim.is_ratio else "above 0"
        raise ValueError(f"clinic.toml: the margin of {claim.id} must be {rule}")
    null = margin if claim.is_threshold else claim.null
    return replace(claim, margin=float(margin), null=float(null))
