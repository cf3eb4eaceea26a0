"""What `ptanalysis map` asks of its user, and where it puts the format that comes of it."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import typer

from ptanalysis.definitions import UserError
from ptanalysis.intake.check_files import clinic_of
from ptanalysis.intake.read.format_files import FORMATS_FOLDER
from ptanalysis.intake.read.header import Candidate
from ptanalysis.intake.read.new_format import guesses, needed, plain_formats


class MappingError(UserError, ValueError):
    """A kind that is none, a column that is not there, or a format that would be overwritten."""


def answers(header: Candidate, kind: str = "") -> tuple[str, dict[str, int]]:
    """Ask what a row is and which columns it cannot be without; return kind and columns to places.

    What spellings find is the answer where nothing is typed.
    """
    found = guesses(header)
    likeliest = max(found, key=lambda each: len(found[each]))
    kind = kind or _asked(f"What is a row: {', '.join(found)}?", likeliest)
    if kind not in found:
        raise MappingError(f"a row is one of {', '.join(found)}, not {kind}")
    for place, cell in enumerate(header.cells, 1):
        typer.echo(f"{place:>4}  {' '.join(cell.split())}", err=True)
    columns = found[kind]
    for part in needed(kind):
        columns = _with_answer(columns, kind, part, len(header.cells))
    if not any(name in columns for part in needed(kind) for name in part.split("|")):
        raise MappingError("no column was named: type the numbers of the columns asked for")
    return kind, columns


def saved(text: str, file: Path) -> Path:
    """Save a format in the folder of the clinic a file lies in, never over one that is there.

    Raises
    ------
    MappingError
        The file lies in no clinic's folder, or the format is there.
    """
    clinic = clinic_of(file)
    if clinic is None:
        raise MappingError("put the file in data/raw/CLINIC/QUARTER first, or leave out --output")
    name = re.sub(r"[^a-z0-9]+", "_", file.stem.casefold()).strip("_") or "export"
    place = clinic / FORMATS_FOLDER / f"{name}.toml"
    place.parent.mkdir(exist_ok=True)
    try:
        with place.open("x", encoding="utf-8") as made:
            made.write(text)
    except FileExistsError:
        raise MappingError(f"{place} is there already: change it, or rename it first") from None
    return place


def _with_answer(columns: dict[str, int], kind: str, part: str, width: int) -> dict[str, int]:
    """Return the columns with the one asked for; 0 takes away what was found."""
    meanings = {each: plain_formats()[kind].columns[each].what for each in part.split("|")}
    names = [each for each, what in meanings.items() if what] or list(meanings)
    name = next((each for each in meanings if each in columns), names[0])
    question = f"Which column is {' or '.join(names)} ({meanings[names[0]]})?"
    answer = _asked(question, str(columns.get(name, -1) + 1))
    if not answer.isdecimal() or int(answer) > width:
        raise MappingError(f"a column is a number from 1 to {width}, or 0 for none")
    if int(answer) not in (0, columns.get(name, -1) + 1):
        name = name if name in names else names[0]
        name = _asked(f"What is it: {', '.join(names)}?", name) if names[1:] else name
    if name not in meanings:
        raise MappingError(f"it is one of {', '.join(names)}, not {name}")
    others = {each: at for each, at in columns.items() if each != name and at != int(answer) - 1}
    return others | ({name: int(answer) - 1} if int(answer) else {})


def _asked(question: str, default: str) -> str:
    """Ask on the terminal; where no one is there (a pipe that ends), it is the default."""
    try:
        return typer.prompt(question, default=default, err=True).strip()
    except typer.Abort:
        if sys.stdin.isatty():
            raise
        typer.echo("", err=True)
        return default
