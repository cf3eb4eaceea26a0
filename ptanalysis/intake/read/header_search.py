"""Which format a file is: the header row is found by its columns, never by the file's name."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from ptanalysis.intake.read.format_model import Format, normal_header
from ptanalysis.intake.read.header import Candidate, Header, shown
from ptanalysis.intake.read.refused_file import RefusedFileError

#: Physical lines searched for the header.
SEARCHED = 30


def find_header(candidates: Sequence[Candidate], formats: Sequence[Format]) -> Header:
    """Find the header among the records at the top of a file.

    Raises
    ------
    RefusedFileError
        No header of a known format, a required column missing, a column there twice, a header on
        two rows, two tables.
    """
    found = [
        header
        for candidate in candidates
        for format in formats
        if (header := match(format, candidate)) and _marked(header, candidates)
    ]
    if not found:
        raise _unknown(candidates, formats)
    row = min(header.row for header in found)
    best = max((header for header in found if header.row == row), key=_strength)
    _refuse_ambiguous(best, found)
    _refuse_duplicates(best)
    for entry in best.format.refuse:
        if entry["column"] in best.positions:
            raise RefusedFileError("not_this_report", entry["what"], entry["fix"], row=best.row)
    return _widened(best, candidates) if best.format.trailing_delimiter else best


def match(format: Format, candidate: Candidate) -> Header | None:
    """Return `candidate` as the header of `format`, None where a required column is missing."""
    positions = candidate.positions(format)
    if not set(format.required) <= set(positions):
        return None
    return Header(
        format=format,
        row=candidate.row,
        cells=tuple(candidate.cells),
        positions=positions,
        delimiter=candidate.delimiter,
    )


def _marked(header: Header, candidates: Sequence[Candidate]) -> bool:
    """Return whether a line above the header names the report, where its format asks for it."""
    above = (" ".join(each.cells) for each in candidates if each.row < header.row)
    return not header.format.mark or any(re.search(header.format.mark, line) for line in above)


def _widened(header: Header, candidates: Sequence[Candidate]) -> Header:
    """Add a nameless column where every record below ends in one delimiter more than the header."""
    below = [
        candidate.cells
        for candidate in candidates
        if candidate.delimiter == header.delimiter and candidate.row > header.last_row
    ]
    records = [cells for cells in below if any(cells)]
    width = len(header.cells) + 1
    spare = bool(records) and all(len(cells) == width and not cells[-1] for cells in records)
    return replace(header, cells=(*header.cells, "")) if spare else header


def two_tables(first: int, second: int) -> RefusedFileError:
    """Refuse a file with a second header."""
    return RefusedFileError(
        "two_tables",
        f"there are two tables, with headers in rows {first} and {second}",
        "save each table as a file of its own",
        row=second,
    )


def _strength(header: Header) -> tuple[int, int]:
    return len(header.positions), len(header.format.required)


def _refuse_ambiguous(best: Header, found: Sequence[Header]) -> None:
    for other in found:
        if other.row > best.last_row:
            raise two_tables(best.row, other.row)
        if other.format is not best.format and _strength(other) == _strength(best):
            raise RefusedFileError(
                "ambiguous_format",
                f"the header fits both {best.format.title} and {other.format.title}",
                "keep the columns that only one of them has",
                row=best.row,
            )


def _refuse_duplicates(header: Header) -> None:
    spelled = [normal_header(cell) for cell in header.cells]
    for name in header.positions:
        there = [at for at in spelled if at and at in header.format.columns[name].headers]
        if len(there) > 1:
            raise RefusedFileError(
                "duplicate_header",
                f"{len(there)} columns of the file are all {name}",
                "delete or rename those that do not belong",
                row=header.row,
                column=name,
            )


def _unknown(candidates: Sequence[Candidate], formats: Sequence[Format]) -> RefusedFileError:
    """Say why no header was found, by the format that comes nearest."""
    for explain in (_foreign, _on_two_rows, _missing):
        if refusal := explain(candidates, formats):
            return refusal
    return RefusedFileError(
        "unknown_header",
        f"no known header in the first {SEARCHED} lines",
        "see docs/sources.md for the formats read, or draft one: ptanalysis sources new FILE",
        row=1,
    )


def _foreign(candidates: Sequence[Candidate], formats: Sequence[Format]) -> RefusedFileError | None:
    for candidate in candidates:
        headers = {normal_header(cell) for cell in candidate.cells}
        for format in (format for format in formats if format.foreign):
            known = {normal_header(word) for word in format.foreign["headers"]}
            if len(headers & known) >= 2:
                what = f"{format.title} in another language"
                return RefusedFileError(
                    "foreign_header", what, format.foreign["fix"], row=candidate.row
                )
    return None


def _on_two_rows(
    candidates: Sequence[Candidate], formats: Sequence[Format]
) -> RefusedFileError | None:
    for upper, lower in pairwise(candidates):
        if upper.delimiter != lower.delimiter:
            continue
        for format in formats:
            above, below = upper.positions(format), lower.positions(format)
            if above and below and set(format.required) <= set(above) | set(below):
                return RefusedFileError(
                    "header_on_two_rows",
                    "the header takes two rows",
                    "put every column's name in one row, the first",
                    row=upper.row,
                )
    return None


def _missing(candidates: Sequence[Candidate], formats: Sequence[Format]) -> RefusedFileError | None:
    ranked = [
        (_nearness(format, candidate), format, candidate)
        for candidate in candidates
        for format in formats
        if not match(format, candidate)
    ]
    (share, _), format, candidate = max(ranked, key=lambda entry: entry[0], default=((0, 0), 0, 0))
    if share < 0.5:
        return None
    positions = candidate.positions(format)
    missing = [name for name in format.required if name not in positions]
    nearest = _nearest(missing, candidate.cells)
    return RefusedFileError(
        "missing_column",
        f"{format.title}: required column missing: {', '.join(missing)}{nearest}",
        "add the column or rename the header",
        row=candidate.row,
        column=missing[0],
    )


def _nearness(format: Format, candidate: Candidate) -> tuple[float, int]:
    positions = candidate.positions(format)
    there = sum(name in positions for name in format.required)
    return there / len(format.required), len(positions)


def _nearest(missing: Sequence[str], cells: Sequence[str]) -> str:
    """Name the header that a missing column may be misspelled as, where it can be nothing else."""
    places = {normal_header(cell): place for place, cell in enumerate(cells)}
    for name in missing:
        if close := difflib.get_close_matches(normal_header(name), places, n=1, cutoff=0.6):
            cell, place = cells[places[close[0]]], places[close[0]] + 1
            spelled = difflib.SequenceMatcher(None, normal_header(name), close[0]).ratio() >= 0.85
            return f" (nearest header: {cell.strip() if spelled else shown(cell, place)})"
    return ""
