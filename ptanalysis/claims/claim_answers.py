"""The verdicts of a clinic and the grid behind them: worked out once for a run, then read.

They are kept for tables that are just as a loader opened them, see
`ptanalysis.intake.storage.stored_answers`; on an analyst's own tables they are always worked out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import NamedTuple

import pandas as pd

from ptanalysis.claims.sensitivity import robustness
from ptanalysis.claims.sensitivity_summary import Sensitivity
from ptanalysis.claims.verdicts import Verdict, judge
from ptanalysis.dataset import ClinicData
from ptanalysis.stats import Estimate


class Answers(NamedTuple):
    """The verdicts, with how they fare under other choices, and the grid of `robustness`."""

    verdicts: list[Verdict]
    grid: pd.DataFrame


def answered(clinic: ClinicData) -> Answers:
    """Return the verdicts on a clinic's claims and the grid of choices."""
    stored = clinic.stored if clinic.stored and clinic.stored.about(clinic) else None
    found = _revived(stored.read()) if stored else None
    if found is None:
        grid = robustness(clinic)
        found = Answers(judge(clinic, grid=grid), grid)
        if stored:
            stored.write(_plain(found))
    return found


def _plain(found: Answers) -> dict:
    return {
        "verdicts": [asdict(each) for each in found.verdicts],
        "grid": found.grid.to_dict("records"),
    }


def _revived(stored: dict | None) -> Answers | None:
    """Return answers from what was stored of them; None where they are not of today's form."""
    try:
        return stored and Answers(
            [_verdict(each) for each in stored["verdicts"]], pd.DataFrame(stored["grid"])
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def _verdict(fields: Mapping) -> Verdict:
    found = fields["sensitivity"]
    return Verdict(
        **{
            **fields,
            "estimate": Estimate(**fields["estimate"]),
            "parts": tuple(Estimate(**part) for part in fields["parts"]),
            "sensitivity": found and Sensitivity(**{**found, "examples": _examples(found)}),
        }
    )


def _examples(found: Mapping) -> dict[str, tuple[str, ...]]:
    return {name: tuple(choices) for name, choices in found["examples"].items()}
