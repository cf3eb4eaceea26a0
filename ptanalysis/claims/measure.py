"""The primary number of each claim, asked of the question that owns it."""

from __future__ import annotations

from importlib import import_module
from typing import NamedTuple

from ptanalysis.claims.claim import Claim
from ptanalysis.definitions import SQL_HORIZON_WEEKS
from ptanalysis.estimate import Estimate
from ptanalysis.tables import ClinicTables

_FOR_ALL = ("taxonomy", "lead", "attribution", "unknown")


class Measure(NamedTuple):
    """Where a claim's number comes from, and what of the grid it can depend on.

    Attributes
    ----------
    module, function : str
        In ptanalysis; a second function where the claim has a second part.
    options : dict
    horizon : str
        Name of the function's keyword for the horizon in weeks to SQL; empty where it has none.
    axes : tuple of str
    also : str
    """

    module: str
    function: str
    options: dict
    horizon: str
    axes: tuple[str, ...]
    also: str = ""


_COST = (*_FOR_ALL, "cost")

MEASURES = {
    "outbound_costs_more_per_sql": Measure("roi", "cost_per_ratio", {"event": "sql"}, "", _COST),
    "outbound_costs_more_per_lead": Measure("roi", "cost_per_ratio", {"event": "leads"}, "", _COST),
    "outbound_costs_more_per_patient": Measure(
        "roi", "cost_per_ratio", {"event": "patients"}, "", _COST
    ),
    "outbound_ends_with_campaign": Measure(
        "decay", "persistence", {"direction": "outbound"}, "", _FOR_ALL
    ),
    "inbound_outlasts_outbound": Measure("decay", "persistence_difference", {}, "", _FOR_ALL),
    "inbound_slower_to_start": Measure("decay", "first_sql_difference", {}, "", _FOR_ALL),
    "inbound_lasts_and_grows": Measure("decay", "growth", {}, "", _FOR_ALL, also="lasting"),
    "inbound_leads_more_often_sql": Measure(
        "quality", "sql_share_difference", {}, "horizon", (*_FOR_ALL, "horizon")
    ),
    "mql_sql_gap_differs": Measure(
        "quality", "mql_sql_gap_difference", {}, "horizon", (*_FOR_ALL, "horizon")
    ),
    "inbound_higher_roi": Measure("roi", "roi_ratio", {}, "", _COST),
}


def measure(
    claim: Claim, tables: ClinicTables, *,
    horizon: int = SQL_HORIZON_WEEKS, confidence_level: float = 0.95,
) -> tuple[Estimate, ...]:  # fmt: skip
    """Return the claim's number, and its second part's where both must hold.

    Parameters
    ----------
    claim : Claim
    tables : ClinicTables
    horizon : int
        Weeks from lead to SQL, for the claims that count SQLs.
    confidence_level : float

    Returns
    -------
    tuple of Estimate
        Each with the two-sided p against its own line in `claim.nulls`.
    """
    source = MEASURES[claim.id]
    module = import_module(f"ptanalysis.{source.module}")
    options = dict(source.options, confidence_level=confidence_level)
    if source.horizon and horizon != SQL_HORIZON_WEEKS:
        options[source.horizon] = horizon
    names = [source.function, *filter(None, [source.also])]
    return tuple(
        getattr(module, name)(tables, null=null, **options)
        for name, null in zip(names, claim.nulls, strict=True)
    )
