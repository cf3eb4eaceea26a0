"""What a report says, worded once: answer, cards, money, next steps, claims, faults.

Everything is looked up in findings.json; here it is only put into words, and page, summary, deck
and workbook are laid out from them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd

from ptanalysis.display import phrases, words
from ptanalysis.display.numbers import bare_number, number
from ptanalysis.report.findings_json import estimate_of
from ptanalysis.report.front_matter import texts
from ptanalysis.report.money_lines import (
    channels_in_words,
    is_young,
    money_line,
    so_far,
    spend_in_words,
    total_back,
    total_of,
)
from ptanalysis.report.next_steps import three_steps
from ptanalysis.stats import Estimate

_USUAL = ", which is within the usual swing"


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
    spent : tuple of date
        First and last day of the spend that is old enough; empty where none is.
    """

    quarter: str
    weeks_to_patient: float
    most_per_patient: float | None = None
    spent: tuple[date, date] | tuple[()] = ()


@dataclass(frozen=True, kw_only=True)
class ReportText:
    """What a report says.

    Attributes
    ----------
    answer, leads : str
        Whether the money comes back, and how many leads came.
    channels : list of str
        Sentences on the channels that are clear and those that are not.
    cards, money, steps, claims, faults : list of dict
        Each with its words; ``money`` of `money_lines`, ``steps`` of `next_steps`, ``claims`` of
        `claim_lines`, ``faults`` of `faults_of`.
    ledger : str
        What became of the rows.
    cohort, one : str
        Which spend is judged; one unit of money.
    found : Lookup
    document : mapping
        findings.json.
    """

    answer: str
    leads: str
    channels: list[str]
    cards: list[dict]
    money: list[dict]
    steps: list[dict]
    claims: list[dict]
    faults: list[dict]
    ledger: str
    cohort: str
    one: str
    found: Lookup
    document: Mapping


def text_of(document: Mapping, context: Context, claims: Sequence[dict] = ()) -> ReportText:
    """Return what a report says of a document; `claims` are of `claim_lines.lines_of`."""
    found, unit = Lookup(document), document["currency"].lower()
    young = is_young(document["money"])
    rows = so_far(document["stages"]) if young else []
    lines = [money_line(row, unit=unit) for row in [*rows, *document["money"]]]
    total = total_back(document, unit)
    old = f"spend at least {context.weeks_to_patient:g} weeks old"
    cards = _cards(found, document, context, unit=unit, old=old)
    return ReportText(
        answer=answer(total, unit=unit, weeks=context.weeks_to_patient),
        leads=leads_in_words(found, quarter=context.quarter),
        channels=[*channels_in_words(lines, unit=unit), *spend_in_words(lines, unit=unit)],
        cards=list(cards),
        money=lines,
        steps=three_steps(document, found, lines),
        claims=list(claims),
        faults=faults_of(document["warnings"]),
        ledger=ledger_in_words(document.get("ledger")),
        cohort="all spend so far, too early to judge" if young else _spent(context, old),
        one=bare_number(1, unit, decimals=0),
        found=found,
        document=document,
    )


def _spent(context: Context, old: str) -> str:
    """Return which spend is judged, with its first and last day."""
    return f"{old} ({' to '.join(map(words.long_day, context.spent))})" if context.spent else old


def answer(total: Estimate, *, unit: str, weeks: float) -> str:
    """Return whether the money comes back, in a sentence.

    Examples
    --------
    >>> back = Estimate(value=1.35, ci_low=.92, ci_high=1.98, unit="usd", n=60, method="t")
    >>> print(answer(back, unit="usd", weeks=26))
    It is not clear yet whether marketing pays for itself: each $1 brought back $1.35 within 26 \
weeks, and chance alone could make that anything from $0.92 to $1.98.
    """
    side = phrases.clear_side(total, 1) or "open"
    kind = side if total.closed else "few"
    return texts("sentences.toml")["answer"][kind if total.known else "unknown"].format(
        one=bare_number(1, unit, decimals=0),
        value=phrases.value(total),
        ends=phrases.interval(total),
        why=phrases.remark(total),
        weeks=weeks,
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
    tail = ", more than the usual swing" if phrases.clear_side(change, 1) else _USUAL
    return f"{said}, {phrases.more_or_fewer(change)} than the quarter before{tail}."


def _cards(
    found: Lookup, document: Mapping, context: Context, *, unit: str, old: str
) -> Iterator[dict]:
    leads, quality = (found[f"{of}_compared", "this quarter"] for of in ("leads", "quality"))
    yield _card("Leads", price(leads), context.quarter, found, "leads_compared")
    age = quality.method.partition("; at ")[2].removesuffix(" of age")
    screened = words.count(quality.n, "leads")
    cohort = f"of {screened} of {context.quarter} screened within {age}"
    cohort = cohort if quality.known else phrases.remark(quality)
    yield _card("Qualified", phrases.value(quality), cohort, found, "quality_compared")
    total = total_of(document["money"])
    if total and total["spend"]:
        old += f": {number(total['spend'], unit)}"
    cost, back = found["cost_per_patient", "all"], total_back(document, unit)
    if not (cost.known or back.known) and ("cost_per_patient", "all") not in found:
        cost = Estimate.not_identified(phrases.remark(back), unit=cost.unit)
    card = _card("Cost per patient", price(cost), old, found, "cost_per_patient_compared", "worse")
    yield card | {"range": _ends(cost), "target": target(cost, context.most_per_patient, unit=unit)}
    name = f"Back per {bare_number(1, unit, decimals=0)}"
    yield _card(name, phrases.value(back), old, found, "back_compared") | {"range": _ends(back)}


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
    kind = "better" if (side == "above") == (up_is == "better") else "worse"
    return {"word": f"{'up' if side == 'above' else 'down'}, {kind}", "kind": kind}


def _past(missing: Estimate) -> str:
    """Return in few words why there is no comparison."""
    why = phrases.remark(missing)
    if "reach back" in why:
        return "no earlier record to compare with"
    never = any(each in why for each in ("recorded", "date of", "was ever"))
    return "not recorded" if never else "not judged"


def _card(
    name: str, value: str, cohort: str, found: Lookup, measure: str, up_is: str = "better"
) -> dict:
    now = found[measure, "this quarter"]
    spans = "; 13 weeks to " in now.method
    lines = []
    if spans and now.known:
        until = words.long_day(date.fromisoformat(now.method.rpartition(" to ")[2]))
        lines.append({"when": f"13 weeks to {until}", "value": price(now), "word": ""})
    for when, labels in texts("sentences.toml")["before"].items():
        then, change = found[measure, when], found[measure, f"change from {when}"]
        words_of = change_in_words(change, up_is=up_is)
        past = price(then) if then.known else ""
        lines.append({"when": labels[spans], "value": past} | words_of)
    said = [
        ", ".join(filter(None, (f"{each['when']} {each['value']}".strip(), each["word"])))
        for each in lines
    ]
    card = {"name": name, "value": value, "cohort": cohort, "lines": lines}
    return card | {"before": "; ".join(said)}


def price(found: Estimate) -> str:
    """Return a value without what it is of, which stands beside it.

    Examples
    --------
    >>> price(Estimate(value=.27, ci_low=.2, ci_high=.3, unit="share", n=9, method="Wilson"))
    '27%'
    """
    if not found.known:
        return "–"
    return bare_number(found.value, found.unit) + ("%" if found.unit == "share" else "")


def _ends(found: Estimate) -> str:
    return phrases.interval(found).partition(" per ")[0] if found.known else phrases.remark(found)


def faults_of(warnings: Sequence[Mapping]) -> list[dict]:
    """Return the data problems, one of each kind, with the rows and the cases of all of them."""
    frame = pd.DataFrame(warnings)
    if frame.empty:
        return []
    kinds = frame.groupby(["severity", "code"], sort=False)
    first = {name: (name, "first") for name in ("file", "message", "what_to_do")}
    sums = kinds.agg(rows=("rows", "sum"), cases=("rows", "size"), **first)
    return sums.reset_index().to_dict("records")


def ledger_in_words(rows: Mapping | None) -> str:
    """Return what became of the inquiries."""
    if not rows:
        return ""
    return (
        f"{words.count(rows['rows_in'], 'inquiries')} were read: {rows['leads']:,} leads,"
        f" {rows['duplicates']:,} copies of a lead, {rows['not_leads']:,} no lead,"
        f" {rows['rejected']:,} not usable."
    )
