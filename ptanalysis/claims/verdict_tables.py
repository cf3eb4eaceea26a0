"""Verdicts and the grid of choices as tables: one row a claim, one row a claim and choice."""

from __future__ import annotations

from functools import lru_cache

import pandas as pd

from ptanalysis.claims.sensitivity import robustness
from ptanalysis.claims.verdicts import Verdict, judge
from ptanalysis.dataset import ClinicData

_COUNTS = ("agrees", "undecided", "reversed", "not_judged", "of")


def verdicts(clinic: ClinicData) -> pd.DataFrame:
    """Return the verdict on each claim about inbound and outbound.

    Parameters
    ----------
    clinic : ClinicData

    Returns
    -------
    DataFrame
        One row a claim: ``id, statement, primary, verdict, estimate, ci_low, ci_high, unit, n,
        margin`` (the smallest effect that matters), ``p_value, p_adjusted`` (Holm's, of primary
        claims that can be tested), ``needs`` (what would settle an open one), ``reason`` (why it
        is not judged); over other analysis choices ``agrees, undecided, reversed, not_judged, of``
        (missing where it is not asked); ``measured_by``.

    Notes
    -----
    Worked out once for a clinic that is open: half a minute.
    """
    return pd.DataFrame([_row(each) for each in _judged(clinic)[1]])


def choices(clinic: ClinicData) -> pd.DataFrame:
    """Return each primary claim under each analysis choice, the reported choices first.

    Parameters
    ----------
    clinic : ClinicData

    Returns
    -------
    DataFrame
        One row a claim and combination of choices: ``claim``, the choices ``taxonomy, lead,
        attribution, horizon, cost, unknown``, then ``estimate, ci_low, ci_high, unit, leans,
        verdict``; see `ptanalysis.claims.robustness`.
    """
    return _judged(clinic)[0].copy()


@lru_cache(maxsize=4)
def _judged(clinic: ClinicData) -> tuple[pd.DataFrame, list[Verdict]]:
    grid = robustness(clinic)
    return grid, judge(clinic, grid=grid)


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
