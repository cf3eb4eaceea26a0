"""Say what files are and what would become of their rows; write nothing, show no value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ptanalysis.definitions import ClinicConfig, PlaceError, Places, Problem, load_config
from ptanalysis.intake.engine import Engine, stoppable
from ptanalysis.intake.read.find_files import files_up_to
from ptanalysis.intake.read.format_model import Format
from ptanalysis.intake.read.reader import SourceFile, read_file
from ptanalysis.intake.run_intake import _LAST, IntakeError
from ptanalysis.intake.typed_rows import read_rows


def check(what: str, *, root: Path, formats: Sequence[Format] = ()) -> list[Description]:
    """Describe a clinic's files, or one file.

    Parameters
    ----------
    what : str
        A clinic (folder under ``data/raw``) or the path of a file.
    root : Path
        Folder that holds ``data/``.
    formats : sequence of Format
        In place of those that ship and the clinic's own.

    Returns
    -------
    list of Description
        One a file: what it is, which columns map, rows used, rejected and excluded, problems.

    Raises
    ------
    IntakeError
        There is no such clinic or file.
    """
    path, settings = _place(what, Places(Path(root))), settings_file(what, root=root)
    folder = settings.parent
    paths = [(path, 0)] if path.is_file() else files_up_to(folder, _LAST)[0]
    config = load_config(settings)
    with stoppable():
        connection = Engine().connect()
        options = {"config": config, "connection": connection, "formats": formats}
        rows = read_rows(paths, clinic_folder=folder, **options)
    found = [described(source) for source in rows.files]
    return [_with_rows(description, rows.problems) for description in found]


def settings_file(what: str, *, root: Path) -> Path:
    """Return the clinic.toml that counts for what is checked; it need not be there."""
    path = _place(what, Places(Path(root)))
    folder = (clinic_of(path) or path.parent) if path.is_file() else path
    return folder / "clinic.toml"


def clinic_of(path: Path) -> Path | None:
    """Return the clinic's raw folder that a file lies in, None outside of any.

    Examples
    --------
    >>> clinic_of(Path("/x/data/raw/mine/2026Q2/desk.csv")).as_posix()
    '/x/data/raw/mine'
    """
    whole = path.absolute()
    return next((each for each in whole.parents if each.parent.parts[-2:] == ("data", "raw")), None)


def _place(what: str, places: Places) -> Path:
    """Return the folder of a clinic, or the file or folder that a path leads to, from the root."""
    path = Path(what).absolute()
    try:
        raw = places.raw(what)
    except PlaceError:
        if what and path.exists():
            return path
        raise
    if not raw.is_dir() and not path.exists():
        raise IntakeError(f"there is no clinic {raw} and no file {path}")
    return raw if raw.is_dir() else path


def _with_rows(description: Description, problems: list) -> Description:
    """Add what the typed rows showed to what the reader said."""
    mine = tuple(problem for problem in problems if problem.file == description.file)
    rejected = sum(problem.count for problem in mine if problem.severity == "rejected")
    refused = any(problem.severity == "refused" for problem in mine)
    used = 0 if refused else description.used + description.rejected - rejected
    return replace(description, problems=mine, rejected=rejected, used=used)


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
