"""The folder of a quarter that may leave the clinic; all in it comes from the published document.

A published quarter is frozen: two versions of it could be subtracted from each other.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pandas as pd
from markupsafe import Markup

from ptanalysis.definitions import UserError, load_config
from ptanalysis.display import phrases, plots, words
from ptanalysis.display.escaping import sentence, write_csv
from ptanalysis.display.notebook_output import html_table
from ptanalysis.display.numbers import number
from ptanalysis.intake.storage.atomic import alone, put_in_place, remove
from ptanalysis.privacy.publish.small_cells import CHAIN
from ptanalysis.privacy.publish.suppress import published
from ptanalysis.report.deck_file import write_deck
from ptanalysis.report.deck_slides import Bar, Slide, definitions_slide, verdict_slides
from ptanalysis.report.findings_json import write_json
from ptanalysis.report.front_matter import Brand, about, brand_of
from ptanalysis.report.page import Chapter, figure, markdown, render_page
from ptanalysis.report.workbook_file import write_workbook
from ptanalysis.stats import Estimate


class FrozenQuarterError(UserError, RuntimeError):
    """A quarter that is published already, or can no longer be."""


class NoStagesError(UserError, RuntimeError):
    """A report whose notebooks recorded no stages: there is nothing to publish."""


def place_of(report: Path) -> Path:
    """Return the folder that a report is published in.

    Raises
    ------
    FrozenQuarterError
        There is one already, or one of a later quarter: earlier ones cannot follow it.

    Examples
    --------
    >>> place_of(Path("/project/reports/mine/2026Q2")).name
    '2026Q2.published'
    """
    place = report.with_name(f"{report.name}.published")
    if place.exists():
        raise FrozenQuarterError(
            f"{report.name} is published already and stays as it is, because two versions could be"
            f" subtracted to find single people; run without --publish, or, where no one has it"
            f" yet, remove {place} and publish again"
        )
    later = [each.stem for each in _published(report) if each.stem > report.name]
    if later:
        raise FrozenQuarterError(
            f"{later[-1]} is published already, and quarters are published in order, because an"
            f" earlier one could be subtracted from it; run without --publish"
        )
    return place


def publish(report: Path, *, name: str, brand: Brand | None = None) -> Path:
    """Write what of a report may leave the clinic.

    Parameters
    ----------
    report : Path
        Folder of the report, as `report.make_report` made it.
    name : str
        The clinic's, as its readers know it.
    brand : Brand, optional
        The look of the slides.

    Returns
    -------
    Path
        Folder beside the report: findings (.html, .pptx, .xlsx, .json), figures/ and tables/.

    Raises
    ------
    FrozenQuarterError
        The quarter is published already.
    NoStagesError
        No notebook recorded the stages by channel.
    """
    with alone(report.parent):
        place = place_of(report)
        if not _read(report)["stages"]:
            raise NoStagesError(
                "no notebook recorded the leads by channel, so there is nothing to publish: put"
                ' back the cell that ends with pt.record(..., "stages") in notebook 2'
            )
        making = place.with_name(f"{place.name}.making")
        remove(making)
        before = [_read(folder) for folder in _published(report)]
        try:
            document = _read(report)
            shown = published(document, before, assumptions=document["assumptions"])
            write(shown, making, name=name, brand=brand)
            put_in_place(making, place, old=place.with_name(f"{place.name}.old"))
        finally:
            remove(making)
    return place


def _published(report: Path) -> list[Path]:
    return sorted(report.parent.glob("*.published"))


def _read(folder: Path) -> dict:
    return json.loads((folder / "findings.json").read_text("utf-8"))


#: Digits beyond the two a figure was rounded to.
_ZEROS = re.compile(r"(\.\d*[1-9])0+\b|\.0+\b")
_STAGES = dict(zip(CHAIN, ("leads", "MQLs", "SQLs", "patients"), strict=True))
_NOTHING = "Too few people for any count to be shown."
_COUNTS = "How many leads came, and how far did they come?"
_LEFT_OUT = "What is left out, and why"
_RULE = """A count of 1 to 10 people can point to a person. None is shown here, and none can be
worked out from what is shown: directions with few people are counted together with others, and a
stage that would be too small even then is left out. The same holds for differences, such as SQLs
that are not yet patients, and for subtracting this page from those of other quarters.

Counts and amounts are those so far; amounts are rounded to three digits. Rates, intervals of single
directions and everything about single channels, campaigns and vendors stay in the clinic's own
report, because counts can be worked out from them. A claim's figure is rounded to two digits and
left out where too few people stand behind either side. SQLs are leads that the clinic's team
screened and found qualified; MQLs are leads known to be potential clients."""


def write(document: Mapping, folder: Path, *, name: str, brand: Brand | None = None) -> None:
    """Write a published document as JSON, tables, a figure, a page, slides and a workbook.

    Parameters
    ----------
    document : mapping
        Of `suppress.published`.
    folder : Path
        Is made.
    name : str
        The clinic's, as its readers know it.
    brand : Brand, optional
        The look of the slides.
    """
    for part in ("tables", "figures"):
        (folder / part).mkdir(parents=True)
    write_json(document, folder / "findings.json")
    table = _table(document)
    write_csv(table, folder / "tables" / "directions.csv")
    write_csv(pd.DataFrame(document["claims"]), folder / "tables" / "claims.csv")
    front = about(document, name=name, readers=_readers(document))
    shown = {"Directions": table.dropna(axis="columns", how="all"), "Claims": _claims(document)}
    sheets = {each: frame for each, frame in shown.items() if len(frame)}
    write_workbook(sheets, folder / "findings.xlsx", about=front)
    look = brand or brand_of(load_config(None))
    write_deck(_slides(document, front), folder / "findings.pptx", brand=look, about=front)
    counts = [_counts(document, table, folder=folder / "figures")] if len(table) else []
    page = render_page(
        title=f"Leads of {name}, {document['quarter']}",
        lead=_lead(document),
        inside=False,
        headlines=_answers(document),
        claims=[_claim(each) for each in document["claims"]],
        chapters=[*counts, _chapter("left-out", _LEFT_OUT, markdown(_RULE))],
    )
    (folder / "findings.html").write_text(page, "utf-8")


def _as_of(document: Mapping) -> str:
    return words.as_of(date.fromisoformat(document["as_of"]))


def _lead(document: Mapping) -> str:
    assumed = "; ".join(document["assumptions"])
    said = f"{_readers(document)}, {_as_of(document)}."
    return said + (f" Assumed: {assumed}." if assumed else "")


def _readers(document: Mapping) -> str:
    return f"For readers outside the clinic: no number counts 1 to {document['least'] - 1} people"


def _claims(document: Mapping) -> pd.DataFrame:
    hidden = ("id", "primary")
    return pd.DataFrame(document["claims"]).drop(columns=list(hidden), errors="ignore")


def _slides(document: Mapping, front: Mapping) -> list[Slide]:
    """Return the slides: of each group and of everything what is known, verdicts, the rule."""
    rows, unit = _rows(document), document["currency"].lower()
    said = [f"**{row['directions']}**: {_said(row, unit)}" for row in rows]
    bars = tuple(
        Bar(label=f"{row['directions']}\n{words.count(row[stage], name)}", value=row[stage])
        for row in document["directions"] and rows[: len(document["directions"])]
        for stage, name in _STAGES.items()
        if row[stage] is not None
    )
    whole = said[-1].replace("**", "") if said else _NOTHING
    note = "Made for readers outside the clinic; everything here is in the published findings.json."
    counts = Slide(title=_COUNTS, bars=bars, axis="People so far", notes=note)
    return [
        Slide(title=whole, lines=tuple(said), notes=note),
        *([counts] if bars else []),
        *verdict_slides([_claim(each) for each in document["claims"]]),
        Slide(title=_LEFT_OUT, lines=tuple(map(_on_a_line, _RULE.split("\n\n"))), notes=note),
        definitions_slide(),
    ]


def _on_a_line(text: str) -> str:
    return " ".join(text.split())


def _rows(document: Mapping) -> list[dict]:
    """Return the groups with their names, and everything together where there are several."""
    rows = [
        row | {"directions": words.listed(row["directions"]).capitalize()}
        for row in document["directions"]
    ]
    if len(rows) > 1 and document["together"]:
        rows.append(document["together"] | {"directions": "All together"})
    return rows


def _table(document: Mapping) -> pd.DataFrame:
    columns = ["directions", *CHAIN, "new_leads", "cost", "revenue"]
    return pd.DataFrame(_rows(document), columns=columns)


def _counts(document: Mapping, table: pd.DataFrame, *, folder: Path) -> Chapter:
    people = table[table["directions"] != "All together"].rename(columns=_STAGES)
    bars = people.melt("directions", list(_STAGES.values()), "stage", "people").dropna()
    bars["of"] = bars["directions"] + ": " + bars["stage"]
    drawing = plots.bars(
        bars.sort_values("directions", kind="stable"),
        "Leads, and how far they have come so far",
        x="people",
        y="of",
        unit="",
        note="Directions with few people are counted together",
        name="stages",
    )
    drawing.axes.xaxis.set_visible(False)
    shown = html_table(
        table.dropna(axis="columns", how="all"),
        caption=f"So far, {_as_of(document)}",
        units=dict.fromkeys(("cost", "revenue"), document["currency"].lower()),
    )
    image = figure(b64encode(drawing.save(folder)).decode(), f"{drawing.title}. {drawing.alt}")
    return _chapter("stages", _COUNTS, Markup(image) + Markup(shown))


def _chapter(anchor: str, title: str, body: Markup) -> Chapter:
    return Chapter(anchor=anchor, title=title, body=body)


def _answers(document: Mapping) -> list[dict]:
    """Return what is known of each group, in a sentence of Markdown."""
    unit = document["currency"].lower()
    answers = [
        {"question": row["directions"], "answer": sentence(_said(row, unit))}
        for row in _rows(document)
    ]
    return answers or [{"question": "Leads", "answer": _NOTHING}]


def _said(row: Mapping, unit: str) -> str:
    new = f", {row['new_leads']:,} of them this quarter" if row["new_leads"] is not None else ""
    parts = [words.count(row["leads"], "leads") + " so far" + new]
    parts += [f"{row[name]:,} {_STAGES[name]}" for name in CHAIN[1:] if row[name] is not None]
    parts += [
        f"{name} {number(row[name], unit)}" for name in ("cost", "revenue") if row[name] is not None
    ]
    return "; ".join(parts) + "."


def _claim(claim: Mapping) -> dict:
    """Return a claim as `page.render_page` shows it."""
    numbers = {"value": claim["estimate"]} | {name: claim[name] for name in ("ci_low", "ci_high")}
    found = Estimate(**numbers, unit=claim["unit"], n=0, method="", reason="not shown")
    return {
        "statement": claim["statement"],
        "verdict": claim["verdict"],
        "word": words.verdict(claim["verdict"], agrees=claim["holds"] != "in half or fewer", of=1),
        "found": _ZEROS.sub(r"\1", phrases.brief(found)),
        "robust": claim["holds"] or "–",
    }
