"""What the strict reader costs: CPU time and peak memory as ratios to a bare DuckDB read.

Run: python -m lab.benchmarks.reader_speed [rows]     (default 2,000,000)

Each measurement is a process of its own, one after the other, on the same two files: inquiries
without quotes, and the same with every value in quotes (the slow path). The bare run is
read_csv(all_varchar) into a table; ours adds the hash, the encoding, the grammar, the row numbers,
the column choice and the checks.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb
import ibis
import pandas as pd

from ptanalysis.definitions import load_config
from ptanalysis.intake import read

HEADER = "inquiry_id,received_at,source,medium,campaign,email,phone,zip,service_interest"
LINE = (
    "INQ-{0:08d},2026-01-{1:02d} 09:14,google,cpc,winter-{1},person{0}@example.org,"
    "(407) 555-01{1:02d},02139,knee"
)


def write(path: Path, rows: int, *, quoted: bool) -> None:
    """Write a file of `rows` inquiries."""
    with path.open("w") as file:
        file.write(_line(HEADER, quoted))
        for number in range(rows):
            file.write(_line(LINE.format(number, number % 28 + 1), quoted))


def _line(text: str, quoted: bool) -> str:
    return '"' + text.replace(",", '","') + '"\n' if quoted else text + "\n"


def by_duckdb(path: Path) -> int:
    """Read and write with DuckDB alone."""
    connection = duckdb.connect()
    connection.execute("SET threads = 1")
    connection.execute(f"CREATE TABLE raw AS SELECT * FROM read_csv('{path}', all_varchar = true)")
    return connection.sql("SELECT count(*) FROM raw").fetchall()[0][0]


def by_ptanalysis(path: Path) -> int:
    """Read with this project's reader."""
    connection = ibis.duckdb.connect(threads=1)
    source = read.read_file(
        path, clinic_folder=path.parent, config=load_config(None), connection=connection
    )
    assert source.rejected == 0
    return int(source.tables["inquiries"].count().execute())


def by_pandas(path: Path) -> int:
    """Read with pandas, everything as text."""
    return len(pd.read_csv(path, dtype=str, keep_default_na=False))


READERS = {"DuckDB": by_duckdb, "ptanalysis": by_ptanalysis, "pandas": by_pandas}


def measure(reader: str, path: Path) -> dict[str, float]:
    """Return seconds, peak MiB and rows of one reader, in a process of its own."""
    command = [sys.executable, "-m", "lab.benchmarks.reader_speed", "--one", reader, str(path)]
    return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)


def _one(reader: str, path: Path) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.process_time()
    rows = READERS[reader](path)
    seconds = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"rows": rows, "seconds": seconds, "mib": (peak - before) / 1024}))


def main() -> None:
    """Print the table."""
    if "--one" in sys.argv:
        _one(sys.argv[2], Path(sys.argv[3]))
        return
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000_000
    print("| file | reader | CPU seconds | to DuckDB | peak memory, MiB | to DuckDB |")
    print("|---|---|--:|--:|--:|--:|")
    with tempfile.TemporaryDirectory() as folder:
        for name, quoted in (("no quotes", False), ("every value quoted", True)):
            path = Path(folder) / "inquiries.csv"
            write(path, rows, quoted=quoted)
            found = {reader: measure(reader, path) for reader in READERS}
            for reader, one in found.items():
                _row(f"{name}, {path.stat().st_size / 1e6:,.0f} MB", reader, one, found["DuckDB"])


def _row(name: str, reader: str, one: dict[str, float], bare: dict[str, float]) -> None:
    assert one["rows"] == bare["rows"]
    times, memory = one["seconds"] / bare["seconds"], one["mib"] / bare["mib"]
    cells = f"{one['seconds']:.1f} | {times:.1f} | {one['mib']:,.0f} | {memory:.1f}"
    print(f"| {name} | {reader} | {cells} |")


if __name__ == "__main__":
    main()
