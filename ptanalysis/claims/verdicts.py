"""The verdict on each claim, with everything needed to check it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pandas as pd

from ptanalysis.claims.choices import Cell, apply
from ptanalysis.claims.claim_list import Claim, load_claims
from ptanalysis.claims.measures import measure
from ptanalysis.claims.more_data import deciding_level, hardest, needs
from ptanalysis.claims.verdict_rules import (
    ALPHA,
    CANNOT_TELL,
    CONTRADICTED,
    NO_MATERIAL_DIFFERENCE,
    SUPPORTED,
    Sensitivity,
    decidable,
    decide,
    evidence,
    has_sign_change,
    holm,
    material,
    summarize,
)
from ptanalysis.dataset import ClinicData
from ptanalysis.stats import Estimate

_DECIDED = (SUPPORTED, CONTRADICTED, NO_MATERIAL_DIFFERENCE)

SIGN_CHANGE = "the verdict turns to its opposite under another reasonable choice: {choices}"


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What the data say of one claim.

    Attributes
    ----------
    id, statement, estimand, rule : str
        The claim, its number, and the rule by which it was judged, in words.
    counts : str
        What the estimate's n counts.
    primary : bool
    verdict : str
        supported, contradicted, no_material_difference, cannot_tell or not_testable.
    material : bool
        Whether a supported or contradicted claim clears the margin ("by a material amount").
    estimate : Estimate
        The claim's number, with the p of the claim's test and, as reason, the gate that failed.
    parts : tuple of Estimate
        All numbers behind it (two where both must hold).
    margin : float
    claimed : float or None
        How sure these data are, without looking at other claims, that the number lies on the
        claimed side: 1 less half its p, or half its p. None for two parts or either direction.
    p_adjusted : float or None
        Holm's over the decidable primaries; None for the others.
    needs : str or None
        Beside cannot_tell: what the data could have shown, and how much more would settle it.
    sensitivity : Sensitivity or None
        Over the analysis choices; None until a grid is given, and where the claim is not judged.
    """

    id: str
    statement: str
    estimand: str
    rule: str
    counts: str
    primary: bool
    verdict: str
    material: bool
    estimate: Estimate
    parts: tuple[Estimate, ...]
    margin: float
    p_adjusted: float | None
    claimed: float | None = None
    needs: str | None = None
    sensitivity: Sensitivity | None = None

    def __str__(self) -> str:
        """Return statement, estimand, rule and verdict, one a line."""
        amount = " by a material amount" if self.material else ""
        return (
            f"{self.statement}: {self.verdict.replace('_', ' ')}{amount}\n"
            f"  measured by: {self.estimand}\n  rule: {self.rule}"
        )


def judge(tables: ClinicData, *, grid: pd.DataFrame | None = None) -> list[Verdict]:
    """Judge every claim on one clinic's data.

    Parameters
    ----------
    tables : ClinicData
    grid : DataFrame, optional
        From `robustness(tables)`: fills `Verdict.sensitivity`, and turns a verdict whose opposite
        is reached in another cell into cannot_tell.

    Returns
    -------
    list of Verdict
        One a claim, in the order of claims.toml; a clinic's own behind them.

    Notes
    -----
    Holm runs over the primaries that no gate stops. The gates look at how much data there is,
    never at the effect, so leaving the others out keeps the family-wise error at 5%. Claims that
    are not primary use their plain p and are to be read as descriptions beside their primary.

    References
    ----------
    Holm (1979); Schuirmann (1987); Berger (1982). See docs/claims.md.
    """
    claims, tables = load_claims(tables.config), apply(tables, Cell())
    parts = {name: measure(claim, tables) for name, claim in claims.items()}
    family = primary_p_values(claims, parts)
    verdicts = [_verdict(claim, parts[name], family, tables) for name, claim in claims.items()]
    return verdicts if grid is None else [with_sensitivity(each, grid) for each in verdicts]


def primary_p_values(
    claims: Mapping[str, Claim], parts: Mapping[str, tuple[Estimate, ...]]
) -> dict[str, float]:
    """Return the p of each primary that no gate stops: what Holm runs over."""
    return {
        name: evidence(claims[name], found).p_value
        for name, found in parts.items()
        if claims[name].primary and decidable(found)
    }


def verdict_word(
    claim: Claim,
    parts: tuple[Estimate, ...],
    p_adjusted: float | None,
    tables: ClinicData,
    *,
    horizon: int | None = None,
) -> str:
    """Return the verdict of a claim whose numbers are known."""
    plain = evidence(claim, parts).p_value if decidable(parts) else None
    return decide(
        claim,
        parts,
        p_adjusted if claim.primary else plain,
        narrower=lambda: measure(claim, tables, horizon=horizon, confidence_level=1 - 2 * ALPHA)[0],
    )


def with_sensitivity(verdict: Verdict, grid: pd.DataFrame) -> Verdict:
    """Return the verdict with what the grid says of it; a sign change makes it cannot_tell."""
    rows = grid[grid["claim"] == verdict.id]
    if rows.empty:
        return verdict
    found = summarize(rows)
    if verdict.verdict in _DECIDED and has_sign_change(rows):
        why = SIGN_CHANGE.format(
            choices=" or ".join(found.examples.get("reversed", ())) or "in combination only"
        )
        return replace(verdict, verdict=CANNOT_TELL, material=False, sensitivity=found, needs=why)
    return replace(verdict, sensitivity=found)


def _verdict(claim: Claim, parts, family: Mapping[str, float], tables: ClinicData) -> Verdict:
    p_adjusted = holm(family).get(claim.id)
    word = verdict_word(claim, parts, p_adjusted, tables)
    decided = word in (SUPPORTED, CONTRADICTED)
    return Verdict(
        id=claim.id,
        statement=claim.statement,
        estimand=claim.estimand,
        rule=claim.rule,
        counts=claim.counts,
        primary=claim.primary,
        verdict=word,
        parts=parts,
        margin=claim.margin,
        p_adjusted=p_adjusted,
        claimed=_claimed(claim, parts),
        estimate=_shown(claim, parts),
        material=decided and material(claim, parts[0]),
        needs=_needs(claim, parts, family, tables) if word == CANNOT_TELL else None,
    )


def _claimed(claim: Claim, parts: tuple[Estimate, ...]) -> float | None:
    """Return the confidence that a claim's number lies on its side (Schweder & Hjort 2002)."""
    if not decidable(parts) or len(parts) > 1 or claim.claims == "either":
        return None
    found = evidence(claim, parts)
    return 1 - found.p_value / 2 if found.leans == SUPPORTED else found.p_value / 2


def _needs(claim: Claim, parts, family: Mapping[str, float], tables: ClinicData) -> str:
    """Return what would settle the claim; with two parts, which of them is open."""
    level = deciding_level(claim.id, family) if claim.id in family else ALPHA
    plan = {"weeks": _weeks(tables), "alpha": level}
    if len(parts) == 1:
        return needs(claim, _shown(claim, parts), **plan)
    part_of, part = hardest(claim, parts)
    return f"{part.id}: {needs(part_of, part, **plan)}"


def _shown(claim: Claim, parts: tuple[Estimate, ...]) -> Estimate:
    """Return the first part with the p of the claim's test and every part's reason."""
    reason = "; ".join(dict.fromkeys(part.reason for part in parts if part.reason))
    p_value = evidence(claim, parts).p_value if decidable(parts) else parts[0].p_value
    return replace(parts[0], p_value=p_value, reason=reason)


def _weeks(tables: ClinicData) -> float:
    """Return the weeks from the first lead to the as-of date."""
    first = tables.leads["lead_at"].min()
    return 0.0 if pd.isna(first) else (tables.as_of - first).days / 7
