"""The stored results, and what is said of cells that cover too little or too much."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from pathlib import Path

import pandas as pd

from lab.calibrate.cells import GATED
from lab.calibrate.replicate import OURS
from lab.calibrate.summary import HIGH, LOW
from ptanalysis.claims.verdict_tables import FILE

_CAUSES = "causes.toml"


def store(summary: pd.DataFrame) -> Path:
    """Write the summary of a checkout, to four significant digits so that it reads in a diff."""
    path = Path(str(FILE))
    summary.to_csv(path, index=False, float_format="%.4g", lineterminator="\n")
    return path


def draws(results: pd.DataFrame) -> str:
    """Return how many draws of each cell our methods answered, as words.

    Examples
    --------
    >>> draws(pd.DataFrame({"method": ["ptanalysis"] * 2, "replicates": [400, 1000]}))
    '400 to 1,000'
    """
    counts = results.loc[results["method"] == OURS, "replicates"]
    fewest, most = f"{counts.min():,}", f"{counts.max():,}"
    return fewest if fewest == most else f"{fewest} to {most}"


def marks(table: pd.DataFrame) -> pd.Series:
    """Return where each row's coverage lies: below, above, or inside the band; blank if unknown.

    Examples
    --------
    >>> marks(pd.DataFrame({"coverage": [0.92, 0.95, 0.98, None]})).tolist()
    ['below', 'inside', 'above', '']
    """
    side = pd.cut(
        table["coverage"].round(4),
        [0, LOW - 1e-9, HIGH, 1],
        include_lowest=True,
        labels=["below", "inside", "above"],
    )
    return side.astype(object).where(table["coverage"].notna(), "")


def by_chance(table: pd.DataFrame) -> pd.Series:
    """Return whether Monte-Carlo error alone could have put the row outside the band (2 se)."""
    slack = 2 * table["coverage_se"]
    return (table["coverage"] + slack >= LOW) & (table["coverage"] - slack <= HIGH)


def causes() -> list[dict]:
    """Return the reasons of marked cells as written by hand.

    Returns
    -------
    list of dict
        ``claims``, ``worlds``, ``sizes`` (absent: any), ``side`` (below or above) and ``text``.
    """
    return tomllib.loads(files(__package__).joinpath(_CAUSES).read_text("utf-8"))["cause"]


def cause_of(row: pd.Series, mark: str) -> int | None:
    """Return the number of the first cause that applies to a marked row, from 1, or None.

    Parameters
    ----------
    row : Series
        With world, size and claim.
    mark : str
        ``below`` or ``above``.
    """
    for number, cause in enumerate(causes(), start=1):
        fits = all(
            row[key] in cause.get(f"{key}s", (row[key],)) for key in ("world", "size", "claim")
        )
        if cause["side"] == mark and fits:
            return number
    return None


def shortfalls(results: pd.DataFrame) -> pd.DataFrame:
    """Return our combinations outside the band by more than chance, the worst first."""
    rows = results[results["coverage"].notna() & ~results["world"].isin(GATED)]
    rows = rows[rows["method"] == OURS]
    rows = rows.assign(side=marks(rows))[~by_chance(rows) & marks(rows).isin(["below", "above"])]
    reason = [str(cause_of(row, row["side"]) or "?") for _, row in rows.iterrows()]
    rows = rows.rename(columns={"identified": "with interval"}).assign(reason=reason)
    shown = ["claim", "world", "size", "coverage", "with interval", "reason"]
    return rows.sort_values("coverage")[shown].reset_index(drop=True)
