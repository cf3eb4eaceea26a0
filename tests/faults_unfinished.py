"""Kills, a full or read-only disk, Ctrl-C and two runs at once: old or new results, always whole.

The harness forks a child a fault. Random moments fall in whole runs; faults at each write fall in
runs whose tables were computed before the fork, as the files are what is tested there.
"""

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

HARNESS = Path(__file__).with_name("fault_harness.py")
HEADER = "inquiry_id,received_at,source,email,service_interest\n"
FIRST = "1,2026-04-02,google,a@example.org,knee\n"
SECOND = "2,2026-04-03,google,b@example.org,knee\n"
RANDOM_KILLS, RANDOM_STOPS = 8, 4
ONE_LINE = 1


class Harness:
    def __init__(self, folder):
        self.root, self.said = folder / "root", folder / "said"
        self.raw = self.root / "data" / "raw" / "c" / "2026Q2"
        self.raw.mkdir(parents=True)
        self.put(FIRST)
        environment = {**os.environ, "PTANALYSIS_KEY_DIR": str(folder / "keys"),
                       "PYTHONPATH": str(HARNESS.parents[1])}  # fmt: skip
        self.process = subprocess.Popen(
            [sys.executable, HARNESS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env=environment,
        )  # fmt: skip

    def put(self, *rows):
        (self.raw / "inquiries.csv").write_text(HEADER + "".join(rows), "utf-8")

    def __call__(self, fault="none", **order):
        order = {"root": str(self.root), "said": str(self.said), "fault": fault, "at": 0, **order}
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def results(self):
        """Return what is in the folders a reader opens, byte for byte."""
        folders = {
            "tables": self.root / "data" / "processed" / "c" / "2026Q2",
            "report": self.root / "reports" / "c" / "2026Q2",
        }
        return {
            name: {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
            for name, folder in folders.items()
        }


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    harness = Harness(tmp_path_factory.mktemp("faults"))
    yield harness
    harness.process.stdin.close()
    harness.process.wait(timeout=30)


@pytest.fixture(scope="module")
def whole(run):
    """Both results there can be: of the earlier export, and of the later one."""
    run.put(FIRST)
    assert run()["status"] == 0, run.said.read_text()
    old = run.results()
    run.put(FIRST, SECOND)
    took = run()
    assert took["status"] == 0
    new = run.results()
    assert old["tables"] != new["tables"]
    run.put(FIRST)
    assert run()["status"] == 0
    assert run.results() == old
    return old, new, took["seconds"]


def intact(run, whole):
    found = run.results()
    for name in found:
        assert found[name] in [results[name] for results in whole[:2]]


def test_a_kill_at_any_moment_leaves_whole_results(run, whole):
    moments = random.Random(20261123)
    killed = 0
    for _ in range(RANDOM_KILLS):
        run.put(FIRST, *moments.choice([(), (SECOND,)]))
        ended = run("none", delay=moments.uniform(0, whole[2]), signal="SIGKILL")
        killed += ended["status"] == -9
        intact(run, whole)
    assert killed >= RANDOM_KILLS / 2
    run.put(FIRST)
    assert run()["status"] == 0
    assert run.results() == whole[0]


def test_ctrl_c_at_any_moment_is_one_line_and_its_own_exit_code(run, whole):
    moments = random.Random(7)
    stopped = 0
    for _ in range(RANDOM_STOPS):
        ended = run("none", delay=moments.uniform(0.05, whole[2] * 0.8), signal="SIGINT")
        intact(run, whole)
        stopped += ended["status"] == 130
        if ended["status"] == 130:
            assert len(ended["said"].strip().splitlines()) == ONE_LINE, ended["said"]
            assert ended["said"].startswith("stopped: ")
    assert stopped >= RANDOM_STOPS / 2


@pytest.fixture(scope="module")
def settled(whole, run):
    """From here on runs start with their tables computed: of the later export."""
    run.put(FIRST)
    assert run()["status"] == 0
    run("settle")
    ended = run()
    assert ended["status"] == 0, run.said.read_text()
    return ended["writes"], [run.results()]


@pytest.mark.parametrize("no_exchange", [False, True])
def test_a_kill_at_each_write_leaves_whole_results(run, settled, no_exchange):
    kills, (writes, whole) = 0, settled
    for at in range(1, writes + 1):
        ended = run("kill", at=at, no_exchange=no_exchange)
        kills += ended["status"] == -9
        if not no_exchange:
            intact(run, whole)
        after = run()
        assert after["status"] == 0, run.said.read_text()
        assert run.results() == whole[0]
    assert kills >= 20


@pytest.mark.parametrize(("fault", "said"), [("enospc", "No space left"), ("erofs", "Read-only")])
def test_a_disk_that_cannot_be_written_is_one_line_at_each_write(run, settled, fault, said):
    refused, (writes, whole) = 0, settled
    for at in range(1, writes + 1):
        ended = run(fault, at=at)
        intact(run, whole)
        refused += ended["status"] == 1
        assert ended["status"] in (0, 1), ended
        if ended["status"]:
            assert len(ended["said"].strip().splitlines()) == ONE_LINE, ended["said"]
            assert said in ended["said"]
    assert refused >= 20
    assert run()["status"] == 0
    assert run.results() == whole[0]
