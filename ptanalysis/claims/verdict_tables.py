"""Verdicts and the grid of choices as tables: one row a claim, one row a claim and choice."""

from __future__ import annotations

import pandas as pd

from ptanalysis.claims.sensitivity import robustness
from ptanalysis.claims.verdicts import Verdict, judge
from ptanalysis.dataset import ClinicData

_COUNTS = ("agrees", "undecided", "reversed", "not_judged", "of")


def verdicts(clinic: ClinicData) -> pd.DataFrame:
    """Return the verdict on each claim, one a row."""
    return pd.DataFrame([_row(each) for each in judge(clinic, grid=robustness(clinic))])


def choices(clinic: ClinicData) -> pd.DataFrame:
    """Return each primary claim under each analysis choice: see `robustness`."""
    return robustness(clinic)


def _row(verdict: Verdict) -> dict:
    found, counts = verdict.estimate, verdict.sensitivity and verdict.sensitivity.counts()
    return {
        "id": verdict.id,
        "statement": verdict.statement,
        "measure": found.id,
        "primary": verdict.primary,
        "verdict": verdict.verdict,
        "estimate": found.value,
        "ci_low": found.ci_low,
        "ci_high": found.ci_high,
        "unit": found.unit,
        "n": found.n,
        "margin": verdict.margin,
        "p_value": found.p_value,
        "p_adjusted": verdict.p_adjusted,
        "needs": verdict.needs,
        "reason": found.reason,
        **(counts or dict.fromkeys(_COUNTS)),
        "measured_by": verdict.estimand,
    }
