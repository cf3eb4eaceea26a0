"""The four headline numbers beside earlier quarters, at equal age and as they were known then.

All at equal age: leads of whole quarters; quality as both quarters stood so long after their start;
money of 13 weeks of spend and leads that were followed for as long as a patient takes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pandas as pd

from ptanalysis.dataset import ClinicData
from ptanalysis.metrics.money.cost_per_outcome import cost_per
from ptanalysis.metrics.money.mature import spent_in
from ptanalysis.metrics.money.roi_by_side import roi
from ptanalysis.metrics.quality.quality_by_quarter import quality_change, quality_of
from ptanalysis.metrics.volume import WEEK, all_of_quarter, change, first_day, short_of
from ptanalysis.stats import Estimate, Estimates, cost_ratio, roi_ratio

#: What the quarter is compared with, and how many quarters back that is.
BEFORE = {"quarter before": 1, "year before": 4}
#: Length of the spans of spend that are compared.
WEEKS_OF_SPEND = 13


def leads_compared(clinic: ClinicData) -> Estimates:
    """Return the quarter's leads, those of the quarter before and a year before, and the ratios.

    Returns
    -------
    Estimates
        Five rows, by ``group``: ``this quarter``, ``quarter before``, ``change from quarter
        before`` and the same for the year before. Each says why where it is not known.
    """

    def counted(quarters: int) -> Estimate:
        quarter = clinic.quarter.previous(quarters) if quarters else clinic.quarter
        found = all_of_quarter(clinic, quarter)
        if quarters and (reason := short_of(clinic, quarter)):
            return Estimate.not_identified(reason, unit="leads", n=found.n)
        return found

    def changed(quarters: int, *_: Estimate) -> Estimate:
        return change(clinic, clinic.quarter.previous(quarters), by=None).each()[0]

    return _compared("leads_compared", "volume", counted, changed)


def quality_compared(clinic: ClinicData) -> Estimates:
    """Return the share of the quarter's screened leads that qualified, then and a year before.

    Returns
    -------
    Estimates
        Rows as in `leads_compared`; changes in points. The method says at what age of the leads.
    """

    def share(quarters: int) -> Estimate:
        return quality_of(clinic, clinic.quarter.previous(quarters or 1), older=quarters > 0)

    def changed(quarters: int, *_: Estimate) -> Estimate:
        return quality_change(clinic, clinic.quarter.previous(quarters), by=None).each()[0]

    return _compared("quality_compared", "quality", share, changed)


def money_compared(clinic: ClinicData) -> Estimates:
    """Return cost per patient and money back per unit of money, now, before and a year before.

    Returns
    -------
    Estimates
        Rows as in `leads_compared`, for ``cost_per_patient_compared`` and ``back_compared``;
        changes are ratios. *This quarter* are the newest 13 weeks of spend whose leads have been
        followed for the clinic's weeks to a patient (the method names their last day).

    Notes
    -----
    Leads and spend of the same weeks are set against each other, whichever campaign they are of:
    in a span, late leads of earlier campaigns stand in for those still to come of its own.
    """
    spans = {back: _span(clinic, back) for back in (0, *BEFORE.values())}
    unit = clinic.config.money

    def cost(back: int) -> Estimate:
        found = _all(clinic, cost_per, spans[back], f"{unit}_per_patient", "patients")
        return _dated(clinic, back, found)

    def returned(back: int) -> Estimate:
        return _dated(clinic, back, money_back(_all(clinic, roi, spans[back], "roi"), unit=unit))

    def dearer(back: int, *numbers: Estimate) -> Estimate:
        of = [spans[each][name] for each in (0, back) for name in ("cost", "patients")]
        return _no_ratio(*numbers) or cost_ratio(*of)

    def better(back: int, *numbers: Estimate) -> Estimate:
        a, b = spans[0], spans[back]
        of = {"patients_a": a["patients"], "patients_b": b["patients"]}
        return _no_ratio(*numbers) or roi_ratio(
            a["revenue"], a["cost"], b["revenue"], b["cost"], sides=("these weeks", "earlier"), **of
        )

    return Estimates(
        pd.concat(
            [
                _compared("cost_per_patient_compared", "roi", cost, dearer),
                _compared("back_compared", "roi", returned, better),
            ],
            ignore_index=True,
        )
    )


def money_back(found: Estimate, *, unit: str) -> Estimate:
    """Return an ROI as what one unit of money brought back.

    Examples
    --------
    >>> half = Estimate(value=-.5, ci_low=-.75, ci_high=.25, unit="roi", n=9, method="t")
    >>> back = money_back(half, unit="usd")
    >>> back.value, back.ci_low, back.ci_high, back.unit
    (0.5, 0.25, 1.25, 'usd')
    """
    ends = {
        name: None if (end := getattr(found, name)) is None else 1 + end
        for name in ("value", "ci_low", "ci_high")
    }
    return replace(found, **ends, unit=unit)


def _compared(measure: str, question: str, value: Callable, changed: Callable) -> Estimates:
    """Return numbers by how far back they are, and their changes, given that, now and then."""
    now = value(0)
    rows = {"this quarter": now}
    for when, back in BEFORE.items():
        then = value(back)
        rows |= {when: then, f"change from {when}": changed(back, now, then)}
    return Estimates.of(each.labelled(measure, question, group) for group, each in rows.items())


def _last_day(clinic: ClinicData, back: int) -> pd.Timestamp:
    weeks = clinic.assumptions.weeks_to_patient + WEEKS_OF_SPEND * back
    return clinic.as_of - weeks * WEEK


def _span(clinic: ClinicData, back: int) -> pd.DataFrame:
    """Return the clusters of 13 weeks of spend; empty where the record does not reach back."""
    end = _last_day(clinic, back) + pd.Timedelta(days=1)
    start = end - WEEKS_OF_SPEND * WEEK
    first = [first_day(clinic), clinic.spend["period_start"].min()]
    found = spent_in(clinic, start, end)
    return found if all(each <= start + WEEK for each in first) else found.iloc[:0]


def _all(clinic: ClinicData, ask: Callable, span: pd.DataFrame, unit: str, *event: str) -> Estimate:
    if span.empty:
        why = "the clinic's leads and spend do not reach back so far"
        why = "no spend is recorded: export spend.csv" if clinic.spend.empty else why
        return Estimate.not_identified(why, unit=unit)
    return ask(span.assign(whole="all"), *event, by="whole").each()[0]


def _dated(clinic: ClinicData, back: int, found: Estimate) -> Estimate:
    until = f"{_last_day(clinic, back):%Y-%m-%d}"
    return replace(found, method=f"{found.method}; {WEEKS_OF_SPEND} weeks to {until}")


def _no_ratio(*numbers: Estimate) -> Estimate | None:
    """Return why numbers have no ratio, or None."""
    missing = next((each for each in numbers if not each.known), None)
    return missing and Estimate.not_identified(missing.reason, unit="ratio")


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
