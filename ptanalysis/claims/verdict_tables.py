"""Verdicts, the grid of choices and the calibration as tables, each worked out once for a run."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.resources import as_file, files
from typing import NamedTuple

import pandas as pd
from pydantic import TypeAdapter

from ptanalysis.claims.claim_list import Claim, load_claims
from ptanalysis.claims.sensitivity import robustness
from ptanalysis.claims.verdicts import Verdict, judge
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


_VERDICTS = TypeAdapter(list[Verdict])


class Answers(NamedTuple):
    """The verdicts, with how they fare under other choices, and the grid of `robustness`."""

    verdicts: list[Verdict]
    grid: pd.DataFrame


def answered(
    clinic: ClinicData, grid: pd.DataFrame | None = None, *, quick: bool = False
) -> Answers:
    """Return the verdicts on a clinic's claims and the grid of choices, worked out or as given.

    ``quick`` leaves the grid out where answers about these tables cannot be kept.
    """
    stored = clinic.stored if clinic.stored and clinic.stored.about(clinic) else None
    found = _revived(stored.read()) if stored else None
    if found and (grid is None or grid.equals(found.grid)):
        return found
    if grid is not None:
        return Answers(judge(clinic, grid=grid), grid)
    if not stored:
        return Answers(judge(clinic), pd.DataFrame()) if quick else _worked_out(clinic)
    with stored.in_turn():
        found = _revived(stored.read())
        if found is None:
            found = _worked_out(clinic)
            stored.write(_plain(found))
    return found


def _worked_out(clinic: ClinicData) -> Answers:
    grid = robustness(clinic)
    return Answers(judge(clinic, grid=grid), grid)


def _plain(found: Answers) -> dict:
    verdicts = _VERDICTS.dump_python(found.verdicts, mode="json")
    return {"verdicts": verdicts, "grid": found.grid.to_dict("records")}


def _revived(stored: dict | None) -> Answers | None:
    """Return answers from what was stored of them; None where they are not of today's form."""
    try:
        return stored and Answers(
            _VERDICTS.validate_python(stored["verdicts"]), pd.DataFrame(stored["grid"])
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


#: The file that ``make calibrate`` writes anew.
FILE = files("ptanalysis").joinpath("claims", "calibration.csv")


def calibration() -> pd.DataFrame:
    """Return how often each method held the truth in simulated clinics.

    Returns
    -------
    DataFrame
        One row a world, size, claim and method: ``replicates`` (simulated clinics), ``truth``,
        ``identified`` (share of them with a closed interval), ``coverage`` (share of the 95%
        intervals that hold the truth) and ``coverage_se``, ``bias``, ``half_width``,
        ``false_verdicts`` (share with a wrong verdict) and ``false_verdicts_se``, ``power`` (share
        with the true verdict), ``methods`` (a name for the code that was measured). The method of
        this package is ``ptanalysis``; the others are the usual ways to ask the same.

    Examples
    --------
    >>> measured = calibration()
    >>> bool(measured["coverage"].dropna().between(0, 1).all())
    True
    """
    with as_file(FILE) as path:
        return pd.read_csv(path, keep_default_na=False, na_values=[""])  # NULL is a world
