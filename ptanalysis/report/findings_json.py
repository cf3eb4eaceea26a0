"""findings.json: what a run found, in the form others rely on, checked against its model.

`Findings` is its model and docs/findings.md its explanation. The same tables give the same
bytes: keys in a fixed order, 10 significant digits, no time of writing, no path.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, model_validator

from ptanalysis.dataset import ClinicData
from ptanalysis.metrics.quality.data_warnings import warnings
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


Count = Annotated[int, Field(ge=0)]
Text = Annotated[str, Field(min_length=1)]
Day = Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
Amount = Annotated[FiniteFloat, Field(ge=0)]
Probability = Annotated[FiniteFloat, Field(ge=0, le=1)]
Unit = Annotated[
    str,
    Field(
        pattern="^(share|points|leads|leads_per_week|[a-z]{3}|[a-z]{3}_per_[a-z]+|ratio|roi|weeks"
        "|days|per_year)$"
    ),
]
_ENDS = ("estimate", "ci_low", "ci_high")
_REASON = {
    "if": {"anyOf": [{"properties": {name: {"type": "null"}}} for name in _ENDS]},
    "then": {"properties": {"reason": {"minLength": 1}}},
}


class Part(BaseModel):
    """Any part: no key but its own."""

    model_config = ConfigDict(extra="forbid")


class Balanced(BaseModel):
    """Rows that balance; the ledger holds more beside them."""

    model_config = ConfigDict(extra="allow")

    rows_in: Count
    duplicates: Count
    rejected: Count

    @model_validator(mode="after")
    def _balances(self) -> Balanced:
        rest = [name for name in ("leads", "not_leads", "used", "excluded") if hasattr(self, name)]
        if self.rows_in != sum(getattr(self, name) for name in ("duplicates", "rejected", *rest)):
            raise ValueError(f"rows_in is not the sum of duplicates, rejected, {', '.join(rest)}")
        return self


class FileRows(Balanced):
    """What became of the rows of one file."""

    file: Annotated[str, Field(pattern="^[^/]")]
    kind: str
    used: Count
    excluded: Count
    reasons: dict[str, Count]


class Ledger(Balanced):
    """What became of the inquiry rows, and of every file's."""

    leads: Count
    not_leads: Count
    by_file: list[FileRows]


class StageRow(Part):
    """Leads of one direction and channel, and what they have become so far."""

    direction: Literal["inbound", "outbound", "neither", "unknown"]
    channel: str
    leads: Count
    mql: Count | None
    screened: Count | None
    sql: Count | None
    patients: Count | None
    cost: FiniteFloat | None
    revenue: FiniteFloat | None


class MoneyRow(Part):
    """Where money went and what it brought back: a channel, all of them, or spend set apart."""

    line: Literal["channel", "total", "no_spend", "too_early", "no_side"]
    direction: Literal["inbound", "outbound", "neither", "unknown", "all"]
    channel: str
    spend: FiniteFloat | None
    leads: Count | None
    sql: Count | None
    patients: Count | None
    collected: FiniteFloat | None
    back: FiniteFloat | None
    ci_low: FiniteFloat | None
    ci_high: FiniteFloat | None
    reason: str


class Number(Part):
    """A number with its interval; where one is missing, the reason."""

    model_config = ConfigDict(json_schema_extra=_REASON)

    @model_validator(mode="after")
    def _has_a_reason(self) -> Number:
        if not self.reason and None in [getattr(self, name) for name in _ENDS]:
            raise ValueError("a missing number needs its reason")
        return self


class EstimateRow(Number):
    """What is estimated, of whom, and how."""

    id: Text
    question: Literal["volume", "quality", "roi", "decay"]
    group: str
    estimate: FiniteFloat | None
    ci_low: FiniteFloat | None
    ci_high: FiniteFloat | None
    unit: Unit
    n: Amount
    method: Text
    clusters: Count | None
    p_value: Probability | None
    confidence_level: Annotated[FiniteFloat, Field(gt=0, lt=1)]
    reason: str


class Choices(Part):
    """Under how many analysis choices a verdict stands."""

    agrees: Count
    undecided: Count
    reversed: Count
    not_judged: Count
    of: Count


class ClaimRecord(Number):
    """The verdict on a claim and the estimate behind it."""

    id: Text
    statement: Text
    measure: str
    primary: bool
    verdict: Literal[
        "supported", "contradicted", "no_material_difference", "cannot_tell", "not_testable"
    ]
    estimate: FiniteFloat | None
    ci_low: FiniteFloat | None
    ci_high: FiniteFloat | None
    margin: FiniteFloat
    p_value: Probability | None
    p_adjusted: Probability | None
    unit: Unit
    n: Amount
    reason: str
    sensitivity: Choices | None
    needs: str | None


class WarningRow(Part):
    """What is wrong with a file, or would mislead a reader."""

    code: Text
    severity: Literal["refused", "rejected", "warning", "excluded", "note"]
    file: str
    rows: Count | None
    message: Text
    what_to_do: str


class Findings(Part):
    """What one run found for a clinic's quarter. docs/findings.md explains each field."""

    clinic: Text
    quarter: Annotated[str, Field(pattern="^[0-9]{4}Q[1-4]$")]
    as_of: Day
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")]
    assumptions: list[Text]
    ledger: Ledger
    stages: list[StageRow]
    money: list[MoneyRow] = Field(default_factory=list)
    estimates: list[EstimateRow]
    claims: list[ClaimRecord]
    warnings: list[WarningRow]
    schema_version: Literal[1] = 1


def schema() -> str:
    """Return docs/findings.schema.json, the JSON schema of findings.json."""
    made = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return json.dumps(made | Findings.model_json_schema(), indent=2) + "\n"
