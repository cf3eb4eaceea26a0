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

from ptanalysis.sources.decode import LONGEST_RECORD

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
    """What one list of physical lines holds.

    Attributes
    ----------
    plain, plain_rows
        Lines without quotes and with the right number of delimiters, and their rows.
    cells, cells_rows
        Records already split, and their rows.
    bad
        Records that do not fit.
    blank
        Rows of records without any text.
    rest
        Lines at the end that belong to a record not yet closed, to be put before the next lines.
    """

    plain: list[str] = field(default_factory=list)
    plain_rows: list[int] = field(default_factory=list)
    cells: list[list[str]] = field(default_factory=list)
    cells_rows: list[int] = field(default_factory=list)
    bad: list[Bad] = field(default_factory=list)
    blank: list[int] = field(default_factory=list)
    rest: list[str] = field(default_factory=list)

    @property
    def last_good(self) -> int:
        """Row of the last record that fits, 0 without any."""
        return max(self.plain_rows[-1:] + self.cells_rows[-1:], default=0)


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
    >>> records.plain, records.cells, [(bad.row, bad.code) for bad in records.bad]
    (['1,a'], [['2', 'b\nc']], [(4, 'ragged_row'), (5, 'open_quote')])
    """
    quoted = _quoted(lines, delimiter, last=last)
    found = _unquoted(lines, delimiter, quoted, width)
    _add_quoted(found, quoted, delimiter, width)
    found.plain_rows = [row + number for number in found.plain_rows]
    found.cells_rows = [row + number for number in found.cells_rows]
    found.blank = [row + number for number in found.blank]
    found.bad = [Bad(row + bad.row, bad.code, bad.text, bad.short) for bad in found.bad]
    found.rest = list(lines[quoted.stop :])
    return found


@dataclass
class _Quoted:
    """The records with quotes, by the number of their first line, and the lines they take."""

    stop: int
    taken: set[int] = field(default_factory=set)
    numbers: list[int] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    bad: list[Bad] = field(default_factory=list)


def _unquoted(lines: Sequence[str], delimiter: str, quoted: _Quoted, width: int) -> Records:
    found, blanks, wanted = Records(), delimiter + " \t\xa0", width - 1
    for number, line in enumerate(lines[: quoted.stop]):
        if number in quoted.taken:
            continue
        delimiters = line.count(delimiter)
        if not line.strip(blanks):
            found.blank.append(number)
        elif delimiters == wanted or not width:
            found.plain.append(line)
            found.plain_rows.append(number)
        else:
            found.bad.append(Bad(number, "ragged_row", line, delimiters < wanted))
    return found


def _quoted(lines: Sequence[str], delimiter: str, *, last: bool) -> _Quoted:
    quoted = _Quoted(len(lines))
    for number, line in enumerate(lines):
        if '"' not in line or number in quoted.taken:
            continue
        text, used = _close(lines, number, delimiter)
        if used == 0 and not last:
            quoted.stop = number
            break
        quoted.taken.update(range(number, number + max(used, 1)))
        if used > 0:
            quoted.numbers.append(number)
            quoted.texts.append(text)
        else:
            code = "stray_quote" if used else "open_quote"
            quoted.bad.append(Bad(number, code, line, short=not used))
    return quoted


@cache
def _grammar(delimiter: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    d = re.escape(delimiter)
    cell = rf'(?:"(?:[^"]|"")*+"|[^"{d}\n]*+)'
    whole = rf"{cell}(?:{d}{cell})*+"
    opened = rf'(?:{cell}{d})*+"(?:[^"]|"")*+'
    return re.compile(whole), re.compile(opened)


def _close(lines: Sequence[str], start: int, delimiter: str) -> tuple[str, int]:
    """Return the record that starts in line `start` and the lines it takes.

    0 lines: its quote is still open after the last line. -1: it is no record.
    """
    whole, opened = _grammar(delimiter)
    text = line = lines[start]
    for used in range(1, _MOST_LINES):
        if '"' in line:
            if whole.fullmatch(text):
                return text, used
            if not opened.fullmatch(text):
                break
        if start + used == len(lines):
            return text, 0
        line = lines[start + used]
        text = f"{text}\n{line}"
        if len(text) > LONGEST_RECORD:
            break
    return text, -1


def _add_quoted(found: Records, quoted: _Quoted, delimiter: str, width: int) -> None:
    found.bad += quoted.bad
    records = csv.reader(quoted.texts, delimiter=delimiter, strict=True)
    for number, text, cells in zip(quoted.numbers, quoted.texts, records, strict=True):
        if not any(cell.strip() for cell in cells):
            found.blank.append(number)
        elif width and len(cells) != width:
            found.bad.append(Bad(number, "ragged_row", text, len(cells) < width))
        else:
            found.cells.append(cells)
            found.cells_rows.append(number)
