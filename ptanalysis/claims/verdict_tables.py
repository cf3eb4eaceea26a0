"""Verdicts and the grid of choices as tables: one row a claim, one row a claim and choice."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from ptanalysis.claims.claim_answers import answered
from ptanalysis.claims.verdicts import Verdict
from ptanalysis.dataset import ClinicData

_COUNTS = ("agrees", "undecided", "reversed", "not_judged", "of")


def verdicts(clinic: ClinicData) -> pd.DataFrame:
    """Return the verdict on each claim, the clinic's own behind those of claims.toml.

    Parameters
    ----------
    clinic : ClinicData
        Of `ptanalysis.load`. What that run was found to say is kept; on tables that were changed
        since it is worked out, which takes a minute.

    Returns
    -------
    DataFrame
        One row a claim: ``id, statement, measure, primary, verdict``; ``estimate, ci_low, ci_high,
        unit, n, margin`` (the smallest effect that matters), ``p_value``, ``p_adjusted`` (Holm's,
        of primary claims that can be tested); ``needs`` (what would settle an open one),
        ``reason`` (why it is not judged); over other analysis choices ``agrees, undecided,
        reversed, not_judged, of`` (missing where it is not asked); ``measured_by``, in words.
    """
    return claims_table(answered(clinic).verdicts)


def choices(clinic: ClinicData) -> pd.DataFrame:
    """Return each primary claim under each analysis choice, one row a claim and choice.

    Parameters
    ----------
    clinic : ClinicData
        Of `ptanalysis.load`; kept as the `verdicts` are.

    Returns
    -------
    DataFrame
        One row a claim and combination of choices: ``claim``, the choices ``taxonomy, lead,
        attribution, horizon, cost, unknown``, then ``estimate, ci_low, ci_high, unit, leans,
        verdict``; see `ptanalysis.claims.robustness`.
    """
    return answered(clinic).grid


def claim_record(verdict: Verdict) -> dict:
    """Return a verdict as findings.json has it."""
    found = verdict.estimate
    return {
        "id": verdict.id,
        "statement": verdict.statement,
        "measure": found.id,
        "primary": verdict.primary,
        "verdict": verdict.verdict,
        "estimate": found.value,
        "ci_low": found.ci_low,
        "ci_high": found.ci_high,
        "margin": verdict.margin,
        "p_value": found.p_value,
        "p_adjusted": verdict.p_adjusted,
        "unit": found.unit,
        "n": found.n,
        "reason": found.reason,
        "sensitivity": verdict.sensitivity and verdict.sensitivity.counts(),
        "needs": verdict.needs,
    }


def claims_table(found: Iterable[Verdict]) -> pd.DataFrame:
    """Return verdicts one a row, as `verdicts` has them."""
    return pd.DataFrame([_row(each) for each in found])


def _row(verdict: Verdict) -> dict:
    row = claim_record(verdict)
    counts = row.pop("sensitivity") or dict.fromkeys(_COUNTS)
    return row | counts | {"measured_by": verdict.estimand}
