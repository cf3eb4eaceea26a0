"""findings.json: what a run found, in the form others rely on.

`findings_model` is its model and docs/findings.md its explanation. The same tables give the same
bytes: keys in a fixed order, 10 significant digits, no time of writing, no path.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd

from ptanalysis.dataset import ClinicData
from ptanalysis.metrics.quality.data_warnings import warnings
from ptanalysis.report.findings_model import (
    ClaimRecord,
    EstimateRow,
    Findings,
    MoneyRow,
    Part,
    StageRow,
)
from ptanalysis.stats.estimate import Estimate

_DIGITS = 10


def compose(
    tables: ClinicData,
    *,
    stages: pd.DataFrame,
    money: pd.DataFrame | None = None,
    estimates: Iterable[Estimate],
    claims: Iterable[dict],
    assumptions: Iterable[str] = (),
) -> dict:
    """Return findings.json as a dict.

    Parameters
    ----------
    tables : ClinicData
    stages : DataFrame
        One row a direction and channel, columns of `StageRow`; money in the clinic's currency.
    money : DataFrame, optional
        Columns of `MoneyRow`.
    estimates : iterable of Estimate
        Each with its id, question and group.
    claims : iterable of dict
        Of `ptanalysis.claims.verdict_tables.claim_records`.
    assumptions : iterable of str
        What is assumed otherwise than by default, in words.

    Returns
    -------
    dict
        Plain JSON types; a number that is not known is None.

    Raises
    ------
    pydantic.ValidationError
        Everything that does not fit the model, at once.
    """
    found = {
        "clinic": tables.clinic,
        "quarter": str(tables.quarter),
        "as_of": f"{tables.as_of:%Y-%m-%d}",
        "currency": tables.config.currency,
        "assumptions": list(assumptions),
        "ledger": tables.ledger,
        "stages": _rows(stages, StageRow),
        "money": _rows(pd.DataFrame() if money is None else money, MoneyRow),
        "estimates": [estimate_row(each) for each in estimates],
        "claims": [{name: each[name] for name in ClaimRecord.model_fields} for each in claims],
        "warnings": warnings(tables).to_dict("records"),
    }
    return plain(Findings.model_validate(plain(found)).model_dump())


def _rows(table: pd.DataFrame, row: type[Part]) -> list[dict]:
    return table.reindex(columns=list(row.model_fields)).to_dict("records")


def estimate_row(estimate: Estimate) -> dict:
    """Return an Estimate as findings.json has it (``value`` is called ``estimate`` there)."""
    renamed = {"estimate": "value"}
    return {name: getattr(estimate, renamed.get(name, name)) for name in EstimateRow.model_fields}


def estimate_of(row: Mapping) -> Estimate:
    """Return a row of findings.json as the Estimate it came from."""
    names = ("id", "ci_low", "ci_high", "unit", "n", "method", "reason")
    rest = {name: row[name] for name in ("group", "question", "clusters") if name in row}
    return Estimate(value=row["estimate"], **{name: row[name] for name in names}, **rest)


def plain(thing):
    """Return JSON types only, floats at 10 significant digits, missing values None.

    Examples
    --------
    >>> plain({"a": float("nan"), "b": (1 / 3, pd.Timestamp("2026-06-30"))})
    {'a': None, 'b': [0.3333333333, '2026-06-30']}
    """
    if isinstance(thing, dict):
        return {str(key): plain(value) for key, value in thing.items()}
    if isinstance(thing, list | tuple):
        return [plain(value) for value in thing]
    if thing is None or thing is pd.NaT or thing is pd.NA:
        return None
    if hasattr(thing, "item"):
        thing = thing.item()
    if isinstance(thing, float):
        return _number(thing)
    if isinstance(thing, str | bool | int):
        return thing
    return f"{thing:%Y-%m-%d}"


def write_json(document: dict, path: Path) -> None:
    """Write the document: UTF-8, two spaces, one line end at the end.

    Raises
    ------
    ValueError
        An infinite number: an open end is null with a reason.
    """
    text = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", "utf-8")


def _number(value: float) -> float | int | None:
    if value != value:
        return None
    rounded = float(f"{value:.{_DIGITS}g}")
    return int(rounded) if rounded.is_integer() and abs(rounded) < 10**_DIGITS else rounded
