"""Kills, a full or read-only disk, Ctrl-C and two runs at once: old or new results, always whole.

The harness forks a child a fault from a process that has its imports behind it. What the questions
would compute is stubbed there, as the files are what is tested; a few runs read raw files, too.
"""

import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import pytest

HARNESS = Path(__file__).with_name("fault_harness.py")
HEADER = "inquiry_id,received_at,source,email,service_interest\n"
#: Five leads: as many as none of the harness's own exports has.
ROWS = "".join(f"{n},2026-04-0{n},google,lead{n}@example.org,knee\n" for n in range(1, 6))
KILLS, MOMENTS = 30, 90
BOUNDARIES = 20
KEPT = {".lock", "2026Q2", "history"}
KILLED, STOPPED = -9, 130
EVERY = 5

pytestmark = pytest.mark.skipif(os.name == "nt", reason="forks and signals")


class Harness:
    """A root with one clinic, and the process that runs it."""

    def __init__(self, folder):
        self.root = folder / "root"
        self.tables = self.root / "data" / "processed" / "c"
        self.reports = self.root / "reports" / "c"
        raw = self.root / "data" / "raw" / "c" / "2026Q2"
        raw.mkdir(parents=True)
        (raw / "inquiries.csv").write_text(HEADER + ROWS, "utf-8")
        (self.root / "notebooks").mkdir()
        (self.root / "notebooks" / "1-x.ipynb").touch()
        environment = {
            **os.environ,
            "PTANALYSIS_KEY_DIR": str(self.root / "keys"),
            "PYTHONPATH": str(HARNESS.parents[1]),
        }
        self.process = subprocess.Popen(
            [sys.executable, HARNESS],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )

    def __call__(self, export, fault="none", **order):
        order = {"root": str(self.root), "export": export, "fault": fault, "at": 0, **order}
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def results(self):
        """Return what is in the two folders that are read, byte for byte.

        A folder that a killed run had just moved away is what the next run puts back.
        """
        moved = ((self.tables, ".new-old-2026Q2"), (self.reports, "2026Q2.old"))
        places = [(folder / "2026Q2", folder / old) for folder, old in moved]
        folders = [place if place.exists() else old for place, old in places]
        return [
            {
                str(path.relative_to(folder)): path.read_bytes()
                for path in sorted(folder.rglob("*"))
                if path.is_file()
            }
            for folder in folders
        ]

    def left_over(self):
        """Return what lies beside the results and is no lock."""
        return {
            path.name for folder in (self.tables, self.reports) for path in folder.iterdir()
        } - KEPT


@pytest.fixture(scope="module")
def run():
    folder = Path(tempfile.mkdtemp(prefix="faults-"))
    folder.chmod(0o755)
    harness = Harness(folder)
    yield harness
    harness.process.stdin.close()
    harness.process.wait(timeout=30)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def whole(run):
    """Return the results there can be, by export; how many writes and seconds a run takes."""
    results, took = {}, {}
    for export in ("new", "old", "new", "old"):
        took = run(export)
        assert took["status"] == 0, took
        assert results.setdefault(export, run.results()) == run.results()
        assert not run.left_over()
    assert all(old != new for old, new in zip(*results.values(), strict=True))
    assert {len(each) for each in results["old"]} == {9, 11}
    assert took["writes"] > BOUNDARIES
    return results, took["writes"], took["seconds"]


def outcome(run, whole):
    """Return whether tables and report are the old or the new; neither is a mix or half there."""
    exports = [
        [export for export, results in whole[0].items() if results[number] == found]
        for number, found in enumerate(run.results())
    ]
    assert all(len(export) == 1 for export in exports), exports
    return "/".join(export for (export,) in exports)


def succeeds(run, whole, export):
    """Run once more; nothing of a fault before shows in it."""
    took = run(export)
    assert took["status"] == 0, took
    assert run.results() == whole[0][export]
    assert not run.left_over()


def one_line(took, *begins):
    assert len(took["said"].strip().splitlines()) == 1, took
    assert took["said"].strip().startswith(begins), took


def kills(run, whole, orders, *, enough=None):
    """Kill runs, each to the results that are not there; count what is found afterwards.

    Each is the next run of the one before; every fifth is let end, too.
    """
    found, there = Counter(), "old"
    for number, order in enumerate(orders):
        other = "new" if there.endswith("old") else "old"
        if run(other, **order)["status"] == KILLED:
            there = outcome(run, whole)
            found[f"{there} on the way to {other}"] += 1
        else:
            there = other
        if number % EVERY == 0:
            succeeds(run, whole, there := "old")
        if found.total() == enough:
            break
    succeeds(run, whole, "old")
    return found


def test_a_kill_at_any_moment_leaves_old_or_new_results(run, whole, record_property):
    moments = random.Random(20261124)
    found = kills(
        run,
        whole,
        [{"delay": moments.uniform(0, whole[2]), "signal": "SIGKILL"} for _ in range(MOMENTS)],
        enough=KILLS,
    )
    record_property("kills", dict(found))
    assert found.total() == KILLS


def test_a_kill_at_each_write_leaves_old_or_new_results(run, whole, record_property):
    orders = [{"fault": "kill", "at": at} for at in range(1, whole[1] + 1)]
    found = kills(run, whole, orders)
    record_property("kills", dict(found))
    assert whole[1] - 1 <= found.total() <= whole[1]  # what was kept already is not kept again
    assert any(
        there.startswith(("new/old on the way to new", "old/new on the way to old"))
        for there in found
    )


def test_writing_in_place_would_fail_these_tests(run, whole):
    """The check can fail: file after file over the earlier ones is found out."""
    orders = [
        {"fault": "kill", "at": at, "naive": True} for at in range(whole[1] // 2, whole[1] + 15)
    ]
    with pytest.raises(AssertionError, match=r"\[\]"):
        kills(run, whole, orders)
    for folder in (run.tables, run.reports):
        shutil.rmtree(folder / "2026Q2", ignore_errors=True)
    succeeds(run, whole, "old")


@pytest.mark.parametrize(
    ("fault", "said", "step"),
    [("enospc", "No space left on device", 3), ("erofs", "Read-only file system", 4)],
)
def test_a_disk_that_cannot_be_written_is_one_line_at_any_write(run, whole, fault, said, step):
    refused = 0
    for at in range(1, whole[1] + 1, step):
        took = run("new", fault, at=at)
        outcome(run, whole)
        assert took["status"] in (0, 1), took
        if took["status"]:
            refused += 1
            one_line(took, f"error: {said}")
    assert refused >= BOUNDARIES / step
    succeeds(run, whole, "old")


@pytest.mark.parametrize("limit", [0, 100, 1_000, 4_000])
def test_a_file_the_system_does_not_take_whole_is_one_line(run, whole, limit):
    """The system's own refusal, in the C++ that writes Parquet too (RLIMIT_FSIZE)."""
    took = run("new", "limit", at=limit)
    assert took["status"] == 1, took
    one_line(took, "error: ")
    assert "File too large" in took["said"]
    assert outcome(run, whole) == "old/old"
    succeeds(run, whole, "old")


def test_ctrl_c_at_any_write_is_one_line_and_its_own_exit_code(run, whole):
    stopped = Counter()
    for at in range(1, whole[1] + 1, 2):
        took = run("new", "stop", at=at)
        stopped[took["status"]] += 1
        outcome(run, whole)
        assert took["status"] in (0, STOPPED), took
        if took["status"]:
            one_line(took, "canceled: ")
    assert stopped[STOPPED] >= BOUNDARIES / 2
    succeeds(run, whole, "old")


@pytest.mark.parametrize("part", [0.2, 0.4, 0.6, 0.8, 0.95])
def test_the_second_of_two_runs_is_refused(run, whole, part):
    """Tables and report are of one run: the first is alone until both are there."""
    first = run("new", "pause", at=1 + int(part * whole[1]))
    second = run("old")
    ended = run("new", "go on")
    assert (second["status"], ended["status"]) == (1, 0), (second, ended)
    busy = f"error: another run of this clinic is at work (process {first['pid']})"
    one_line(second, busy)
    assert outcome(run, whole) == "new/new"
    succeeds(run, whole, "old")


def test_the_process_at_work_is_named_whole_or_not_at_all(run, whole):
    """Entry 68: at the writes by which a run takes the folder and says who it is, one by one."""
    said = []
    for at in range(4, 9):
        first, second = run("new", "pause", at=at), run("old")
        assert run("new", "go on")["status"] == 0
        said.append(second["said"].replace(str(first["pid"]), "PID"))
        assert outcome(run, whole) == "new/new"
    assert [line for line in said if "PID" in line]
    for line in filter(str.strip, said):
        assert re.search(r"\(process (PID|unknown)\)$", line.strip()), line
    succeeds(run, whole, "old")


def owned(folder, user):
    for path in (folder, *folder.rglob("*")):
        os.chown(path, user, -1)


def test_folders_that_may_not_be_written_are_one_line(run, whole):
    """For real; root may write everywhere, so that root runs it as nobody."""
    top, user = run.root.parent, os.getuid()
    owned(top, user or 65534)
    for folder in (run.tables, run.reports):
        folder.chmod(0o500)
        took = run("new", as_nobody=True)
        folder.chmod(0o700)
        assert took["status"] == 1, took
        one_line(took, "error: Permission denied")
        assert outcome(run, whole) in ("old/old", "new/old")
    owned(top, user)
    succeeds(run, whole, "old")


def test_a_file_where_the_folder_should_be_is_one_line(run, whole):
    aside = run.reports.with_name("aside")
    run.reports.rename(aside)
    run.reports.touch()
    took = run("old")
    run.reports.unlink()
    aside.rename(run.reports)
    assert took["status"] == 1, took
    one_line(took, "error: ")
    succeeds(run, whole, "old")


def test_runs_that_read_raw_files_are_stopped_at_any_moment(run, whole):
    """The tables are computed by DuckDB here, which has its own way to tell of Ctrl-C."""
    seconds, stopped = run("raw")["seconds"], 0
    known = (whole[0] | {"raw": run.results()},)
    succeeds(run, whole, "old")
    for part, signal in ((0.2, "SIGINT"), (0.4, "SIGINT"), (0.6, "SIGKILL"), (0.8, "SIGINT")):
        status = STOPPED if signal == "SIGINT" else KILLED
        took = run("raw", delay=part * seconds, signal=signal)
        stopped += took["status"] == status
        assert took["status"] in (status, 0, 2), took
        if took["status"] == STOPPED:
            one_line(took, "canceled: ")
        outcome(run, known)
        succeeds(run, whole, "old")
    assert stopped >= 2
