"""Each primary over the defensible choices: the frame behind a specification curve."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

import pandas as pd

from ptanalysis.claims.choices import Cell, apply, cells_of, present, weeks_of
from ptanalysis.claims.claim_list import Claim, load_claims
from ptanalysis.claims.measures import MEASURES, depends_on_screening, measure
from ptanalysis.claims.verdict_rules import decidable, evidence, holm
from ptanalysis.claims.verdicts import primary_p_values, verdict_word
from ptanalysis.dataset import ClinicData
from ptanalysis.metrics.quality.followed_leads import decided_at, screenable
from ptanalysis.stats import Estimate

#: Which side gets every unscreened lead as SQL; the other side gets none.
UNSCREENED = {"all inbound SQL, no outbound": "inbound", "all outbound SQL, no inbound": "outbound"}
_UNSCREENED, _UNKNOWN = "unscreened leads", "unknown sources"

_NUMBERS = ("estimate", "ci_low", "ci_high", "verdict")


def robustness(tables: ClinicData) -> pd.DataFrame:
    """Estimate and judge every primary claim over the grid of defensible choices.

    Parameters
    ----------
    tables : ClinicData

    Returns
    -------
    DataFrame
        One row a claim and cell, the default cell first: ``claim``, the axes (``taxonomy, lead,
        attribution, horizon, unknown``), ``estimate, ci_low, ci_high, unit``, ``leans`` (the
        side the numbers lie on: supported or contradicted, above or below for a claim of either
        direction; empty where a gate refuses to judge), ``verdict``. At most 48 cells a claim:
        axes that a claim does not depend on, or on which the data do not differ, stay at their
        default.

    Notes
    -----
    In each cell the claim's p is adjusted with the other primaries at their default, so that the
    default cell has the verdict of `judge`. No cell is preferred to another.

    References
    ----------
    Simonsohn, Simmons & Nelson (2020), Nature Human Behaviour 4:1208.
    """
    claims = {name: claim for name, claim in load_claims(tables.config).items() if claim.primary}
    under = lru_cache(maxsize=2)(lambda cell: apply(tables, cell))
    default = {name: measure(claim, under(Cell())) for name, claim in claims.items()}
    family, differ = primary_p_values(claims, default), present(tables)
    asked = [
        (claim, cell)
        for claim in claims.values()
        for cell in cells_of(differ & set(MEASURES[claim.measure].axes))
    ]
    # All claims of the same tables after each other: what they share is worked out once.
    found = {
        (claim.id, cell): _judged(claim, under(_tables_of(cell)), cell, family)
        for claim, cell in sorted(asked, key=lambda pair: _tables_of(pair[1]))
    }
    return pd.DataFrame(
        [
            dict(claim=claim.id, **_levels(cell, tables), **found[claim.id, cell])
            for claim, cell in asked
        ]
    )


def bounds(tables: ClinicData) -> pd.DataFrame:
    """Return how far the unscreened and the unknown could move each primary at worst.

    Parameters
    ----------
    tables : ClinicData

    Returns
    -------
    DataFrame
        ``claim``, ``of`` ("unscreened leads", "unknown sources"), ``case``, ``estimate, ci_low,
        ci_high, unit, leans, verdict``; the first row of each claim and kind is as recorded. A
        case that changes nothing is left out, and so is a kind none of whose cases do.

    Notes
    -----
    Unscreened: leads without a decision 13 weeks later. These are bounds, not likely
    values: nothing in the data says which side of them is right.
    """
    claims = {name: claim for name, claim in load_claims(tables.config).items() if claim.primary}
    recorded = apply(tables, Cell())
    default = {name: measure(claim, recorded) for name, claim in claims.items()}
    family = primary_p_values(claims, default)
    rows = [
        dict(claim=name, of=kind, case=case, **_judged(claims[name], changed, Cell(), family))
        for kind, case, changed in _cases(tables, recorded)
        for name in _touched(claims, kind)
    ]
    table = pd.DataFrame(rows).drop_duplicates(["claim", "of", *_NUMBERS])
    moved = table.groupby(["claim", "of"])["case"].transform("size") > 1
    return table[moved].sort_values(["claim", "of"], kind="stable", ignore_index=True)


def with_unscreened_sql(tables: ClinicData, direction: str) -> ClinicData:
    """Return the tables with every lead screened: one direction's unscreened SQL, no other.

    Unscreened are the leads that nothing before screening excluded and that had no decision
    within 13 weeks; they are decided on at the end of these. Young leads stay what they are.
    """
    leads = tables.leads
    last = leads["lead_at"] + pd.Timedelta(weeks=tables.assumptions.weeks_to_sql)
    asked = leads.index.isin(screenable(leads).index)
    open_ = asked & (last <= tables.as_of) & ~(decided_at(leads) <= last)
    turned = open_ & (leads["direction"] == direction)
    return replace(
        tables,
        leads=leads.assign(
            mql_at=leads["mql_at"].where(~turned | leads["mql_at"].notna(), last),
            sql_at=leads["sql_at"].where(~turned, last),
            screened_at=leads["screened_at"].where(~open_, last),
        ),
    )


def _tables_of(cell: Cell) -> Cell:
    """Return the cell that names its tables: the horizon changes none of them."""
    return cell._replace(horizon=Cell().horizon)


def _levels(cell: Cell, tables: ClinicData) -> dict[str, str]:
    """Return a cell's level on every axis, the horizon in weeks."""
    return cell._asdict() | {"horizon": str(weeks_of(cell, tables))}


def _judged(claim: Claim, tables: ClinicData, cell: Cell, family: Mapping[str, float]) -> dict:
    horizon = weeks_of(cell, tables)
    parts = measure(claim, tables, horizon=horizon)
    word = verdict_word(claim, parts, _adjusted(claim, parts, family), tables, horizon=horizon)
    shown = parts[0]
    return {
        "estimate": shown.value,
        "ci_low": shown.ci_low,
        "ci_high": shown.ci_high,
        "unit": shown.unit,
        "leans": _leans(claim, parts),
        "verdict": word,
    }


def _leans(claim: Claim, parts: tuple[Estimate, ...]) -> str:
    """Return the side of no effect that the numbers lie on, or nothing where they do not count."""
    if not decidable(parts):
        return ""
    if claim.claims == "either":
        return "above" if parts[0].value > claim.null else "below"
    return evidence(claim, parts).leans


def _adjusted(claim: Claim, parts: tuple[Estimate, ...], family: Mapping[str, float]):
    if not decidable(parts):
        return None
    return holm({**family, claim.id: evidence(claim, parts).p_value})[claim.id]


def _touched(claims: Mapping[str, Claim], kind: str) -> list[str]:
    """Return the claims whose number depends on what is uncertain."""
    return [
        name
        for name, claim in claims.items()
        if kind == _UNKNOWN or depends_on_screening(claim.measure, claim.options)
    ]


def _cases(tables: ClinicData, recorded: ClinicData):
    """Yield what is uncertain, the case, and the tables under it."""
    yield _UNSCREENED, "as recorded", recorded
    for case, direction in UNSCREENED.items():
        yield _UNSCREENED, case, with_unscreened_sql(recorded, direction)
    for level in ("left out", "all inbound", "all outbound"):
        yield _UNKNOWN, level, apply(tables, Cell(unknown=level))
