"""Read one export: recognised by its header, strictly, as text, every record accounted for."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ptanalysis.definitions import ClinicConfig, Problem
from ptanalysis.intake.read import row_checks
from ptanalysis.intake.read.calendar_months import row_for_each_month
from ptanalysis.intake.read.column_mapping import plain_tables
from ptanalysis.intake.read.csv_text import TextSource
from ptanalysis.intake.read.encoding import SHEET, file_hash
from ptanalysis.intake.read.format_files import FORMATS_FOLDER, load_formats
from ptanalysis.intake.read.format_model import Format, loose_header, source_columns
from ptanalysis.intake.read.header import Candidate, Header
from ptanalysis.intake.read.header_search import MAP, find_header, match, two_tables
from ptanalysis.intake.read.refused_file import Note, RefusedFileError, refusing
from ptanalysis.intake.read.rejects import Tally
from ptanalysis.intake.read.text_table import RawTable
from ptanalysis.intake.read.workbook import WorkbookSource, is_workbook

_SEGMENTS = r"month|week|quarter|year"
_STATES = r"((lead|call|contact|patient|appt|appointment|visit|payment) )?status"
_STAGES = (
    r"stage|(appt|appointment|eval\w*|visit) date|date of eval\w*|date (converted|qualified)"
    r"|((is|lead) )?(qualified|converted|disqualified|merged)( (date|on|at))?"
    r"|master record id|.*\bmerged?\b.*\bids?"
)
#: What may say that somebody came, or when.
_VISITS = (
    r"(?!.*\b(preferred|requested|desired|best)\b)"
    r"(?=.*\b(appt|appointment|eval\w*|visit|consult\w*|assessment)s?\b)"
    r"(?=.*\b(date|day|time|booked|scheduled|made|set|attended|kept|completed|showed|outcome)\b).*"
    r"|(appt|appointment|eval\w*|(first|initial|new) visit|consult\w*)( on| at)?"
    r"|(booked|scheduled|showed|attended|enrolled)( (up|on|at|in|by|date|eval\w*|appt|visit)){0,2}"
    r"|(became (a )?|new |is |is a )?patient( since)?|start of care|soc( date)?"
)
_NEVER = re.compile(r"(?!)")
#: What somebody brought, in a list kept by hand; in a CRM it is a guess.
_MONEY = re.compile(
    r"^((total|net|deal|lead|lifetime|estimated) )?"
    r"(revenue|value|ltv|worth|sales|payments?|charges|balance)( (collected|received|amount))?$"
)
#: Headers of columns that change what the rows of a kind mean: the time they are of, how far
#: somebody got, and what record they are.
_TELLING = {
    kind: re.compile(f"^({pattern})$")
    for kind, pattern in {
        "spend": f"{_SEGMENTS}|leads|new (leads|patients)",
        "totals": _SEGMENTS,
        "denominators": _SEGMENTS,
        "inquiries": f"{_STATES}|{_STAGES}|{_VISITS}",
        "payments": _STATES,
        "patients": f"{_STATES}|{_STAGES}",
    }.items()
}
#: Headers that say where a person came from: they tell where nothing else of a file does.
_SOURCE = re.compile(r"^(\w+ ){0,2}(source|channel|how did you hear.*|heard about us|referred by)$")


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
    sheets : int
        Tables in the file: sheets of a workbook with a known header, each a SourceFile of its own.
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
    sheets: int = 1

    @property
    def refused(self) -> bool:
        """Whether the file as a whole is not used."""
        return any(problem.severity == "refused" for problem in self.problems)

    @property
    def rejected(self) -> int:
        """Records not used."""
        return sum(p.count for p in self.problems if p.severity == "rejected")


def read_tables(path: Path, **options: object) -> list[SourceFile]:
    """Read every table of a file as `read_file` does: of a workbook, each sheet with a header."""
    first = read_file(path, **options)
    more = [read_file(path, nth=nth, **options) for nth in range(1, first.sheets)]
    found = [first, *more]
    if not more:
        return found
    return [_of_sheet(source, number) for number, source in enumerate(found, 1)]


def _of_sheet(source: SourceFile, number: int) -> SourceFile:
    """Name a sheet's table, and mark its bytes as those of that sheet."""
    name = f"{source.file}{SHEET}{number}"
    problems = tuple(replace(problem, file=name) for problem in source.problems)
    return replace(source, file=name, problems=problems)


def read_file(
    path: Path,
    *,
    clinic_folder: Path,
    config: ClinicConfig,
    connection: object,
    nth: int = 0,
    formats: Sequence[Format] = (),
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
    nth : int
        Which of the sheets with a known header, in a workbook.
    formats : sequence of Format
        In place of those that ship and the clinic's own.

    Returns
    -------
    SourceFile
    """
    file, sha256, source = file_name(path, clinic_folder), "", None
    formats = formats or formats_of(clinic_folder)
    try:
        with refusing():
            before = _stamp(path)
            sha256 = file_hash(path)
            source = source_of(path, nth)
            notes, made = _read(source, formats, config=config, connection=connection)
            if _stamp(path) != before:
                raise RefusedFileError("changed", "the file changed while it was read", "run again")
    except RefusedFileError as refusal:
        sheets = source.sheets if source else 1
        problems = (refusal.problem(file),)
        return SourceFile(file=file, sha256=sha256, problems=problems, sheets=sheets)
    problems = tuple(note.problem(file) for note in notes)
    return replace(made, file=file, sha256=sha256, problems=problems, sheets=source.sheets)


def source_of(path: Path, nth: int = 0) -> TextSource | WorkbookSource:
    """Open a file as what its first bytes say it is; of a workbook the nth known sheet."""
    return WorkbookSource(path, nth) if is_workbook(path) else TextSource(path)


def formats_of(clinic_folder: Path) -> tuple[Format, ...]:
    """Return the formats that ship and the clinic's own."""
    own = clinic_folder / FORMATS_FOLDER
    return load_formats(own) if own.is_dir() else load_formats()


def file_name(path: Path, clinic_folder: Path) -> str:
    """Return how a file is named in messages: below the clinic's folder, on one line."""
    name = path.relative_to(clinic_folder).as_posix()
    return "".join(letter if letter.isprintable() else "?" for letter in name)


def _stamp(path: Path) -> tuple[int, int]:
    found = os.stat(path)
    return found.st_size, found.st_mtime_ns


def _read(
    source, formats: Sequence[Format], *, config: ClinicConfig, connection
) -> tuple[list[Note], SourceFile]:
    header = find_header(source.candidates(formats), formats)
    facts = _facts(source.head[: header.row - 1], header.format)
    row_checks.needed_facts(header, facts)
    raw = RawTable(connection, header.positions | header.month_places, len(header.cells))
    try:
        tally = _load(source, header, formats, raw)
        notes, kept, excluded = _checked(raw, header, formats, config)
    except Exception:
        raw.drop()
        raise
    kept, more = row_for_each_month(kept, header)
    excluded |= {"blank_row": tally.blank, "footer": tally.footers}
    made = SourceFile(
        file="",
        kind=header.format.kind,
        format=header.format,
        tables=plain_tables(kept, header.format, facts),
        rows_in=more + tally.good + tally.bad + tally.blank + tally.footers,
        excluded={reason: count for reason, count in excluded.items() if count},
        header=header,
    )
    about = [
        *source.notes,
        *_above(source, header),
        *_by_spelling(header),
        *_dropped(header),
        *_empty(made),
    ]
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
    table, decimals = row_checks.with_own_decimals(table, format)
    table = row_checks.filled_down(table, format)
    data, excluded = row_checks.sift(table, format)
    kept, wrong = row_checks.fitting_parts(data, format, config)
    notes = [
        *decimals,
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
    many = len(lines)
    what = f"{many} line{'s' * (many > 1)} above the header skipped"
    return [Note("lines_above_header", what, "nothing to do if they are a title", "note", row=1)]


def _by_spelling(header: Header) -> list[Note]:
    """Say which columns are read by the spelling of their header, and what each is read as."""
    if not header.by_spelling:
        return []
    columns = header.mapped if header.loose else header.by_spelling
    read = ", ".join(f"{text} -> {name}" for name, text in columns.items())
    read += f", {len(header.months)} columns of months -> month and amount" * bool(header.months)
    what = f"read as {header.format.kind} by the spelling of its headers: {read}"
    fix = f"nothing to do if that is right; else say which column is which: {MAP}"
    return [Note("read_by_spelling", what, fix, "note", row=header.row)]


def _empty(made: SourceFile) -> list[Note]:
    if made.rows_in > sum(made.excluded.values()):
        return []
    return [Note("no_rows", "there are no rows below the header", "check the export's dates")]


def _says_source(header: Header) -> bool:
    """Return whether something of a file's inquiries is read as their source."""
    rule = header.format.tables.get("inquiries", {}).get("source")
    there = any(name in header.positions for name in source_columns(rule))
    return header.format.kind != "inquiries" or there or "constant" in str(rule)


def _dropped(header: Header) -> list[Note]:
    """Say which columns are not read; a warning for those that may change what the rows mean."""
    pattern = _TELLING.get(header.format.kind, _NEVER)
    asked = header.format.kind == "inquiries"
    patterns = (
        pattern,
        _NEVER if _says_source(header) else _SOURCE,
        _MONEY if asked and header.loose else _NEVER,
    )
    telling = [
        name for name in header.dropped if any(each.search(loose_header(name)) for each in patterns)
    ]
    left = [name for name in header.dropped if name not in telling]
    notes = []
    if telling:
        what = f"columns that may change what the rows mean are not read: {', '.join(telling)}"
        fix = f"say what they are: {MAP}; or leave them out of the export"
        notes.append(Note("telling_columns_dropped", what, fix, row=header.row))
    if left:
        what = f"columns that no mapping names are dropped: {', '.join(left)}"
        fix = "nothing to do, or map them in a format"
        notes.append(Note("columns_dropped", what, fix, "note"))
    return notes
