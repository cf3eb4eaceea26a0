"""Where things lie: raw exports, processed tables and reports of each clinic's quarter."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Places:
    """The folders of one project checkout.

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
        return self.root / "data" / "raw" / clinic

    def processed(self, clinic: str, quarter: object) -> Path:
        """Return the tables of a run: rebuildable, without direct identifiers."""
        return self.root / "data" / "processed" / clinic / str(quarter)

    def report(self, clinic: str, quarter: object) -> Path:
        """Return the folder of a run's findings."""
        return self.root / "reports" / clinic / str(quarter)
