"""What a file is and what would become of its rows; shows no cell's value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ptanalysis.definitions import ClinicConfig, Problem, load_config
from ptanalysis.intake.engine import Engine
from ptanalysis.intake.read.reader import SourceFile, read_file


@dataclass(frozen=True, kw_only=True)
class Description:
    """What ``ptanalysis check`` says of one file.

    Attributes
    ----------
    file : str
    title : str
        Of the format; empty where it is not recognised.
    verified : bool
        Whether the format was checked against a real file.
    mapped : mapping of str to str
        Header in the file to what it becomes, like ``inquiries.received_at``.
    dropped : tuple of str
        Headers that no mapping names.
    rows_in, used, rejected : int
    excluded : mapping of reason to int
    problems : tuple of Problem
    """

    file: str
    title: str
    verified: bool
    mapped: Mapping[str, str]
    dropped: tuple[str, ...]
    rows_in: int
    used: int
    rejected: int
    excluded: Mapping[str, int]
    problems: tuple[Problem, ...]


def describe(
    path: Path, *, clinic_folder: Path | None = None, config: ClinicConfig | None = None
) -> Description:
    """Read a file only to say what it is.

    Parameters
    ----------
    path : Path
    clinic_folder : Path, optional
        Default: the file's own folder.
    config : ClinicConfig, optional
        Default: the defaults.

    Returns
    -------
    Description
    """
    source = read_file(
        path,
        clinic_folder=clinic_folder or path.parent,
        config=config or load_config(None),
        connection=Engine().connect(),
    )
    return described(source)


def described(source: SourceFile) -> Description:
    """Return what to say of a file already read."""
    header, format = source.header, source.format
    used = source.rows_in - source.rejected - sum(source.excluded.values())
    return Description(
        file=source.file,
        title=format.title if format else "",
        verified=bool(format and format.verified),
        mapped=_mapped(source) if header else {},
        dropped=header.dropped if header else (),
        rows_in=source.rows_in,
        used=used,
        rejected=source.rejected,
        excluded=source.excluded,
        problems=source.problems,
    )


def _mapped(source: SourceFile) -> dict[str, str]:
    """Return each header to the plain columns made of it, or to what else it is read for."""
    targets, places = source.format.targets(), source.header.positions
    return {
        header: ", ".join(_main(source, targets.get(name, ()))) or "checks only"
        for name, header in sorted(source.header.mapped.items(), key=lambda item: places[item[0]])
    }


def _main(source: SourceFile, targets: Sequence[str]) -> list[str]:
    """Return the targets in tables that the file gives; ids joined of a column come last of all."""
    there = [target for target in targets if target.split(".")[0] in source.tables]
    return [target for target in there if not target.endswith(".inquiry_id")] or there[:1]
