"""Whether Spark makes DuckDB's tables row for row, and what each engine takes for it.

Run: python -m lab.benchmarks.spark_rows [ROWS] [ENGINE]   (default: the sample, local[2])

ROWS is the size of a clinic of `big_clinic`. Prints rows compared, differences and seconds.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd

from lab.benchmarks import big_clinic
from ptanalysis import intake
from ptanalysis.dataset import SCHEMA

SAMPLE = Path(__file__).parents[2] / "data" / "raw" / "sample"


def made(root: Path, engine: str) -> tuple[dict, float]:
    """Return the tables, ledger and problems of a run, and its seconds."""
    start = time.perf_counter()
    run = intake.run("c", root=root, engine=engine)
    seconds = time.perf_counter() - start
    folder = root / "data" / "processed" / "c" / str(run.quarter)
    tables = {name: pd.read_parquet(folder / f"{name}.parquet") for name in SCHEMA}
    texts = {name: (folder / f"{name}.json").read_text("utf-8") for name in ("ledger", "problems")}
    return tables | texts, seconds


def differing(one, other) -> int:
    """Return how many rows of two tables, or of two texts, differ."""
    if isinstance(one, str):
        return int(one != other)
    if len(one) != len(other):
        return abs(len(one) - len(other))
    same = (one == other) | (one.isna() & other.isna())
    return int((~same.all(axis=1)).sum())


def main() -> None:
    """Run both engines on one clinic, and compare."""
    engine = sys.argv[2] if sys.argv[2:] else "local[2]"
    with tempfile.TemporaryDirectory() as work:
        root = Path(work)
        os.environ["PTANALYSIS_KEY_DIR"] = str(root / "keys")
        raw = root / "data" / "raw" / "c"
        big_clinic.write(raw, int(sys.argv[1])) if sys.argv[1:] else shutil.copytree(SAMPLE, raw)
        duck, seconds = made(root, "duckdb")
        spark, more = made(root, engine)
    rows = sum(len(duck[name]) for name in SCHEMA)
    wrong = {name: found for name in duck if (found := differing(duck[name], spark[name]))}
    print(f"{rows:,} rows compared, {wrong or 'none'} differ: duckdb {seconds:.0f} s, {more:.0f} s")


if __name__ == "__main__":
    main()
