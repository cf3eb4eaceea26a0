"""No personal data past intake: canaries in every column of every format, and a scan of all files.

One clinic, run as its owner would, in a home of its own; a run that crashes and one that is killed.
The numbers are the guarantees of docs/privacy.md.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from ptanalysis.definitions import Places
from ptanalysis.intake.read import load_formats
from tests import canary_clinic as canary
from tests.scanner import forms, hashes, look, scan, scan_bytes, secret_forms

ROOT = Places.default().root
WANTED = {text: forms(text) for text in canary.CANARIES}
#: Those that show labels and names of files; the others take as long and read the same tables.
NOTEBOOKS = ("2-lead-quality.ipynb", "4-can-we-trust-this.ipynb")
#: Refuses every connection that leaves the machine, and says so in a file.
NO_NETWORK = """
import os, socket
_connect = socket.socket.connect
def connect(self, address):
    if self.family != socket.AF_UNIX and address[0] not in ("127.0.0.1", "::1", "localhost"):
        open(os.environ["CALLS"], "a").write(f"{address}\\n")
        raise OSError("no network here")
    return _connect(self, address)
socket.socket.connect = connect
"""
#: Ends a run when all personal data are in its tables.
ENDED = """
import os, sys
from importlib import import_module
from ptanalysis import intake
from ptanalysis.cli import commands as cli
def end(*_, **__):
    {how}
import_module("ptanalysis.intake.run_intake").reader = end
sys.argv = ["ptanalysis", "run", "zed", "2026Q2"]
cli.main()
"""
CRASH = "float(open(os.environ['CANARIES']).read())"
KILL = "os.kill(os.getpid(), 9)"


@dataclass
class Home:
    """A clinic in a home of its own, and what was said there."""

    folder: Path

    @property
    def root(self) -> Path:
        return self.folder / "project"

    @property
    def raw(self) -> Path:
        return self.root / "data" / "raw"

    @property
    def reports(self) -> Path:
        return self.root / "reports"

    @property
    def processed(self) -> Path:
        return self.root / "data" / "processed" / "zed" / "2026Q2"

    @property
    def written(self) -> list[Path]:
        """Everything but the raw exports, and what Python itself was given."""
        given = (self.raw, self.folder / "given")
        every = sorted(self.folder.rglob("*"))
        return [path for path in every if not any(path.is_relative_to(here) for here in given)]

    def call(self, *words: str, program: str = "") -> subprocess.CompletedProcess:
        """Run a command, and keep what it says."""
        told = ["-c", program] if program else ["-m", "ptanalysis.cli.commands", *words]
        done = subprocess.run(
            [sys.executable, "-X", "faulthandler", *told],
            cwd=self.folder / "here",
            env=self._environment(),
            capture_output=True,
            check=False,
        )
        said = self.folder / f"said {len(list(self.folder.glob('said*')))}"
        said.write_bytes(done.stdout + b"\n" + done.stderr)
        return done

    def _environment(self) -> dict[str, str]:
        own = (
            "HOME",
            "TMPDIR",
            "XDG_CONFIG_HOME",
            "XDG_CACHE_HOME",
            "XDG_DATA_HOME",
            "XDG_STATE_HOME",
            "XDG_RUNTIME_DIR",
            "IPYTHONDIR",
            "MPLCONFIGDIR",
        )
        places = {name: str(self.folder / name.lower()) for name in own}
        return {
            **{key: os.environ[key] for key in ("PATH", "LANG") if key in os.environ},
            **places,
            "PTANALYSIS_ROOT": str(self.root),
            "PYTHONPATH": f"{self.folder / 'given'}:{ROOT}",
            "CALLS": str(self.folder / "given" / "calls"),
            "PYTHONDONTWRITEBYTECODE": "1",
            "CANARIES": str(self.folder / "given" / "canaries"),
        }


def home(folder: Path) -> Home:
    """Make a home with empty folders for all that programs leave in one."""
    names = (
        "home",
        "tmpdir",
        "xdg_config_home",
        "xdg_cache_home",
        "xdg_data_home",
        "xdg_state_home",
        "xdg_runtime_dir",
        "ipythondir",
        "mplconfigdir",
        "here",
        "given",
        "project",
    )
    for name in names:
        (folder / name).mkdir()
    (folder / "given" / "sitecustomize.py").write_text(NO_NETWORK)
    (folder / "given" / "canaries").write_text(canary.ALL)
    (folder / "given" / "calls").touch()
    (folder / "project" / "notebooks").mkdir()
    for name in NOTEBOOKS:
        (folder / "project" / "notebooks" / name).symlink_to(ROOT / "notebooks" / name)
    return Home(folder)


@pytest.fixture(scope="module")
def ran(tmp_path_factory) -> Home:
    """A clinic after a full run and drafts of formats."""
    here = home(tmp_path_factory.mktemp("ran"))
    canary.build(here.raw / "zed")
    here.done = here.call("run", "zed", "2026Q2")
    for path in (here.raw / "zed" / "2026Q2").rglob("* no header.csv"):
        here.call("map", str(path))
    here.call("map", str(next(here.raw.rglob("spend/*.csv"))))
    return here


@pytest.fixture(scope="module", params=[CRASH, KILL], ids=["crashed", "killed"])
def ended(request, tmp_path_factory) -> Home:
    """A clinic after a run that did not come to its end, and a check of it."""
    here = home(tmp_path_factory.mktemp("ended"))
    quarter = here.raw / "zed" / "2026Q2"
    quarter.mkdir(parents=True)
    formats = [format for format in load_formats() if format.name in ("inquiries", "spend")]
    for format in formats:
        (quarter / f"{format.name}.csv").write_text(canary.text(format), "utf-8")
    here.done = here.call(program=ENDED.format(how=request.param))
    if request.param == CRASH:
        here.call("check", "zed")
    return here


def test_the_clinic_was_read_whole_and_its_own_words_pass(ran):
    """Else the rest would be true of nothing: every format was recognised, and a report made."""
    assert ran.done.returncode == 2, ran.done.stderr[-2000:]
    manifest = json.loads((ran.processed / "manifest.json").read_text("utf-8"))
    read = {source["format"] for source in manifest["inputs"]}
    assert {format.name for format in load_formats()} <= read
    assert canary.LABEL in (ran.reports / "zed" / "2026Q2" / "findings.json").read_text("utf-8")
    files = json.loads((ran.processed / "ledger.json").read_text("utf-8"))["by_file"]
    assert all(entry["rows_in"] > entry["rejected"] for entry in files if entry["kind"])
    assert all(look(path.name.encode(), WANTED, "") for path in ran.raw.rglob("* list.csv"))


def test_g1_no_canary_in_any_file_written_or_word_said(ran):
    assert len(ran.written) > 30
    assert scan(ran.written, WANTED) == []


def test_g1_no_canary_is_left_by_a_run_that_does_not_end(ended):
    assert ended.done.returncode != 0
    assert not ended.processed.exists()
    assert scan(ended.written, WANTED) == []


def test_g1_the_scan_sees_what_would_be_left(ran):
    """The negative control: each raw export, scanned alike, shows its canaries."""
    exports = [path for path in (ran.raw / "zed").rglob("*.*") if path.is_file()]
    blind = [path for path in exports if not scan_bytes(path.read_bytes(), WANTED, "")]
    assert {path.name for path in blind} == {"plain.csv", "costs.csv"}


def test_g2_no_unkeyed_hash_of_a_canary(ran):
    texts = {*canary.CANARIES, canary.NAME, canary.ZIP, f"{canary.RECORD}-inquiries-0"}
    assert scan(ran.written, {text: hashes(text) for text in texts}) == []


def test_g3_an_error_of_the_program_says_where_and_not_what(ended):
    said = (ended.done.stdout + ended.done.stderr).decode()
    if ended.done.returncode == 1:
        assert "an error of the program, please report it: ValueError at" in said
    assert "Traceback" not in said


def test_g3_problems_name_row_column_and_rule(ran):
    problems = json.loads((ran.processed / "problems.json").read_text("utf-8"))
    rejected = [problem for problem in problems if problem["severity"] == "rejected"]
    assert len(rejected) > 40
    assert all(problem["row"] for problem in rejected)


def test_g7_row_level_tables_are_called_limited_and_hold_no_zip(ran):
    manifest = json.loads((ran.processed / "manifest.json").read_text("utf-8"))
    assert manifest["data"].startswith("limited data set")
    tables = [pd.read_parquet(path).to_csv() for path in ran.processed.glob("*.parquet")]
    assert len(tables) == 6
    assert not any(re.search(r"(?<![\w.])021(39)?(?!\w)", table) for table in tables)


def test_g7_nothing_in_the_report_is_about_one_person(ran):
    """No pseudonym, and no moment of an inquiry."""
    leads = pd.read_parquet(ran.processed / "leads.parquet")
    ids = {*leads["lead_id"], *leads["person_id"]}
    moments = {str(at) for at in leads["inquiry_at"] if at.strftime("%H%M%S") != "000000"}
    assert ids
    assert moments
    wanted = {text: {"utf-8": text.encode()} for text in ids | moments}
    wanted |= {f"{text} T": {"utf-8": text.replace(" ", "T").encode()} for text in moments}
    assert scan([path for path in ran.reports.rglob("*") if path.is_file()], wanted) == []


def test_g8_what_is_written_is_the_user_s_alone(ran):
    ours = [
        *ran.reports.rglob("*"),
        *(ran.root / "data" / "processed").rglob("*"),
        *(path for path in ran.written if path.suffix == ".key"),
    ]
    assert len(ours) > 20
    assert [path for path in ours if path.stat().st_mode & 0o077] == []


def test_g8_nothing_leaves_the_machine(ran):
    assert (ran.folder / "given" / "calls").read_text() == ""


def test_g8_a_connection_would_have_been_seen(tmp_path):
    here = home(tmp_path)
    here.call(program="import socket; socket.create_connection(('192.0.2.1', 9), timeout=1)")
    assert "192.0.2.1" in (tmp_path / "given" / "calls").read_text()


def test_g10_the_key_is_in_no_output(ran):
    (key,) = [path for path in ran.written if path.suffix == ".key"]
    assert key.is_relative_to(ran.folder / "xdg_config_home")
    wanted = {"key": secret_forms(key.read_bytes())}
    assert scan([key], wanted)
    assert scan([path for path in ran.written if path != key], wanted) == []
