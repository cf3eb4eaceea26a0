"""What a dollar brought back: ROI of each side, and how the sides compare."""

from __future__ import annotations

import pandas as pd

from ptanalysis.dataset import ClinicData
from ptanalysis.metrics.clinic_facts import allowed, each_clinic, facts, given
from ptanalysis.metrics.money.compare_sides import (
    counts_only,
    known_units,
    missing,
    with_caveat,
    with_reason,
)
from ptanalysis.metrics.money.mature import SIDES, units
from ptanalysis.stats import Estimate, Estimates, fay_feuer_total, held_together
from ptanalysis.stats import roi as roi_of
from ptanalysis.stats import roi_difference as roi_difference_of
from ptanalysis.stats import roi_ratio as roi_ratio_of

#: What `roi` compares the sides by: the function, its unit and the value of no difference.
COMPARISONS = {"ratio": (roi_ratio_of, "ratio", 1.0), "difference": (roi_difference_of, "roi", 0.0)}


def roi(
    units: pd.DataFrame,
    *,
    by: str = "direction",
    compare: str = "",
    confidence_level: float = 0.95,
) -> Estimates:
    """Return (revenue - cost) / cost, with its interval.

    Parameters
    ----------
    units : DataFrame
        From `ptanalysis.units`, followed as long as its revenue counts.
    by : str
        Column to group by.
    compare : {"", "ratio", "difference"}
        Inbound beside outbound instead: revenue per unit of money as a ratio, or ROI less ROI. Of
        several clinics their average, then each.
    confidence_level : float
        Of the sides; the intervals of any other groups hold together with 95%.

    Returns
    -------
    Estimates
        The highest first. Few units, few patients, or one that holds most of the cost: the value
        is a description without an interval. Not known where no payment was ever recorded.

    Raises
    ------
    FrameError
        Another word or column, or a frame that is not from `ptanalysis.units`.
    """
    unpaid = facts(units)["unknown"]["revenue"]
    if allowed("compare", compare, ("", *COMPARISONS)):
        return Estimates.of(compared(units, compare, confidence_level=confidence_level))
    allowed("by", by, units.select_dtypes(exclude="number").columns)
    arms = dict(list(units.groupby(given(units, by))))

    def asked(level: float) -> list[Estimate]:
        return [_roi(arm, unpaid, level) for arm in arms.values()]

    of_sides = by == "direction"
    each = asked(confidence_level) if of_sides else held_together(asked, f"{by}s")
    found = [one.labelled("roi", "roi", group) for one, group in zip(each, arms, strict=True)]
    return Estimates.of(sorted(found, key=lambda each: -(each.value if each.known else -9)))


def _roi(arm: pd.DataFrame, unpaid: str, confidence_level: float) -> Estimate:
    known, reason, left_out = known_units(arm, "revenue", unpaid)
    reason = reason if arm["cost"].sum() else "no cost is recorded"
    if reason:
        return Estimate.not_identified(reason, unit="roi", n=arm["patients"].sum())
    names = known["cluster"] if known["clinic"].nunique() < 2 else None
    of = {"patients": known["patients"].fillna(0), "names": names}
    of["confidence_level"] = confidence_level
    return with_reason(roi_of(known["revenue"], known["cost"], **of), left_out)


def roi_ratio(tables: ClinicData, *, null: float = 1.0, confidence_level: float = 0.95) -> Estimate:
    """Return inbound's revenue per dollar of full cost over outbound's."""
    return compared(units(tables), "ratio", null=null, confidence_level=confidence_level)[0]


def compared(units: pd.DataFrame, how: str, **test) -> list[Estimate]:
    """Return inbound's ROI beside outbound's, by a key of COMPARISONS; see `each_clinic`."""
    test = {"null": COMPARISONS[how][2]} | test
    label = (f"roi_{how}", "roi", "inbound vs outbound")
    return each_clinic(lambda of: _compared(of, how, **test), units, label=label, **test)


def _compared(units: pd.DataFrame, how: str, **test) -> Estimate:
    inbound, outbound = (units[units["direction"] == side] for side in SIDES)
    compare, unit, _ = COMPARISONS[how]
    if reason := _missing(inbound, outbound, facts(units)):
        return Estimate.not_identified(reason, unit=unit)
    found = compare(
        inbound["revenue"],
        inbound["cost"],
        outbound["revenue"],
        outbound["cost"],
        patients_a=inbound["patients"].fillna(0),
        patients_b=outbound["patients"].fillna(0),
        names_a=inbound["cluster"],
        names_b=outbound["cluster"],
        sides=SIDES,
        **test,
    )
    return with_caveat(found, units)


def _missing(inbound: pd.DataFrame, outbound: pd.DataFrame, known: dict) -> str:
    paid = counts_only(inbound, outbound) or known["unknown"]["revenue"]
    return missing(inbound, outbound, spent=known["spent"], paid=paid)


def revenue(
    patients: pd.DataFrame,
    *,
    by: str = "direction",
    currency: str = "USD",
    confidence_level: float = 0.95,
) -> Estimates:
    """Return each group's revenue, the largest first.

    The interval allows for another number of patients, and holds what they pay as seen.

    Parameters
    ----------
    patients : DataFrame
        One row a patient, with ``amount`` (payments less refunds) and the column to group by.
    by : str
    currency : str
        Code of the currency, as in ``clinic.config.currency``.
    confidence_level : float

    References
    ----------
    Fay & Feuer (1997), Stat. Med. 16:791.
    """
    allowed("by", by, patients.columns)
    test = {"unit": currency.lower(), "confidence_level": confidence_level}
    found = [
        fay_feuer_total(net.clip(lower=0), **test).labelled("total_revenue", "roi", group)
        for group, net in patients.groupby(by)["amount"]
    ]
    return Estimates.of(sorted(found, key=lambda each: -(each.value or 0)))
