"""Mutation run: each change a wrong programmer makes must fail a test.

The mutants lie in mutants/*.toml, one `[[mutant]]` each: `file` from the project's root, `before`
(exact text that occurs once in it), `after`, `tests` (arguments of pytest) and, if wanted, `note`.
Each is applied alone, in a copy of the project, never in the checkout.

Run: .venv/bin/python lab/benchmarks/mutants.py [word ...]
A word chooses the mutants whose TOML, file, note or tests contain it. Exit code 1 where a mutant
survives, where its text is not found exactly once, or where its tests don't run or fail without it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
MUTANTS = Path(__file__).with_suffix("")
SECONDS = 150
#: What pytest's exit code says of the tests; any other is no result (no such test, nothing chosen).
RESULTS = {0: "survived", 1: "killed"}
#: What pytest prints where a test file can't be imported: a mutant that breaks that shows nothing.
NOT_IMPORTED = b"ERROR collecting"


@dataclass(frozen=True)
class Mutant:
    """One change of text, and the tests that must see it."""

    file: str
    before: str
    after: str
    tests: list[str]
    note: str = ""
    group: str = ""

    def matches(self, words: list[str]) -> bool:
        """Return whether any of the words names the mutant; without words, every one does."""
        text = " ".join([self.group, self.file, self.note, *self.tests])
        return not words or any(word in text for word in words)


def load(folder: Path) -> list[Mutant]:
    """Return the mutants of all TOML files of the folder."""
    return [
        Mutant(**each, group=path.stem)
        for path in sorted(folder.glob("*.toml"))
        for each in tomllib.loads(path.read_text("utf-8"))["mutant"]
    ]


def copy_project(into: Path) -> Path:
    """Return a copy of the project, with the shared data beside it where there are any."""
    ignored = shutil.ignore_patterns(".*", "__pycache__", "processed", "reports")
    shared = ROOT.parent / "shared"
    if shared.exists():
        (into / "shared").symlink_to(shared.resolve())
    return Path(shutil.copytree(ROOT, into / ROOT.name, ignore=ignored))


def run(project: Path, tests: list[str], seconds: float) -> tuple[int | None, bytes]:
    """Return pytest's exit code, None where the time is up, and what it printed."""
    # No compiled files: two mutants of one size in one second would share them.
    env = {**os.environ, "PYTHONPATH": str(project), "PYTHONDONTWRITEBYTECODE": "1"}
    env.pop("PTANALYSIS_ROOT", None)
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-n", "0", "-p", "no:cacheprovider"]
    try:
        done = subprocess.run(
            [*command, *tests], cwd=project, env=env, timeout=seconds, capture_output=True
        )
    except subprocess.TimeoutExpired:
        return None, b""
    return done.returncode, done.stdout + done.stderr


def result(project: Path, mutant: Mutant) -> str:
    """Return what became of the mutant; the copy is as before afterwards."""
    path = project / mutant.file
    source = path.read_text("utf-8") if path.is_file() else ""
    if (found := source.count(mutant.before)) != 1:
        return f"text found {found} times"
    if mutant.before == mutant.after:
        return "changes nothing"
    path.write_text(source.replace(mutant.before, mutant.after), "utf-8")
    try:
        code, printed = run(project, mutant.tests, SECONDS)
    finally:
        path.write_text(source, "utf-8")
    if code is None:
        return "time limit"
    if NOT_IMPORTED in printed:
        return "does not import"
    return RESULTS.get(code, f"no result (pytest {code})")


def main(words: list[str]) -> int:
    """Run the chosen mutants, print a table, and return the exit code."""
    chosen = [mutant for mutant in load(MUTANTS) if mutant.matches(words)]
    if not chosen:
        print("no mutant matches")
        return 1
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        project = copy_project(Path(folder))
        tests = sorted({test for mutant in chosen for test in mutant.tests})
        code, printed = run(project, tests, SECONDS * len(tests))
        if code != 0:
            print(printed.decode(), f"error: the tests fail without a mutant (pytest {code})")
            return 1
        results = []
        for mutant in chosen:
            results.append(result(project, mutant))
            line = next(iter(mutant.before.strip().splitlines()), "")
            print(f"{results[-1]:<24} {mutant.file}: {mutant.note or line}", flush=True)
    print(f"{results.count('killed')} of {len(results)} mutants killed")
    return int(set(results) != {"killed"})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
