"""Ctrl-C and kills while somebody is being forgotten: nothing has changed, or it is in force.

As in test_faults, each fault is in a child of its own. What a stand-in finds is written and removed
for real; at any moment means that of the search in the raw files, too.
"""

import os
import random
import shutil
import tempfile
from collections import Counter
from pathlib import Path

import pytest

from ptanalysis.cli import commands
from tests.test_faults import HEADER, KILLED, STOPPED, Harness, one_line

ADA, CY = "ada@example.org", "cy@example.org"
ROWS = f"1,2026-04-02,google,{ADA},knee\n2,2026-04-03,facebook,{CY},hip\n"
FORGET = {"words": ["forget", "c"], "given": f"{ADA}\n\n"}
LINE = "canceled: perhaps before it was in force, so forget the person again"
MOMENTS = 3

pytestmark = pytest.mark.skipif(os.name == "nt", reason="forks and signals")


class Clinic(Harness):
    """A clinic that was run, and can be put back to that."""

    def __init__(self, folder):
        super().__init__(folder)
        raw = self.root / "data" / "raw" / "c" / "2026Q2" / "inquiries.csv"
        raw.write_text(HEADER + ROWS, "utf-8")
        assert self("raw")["status"] == 0
        self.before, self.known = folder / "before", self.results()
        shutil.copytree(self.root, self.before)

    @property
    def list(self):
        return self.root / "keys" / "c.forgotten"

    def restore(self):
        shutil.rmtree(self.root)
        shutil.copytree(self.before, self.root)

    def forget(self, export="old", fault="none", **order):
        """Forget Ada in a clinic that was run; what is said after the questions.

        She is found by a stand-in, or by reading the `raw` files.
        """
        self.restore()
        took = self(export, fault, **FORGET, **order)
        took["said"] = took["said"].rsplit("known): ", 1)[-1]
        return took

    def state(self):
        """Return old or in force; a quarter's folder is whole or not there."""
        found = self.results()
        for now, before in zip(found, self.known, strict=True):
            assert now in ({}, before)
        if not self.list.exists():
            assert found == self.known
            return "old"
        return "in force"


@pytest.fixture(scope="module")
def clinic():
    folder = Path(tempfile.mkdtemp(prefix="forget-"))
    made = Clinic(folder)
    yield made
    made.process.stdin.close()
    made.process.wait(timeout=30)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def whole(clinic):
    """Return how many writes and, with the search, seconds it takes undisturbed."""
    took = {}
    for export in ("old", "raw"):
        took[export] = clinic.forget(export)
        assert took[export]["status"] == 0, took
        assert (clinic.state(), clinic.results()) == ("in force", [{}, {}])
    return took["old"]["writes"], took["raw"]["seconds"]


def ended_by_the_next_run(clinic):
    """The run removes what is left of the old tables first; then a stand-in writes new ones."""
    took = clinic("old")
    assert took["status"] == 0, took
    assert not clinic.left_over()
    assert '"unfinished": false' in clinic.list.read_text("utf-8")


@pytest.mark.parametrize(
    ("fault", "status", "step"), [("stop", STOPPED, 1), ("kill", KILLED, 2)], ids=["stop", "kill"]
)
def test_stopped_at_a_write_it_is_in_force_or_nothing_has_changed(
    clinic, whole, fault, status, step
):
    states = Counter()
    for at in range(1, whole[0] + 1, step):
        took = clinic.forget(fault=fault, at=at)
        assert took["status"] == status, (at, took)
        if status == STOPPED:
            one_line(took, LINE)
        states[state := clinic.state()] += 1
        if (fault, state) == ("kill", "in force"):
            ended_by_the_next_run(clinic)
    assert min(states["old"], states["in force"]) >= 3, states


def test_stopped_at_the_question_nothing_was_begun(clinic, monkeypatch, capsys):
    def stop(_):
        raise KeyboardInterrupt

    clinic.restore()
    monkeypatch.setattr(commands, "_asked", stop)
    monkeypatch.setattr("sys.argv", ["ptanalysis", "forget", "c"])
    with pytest.raises(SystemExit) as ended:
        commands.main()
    assert (ended.value.code, clinic.state()) == (STOPPED, "old")
    assert capsys.readouterr().err.strip() == "canceled: nothing was begun"


def test_stopped_at_any_moment_it_can_be_done_again(clinic, whole):
    moments, stopped = random.Random(20261124), 0
    for _ in range(MOMENTS):
        took = clinic.forget("raw", delay=moments.uniform(0.1, 0.9) * whole[1], signal="SIGINT")
        stopped += took["status"] == STOPPED
        assert took["status"] in (0, STOPPED), took
        if took["status"]:
            one_line(took, "canceled: ")
        clinic.state()
        again = clinic("raw", **FORGET)
        assert again["status"] == 0, again
        assert (clinic.state(), clinic.results()) == ("in force", [{}, {}])
    assert stopped >= MOMENTS / 2
