"""Runs intake in forked children with a fault in each; imports are paid once. Spoken to by pipe.

One JSON object a line in: root, fault (kill, enospc, erofs, none), at (the n-th write), delay
(seconds until the signal), signal. One out: status (signals negative), writes, said, seconds.
"""

from __future__ import annotations

import errno
import io
import json
import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

import pyarrow.parquet as pq

from ptanalysis import cli, intake, swap
from ptanalysis.definitions import Quarter
from ptanalysis.findings import report

ERRORS = {"enospc": errno.ENOSPC, "erofs": errno.EROFS}


class Faults:
    """Counts writes under a root and makes the n-th fail, or all from the n-th on."""

    def __init__(self, order: dict, tell: int) -> None:
        self.order, self.tell, self.writes = order, tell, 0

    def write(self, path: object) -> None:
        if not str(path).startswith(self.order["root"]):
            return
        self.writes += 1
        os.write(self.tell, b".")
        if self.order["fault"] == "kill" and self.writes == self.order["at"]:
            os.kill(os.getpid(), signal.SIGKILL)
        code = ERRORS.get(self.order["fault"])
        if code and self.writes >= self.order["at"]:
            raise OSError(code, os.strerror(code), str(path))

    def hook(self) -> None:
        for module, name in [(os, "mkdir"), (os, "rename"), (os, "replace"), (os, "link")]:
            self._wrap(module, name)
        self._wrap(swap, "_exchanged")
        self._wrap(os, "fsync", path=lambda _: self.order["root"])
        self._torn(pq, "write_table", path=lambda args: args[1])
        real, real_os = io.open, os.open

        def opened(file, mode="r", *args, **kwargs):
            if set(mode) & set("wax+"):
                self._half(file, real)
            return real(file, mode, *args, **kwargs)

        def low(path, flags, *args, **kwargs):
            if flags & (os.O_WRONLY | os.O_RDWR):
                self.write(path)
            return real_os(path, flags, *args, **kwargs)

        io.open, os.open = opened, low
        if self.order.get("no_exchange"):
            swap._exchanged = lambda one, other: self.write(one) or False

    def _half(self, path, real) -> None:
        """A file whose writing is cut short is there, and broken."""
        before = self.writes + 1
        if str(path).startswith(self.order["root"]) and before == self.order.get("at"):
            with real(path, "w") as torn:
                torn.write("{")
        self.write(path)

    def _wrap(self, module, name, *, path=lambda args: args[0]) -> None:
        real = getattr(module, name)

        def wrapped(*args, **kwargs):
            self.write(path(args))
            return real(*args, **kwargs)

        setattr(module, name, wrapped)

    def _torn(self, module, name, *, path) -> None:
        real, real_open = getattr(module, name), io.open

        def wrapped(*args, **kwargs):
            self._half(path(args), real_open)
            return real(*args, **kwargs)

        setattr(module, name, wrapped)


def settled(order: dict) -> None:
    """Do what needs no file once, before the forks: the tables a run of this root writes."""
    run = sys.modules["ptanalysis.intake.run"]
    tables = intake.run("c", None, root=Path(order["root"]))
    names = ("leads", "touches", "payments", "spend", "campaigns")
    made = {name: getattr(tables, name) for name in names}

    class Read:
        files, problems = (), ()

    class Done:
        problems = ()

        def __init__(self, *args, **kwargs) -> None: ...

        def run(self):
            return self

    run._read = lambda *args, **kwargs: (Read, Quarter.parse("2026Q2"))
    run.Pipeline, run.parts = Done, lambda found: found
    run.account.book = lambda found: tables.ledger
    run.told.shares = lambda book, config: ()
    run.seam_tables = lambda *args, **kwargs: made


def child(order: dict, tell: int) -> None:
    """Run one command line in this process and leave."""
    with open(order["said"], "w") as said:
        os.dup2(said.fileno(), 2)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    Faults(order, tell).hook()
    os.environ["PTANALYSIS_ROOT"] = order["root"]
    sys.argv = ["ptanalysis", "run", "c", "2026Q2"]
    report.make_report = lambda tables, **kwargs: making(kwargs["out"])
    try:
        cli.main()
    except SystemExit as done:
        os._exit(done.code or 0)


def making(out: Path) -> Path:
    """Write a small report through the same folders, lock and swap as the real one."""
    report._make = lambda folder, *args, **kwargs: [
        (folder / name).write_text(name) for name in ("findings.json", "findings.html")
    ]
    return REAL_REPORT(None, notebooks=out, out=out)


REAL_REPORT = report.make_report


def forked(order: dict) -> dict:
    """Fork, signal after the delay, and tell how it ended."""
    read, tell = os.pipe()
    started = time.monotonic()
    pid = os.fork()
    if not pid:
        try:
            child(order, tell)
        finally:
            os._exit(99)
    os.close(tell)
    if order.get("delay") is not None:
        time.sleep(order["delay"])
        with suppress(ProcessLookupError):
            os.kill(pid, getattr(signal, order["signal"]))
    _, status = os.waitpid(pid, 0)
    writes = 0
    while got := os.read(read, 4096):
        writes += len(got)
    os.close(read)
    return {
        "status": os.waitstatus_to_exitcode(status),
        "writes": writes,
        "said": Path(order["said"]).read_text("utf-8"),
        "seconds": time.monotonic() - started,
    }


def main() -> None:
    for line in sys.stdin:
        order = json.loads(line)
        answer = settled(order) if order["fault"] == "settle" else forked(order)
        print(json.dumps(answer or {}), flush=True)


if __name__ == "__main__":
    main()
