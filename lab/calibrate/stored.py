"""The stored results, and what is said of cells that cover too little or too much."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from pathlib import Path

import pandas as pd

from lab.calibrate.replicate import OURS
from lab.calibrate.summary import HIGH, LOW

_FILE, _CAUSES = "results.csv", "causes.toml"


def results() -> pd.DataFrame:
    """Return the stored summary: see `lab.calibrate.summarize` for its columns.

    Examples
    --------
    >>> bool(results()["coverage"].dropna().between(0, 1).all())
    True
    """
    with files(__package__).joinpath(_FILE).open() as stream:
        return pd.read_csv(stream, keep_default_na=False, na_values=[""])  # NULL is a world


def store(summary: pd.DataFrame) -> Path:
    """Write the summary of a checkout, to four significant digits so that it reads in a diff."""
    path = Path(str(files(__package__).joinpath(_FILE)))
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
