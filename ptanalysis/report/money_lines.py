"""The money table in words: a line a channel, its mark, and which channels are clear."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ptanalysis.display import phrases, words
from ptanalysis.display.numbers import bare_number, number, whole
from ptanalysis.report.front_matter import texts
from ptanalysis.report.strips import strip
from ptanalysis.stats import Estimate

_NO_SPEND = "no spend is recorded"
_YOUNG = "no spend is old enough, as its leads still have time to become patients"


def back_of(row: Mapping, unit: str) -> Estimate:
    """Return what a row of the money table brought back per unit of money."""
    ends = {"value": row["back"], "ci_low": row["ci_low"], "ci_high": row["ci_high"]}
    why = row["reason"] or _NO_SPEND
    return Estimate(**ends, unit=unit, n=row["patients"] or 0, method="", reason=why)


def total_back(document: Mapping, unit: str) -> Estimate:
    """Return what all inbound and outbound spend brought back, or why that is not known."""
    total = total_of(document["money"])
    if total is None:
        return Estimate.not_identified(why_no_spend(document), unit=unit)
    return back_of(total, unit)


def why_no_spend(document: Mapping) -> str:
    """Return why no spend can be judged: it is young, its files are of no use, or none came."""
    if is_young(document["money"]):
        return _YOUNG
    files = (document.get("ledger") or {}).get("by_file", ())
    lost = [each for each in files if each["kind"] == "spend" and each["rejected"]]
    unused = [each["file"] for each in lost if not each["used"]]
    return f"no row of {words.listed(unused)} can be used: fix it first" if unused else _NO_SPEND


def is_young(money: Sequence[Mapping]) -> bool:
    """Return whether there is spend, and none of it is old enough to judge."""
    early = [row for row in money if row["line"] == "too_early" and row["spend"]]
    return bool(early) and total_of(money) is None


def so_far(stages: Sequence[Mapping]) -> list[dict]:
    """Return the channels of both sides as rows of the money table, before any can be judged."""
    renamed = {"spend": "cost", "collected": "revenue"}
    unjudged = dict.fromkeys(("back", "ci_low", "ci_high")) | {"line": "so_far", "reason": ""}
    names = ("direction", "channel", "spend", "leads", "sql", "patients", "collected")
    rows = [
        unjudged | {name: stage[renamed.get(name, name)] for name in names}
        for stage in stages
        if stage["direction"] in ("inbound", "outbound")
    ]
    return sorted(rows, key=lambda row: -(row["spend"] or 0))


def total_of(money: Sequence[Mapping]) -> Mapping | None:
    """Return the row of all inbound and outbound spend."""
    return next((row for row in money if row["line"] == "total"), None)


def money_line(row: Mapping, *, unit: str) -> dict:
    """Return a row of the money table as its cells show it, and itself as ``row``."""
    back = back_of(row, unit)
    judged = row["line"] in ("channel", "total") and bool(row["spend"])
    side, said = _side(back) if judged else "", texts("sentences.toml")
    kind = "never" if row["line"] == "channel" and not row["spend"] else "other"
    if judged and row["collected"] is None:
        judged, kind = False, "unpaid"
    mark, remark = said["marks"][(side or "open") if judged else kind]
    own = row["direction"] if row["line"] == "no_spend" else row["line"]
    name = row["channel"] if own in ("channel", "so_far") else own
    closed = judged and back.closed
    ends = (bare_number(end, unit, decimals=2) for end in (back.ci_low, back.ci_high) if closed)
    return {
        "row": row,
        "line": row["line"],
        "direction": row["direction"],
        "name": said["lines"].get(own) or words.label(name),
        "one": bare_number(1, unit, decimals=0),
        "back": "–" if back.value is None else bare_number(back.value, unit, decimals=2),
        "range": " to ".join(ends),
        "reason": row["reason"] if judged and not row["ci_low"] else "",
        "side": side,
        "mark": mark,
        "said": remark,
        "strip": strip(back, "back") if judged and back.known else None,
        "spend": "–" if kind == "never" else whole(row["spend"], unit),
        "collected": whole(row["collected"], unit),
        **{name: whole(row[name], "leads") for name in ("leads", "sql", "patients")},
    }


def channels_in_words(lines: Sequence[Mapping], *, unit: str) -> Iterator[str]:
    """Yield which channels clearly earned their cost, which did not, and which are open."""
    channels = [line for line in lines if line["line"] == "channel" and line["row"]["spend"]]
    for side, said in (("above", "more"), ("below", "less")):
        if clear := [line for line in channels if line["side"] == side]:
            yield f"Clearly brought back {said} than it cost: {_names(clear)}."
    rows = [line["row"] for line in channels]
    behind = [
        line
        for line in channels
        if line["side"] in ("", "none") and (line["row"]["collected"] or 0) < line["row"]["spend"]
    ]
    if behind and rows[0]["collected"] is not None:
        spend, whole = sum(line["row"]["spend"] for line in behind), sum(r["spend"] for r in rows)
        yield (
            f"Not clear, but behind so far: {_names(behind)},"
            f" {number(spend, unit)} of {number(whole, unit)} ({spend / whole:.0%}) of the spend"
            " old enough to judge."
        )


def spend_in_words(lines: Sequence[Mapping], *, unit: str) -> Iterator[str]:
    """Yield what was spent in all, where only a part of it is judged."""
    spend = {line["line"]: line["row"]["spend"] or 0 for line in lines}
    judged, rest = spend.get("total"), spend.get("too_early", 0) + spend.get("no_side", 0)
    if judged and rest:
        yield (
            f"In all, {number(judged + rest, unit)} of spend is on record; {number(judged, unit)}"
            " of it is judged here; the rest is too young, outside its campaign's time, or on"
            " neither side."
        )


def _side(back: Estimate) -> str:
    """Return above, below, an empty string where the interval decides nothing, or none."""
    if not back.closed:
        return "none"
    return phrases.clear_side(back, 1)


def _names(lines: Sequence[Mapping]) -> str:
    names = [words.channel(line["row"]["channel"]) for line in lines]
    if any(" and " in each for each in names) and len(names) > 1:
        return f"{', '.join(names[:-1])}, and {names[-1]}"
    return words.listed(names)
