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
from ptanalysis.display.numbers import whole
from ptanalysis.metrics.quarters_compared import known_by
from ptanalysis.report.front_matter import texts
from ptanalysis.report.report_text import ReportText, change_in_words, price

_KEY = ["direction", "channel"]
_GROUPS = ("this quarter", "quarter before", "change from quarter before")


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


def since(
    text: ReportText, clinic: ClinicData, kept: Mapping | None
) -> tuple[str, dict[str, list]]:
    """Return what is said of the last report, and the rows of the tables beside it by their names.

    Parameters
    ----------
    text : ReportText
    clinic : ClinicData
    kept : mapping or None
        Of `last_report`.
    """
    day = pd.Timestamp(kept["findings"]["as_of"] if kept else clinic.quarter.previous(1).end)
    rows = {"changes": list(_changes(text))}
    if clinic.leads.empty:
        return "", rows
    if clinic.leads["lead_at"].min() > day:
        return "This is the first report of this record.", rows
    same, now = (known_by(clinic, day, on=on).set_index(_KEY) for on in (day, clinic.as_of))
    then = pd.DataFrame(kept["findings"]["stages"]).set_index(_KEY) if kept else same
    unit = clinic.config.money
    rows |= {"restated": list(_restated(then, same, now, unit))}
    rows |= {"verdicts": list(_verdicts(text, kept))}
    return _note(kept, day), rows | {"moved": list(_moved(then, same, unit))}


def _spec(rows: str) -> Mapping:
    """Return what sections.toml says of a table."""
    tables = (each for part in texts("sections.toml")["section"] for each in part["table"])
    return next(each for each in tables if each.get("rows") == rows)


def _changes(text: ReportText) -> Iterator[list[str]]:
    for measure, name, up_is in _spec("changes")["names"]:
        now, before, change = (text.found[measure, group] for group in _GROUPS)
        if now.known:
            say = phrases.brief if change.unit == "points" else phrases.more_or_fewer
            size = say(change)
            if measure != "leads_compared":
                size = size.replace("fewer", "less")
            said = [price(now), price(before), size]
            yield [name.format(one=text.one), *said, change_in_words(change, up_is=up_is)["word"]]


def _verdicts(text: ReportText, kept: Mapping | None) -> Iterator[list[str]]:
    """Yield the claims that the last report judged otherwise."""
    spec, claims = _spec("verdicts"), kept["findings"].get("claims", ()) if kept else ()
    before = {each["id"]: each["verdict"] for each in claims}
    for claim in text.claims:
        then = before.get(claim["id"], claim["verdict"])
        if then != claim["verdict"]:
            meaning = spec["new" if claim["verdict"] in words.DECIDED else "gone"]
            said = meaning if {then, claim["verdict"]} & {*words.DECIDED} else ""
            yield [claim["statement"], words.verdict(then), claim["word"], said]


def _note(kept: Mapping | None, day: pd.Timestamp) -> str:
    if kept:
        run = words.long_day(date.fromisoformat(kept["run_on"]))
        return f"The last report was made on {run}, {words.as_of(day)}."
    return (
        f"No earlier report is kept: its numbers are worked out again {words.as_of(day)}, so that"
        " what was edited in the exports since does not show."
    )


def _restated(
    then: pd.DataFrame, same: pd.DataFrame, now: pd.DataFrame, unit: str
) -> Iterator[list[str]]:
    """Yield each sum as reported and as known now, and why they differ.

    `same` is what is on record now of the days and outcomes that the report could know.
    """
    late = _spec("restated")["late"]
    for name, said in _spec("restated")["names"].items():
        reported, again, known = (each[name].sum(min_count=1) for each in (then, same, now))
        parts = []
        if pd.isna(reported):
            parts = ["Not recorded then"] * bool(known)
        else:
            if _differ(reported, again):
                by = _signed(again - reported, name, unit)
                parts.append(f"{by} by exports edited or completed since")
            if _differ(again, known):
                parts.append(f"{_signed(known - again, name, unit)} by {late[name]}")
            parts = parts or ["No change"]
        if parts:
            shown = (_shown(each, name, unit) for each in (reported, known))
            yield [said, *shown, words.head("; ".join(parts))]


def _moved(then: pd.DataFrame, same: pd.DataFrame, unit: str) -> Iterator[list[str]]:
    """Yield the channels whose leads or spend of those days count otherwise now."""
    names = ["leads", "cost"]
    both = then[names].join(same[names].add_suffix("_now"), how="outer").fillna(0)
    is_same = both["leads"].sum() == both["leads_now"].sum()
    why = "Counted under another channel since" if is_same else "Exports edited or completed"
    for (_, channel), row in both.iterrows():
        leads = row["leads"] != row["leads_now"]
        if leads or _differ(row["cost"], row["cost_now"]):
            shown = [
                _shown(row[f"{name}{at}"], name, unit) for name in names for at in ("", "_now")
            ]
            yield [words.label(channel), *shown, why if leads else "Spend edited or completed"]


def _differ(a: float, b: float) -> bool:
    return abs(a - b) > 0.005


def _shown(value: float, name: str, unit: str) -> str:
    kind = unit if name in ("cost", "revenue") else "leads"
    return whole(value, kind)


def _signed(value: float, name: str, unit: str) -> str:
    return f"{'+' if value > 0 else ''}{_shown(value, name, unit)}"
