"""A clinic's folders: which files a run reads, which are exports, what they are to each other."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path

from ptanalysis.definitions import Problem, Quarter
from ptanalysis.intake.read.encoding import SHEET, file_hash
from ptanalysis.intake.read.format_files import FORMATS_FOLDER
from ptanalysis.intake.read.reader import SourceFile, file_name

_TABLES = {".csv", ".tsv", ".tab", ".txt", ".xlsx", ".xlsm", ".xls", ".xlsb"}
_LEFT_BY_SYSTEMS = {"thumbs.db", "desktop.ini", "__macosx", ".ds_store"}


def discover(folder: Path, *, clinic_folder: Path) -> tuple[list[Path], list[Problem]]:
    """List the files of `folder` that may be exports, and say what else lies there.

    Nothing outside `clinic_folder` is ever listed: links that lead out of it are left out.

    Parameters
    ----------
    folder : Path
        A quarter's folder.
    clinic_folder : Path
        The clinic's raw folder.

    Returns
    -------
    files : list of Path
        By their path, so that the order never depends on the file system.
    problems : list of Problem
        One a thing left out: a note, or a warning for a link that leads out.
    """
    files, problems = [], []
    for path in sorted(_walk(folder, clinic_folder), key=lambda path: path.as_posix()):
        problem = _left_out(path, clinic_folder)
        if problem:
            problems.append(problem)
        else:
            files.append(path)
    return files, problems


def settle(files: Sequence[SourceFile]) -> list[SourceFile]:
    """Settle what files are to each other, in the order given.

    A file with the same bytes as an earlier one is not used again. Of one platform's spend, reports
    at two levels (ad and campaign) of overlapping periods are all refused: together they would
    count the money twice.

    Parameters
    ----------
    files : sequence of SourceFile
        All files of a run.

    Returns
    -------
    list of SourceFile
        As many, in the same order.
    """
    return _without_double_spend(_without_copies(files))


def spend_period(source: SourceFile) -> tuple[date, date] | None:
    """Return the first and last day a spend report covers, None where its dates are unreadable."""
    table = source.tables["spend"]
    starts, stops = (
        _days(table[name].execute().dropna().unique(), source.format.dates("spend", name))
        for name in ("period_start", "period_end")
    )
    return (min(starts), max(stops)) if starts and stops else None


def _walk(folder: Path, clinic_folder: Path) -> Iterator[Path]:
    for parent, names, files in os.walk(folder):
        here = Path(parent)
        links = [name for name in names if (here / name).is_symlink()]
        names[:] = [name for name in names if name not in links and name != FORMATS_FOLDER]
        yield from (here / name for name in (*files, *links))


def _left_out(path: Path, clinic_folder: Path) -> Problem | None:
    file = file_name(path, clinic_folder)
    if path.is_symlink() and not path.resolve().is_relative_to(clinic_folder.resolve()):
        return Problem(
            code="link_leads_out",
            severity="warning",
            file=file,
            what="a link that leads out of the clinic's folder; it is not followed",
            fix="put the file itself here",
        )
    if _is_junk(path, clinic_folder) or path.suffix.lower() not in _TABLES or path.is_dir():
        return Problem(
            code="not_an_export",
            severity="note",
            file=file,
            what="not a table, by its name; it is left alone",
            fix="nothing to do",
        )
    return None


def _is_junk(path: Path, clinic_folder: Path) -> bool:
    parts = path.relative_to(clinic_folder).parts
    return any(part.startswith((".", "~$")) or part.lower() in _LEFT_BY_SYSTEMS for part in parts)


def _without_copies(files: Sequence[SourceFile]) -> list[SourceFile]:
    first: dict[str, str] = {}
    settled = []
    for source in files:
        bytes_of = (source.sha256, source.file.partition(SHEET)[2])
        original = first.setdefault(bytes_of, source.file) if source.tables else source.file
        settled.append(source if original == source.file else _copy(source, original))
    return settled


def _copy(source: SourceFile, original: str) -> SourceFile:
    problem = Problem(
        code="same_file_again",
        severity="note",
        file=source.file,
        what=f"the same bytes as {original}; it is not used again",
        fix="nothing to do",
    )
    return replace(
        source,
        tables={},
        excluded={"same_file_again": source.rows_in},
        problems=(problem,),
    )


def _without_double_spend(files: Sequence[SourceFile]) -> list[SourceFile]:
    levels = {source.file: source.header.level for source in files if source.tables}
    reports = [source for source in files if levels.get(source.file)]
    several = [
        source
        for source in reports
        if len({levels[other.file] for other in reports if other.format == source.format}) > 1
    ]
    periods = {source.file: spend_period(source) for source in several}
    return [_refused(source, several, levels, periods) for source in files]


def _refused(source: SourceFile, reports, levels, periods) -> SourceFile:
    for other in reports:
        if source.file not in periods or other.format != source.format:
            continue
        if levels[other.file] == levels[source.file]:
            continue
        if _overlap(periods[source.file], periods[other.file]):
            return _twice(source, other.file)
    return source


def _overlap(one: tuple[date, date] | None, other: tuple[date, date] | None) -> bool:
    """Return whether two periods share a day; unreadable ones may."""
    return not one or not other or (one[0] <= other[1] and other[0] <= one[1])


def _twice(source: SourceFile, other: str) -> SourceFile:
    problem = Problem(
        code="double_spend",
        severity="refused",
        file=source.file,
        what=f"the same spend at another level ({source.header.level}) as in {other}",
        fix="keep one of the two files",
    )
    return replace(source, tables={}, rows_in=0, excluded={}, problems=(*source.problems, problem))


def _days(texts: Sequence[str], patterns: Sequence[str]) -> list[date]:
    found = []
    for text in texts:
        for pattern in (*patterns, "%Y-%m-%d", "%Y-%m-%d %H:%M:%S"):
            try:
                found.append(datetime.strptime(text.strip(), pattern).date())
                break
            except ValueError:
                continue
    return found


_CONFIG = ("clinic.toml", "truth.json")


def files_up_to(
    clinic_folder: Path, quarter: Quarter
) -> tuple[list[tuple[Path, int]], list[Problem]]:
    """List the exports a run may know.

    Parameters
    ----------
    clinic_folder : Path
    quarter : Quarter

    Returns
    -------
    files : list of (Path, int)
        With the age of their quarter folder; 0 for files in none.
    problems : list of Problem
        What else lies there.
    """
    paths, problems = discover(clinic_folder, clinic_folder=clinic_folder)
    aged = [(path, _age(path.relative_to(clinic_folder).parts[0])) for path in paths]
    limit = _number(quarter)
    notes = [
        problem
        for problem in problems
        if problem.file not in _CONFIG and _age(problem.file.split("/")[0]) <= limit
    ]
    known = [(path, age) for path, age in aged if age <= limit]
    return sorted(known, key=lambda file: (file[1], file[0].as_posix())), notes


def formats_hash(clinic_folder: Path) -> str:
    """Return one hash of the clinic's own formats, "" where it has none."""
    paths = sorted((clinic_folder / FORMATS_FOLDER).glob("*.toml"))
    return sha256("".join(file_hash(path) for path in paths).encode()).hexdigest() if paths else ""


def quarter_of(age: int, first_month: int) -> Quarter:
    """Return the quarter of a folder by its age.

    Examples
    --------
    >>> str(quarter_of(_number(Quarter(2026, 4)), 1))
    '2026Q4'
    """
    return Quarter((age - 1) // 4, (age - 1) % 4 + 1, first_month)


def quarters(clinic_folder: Path) -> list[str]:
    """Return the quarters a clinic has folders for, in order of time."""
    names = [path.name for path in clinic_folder.iterdir() if path.is_dir()]
    return sorted((name for name in names if _age(name)), key=_age)


def _age(name: str) -> int:
    """Return the number of a quarter folder, 0 for another name."""
    try:
        return _number(Quarter.parse(name))
    except ValueError:
        return 0


def _number(quarter: Quarter) -> int:
    return quarter.year * 4 + quarter.number
