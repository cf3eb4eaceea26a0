"""Costly answers about a whole clinic, kept beside the tables of the run they are about.

An answer belongs to one manifest (which names files, settings and versions) and one state of this
package's source. One that is damaged, or another's, is worked out anew: storing never fails a run.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import pandas as pd
from filelock import FileLock

from ptanalysis.dataset import SCHEMA, ClinicData
from ptanalysis.definitions import PlaceError, spare_raw
from ptanalysis.intake.storage.processed_tables import ANSWERS, MANIFEST

_FILE = "claims.json"
_TABLES = (*SCHEMA, "broad_only")
_PACKAGE = Path(__file__).parents[2]
_VERSIONS = ("numpy", "pandas", "scipy")


@dataclass(frozen=True, kw_only=True, eq=False)
class StoredAnswers:
    """Where the answers about tables are, while the tables are as they were opened.

    Attributes
    ----------
    folder : Path
        ``data/processed/<clinic>/<quarter>``.
    key : str
        Of the run and of the package's source.
    opened : mapping of str to DataFrame
        The tables as they were; they share their memory with those in use until one is changed.
    ledger : dict
    """

    folder: Path
    key: str
    opened: Mapping[str, pd.DataFrame]
    ledger: dict

    def about(self, tables: ClinicData) -> bool:
        """Return whether tables are still those that were opened, value for value."""
        same = (getattr(tables, name).equals(table) for name, table in self.opened.items())
        return tables.ledger == self.ledger and all(same)

    @contextmanager
    def in_turn(self) -> Iterator[None]:
        """Let one process at a time work answers out; the next finds them stored."""
        with ExitStack() as held:
            with suppress(OSError, PlaceError):
                spare_raw(self.folder / ANSWERS)
                (self.folder / ANSWERS).mkdir(exist_ok=True, mode=0o700)
                held.enter_context(FileLock(self.folder / ANSWERS / ".lock", mode=0o600))
            yield

    def read(self) -> dict | None:
        """Return what is stored; None where nothing is, or it is damaged or another's."""
        try:
            found = json.loads((self.folder / ANSWERS / _FILE).read_text("utf-8"))
            whole = found["key"] == self.key and found["digest"] == _digest(found["answers"])
            return found["answers"] if whole else None
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return None

    def write(self, answers: dict) -> None:
        """Store answers at once; where that cannot be, or the run is no longer there, nothing."""
        place = self.folder / ANSWERS
        with suppress(OSError, PlaceError):
            if self.key and key_of(self.folder) == self.key:
                spare_raw(place)
                place.mkdir(exist_ok=True, mode=0o700)
                _put(_text(answers, self.key), place / _FILE)


def with_answers(tables: ClinicData, folder: Path, *, key: str) -> ClinicData:
    """Return tables as they were opened from a folder, so that answers about them can be kept.

    Whatever is made of them by `dataclasses.replace` forgets it.

    Parameters
    ----------
    tables : ClinicData
    folder : Path
        ``data/processed/<clinic>/<quarter>``.
    key : str
        Of `key_of` before they were read: should another run take the folder's place meanwhile,
        nothing is kept.
    """
    before, tables = tables.recorded, replace(tables)
    object.__setattr__(tables, "recorded", before)
    opened = {name: getattr(tables, name).copy(deep=False) for name in _TABLES}
    stored = StoredAnswers(folder=folder, key=key, opened=opened, ledger=deepcopy(tables.ledger))
    object.__setattr__(tables, "stored", stored)
    return tables


def key_of(folder: Path) -> str:
    """Return the key of what is answered about a run, empty where there is none."""
    try:
        return sha256((folder / MANIFEST).read_bytes() + source().encode()).hexdigest()
    except FileNotFoundError:
        return ""


@cache
def source(package: Path = _PACKAGE) -> str:
    """Return a name for the state of a package's source and of what it computes with."""
    digest = sha256(repr([version(name) for name in _VERSIONS]).encode())
    for path in sorted([*package.rglob("*.py"), *package.rglob("*.toml")]):
        digest.update(path.relative_to(package).as_posix().encode())
        digest.update(sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _text(answers: dict, key: str) -> str:
    plain = json.loads(json.dumps(answers, default=lambda value: value.item()))
    return json.dumps({"key": key, "digest": _digest(plain), "answers": plain})


def _digest(answers: object) -> str:
    return sha256(json.dumps(answers).encode()).hexdigest()


def _put(text: str, path: Path) -> None:
    """Write a file beside and put it in place: old or new, never half of one."""
    handle, name = tempfile.mkstemp(prefix=".new-", dir=path.parent)
    new = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)
