"""Which format a file is: the header row is found by its columns, never by the file's name."""

from __future__ import annotations

import difflib
import re
from collections.abc import Container, Sequence
from dataclasses import replace
from functools import partial
from itertools import pairwise

from ptanalysis.intake.read.format_model import Format, normal_header
from ptanalysis.intake.read.header import Candidate, Header, shown
from ptanalysis.intake.read.refused_file import RefusedFileError

#: The command that drafts a format of a file's own.
MAP = "ptanalysis map FILE"
#: Physical lines searched for the header.
SEARCHED = 30
_YEAR = re.compile(r"\b20\d\d\b")


def find_header(candidates: Sequence[Candidate], formats: Sequence[Format]) -> Header:
    """Find the header among the records at the top of a file.

    Raises
    ------
    RefusedFileError
        No header of a known format, a required column missing, a column there twice, a header on
        two rows, two tables.
    """
    found = headers(candidates, formats)
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


def headers(candidates: Sequence[Candidate], formats: Sequence[Format]) -> list[Header]:
    """Return what may be a file's header: by its columns, else by spellings, else by its months."""
    for fits in (match, match_loosely, partial(match_months, candidates=candidates)):
        found = (fits(format, candidate) for candidate in candidates for format in formats)
        if there := [each for each in found if each and _marked(each, candidates)]:
            return there
    return []


def match_months(
    format: Format, candidate: Candidate, candidates: Sequence[Candidate]
) -> Header | None:
    """Return `candidate` as a header with months across, None where it is none.

    Months without a year take the only one that the lines above name, and must be in order.

    Raises
    ------
    RefusedFileError
        Nothing says which year the months are of.
    """
    if not format.months_across:
        return None
    above = [cell for each in candidates if each.row < candidate.row for cell in each.cells]
    years = {int(year) for cell in above for year in _YEAR.findall(cell)}
    months = candidate.months(years.pop() if len(years) == 1 else None)
    bare = candidate.months(2000)
    spelled = {n: at for n, at in candidate.spelled(format).items() if at not in bare}
    positions = {name: at for name, at in spelled.items() if name not in format.months_across}
    if len(bare) < 2 or not _has(format.enough, {*positions, *format.months_across}):
        return None
    if len(months) < len(bare) or sorted(set(months.values())) != list(months.values()):
        raise RefusedFileError(
            "months_without_year",
            "the columns are months, and nothing says of which year",
            "write them with their year, like Jan 2026",
            row=candidate.row,
        )
    return replace(_header(format, candidate, loose=True), positions=positions, months=months)


def match(format: Format, candidate: Candidate) -> Header | None:
    """Return `candidate` as the header of `format`, None where a required column is missing."""
    if not all(any(map(candidate.places.__contains__, each)) for each in format.required_headers):
        return None
    return _header(format, candidate, loose=False)


def match_loosely(format: Format, candidate: Candidate) -> Header | None:
    """Return `candidate` as the header of `format` by spellings, None where they are not enough."""
    if not format.enough or not _has(format.enough, candidate.spelled(format)):
        return None
    return _header(format, candidate, loose=True)


def _header(format: Format, candidate: Candidate, *, loose: bool) -> Header | None:
    positions = candidate.spelled(format)
    # The headers of the template of inquiries are like no other's.
    if (loose or format.kind != "inquiries") and _has(format.never_with, positions):
        return None
    return Header(
        format=format,
        row=candidate.row,
        cells=tuple(candidate.cells),
        positions=positions,
        delimiter=candidate.delimiter,
        loose=loose,
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


def _has(sets: Sequence[Sequence[str]], columns: Container[str]) -> bool:
    """Return whether all columns of one of the sets are there; ``a|b`` is one of them."""
    return any(all(_one_of(part, columns) for part in each) for each in sets)


def _one_of(part: str, columns: Container[str]) -> bool:
    return any(name in columns for name in part.split("|"))


def two_tables(first: int, second: int) -> RefusedFileError:
    """Refuse a file with a second header."""
    return RefusedFileError(
        "two_tables",
        f"there are two tables, with headers in rows {first} and {second}",
        "save each table as a file of its own",
        row=second,
    )


def _strength(header: Header) -> tuple[bool, int, int]:
    """Return how well a header fits: by its headers, or by spellings where nothing else does.

    What tells of something that happened is then no list of patients.
    """
    exact = Candidate(header.row, header.cells).positions(header.format)
    fits = header.positions if header.loose else exact
    happened = not header.loose or header.format.kind != "patients"
    return happened, len(fits), len(header.format.required)


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
        f"say which column is which: {MAP} (docs/sources.md has the formats read)",
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
        (nearness, format, candidate)
        for candidate in candidates
        for format in formats
        if (nearness := _nearness(format, candidate))
    ]
    if not ranked:
        return None
    _, format, candidate = max(ranked, key=lambda entry: entry[0])
    missing = _lacking(format, candidate)
    names = [name for part in missing for name in part.split("|")]
    return RefusedFileError(
        "missing_column",
        f"{format.title}: required column missing: {', '.join(missing).replace('|', ' or ')}"
        f"{_nearest(names, candidate.cells)}",
        f"name it in the header, or say which column it is: {MAP}",
        row=candidate.row,
        column=names[0],
    )


def is_near(candidates: Sequence[Candidate], formats: Sequence[Format]) -> bool:
    """Return whether a table lacks little of one that is read."""
    return any(_nearness(format, each) for each in candidates for format in formats)


def _nearness(format: Format, candidate: Candidate) -> tuple[bool, int, float] | None:
    """Return how near a file comes to a format it is not: by all it has of it; None for not at all.

    A file that has what another kind lives on (a date, a status) is near no list of patients:
    nothing is lost by the advice.
    """
    positions, missing = candidate.spelled(format), _lacking(format, candidate)
    least = min(map(len, format.enough), default=len(format.required))
    strange = {name for part in format.never_with for name in part} & set(positions)
    anonymous = format.kind == "patients" and "patient_key" in missing
    if strange or anonymous or 2 * len(missing) > least or not missing:
        return None
    exact = len(set(format.required) & set(candidate.positions(format)))
    return (2 * exact >= len(format.required), len(positions), exact / len(format.required))


def _lacking(format: Format, candidate: Candidate) -> list[str]:
    """Return the fewest columns that a file lacks to be of a format."""
    exact, spelled = candidate.positions(format), candidate.spelled(format)
    by_header = [name for name in format.required if name not in exact]
    by_spelling = [[part for part in each if not _one_of(part, spelled)] for each in format.enough]
    return min([by_header, *by_spelling], key=len)


def _nearest(missing: Sequence[str], cells: Sequence[str]) -> str:
    """Name the header that a missing column may be misspelled as, where it can be nothing else."""
    places = {normal_header(cell): place for place, cell in enumerate(cells)}
    for name in missing:
        if close := difflib.get_close_matches(normal_header(name), places, n=1, cutoff=0.6):
            cell, place = cells[places[close[0]]], places[close[0]] + 1
            spelled = difflib.SequenceMatcher(None, normal_header(name), close[0]).ratio() >= 0.85
            return f" (nearest header: {cell.strip() if spelled else shown(cell, place)})"
    return ""
