"""The frames that a reader recomputes by hand: leads within a time, mature campaigns, stops."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from ptanalysis.decay.windows import stopped, windows
from ptanalysis.definitions import PATIENT_HORIZON_WEEKS, SQL_HORIZON_WEEKS
from ptanalysis.quality.follow_up import unrecorded
from ptanalysis.roi.matured import SIDES, by_cluster
from ptanalysis.tables import ClinicTables, place_of

#: What may happen to a lead, and the column that says when.
EVENTS = {
    "mql": "mql_at",
    "screened": "screened_at",
    "sql": "sql_at",
    "patient": "patient_at",
    "lost": "lost_at",
}
#: Name in ``frame.attrs``: event to the reason why the clinic's records say nothing of it.
NOT_RECORDED = "not_recorded"
_WEEK = pd.Timedelta(weeks=1)


def not_recorded(clinic: ClinicTables) -> dict[str, str]:
    """Return the events of which the clinic's records say nothing, each with the reason."""
    reasons = {name: unrecorded(clinic, EVENTS[name]) for name in ("screened", "sql", "patient")}
    return {name: reason for name, reason in reasons.items() if reason}


def within(
    leads: pd.DataFrame, *, weeks: float = SQL_HORIZON_WEEKS, as_of: pd.Timestamp
) -> pd.DataFrame:
    """Return the leads at least `weeks` old, with what had happened to each within that time.

    Parameters
    ----------
    leads : DataFrame
        As ``clinic.leads``, or some of its rows.
    weeks : float
        Time given to every lead, from ``lead_at``.
    as_of : Timestamp
        Last day the data can know about: ``clinic.as_of``.

    Returns
    -------
    DataFrame
        The columns of `leads` and the bool columns ``mql, screened, sql, patient, lost``. A lead
        found qualified was screened, whether or not that day was written down. A column is
        missing (NA) throughout where the clinic never recorded the event; sum it with
        ``min_count=1``, and it stays missing.

    Examples
    --------
    >>> leads = pd.DataFrame({"lead_at": ["2026-01-05", "2026-01-05", "2026-06-01"],
    ...     "mql_at": ["2026-01-05", None, None], "screened_at": ["2026-01-12", None, None],
    ...     "sql_at": ["2026-01-12", None, None], "patient_at": ["2026-05-04", None, None],
    ...     "lost_at": [None, "2026-01-20", None]}).apply(pd.to_datetime)
    >>> within(leads, weeks=13, as_of=pd.Timestamp("2026-06-30"))[["sql", "patient", "lost"]]
         sql  patient   lost
    0   True    False  False
    1  False    False   True
    """
    end = pd.Timestamp(as_of) + pd.Timedelta(days=1)
    old = leads[leads["lead_at"] + weeks * _WEEK < end]
    until = old["lead_at"] + weeks * _WEEK
    happened = {name: old[at] <= until for name, at in EVENTS.items()}
    happened["screened"] |= happened["sql"]
    absent = _absent(leads)
    return old.assign(
        **{name: pd.NA if name in absent else came for name, came in happened.items()}
    ).astype(dict.fromkeys(absent, "boolean"))


def _absent(leads: pd.DataFrame) -> set[str]:
    """Return the events that nothing is known of: as loaded, else those that no lead ever had."""
    if NOT_RECORDED in leads.attrs:
        return set(leads.attrs[NOT_RECORDED])
    none = {name for name, at in EVENTS.items() if leads[at].isna().all()}
    screened = {"screened", "sql", "lost"}
    return (none & {"mql", "patient"}) | ({"screened", "sql"} if screened <= none else set())


def mature(
    clinic: ClinicTables, *, followed: float = SQL_HORIZON_WEEKS, unit_weeks: float = 52
) -> pd.DataFrame:
    """Return cost and outcomes of each campaign, asset or 4-week block that is old enough.

    Parameters
    ----------
    clinic : ClinicData
    followed : float
        Weeks for which every counted lead has been followed: 13 for SQLs, 26 for patients and
        revenue, 0 for leads alone.
    unit_weeks : float
        Weeks from the start of a campaign or asset in which its cost and leads are counted.

    Returns
    -------
    DataFrame
        One row a unit: ``clinic, direction, channel, campaign`` (missing for blocks), ``vendor,
        unit`` (the campaign's name, else ``channel/block``), ``kind`` (campaign, asset, block),
        ``started_on, cost, cost_labour, cost_agency, leads``; from `followed` > 0 ``mql, screened,
        sql`` (within `followed` weeks, at most 13), from 26 ``patients, revenue`` (within 26).
        Inbound and outbound only.

    Notes
    -----
    A column is there only if all counted leads had the time for it: patients counted on leads
    followed for 13 weeks would be too few. The vendor of a block is that of most of its spend.

    Examples
    --------
    ``pt.mature(clinic).groupby("direction")[["cost", "sql"]].sum().eval("cost / sql")``
    """
    sql_weeks = min(followed, SQL_HORIZON_WEEKS)
    options = {"followed": followed, "sql_weeks": sql_weeks, "unit_weeks": unit_weeks}
    frame = by_cluster(clinic, **options).rename(columns={"cluster": "unit"})
    if "screened" not in frame:
        frame = frame.assign(screened=by_cluster(_screened_as_sql(clinic), **options)["sql"])
    frame = frame.assign(
        campaign=frame["unit"].where(frame["kind"] != "block"), vendor=_vendor(clinic, frame)
    )
    counted = ["mql", "screened", "sql"] if followed > 0 else []
    if followed >= PATIENT_HORIZON_WEEKS:
        counted += ["patients", "revenue"]
    first = ["clinic", "direction", "channel", "campaign", "vendor", "unit", "kind", "started_on"]
    frame = frame[[*first, "cost", "cost_labour", "cost_agency", "leads", *counted]]
    absent = not_recorded(clinic)
    frame.attrs = {
        NOT_RECORDED: {
            ("patients" if name == "patient" else name): why for name, why in absent.items()
        },
        "currency": clinic.config.currency.lower(),
        "followed": followed,
        "several_clinics": frame["clinic"].nunique() > 1,
    }
    return frame


def _screened_as_sql(clinic: ClinicTables) -> ClinicTables:
    """Return the data with the first of screening and SQL in the place of the SQL."""
    first = clinic.leads[["screened_at", "sql_at"]].min(axis=1)
    return replace(clinic, leads=clinic.leads.assign(sql_at=first))


def _vendor(clinic: ClinicTables, frame: pd.DataFrame) -> pd.Series:
    """Return each unit's vendor: as campaigns list it, else that of most of its channel's spend."""
    listed = clinic.campaigns.drop_duplicates(["clinic", "campaign"])
    place = place_of(frame.rename(columns={"unit": "campaign"})[["clinic", "campaign"]], listed)
    vendor = listed["vendor"].reindex(place).set_axis(frame.index)
    spent = clinic.spend[clinic.spend["direction"].isin(SIDES)]
    keys = ["clinic", "channel"]
    sums = spent.assign(vendor=spent["vendor"].fillna("")).groupby([*keys, "vendor"])["amount"]
    most = sums.sum().sort_values().reset_index().drop_duplicates(keys, keep="last")
    usual = frame[keys].merge(most, on=keys, how="left")["vendor"].set_axis(frame.index)
    block = frame["kind"] == "block"
    return vendor.where(~block, usual.replace("", np.nan)).astype("str")


def stops(clinic: ClinicTables) -> pd.DataFrame:
    """Return the campaigns that stopped, with their leads before, during and after.

    Parameters
    ----------
    clinic : ClinicData

    Returns
    -------
    DataFrame
        One row a campaign or asset that ended at least 12 weeks ago and whose weeks before the
        start were seen: ``clinic, campaign, direction, channel, kind, starts_on, ends_on``, and of
        each of ``before`` (up to 12 weeks), ``during`` and ``after`` (weeks 5 to 12 after the end)
        the leads that name it (``leads_before`` ...) and the weeks they were counted in
        (``weeks_before`` ...).
    """
    sides = [stopped(clinic, side)[0] for side in SIDES]
    campaigns = pd.concat(sides, ignore_index=True)
    counts, weeks = windows(clinic, campaigns)
    columns = ["clinic", "campaign", "direction", "channel", "kind", "starts_on", "ends_on"]
    parts = (counts.add_prefix("leads_").astype(int), weeks.add_prefix("weeks_").round(6))
    return pd.concat([campaigns[columns], *parts], axis="columns")


def reason_missing(frame: pd.DataFrame, event: str) -> str:
    """Return why nothing is known of `event` in a frame of `within` or `mature`, or nothing."""
    reasons: Mapping[str, str] = frame.attrs.get(NOT_RECORDED, {})
    if event in reasons:
        return reasons[event]
    if event in frame and len(frame) and frame[event].isna().all():
        return f"the clinic's exports never say {event}"
    return ""
