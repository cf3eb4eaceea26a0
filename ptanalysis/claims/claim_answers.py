"""The verdicts of a clinic and the grid behind them: worked out once for a run, then read.

They are kept for tables that are just as a loader opened them, see
`ptanalysis.intake.storage.stored_answers`; on an analyst's own tables they are always worked out.
"""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd
from pydantic import TypeAdapter

from ptanalysis.claims.sensitivity import robustness
from ptanalysis.claims.verdicts import Verdict, judge
from ptanalysis.dataset import ClinicData

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
