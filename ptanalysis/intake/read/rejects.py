"""What became of the records that do not fit: named one by one, then counted, in bounded memory."""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Sequence

from ptanalysis.intake.read.csv_grammar import Bad, Records
from ptanalysis.intake.read.refused_file import Note, RefusedFileError

#: Rows reported one by one for each kind of problem; the rest are counted together.
NAMED_ROWS = 20
_TRAILING = 50

_WORDS = {
    "ragged_row": (
        "more or fewer cells than the header",
        "put a value that holds the delimiter in double quotes, or export again",
    ),
    "stray_quote": (
        "a double quote where none may be",
        "write a quote inside a value twice and the whole value in quotes, or export again",
    ),
    "open_quote": (
        "a double quote opens here and is never closed",
        "close or remove the quote, or export again",
    ),
    "formula_without_value": (
        "a formula without its result",
        "open the workbook in the spreadsheet program, save it, and copy it here again",
    ),
    "error_cell": ("an error value, like a broken reference", "fix the cell in the workbook"),
    "parts_differ": (
        "the parts do not add to the total",
        "check the invoice and fix the amount",
    ),
}


def rejected(code: str, rows: Sequence[int], count: int) -> list[Note]:
    """Return the notes on `count` rejected rows, of which `rows` are the first."""
    named = [Note(code, *_WORDS[code], "rejected", row=row) for row in rows[:NAMED_ROWS]]
    if count <= NAMED_ROWS:
        return named
    left = count - NAMED_ROWS
    return [*named, Note(code, *_WORDS[code], "rejected", row=rows[NAMED_ROWS], count=left)]


class Tally:
    """Counts of the records of one file.

    Parameters
    ----------
    footer : sequence of str
        Regular expressions of footer lines.
    """

    def __init__(self, footer: Sequence[str]) -> None:
        self._footer = [re.compile(pattern) for pattern in footer]
        self._rows: dict[str, list[int]] = {}
        self._counts: Counter[str] = Counter()
        self._trailing: deque[Bad] = deque(maxlen=_TRAILING)
        self.good = self.blank = self.footers = self.last_good = 0

    def add(self, records: Records) -> None:
        """Count one batch."""
        self.good += len(records.texts) + len(records.cells)
        self.blank += len(records.blank)
        self.last_good = records.last_good or self.last_good
        self._trailing += sorted(records.bad, key=lambda bad: bad.row)
        for bad in records.bad:
            self._counts[bad.code] += 1
            rows = self._rows.setdefault(bad.code, [])
            if len(rows) <= NAMED_ROWS:
                rows.append(bad.row)

    def finish(self, *, ends_whole: bool, header_row: int) -> None:
        """Take the footer off, and refuse a file that is cut off or fits nowhere.

        Raises
        ------
        RefusedFileError
        """
        self._take_footer()
        end = self._trailing[-1] if self._trailing else None
        if not ends_whole and end and end.short and end.row > self.last_good:
            raise RefusedFileError(
                "cut_off",
                "the last line is cut off: the file is only half copied",
                "copy or download it again",
                row=end.row,
            )
        if self.bad and not self.good:
            raise RefusedFileError(
                "no_row_fits",
                "no record has as many cells as the header",
                "export the report again; a header or a delimiter was changed by hand",
                row=header_row,
            )

    @property
    def bad(self) -> int:
        """Records that do not fit."""
        return self._counts.total()

    def notes(self) -> list[Note]:
        """Return what to report of them."""
        return [
            note
            for code, count in self._counts.items()
            if count
            for note in rejected(code, sorted(self._rows[code]), count)
        ]

    def _take_footer(self) -> None:
        trailing = [bad for bad in self._trailing if bad.row > self.last_good and bad.short]
        if not any(pattern.search(bad.text) for bad in trailing for pattern in self._footer):
            return
        self.footers = len(trailing)
        for bad in trailing:
            self._counts[bad.code] -= 1
            self._rows[bad.code] = [row for row in self._rows[bad.code] if row != bad.row]
        self._trailing.clear()
