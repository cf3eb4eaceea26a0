"""Where things lie: raw exports, processed tables and reports of each clinic's quarter."""

from __future__ import annotations

import os
import posixpath
from dataclasses import dataclass
from pathlib import Path

from ptanalysis.definitions.errors import UserError
from ptanalysis.definitions.quarter import Quarter

_WHAT = "a clinic is the name of one folder below data/raw, like my-clinic, without a path"
#: Separators of any platform, and what Windows takes for a drive.
_SEPARATORS = frozenset("/\\:")

#: Environment variable that names the folder of the report being made.
REPORT_VARIABLE = "PTANALYSIS_REPORT"


class PlaceError(UserError, ValueError):
    """A clinic that is no folder's name, or a folder that must not be written or removed."""


def clinic_name(text: str) -> str:
    """Return a clinic as the name of its folder; a separator from tab completion is taken off.

    Raises
    ------
    PlaceError
        The text is not one folder's name.

    Examples
    --------
    >>> clinic_name("my-clinic/")
    'my-clinic'
    """
    name = str(text).rstrip("/\\")
    if _is_name(name):
        return name
    meant = _meant(name)
    raise PlaceError(f"{_WHAT}: write {meant}" if _is_name(meant) else _WHAT)


def _is_name(text: str) -> bool:
    """Return whether a text is a folder's name everywhere: Windows drops a dot at the end."""
    whole = text == text.strip() and not text.startswith(".") and not text.endswith(".")
    return bool(text) and whole and text.isprintable() and not _SEPARATORS & set(text)


def _meant(path: str) -> str:
    """Return the clinic a path leads to: the part after ``raw``, or the first of a plain one."""
    parts = posixpath.normpath(path.replace("\\", "/")).split("/")
    after = parts[parts.index("raw") + 1 :] if "raw" in parts else parts
    return after[0] if after else ""


@dataclass(frozen=True)
class Places:
    """The folders of one project checkout.

    Every one that takes a clinic or a quarter refuses what is none, see `clinic_name`.

    Parameters
    ----------
    root : Path
        Folder that holds ``data/``, ``notebooks/`` and ``reports/``.

    Examples
    --------
    >>> Places(Path("/project")).report("sample", "2026Q2").as_posix()
    '/project/reports/sample/2026Q2'
    """

    root: Path

    @classmethod
    def default(cls) -> Places:
        """Return PTANALYSIS_ROOT where it is set, else the checkout this package lies in."""
        return cls(Path(os.environ.get("PTANALYSIS_ROOT") or Path(__file__).parents[2]).resolve())

    @property
    def notebooks(self) -> Path:
        """The notebooks of the project."""
        return self.root / "notebooks"

    def raw(self, clinic: str) -> Path:
        """Return the raw exports: immutable, never committed but for the synthetic sample."""
        return self.root / "data" / "raw" / clinic_name(clinic)

    def processed(self, clinic: str, quarter: str | Quarter) -> Path:
        """Return the tables of a run: rebuildable, without direct identifiers."""
        return self._made(clinic)[0] / _quarter(quarter)

    def report(self, clinic: str, quarter: str | Quarter) -> Path:
        """Return the folder of a run's findings."""
        return self._made(clinic)[1] / _quarter(quarter)

    def outputs(self, clinic: str) -> tuple[Path, Path]:
        """Return the folders of all tables and of all findings of a clinic, fit to be written.

        Raises
        ------
        PlaceError
            One of them is raw exports or holds some, or they are one folder, through a link say.
        """
        tables, findings = self._made(clinic)
        spare_raw(tables, findings)
        if _holds(tables, findings) or _holds(findings, tables):
            raise PlaceError(
                f"{tables} and {findings} are one folder or one holds the other: each needs a"
                " folder of its own, so take the link away"
            )
        return tables, findings

    def _made(self, clinic: str) -> tuple[Path, Path]:
        name = clinic_name(clinic)
        return self.root / "data" / "processed" / name, self.root / "reports" / name


def _quarter(quarter: str | Quarter) -> str:
    return str(quarter if isinstance(quarter, Quarter) else Quarter.parse(quarter))


def spare_raw(*paths: Path) -> None:
    """Raise where a folder to be written or removed is raw exports, lies in them or holds them.

    Raw exports are ``data/raw`` of the project a path lies in (the nearest, and the one in use),
    and what links in it lead to.

    Raises
    ------
    PlaceError
        Before anything is touched.
    """
    own = Places.default().root
    for path in paths:
        whole = path.resolve()
        for folder in {_nearest_project(path.absolute()), _nearest_project(whole), own} - {None}:
            if any(_holds(raw, whole) or _holds(whole, raw) for raw in _raw(folder)):
                raise PlaceError(
                    f"{path} lies in the raw exports, is a link to them or holds them;"
                    " nothing is ever written or removed there"
                )


def _nearest_project(path: Path) -> Path | None:
    folders = (path, *path.parents)
    return next((each for each in folders if (each / "data" / "raw").is_dir()), None)


def _raw(project: Path) -> list[Path]:
    """Return where raw exports really lie: data/raw, and clinics that are links in it."""
    raw = project / "data" / "raw"
    links = [each for each in raw.iterdir() if each.is_symlink()] if raw.is_dir() else []
    return [each.resolve() for each in (raw, *links)]


def _holds(folder: Path, path: Path) -> bool:
    """Return whether `path` is `folder` or lies in it, in truth and not by its spelling."""
    whole = path.resolve()
    return any(_same(folder, each) for each in (whole, *whole.parents))


def _same(one: Path, other: Path) -> bool:
    try:
        return os.path.samefile(one, other)
    except OSError:  # one is not there yet
        return one.resolve() == other.resolve()
