"""A clinic's tables under its assumptions: campaigns left out, another meaning of qualified.

The stored tables stay as recorded; the horizons are options of the metrics.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from ptanalysis.definitions import Assumptions, normal

if TYPE_CHECKING:
    from ptanalysis.dataset.clinic_data import ClinicData

_LEADS = ("leads", "broad_only")
_OF_A_LEAD = ("touches", "payments")
_OF_A_CAMPAIGN = ("touches", "spend", "campaigns", "totals")
_LAST = ("channel", "direction", "direction_platform", "campaign", "vendor")
_CHOSEN = "leads chosen or changed in a notebook"


def assumed(tables: ClinicData) -> ClinicData:
    """Return the tables under the assumptions of their clinic; the same where there are none.

    Parameters
    ----------
    tables : ClinicData
        As recorded.
    """
    if tables.assumptions == Assumptions():
        return tables
    made = _applied(tables)
    object.__setattr__(made, "recorded", tables)
    return made


def chosen(tables: ClinicData, leads: pd.DataFrame) -> ClinicData:
    """Return the tables with these leads alone, see `ClinicData.with_leads`."""
    if out := _whole_campaigns(tables.leads, leads):
        left_out = sorted({*tables.assumptions.excluded_campaigns, *out})
        tables = tables.assuming(excluded_campaigns=left_out)
    if leads.reset_index(drop=True).equals(tables.leads.reset_index(drop=True)):
        return tables
    by_hand = tuple(dict.fromkeys((*tables.by_hand, _CHOSEN)))
    return _applied(replace(tables, leads=leads, by_hand=by_hand))


def _whole_campaigns(leads: pd.DataFrame, kept: pd.DataFrame) -> set[str]:
    """Return the campaigns left out where none but all the leads of some campaigns are."""
    gone = leads.loc[~leads["lead_id"].isin(kept["lead_id"]), "campaign"]
    names = set(gone.dropna().map(normal))
    part = gone.isna().any() or kept["campaign"].dropna().map(normal).isin(names).any()
    return set() if part else set(gone)


def requalify(leads: pd.DataFrame, qualified: pd.Series) -> pd.DataFrame:
    """Return the leads with only the SQLs that are `qualified`; the rest were screened and lost.

    Parameters
    ----------
    leads : DataFrame
        As in `ClinicData`.
    qualified : Series of bool
        Which leads count as SQL, out of those that the front desk qualified.

    Returns
    -------
    DataFrame
        An SQL that falls short stays screened, on the day of its decision where no other was
        written down, and is lost that day unless it became a patient all the same.

    Examples
    --------
    >>> from ptanalysis.dataset import SCHEMA
    >>> leads = pd.DataFrame({"likelihood": [5, 2], "screening_outcome": "qualified"})
    >>> leads = leads.reindex(columns=[*SCHEMA["leads"]])
    >>> days = [each for each in leads if each.endswith("_at")]
    >>> leads[days] = leads[days].astype("datetime64[us]")
    >>> leads["sql_at"] = pd.Timestamp("2026-01-05")
    >>> requalify(leads, leads["likelihood"] >= 4)["sql_at"].notna().tolist()
    [True, False]
    """
    falls = leads["sql_at"].notna() & ~qualified.fillna(False).astype(bool)
    lost = falls & leads["patient_at"].isna() & leads["lost_at"].isna()
    decided = leads["screened_at"].fillna(leads["sql_at"])
    return leads.assign(
        screened_at=decided.where(falls, leads["screened_at"]),
        lost_at=leads["lost_at"].where(~lost, leads["sql_at"]),
        sql_at=leads["sql_at"].where(~falls),
        screening_outcome=leads["screening_outcome"].where(~falls, "disqualified"),
    )


def _applied(tables: ClinicData) -> ClinicData:
    return _requalified(_without_campaigns(tables))


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
