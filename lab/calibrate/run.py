"""Running many replicates: in parallel, resumable, seeded one by one."""

from __future__ import annotations

import ast
import os
import tomllib
from collections.abc import Iterable, Iterator
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path

import pandas as pd
from tqdm import tqdm

from lab.calibrate.cells import Cell
from lab.calibrate.replicate import replicates
from lab.calibrate.summary import summarize

#: Replicates of one piece of work, and one stored file.
_CHUNK = 25
_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef)
#: Where the code lies that a replicate runs through.
_ROOMS = (
    "ptanalysis/definitions",
    "ptanalysis/stats",
    "ptanalysis/metrics",
    "ptanalysis/claims",
    "lab/simulate",
)
_HERE = ("cells", "replicate", "peers")


def run(
    chosen: Iterable[Cell], *, replicates_each: int, folder: Path, processes: int = 2
) -> pd.DataFrame:
    """Run what is not stored yet, and return the summary of every cell.

    Parameters
    ----------
    chosen : iterable of Cell
    replicates_each : int
        Rounded up to whole pieces of 25.
    folder : Path
        Keeps each piece of work; an interrupted run goes on where it stopped. Pieces of other
        methods (another `fingerprint`) are kept apart.
    processes : int

    Returns
    -------
    DataFrame
        See `lab.calibrate.summarize`; with ``methods``, their `fingerprint`.
    """
    chosen = list(chosen)
    kept = folder / fingerprint()
    pieces = [(cell, first, kept) for first in range(0, replicates_each, _CHUNK) for cell in chosen]
    waiting = [piece for piece in pieces if not _path(*piece).exists()]
    os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    with get_context("spawn").Pool(processes) as pool:
        list(tqdm(pool.imap_unordered(_work, waiting), total=len(waiting), unit="x25"))
    return pd.concat(_summaries(chosen, pieces), ignore_index=True).assign(methods=fingerprint())


def fingerprint() -> str:
    """Return a name for the methods as they are: of every module a replicate runs through.

    Words that change nothing (comments, docstrings) are left out, so that a better explanation
    does not send an hour of draws away.

    Examples
    --------
    >>> len(fingerprint())
    12
    """
    root = Path(__file__).parents[2]
    rooms = [path for room in _ROOMS for path in root.joinpath(room).rglob("*.*")]
    here = [root.joinpath("lab", "calibrate", name).with_suffix(".py") for name in _HERE]
    modules = sorted(path for path in rooms + here if path.suffix in (".py", ".toml"))
    text = [_what_runs(path) for path in modules]
    return sha256("".join(text).encode()).hexdigest()[:12]


def _what_runs(path: Path) -> str:
    """Return a module without its comments and docstrings, and a TOML file as its values."""
    text = path.read_text("utf-8")
    if path.suffix == ".toml":
        return repr(tomllib.loads(text))
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, _DOCUMENTED) and ast.get_docstring(node) is not None:
            node.body = node.body[1:]
    return ast.dump(tree)


def _path(cell: Cell, first: int, folder: Path) -> Path:
    return folder / cell.name / f"{first:05d}.parquet"


def _work(piece: tuple[Cell, int, Path]) -> None:
    """Run one piece and store it whole or not at all."""
    cell, first, _ = piece
    path = _path(*piece)
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part")
    replicates(cell, range(first, first + _CHUNK)).to_parquet(unfinished)
    unfinished.replace(path)


def _summaries(chosen: list[Cell], pieces: list) -> Iterator[pd.DataFrame]:
    for cell in chosen:
        rows = [pd.read_parquet(_path(*piece)) for piece in pieces if piece[0] == cell]
        yield summarize(cell, pd.concat(rows, ignore_index=True))
