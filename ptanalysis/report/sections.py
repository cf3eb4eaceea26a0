"""The page's parts below the first screen: tables and sentences of what findings.json holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd

from ptanalysis.display import phrases, words
from ptanalysis.report.strips import strip
from ptanalysis.stats import Estimate

_SIDES = ("inbound", "outbound", "neither", "unknown")
_OF_100 = {
    "lead_to_mql_rate": "potential clients",
    "share_screened": "screened, of those to be screened",
    "screened_to_sql_rate": "qualified, of 100 screened",
    "lead_to_patient_rate": "patients",
}
_COSTS = {"lead": "leads", "mql": "MQLs", "sql": "SQLs", "patient": "patients"}
#: By measure: what it says, and what stands behind it.
_AGES = {
    "half_life_weeks": ("Weeks until the extra leads have halved, {}", ""),
    "first_sql_difference": (
        "Weeks to the first qualified lead, inbound less outbound",
        "campaigns and pages",
    ),
    "growth": ("Leads of an inbound page, months 7–12 over months 1–6", "pages"),
}
_VENDOR_COSTS = {
    "cost_per_lead": "Cost per lead",
    "cost_per_sql": "Per SQL",
    "cost_per_patient": "Per patient",
}
#: Kinds of data problems shown on the page; all of them are in findings.json.
_MOST_WARNINGS = 12


def parts_of(document: Mapping, found: Mapping) -> list[dict]:
    """Return each part: id, title, what it says in a line, and its tables.

    A table has a caption, the heads of its columns, and rows whose first cell names the row; a cell
    is text, or a mapping with ``text`` and ``bar`` (percent).
    """
    made = [
        _section("volume", "How many leads came, and from where", _volume(found)),
        _section("quality", "Of 100 leads: how many qualify, how many become patients", _of(found)),
        _section("money", "What a lead, a qualified lead and a patient cost", _money(found)),
        _section("stops", "What is left after a campaign stops", _stops(found)),
        _section("vendors", "What each vendor delivers", _vendors(found)),
        _section("open", "What these data cannot tell, and what would", _open(document)),
        _section("data", "How good the records are", _data(document), note=_ledger(document)),
    ]
    return [each for each in made if each["tables"] or each["note"]]


def _section(id: str, title: str, tables: Iterator[dict], note: str = "") -> dict:
    return {
        "id": id,
        "title": title,
        "note": note,
        "tables": [each for each in tables if each["rows"]],
    }


def _table(caption: str, head: list[str], rows: list[list]) -> dict:
    return {"caption": caption, "head": head, "rows": rows}


def _volume(found: Mapping) -> Iterator[dict]:
    changes = {each.group: each for each in found.each("change_from_previous_quarter")}
    rows = [
        [
            words.group(each.group),
            f"{each.value:,.0f}",
            phrases.brief(found["share_of_leads", each.group]),
            phrases.more_or_fewer(changes[each.group]) if each.group in changes else "",
        ]
        for each in found.each("leads")
        if each.known
    ]
    sides = [row for row in rows if row[3]]
    channels = [row[:3] for row in rows if row[2] and not row[3]]
    for row in sides:
        row.pop(2)
    yield _table(
        "Leads of the quarter, by side", ["Side", "Leads", "Against the quarter before"], sides
    )
    yield _table("Leads of the quarter, by channel", ["Channel", "Leads", "Share"], channels)


def _of(found: Mapping) -> Iterator[dict]:
    rows = [
        [words.group(side), *(_of_100(found[measure, side]) for measure in _OF_100)]
        for side in _SIDES
        if found["lead_to_mql_rate", side].known or found["share_screened", side].known
    ]
    heads = ["Of 100 leads", *map(words.head, _OF_100.values())]
    yield _table("Leads old enough to judge, with 95% intervals", heads, rows)


def _of_100(found: Estimate) -> dict | str:
    if not found.known:
        return phrases.brief(found)
    return {"text": phrases.brief(found).replace("%", ""), "bar": round(100 * found.value, 1)}


def _money(found: Mapping) -> Iterator[dict]:
    rows = []
    for event, of in _COSTS.items():
        costs = [found[f"cost_per_{event}", side] for side in ("inbound", "outbound")]
        ratio = found[f"cost_per_{event}_ratio", "outbound / inbound"]
        if any(each.known for each in costs):
            shown = [phrases.brief(each, behind=words.count(each.n, of)) for each in costs]
            rows.append(
                [f"Cost per {words.inside(words.label(event))}", *shown, phrases.brief(ratio)]
            )
    heads = ["Full cost", "Inbound", "Outbound", "Outbound, times inbound"]
    yield _table("Full cost: media, fees, print, software and staff hours", heads, rows)


def _stops(found: Mapping) -> Iterator[dict]:
    rows = [
        [
            f"Extra weekly leads left 5–12 weeks after {each.group} stops",
            {"text": phrases.percent(each), "strip": strip(each, "share")},
            words.count(each.n, "stops"),
        ]
        for each in found.each("persistence")
    ]
    for measure, (said, of) in _AGES.items():
        rows += [
            [
                said.format(each.group),
                {"text": phrases.brief(each), "strip": strip(each, each.unit) if of else None},
                f"{each.n:,.0f} {of or 'stops'}",
            ]
            for each in found.each(measure)
        ]
    yield _table("After a stop, and with age", ["What", "Found", "Behind it"], rows)


def _vendors(found: Mapping) -> Iterator[dict]:
    rows = [
        [
            each.group,
            f"{each.n:,.0f}",
            phrases.brief(found["screened_to_sql_rate", each.group]),
            phrases.brief(each),
            *(phrases.brief(found[cost, each.group]) for cost in _VENDOR_COSTS),
        ]
        for each in found.each("vendor_sql_share_difference")
    ]
    heads = ["Vendor", "Leads", "Screened that qualified", "Against the rest of its side"]
    heads += _VENDOR_COSTS.values()
    yield _table("Each vendor's own leads, whole record", heads, rows)


def _open(document: Mapping) -> Iterator[dict]:
    rows = [
        [
            each["statement"],
            words.VERDICTS[each["verdict"]],
            words.head(each["needs"] or phrases.remark(_reason(each))),
        ]
        for each in document["claims"]
        if each["verdict"] in ("cannot_tell", "not_testable")
    ]
    yield _table("Open claims", ["What is said", "Verdict", "What would settle it"], rows)


def _reason(claim: Mapping) -> Estimate:
    return Estimate.not_identified(claim["reason"] or "not known", unit=claim["unit"])


def _data(document: Mapping) -> Iterator[dict]:
    frame = pd.DataFrame(document["warnings"])
    if frame.empty:
        return
    kinds = frame.groupby(["severity", "code"], sort=False)
    first = {name: (name, "first") for name in ("message", "what_to_do")}
    sums = kinds.agg(rows=("rows", "sum"), **first).reset_index()
    rows = [
        [
            words.head(each.message),
            words.head(each.severity),
            f"{each.rows:,.0f}" if each.rows else "",
            words.head(each.what_to_do),
        ]
        for each in sums.head(_MOST_WARNINGS).itertuples()
    ]
    yield _table("Faults in the exports", ["What", "Rows are", "Rows", "How to fix it"], rows)


def _ledger(document: Mapping) -> str:
    rows = document["ledger"]
    return (
        f"{words.count(rows['rows_in'], 'inquiries')} were read: {rows['leads']:,} leads,"
        f" {rows['duplicates']:,} copies of a lead, {rows['not_leads']:,} no lead,"
        f" {rows['rejected']:,} not usable."
    )
