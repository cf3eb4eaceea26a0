"""The sample clinic: ten quarters of raw exports with realistic dirt, and the truth beside them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd

from lab.simulate.clinic import QUARTERS, SEED, sample
from lab.simulate.dirt import Dirt
from lab.simulate.exports import COLUMNS, exports
from lab.simulate.labels import truth_of_sample
from lab.simulate.people import WORDS
from ptanalysis.definitions import UserError


class SampleError(UserError, FileExistsError):
    """A folder in which there is something else than the sample."""


def write_sample(folder: Path) -> None:
    """Write the sample clinic's raw files, clinic.toml and truth.json; the same bytes each time.

    Parameters
    ----------
    folder : Path
        The clinic's folder; quarters in it are replaced.

    Raises
    ------
    SampleError
        The folder holds something else than the sample, or is a link.
    """
    _refuse_others(folder)
    found = sample()
    spelled = exports(found, np.random.default_rng([SEED, 2]), dirt=Dirt())
    folder.mkdir(parents=True, exist_ok=True)
    for number, quarter in enumerate(QUARTERS):
        shutil.rmtree(folder / quarter, ignore_errors=True)
        (folder / quarter).mkdir()
        for kind, table in spelled.items():
            _write(table[table["quarter"] == number][list(COLUMNS[kind])], folder / quarter, kind)
    (folder / "clinic.toml").write_text(WORDS["clinic_toml"].lstrip(), "utf-8")
    truth = truth_of_sample(found)
    (folder / "truth.json").write_text(json.dumps(truth, indent=1) + "\n", "utf-8")


def _refuse_others(folder: Path) -> None:
    """Refuse to write over anything but a sample: only a folder that holds its truth."""
    parts = [folder, *(folder / quarter for quarter in QUARTERS)]
    if any(part.is_symlink() for part in parts):
        raise SampleError(f"{folder} is a link or holds links: remove them, then run again")
    if folder.exists() and any(folder.iterdir()) and not (folder / "truth.json").is_file():
        raise SampleError(
            f"{folder} is not the sample clinic's (it holds no truth.json): rename it and run again"
        )


def _write(table: pd.DataFrame, folder: Path, kind: str) -> None:
    text = table.to_csv(index=False, lineterminator="\n")
    # One export was opened and saved with a spreadsheet program.
    saved = folder.name == "2025Q3" and kind == "spend"
    content = ("\ufeff" + text.replace("\n", "\r\n")) if saved else text
    (folder / f"{kind}.csv").write_bytes(content.encode("utf-8"))
