"""Peak memory of a whole intake by number of rows, as a ratio to a bare DuckDB read of the file.

Run: python -m lab.benchmarks.intake_memory [rows ...]     (default 100,000 400,000)

Each measurement is a process of its own on one file of inquiries, every row another person; ours
reads, types, links people, classifies, balances the ledger and writes the tables.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from lab.benchmarks.reader_speed import HEADER, by_duckdb
from ptanalysis import intake

CLINIC = "big"


def write(path: Path, rows: int) -> None:
    """Write a file of `rows` inquiries, each of a person with an email and phone of their own."""
    with path.open("w") as file:
        file.write(HEADER + "\n")
        for n in range(rows):
            phone = f"(407) {200 + n // 10_000 % 700}-{n % 10_000:04d}"
            file.write(
                f"INQ-{n:08d},2026-01-{n % 28 + 1:02d} 09:14,google,cpc,winter-{n % 28},"
                f"person{n}@example.org,{phone},02139,knee\n"
            )


def by_intake(path: Path) -> int:
    """Run the whole intake of the clinic that `path` belongs to."""
    return len(intake.run(CLINIC, root=path.parents[3]).leads)


WAYS = {"DuckDB": by_duckdb, "intake": by_intake}


def measure(way: str, path: Path) -> dict[str, float]:
    """Return CPU seconds, peak MiB above the start, and rows, of a process of its own."""
    command = [sys.executable, "-m", "lab.benchmarks.intake_memory", "--one", way, str(path)]
    keys = {**os.environ, "PTANALYSIS_KEY_DIR": str(path.parents[3] / "keys")}
    done = subprocess.run(command, check=True, capture_output=True, env=keys)
    return json.loads(done.stdout.splitlines()[-1])


def _one(way: str, path: Path) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.process_time()
    rows = WAYS[way](path)
    seconds = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"rows": rows, "seconds": seconds, "mib": (peak - before) / 1024}))


def main() -> None:
    """Print the table."""
    if "--one" in sys.argv:
        _one(sys.argv[2], Path(sys.argv[3]))
        return
    print("| rows | file, MB | way | CPU seconds | to DuckDB | peak memory, MiB | to DuckDB |")
    print("|--:|--:|---|--:|--:|--:|--:|")
    for rows in [int(word) for word in sys.argv[1:]] or [100_000, 400_000]:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "data" / "raw" / CLINIC / "inquiries.csv"
            path.parent.mkdir(parents=True)
            write(path, rows)
            found = {way: measure(way, path) for way in WAYS}
            _rows(rows, path.stat().st_size / 1e6, found)


def _rows(rows: int, size: float, found: dict[str, dict[str, float]]) -> None:
    bare = found["DuckDB"]
    for way, one in found.items():
        times, memory = one["seconds"] / bare["seconds"], one["mib"] / bare["mib"]
        print(
            f"| {rows:,} | {size:,.0f} | {way} | {one['seconds']:.1f} | {times:.0f} |"
            f" {one['mib']:,.0f} | {memory:.1f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
