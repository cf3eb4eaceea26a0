"""What a grid of verdicts amounts to: holds in so many of so many, and what flips it."""

from __future__ import annotations

import pandas as pd

from ptanalysis.claims.claim import load_claims
from ptanalysis.claims.rules import CONTRADICTED, NOT_TESTABLE, SUPPORTED

AXES = ("taxonomy", "lead", "attribution", "horizon", "cost", "unknown")


def summarize(rows: pd.DataFrame) -> dict:
    """Return ``holds``, ``of`` and ``flips_on`` of one claim's cells.

    Parameters
    ----------
    rows : DataFrame
        A claim's rows of `robustness`, the default cell first.

    Returns
    -------
    dict
        ``of`` counts the cells that can be tested at all, ``holds`` those with the default's
        verdict; the default must be one of them.
        ``flips_on``: the levels ("taxonomy: platform") without which the verdict never changes,
        or where there is none, the levels that change it alone; else "only in combination".

    Examples
    --------
    >>> cells = pd.DataFrame({"taxonomy": ["default", "platform"], "lead": "strict",
    ...     "attribution": "first", "horizon": "13", "cost": "full", "unknown": "left out",
    ...     "verdict": ["supported", "cannot_tell"]})
    >>> summarize(cells)
    {'holds': 1, 'of': 2, 'flips_on': ['taxonomy: platform']}
    """
    default = rows.iloc[0]
    rows = rows[rows["verdict"] != NOT_TESTABLE]
    flipped = rows[rows["verdict"] != default["verdict"]]
    changed = [_changes(row, default) for _, row in flipped.iterrows()]
    return {
        "holds": len(rows) - len(flipped), "of": len(rows), "flips_on": _flips_on(changed),
    }  # fmt: skip


def has_sign_change(rows: pd.DataFrame) -> bool:
    """Return whether cells of one claim are significant on both sides of no effect.

    A claim of either direction is supported on both sides: there the estimate's side counts.
    """
    told = rows[rows["verdict"].isin([SUPPORTED, CONTRADICTED])]
    either = load_claims()[rows["claim"].iloc[0]].claims == "either"
    return told["above" if either else "verdict"].nunique() > 1


def _changes(row: pd.Series, default: pd.Series) -> list[str]:
    return [f"{axis}: {row[axis]}" for axis in AXES if row[axis] != default[axis]]


def _flips_on(changed: list[list[str]]) -> list[str]:
    if not changed:
        return []
    always = [level for level in changed[0] if all(level in each for each in changed)]
    alone = list(dict.fromkeys(each[0] for each in changed if len(each) == 1))
    return always or alone or ["only in combination"]
