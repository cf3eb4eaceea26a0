"""The number of each claim, asked of the question that owns it."""

from __future__ import annotations

from ptanalysis.claims.claim import Claim
from ptanalysis.claims.measures import MEASURES
from ptanalysis.dataset import ClinicData
from ptanalysis.stats import Estimate


def measure(
    claim: Claim,
    tables: ClinicData,
    *,
    horizon: int | None = None,
    confidence_level: float = 0.95,
) -> tuple[Estimate, ...]:
    """Return the claim's number, and its second part's where both must hold.

    Parameters
    ----------
    claim : Claim
    tables : ClinicData
    horizon : int, optional
        Weeks from lead to SQL, the clinic's where left out; for the claims that count SQLs.
    confidence_level : float

    Returns
    -------
    tuple of Estimate
        Each with the two-sided p against its own line in `claim.nulls`.
    """
    source = MEASURES[claim.measure]
    options = dict(claim.options, confidence_level=confidence_level)
    if "horizon" in source.axes and horizon:
        options["horizon"] = horizon
    questions = [source.question, *([source.also[claim.also]] if claim.also else [])]
    return tuple(
        question(tables, null=null, **options)
        for question, null in zip(questions, claim.nulls, strict=True)
    )
