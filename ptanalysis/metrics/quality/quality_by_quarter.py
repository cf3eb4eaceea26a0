"""Quarter against quarter at equal lead age.

Shares of "closed so far" announce a change in 47% of quarters of 100 leads, and in 91% of 300,
when nothing changed: the newer quarter's leads had less time. Here both quarters are seen from the
same distance: the older one as it stood when it was as old as the newer one is now, and both at one
age that enough of the newer leads have reached.
"""

from __future__ import annotations

from dataclasses import replace
from math import ceil

import pandas as pd

from ptanalysis.dataset import ClinicData
from ptanalysis.definitions import Quarter
from ptanalysis.metrics.clinic_facts import allowed
from ptanalysis.metrics.quality.followed_leads import (
    RATES,
    WEEK,
    clustered,
    end_of,
    rate,
    unrecorded,
)
from ptanalysis.metrics.quality.quality_difference import rate_differences
from ptanalysis.metrics.volume import GROUPS, of_quarter, short_of
from ptanalysis.stats import Estimate, Estimates, held_together

#: Of the newer quarter's leads so many, and no fewer than 5, must have reached the age compared.
FOLLOWED_SHARE = 1 / 3
_FEWEST = 5


def quality_change(
    clinic: ClinicData, before: Quarter, *, event: str = "sql_at", by: str | None = "direction"
) -> Estimates:
    """Return the quarter's share with the event less that of `before`, both at the same lead age.

    Parameters
    ----------
    clinic : ClinicData
    before : Quarter
        Such as ``clinic.quarter.previous()`` or, a year back, ``clinic.quarter.previous(4)``.
    event : {"sql_at", "patient_at"}
    by : {"direction", "channel", "campaign", "vendor", "service", "clinic"}, optional
        None for all leads alone.

    Returns
    -------
    Estimates
        In points, of all leads and of each group of either quarter (for SQLs, of those screened);
        the method says at what age; the groups' intervals hold together. Not identified where the
        data do not reach back, too few leads are old enough, or the quarters were screened too
        little or too unequally by that age.

    Notes
    -----
    Assumes that within a quarter how long a lead was followed says nothing of its quality.
    Campaigns that run through both quarters make the interval a little wide.

    References
    ----------
    Aalen & Johansen (1978), with the jackknife of Tukey (1958); same-age comparison of cohorts:
    Kaminsky (1987), Biometrika 74:549, on reporting delays.
    """
    both, ends, age, reason = _at_equal_age(clinic, before, event)
    column, names = by and allowed("by", by, GROUPS), (str(clinic.quarter), str(before))
    groups = pd.concat(both)[column].value_counts().index if column else []
    test = {"reason": reason, "event": event, "names": names}

    def asked(level: float, of=groups) -> list[Estimate]:
        parts = {group: [_of(leads, column, group) for leads in both] for group in of}
        label = (f"{RATES[event]}_change", "quality")
        return [
            _changed(each, ends, age, label=(*label, group), confidence_level=level, **test)
            for group, each in parts.items()
        ]

    return Estimates.of([*asked(0.95, ["all"]), *held_together(asked, f"{column}s")])


def quality_of(clinic: ClinicData, before: Quarter, *, older: bool) -> Estimate:
    """Return the share of a quarter's screened leads that qualified by the age of both.

    Parameters
    ----------
    clinic : ClinicData
    before : Quarter
        What the clinic's quarter is compared with.
    older : bool
        Whether to return the share of `before` instead of that of the clinic's quarter.
    """
    both, ends, age, reason = _at_equal_age(clinic, before, "sql_at")
    leads = both[older]
    if reason and (older or age < 1 or unrecorded(clinic, "sql_at")):
        return Estimate.not_identified(reason, unit="share", n=len(leads))
    found = rate(leads, ends[older], weeks=age)
    return replace(found, method=f"{found.method}; at {age} weeks of age")


def common_age(leads: pd.DataFrame, end: pd.Timestamp, most: int) -> int:
    """Return the longest age in whole weeks, up to `most`, that a third of `leads` has reached.

    Parameters
    ----------
    leads : DataFrame
        Of the younger quarter.
    end : Timestamp
        End of follow-up.
    most : int
        Weeks.

    Returns
    -------
    int
        0 where fewer than 5 leads have been followed for a week.

    Examples
    --------
    >>> leads = pd.DataFrame({"lead_at": pd.date_range("2026-04-01", periods=13, freq="7D")})
    >>> common_age(leads, pd.Timestamp("2026-07-01"), 13)
    9
    """
    needed = max(ceil(len(leads) * FOLLOWED_SHARE), _FEWEST)
    ages = ((end - leads["lead_at"]) / WEEK).sort_values(ascending=False)
    return min(int(ages.iloc[needed - 1]), most) if len(ages) >= needed else 0


_TOO_FEW = "too few leads of the quarter have been followed for a week"


def _at_equal_age(clinic: ClinicData, before: Quarter, event: str) -> tuple:
    """Return both quarters' leads, where their follow-up ends, their common age, or why not."""
    both = [of_quarter(clustered(clinic), quarter) for quarter in (clinic.quarter, before)]
    ends, most = _ends(clinic, before), clinic.assumptions.weeks_to(event)
    ages = [common_age(of, end, most) for of, end in zip(both, ends, strict=True)]
    age = ages[0] if short_of(clinic, before) else min(ages)
    return both, ends, age, _refusal(clinic, before, event) or ("" if age >= 1 else _TOO_FEW)


def _refusal(tables: ClinicData, before: Quarter, event: str) -> str:
    return unrecorded(tables, event) or short_of(tables, before)


def _ends(tables: ClinicData, before: Quarter) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Return where follow-up ends: as long after the start of `before` as of the quarter."""
    end = end_of(tables)
    return end, pd.Timestamp(before.start) + (end - pd.Timestamp(tables.quarter.start))


def _changed(both: list, ends: tuple, weeks: int, *, reason: str, **options) -> Estimate:
    if reason:
        missing = Estimate.not_identified(reason, unit="points", n=sum(map(len, both)))
        return missing.labelled(*options["label"])
    found = rate_differences(*both, ends, weeks, **options)[0]
    if not found.known:
        return found
    return replace(found, method=f"{found.method}; both quarters at {weeks} weeks of age")


def _of(leads: pd.DataFrame, column: str, group: str) -> pd.DataFrame:
    return leads if group == "all" else leads[leads[column] == group]
