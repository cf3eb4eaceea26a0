"""Leads, spend and payments as the record knows them up to one day, seen from another."""

from __future__ import annotations

import pandas as pd

from ptanalysis.dataset import ClinicData

_KEY = ["direction", "channel"]
_STAGES = {"screened": "screened_at", "sql": "sql_at", "patients": "patient_at"}


def known_by(clinic: ClinicData, until: pd.Timestamp, *, on: pd.Timestamp) -> pd.DataFrame:
    """Return what is on record of the leads and spend of days up to `until`, as known on a day.

    Parameters
    ----------
    clinic : ClinicData
    until : Timestamp
        Last day of leads and spend.
    on : Timestamp
        Last day of what became of them.

    Returns
    -------
    DataFrame
        By direction and channel: ``leads, screened, sql, patients`` (counts), ``cost, revenue``.
    """
    end = on + pd.Timedelta(days=1)
    leads = clinic.leads[clinic.leads["lead_at"] < until + pd.Timedelta(days=1)]
    paid = clinic.payments[clinic.payments["paid_at"] < end].groupby("lead_id")["amount"].sum()
    spend = clinic.spend[clinic.spend["period_start"] <= until]
    rows = leads[_KEY].assign(
        leads=1,
        **{name: (leads[at] < end).astype(int) for name, at in _STAGES.items()},
        revenue=leads["lead_id"].map(paid).astype(float).fillna(0.0),
    )
    found = rows.groupby(_KEY).sum()
    cost = spend.groupby(_KEY)["amount"].sum().rename("cost")
    return found.join(cost, how="outer").fillna(0).reset_index()
