"""One writer at a time, and a folder put in another's place whole: the old or the new, no mix."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from ptanalysis.definitions import UserError, spare_raw


class ClinicBusyError(UserError, RuntimeError):
    """Another run of the same clinic is at work."""


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold a folder for one run; a run that is killed lets go of it.

    Raises
    ------
    ClinicBusyError
        Another run holds it; the message names its process.
    ptanalysis.definitions.PlaceError
        The folder is raw exports, or is one with them.
    """
    spare_raw(folder)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    holder = folder / ".holder"
    lock = FileLock(folder / ".lock", mode=0o600)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise ClinicBusyError(
            f"another run of this clinic is at work (process {_named(holder)})"
        ) from None
    try:
        _name(holder)
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


def _name(holder: Path) -> None:
    """Say which process holds the folder, at once: whoever reads sees the whole number or none."""
    new = holder.with_name(".holder.new")
    new.write_text(str(os.getpid()), "utf-8")
    new.replace(holder)


def _named(holder: Path) -> str:
    """Return the process that holds the folder; it may just have begun, or end this moment."""
    try:
        return holder.read_text("utf-8")
    except FileNotFoundError:
        return "unknown"


def put_in_place(new: Path, place: Path, *, old: Path) -> None:
    """Put `new` at `place` and remove what stood there.

    The earlier one is `old` for a moment; `recover` puts it back after a kill.

    Parameters
    ----------
    new, place, old : Path
        On one file system.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     new, place = Path(folder, "new"), Path(folder, "place")
    ...     new.mkdir(), place.mkdir()
    ...     _ = (new / "page").write_text("anew")
    ...     put_in_place(new, place, old=Path(folder, "old"))
    ...     (place / "page").read_text(), new.exists()
    (None, None)
    ('anew', False)
    """
    spare_raw(new, place, old)
    recover(place, old=old)
    try:
        if place.exists():
            place.rename(old)
        new.rename(place)
    finally:
        recover(place, old=old)


def recover(place: Path, *, old: Path) -> None:
    """Put back what a run that was killed had moved away, and remove what it left."""
    spare_raw(place, old)
    if old.exists() and not place.exists():
        old.rename(place)
    remove(old)


def remove(folder: Path) -> None:
    """Remove a folder that a run made, whatever of it is there.

    Raises
    ------
    ptanalysis.definitions.PlaceError
        It is raw exports, lies in them or holds them.
    """
    spare_raw(folder)
    shutil.rmtree(folder, ignore_errors=True)
