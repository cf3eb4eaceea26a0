"""Files polluted in one place, and what a reader makes of each: the generator and the judge."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

#: A quoted value, or the text between delimiters.
_QUOTED = re.compile(r'"(?:[^"]|"")*"')


@dataclass(frozen=True)
class Pollution:
    """One file with one fault.

    Attributes
    ----------
    kind : str
    row : int
        Physical line of the fault.
    text : str
        The whole file.
    """

    kind: str
    row: int
    text: str


def pollutions(text: str, rows: tuple[int, ...], delimiter: str = ",") -> Iterator[Pollution]:
    """Yield `text` with one fault, for every kind of fault and every position in `rows`.

    Parameters
    ----------
    text : str
        A clean file of one physical line a record.
    rows : tuple of int
        Physical lines to pollute, 1 is the header.
    """
    lines = text.split("\n")
    for row in rows:
        for kind, line in _faults(lines[row - 1], delimiter):
            polluted = [*lines[: row - 1], line, *lines[row:]]
            yield Pollution(kind, row, "\n".join(polluted))


def _faults(line: str, delimiter: str) -> Iterator[tuple[str, str]]:
    inside = {at for found in _QUOTED.finditer(line) for at in range(*found.span())}
    within = {
        at for found in _QUOTED.finditer(line) for at in range(found.start() + 1, found.end())
    }
    for at, letter in enumerate(line):
        if letter == delimiter and at not in inside:
            yield "delimiter missing", line[:at] + line[at + 1 :]
            yield "one other delimiter", line[:at] + ";" + line[at + 1 :]
    for at in range(len(line) + 1):
        if at not in within:
            yield "delimiter added", line[:at] + delimiter + line[at:]
        else:
            yield "inside a quoted value", line[:at] + delimiter + line[at:]
        yield "stray quote", line[:at] + '"' + line[at:]
    for other in (";", "\t", "|"):
        cut = "".join(
            other if letter == delimiter and at not in inside else letter
            for at, letter in enumerate(line)
        )
        if cut != line:
            yield "row with another delimiter", cut
