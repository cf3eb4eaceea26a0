"""What a dollar brought back: ROI of each side, how the sides compare, and what it rests on."""

from __future__ import annotations

import pandas as pd

from ptanalysis.dataset import ClinicData
from ptanalysis.metrics.money.compare_sides import arms_of, missing, with_caveat
from ptanalysis.metrics.money.cost_per_outcome import facts
from ptanalysis.metrics.money.mature import SIDES, by_cluster
from ptanalysis.stats import Estimate, fay_feuer_total
from ptanalysis.stats import roi as roi_of
from ptanalysis.stats import roi_difference as roi_difference_of
from ptanalysis.stats import roi_ratio as roi_ratio_of

_WEEK = pd.Timedelta(weeks=1)


def roi(
    tables: ClinicData, *, column: str = "direction", confidence_level: float = 0.95
) -> list[Estimate]:
    """Return (revenue - cost) / cost of each direction or channel, the highest first."""
    return roi_of_groups(by_cluster(tables), by=column, confidence_level=confidence_level)


def roi_of_groups(
    frame: pd.DataFrame, *, by: str = "direction", confidence_level: float = 0.95
) -> list[Estimate]:
    """Return `roi` of clusters."""
    found = []
    for group, arm in frame.groupby(by):
        if arm["cost"].sum() == 0:
            estimate = Estimate.not_identified(
                "no cost is recorded", unit="roi", n=arm["patients"].sum()
            )
        else:
            estimate = roi_of(
                arm["revenue"],
                arm["cost"],
                patients=arm["patients"],
                confidence_level=confidence_level,
            )
        found.append(estimate.labelled("roi", "roi", group))
    return sorted(found, key=lambda each: -(each.value if each.known else -9))


def roi_ratio(tables: ClinicData, *, null: float = 1.0, confidence_level: float = 0.95) -> Estimate:
    """Return inbound's revenue per dollar of full cost over outbound's."""
    test = {"null": null, "confidence_level": confidence_level}
    return compare_roi(by_cluster(tables), facts(tables), "ratio", **test)


def roi_difference(
    tables: ClinicData, *, null: float = 0.0, confidence_level: float = 0.95
) -> Estimate:
    """Return inbound's ROI less outbound's."""
    test = {"null": null, "confidence_level": confidence_level}
    return compare_roi(by_cluster(tables), facts(tables), "roi", **test)


def total_revenue(tables: ClinicData, *, confidence_level: float = 0.95) -> list[Estimate]:
    """Return each direction's revenue within 26 weeks of the lead, the largest first.

    For a clinic that names no campaigns: the interval allows for another number of patients, and
    holds what they pay as seen. Leads followed for less than 26 weeks are not in it.

    Returns
    -------
    list of Estimate
        In the clinic's currency; see `ptanalysis.stats.fay_feuer_total`.
    """
    horizon = tables.assumptions.weeks_to_patient * _WEEK
    leads = tables.leads[tables.leads["lead_at"] + horizon <= tables.as_of + pd.Timedelta(days=1)]
    paid = tables.payments.merge(leads[["lead_id", "lead_at", "direction"]], on="lead_id")
    paid = paid[paid["paid_at"] <= paid["lead_at"] + horizon]
    net = paid.groupby(["direction", "lead_id"])["amount"].sum().clip(lower=0)
    return totals_of(net, tables.config.money, confidence_level=confidence_level)


def totals_of(net: pd.Series, money: str, *, confidence_level: float = 0.95) -> list[Estimate]:
    """Return the total of each group of the first index level, the largest first."""
    found = [
        fay_feuer_total(of, unit=money, confidence_level=confidence_level).labelled(
            "total_revenue", "roi", group
        )
        for group, of in net.groupby(level=0)
    ]
    return sorted(found, key=lambda each: -(each.value or 0))


def compare_roi(
    frame: pd.DataFrame, known: dict[str, str], unit: str, *, null: float, confidence_level: float
) -> Estimate:
    """Return inbound's ROI beside outbound's, as a ``ratio`` of returns or a difference (``roi``).

    `known` is what `ptanalysis.metrics.money.cost_per_outcome.facts` says of the clinic.
    """
    inbound, outbound, paired = arms_of(frame)
    compare = {"ratio": roi_ratio_of, "roi": roi_difference_of}[unit]
    label = (f"roi_{'ratio' if unit == 'ratio' else 'difference'}", "roi", "inbound vs outbound")
    if reason := missing(inbound, outbound, paid=known["revenue"]):
        return Estimate.not_identified(reason, unit=unit).labelled(*label)
    found = compare(
        inbound["revenue"],
        inbound["cost"],
        outbound["revenue"],
        outbound["cost"],
        patients_a=inbound["patients"],
        patients_b=outbound["patients"],
        null=null,
        confidence_level=confidence_level,
        names=SIDES,
        paired=paired,
    )
    return with_caveat(found, frame).labelled(*label)
