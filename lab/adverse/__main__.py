"""One world: `python -m lab.adverse NAME DRAWS tables` (or `clusters`, `verdicts`, `looks`)."""

from __future__ import annotations

import sys
from dataclasses import replace
from zlib import crc32

import numpy as np
import pandas as pd

from lab.adverse.cells import ALIKE, STRONG
from lab.adverse.clusters import asked_of, drawn_clusters
from lab.adverse.drawn import adverse_tables
from ptanalysis.claims import judge
from ptanalysis.claims.verdict_rules import ALPHA, holm
from ptanalysis.metrics.money.cost_per_outcome import cost_per_ratio
from ptanalysis.metrics.money.roi_by_side import roi_ratio
from ptanalysis.metrics.quality.quality_difference import sql_share_difference

#: Weeks of record at nine looks a quarter apart.
QUARTERS = range(52, 157, 13)
ASKED = {
    "cost per SQL": (cost_per_ratio, 1.0),
    "ROI": (roi_ratio, 1.0),
    "SQL share": (sql_share_difference, 0.0),
}


def covered(world, first: int, draws: int, *, tables: bool) -> pd.DataFrame:
    """Return for each number the share of draws judged and covered, and its half-width."""
    rows = []
    for seed in range(first, first + draws):
        found = _of_tables(world, seed) if tables else _of_clusters(world, seed)
        for name, (_, null) in ASKED.items():
            low, high = found[name].ci_low, found[name].ci_high
            judged = None not in (low, high)
            held = judged and low <= null <= high
            half = (np.log(high / low) if null else high - low) / 2 if judged else np.nan
            rows.append((name, judged, held, half))
    table = pd.DataFrame(rows, columns=["number", "judged", "covered", "half"])
    of = table[table["judged"]].groupby("number")
    shown = pd.DataFrame({"covered": of["covered"].mean() * 100, "half": of["half"].median()})
    shown["error"] = 100 * np.sqrt(shown["covered"] * (100 - shown["covered"]) / of.size()) / 100
    return shown.assign(judged=table.groupby("number")["judged"].mean() * 100).round(3)


def verdicts(world, first: int, draws: int) -> pd.DataFrame:
    """Return the percentage of draws with each verdict, one row a claim that is ever judged."""
    judged = [judge(adverse_tables(world, seed)) for seed in range(first, first + draws)]
    told = pd.DataFrame([{each.id: each.verdict for each in found} for found in judged])
    shares = told.apply(lambda claim: claim.value_counts(normalize=True)).T.fillna(0) * 100
    return shares[shares.get("not_testable", 0) < 100].round(1)


def looks(world, first: int, draws: int) -> pd.Series:
    """Return how often nine quarters in a row are wrong of sides that are alike, in percent.

    The first look is after a year; Holm over the three numbers. ``one`` is a look's share, ``ever``
    that of clinics with any wrong verdict, ``confirmed`` with one that stood two looks running.
    """
    world, at = replace(world, weeks=QUARTERS[-1]), [round(weeks / 4) for weeks in QUARTERS]
    wrong = []
    for seed in range(first, first + draws):
        drawn = drawn_clusters(world, np.random.default_rng(seed))
        wrong.append([_decided(drawn, blocks) for blocks in at])
    wrong = np.array(wrong)
    twice = wrong[:, 1:] & wrong[:, :-1]
    shares = {
        "one": wrong.any(axis=2),
        "ever": wrong.any(axis=(1, 2)),
        "confirmed": twice.any((1, 2)),
    }
    return pd.Series({name: 100 * np.mean(share) for name, share in shares.items()}).round(1)


def _decided(drawn: dict, blocks: int) -> list[bool]:
    """Return for each number whether Holm decides it on the first blocks of every channel."""
    cut = {
        side: rows[rows["cluster"].str.rpartition("/")[2].astype(int) < blocks]
        for side, rows in drawn.items()
    }
    found = {name: each.p_value for name, each in asked_of(cut).items()}
    adjusted = holm({name: 1.0 if p is None else p for name, p in found.items()})
    return [p <= ALPHA for p in adjusted.values()]


def _of_tables(world, seed: int) -> dict:
    clinic = adverse_tables(world, seed)
    return {name: ask(clinic) for name, (ask, _) in ASKED.items()}


def _of_clusters(world, seed: int) -> dict:
    return asked_of(drawn_clusters(world, np.random.default_rng(seed)))


if __name__ == "__main__":
    name, draws, how = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    print(f"{name}: {draws} draws of {how}")
    world, seed = (ALIKE | STRONG)[name], crc32(name.encode())
    if how == "looks":
        print(looks(world, seed, draws).to_string())
    elif how == "verdicts":
        print(verdicts(world, seed, draws).to_string())
    else:
        print(covered(world, seed, draws, tables=how == "tables").to_string())
