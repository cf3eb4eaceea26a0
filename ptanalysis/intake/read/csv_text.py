"""A delimited text file as a source of records."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path

from ptanalysis.intake.read import csv_grammar, encoding
from ptanalysis.intake.read.format_model import Format
from ptanalysis.intake.read.header import Candidate, Header
from ptanalysis.intake.read.header_search import SEARCHED


class TextSource:
    """One delimited text file.

    Parameters
    ----------
    path : Path

    Raises
    ------
    RefusedFileError
        The file is no text; see `ptanalysis.intake.read.encoding.survey`.
    """

    #: A text file holds one table.
    sheets = 1

    def __init__(self, path: Path) -> None:
        self.path = path
        self.text = encoding.survey(path)

    @property
    def notes(self) -> tuple:
        """What the encoding gave cause to say."""
        return self.text.notes

    @property
    def ends_whole(self) -> bool:
        """Whether the last line has its line end."""
        return self.text.ends_with_newline

    @cached_property
    def head(self) -> list[str]:
        """The first physical lines."""
        lines = (line for batch, _ in encoding.batches(self.path, self.text) for line in batch)
        return list(itertools.islice(lines, SEARCHED))

    def candidates(self, formats: Sequence[Format]) -> list[Candidate]:
        """Return the records that may be the header, cut at every delimiter."""
        return [
            Candidate(row, cells, delimiter)
            for delimiter in csv_grammar.DELIMITERS
            for row, cells in self._cut(delimiter)
        ]

    def records(self, header: Header) -> Iterator[csv_grammar.Records]:
        """Yield the records below the header, in bounded memory."""
        rest, row, above = [], 1, header.last_row
        for lines, last in encoding.batches(self.path, self.text):
            skipped = min(above, len(lines))
            above, row = above - skipped, row + skipped
            batch = rest + lines[skipped:]
            found = csv_grammar.split(
                batch, header.delimiter, row=row, width=len(header.cells), last=last
            )
            rest = found.rest
            row += len(batch) - len(rest)
            yield found

    def _cut(self, delimiter: str) -> list[tuple[int, list[str]]]:
        found = csv_grammar.split(self.head, delimiter, row=1, width=0, last=True)
        return list(zip(found.rows, csv_grammar.cut(found.texts, delimiter), strict=True))
