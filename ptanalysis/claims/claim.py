"""Claim: what is said, the number that would show it, and the smallest effect that matters."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf
from typing import Literal

from pydantic import BaseModel, ConfigDict, model_validator

from ptanalysis.claims.measures import MEASURES, implied

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
