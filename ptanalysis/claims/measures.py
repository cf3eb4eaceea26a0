"""The numbers a claim can be about, a closed list, and each asked of the question that owns it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from typing import TYPE_CHECKING, NamedTuple

from ptanalysis.dataset import ClinicData
from ptanalysis.metrics.decay.asset_growth import assets, growth_of
from ptanalysis.metrics.decay.campaign_stops import persistence_difference, persistence_of, stops
from ptanalysis.metrics.decay.first_sql_waits import first_sql_difference, waits
from ptanalysis.metrics.money.cost_per_outcome import cost_per_ratio
from ptanalysis.metrics.money.roi_by_side import roi_ratio
from ptanalysis.metrics.quality.quality_difference import (
    mql_sql_gap_difference,
    sql_share_difference,
)
from ptanalysis.stats import Estimate

if TYPE_CHECKING:
    from ptanalysis.claims.claim_list import Claim

_FOR_ALL = ("taxonomy", "lead", "attribution", "unknown")
_HORIZON = (*_FOR_ALL, "horizon")

#: What is counted for each event of a cost.
_EVENTS = {"leads": "leads", "mql": "MQLs", "sql": "SQLs", "patients": "patients"}


class Measure(NamedTuple):
    """Where a claim's number comes from, and what of the grid it can depend on.

    Attributes
    ----------
    question : callable
        Takes the tables, `null`, `confidence_level` and the options.
    unit, counts : str
        Unit of the number, and what its n counts; an option's word stands for that word's own.
    null : float or None
        The value of no effect; None where a claim's margin is itself the line.
    axes : tuple of str
        Choices of the grid it depends on; with ``horizon`` the question takes that keyword.
    options : mapping of str to mapping
        Each option, all of them to be given, with its allowed words and what these count.
    also : mapping of str to callable
        Questions of a second part that may have to hold too.
    """

    question: Callable[..., Estimate]
    unit: str
    counts: str
    null: float | None
    axes: tuple[str, ...] = _FOR_ALL
    options: Mapping[str, Mapping[str, str]] = {}
    also: Mapping[str, Callable[..., Estimate]] = {}


_STOPS = "stopped campaigns"
_stops, _assets = lru_cache(maxsize=8)(stops), lru_cache(maxsize=8)(assets)


def _persistence(tables: ClinicData, direction: str, **test) -> Estimate:
    return persistence_of(_stops(tables), direction, **test)


def _persistence_difference(tables: ClinicData, **test) -> Estimate:
    return persistence_difference(_stops(tables), **test)


def _first_sql_difference(tables: ClinicData, **test) -> Estimate:
    return first_sql_difference(waits(tables), **test)


def _growth(tables: ClinicData, name: str = "growth", **test) -> Estimate:
    others = tables.leads[tables.leads["direction"] == "neither"]
    return growth_of(_assets(tables), others, name, **test)


MEASURES = {
    "cost_per_ratio": Measure(cost_per_ratio, "ratio", "", 1.0, options={"event": _EVENTS}),
    "roi_ratio": Measure(roi_ratio, "ratio", "patients", 1.0),
    "sql_share_difference": Measure(
        sql_share_difference, "points", "screened leads", 0.0, axes=_HORIZON
    ),
    "mql_sql_gap_difference": Measure(
        mql_sql_gap_difference, "points", "screened leads", 0.0, axes=_HORIZON
    ),
    "persistence": Measure(
        _persistence,
        "ratio",
        _STOPS,
        None,
        options={"direction": {"inbound": _STOPS, "outbound": _STOPS}},
    ),
    "persistence_difference": Measure(_persistence_difference, "points", _STOPS, 0.0),
    "first_sql_difference": Measure(_first_sql_difference, "weeks", "campaigns and assets", 0.0),
    "growth": Measure(
        _growth, "ratio", "assets", 1.0, also={"lasting": partial(_growth, name="lasting")}
    ),
}


def implied(entry: Mapping) -> dict:
    """Return what an entry's measure says of it: unit, counts and null.

    Parameters
    ----------
    entry : mapping
        As in claims.toml; with a measure of `MEASURES`.

    Examples
    --------
    >>> implied({"measure": "cost_per_ratio", "options": {"event": "sql"}, "margin": 1.25})
    {'unit': 'ratio', 'counts': 'SQLs', 'null': 1.0}
    """
    source = MEASURES[entry["measure"]]
    given = entry.get("options", {})
    words = [of.get(given.get(name)) for name, of in source.options.items()]
    counts = next(filter(None, words), source.counts)
    null = entry.get("margin") if source.null is None else source.null
    return {"unit": source.unit, "counts": counts, "null": null}


def depends_on_screening(measure: str, options: Mapping[str, str]) -> bool:
    """Return whether the unscreened could move a number of SQLs by becoming SQLs themselves."""
    return "horizon" in MEASURES[measure].axes or options.get("event") == "sql"


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
    source = MEASURES[claim.measure]
    options = dict(claim.options, confidence_level=confidence_level)
    if "horizon" in source.axes and horizon:
        options["horizon"] = horizon
    questions = [source.question, *([source.also[claim.also]] if claim.also else [])]
    return tuple(
        question(tables, null=null, **options)
        for question, null in zip(questions, claim.nulls, strict=True)
    )
