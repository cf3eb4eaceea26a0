"""Which files a run reads: every quarter folder up to its quarter, and files beside them."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from ptanalysis.definitions import Problem, Quarter
from ptanalysis.intake.read import discover
from ptanalysis.intake.read.encoding import file_hash
from ptanalysis.intake.read.format_files import FORMATS_FOLDER

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
