"""What each slide of findings.pptx says and draws, from the report's text and its estimates."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import unescape

from ptanalysis.definitions import DIRECTIONS
from ptanalysis.display import phrases, words
from ptanalysis.display.escaping import legible, name
from ptanalysis.report.front_matter import meanings, texts
from ptanalysis.report.report_text import ReportText
from ptanalysis.stats import Estimate

_RANGE = "A range is a 95% interval: how far chance alone could move the number."
_SAID = {"brief": phrases.brief, "percent": phrases.percent}
#: Most bars, lines and slides; the rest is in the workbook.
_BARS, _LINES, _SLIDES = 10, 6, 12
#: Changes named in a line: all leads, inbound, outbound.
_SIDES = 3


@dataclass(frozen=True, kw_only=True)
class Bar:
    """A bar with its words, and the ends of its range where it has one."""

    label: str
    value: float | None
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
    log: bool = False
    table: tuple[tuple[str, ...], ...] = ()
    bold: int | None = None
    behind: str = ""


def findings_slides(
    text: ReportText, *, about: Mapping, answers: Sequence[str], since: Mapping | None = None
) -> list[Slide]:
    """Return the slides of a clinic's own deck: the page's first screen, then one a measure.

    Parameters
    ----------
    text : ReportText
    about : mapping
        Of `front_matter.about`.
    answers : sequence of str
        The notebooks' short answers, Markdown, in their order: notes of the first slide.
    since : mapping, optional
        The page's part on the last report.
    """
    topics = {each["name"]: _topic(each, text) for each in texts("slides.toml")["slide"]}
    missing = [(topic, words.head(why)) for topic, why in topics.items() if isinstance(why, str)]
    slides = [
        _cover(text, about, answers),
        *_money(text),
        *_since(since),
        *(each for each in topics.values() if isinstance(each, Slide)),
        *verdict_slides(text.claims, missing),
        _data(text),
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


def _slide(note: str, title: str, *more_notes: str, **shown) -> Slide:
    """Return a slide with its notes of slides.toml."""
    notes = "\n".join([texts("slides.toml")["notes"][note], *more_notes])
    return Slide(title=title, notes=notes, **shown)


def _cover(text: ReportText, about: Mapping, answers: Sequence[str]) -> Slide:
    rows = [
        (card["name"], card["value"], card.get("range", ""), card["cohort"], card["before"])
        for card in text.cards
    ]
    targets = [card["target"] for card in text.cards if card.get("target")]
    lead = f"**{words.head(about['clinic'])}, {about['quarter']}**: {text.leads}"
    return _slide(
        "answer",
        text.answer,
        *map(plain, answers),
        lines=(lead, *targets),
        table=(("What", "Now", "Range", "Of what", "Before"), *rows),
    )


def _money(text: ReportText) -> Iterator[Slide]:
    """Yield the page's table of channels, the same drawn, and what to do next."""
    if text.money:
        title, *more = text.channels or ["Where the money went and what came back"]
        head = (
            "Channel",
            "Spend",
            "Leads",
            "SQLs",
            "Patients",
            "Collected",
            f"Back per {text.one}",
        )
        table = ((*head, "Clear?"), *map(_money_row, text.money))
        lines = (*more, f"{words.head(text.cohort)}, with what its leads became.")
        total = [number for number, row in enumerate(text.money, 1) if row["line"] == "total"]
        yield _slide("money", title, table=table, lines=lines, bold=next(iter(total), None))
    judged = [each for each in text.money if each["line"] in ("channel", "total")]
    known = [each for each in judged if each["row"]["back"] is not None]
    if known:
        claims = [each for each in text.claims if each["id"] == "inbound_higher_roi"]
        unknown = [each for each in judged if each not in known and each["row"]["spend"]]
        yield _slide(
            "back",
            claims[0]["headline"] if claims else f"What each {text.one} brought back, by channel",
            *_held(claims),
            bars=tuple(map(_back_bar, sorted(known, key=lambda each: -each["row"]["back"]))),
            lines=tuple(f"{each['name']} is not known: {each['reason']}" for each in unknown[:2]),
            axis=f"Back per {text.one} of full cost, on a log axis",
            unit="ratio",
            log=True,
            behind=words.count(max(each["row"]["patients"] or 0 for each in known), "patients"),
        )
    steps = ((each["do"], each["kind"], each["why"], each["size"]) for each in text.steps)
    table = (("What", "Kind", "Why", "Size"), *steps)
    yield _slide("next", f"To do next: {words.inside(text.steps[0]['do'])}", table=table)


def _since(part: Mapping | None) -> Iterator[Slide]:
    """Yield what changed since the last report, where there is one to compare with."""
    if not part or not part["tables"]:
        return
    first, *more = part["tables"]
    moved = [row for row in first["rows"] if row[-1].startswith(("up", "down"))]
    if not moved and all(row[-1] != "usual swing" for row in first["rows"]):
        return
    named = words.listed([f"{words.inside(row[0])} {row[-1]}" for row in moved])
    lines = [
        f"{row[0]}: {', '.join(_headed(each['head'][1:], row[1:]))}"
        for each in more
        for row in each["rows"]
        if row[-1] != "No change"
    ]
    yield _slide(
        "since",
        f"Since the last report: {named if moved else 'no change beyond the usual swing'}",
        table=(tuple(first["head"]), *map(tuple, first["rows"])),
        lines=(part["note"], *lines[:_LINES]),
    )


def _headed(heads: Sequence[str], cells: Sequence[str]) -> list[str]:
    """Return the cells of a row with their heads, as in a sentence."""
    pairs = zip(heads, cells, strict=True)
    return [f"{words.inside(head)} {words.inside(cell)}" for head, cell in pairs if cell]


def _money_row(line: Mapping) -> tuple[str, ...]:
    if line["line"] in ("too_early", "no_side"):
        return (line["name"], line["spend"], *[""] * 6)
    columns = ("name", "spend", "leads", "sql", "patients", "collected")
    return (*(line[column] for column in columns), _back(line), line["said"])


def _back(line: Mapping) -> str:
    return f"{line['back']} ({line['range']})" if line["range"] else line["back"]


def _back_bar(line: Mapping) -> Bar:
    # A log axis has no place for nothing.
    numbers = {"value": line["row"]["back"] or None, "low": line["row"]["ci_low"]}
    numbers["high"] = line["row"]["ci_high"]
    said = _back(line) if line["range"] else f"{line['back']} (no range)"
    return Bar(label=f"{line['name']}\n{said}", side=line["direction"], **numbers)


def _topic(spec: Mapping, text: ReportText) -> Slide | str:
    """Return the slide of one measure, or why there is none."""
    found = _groups(spec["measure"], text, spec["by"])
    say = _SAID[spec.get("said", "brief")]
    known = [each for each in found if each.known and not say(each).startswith("not known")]
    if not known:
        return f"not known: {phrases.remark(found[0])}" if found else "not recorded"
    if spec["by"] != "direction":
        known.sort(key=lambda each: -each.value)
    sides = {row["channel"]: row["direction"] for row in text.document["stages"]}
    claims = {line["id"]: line for line in text.claims}
    claim = claims.get(spec.get("claim"))
    whole = [each for each in known if each.group == "all"] or known
    left_out = map(name, _left_out(found, known))
    methods = "; ".join(list(dict.fromkeys(each.method for each in known))[:3])
    notes = [
        spec["how"],
        _RANGE,
        *_held([claim] if claim else []),
        spec["but"],
        f"Method, for a statistician: {methods}.",
    ]
    return Slide(
        title=claim["headline"] if claim else _title(spec, known, say),
        bars=tuple(_bar(spec, each, sides, say) for each in known[:_BARS]),
        lines=(*spec.get("lines", ()), *map(name, _also(spec, text, claims)), *left_out),
        axis=spec["axis"],
        unit="share" if spec.get("said") == "percent" else known[0].unit,
        behind=words.count(sum(each.n for each in whole), spec.get("of", "leads")),
        notes="\n".join(notes),
    )


def _held(claims: Iterable[Mapping]) -> list[str]:
    robust = [each["robust"] for each in claims if each["robust"] != "–"]
    return [f"Under other analysis choices: {each}." for each in robust]


def _groups(measure: str, text: ReportText, by: str) -> list[Estimate]:
    """Return the estimates of a measure by direction, by channel or by whatever it is by."""
    channels = {row["channel"] for row in text.document["stages"]}
    groups = {"direction": {"all", *DIRECTIONS}, "channel": channels}.get(by)
    return [each for each in text.found.each(measure) if groups is None or each.group in groups]


def _group(estimate: Estimate) -> str:
    return legible(words.group(estimate.group))


def _title(spec: Mapping, known: Sequence[Estimate], say) -> str:
    clear = [each for each in known if "clear" in spec and phrases.clear_side(each, 0)]
    if clear:
        named = [f"{_group(each)} ({say(each)})" for each in clear]
        return spec["clear"].format(groups=words.listed(named))
    if len(known) == 1 and "clear" not in spec:
        return f"{spec['name']}: {words.inside(_group(known[0]))} {say(known[0])}"
    top = max(known, key=lambda each: each.value)
    said = spec["title"].format(group=words.inside(_group(top)), value=say(top))
    return words.head(said)


def _bar(spec: Mapping, estimate: Estimate, sides: Mapping[str, str], say) -> Bar:
    behind = words.count(estimate.n, spec["of"]) if "of" in spec else ""
    shown = say is not phrases.percent or not phrases.refused(estimate)
    return Bar(
        label=f"{_group(estimate)}\n{say(estimate, behind=behind)}",
        value=estimate.value if shown else None,
        low=estimate.ci_low if shown else None,
        high=estimate.ci_high if shown else None,
        side=sides.get(estimate.group, estimate.group if spec["by"] == "direction" else ""),
    )


def _also(spec: Mapping, text: ReportText, claims: Mapping) -> Iterable[str]:
    for each, said in spec.get("also", {}).items():
        if each in claims:
            yield claims[each]["headline"]
        changes = [each for each in _groups(each, text, "direction") if each.known][:_SIDES]
        named = [f"{words.inside(_group(each))} {phrases.more_or_fewer(each)}" for each in changes]
        if named:
            yield f"{said}: {'; '.join(named)}"


def _left_out(found: Sequence[Estimate], known: Sequence[Estimate]) -> Iterable[str]:
    unknown = [each for each in found if each not in known]
    for estimate in unknown[:2]:
        yield f"{_group(estimate)} is not known: {phrases.remark(estimate)}"
    if (rest := len(known) - _BARS + max(len(unknown) - 2, 0)) > 0:
        yield f"{rest} more are in findings.xlsx"


def verdict_slides(
    claims: Sequence[Mapping], missing: Sequence[tuple[str, str]] = ()
) -> list[Slide]:
    """Return the slide of what is often said and what is open, none where there is neither.

    Parameters
    ----------
    claims : sequence of mapping
        Of `claim_lines`.
    missing : sequence of tuple
        What else is not known, and why.
    """
    if not claims and not missing:
        return []
    decided, of = sum(line["verdict"] in words.DECIDED for line in claims), len(claims)
    robust = [f"{each['statement']}: {each['robust']}" for each in claims if each["robust"] != "–"]
    rows = [(line["statement"], line["word"], line["found"]) for line in claims]
    rows += [(topic, "Not known", why) for topic, why in missing]
    title = f"The data decide {decided} of {of} things often said of inbound and outbound"
    table = (("What is said", "Verdict", "What was found"), *rows)
    lines = tuple(filter(None, map(_settles, claims))) if len(rows) <= _BARS else ()
    return [_slide("verdicts", title if of else "Not known yet", *robust, table=table, lines=lines)]


def _settles(line: Mapping) -> str:
    """Return what would settle an open claim, where that is not what was found."""
    said = line.get("settles", "") if line["verdict"] not in words.DECIDED else ""
    new = said and said.lower() not in line["found"].lower()
    return f"{line['statement']}: {words.inside(said)}" if new else ""


def _data(text: ReportText) -> Slide:
    """Return what became of the rows, and one warning of each kind."""
    ledger = text.document["ledger"]
    faults = [each for each in text.faults if each["severity"] != "note"]
    lines = [
        f"{each['file']}: {each['message']}; {each['what_to_do']}"
        + (f" ({each['cases'] - 1} more like it)" if each["cases"] > 1 else "")
        for each in faults[:_LINES]
    ]
    rows = words.count(ledger["rows_in"], "inquiries")
    return _slide(
        "data",
        f"{rows} became {words.count(ledger['leads'], 'leads')}",
        bars=tuple(
            Bar(label=f"{said}\n{ledger[fate]:,}", value=ledger[fate])
            for fate, said in texts("slides.toml")["fates"].items()
            if ledger["rows_in"]
        ),
        lines=tuple(map(name, lines)),
        axis="Inquiries since the first day",
        behind=rows,
    )


def definitions_slide() -> Slide:
    """Return the slide that explains the words."""
    rows = ((words.head(word), said) for word, said in meanings().items())
    return _slide("words", "What the words mean", table=(("Word", "Meaning"), *rows))
