r"""From physical lines to records, by the grammar of RFC 4180 and nothing looser.

A line without quotes is a record when it has the delimiters it should have. A line with quotes must
match the grammar from end to end; a quote that opens and does not close takes the lines after it.
Where that leads to no record, the line in which the quote opened is rejected and reading goes on
with the next line: one broken row costs one row, and it is named.

References
----------
Shafranovich (2005), RFC 4180, section 2.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

from ptanalysis.intake.read.encoding import LONGEST_RECORD

DELIMITERS = (",", "\t", ";", "|")
_MOST_LINES = 1_000


@dataclass(frozen=True)
class Bad:
    """A record that is none: its row, why, its text, and whether it has too few cells."""

    row: int
    code: str
    text: str
    short: bool = False


@dataclass
class Records:
    """What one list of physical lines (or spreadsheet rows) holds.

    Attributes
    ----------
    texts, rows
        Records that match the grammar and have the right number of cells, and their rows.
    cells, cells_rows
        Records of a source that has cells, and their rows.
    bad
        Records that do not fit.
    blank
        Rows of records without any text.
    rest
        Lines at the end that belong to a record not yet closed, to be put before the next lines.
    """

    texts: list[str] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    cells: list[list[str]] = field(default_factory=list)
    cells_rows: list[int] = field(default_factory=list)
    bad: list[Bad] = field(default_factory=list)
    blank: list[int] = field(default_factory=list)
    rest: list[str] = field(default_factory=list)

    @property
    def last_good(self) -> int:
        """Row of the last record that fits, 0 without any."""
        return max(self.rows[-1:] + self.cells_rows[-1:], default=0)


def split(lines: Sequence[str], delimiter: str, *, row: int, width: int, last: bool) -> Records:
    r"""Split `lines` into records of `width` cells.

    Parameters
    ----------
    lines : sequence of str
        Physical lines without their ends.
    delimiter : str
        One character.
    row : int
        Physical line number of the first.
    width : int
        Cells a record must have; 0 takes any number.
    last : bool
        No lines follow; a quote still open is an error.

    Examples
    --------
    >>> records = split(["1,a", '2,"b', 'c"', "3,c,d", '4,"e'], ",", row=1, width=2, last=True)
    >>> records.texts, records.rows, [(bad.row, bad.code) for bad in records.bad]
    (['1,a', '2,"b\nc"'], [1, 2], [(4, 'ragged_row'), (5, 'open_quote')])
    """
    batch = _Batch(lines, delimiter, row, width, last)
    number = 0
    while number < len(lines):
        used = batch.sort(number)
        if not used:
            batch.found.rest = list(lines[number:])
            break
        number += used
    return batch.found


def cut(texts: Sequence[str], delimiter: str) -> list[list[str]]:
    """Cut records that match the grammar into their cells.

    Examples
    --------
    >>> cut(['1,"a ""b"", c"'], ",")
    [['1', 'a "b", c']]
    """
    return list(csv.reader(texts, delimiter=delimiter, strict=True))


class _Grammar:
    """The grammar of RFC 4180 with one delimiter, as regular expressions."""

    def __init__(self, delimiter: str) -> None:
        self._delimiter = re.escape(delimiter)
        self._cell = rf'(?:"(?:[^"]|"")*+"|[^"{self._delimiter}\n]*+)'
        open_cell = r'"(?:[^"]|"")*+'
        self.opened = re.compile(rf"(?:{self._cell}{self._delimiter})*+{open_cell}")
        closed, more = r'(?:[^"]|"")*+"', rf"{self._delimiter}(?:{self._cell}{self._delimiter})*+"
        # A line inside an open quote: it ends the record, or a quote is open after it too.
        self.ending = re.compile(rf"{closed}(?:{self._delimiter}{self._cell})*+")
        self.going_on = re.compile(rf'(?:[^"]|"")*+|{closed}{more}{open_cell}')

    @cache  # noqa: B019 - there are four grammars
    def exactly(self, width: int) -> re.Pattern[str]:
        """Return the expression of a record of `width` cells, of any number for 0."""
        times = f"{{{width - 1}}}+" if width else "*+"
        return re.compile(rf"{self._cell}(?:{self._delimiter}{self._cell}){times}")


@cache
def _grammar(delimiter: str) -> _Grammar:
    return _Grammar(delimiter)


@dataclass
class _Batch:
    """Lines on their way to records; `row` is the physical line of the first."""

    lines: Sequence[str]
    delimiter: str
    row: int
    width: int
    last: bool
    found: Records = field(default_factory=Records)

    def __post_init__(self) -> None:
        self.grammar = _grammar(self.delimiter)
        self.fits = self.grammar.exactly(self.width).fullmatch
        self.blanks = f'{self.delimiter}" \t\xa0'

    def sort(self, number: int) -> int:
        """Sort the record that starts in line `number`; return how many lines it takes.

        0: its quote is still open, and more lines may come.
        """
        line = self.lines[number]
        if '"' in line:
            return self._quoted(number) if not self.fits(line) else self._good(number, line, 1)
        delimiters = line.count(self.delimiter)
        if not line.strip(self.blanks):
            self.found.blank.append(self.row + number)
        elif delimiters == self.width - 1 or not self.width:
            self._good(number, line, 1)
        else:
            self._bad(number, "ragged_row", line, delimiters < self.width - 1)
        return 1

    def _quoted(self, number: int) -> int:
        text, used = self._close(number)
        if used > 0 and self.fits(text):
            return self._good(number, text, used)
        if used > 0:
            short = len(cut([text], self.delimiter)[0]) < self.width
            self._bad(number, "ragged_row", text, short)
        elif used == 0 and not self.last:
            return 0
        else:
            code = "stray_quote" if used else "open_quote"
            self._bad(number, code, self.lines[number], not used)
        return max(used, 1)

    def _close(self, number: int) -> tuple[str, int]:
        """Return the record that starts in line `number` and the lines it takes.

        0 lines: its quote is still open after the last line. -1: it is no record.
        """
        first = self.lines[number]
        if self.grammar.exactly(0).fullmatch(first):
            return first, 1
        if not self.grammar.opened.fullmatch(first):
            return first, -1
        length = len(first)
        for used in range(1, _MOST_LINES):
            if number + used == len(self.lines):
                return first, 0
            line = self.lines[number + used]
            length += 1 + len(line)
            if length > LONGEST_RECORD:
                break
            if self.grammar.ending.fullmatch(line):
                return "\n".join(self.lines[number : number + used + 1]), used + 1
            if not self.grammar.going_on.fullmatch(line):
                break
        return first, -1

    def _good(self, number: int, text: str, used: int) -> int:
        self.found.texts.append(text)
        self.found.rows.append(self.row + number)
        return used

    def _bad(self, number: int, code: str, text: str, short: bool) -> None:
        self.found.bad.append(Bad(self.row + number, code, text, short))
