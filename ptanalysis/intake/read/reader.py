"""Read one export: recognised by its header, strictly, as text, every record accounted for."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ptanalysis.definitions import ClinicConfig, Problem
from ptanalysis.intake.read import row_checks
from ptanalysis.intake.read.column_mapping import plain_tables
from ptanalysis.intake.read.csv_text import TextSource
from ptanalysis.intake.read.encoding import file_hash
from ptanalysis.intake.read.format_files import load_formats
from ptanalysis.intake.read.format_model import Format
from ptanalysis.intake.read.header import Candidate, Header
from ptanalysis.intake.read.header_search import find_header, match, two_tables
from ptanalysis.intake.read.refused_file import Note, RefusedFileError, refusing
from ptanalysis.intake.read.rejects import Tally
from ptanalysis.intake.read.text_table import RawTable
from ptanalysis.intake.read.workbook import WorkbookSource, is_workbook

#: Folder of a clinic's own formats, in its raw folder.
OWN_FORMATS = "formats"


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
        Data records of the file, totals and footers included. rows_in = rows of each table +
        `rejected` + excluded. 0 where the file is refused.
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


def read_file(
    path: Path, *, clinic_folder: Path, config: ClinicConfig, connection: object
) -> SourceFile:
    """Read one file; bad input gives problems, never an exception and never a wrong value.

    Parameters
    ----------
    path : Path
    clinic_folder : Path
        The clinic's raw folder; files are named by their path below it, and `formats/` in it may
        hold formats of its own.
    config : ClinicConfig
    connection : ibis backend
        Where the text tables are made, as temporary tables.

    Returns
    -------
    SourceFile
    """
    file, sha256 = file_name(path, clinic_folder), ""
    formats = formats_of(clinic_folder)
    try:
        with refusing():
            before = _stamp(path)
            sha256 = file_hash(path)
            made = _read(path, formats, config=config, connection=connection)
            if _stamp(path) != before:
                raise RefusedFileError("changed", "the file changed while it was read", "run again")
    except RefusedFileError as refusal:
        return SourceFile(file=file, sha256=sha256, problems=(refusal.problem(file),))
    notes, source = made
    return replace(
        source, file=file, sha256=sha256, problems=tuple(note.problem(file) for note in notes)
    )


def recognise(path: Path, formats: Sequence[Format] | None = None) -> Header:
    """Return the header of a file, and with it the format.

    Parameters
    ----------
    path : Path
    formats : sequence of Format, optional
        Default: those that ship.

    Raises
    ------
    RefusedFileError
        No known format; its attributes say why.
    """
    known = formats or load_formats()
    with refusing():
        return find_header(source_of(path).candidates(known), known)


def source_of(path: Path) -> TextSource | WorkbookSource:
    """Open a file as what its first bytes say it is."""
    return WorkbookSource(path) if is_workbook(path) else TextSource(path)


def formats_of(clinic_folder: Path) -> tuple[Format, ...]:
    """Return the formats that ship and the clinic's own."""
    own = clinic_folder / OWN_FORMATS
    return load_formats(own) if own.is_dir() else load_formats()


def file_name(path: Path, clinic_folder: Path) -> str:
    """Return how a file is named in messages: below the clinic's folder, on one line."""
    name = path.relative_to(clinic_folder).as_posix()
    return "".join(letter if letter.isprintable() else "?" for letter in name)


def _stamp(path: Path) -> tuple[int, int]:
    found = os.stat(path)
    return found.st_size, found.st_mtime_ns


def _read(
    path: Path, formats: Sequence[Format], *, config: ClinicConfig, connection
) -> tuple[list[Note], SourceFile]:
    source = source_of(path)
    header = find_header(source.candidates(formats), formats)
    facts = _facts(source.head[: header.row - 1], header.format)
    row_checks.needed_facts(header, facts)
    raw = RawTable(connection, header.positions, len(header.cells))
    try:
        tally = _load(source, header, formats, raw)
        notes, kept, excluded = _checked(raw, header, formats, config)
    except Exception:
        raw.drop()
        raise
    excluded |= {"blank_row": tally.blank, "footer": tally.footers}
    made = SourceFile(
        file="",
        kind=header.format.kind,
        format=header.format,
        tables=plain_tables(kept, header.format, facts),
        rows_in=tally.good + tally.bad + tally.blank + tally.footers,
        excluded={reason: count for reason, count in excluded.items() if count},
        header=header,
    )
    about = [*source.notes, *_above(source, header), *_dropped(header), *_empty(made)]
    return [*about, *tally.notes(), *notes], made


def _load(source, header: Header, formats: Sequence[Format], raw: RawTable) -> Tally:
    tally = Tally(header.format.footer)
    for records in source.records(header):
        _refuse_stacked(records.bad, header, formats)
        raw.add(records, header.delimiter)
        tally.add(records)
    tally.finish(ends_whole=source.ends_whole, header_row=header.row)
    return tally


def _refuse_stacked(bad: Sequence, header: Header, formats: Sequence[Format]) -> None:
    """Refuse a file in which a record that does not fit is the header of another table."""
    for record in bad[:1000]:
        cells = [cell.strip('"') for cell in record.text.split(header.delimiter)]
        headed = any(match(format, Candidate(record.row, cells)) for format in formats)
        if headed or _facts([record.text], header.format):
            raise two_tables(header.row, record.row)


def _checked(raw: RawTable, header: Header, formats: Sequence[Format], config: ClinicConfig):
    """Return the notes, the rows that are data, and the counts of those that are not."""
    table, format = raw.table, header.format
    row_checks.refuse_shortened_ids(table, format)
    row_checks.refuse_second_header(table, header, formats)
    row_checks.refuse_other_currency(table, header, config)
    table = row_checks.filled_down(table, format)
    data, excluded = row_checks.sift(table, format)
    kept, wrong = row_checks.fitting_parts(data, format, config)
    notes = [
        *row_checks.totals(table, data, header, config),
        *wrong,
        *row_checks.warnings(kept, header),
        *row_checks.delimiters_in_values(kept, header),
    ]
    return notes, kept, excluded


def _facts(lines: Sequence[str], format: Format) -> dict[str, str]:
    """Return what the lines above the header say of the whole file."""
    found = (re.search(pattern, line) for line in lines for pattern in format.preamble)
    facts: dict[str, str] = {}
    for match_ in found:
        facts |= match_.groupdict() if match_ else {}
    return facts


def _above(source, header: Header) -> list[Note]:
    """Say that lines above the header were skipped, where the format does not expect any."""
    lines = [line for line in source.head[: header.row - 1] if line.strip()]
    lines = [line for line in lines if not re.match(r"\s*sep=", line, re.IGNORECASE)]
    if not lines or header.format.preamble:
        return []
    what = f"{len(lines)} lines above the header are skipped"
    return [Note("lines_above_header", what, "nothing to do if they are a title", row=1)]


def _empty(made: SourceFile) -> list[Note]:
    if made.rows_in > sum(made.excluded.values()):
        return []
    return [Note("no_rows", "there are no rows below the header", "check the export's dates")]


def _dropped(header: Header) -> list[Note]:
    if not header.dropped:
        return []
    what = f"columns that no mapping names are dropped: {', '.join(header.dropped)}"
    return [Note("columns_dropped", what, "nothing to do, or map them in a format", "note")]
