"""Tables of the page made of the clinic's own: vendors' bills, published figures beside."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from ptanalysis.dataset import ClinicData
from ptanalysis.display import phrases, words
from ptanalysis.display.numbers import bare_number
from ptanalysis.metrics.counts_only import claimed
from ptanalysis.report.front_matter import texts
from ptanalysis.report.report_text import ReportText
from ptanalysis.stats import Estimate, wilson

_GRADES = {
    "A": "peer-reviewed or large raw data",
    "B": "named study, visible method",
    "C": "a vendor's figure",
    "D": "folklore: no one has shown the data, so do not compare",
}
_CLAIMED = {"claimed": "conversions an ad platform reports", "checked": "totals of a report"}


def vendors(clinic: ClinicData) -> dict:
    """Return what each vendor was paid for its leads, and what platforms say they sent."""
    return {"note": "", "tables": [_bills(clinic), _reported(clinic)]}


def _bills(clinic: ClinicData) -> dict:
    leads, spend, unit = clinic.leads, clinic.spend, clinic.config.money
    counts = leads.groupby("vendor")[["lead_id", "sql_at"]].count()
    fees = spend[spend["kind"] == "agency"]
    paid, fee = (rows.groupby("vendor")["amount"].sum() for rows in (spend, fees))
    names = sorted({*counts.index, *paid.index})
    return {
        "caption": "What each vendor was paid, whole record; the rest is media, print and postage",
        "head": ["Vendor", "Leads", "Of them known to qualify", "Paid", "Of it fees"],
        "rows": [
            [
                name,
                f"{counts['lead_id'].get(name, 0):,}",
                f"{counts['sql_at'].get(name, 0):,}" if leads["sql_at"].notna().any() else "–",
                *(_amount(each.get(name), unit) for each in (paid, fee)),
            ]
            for name in names
        ],
    }


def _amount(value: float | None, unit: str) -> str:
    return "–" if value is None else bare_number(value, unit, decimals=0)


def _reported(clinic: ClinicData) -> dict:
    found = claimed(clinic).reset_index() if len(clinic.totals) else pd.DataFrame()
    return {
        "caption": "What others count beside the leads that arrived on the same days",
        "head": ["Channel", "Counted by", "Days", "Their count", "Leads that arrived"],
        "rows": [
            [
                words.label(row.channel),
                words.head(_CLAIMED[row.kind]),
                f"{words.long_day(row._3)} to {words.long_day(row.to)}",
                f"{row.counted:,.0f}",
                f"{row.arrived:,}",
            ]
            for row in found.itertuples()
        ],
    }


def beside(text: ReportText, clinic: ClinicData) -> dict:
    """Return published figures beside the clinic's own, with their grade and source."""
    table = {
        "caption": "Published figures are of other clinics, years and definitions: no target",
        "head": ["What", "This clinic", "Published", "Of what", "Source", "Grade"],
        "rows": list(_figures(text, clinic)),
    }
    return {"note": "", "tables": [table]}


def _figures(text: ReportText, clinic: ClinicData) -> Iterator[list[str]]:
    shown = phrases.brief(show_rate(clinic))
    for row in texts("benchmarks.toml")["benchmark"]:
        own = shown if row["measure"] == "show_rate" else _own(text, row["measure"])
        yield [
            row["name"],
            own if row["grade"] != "D" else "–",
            row["figure"],
            words.head(row["what"]),
            row["source"],
            f"{row['grade']}: {_GRADES[row['grade']]}",
        ]


def _own(text: ReportText, measure: str) -> str:
    """Return the clinic's estimate of all leads, or of each side where there is none of all."""
    whole, sides = text.found[measure, "all"], ("inbound", "outbound")
    known = [side for side in sides if text.found[measure, side].known]
    if whole.known or not known:
        return phrases.brief(whole)
    return "; ".join(f"{side} {phrases.brief(text.found[measure, side])}" for side in known)


def show_rate(clinic: ClinicData) -> Estimate:
    """Return the share of booked first visits that were attended.

    Of the leads whose first visit on the books was due by the as-of day; a visit that was moved
    and then attended counts as attended.
    """
    due = clinic.leads[clinic.leads["visit_booked_at"] < clinic.as_of + pd.Timedelta(days=1)]
    if due.empty:
        return Estimate.not_identified("no visit is recorded: export visits.csv", unit="share")
    return wilson(due["visit_attended_at"].notna().sum(), len(due))
