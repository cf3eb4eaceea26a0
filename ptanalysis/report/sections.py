"""The page's parts below the first screen: tables of sections.toml, of words, the clinic's own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import pandas as pd

from ptanalysis.dataset import ClinicData
from ptanalysis.display import phrases, words
from ptanalysis.display.numbers import whole
from ptanalysis.metrics.counts_only import claimed
from ptanalysis.report.front_matter import texts
from ptanalysis.report.report_text import ReportText
from ptanalysis.report.strips import strip
from ptanalysis.stats import Estimate, wilson

#: Kinds of data problems shown on the page; all of them are in findings.json.
_MOST_FAULTS = 12


def parts_of(
    text: ReportText, rows: Mapping[str, Iterable] | None = None, *, since: str = ""
) -> list[dict]:
    """Return each part: id, title, what it says in a line, and its tables.

    `rows` are those of tables that are made of the clinic's own, by the name sections.toml gives
    them; `since` is the note on the last report. A row's first cell names it; a cell is text, or a
    mapping with ``text`` and ``bar`` (percent) or ``strip``.
    """
    own = {"open": _open(text), "faults": _faults(text)} | dict(rows or {})
    notes = {"data": text.ledger, "since": since}
    parts = [
        {name: part[name] for name in ("id", "title")}
        | {
            "note": notes.get(part["id"], ""),
            "tables": [each for spec in part["table"] if (each := _table(spec, text, own))["rows"]],
        }
        for part in texts("sections.toml")["section"]
    ]
    return [each for each in parts if each["tables"] or each["note"]]


def _table(spec: Mapping, text: ReportText, own: Mapping[str, Iterable]) -> dict:
    made = own.get(spec["rows"], ()) if "rows" in spec else _estimated(spec, text.found)
    return {"caption": spec["caption"], "head": spec["head"], "rows": list(made)}


def _estimated(spec: Mapping, found: Mapping) -> Iterator[list]:
    for row in _rows(spec, found):
        yield [_name(row), *(_cell(cell, row, found) for cell in spec["cell"])]


def _rows(spec: Mapping, found: Mapping) -> Iterator[dict]:
    """Yield the words of each row: of each group of a measure, or of those that are named."""
    for row in spec["row"]:
        if "each" not in row:
            if any(_estimate(cell, row, found).known for cell in spec["cell"]):
                yield row
            continue
        _, absent, measure = row.get("with", "").rpartition("not ")
        for each in found.each(row["each"]):
            has = not measure or ((measure, each.group) in found) != bool(absent)
            if has and (each.known or "known" not in row):
                yield row | {"group": each.group}


def _name(row: Mapping) -> str:
    return row.get("name", "").format(**row) or words.group(row["group"])


def _estimate(cell: Mapping, row: Mapping, found: Mapping) -> Estimate:
    measure = cell.get("measure", row.get("each", "")).format(**row)
    return found[measure, cell.get("group") or row["group"]]


def _cell(cell: Mapping, row: Mapping, found: Mapping) -> dict | str:
    estimate = _estimate(cell, row, found)
    how, of, kind = (cell.get(part, "").format(**row) for part in ("as", "of", "strip"))
    said = {"text": _said(estimate, how, of)}
    if kind and not phrases.refused(estimate):
        return said | {"strip": strip(estimate, kind)}
    if how == "of_100" and estimate.known:
        return said | {"bar": round(100 * estimate.value, 1)}
    return said["text"]


def _said(estimate: Estimate, how: str, of: str) -> str:
    n = words.count(estimate.n, of).strip()
    match how:
        case "n":
            return n
        case "count":
            return f"{estimate.value:,.0f}"
        case "more":
            return phrases.more_or_fewer(estimate)
        case "percent":
            return phrases.percent(estimate)
        case "of_100" if estimate.known:
            return phrases.brief(estimate).replace("%", "")
    return phrases.brief(estimate, behind=n if of else "")


def _open(text: ReportText) -> Iterator[list]:
    for each in text.claims:
        if each["open"]:
            yield [each["statement"], each["word"], each["settles"]]


def _faults(text: ReportText) -> Iterator[list]:
    for each in text.faults[:_MOST_FAULTS]:
        rows = f"{each['rows']:,.0f}" if each["rows"] else ""
        said = [words.head(each[part]) for part in ("message", "severity", "what_to_do")]
        yield [*said[:2], rows, said[2]]


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
