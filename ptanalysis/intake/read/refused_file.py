"""What the steps of the reader report, before the reader adds the file's name."""

from __future__ import annotations

import errno
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from ptanalysis.definitions import Problem, UserError


@dataclass(frozen=True)
class Note:
    """A Problem still without its file; never holds a cell's value."""

    code: str
    what: str
    fix: str
    severity: str = "warning"
    row: int | None = None
    column: str | None = None
    count: int = 1

    def problem(self, file: str) -> Problem:
        """Return it as a Problem of `file`."""
        return Problem(file=file, **vars(self))


class RefusedFileError(UserError):
    """The whole file cannot be used."""

    def __init__(
        self, code: str, what: str, fix: str, *, row: int | None = None, column: str | None = None
    ) -> None:
        super().__init__(f"{what} - {fix}")
        self.code, self.what, self.fix, self.row, self.column = code, what, fix, row, column

    def problem(self, file: str) -> Problem:
        """Return it as a Problem of `file`."""
        return Problem(
            code=self.code,
            severity="refused",
            file=file,
            what=self.what,
            fix=self.fix,
            row=self.row,
            column=self.column,
        )


#: What is not the file's fault: a disk that is full or read-only, and a database out of memory,
#: damaged or stopped.
_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EROFS}
_DATABASE = (
    duckdb.OperationalError,
    duckdb.InternalError,
    duckdb.FatalException,
    duckdb.InterruptException,
)


@contextmanager
def refusing() -> Iterator[None]:
    """Make whatever ends the reading of a file the refusal of that file: the others go on.

    Raises
    ------
    RefusedFileError
        Of what the file's content made any library raise; it names the kind of error, never its
        text, which may hold a value.
    Exception
        What is the machine's fault: disk, database, Ctrl-C.
    """
    try:
        yield
    except (UserError, KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except OSError as error:
        if error.errno in _DISK:
            raise
        what = f"the file cannot be read ({error.strerror})"
        raise RefusedFileError("unreadable", what, "give this user the right to read it") from None
    except MemoryError:
        fix = "export a shorter period, or as CSV; it is read at any size"
        raise RefusedFileError(
            "too_large", "the file needs more memory than there is", fix
        ) from None
    except BaseException as error:  # a panic of a library in Rust is no Exception
        if isinstance(error, _DATABASE) or "interrupt" in str(error).lower():
            raise
        raise _damaged(error) from None


def _damaged(error: BaseException) -> RefusedFileError:
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if "ptanalysis" in frame.filename] or frames
    where = f"{type(error).__name__} at {Path(own[-1].filename).name}:{own[-1].lineno}"
    return RefusedFileError(
        "damaged",
        f"the file is damaged or only half copied ({where})",
        "open and save it again in a spreadsheet program, or download it again; where it opens"
        " without complaint, please report this",
    )
