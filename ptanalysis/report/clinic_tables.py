"""Tables of the page made of the clinic's own: vendors' bills, published figures beside."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from ptanalysis.dataset import ClinicData
from ptanalysis.display import phrases, words
from ptanalysis.display.numbers import whole
from ptanalysis.metrics.counts_only import claimed
from ptanalysis.report.front_matter import texts
from ptanalysis.report.report_text import ReportText
from ptanalysis.stats import Estimate, wilson

_CLAIMED = {"claimed": "Conversions an ad platform reports", "checked": "Totals of a report"}


def rows_of(text: ReportText, clinic: ClinicData) -> dict[str, Iterator[list[str]]]:
    """Return the rows of each table that is made of the clinic's own, by its name."""
    made = {"bills": bills(clinic), "claimed": reported(clinic)}
    return made | {"published": published(text, clinic)}


def bills(clinic: ClinicData) -> Iterator[list[str]]:
    """Yield what each vendor was paid for its leads, and what of it was its fee."""
    leads, spend, unit = clinic.leads, clinic.spend, clinic.config.money
    counts = leads.groupby("vendor")[["lead_id", "sql_at"]].count()
    each_of = (spend, spend[spend["kind"] == "agency"])
    paid, fee = (rows.groupby("vendor")["amount"].sum() for rows in each_of)
    for name in sorted({*counts.index, *paid.index}):
        known = leads["sql_at"].notna().any()
        sqls = f"{counts['sql_at'].get(name, 0):,}" if known else "–"
        shown = (whole(each.get(name), unit) for each in (paid, fee))
        yield [name, f"{counts['lead_id'].get(name, 0):,}", sqls, *shown]


def reported(clinic: ClinicData) -> Iterator[list[str]]:
    """Yield what platforms and totals count beside the leads that arrived."""
    found = claimed(clinic).reset_index() if len(clinic.totals) else pd.DataFrame()
    for row in found.itertuples():
        days = f"{words.long_day(row._3)} to {words.long_day(row.to)}"
        counts = (f"{row.counted:,.0f}", f"{row.arrived:,}")
        yield [words.label(row.channel), _CLAIMED[row.kind], days, *counts]


def published(text: ReportText, clinic: ClinicData) -> Iterator[list[str]]:
    """Yield published figures beside the clinic's own, with their grade and source."""
    shown, figures = phrases.brief(show_rate(clinic)), texts("benchmarks.toml")
    for row in figures["benchmark"]:
        own = shown if row["measure"] == "show_rate" else _own(text, row["measure"])
        own = own if row["grade"] != "D" else "–"
        grade = f"{row['grade']}: {figures['grades'][row['grade']]}"
        yield [row["name"], own, row["figure"], words.head(row["what"]), row["source"], grade]


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
