"""The page's first screen: an answer, four numbers and their past, the money, what to do next.

Everything is looked up in findings.json; here it is only put into words.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from ptanalysis.display import phrases, words
from ptanalysis.display.numbers import bare_number, number
from ptanalysis.report.findings_json import estimate_of
from ptanalysis.report.next_steps import three_steps
from ptanalysis.report.strips import strip
from ptanalysis.stats import Estimate

#: By what is compared: what a card calls it, of quarters and of 13 weeks of spend.
_BEFORE = {
    "quarter before": ("quarter before", "13 weeks before"),
    "year before": ("a year earlier", "a year earlier"),
}
#: Leads without spend, as an owner calls them.
_FREE = {"neither": "Referral, word of mouth, walk-in", "unknown": "Unknown source"}
_NO_SPEND = "no spend is recorded"
#: Words for a channel's money: its mark, what is said of it.
MARKS = {
    "above": ("✓", "earned back more than it cost"),
    "below": ("✗", "brought back less than it cost"),
    "": ("?", "not clear yet"),
    "none": ("–", "too little to say"),
}


class Lookup(dict):
    """The estimates of findings.json by id and group; one that was not recorded says so."""

    def __init__(self, document: Mapping) -> None:
        super().__init__()
        for row in document["estimates"]:
            self.setdefault((row["id"], row["group"]), estimate_of(row))

    def __missing__(self, key: tuple[str, str]) -> Estimate:
        return Estimate.not_identified("no notebook recorded it", unit="ratio")

    def each(self, measure: str) -> list[Estimate]:
        """Return a measure's estimates of every group."""
        return [found for (name, _), found in self.items() if name == measure]


@dataclass(frozen=True, kw_only=True)
class Context:
    """What the words need beside findings.json.

    Attributes
    ----------
    quarter : str
        In words, like April–June 2026.
    weeks_to_patient : float
        Weeks a lead is followed before its money counts.
    most_per_patient : float or None
        What a patient may cost, by clinic.toml.
    """

    quarter: str
    weeks_to_patient: float
    most_per_patient: float | None = None


def screen_of(document: Mapping, context: Context) -> dict:
    """Return what the first screen's template shows: answer, more, cards, money, steps."""
    found, money = Lookup(document), document["money"]
    unit = document["currency"].lower()
    return {
        "answer": answer(_back_in_all(money, unit), unit=unit, weeks=context.weeks_to_patient),
        "more": [
            *channels_in_words(money, unit=unit),
            leads_in_words(found, quarter=context.quarter),
        ],
        "cards": list(_cards(found, money, context, unit=unit)),
        "money": [money_line(row, unit=unit) for row in money],
        "cohort": f"spend at least {context.weeks_to_patient:g} weeks old",
        "one": bare_number(1, unit, decimals=0),
        "steps": three_steps(document, found),
    }


def answer(total: Estimate, *, unit: str, weeks: float) -> str:
    """Return whether the money comes back, in a sentence.

    Examples
    --------
    >>> back = Estimate(value=1.35, ci_low=.92, ci_high=1.98, unit="usd", n=60, method="t")
    >>> print(answer(back, unit="usd", weeks=26))
    It is not clear yet whether marketing pays for itself: each $1 brought back $1.35 within 26 \
weeks, and chance alone could make that anything from $0.92 to $1.98.
    """
    if not total.known:
        return f"Whether marketing pays for itself is not known: {phrases.remark(total)}."
    one, value = bare_number(1, unit, decimals=0), phrases.value(total)
    if total.ci_low is None or total.ci_high is None:
        why = phrases.remark(total)
        return f"Each {one} brought back {value} within {weeks:g} weeks, on too few data: {why}."
    ends = phrases.interval(total)
    said = f"each {one} brought back {value} within {weeks:g} weeks"
    return {
        "above": f"Yes, marketing pays for itself: {said} ({ends}).",
        "below": f"No, marketing has not paid for itself: {said} ({ends}).",
        "": f"It is not clear yet whether marketing pays for itself: {said}, and chance alone could"
        f" make that anything from {ends}.",
    }[phrases.clear_side(total, 1)]


def channels_in_words(money: list[Mapping], *, unit: str) -> Iterator[str]:
    """Yield which channels clearly earned their cost, which did not, and which are open."""
    channels = [row for row in money if row["line"] == "channel" and row["spend"]]
    sides: dict[str, list] = {}
    for row in channels:
        sides.setdefault(_side(row, unit), []).append(row)
    for side, said in (("above", "more"), ("below", "less")):
        if rows := sides.get(side):
            yield f"Clearly brought back {said} than it cost: {_names(rows)}."
    open_ = [
        row
        for row in channels
        if _side(row, unit) in ("", "none") and (row["collected"] or 0) < row["spend"]
    ]
    if open_ and channels[0]["collected"] is not None:
        spend, whole = (sum(row["spend"] for row in rows) for rows in (open_, channels))
        yield (
            f"Not clear, but behind so far: {_names(open_)},"
            f" {number(spend, unit)} of {number(whole, unit)} ({spend / whole:.0%}) of the spend"
            " old enough to judge."
        )


def leads_in_words(found: Lookup, *, quarter: str) -> str:
    """Return how many leads came, and how that compares with the quarter before."""
    now = found["leads_compared", "this quarter"]
    if not now.known:
        return f"How many leads came is not known: {phrases.remark(now)}."
    change = found["leads_compared", "change from quarter before"]
    said = f"{words.count(now.value, 'leads')} came in {quarter}"
    if not change.known:
        return f"{said}; {_past(change)}."
    usual = {"": "which is within the usual swing", "above": "more than", "below": "more than"}
    side = phrases.clear_side(change, 1)
    tail = usual[side] + (" the usual swing" if side else "")
    return f"{said}, {phrases.more_or_fewer(change)} than the quarter before, {tail}."


def _cards(found: Lookup, money: list, context: Context, *, unit: str) -> Iterator[dict]:
    quarter = context.quarter
    now = found["leads_compared", "this quarter"]
    value = f"{now.value:,.0f}" if now.known else "–"
    yield _card("Leads", value, quarter, "leads_compared", found, up_is="better")
    now = found["quality_compared", "this quarter"]
    age = now.method.partition("; at ")[2].removesuffix(" of age")
    cohort = f"of {words.count(now.n, 'leads')} of {quarter} screened within {age}"
    cohort = cohort if now.known else phrases.remark(now)
    yield _card("Qualified", phrases.value(now), cohort, "quality_compared", found, up_is="better")
    total = _total(money)
    old = f"spend at least {context.weeks_to_patient:g} weeks old"
    if total and total["spend"]:
        old += f": {number(total['spend'], unit)}"
    cost = found["cost_per_patient", "all"]
    card = _card(
        "Cost per patient", _price(cost), old, "cost_per_patient_compared", found, up_is="worse"
    )
    yield card | {"range": _ends(cost), "target": target(cost, context.most_per_patient, unit=unit)}
    back = _back_in_all(money, unit)
    one = bare_number(1, unit, decimals=0)
    yield _card(
        f"Back per {one}", phrases.value(back), old, "back_compared", found, up_is="better"
    ) | {"range": _ends(back)}


def target(cost: Estimate, most: float | None, *, unit: str) -> str:
    """Return how the cost of a patient stands to what one may cost; empty where nothing is set.

    Examples
    --------
    >>> cost = Estimate(value=900, ci_low=700, ci_high=1150, unit="usd_per_patient", n=9,
    ...                 method="t")
    >>> print(target(cost, 1000, unit="usd"))
    A patient may cost $1,000: below it, but not clearly
    >>> target(cost, 1200, unit="usd"), target(cost, None, unit="usd")
    ('A patient may cost $1,200: clearly below it', '')
    """
    if not most:
        return ""
    said = f"A patient may cost {number(most, unit)}: "
    if not cost.known:
        return f"{said}not known, {phrases.remark(cost)}"
    side = "below" if cost.value < most else "above"
    if phrases.clear_side(cost, most) == side:
        return f"{said}clearly {side} it"
    return f"{said}{side} it, but not clearly"


def change_in_words(change: Estimate, *, up_is: str = "better") -> dict[str, str]:
    """Return a change's word (up, down, usual swing), whether that is better, and its size.

    Examples
    --------
    >>> found = Estimate(value=.81, ci_low=.58, ci_high=1.14, unit="ratio", n=150, method="t")
    >>> change_in_words(found)["word"]
    'usual swing'
    >>> change_in_words(Estimate.not_identified("no spend", unit="ratio"))["word"]
    'not judged'
    """
    if not change.known:
        return {"word": _past(change), "kind": "open"}
    side = phrases.clear_side(change, 0 if change.unit == "points" else 1)
    if not side:
        return {"word": "usual swing", "kind": "open"}
    better = (side == "above") == (up_is == "better")
    return {
        "word": f"{'up' if side == 'above' else 'down'}, {'better' if better else 'worse'}",
        "kind": "better" if better else "worse",
    }


def _past(missing: Estimate) -> str:
    """Return in few words why there is no comparison."""
    why = phrases.remark(missing)
    if "reach back" in why:
        return "no earlier record to compare with"
    never = any(each in why for each in ("recorded", "date of", "was ever"))
    return "not recorded" if never else "not judged"


def _card(name: str, value: str, cohort: str, measure: str, found: Lookup, *, up_is: str) -> dict:
    now = found[measure, "this quarter"]
    spans = "; 13 weeks to " in now.method
    lines = []
    if spans and now.known:
        until = words.long_day(date.fromisoformat(now.method.rpartition(" to ")[2]))
        lines.append({"when": f"13 weeks to {until}", "value": _price(now)})
    for when, labels in _BEFORE.items():
        then, change = found[measure, when], found[measure, f"change from {when}"]
        shown = f"{then.value:,.0f}" if then.unit == "leads" and then.known else _price(then)
        lines.append({"when": labels[spans], "value": shown} | change_in_words(change, up_is=up_is))
    return {"name": name, "value": value, "cohort": cohort, "lines": lines}


def _price(found: Estimate) -> str:
    """Return an amount without what it is of, which stands beside it."""
    if not found.known:
        return "–"
    return bare_number(found.value, found.unit) + ("%" if found.unit == "share" else "")


def _ends(found: Estimate) -> str:
    return phrases.interval(found).partition(" per ")[0] if found.known else phrases.remark(found)


def _total(money: list[Mapping]) -> Mapping | None:
    return next((row for row in money if row["line"] == "total"), None)


def _back_in_all(money: list[Mapping], unit: str) -> Estimate:
    """Return what all inbound and outbound spend brought back per unit of money."""
    total = _total(money)
    return back_of(total, unit) if total else Estimate.not_identified(_NO_SPEND, unit=unit)


def back_of(row: Mapping, unit: str) -> Estimate:
    """Return what a row of the money table brought back per unit of money."""
    ends = {"value": row["back"], "ci_low": row["ci_low"], "ci_high": row["ci_high"]}
    why = row["reason"] or _NO_SPEND
    return Estimate(**ends, unit=unit, n=row["patients"] or 0, method="", reason=why)


def money_line(row: Mapping, *, unit: str) -> dict:
    """Return a row of the money table as its cells show it."""
    back, side = back_of(row, unit), _side(row, unit)
    names = {
        "total": "All inbound and outbound",
        "no_spend": _FREE.get(row["direction"], words.label(row["direction"])),
        "too_early": "Too early to judge",
        "no_side": "Spend on neither side",
    }
    judged = row["line"] in ("channel", "total") and bool(row["spend"])
    mark, said = MARKS[side] if judged else ("", "")
    if row["line"] == "channel" and not row["spend"]:
        said = "no spend old enough"
    amounts = {
        name: "–" if row[name] is None else number(row[name], unit, decimals=0)
        for name in ("spend", "collected")
    }
    counts = {
        name: "–" if row[name] is None else f"{row[name]:,}"
        for name in ("leads", "sql", "patients")
    }
    return {
        "line": row["line"],
        "direction": row["direction"],
        "name": names.get(row["line"]) or words.label(row["channel"]),
        "back": "–" if back.value is None else _cents(back.value, unit),
        "range": _cents_between(back, unit) if judged else "",
        "reason": row["reason"] if judged and not row["ci_low"] else "",
        "side": side if judged else "",
        "mark": mark,
        "said": said,
        "strip": strip(back, "back") if judged and back.known else None,
        **amounts,
        **counts,
    }


def _side(row: Mapping, unit: str) -> str:
    """Return above, below, an empty string where the interval decides nothing, or none."""
    if row["ci_low"] is None or row["ci_high"] is None:
        return "none"
    return phrases.clear_side(back_of(row, unit), 1)


def _names(rows: list[Mapping]) -> str:
    names = [words.channel(row["channel"]) for row in rows]
    if any(" and " in each for each in names) and len(names) > 1:
        return f"{', '.join(names[:-1])}, and {names[-1]}"
    return words.listed(names)


def _cents(value: float, unit: str) -> str:
    return bare_number(value, unit, decimals=2)


def _cents_between(back: Estimate, unit: str) -> str:
    if back.ci_low is None or back.ci_high is None:
        return ""
    return f"{_cents(back.ci_low, unit)} to {_cents(back.ci_high, unit)}"
