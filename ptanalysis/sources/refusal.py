"""What the steps of the reader report, before the reader adds the file's name."""

from __future__ import annotations

from dataclasses import dataclass

from ptanalysis.definitions import Problem, Refused


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


class Refusal(Refused):
    """The whole file cannot be used."""

    def __init__(
        self, code: str, what: str, fix: str, *, row: int | None = None, column: str | None = None
    ) -> None:
        super().__init__(f"{what} - {fix}")
        self.code, self.what, self.fix, self.row, self.column = code, what, fix, row, column

    def problem(self, file: str) -> Problem:
        """Return it as a Problem of `file`."""
        return Problem(
            code=self.code, severity="refused", file=file, what=self.what, fix=self.fix,
            row=self.row, column=self.column,
        )  # fmt: skip
