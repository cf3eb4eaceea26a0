"""A clinic's tables under its assumptions: campaigns left out, another meaning of qualified.

The stored tables stay as recorded; the horizons are options of the metrics.
"""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from ptanalysis.dataset import ClinicData, requalify
from ptanalysis.definitions import Assumptions

_LEADS = ("leads", "broad_only")
_OF_A_LEAD = ("touches", "payments")
_OF_A_CAMPAIGN = ("touches", "spend", "campaigns", "totals")
_LAST = ("channel", "direction", "direction_platform", "campaign", "vendor")


def assumed(tables: ClinicData) -> ClinicData:
    """Return the tables under the assumptions of their clinic; the same where there are none.

    Parameters
    ----------
    tables : ClinicData
        As recorded.

    Returns
    -------
    ClinicData
        ``assumed`` says in words what differs from the defaults, with what could not be done:
        a campaign that is not there, leads of which nothing was noted.
    """
    said = tables.assumptions.changed()
    if tables.assumed or not said:
        return tables
    said += [*_not_there(tables), *_not_noted(tables)]
    return replace(_requalified(_without_campaigns(tables)), assumed=tuple(said))


def _without_campaigns(tables: ClinicData) -> ClinicData:
    """Return the tables without the campaigns left out: leads by first touch."""
    out = tables.assumptions.excludes
    kept = {
        name: _rows(table, ~table["campaign"].map(out).astype(bool))
        for name, table in ((each, getattr(tables, each)) for each in (*_LEADS, *_OF_A_CAMPAIGN))
    }
    ids = pd.concat([kept[name]["lead_id"] for name in _LEADS])
    for name in _OF_A_LEAD:
        table = kept.get(name, getattr(tables, name))
        kept[name] = _rows(table, table["lead_id"].isin(ids))
    kept |= {name: _last_touched(kept[name], kept["touches"], out) for name in _LEADS}
    return replace(tables, **kept)


def _rows(table: pd.DataFrame, kept: pd.Series) -> pd.DataFrame:
    return table if kept.all() else table[kept].reset_index(drop=True)


def _last_touched(leads: pd.DataFrame, touches: pd.DataFrame, out) -> pd.DataFrame:
    """Return leads whose last touch was a campaign left out with the last of their others."""
    moved = leads["last_campaign"].map(out).astype(bool)
    if not moved.any():
        return leads
    last = touches.sort_values("touched_at", kind="stable").groupby("lead_id").tail(1)
    last = last.set_index("lead_id").reindex(leads["lead_id"]).set_axis(leads.index)
    return leads.assign(
        **{f"last_{name}": leads[f"last_{name}"].where(~moved, last[name]) for name in _LAST}
    )


def _requalified(tables: ClinicData) -> ClinicData:
    """Return the tables with qualified as assumed: who falls short was screened and is no SQL."""
    if not tables.assumptions.redefines_sql:
        return tables
    held = {name: getattr(tables, name) for name in _LEADS}
    short = {name: _short(leads, tables.assumptions).any(axis=1) for name, leads in held.items()}
    return replace(tables, **{name: requalify(held[name], ~short[name]) for name in held})


def _passed(leads: pd.DataFrame) -> pd.Series:
    """Return which leads the front desk decided are SQLs."""
    return leads["sql_at"].notna()


def _asked(leads: pd.DataFrame, assumptions: Assumptions) -> pd.DataFrame:
    """Return what the setting asks for as numbers; a budget is 1 or 0; missing where not noted."""
    budget = leads["budget_ok"].map({"yes": 1.0, "no": 0.0}).astype(float)
    noted = {"likelihood": leads["likelihood"], "interest": leads["interest"], "budget": budget}
    return pd.DataFrame({name: noted[name] for name in _least(assumptions)})


def _least(assumptions: Assumptions) -> dict[str, int]:
    least = {
        "likelihood": assumptions.least_likelihood,
        "interest": assumptions.least_interest,
        "budget": int(assumptions.budget_needed),
    }
    return {name: at for name, at in least.items() if at}


def _short(leads: pd.DataFrame, assumptions: Assumptions) -> pd.DataFrame:
    """Return in what each lead is noted to fall short; never in what was not noted."""
    return _asked(leads, assumptions) < pd.Series(_least(assumptions))


def _not_noted(tables: ClinicData) -> list[str]:
    """Return how many SQLs stay what the desk decided, as what is asked was not noted."""
    if not tables.assumptions.redefines_sql:
        return []
    leads = _without_campaigns(tables).leads
    asked, short = (of(leads, tables.assumptions) for of in (_asked, _short))
    count = int((_passed(leads) & asked.isna().any(axis=1) & ~short.any(axis=1)).sum())
    kept = f"{count:,} SQL{'s' * (count != 1)} kept as the front desk decided, without a note of"
    return [f"{kept} {', '.join(asked)}"] if count else []


def _not_there(tables: ClinicData) -> list[str]:
    """Return which campaigns to be left out the exports do not name."""
    named = pd.concat([getattr(tables, name)["campaign"] for name in (*_LEADS, *_OF_A_CAMPAIGN)])
    missing = [
        name
        for name in tables.assumptions.excluded_campaigns
        if not any(map(Assumptions(excluded_campaigns=(name,)).excludes, named.unique()))
    ]
    return [f"no campaign is called {' '.join(name.split())}" for name in missing]
