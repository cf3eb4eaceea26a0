"""How long each lead was followed, and how that ended: an event, a loss, or not yet."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
import pandas as pd

from ptanalysis.dataset import ClinicData
from ptanalysis.definitions import PATIENT_HORIZON_WEEKS, SQL_HORIZON_WEEKS
from ptanalysis.metrics.clinic_facts import given
from ptanalysis.metrics.money.campaign_units import without_always_on
from ptanalysis.stats import Estimate, FollowUp, cluster_labels, incidence, qualified
from ptanalysis.stats.minimum_data import FEWEST_CLINICS

WEEK = pd.Timedelta(weeks=1)
HORIZONS = {"sql_at": SQL_HORIZON_WEEKS, "patient_at": PATIENT_HORIZON_WEEKS}
#: What the share with an event is called: SQLs are a share of the screened.
RATES = {"sql_at": "screened_to_sql_rate", "patient_at": "lead_to_patient_rate"}
NOT_SCREENED = "no lead was ever screened: export screenings, or SQL dates from the CRM"
ONLY_QUALIFIED = (
    "only leads found qualified are on record as screened: export those that were not, too"
)
#: From so many screened leads on, that every one qualified is a matter of what was recorded.
_ALL_QUALIFIED = 10
NO_SERVICE = "no lead names a service the clinic offers: record service_interest in inquiries"
NO_PATIENTS = "no payment or first visit is recorded: export payments"
COUNTS_ALONE = "the leads are known only as counts, and nothing of any one of them"
#: A lead is screened once the team decided on it, whichever of these was written down.
_DECIDED = ["screened_at", "sql_at", "lost_at"]
#: Nobody knows yet whether such a lead is a potential client: it is open, not excluded.
_NOT_KNOWN_YET = "service_not_named"
_OPEN, _EVENT, _LOST = 0, 1, 2


def follow_up(leads: pd.DataFrame, end: pd.Timestamp, event: str = "sql_at") -> FollowUp:
    """Follow leads to the event or their loss, up to `end`.

    Parameters
    ----------
    leads : DataFrame
        As in ClinicData.
    end : Timestamp
        First moment that is not known any more.
    event : str
        ``sql_at`` or ``patient_at``. An event dated before its lead counts at 0 weeks.

    Returns
    -------
    FollowUp

    Notes
    -----
    Assumes that a lead still open at `end` fares as others of its age.

    Examples
    --------
    >>> moments = ["lead_at", "sql_at", "lost_at"]
    >>> leads = pd.DataFrame([["2026-01-01", "2026-01-15", None], ["2026-01-01", None, None]],
    ...     columns=moments).apply(pd.to_datetime).assign(campaign="spring", channel="ppc")
    >>> found = follow_up(leads, pd.Timestamp("2026-01-29"))
    >>> found.weeks.tolist(), found.status.tolist()
    ([2.0, 4.0], [1, 0])
    """
    happened, lost = leads[event], leads["lost_at"]
    happened = happened.where(happened < end)
    lost = lost.where((lost < end) & ~(happened <= lost))
    last = happened.where(happened.notna() & ~(lost < happened), lost).fillna(end)
    status = np.select([last == lost, last == happened], [_LOST, _EVENT], _OPEN)
    weeks, ages = (
        ((until - leads["lead_at"]) / WEEK).clip(lower=0).to_numpy() for until in (last, end)
    )
    return FollowUp(weeks, status, ages, clusters_of(leads).to_numpy(dtype=object))


def screening_of(leads: pd.DataFrame, end: pd.Timestamp) -> FollowUp:
    """Follow leads to the first decision of the clinic's team on them, up to `end`.

    Examples
    --------
    >>> leads = pd.DataFrame([["2026-01-01", "2026-01-08", None, "2026-01-08"], ["2026-01-01"] +
    ...     [None] * 3], columns=["lead_at", "screened_at", "sql_at", "lost_at"])
    >>> leads = leads.apply(pd.to_datetime).assign(campaign="spring", channel="ppc")
    >>> found = screening_of(leads, pd.Timestamp("2026-01-29"))
    >>> found.weeks.tolist(), found.status.tolist()
    ([1.0, 4.0], [1, 0])
    """
    decided = leads.assign(decided_at=decided_at(leads), lost_at=pd.NaT)
    return follow_up(decided, end, "decided_at")


def decided_at(leads: pd.DataFrame) -> pd.Series:
    """Return when the team first decided on each lead; missing where it was never screened."""
    first = np.fmin.reduce([leads[each].to_numpy() for each in _DECIDED])
    return pd.Series(first, leads.index)


def screenable(leads: pd.DataFrame) -> pd.DataFrame:
    """Return the leads that nothing but a screening excluded: those whose quality is asked.

    Spam, a job seeker or an existing patient found by screening was screened and is not qualified.
    Who was excluded by other evidence (a visit or payment before the inquiry) and never screened,
    or was screened as qualified all the same, is no lead whose quality is open.
    """
    reason = leads["not_mql_reason"]
    excluded = reason.notna() & (reason != _NOT_KNOWN_YET)
    passed = (leads["screening_outcome"] == "qualified") & leads["sql_at"].isna()
    return leads[~(excluded & (decided_at(leads).isna() | passed))]


def clusters_of(leads: pd.DataFrame) -> pd.Series:
    """Return the cluster of each lead: its clinic where there are 5 or more, else its campaign.

    A block of its channel where it has none. Clinics differ as a whole; with campaigns as clusters
    the interval covers 78 to 90% at 6 and 20 clinics. What is said of fewer is said of these alone;
    campaigns of one name in two of them are two.
    """
    clinics = leads["clinic"].nunique() if "clinic" in leads else 1
    if clinics >= FEWEST_CLINICS:
        return leads["clinic"]
    own = leads["cluster"] if "cluster" in leads else cluster_labels(leads, "lead_at")
    if clinics < 2:
        return own
    return own.mask(own == leads["campaign"], leads["clinic"] + ": " + own)


@lru_cache(maxsize=8)
def clustered(tables: ClinicData) -> pd.DataFrame:
    """Return the leads with their ``cluster``: a campaign open for over 26 weeks is a channel."""
    rows = without_always_on(tables.leads, tables)
    return tables.leads.assign(cluster=cluster_labels(rows, "lead_at"))


def rate(
    leads: pd.DataFrame,
    end: pd.Timestamp,
    event: str = "sql_at",
    *,
    weeks: float | None = None,
    null: float | None = None,
    confidence_level: float = 0.95,
) -> Estimate:
    """Return the share of `leads` with the event within the horizon, by Aalen and Johansen.

    Parameters
    ----------
    leads : DataFrame
    end : Timestamp
        As in `follow_up`.
    event : str
    weeks : float, optional
        Horizon; HORIZONS[event] where left out.
    null : float, optional
    confidence_level : float

    Returns
    -------
    Estimate
        In share; see `ptanalysis.stats.aalen_johansen` for its interval and gate. For SQLs of the
        screened leads alone (`ptanalysis.stats.qualified`), among those that nothing before
        screening excluded (`screenable`): not screened is not "not SQL".
    """
    weeks, test = weeks or HORIZONS[event], {"null": null, "confidence_level": confidence_level}
    if event == "sql_at":
        return _qualified(screenable(leads), end, weeks, **test)
    found = follow_up(leads, end, event)
    return incidence(
        found.weeks, found.status, weeks, clusters=found.clusters, ages=found.ages, **test
    )


def _qualified(leads: pd.DataFrame, end: pd.Timestamp, weeks: float, **test) -> Estimate:
    if not _screened(leads):
        return Estimate.not_identified(NOT_SCREENED, unit="share")
    return qualified(follow_up(leads, end), screening_of(leads, end), weeks, **test)


def matured(tables: ClinicData, weeks: float) -> pd.DataFrame:
    """Return the leads that have been followed for at least `weeks`."""
    leads = clustered(tables)
    return leads[leads["lead_at"] < end_of(tables) - weeks * WEEK]


def within(clinic: ClinicData, weeks: float | None = None) -> pd.DataFrame:
    """Return the leads that had `weeks` to be judged, with what had happened to them by then.

    Parameters
    ----------
    clinic : ClinicData
    weeks : float, optional
        Weeks since the lead; the clinic's weeks to SQL where left out.

    Returns
    -------
    DataFrame
        The columns of ``clinic.leads`` and, as bool, ``mql, screened, sql, patient`` (within
        `weeks` of the lead) and ``screenable`` (nothing before a screening excluded it: spam that
        was found by screening is screened, an existing patient found in the books is not asked);
        ``cluster`` is what could have come out differently as a whole: campaign, 4-week block of
        its channel, or clinic. A stage that was never recorded is missing in every row.

    Examples
    --------
    >>> import ptanalysis as pt
    >>> judged = pt.within(pt.load("sample", "2026Q2"), 13)
    >>> bool((judged["lead_at"] < "2026-04-01").all()), bool(judged["sql"].any())
    (True, True)
    """
    weeks = weeks or clinic.assumptions.weeks_to_sql
    leads = matured(clinic, weeks)
    until = leads["lead_at"] + weeks * WEEK
    moments = {
        "mql": leads["mql_at"],
        "screened": decided_at(leads),
        "sql": leads["sql_at"],
        "patient": leads["patient_at"],
    }
    never = pd.Series(pd.NA, leads.index, dtype="boolean")
    happened = {
        name: never if unrecorded(clinic, f"{name}_at") else time <= until
        for name, time in moments.items()
    }
    asked = leads.index.isin(screenable(leads).index)
    return leads.assign(**happened, screenable=asked, cluster=clusters_of(leads))


@lru_cache(maxsize=16)
def unrecorded(tables: ClinicData, event: str) -> str:
    """Return why nothing at all can be said of `event` in this clinic, or an empty string."""
    leads = tables.leads
    if leads.empty and not tables.counted.empty:
        return COUNTS_ALONE
    if event in ("sql_at", "screened_at"):
        if not _screened(leads):
            return tables.none_of_a_lead("screenings", "stages") or NOT_SCREENED
        if only_qualified(leads):
            return ONLY_QUALIFIED
    if event == "mql_at" and leads[event].isna().all() and _any_open(leads):
        return NO_SERVICE
    if event == "patient_at" and leads[event].isna().all() and tables.payments.empty:
        return tables.none_of_a_lead("payments") or NO_PATIENTS
    return tables.undated(event) if event in HORIZONS else ""


def _any_open(leads: pd.DataFrame) -> bool:
    """Return whether it is not known of some leads if they are potential clients."""
    return bool((leads["not_mql_reason"].fillna(_NOT_KNOWN_YET) == _NOT_KNOWN_YET).any())


def only_qualified(leads: pd.DataFrame) -> bool:
    """Return whether every screened lead is SQL, as where a CRM dates that stage alone."""
    screened = leads[decided_at(leads).notna()]
    return len(screened) >= _ALL_QUALIFIED and bool(screened["sql_at"].notna().all())


def groups(leads: pd.DataFrame, column: str) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield each group of `column` with its leads, the largest first; see `given`."""
    found = given(leads, column)
    for group in found.value_counts().index:
        yield group, leads[found == group]


def end_of(tables: ClinicData) -> pd.Timestamp:
    """Return the first moment the run does not know of."""
    return tables.as_of + pd.Timedelta(days=1)


def _screened(leads: pd.DataFrame) -> bool:
    return bool(decided_at(leads).notna().any())
