"""Runs the command line in forked children with a fault in each; imports are paid once.

Spoken to by pipe. One JSON object a line in: root, export (whose tables a run makes; `raw` reads
the raw files), words and given (another command and its standard input), fault, at (the n-th
write, or a limit in bytes), delay (seconds until the signal) and signal. One out: status (signals
negative), pid, writes, said, seconds.
"""

from __future__ import annotations

import builtins
import errno
import io
import json
import os
import resource
import shutil
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pandas as pd
import pyarrow as pa
import pyarrow.dataset
from nbformat.v4 import new_markdown_cell, new_notebook

from ptanalysis.cli import clinic_runs, commands  # noqa: F401 - imported by a run
from ptanalysis.dataset import SCHEMA
from ptanalysis.definitions import Quarter
from ptanalysis.display import (  # noqa: F401 - imported by a report
    claim_plots,
    drawing,
    notebook_output,
    plots,
)
from ptanalysis.intake import run_intake as run
from ptanalysis.privacy.forget.forget_person import Found
from ptanalysis.report import assemble, page
from tests import small_clinic

ERRORS = {"enospc": errno.ENOSPC, "erofs": errno.EROFS}
SIGNALS = {"kill": signal.SIGKILL, "stop": signal.SIGINT, "pause": signal.SIGSTOP}
NOBODY = 65534

forget = sys.modules["ptanalysis.privacy.forget.forget_person"]
LEADS = [small_clinic.lead("2026-04-02"), small_clinic.lead("2026-05-03", "outbound")]
EXPORTS = {"old": small_clinic.clinic(LEADS[:1]), "new": small_clinic.clinic(LEADS)}
#: The rest of a ledger.
NOTHING_ELSE = {"duplicates": 0, "rejected": 0, "not_leads": 0, "by_file": []}


class Faults:
    """Counts writes under a root and makes the n-th fail, or all from the n-th on."""

    def __init__(self, order: dict, tell: int) -> None:
        self.order, self.tell, self.writes = order, tell, 0

    def write(self, path: object) -> None:
        if not str(path).startswith(self.order["root"]):
            return
        self.writes += 1
        os.write(self.tell, b".")
        fault, at = self.order["fault"], self.order["at"]
        if fault in SIGNALS and self.writes == at:
            os.kill(os.getpid(), SIGNALS[fault])
        if fault in ERRORS and self.writes >= at:
            raise OSError(ERRORS[fault], os.strerror(ERRORS[fault]), str(path))

    def hook(self) -> None:
        for module, name in [(os, "mkdir"), (os, "rename"), (os, "replace"), (os, "link")]:
            self._wrap(module, name, lambda args: args[0])
        self._wrap(os, "fsync", lambda _: self.order["root"])
        if self.order.get("words"):
            self._wrap_removal()
        self._wrap_opening()
        if self.order.get("naive"):
            run.processed.put_in_place = assemble.put_in_place = in_place

    def _wrap_opening(self) -> None:
        real, real_os = io.open, os.open

        def opened(file, mode="r", *args, **kwargs):
            if set(mode) & set("wax+"):
                self._torn(file, real)
                self.write(file)
            return real(file, mode, *args, **kwargs)

        def low(path, flags, *args, **kwargs):
            if flags & (os.O_WRONLY | os.O_RDWR):
                self.write(path)
            return real_os(path, flags, *args, **kwargs)

        io.open = builtins.open = opened
        os.open = low

    def _wrap_removal(self) -> None:
        real = shutil.rmtree

        def removed(path, *args, **kwargs):
            if str(path).startswith(self.order["root"]) and self.writes + 1 == self.order["at"]:
                next((file for file in Path(path).rglob("*.*")), Path(path, "none")).unlink(True)
            self.write(path)
            return real(path, *args, **kwargs)

        shutil.rmtree = removed

    def _torn(self, path, real) -> None:
        """A file whose writing is cut short is there, and broken."""
        if str(path).startswith(self.order["root"]) and self.writes + 1 == self.order["at"]:
            with real(path, "w") as torn:
                torn.write("{")

    def _wrap(self, module, name, path, *, torn=False) -> None:
        real, real_open = getattr(module, name), io.open

        def wrapped(*args, **kwargs):
            if torn:
                self._torn(path(args), real_open)
            self.write(path(args))
            return real(*args, **kwargs)

        setattr(module, name, wrapped)


def in_place(new: Path, place: Path, *, old: Path) -> None:
    """What `swap.put_in_place` must not be: file after file over the earlier ones."""
    place.mkdir(exist_ok=True)
    for file in sorted(new.rglob("*.*")):
        target = place / file.relative_to(new)
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(file.read_bytes())
    shutil.rmtree(new)


def computed(export: str) -> None:
    """Let a run find these tables and this report; it writes and swaps them as ever."""
    tables = EXPORTS[export]
    made = {
        name: pa.Table.from_pandas(getattr(tables, name), preserve_index=False) for name in SCHEMA
    }
    nothing = SimpleNamespace(problems=(), files=())
    nothing.rows = nothing
    run._read = lambda *args, **kwargs: (nothing, Quarter.parse("2026Q2"))
    run.settled = lambda *args, **kwargs: nothing
    run.parts = lambda found: made
    assemble.write_deck = lambda slides, path, **_: path.write_bytes(str(slides).encode())
    book = {**dict.fromkeys(("rows_in", "leads"), len(tables.leads)), **NOTHING_ELSE}
    run.reconcile.book = lambda found: book
    run.intake_warnings.shares = lambda *_: ()
    run.reader = lambda name, table, **of: table.to_reader()


def searched(email: str) -> None:
    """Let a forgetting find one person; it writes and removes as ever."""
    row = {"inquiry_id": "1", "email": email, "phone": None, "first": None, "last": None}
    person = Found(rows=pd.DataFrame([row | {"group": 0}]), people={0}, given={"email": email})
    nothing = SimpleNamespace(files=())
    forget._search = lambda *args, **kwargs: (nothing, person)
    forget._holding = lambda *args, **kwargs: {}


def executed(notebook: Path, output: Path, *, parameters, environment):
    """Stand in for a kernel: a notebook and a figure."""
    figures = output.parent / "figures"
    figures.mkdir(exist_ok=True)
    (figures / "x.svg").write_text("<svg/>", "utf-8")
    done = new_notebook(cells=[new_markdown_cell("# How many?", id="a")])
    nbformat.write(done, output)
    return done


def child(order: dict, tell: int, said: int) -> None:
    """Run one command line in this process and leave."""
    os.dup2(said, 2)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    os.environ["PTANALYSIS_ROOT"] = order["root"]
    sys.argv = ["ptanalysis", *order.get("words", ["run", "c", "2026Q2"])]
    sys.stdin = io.StringIO(order.get("given", ""))
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if order["export"] != "raw":
        computed(order["export"])
        searched(order.get("given", "").strip())
    assemble.execute = executed
    Faults(order, tell).hook()
    if order.get("as_nobody") and not os.getuid():
        os.setuid(NOBODY)
    if order["fault"] == "limit":
        resource.setrlimit(resource.RLIMIT_FSIZE, (order["at"], resource.RLIM_INFINITY))
    try:
        commands.main()
    except SystemExit as done:
        os._exit(done.code or 0)


class Forked:
    """A child at work; `ended` waits for it."""

    def __init__(self, order: dict) -> None:
        self.started = time.monotonic()
        (self.writes, tell), (self.said, say) = os.pipe(), os.pipe()
        self.pid = os.fork()
        if not self.pid:
            try:
                child(order, tell, say)
            finally:
                os._exit(99)
        os.close(tell)
        os.close(say)
        if order.get("delay") is not None:
            time.sleep(order["delay"])
            with suppress(ProcessLookupError):
                os.kill(self.pid, getattr(signal, order["signal"]))
        if order["fault"] == "pause":
            os.waitpid(self.pid, os.WUNTRACED)

    def ended(self) -> dict:
        said = _all(self.said).decode("utf-8")
        _, status = os.waitpid(self.pid, 0)
        return {
            "status": os.waitstatus_to_exitcode(status),
            "writes": len(_all(self.writes)),
            "said": said,
            "seconds": time.monotonic() - self.started,
        }


def _all(pipe: int) -> bytes:
    with os.fdopen(pipe, "rb") as end:
        return end.read()


def main() -> None:
    paused = None
    for name, escaped in (("page.html.j2", True), ("summary.html.j2", True), ("summary.txt.j2", 0)):
        page._compiled(name, bool(escaped))
    for line in sys.stdin:
        order = json.loads(line)
        if order["fault"] == "go on":
            os.kill(paused.pid, signal.SIGCONT)
            answer = paused.ended()
        elif order["fault"] == "pause":
            paused = Forked(order)
            answer = {"pid": paused.pid}
        else:
            answer = Forked(order).ended()
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
