"""What whole commands cost beside the least they could: a table, and benchmarks/results.json.

Each command is a process of its own in a project without any result; CPU and memory are those of
its whole tree of processes. Only ratios within one run say anything.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "benchmarks" / "results.json"
#: The least that a sample run could do: its processes start and import what draws and counts.
FIVE = ["import pandas, seaborn, statsmodels.api"] * 5
LIBRARIES = ["import pandas, ibis; ibis.duckdb"]
INQUIRIES = "inquiry_id,received_at,source,email,service_interest\n"


def measured(*commands, root: Path) -> dict:
    """Run commands one after the other: wall and CPU seconds, and the largest process in MB."""
    environment = os.environ | {
        "PTANALYSIS_ROOT": str(root),
        "PTANALYSIS_KEY_DIR": str(root / "keys"),
    }
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    start, cpu, peak = time.perf_counter(), 0.0, 0
    for command in commands:
        child = subprocess.Popen(command, env=environment, **quiet)
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode not in (0, 2):
            raise SystemExit(f"{command} ended with {child.returncode}")
        cpu, peak = cpu + used.ru_utime + used.ru_stime, max(peak, used.ru_maxrss)
    wall = time.perf_counter() - start
    return {"wall_s": round(wall, 2), "cpu_s": round(cpu, 2), "peak_mb": round(peak / 1024)}


def python(codes):
    """Return commands that run each code."""
    return [[sys.executable, "-c", code] for code in codes]


def tool(*words):
    """Return the command that calls ptanalysis."""
    return [[sys.executable, "-m", "ptanalysis.cli.commands", *words]]


def rows_of(folder: Path) -> int:
    """Return the lines of all exports in a folder, without their headers."""
    return sum(
        max(len(path.read_bytes().splitlines()) - 1, 0) for path in sorted(folder.rglob("*.csv"))
    )


def project(root: Path, *, clinics: int = 0) -> Path:
    """Make a project with the sample, or with small clinics of 20 inquiries each."""
    shutil.copytree(ROOT / "notebooks", root / "notebooks")
    raw = root / "data" / "raw"
    if not clinics:
        shutil.copytree(ROOT / "data" / "raw" / "sample", raw / "sample")
    for clinic in range(clinics):
        folder = raw / f"clinic-{clinic:03}" / "2026Q2"
        folder.mkdir(parents=True)
        lines = [
            f"{n},2026-04-{n % 28 + 1:02},google,lead{n}@c{clinic}.example,knee\n"
            for n in range(20)
        ]
        (folder / "inquiries.csv").write_text(INQUIRIES + "".join(lines), "utf-8")
    return root


def main(clinics: int = 50) -> None:
    """Measure, print the table and write results.json."""
    with tempfile.TemporaryDirectory() as place:
        one = project(Path(place) / "one")
        many = project(Path(place) / "many", clinics=clinics)
        sample, small = rows_of(one), rows_of(many)
        every = tool("run", "--all", "2026Q2", "--tables-only")
        plan = [
            ("floor: five processes import pandas, seaborn, statsmodels", 0, python(FIVE), one),
            ("run sample", sample, tool("run", "sample", "2026Q2"), one),
            ("run sample again", sample, tool("run", "sample", "2026Q2"), one),
            ("floor: import pandas and ibis", 0, python(LIBRARIES), one),
            ("check sample", sample, tool("check", "sample"), one),
            ("--help", 0, tool("--help"), one),
            ("run sample --tables-only", sample, tool("run", "sample", "--tables-only"), one),
            (f"run --all --tables-only, {clinics} small clinics", small, every, many),
            (f"run --all --tables-only again, {clinics} small clinics", small, every, many),
        ]
        found, floor = [], 1.0
        for name, rows, commands, root in plan:
            cost = measured(*commands, root=root)
            floor = cost["wall_s"] if name.startswith("floor") else floor
            ratio = round(cost["wall_s"] / floor, 2)
            found.append({"name": name, "rows": rows, **cost, "ratio_to_floor": ratio})
            print(
                "{name:60}{rows:>8,}{wall_s:>9}{cpu_s:>9}{ratio_to_floor:>7}{peak_mb:>7}".format(
                    **found[-1]
                ),
                flush=True,
            )
    kept(found)


def kept(found: list[dict]) -> list[dict]:
    """Put what was measured in place of what is stored of the same names and rows; return all."""
    before = json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else []
    new = {(row["name"], row["rows"]) for row in found}
    rows = [*(row for row in before if (row["name"], row["rows"]) not in new), *found]
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(rows, indent=1) + "\n", "utf-8")
    return rows


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
