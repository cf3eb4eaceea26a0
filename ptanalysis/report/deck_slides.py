"""What each slide of findings.pptx says and draws, from findings.json and the recorded answers."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import unescape
from importlib.resources import files

from ptanalysis.definitions import DIRECTIONS
from ptanalysis.display import phrases, words
from ptanalysis.display.escaping import legible, name
from ptanalysis.display.numbers import number
from ptanalysis.report.findings_json import estimate_of
from ptanalysis.report.front_matter import meanings
from ptanalysis.stats import Estimate

_RANGE = "A range is a 95% interval: how far chance alone could move the number."
_SAID = {
    "brief": phrases.brief,
    "percent": phrases.percent,
    "more_or_fewer": lambda estimate, behind="": phrases.more_or_fewer(estimate),
}
#: Most bars, lines and slides; the rest is in the workbook.
_BARS, _LINES, _SLIDES = 10, 6, 12
_DECIDED = ("supported", "contradicted", "no_material_difference")
_COLUMNS = {
    "cost": "Spent",
    "leads": "Leads",
    "screened": "Screened",
    "sql": "SQLs",
    "patients": "Patients",
    "revenue": "Collected",
}
#: What a clinic did not record where a column is empty, if that is not its head.
_MISSING = {"cost": "spend", "screened": "screening", "revenue": "payments"}
_BECAME = (("rows_in", "inquiries"), ("leads", "leads"))
_FATES = {
    "leads": "Leads",
    "duplicates": "Copies of a lead",
    "not_leads": "Not leads",
    "rejected": "Not usable",
}


@dataclass(frozen=True, kw_only=True)
class Bar:
    """A bar with its words, and the ends of its range where it has one."""

    label: str
    value: float
    low: float | None = None
    high: float | None = None
    side: str = ""


@dataclass(frozen=True, kw_only=True)
class Slide:
    """One slide: its sentence, and a chart, a table or lines (``**bold**``) under it."""

    title: str
    notes: str
    lines: tuple[str, ...] = ()
    bars: tuple[Bar, ...] = ()
    axis: str = ""
    unit: str = "leads"
    crosses: float | None = None
    table: tuple[tuple[str, ...], ...] = ()
    behind: str = ""


def findings_slides(
    document: Mapping, *, about: Mapping, answers: Sequence[str], claims: Sequence[Mapping]
) -> list[Slide]:
    """Return the slides of a clinic's own deck.

    Parameters
    ----------
    document : mapping
        findings.json.
    about : mapping
        Of `front_matter.about`.
    answers : sequence of str
        The notebooks' short answers, Markdown, in their order.
    claims : sequence of mapping
        Of `claim_lines.lines_of`.
    """
    topics = {each["name"]: _topic(each, document, claims) for each in _texts()["slide"]}
    missing = {topic: why for topic, why in topics.items() if isinstance(why, str)}
    slides = [
        *_cover(answers, about),
        *_money(document),
        *(each for each in topics.values() if isinstance(each, Slide)),
        *verdict_slides(claims),
        *_open(document["claims"], missing),
        _data(document),
        definitions_slide(),
    ]
    return slides[:_SLIDES]


def plain(markdown: str) -> str:
    r"""Return Markdown of ours as the text it shows.

    Examples
    --------
    >>> plain(r"**27%** for \$240 &#38; more")
    '27% for $240 & more'
    """
    return unescape(re.sub(r"\*\*|\\(?=\$)", "", markdown))


def _cover(answers: Sequence[str], about: Mapping) -> list[Slide]:
    if not answers:
        return []
    bold = re.search(r"\*\*(.+?)\*\*", answers[0])
    title = plain(bold[1] if bold else answers[0].partition(". ")[0])
    lines = (f"**{words.head(about['clinic'])}, {about['quarter']}**", *answers)
    return [Slide(title=title, lines=lines, notes=_texts()["notes"]["answers"])]


def _topic(spec: Mapping, document: Mapping, claims: Sequence[Mapping]) -> Slide | str:
    """Return the slide of one measure, or why there is none."""
    found = _of(spec["measure"], document, spec["by"])
    say = _SAID[spec.get("said", "brief")]
    known = [each for each in found if each.known and say(each) != "not known"]
    if not known:
        return f"not known: {phrases.remark(found[0])}" if found else "not recorded"
    if spec["by"] != "direction":
        known.sort(key=lambda each: -each.value)
    sides = {row["channel"]: row["direction"] for row in document["stages"]}
    shown = {line["id"]: line for line in claims}
    robust = [shown[each]["robust"] for each in (spec.get("claim"),) if each in shown]
    whole = [each for each in known if each.group == "all"] or known
    return Slide(
        title=_title(spec, known, shown),
        bars=tuple(_bar(spec, each, sides) for each in known[:_BARS]),
        lines=tuple(map(name, [*_also(spec, document, shown), *_left_out(found, known)])),
        axis=spec["axis"],
        unit="share" if spec.get("said") == "percent" else known[0].unit,
        crosses=spec.get("crosses"),
        behind=words.count(sum(each.n for each in whole), spec.get("of", "leads")),
        notes="\n".join([spec["how"], _RANGE, *_held(robust), spec["but"], _methods(known)]),
    )


def _of(measure: str, document: Mapping, by: str) -> list[Estimate]:
    """Return the estimates of a measure by direction, by channel or by whatever it is by."""
    channels = {row["channel"] for row in document["stages"]}
    groups = {"direction": {"all", *DIRECTIONS}, "channel": channels}.get(by)
    rows = [row for row in document["estimates"] if row["id"] == measure]
    once = {row["group"]: row for row in rows if groups is None or row["group"] in groups}
    return [estimate_of(row) for row in once.values()]


def _group(estimate: Estimate) -> str:
    return legible(words.group(estimate.group))


def _title(spec: Mapping, known: Sequence[Estimate], claims: Mapping) -> str:
    if spec.get("claim") in claims:
        return claims[spec["claim"]]["headline"]
    say = _SAID[spec.get("said", "brief")]
    clear = [each for each in known if "clear" in spec and phrases.clear_side(each, 0)]
    if clear:
        named = [f"{_group(each)} ({say(each)})" for each in clear]
        return spec["clear"].format(groups=words.listed(named))
    if len(known) == 1 and "clear" not in spec:
        return f"{spec['name']}: {words.inside(_group(known[0]))} {say(known[0])}"
    top = max(known, key=lambda each: (each.group == spec.get("group"), each.value))
    group = words.inside(_group(top))
    return words.head(spec["title"].format(group=group, value=say(top)))


def _bar(spec: Mapping, estimate: Estimate, sides: Mapping[str, str]) -> Bar:
    behind = words.count(estimate.n, spec["of"]) if "of" in spec else ""
    said = _SAID[spec.get("said", "brief")](estimate, behind=behind)
    return Bar(
        label=f"{_group(estimate)}\n{said}",
        value=estimate.value,
        low=estimate.ci_low,
        high=estimate.ci_high,
        side=sides.get(estimate.group, estimate.group if spec["by"] == "direction" else ""),
    )


def _also(spec: Mapping, document: Mapping, claims: Mapping) -> Iterable[str]:
    for each, text in spec.get("also", {}).items():
        if each in claims:
            yield claims[each]["headline"]
        for estimate in _of(each, document, spec["by"])[:1]:
            yield f"{text}: {_SAID[spec.get('said', 'brief')](estimate)}"


def _left_out(found: Sequence[Estimate], known: Sequence[Estimate]) -> Iterable[str]:
    unknown = [each for each in found if each not in known]
    for estimate in unknown[:2]:
        yield f"{_group(estimate)} is not known: {phrases.remark(estimate)}"
    if (rest := len(known) - _BARS + max(len(unknown) - 2, 0)) > 0:
        yield f"{rest} more are in findings.xlsx"


def _held(robust: Iterable[str]) -> list[str]:
    return [f"Under other analysis choices: {each}." for each in robust if each != "–"]


def _methods(estimates: Iterable[Estimate]) -> str:
    methods = dict.fromkeys(each.method for each in estimates)
    return f"Method, for a statistician: {'; '.join(list(methods)[:3])}."


def _money(document: Mapping) -> list[Slide]:
    """Return the table of channels, dearest first: what each cost and what has come back so far."""
    rows = sorted(document["stages"], key=lambda row: (-(row["cost"] or -1), -row["leads"]))
    if not rows:
        return []
    never = [name for name in _COLUMNS if all(row[name] is None for row in rows)]
    shown = {name: head for name, head in _COLUMNS.items() if name not in never}
    said = [{name: _cell(row, name, document) for name in shown} for row in rows]
    names = [legible(words.label(row["channel"])) for row in rows]
    missing = words.listed([_MISSING.get(name, words.inside(_COLUMNS[name])) for name in never])
    return [
        Slide(
            title=f"{names[0]} {_came_back(said[0])}",
            table=(
                ("Channel so far", *shown.values()),
                *((name, *cells.values()) for name, cells in zip(names, said, strict=True)),
            ),
            lines=(f"Not recorded: {missing}",) if never else (),
            notes=_texts()["notes"]["money"],
            behind=words.count(document["ledger"]["leads"], "leads"),
        )
    ]


def _came_back(said: Mapping[str, str]) -> str:
    if said.get("cost", "–") == "–":
        return f"brought the most leads so far: {said['leads']}"
    back = said.get("revenue", "–")
    told = "what came back is not recorded" if back == "–" else f"{back} was collected"
    return f"cost the most so far: {said['cost']}; {told}"


def _cell(row: Mapping, name: str, document: Mapping) -> str:
    if row[name] is None:
        return "–"
    money = name in ("cost", "revenue")
    return number(row[name], document["currency"].lower()) if money else f"{row[name]:,}"


def verdict_slides(claims: Sequence[Mapping]) -> list[Slide]:
    """Return the slide of what is often said, none where there is no claim."""
    if not claims:
        return []
    decided, of = sum(line["verdict"] in _DECIDED for line in claims), len(claims)
    robust = [f"{each['statement']}: {each['robust']}" for each in claims if each["robust"] != "–"]
    cells = ((line["statement"], line["word"], line["found"]) for line in claims)
    return [
        Slide(
            title=f"The data decide {decided} of {of} things often said of inbound and outbound",
            table=(("What is said", "Verdict", "What was found"), *cells),
            notes="\n".join([_texts()["notes"]["verdicts"], *robust]),
        )
    ]


def _open(claims: Sequence[Mapping], missing: Mapping[str, str]) -> list[Slide]:
    """Return what is not known yet, and what would settle it."""
    rows = [
        (each["statement"], words.head(each["needs"] or _why(each)))
        for each in claims
        if each["verdict"] not in _DECIDED
    ]
    rows += [(name, words.head(why)) for name, why in missing.items()]
    questions = words.count(len(rows), "questions")
    return [
        Slide(
            title=f"Still open: {questions}, and what would settle them",
            table=(("Question", "Why it is open, and what would settle it"), *rows),
            notes=_texts()["notes"]["open"],
        )
    ] * bool(rows)


def _why(claim: Mapping) -> str:
    return phrases.remark(estimate_of(claim | {"method": ""})) or "more of the same data"


def _data(document: Mapping) -> Slide:
    """Return what became of the rows, and one warning of each kind."""
    ledger = document["ledger"]
    told = [each for each in document["warnings"] if each["severity"] != "note"]
    count = Counter(each["code"] for each in told)
    first = {each["code"]: each for each in reversed(told)}
    lines = [
        f"{first[code]['file']}: {first[code]['message']}; {first[code]['what_to_do']}"
        + (f" ({n - 1} more like it)" if n > 1 else "")
        for code, n in count.items()
    ]
    rows, leads = (words.count(ledger[name], of) for name, of in _BECAME)
    return Slide(
        title=f"{rows} became {leads}",
        bars=tuple(
            Bar(label=f"{said}\n{ledger[name]:,}", value=ledger[name])
            for name, said in _FATES.items()
            if ledger["rows_in"]
        ),
        lines=tuple(map(name, lines[:_LINES])),
        axis="Inquiries since the first day",
        notes=_texts()["notes"]["data"],
        behind=rows,
    )


def definitions_slide() -> Slide:
    """Return the slide that explains the words."""
    rows = ((words.head(word), said) for word, said in meanings().items())
    return Slide(
        title="What the words mean",
        table=(("Word", "Meaning"), *rows),
        notes=_texts()["notes"]["words"],
    )


def _texts() -> dict:
    return tomllib.loads(files(__package__).joinpath("slides.toml").read_text("utf-8"))
