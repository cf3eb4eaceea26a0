"""Read one export: recognised by its header, strictly, everything text, every record accounted for."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ptanalysis.definitions import ClinicConfig, Problem
from ptanalysis.sources import decode, grammar
from ptanalysis.sources.formats import Format, load_formats
from ptanalysis.sources.header import SEARCHED, Header, find_header
from ptanalysis.sources.load import RawTable
from ptanalysis.sources.mapping import plain_tables
from ptanalysis.sources.refusal import Note, Refusal

#: Rows reported one by one for each kind of problem; the rest are counted.
NAMED_ROWS = 20

_BAD = {
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
}


@dataclass(frozen=True, kw_only=True)
class SourceFile:
    """One file as read.

    Attributes
    ----------
    file : str
        Path below the clinic's folder.
    kind : str
        Main table of the format; empty where the file is refused before it is recognised.
    format : Format or None
    tables : dict of kind to ibis Table
        Text columns named as in the plain templates, all of them, missing where blank; and `row`
        (int64), the physical line the record starts in. Empty where the file is refused.
    problems : tuple of Problem
    rows_in : int
        Data records of the file, totals and footers included. rows_in = rows of each table + the
        counts of problems of severity rejected + excluded. 0 where the file is refused.
    excluded : dict of reason to int
        Records known not to be data.
    sha256 : str
        Of the file's bytes; empty where it could not be read.
    header : Header or None
    """

    file: str
    kind: str = ""
    format: Format | None = None
    tables: dict[str, object] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    rows_in: int = 0
    excluded: dict[str, int] = field(default_factory=dict)
    sha256: str = ""
    header: Header | None = None

    @property
    def refused(self) -> bool:
        """Whether the file as a whole is not used."""
        return any(problem.severity == "refused" for problem in self.problems)

    @property
    def rejected(self) -> int:
        """Records not used."""
        return sum(p.count for p in self.problems if p.severity == "rejected")


def read(
    path: Path, *, clinic_folder: Path, config: ClinicConfig, connection: object
) -> SourceFile:
    """Read one file; bad input gives problems, never an exception and never a wrong value.

    Parameters
    ----------
    path : Path
    clinic_folder : Path
        The clinic's raw folder; files are named by their path below it.
    config : ClinicConfig
    connection : ibis backend
        Where the text tables are made, as temporary tables.

    Returns
    -------
    SourceFile
    """
    file = path.relative_to(clinic_folder).as_posix()
    sha256 = ""
    try:
        text = decode.survey(path)
        sha256 = text.sha256
        return _read_text(path, text, file=file, connection=connection)
    except Refusal as refusal:
        return SourceFile(file=file, sha256=sha256, problems=(refusal.problem(file),))


def _read_text(path: Path, text: decode.Text, *, file: str, connection) -> SourceFile:
    header = find_header(_head(path, text), load_formats())
    raw = RawTable(connection, header.positions, len(header.cells))
    bad, blank = [], 0
    for records in _records(path, text, header):
        raw.add(records, header.delimiter)
        bad += records.bad
        blank += len(records.blank)
    _refuse_if_all_bad(raw.rows, bad)
    notes = [*text.notes, *_dropped(header), *_bad_notes(bad)]
    return SourceFile(
        file=file,
        kind=header.format.kind,
        format=header.format,
        tables=plain_tables(raw.table, header.format, {}),
        problems=tuple(note.problem(file) for note in notes),
        rows_in=raw.rows + len(bad) + blank,
        excluded={"blank_row": blank} if blank else {},
        sha256=text.sha256,
        header=header,
    )


def _head(path: Path, text: decode.Text) -> list[str]:
    lines = (line for batch, _ in decode.batches(path, text) for line in batch)
    return list(itertools.islice(lines, SEARCHED))


def _records(path: Path, text: decode.Text, header: Header) -> Iterator[grammar.Records]:
    row, rest, skip = 1, [], header.row
    for lines, last in decode.batches(path, text):
        lines, skip, row = lines[skip:], max(0, skip - len(lines)), row + min(skip, len(lines))
        batch = rest + lines
        records = grammar.split(
            batch, header.delimiter, row=row, width=len(header.cells), last=last
        )
        rest = records.rest
        row += len(batch) - len(rest)
        yield records


def _refuse_if_all_bad(good: int, bad: Sequence[grammar.Bad]) -> None:
    if bad and not good:
        raise Refusal(
            "no_row_fits",
            "no record has as many cells as the header",
            "export the report again; do not edit it by hand",
            row=bad[0].row,
        )


def _dropped(header: Header) -> list[Note]:
    if not header.dropped:
        return []
    what = f"columns that no mapping names are dropped: {', '.join(header.dropped)}"
    return [Note("columns_dropped", what, "nothing to do, or map them in a format", "note")]


def _bad_notes(bad: Sequence[grammar.Bad]) -> list[Note]:
    notes, left = [], Counter()
    seen: Counter[str] = Counter()
    first: dict[str, int] = {}
    for entry in sorted(bad, key=lambda entry: entry.row):
        seen[entry.code] += 1
        if seen[entry.code] <= NAMED_ROWS:
            notes.append(Note(entry.code, *_BAD[entry.code], "rejected", row=entry.row))
        else:
            left[entry.code] += 1
            first.setdefault(entry.code, entry.row)
    return notes + [
        Note(code, *_BAD[code], "rejected", row=first[code], count=count)
        for code, count in left.items()
    ]
