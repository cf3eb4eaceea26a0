"""The primary number of each claim, asked of the question that owns it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from ptanalysis.claims.claim import Claim
from ptanalysis.dataset import ClinicData
from ptanalysis.metrics import decay, money, quality
from ptanalysis.stats import Estimate

_FOR_ALL = ("taxonomy", "lead", "attribution", "unknown")


class Measure(NamedTuple):
    """Where a claim's number comes from, and what of the grid it can depend on.

    Attributes
    ----------
    question : callable
        Takes the tables, `null` and `confidence_level`.
    options : dict
    horizon : str
        Name of the function's keyword for the horizon in weeks to SQL; empty where it has none.
    axes : tuple of str
    also : callable or None
        The second part's question, where both must hold.
    """

    question: Callable[..., Estimate]
    options: dict
    horizon: str
    axes: tuple[str, ...]
    also: Callable[..., Estimate] | None = None


_COST = (*_FOR_ALL, "cost")

MEASURES = {
    "outbound_costs_more_per_sql": Measure(money.cost_per_ratio, {"event": "sql"}, "", _COST),
    "outbound_costs_more_per_lead": Measure(money.cost_per_ratio, {"event": "leads"}, "", _COST),
    "outbound_costs_more_per_patient": Measure(
        money.cost_per_ratio, {"event": "patients"}, "", _COST
    ),
    "outbound_ends_with_campaign": Measure(
        decay.persistence, {"direction": "outbound"}, "", _FOR_ALL
    ),
    "inbound_outlasts_outbound": Measure(decay.persistence_difference, {}, "", _FOR_ALL),
    "inbound_slower_to_start": Measure(decay.first_sql_difference, {}, "", _FOR_ALL),
    "inbound_lasts_and_grows": Measure(decay.growth, {}, "", _FOR_ALL, also=decay.lasting),
    "inbound_leads_more_often_sql": Measure(
        quality.sql_share_difference, {}, "horizon", (*_FOR_ALL, "horizon")
    ),
    "mql_sql_gap_differs": Measure(
        quality.mql_sql_gap_difference, {}, "horizon", (*_FOR_ALL, "horizon")
    ),
    "inbound_higher_roi": Measure(money.roi_ratio, {}, "", _COST),
}


def measure(
    claim: Claim,
    tables: ClinicData,
    *,
    horizon: int | None = None,
    confidence_level: float = 0.95,
) -> tuple[Estimate, ...]:
    """Return the claim's number, and its second part's where both must hold.

    Parameters
    ----------
    claim : Claim
    tables : ClinicData
    horizon : int, optional
        Weeks from lead to SQL, the clinic's where left out; for the claims that count SQLs.
    confidence_level : float

    Returns
    -------
    tuple of Estimate
        Each with the two-sided p against its own line in `claim.nulls`.
    """
    source = MEASURES[claim.id]
    options = dict(source.options, confidence_level=confidence_level)
    if source.horizon and horizon:
        options[source.horizon] = horizon
    questions = filter(None, (source.question, source.also))
    return tuple(
        question(tables, null=null, **options)
        for question, null in zip(questions, claim.nulls, strict=True)
    )
