"""From replicates to the table: coverage, bias, width, false verdicts, power."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lab.calibrate.cells import CLAIMS, Cell
from lab.calibrate.replicate import OURS
from lab.simulate import EXPECTED, agrees

#: Where coverage should lie; a cell outside is marked.
LOW, HIGH = 0.935, 0.965
ANY_PRIMARY = "any primary claim"
_SAID = ("supported", "contradicted")


def summarize(cell: Cell, rows: pd.DataFrame) -> pd.DataFrame:
    """Return one row a claim and method of a cell, and one for the family of primary claims.

    Parameters
    ----------
    cell : Cell
    rows : DataFrame
        From `lab.calibrate.replicates`.

    Returns
    -------
    DataFrame
        world, size, claim, method, replicates; truth; identified (share of replicates with a
        closed interval); coverage (of those with an interval, closed or open) and coverage_se;
        bias (mean error; of a ratio the geometric mean's factor less 1); half_width (median; of a
        ratio the factor by which it extends each way); false_verdicts (share of replicates whose
        verdict is wrong, not one that says less) and its se; power (share with the true verdict).

    Examples
    --------
    >>> rows = pd.DataFrame({"seed": [0, 1], "claim": "outbound_costs_more_per_sql",
    ...     "method": "ptanalysis", "value": [1.0, 2.0], "low": [0.5, 1.2], "high": [2.0, 3.3],
    ...     "verdict": ["cannot_tell", "supported"]})
    >>> found = summarize(Cell("NULL", "1 clinic, 45 leads a month"), rows)
    >>> found[["coverage", "false_verdicts"]].iloc[0].tolist()
    [0.5, 0.5]
    """
    groups = rows.groupby(["claim", "method"], sort=False)
    table = pd.DataFrame([_row(cell, *key, group) for key, group in groups])
    family = pd.DataFrame([_family(cell, rows)])
    return pd.concat([table, family], ignore_index=True)[list(_COLUMNS)]


_COLUMNS = (
    "world",
    "size",
    "claim",
    "method",
    "replicates",
    "truth",
    "identified",
    "coverage",
    "coverage_se",
    "bias",
    "half_width",
    "false_verdicts",
    "false_verdicts_se",
    "power",
)


def _row(cell: Cell, claim: str, method: str, group: pd.DataFrame) -> dict:
    truth, expected = cell.truth[claim], EXPECTED[cell.world][claim]
    wrong = np.array([not agrees(expected, verdict) for verdict in group["verdict"]])
    numbers = _of_interval(group, truth, log=CLAIMS[claim].is_ratio) if truth is not None else {}
    told = (group["verdict"] == expected).mean() if expected not in _LESS else np.nan
    return {
        "world": cell.world,
        "size": cell.size,
        "claim": claim,
        "method": method,
        "replicates": len(group),
        "truth": truth,
        "power": told,
        "false_verdicts": wrong.mean(),
        "false_verdicts_se": _se(wrong),
        **numbers,
    }


_LESS = ("cannot_tell", "not_testable")


def _of_interval(group: pd.DataFrame, truth: float, *, log: bool) -> dict:
    held = group.dropna(subset=["low", "high"])
    closed = held[np.isfinite(held["low"]) & np.isfinite(held["high"])]
    inside = ((held["low"] <= truth) & (truth <= held["high"])).to_numpy()
    values = closed["value"] / truth if log else closed["value"] - truth
    bias = np.expm1(np.log(values).mean()) if log else values.mean()
    return {
        "identified": len(closed) / len(group),
        "bias": bias,
        "coverage": inside.mean() if len(held) else np.nan,
        "coverage_se": _se(inside),
        "half_width": _half_widths(closed, log=log).median(),
    }


def _half_widths(closed: pd.DataFrame, *, log: bool) -> pd.Series:
    if log:
        return np.sqrt(closed["high"] / closed["low"])
    return (closed["high"] - closed["low"]) / 2


def _family(cell: Cell, rows: pd.DataFrame) -> dict:
    """Return how often at least one primary claim got a wrong verdict."""
    expected = EXPECTED[cell.world]
    primary = rows[(rows["method"] == OURS) & rows["claim"].map(lambda name: CLAIMS[name].primary)]
    wrong = np.array(
        [
            not agrees(expected[claim], verdict)
            for claim, verdict in zip(primary["claim"], primary["verdict"], strict=True)
        ],
        dtype=bool,
    )
    any_wrong = pd.Series(wrong).groupby(primary["seed"].to_numpy()).any().to_numpy()
    return {
        "world": cell.world,
        "size": cell.size,
        "claim": ANY_PRIMARY,
        "method": OURS,
        "replicates": len(any_wrong),
        "truth": np.nan,
        "identified": np.nan,
        "coverage": np.nan,
        "coverage_se": np.nan,
        "bias": np.nan,
        "half_width": np.nan,
        "power": np.nan,
        "false_verdicts": any_wrong.mean() if len(any_wrong) else np.nan,
        "false_verdicts_se": _se(any_wrong),
    }


def _se(flags: np.ndarray) -> float:
    """Return the Monte-Carlo standard error of a share, as if one more of each kind were seen."""
    if len(flags) == 0:
        return np.nan
    n, hits = len(flags) + 2, flags.sum() + 1
    return float(np.sqrt(hits / n * (1 - hits / n) / n))
