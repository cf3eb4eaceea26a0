"""Verdicts and the grid of choices as tables: one row a claim, one row a claim and choice."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from ptanalysis.claims.claim import Claim
from ptanalysis.claims.claim_answers import answered
from ptanalysis.claims.claim_list import load_claims
from ptanalysis.claims.verdicts import Verdict
from ptanalysis.dataset import ClinicData
from ptanalysis.definitions import ClinicConfig

_COUNTS = ("agrees", "undecided", "reversed", "not_judged", "of")
#: Columns of a table of verdicts, in order.
COLUMNS = (
    *("id", "statement", "measure", "primary", "verdict", "estimate", "ci_low", "ci_high"),
    *("margin", "p_value", "p_adjusted", "claimed", "unit", "n", "reason", "needs", *_COUNTS),
    *("examples", "material", "measured_by", "counts"),
)
NOT_RECORDED = 'no notebook recorded it: pt.record(pt.verdicts(data), "claims")'


def verdicts(
    clinic: ClinicData, *, grid: pd.DataFrame | None = None, quick: bool = False
) -> pd.DataFrame:
    """Return the verdict on each claim, the clinic's own behind those of claims.toml.

    Parameters
    ----------
    clinic : ClinicData
        Of `ptanalysis.load`. What that run was found to say is kept; on tables that were changed
        since, or under other assumptions, it is worked out, which takes a minute.
    grid : DataFrame, optional
        Of `choices(clinic)`, so that it is not worked out a second time.
    quick : bool
        On changed tables, leave out what other choices would say: a second instead of a minute.

    Returns
    -------
    DataFrame
        One row a claim: ``id, statement, measure, primary, verdict``; ``estimate, ci_low, ci_high,
        unit, n, margin`` (the smallest effect that matters), ``p_value``, ``p_adjusted`` (Holm's,
        of primary claims that can be tested), ``claimed`` (how sure the data are that the number
        lies on the claimed side, other claims aside); ``needs`` (what would settle an open one),
        ``reason`` (why it is not judged); over other analysis choices ``agrees, undecided,
        reversed, not_judged, of`` (missing where it is not asked) and ``examples`` of them;
        ``measured_by`` and ``counts`` (what n counts), in words; ``material``, whether the margin
        is cleared.
    """
    return claims_table(answered(clinic, grid, quick=quick).verdicts)


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
        attribution, horizon, unknown``, then ``estimate, ci_low, ci_high, unit, leans,
        verdict``; see `ptanalysis.claims.robustness`.
    """
    return answered(clinic).grid


def claims_table(found: Iterable[Verdict]) -> pd.DataFrame:
    """Return verdicts one a row, as `verdicts` has them."""
    return pd.DataFrame([_row(each) for each in found], columns=list(COLUMNS))


def claim_records(table: pd.DataFrame, config: ClinicConfig) -> list[dict]:
    """Return recorded verdicts one a dict, with all that findings.json and the page need.

    Parameters
    ----------
    table : DataFrame
        Rows as `verdicts` has them.
    config : ClinicConfig
        A claim of the clinic that is not in the table is not judged, and says why.
    """
    table = table.reindex(columns=list(COLUMNS)).astype(object)
    rows = table.where(table.notna(), None).to_dict("records")
    recorded = {row["id"] for row in rows}
    missing = [claim for name, claim in load_claims(config).items() if name not in recorded]
    rows += [_unrecorded(claim) for claim in missing]
    return [row | {"sensitivity": _counts(row)} for row in rows]


def _counts(row: dict) -> dict | None:
    return None if row["of"] is None else {name: row[name] for name in _COUNTS}


def _unrecorded(claim: Claim) -> dict:
    own = {"id", "statement", "measure", "primary", "margin", "unit", "counts"}
    said = {"verdict": "not_testable", "n": 0, "reason": NOT_RECORDED, "material": False}
    return dict.fromkeys(COLUMNS) | claim.model_dump(include=own) | said


def _row(verdict: Verdict) -> dict:
    found, over = verdict.estimate, verdict.sensitivity
    same = ("id", "statement", "primary", "verdict", "margin", "p_adjusted", "claimed")
    same += ("needs", "counts")
    row = {name: getattr(verdict, name) for name in (*same, "material")}
    row |= {name: getattr(found, name) for name in ("ci_low", "ci_high", "p_value", "unit", "n")}
    row |= {"measure": found.id, "estimate": found.value, "reason": found.reason}
    row |= over.counts() if over else dict.fromkeys(_COUNTS)
    examples = over and {name: list(each) for name, each in over.examples.items()}
    return row | {"examples": examples, "measured_by": verdict.estimand}
