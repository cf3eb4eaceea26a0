"""The folder of the report being made, and what notebooks record for it.

While a report is made, PTANALYSIS_REPORT names its folder and PTANALYSIS_NOTEBOOK the notebook
that runs; figures and tables that are shown are saved there, and what is recorded goes to
``recorded/<notebook>.jsonl``, of which page, deck, workbook and findings.json are assembled.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from ptanalysis.definitions import REPORT_VARIABLE, spare_raw
from ptanalysis.stats.estimate import Estimate, Estimates

#: Environment variable that names the notebook that runs.
NOTEBOOK_VARIABLE = "PTANALYSIS_NOTEBOOK"
#: What a notebook may record: estimates of a question, two tables, verdicts, the short answer, what
#: it assumes (a phrase a line).
QUESTIONS = ("volume", "quality", "roi", "decay")
KINDS = (*QUESTIONS, "stages", "money", "claims", "answer", "assumed", "weeks")
#: What was recorded in this process, newest last: (kind, frame or text).
_kept: list[tuple[str, pd.DataFrame | str]] = []


class RecordError(ValueError):
    """Something that cannot be recorded; the message says what can."""


def report_folder(part: str) -> Path | None:
    """Return the folder of the report being made for `part`, None where none is made."""
    report = os.environ.get(REPORT_VARIABLE)
    if not report:
        return None
    folder = Path(report) / part
    spare_raw(folder)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def record(found: pd.DataFrame | str, kind: str) -> None:
    """Record a result, so that the page, the deck, the workbook and findings.json show it.

    Parameters
    ----------
    found : Estimates, DataFrame or str
        Estimates of a question, the table of stages (``"stages"``) or of what money brought back
        (``"money"``), the verdicts of `ptanalysis.verdicts` (``"claims"``; of a claim recorded
        twice the last counts), the text of the short answer (``"answer"``, Markdown), or what is
        assumed (``"assumed"``, a phrase a line; ``"weeks"``, within which a patient counts).
    kind : {"volume", "quality", "roi", "decay", "stages", "money", "claims", "answer", "assumed", \
"weeks"}

    Raises
    ------
    RecordError
        Another kind, or a frame that is no table of estimates or verdicts.
    """
    if kind not in KINDS:
        raise RecordError(f"a result is recorded as one of {', '.join(KINDS)}, not {kind!r}")
    if kind in QUESTIONS and not isinstance(found, Estimates):
        raise RecordError("a question's results are recorded as Estimates: see pt.Estimates")
    if kind == "claims" and not {"id", "verdict", "of"} <= set(getattr(found, "columns", ())):
        raise RecordError("claims are recorded as pt.verdicts has them, or rows of that")
    _kept.append((kind, found))
    if folder := report_folder("recorded"):
        notebook = os.environ.get(NOTEBOOK_VARIABLE, "notebook")
        with (folder / f"{notebook}.jsonl").open("a", encoding="utf-8") as lines:
            lines.write(json.dumps({"kind": kind, "found": _plain(found)}) + "\n")


def recorded() -> list[tuple[str, pd.DataFrame | str]]:
    """Return what was recorded in this process, oldest first, as (kind, frame or text)."""
    return list(_kept)


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """What the notebooks of a report recorded.

    Attributes
    ----------
    estimates : list of Estimate
        With the question each answers, in the order of `QUESTIONS`.
    stages, money : DataFrame
        One row a direction and channel; empty where none was recorded.
    claims : DataFrame
        One row a claim; empty where no verdict was recorded.
    answers : dict of str
        The short answer of each notebook that gave one, Markdown.
    assumed : dict of list of str
        What each notebook assumed, for those that named it.
    weeks : float or None
        Within which the notebook that recorded the money counts a patient.
    kinds : dict of list of str
        What each notebook recorded, in the order in which it did.
    """

    estimates: list[Estimate]
    stages: pd.DataFrame
    money: pd.DataFrame
    claims: pd.DataFrame
    answers: dict[str, str]
    assumed: dict[str, list[str]]
    weeks: float | None
    kinds: dict[str, list[str]]


def recorded_in(folder: Path) -> Recorded:
    """Return what the notebooks of a report recorded in its folder ``recorded``."""
    lines = [
        (path.stem, line["kind"], _read(line["kind"], line["found"]))
        for path in sorted(folder.glob("*.jsonl"))
        for line in map(json.loads, path.read_text("utf-8").splitlines())
    ]
    tables = {
        name: [found for _, kind, found in lines if kind == name]
        for name in ("stages", "money", "claims")
    }
    kinds = {notebook: {} for notebook, _, _ in lines}
    for notebook, kind, _ in lines:
        kinds[notebook][kind] = None
    weeks = {notebook: float(found) for notebook, kind, found in lines if kind == "weeks"}
    money = [notebook for notebook, kind, _ in lines if kind == "money"]
    claims = pd.concat(tables["claims"] or [pd.DataFrame({"id": []})])
    return Recorded(
        estimates=[
            replace(each, question=question)
            for question in QUESTIONS
            for _, kind, found in lines
            if kind == question
            for each in found.each()
        ],
        stages=pd.concat([pd.DataFrame(), *tables["stages"]]),
        money=pd.concat([pd.DataFrame(), *tables["money"][-1:]]),
        claims=claims.drop_duplicates("id", keep="last"),
        answers={notebook: found for notebook, kind, found in lines if kind == "answer"},
        assumed={
            notebook: found.splitlines() for notebook, kind, found in lines if kind == "assumed"
        },
        weeks=weeks.get(money[-1]) if money else None,
        kinds={notebook: list(each) for notebook, each in kinds.items()},
    )


def _plain(found: pd.DataFrame | str) -> str | dict:
    """Return JSON's types, every digit kept."""
    if isinstance(found, str):
        return found
    cells = pd.DataFrame(found).astype(object).where(found.notna(), None)
    return {"columns": list(found.columns), "data": cells.to_numpy().tolist()}


def _read(kind: str, found: str | dict) -> pd.DataFrame | str:
    if isinstance(found, str):
        return found
    table = Estimates if kind in QUESTIONS else pd.DataFrame
    return table(found["data"], columns=found["columns"])
