r"""From physical lines to records, by the grammar of RFC 4180 and nothing looser.

A line without quotes is a record when it has the delimiters it should have. A line with quotes must
match the grammar from end to end; a quote that opens and does not close takes the lines after it,
and where that leads to no record, the line in which the quote opened is rejected and reading goes on
with the next line. So one broken row costs one row, and it is named.

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
    """A record that is none: where, why, and whether it looks like a footer (one cell filled)."""

    row: int
    code: str
    text: str


@dataclass
class Records:
    """What one list of physical lines holds.

    Attributes
    ----------
    plain, plain_rows
        Lines without quotes and with the right number of delimiters, and their rows.
    cells, cells_rows
        Records that had quotes, split.
    bad
        Everything else.
    blank
        Rows of lines without any text.
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


@cache
def _grammar(delimiter: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    d = re.escape(delimiter)
    cell = rf'(?:"(?:[^"]|"")*+"|[^"{d}\n]*+)'
    whole = rf"{cell}(?:{d}{cell})*+"
    opened = rf'(?:{cell}{d})*+"(?:[^"]|"")*+'
    return re.compile(whole), re.compile(opened)


def split(lines: Sequence[str], delimiter: str, *, row: int, width: int, last: bool) -> Records:
    """Split `lines` into records of `width` cells.

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
    found, inside = Records(), _quoted_records(lines, delimiter, row=row, last=last)
    blank_characters = delimiter + " \t\xa0"
    for number, line in enumerate(lines):
        if number in inside.taken:
            continue
        if number >= inside.stop:
            break
        if not line.strip(blank_characters):
            found.blank.append(row + number)
        elif not width or line.count(delimiter) == width - 1:
            found.plain.append(line)
            found.plain_rows.append(row + number)
        else:
            found.bad.append(Bad(row + number, "ragged_row", line))
    _add_quoted(found, inside, width)
    found.bad += inside.bad
    found.rest = list(lines[inside.stop :])
    return found


@dataclass
class _Inside:
    taken: set[int]
    rows: list[int]
    cells: list[list[str]]
    bad: list[Bad]
    stop: int


def _quoted_records(lines: Sequence[str], delimiter: str, *, row: int, last: bool) -> _Inside:
    """Find the records that hold quotes, and the lines they take."""
    texts: list[str] = []
    inside = _Inside(set(), [], [], [], len(lines))
    for number, line in enumerate(lines):
        if '"' not in line or number in inside.taken:
            continue
        text, used = _close(lines, number, delimiter)
        if used == 0 and not last:
            inside.stop = number
            break
        inside.taken.update(range(number, number + max(used, 1)))
        if used > 0:
            texts.append(text)
            inside.rows.append(row + number)
        else:
            code = "open_quote" if used == 0 else "stray_quote"
            inside.bad.append(Bad(row + number, code, line))
    inside.cells = list(csv.reader(texts, delimiter=delimiter, strict=True))
    return inside


def _close(lines: Sequence[str], start: int, delimiter: str) -> tuple[str, int]:
    """Return the record that starts in line `start` and the lines it takes.

    0 lines: its quote is still open after the last line. -1: it is no record.
    """
    whole, opened = _grammar(delimiter)
    text = lines[start]
    for used in range(1, _MOST_LINES):
        if used == 1 or '"' in lines[start + used - 1]:
            if whole.fullmatch(text):
                return text, used
            if not opened.fullmatch(text):
                return text, -1
        if start + used == len(lines):
            return text, 0
        text += "\n" + lines[start + used]
        if len(text) > LONGEST_RECORD:
            return text, -1
    return text, -1


def _add_quoted(found: Records, inside: _Inside, width: int) -> None:
    for row, cells in zip(inside.rows, inside.cells, strict=True):
        if not any(cell.strip() for cell in cells):
            found.blank.append(row)
        elif width and len(cells) != width:
            found.bad.append(Bad(row, "ragged_row", cells[0] if len(cells) == 1 else ""))
        else:
            found.cells.append(cells)
            found.cells_rows.append(row)
