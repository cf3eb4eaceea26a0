"""One replicate: a clinic drawn, every claim judged, and the peers asked of the same tables."""

from __future__ import annotations

from collections.abc import Callable
from math import isnan
from zlib import crc32

import pandas as pd

from lab import simulate
from lab.calibrate.cells import CLAIMS, GATED, Cell
from lab.calibrate.peers import PEERS, Interval, Peer
from ptanalysis import claims
from ptanalysis.dataset import ClinicData

OURS = "ptanalysis"

#: One row a replicate, claim and method. `low` and `high` are infinite at an open end, missing
#: where there is no interval at all.
COLUMNS = ("seed", "claim", "method", "value", "low", "high", "verdict")


def seed_of(cell: Cell, number: int) -> int:
    """Return the seed of a cell's replicate: no two cells share their draws.

    Examples
    --------
    >>> seed_of(Cell("NULL", "6 clinics"), 1) - seed_of(Cell("NULL", "6 clinics"), 0)
    1
    """
    return crc32(cell.name.encode()) * 1_000_000 + number


def replicates(
    cell: Cell, numbers: range, ask: Callable[[ClinicData], list[dict]] | None = None
) -> pd.DataFrame:
    """Return what every method said in these replicates of a cell.

    Parameters
    ----------
    cell : Cell
    numbers : range
        Replicate numbers, from 0; the same number is the same draw in every run.
    ask : callable, optional
        What is asked of the tables, returning rows of COLUMNS without the seed; by default the
        project's verdicts and the peers' intervals.

    Returns
    -------
    DataFrame
        Columns COLUMNS.
    """
    rows = []
    for number in numbers:
        tables = simulate.clinic_tables(cell.drawn_from, seed_of(cell, number))
        said = ask(tables) if ask else [*ours(tables), *_peers(cell, tables, number)]
        rows += [{"seed": number, **row} for row in said]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def ours(tables: ClinicData) -> list[dict]:
    """Return the project's row of each claim."""
    return [
        row(found.id, OURS, found.estimate, verdict=found.verdict) for found in claims.judge(tables)
    ]


def row(claim: str, method: str, found, *, verdict: str) -> dict:
    """Return a row from anything with `value` and an interval (Estimate's or a peer's)."""
    low, high = (found.low, found.high) if isinstance(found, Interval) else _ends(found)
    value = float("nan") if found.value is None else found.value
    return {
        "claim": claim,
        "method": method,
        "value": float(value),
        "low": float(low),
        "high": float(high),
        "verdict": verdict,
    }


def verdict_of(claim: str, found: Interval) -> str:
    """Return the verdict of someone who looks only at which side of the null an interval lies.

    Examples
    --------
    >>> verdict_of("outbound_costs_more_per_sql", Interval(2.0, 1.1, 3.0))
    'supported'
    """
    stated = CLAIMS[claim]
    if isnan(found.low) or found.low <= stated.null <= found.high:
        return "cannot_tell"
    side = "larger" if found.low > stated.null else "smaller"
    return "supported" if stated.claims in (side, "either") else "contradicted"


def _ends(found) -> tuple[float, float]:
    """Return an Estimate's ends, infinite where one is open, missing where both are absent."""
    if found.ci_low is None and found.ci_high is None:
        return float("nan"), float("nan")
    low = float("-inf") if found.ci_low is None else found.ci_low
    return low, float("inf") if found.ci_high is None else found.ci_high


def _peers(cell: Cell, tables: ClinicData, number: int) -> list[dict]:
    if cell.world in GATED:
        return []
    return [
        _asked(peer, tables)
        for peer in PEERS
        if number < peer.most_replicates and len(tables.leads) <= peer.most_leads
    ]


def _asked(peer: Peer, tables: ClinicData) -> dict:
    found = Interval(*map(float, peer.ask(tables)))
    return row(peer.claim, peer.name, found, verdict=verdict_of(peer.claim, found))
