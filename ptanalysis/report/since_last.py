"""What changed since the last report, and how the last report's numbers read today.

When a quarter's report is made anew, the findings.json of the one before is first added to
``reports/<clinic>/history/<quarter>.jsonl``, with the day it was made: a line a version, none of
which is ever changed. `forget` removes them with all other reports.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

import pandas as pd

from ptanalysis.dataset import ClinicData
from ptanalysis.display import phrases, words
from ptanalysis.display.numbers import bare_number
from ptanalysis.metrics.known_then import known_by
from ptanalysis.report.report_text import ReportText, change_in_words, price

_KEY = ["direction", "channel"]
#: What is compared, and why it may have grown since.
_ROWS = {
    "leads": ("Leads", ""),
    "screened": ("Screened", "late screenings"),
    "sql": ("SQLs", "late qualifications"),
    "patients": ("Patients", "late conversions"),
    "cost": ("Spend", ""),
    "revenue": ("Collected", "late payments and refunds"),
}
_COMPARED = {
    "leads_compared": ("Leads of the quarter", "better"),
    "quality_compared": ("Qualified, of those screened", "better"),
    "cost_per_patient_compared": ("Cost per patient, 13 weeks of spend", "worse"),
    "back_compared": ("Back per {one}, 13 weeks of spend", "better"),
}


def keep(report: Path) -> None:
    """Add the findings of a report that is about to be replaced to its kept copies."""
    shown, kept = _shown_in(report), _kept(report)
    if shown and (not kept or kept[-1]["findings"] != shown["findings"]):
        file = _file(report)
        file.parent.mkdir(exist_ok=True)
        with file.open("a", encoding="utf-8") as lines:
            lines.write(f"\n{json.dumps(shown, ensure_ascii=False)}\n")


def copies(report: Path) -> list[dict]:
    """Return each version of a quarter's findings, oldest first: ``run_on, findings``."""
    shown = _shown_in(report)
    return _kept(report) + ([shown] if shown else [])


def last_report(report: Path, *, on: date) -> dict | None:
    """Return the findings of the quarter before that has a report, as they were reported.

    Parameters
    ----------
    report : Path
        Folder of this quarter's report.
    on : date
        Today: what was run again today is not what was reported, where there is an earlier version.
    """
    beside = sorted(path for path in report.parent.glob("[0-9]*Q[1-4]") if path.name < report.name)
    versions = copies(beside[-1]) if beside else []
    earlier = [each for each in versions if each["run_on"] < f"{on}"]
    return next(reversed(earlier or versions), None)


def _file(report: Path) -> Path:
    return report.parent / "history" / f"{report.name}.jsonl"


def _kept(report: Path) -> list[dict]:
    lines = _file(report).read_text("utf-8").splitlines() if _file(report).is_file() else []
    return [json.loads(line) for line in lines if line.endswith("}}")]  # not one cut off by a kill


def _shown_in(report: Path) -> dict | None:
    file = report / "findings.json"
    if not file.is_file():
        return None
    made = date.fromtimestamp(file.stat().st_mtime)
    return {"run_on": f"{made}", "findings": json.loads(file.read_text("utf-8"))}


def since(text: ReportText, clinic: ClinicData, kept: Mapping | None) -> dict:
    """Return the page's part on what changed: a note and its tables.

    Parameters
    ----------
    text : ReportText
    clinic : ClinicData
    kept : mapping or None
        Of `last_report`.
    """
    changes = {
        "caption": "Against the quarter before, at equal age of the leads",
        "head": ["What", "Now", "Before", "Change", "Beyond the usual swing?"],
        "rows": list(_changes(text)),
    }
    end = clinic.quarter.previous(1).end
    day = pd.Timestamp(kept["findings"]["as_of"] if kept else end)
    if clinic.leads.empty or clinic.leads["lead_at"].min() > day:
        note = "" if clinic.leads.empty else "This is the first report of this record."
        return {"note": note, "tables": [changes]}
    return {"note": _note(kept, day), "tables": [changes, *_restated(clinic, kept, day)]}


def _changes(text: ReportText) -> Iterator[list[str]]:
    for measure, (name, up_is) in _COMPARED.items():
        groups = ("this quarter", "quarter before", "change from quarter before")
        now, before, change = (text.found[measure, group] for group in groups)
        if now.known:
            say = phrases.brief if change.unit == "points" else phrases.more_or_fewer
            said = [price(now), price(before), say(change)]
            yield [name.format(one=text.one), *said, change_in_words(change, up_is=up_is)["word"]]


def _note(kept: Mapping | None, day: pd.Timestamp) -> str:
    if kept:
        run = words.long_day(date.fromisoformat(kept["run_on"]))
        return f"The last report was made on {run}, {words.as_of(day)}."
    return (
        f"No earlier report is kept: its numbers are worked out again {words.as_of(day)}, so that"
        " what was edited in the exports since does not show."
    )


def _restated(clinic: ClinicData, kept: Mapping | None, day: pd.Timestamp) -> Iterator[dict]:
    same, now = (known_by(clinic, day, on=on).set_index(_KEY) for on in (day, clinic.as_of))
    then = pd.DataFrame(kept["findings"]["stages"]).set_index(_KEY) if kept else same
    unit = clinic.config.money
    sums = {
        name: [each[name].sum(min_count=1) for each in (then, same, now)]
        for name in _ROWS
        if name in then
    }
    yield {
        "caption": f"All leads and spend until {words.long_day(day)}, as reported and as known now",
        "head": ["What", "As reported", "As known now", "Why"],
        "rows": [
            [_ROWS[name][0], _shown(each[0], name, unit), _shown(each[2], name, unit), said]
            for name, each in sums.items()
            if (said := _why(name, *each, unit=unit))
        ],
    }
    counted = same[["leads", "cost"]].add_suffix("_now")
    both = then[["leads", "cost"]].join(counted, how="outer")
    both = both.fillna(0)
    moved = both[(both["leads"] != both["leads_now"]) | (_differ(both["cost"], both["cost_now"]))]
    is_same = both["leads"].sum() == both["leads_now"].sum()
    why = "Counted under another channel since" if is_same else "Exports edited or completed"
    yield {
        "caption": "Channels that count otherwise than reported",
        "head": ["Channel", "Leads reported", "Leads now", "Spend reported", "Spend now", "Why"],
        "rows": [
            [
                words.label(channel),
                *(_shown(row[name], name[:5], unit) for name in ("leads", "leads_now")),
                *(_shown(row[name], "cost", unit) for name in ("cost", "cost_now")),
                why if row["leads"] != row["leads_now"] else "Spend edited or completed",
            ]
            for (_, channel), row in moved.iterrows()
        ],
    }


def _why(name: str, then: float, same: float, now: float, *, unit: str) -> str:
    """Return why a number is another now; empty where nothing was ever recorded of it."""
    if pd.isna(then):
        return "Not recorded then" if now else ""
    parts = []
    if _differ(then, same):
        parts.append(f"{_signed(same - then, name, unit)} by exports edited or completed since")
    if _differ(same, now):
        parts.append(f"{_signed(now - same, name, unit)} by {_ROWS[name][1]}")
    return words.head("; ".join(parts)) or "As reported"


def _differ(a, b):
    return abs(a - b) > 0.005


def _shown(value: float, name: str, unit: str) -> str:
    kind = unit if name in ("cost", "revenue") else "leads"
    return "–" if pd.isna(value) else bare_number(value, kind, decimals=0)


def _signed(value: float, name: str, unit: str) -> str:
    return f"{'+' if value > 0 else ''}{_shown(value, name, unit)}"
