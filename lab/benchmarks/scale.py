"""Whole intake of big clinics beside the least it could cost, Polars and pandas.

Run: python -m lab.benchmarks.scale [ROWS ...]     (default 100000 1000000; make bench)

Each way is a process of its own, one after the other, on the same files of `big_clinic`. Ratios are
of CPU seconds, imports not counted. Rows of benchmarks/results.json of the same name and size are
replaced; table and figure go into docs/scale.md and docs/scale.svg. Up to COMPARED inquiries the
tables of Polars, pandas and intake are compared too.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

import matplotlib.pyplot as plt

from lab.benchmarks import big_clinic, peers
from lab.benchmarks.whole_commands import ROOT, kept

PAGE = ROOT / "docs" / "scale.md"
MARKS = ("<!-- measured: start -->", "<!-- measured: end -->")
WAYS = {
    "scale: floor": "floor",
    "scale: whole intake": "intake",
    "scale: Polars": "polars",
    "scale: pandas": "pandas",
}
#: Tables of so many inquiries are compared too.
COMPARED = 100_000
HEAD = ["", "inquiries", "wall, s", "CPU, s", "CPU / floor", "peak, MB"]


def at_size(rows: int) -> list[dict]:
    """Return what each way costs for a clinic of `rows` inquiries."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        big_clinic.write(root / "data" / "raw" / "big", rows)
        found = []
        for label, way in WAYS.items():
            if way == "polars" and not find_spec("polars"):
                continue
            cost = _cost(way, root)
            floor = found[0]["cpu_s"] if found else cost["cpu_s"]
            ratio = round(cost["cpu_s"] / floor, 2)
            found.append({"name": label, "rows": rows, **cost, "ratio_to_floor": ratio})
            print(_line(found[-1]), flush=True)
        if rows <= COMPARED and find_spec("polars"):
            _same(root / "data" / "raw" / "big")
    return found


def _same(folder: Path) -> None:
    """Stop where Polars or pandas give another table of inquiries than intake's own steps."""
    made = peers.compared(folder)
    others = [name for name, table in made.items() if not table.equals(made["ours"])]
    if others:
        raise SystemExit(f"{', '.join(others)}: another table than intake's")


def _cost(way: str, root: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "lab.benchmarks.peers", way, str(root)]
    keys = os.environ | {"PTANALYSIS_KEY_DIR": str(root / "keys")}
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, env=keys, cwd=ROOT)
    return json.loads(done.stdout.splitlines()[-1])


def exponents(results: list[dict]) -> dict[str, float]:
    """Return by which power of the rows each way's CPU grows from the least to the most rows.

    Examples
    --------
    >>> rows = [{"name": "a", "rows": n, "cpu_s": n * n} for n in (10, 1000)]
    >>> exponents(rows)
    {'a': 2.0}
    """
    grown = {}
    for name in dict.fromkeys(row["name"] for row in results):
        own = sorted((row["rows"], row["cpu_s"]) for row in results if row["name"] == name)
        (rows, cpu), (most, last) = own[0], own[-1]
        if most > rows:
            grown[name] = round(math.log(last / cpu) / math.log(most / rows), 2)
    return grown


def _line(row: dict) -> str:
    name, cost = row["name"].removeprefix("scale: "), (row["wall_s"], row["cpu_s"])
    seconds = " | ".join(f"{each:,.1f}" for each in cost)
    return (
        f"| {name} | {row['rows']:,} | {seconds} | {row['ratio_to_floor']} | {row['peak_mb']:,} |"
    )


def _page(results: list[dict]) -> None:
    lines = [f"| {' | '.join(HEAD)} |", "|---|--:|--:|--:|--:|--:|", *map(_line, results)]
    grown = exponents(results).items()
    powers = ", ".join(f"{name.removeprefix('scale: ')} {power}" for name, power in grown)
    said = f"\n\nCPU grows with the rows to the power of: {powers}." if powers else ""
    text = "\n".join(lines) + said
    before, _, rest = PAGE.read_text("utf-8").partition(MARKS[0])
    after = rest.partition(MARKS[1])[2]
    PAGE.write_text(f"{before}{MARKS[0]}\n{text}\n{MARKS[1]}{after}", "utf-8")


def _figure(results: list[dict]) -> None:
    figure, axes = plt.subplots(figsize=(6, 3.6), layout="constrained")
    for name in WAYS:
        own = [(row["rows"], row["cpu_s"]) for row in results if row["name"] == name]
        if own:
            axes.loglog(*zip(*own, strict=True), marker="o", label=name.removeprefix("scale: "))
    axes.set(xlabel="inquiries", ylabel="CPU seconds")
    axes.legend(frameon=False)
    plt.rcParams["svg.hashsalt"] = "scale"
    figure.savefig(PAGE.with_suffix(".svg"), metadata={"Date": None})


def main(sizes: list[int]) -> None:
    """Measure all sizes, and write results, page and figure."""
    print(f"| {' | '.join(HEAD)} |")
    rows = kept([row for size in sizes for row in at_size(size)])
    results = sorted((row for row in rows if row["name"] in WAYS), key=lambda row: row["rows"])
    _page(results)
    _figure(results)


if __name__ == "__main__":
    main([int(word) for word in sys.argv[1:]] or [100_000, 1_000_000])
