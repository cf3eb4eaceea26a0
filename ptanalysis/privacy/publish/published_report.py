"""The folder of a quarter that may leave the clinic; everything in it comes from `published`.

A published quarter is frozen: two versions of it could be subtracted from each other.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pandas as pd
from markupsafe import Markup

from ptanalysis.definitions import UserError
from ptanalysis.display import words
from ptanalysis.display.csv_file import write_csv
from ptanalysis.display.drawing import Drawing, image, settle
from ptanalysis.display.notebook_output import html_table
from ptanalysis.intake.storage.atomic import alone, put_in_place, remove
from ptanalysis.privacy.publish import published_figures as figures
from ptanalysis.privacy.publish.published_text import RULE, answers, claim_rows
from ptanalysis.privacy.publish.small_cells import CHAIN
from ptanalysis.privacy.publish.suppress import published
from ptanalysis.report.findings_json import write_json
from ptanalysis.report.page import Chapter, figure, markdown, render_page

_COLUMNS = ("directions", *CHAIN, "new_leads", "cost", "revenue")


class FrozenQuarterError(UserError, RuntimeError):
    """A quarter that is published already, or can no longer be."""


class NoStagesError(UserError, RuntimeError):
    """A report whose notebooks recorded no stages: there is nothing to publish."""


def place_of(report: Path) -> Path:
    """Return the folder that a report is published in.

    Raises
    ------
    FrozenQuarterError
        There is one already, or one of a later quarter: earlier ones cannot be told after it.

    Examples
    --------
    >>> place_of(Path("/project/reports/mine/2026Q2")).name
    '2026Q2.published'
    """
    place = report.with_name(f"{report.name}.published")
    if place.exists():
        raise FrozenQuarterError(
            f"{report.name} is published already and stays as it is, because two versions could be"
            f" subtracted to find single people; run without --publish, or, where nobody has it"
            f" yet, remove {place} and publish again"
        )
    later = [each.stem for each in _published(report) if each.stem > report.name]
    if later:
        raise FrozenQuarterError(
            f"{later[-1]} is published already, and quarters are published in order, because an"
            f" earlier one could be subtracted from it; run without --publish"
        )
    return place


def publish(report: Path, *, name: str) -> Path:
    """Write what of a report may leave the clinic.

    Parameters
    ----------
    report : Path
        Folder of the report, as `report.make_report` made it.
    name : str
        The clinic's, as its readers know it.

    Returns
    -------
    Path
        Folder beside the report, with findings.html, findings.json, figures/ and tables/.

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
            write(published(_read(report), before), making, name=name)
            put_in_place(making, place, old=place.with_name(f"{place.name}.old"))
        finally:
            remove(making)
    return place


def write(document: Mapping, folder: Path, *, name: str) -> None:
    """Write a published document as JSON, tables, figures and a page, from nothing but itself."""
    for part in ("tables", "figures"):
        (folder / part).mkdir(parents=True)
    write_json(document, folder / "findings.json")
    tables = _tables(document)
    for title, table in tables.items():
        write_csv(table, folder / "tables" / f"{title}.csv")
    chapters = [_rule()]
    if document["directions"]:
        chapters = [*_chapters(document, tables, folder=folder / "figures", name=name), _rule()]
    day = date.fromisoformat(document["as_of"])
    page = render_page(
        title=f"Leads of {name}, {document['quarter']}",
        lead=f"For readers outside the clinic, {words.as_of(day)}."
        f" No number here counts 1 to {document['least'] - 1} people.",
        headlines=answers(document),
        claims=claim_rows(document),
        chapters=chapters,
    )
    (folder / "findings.html").write_text(page, "utf-8")


def _published(report: Path) -> list[Path]:
    return sorted(report.parent.glob("*.published"))


def _read(folder: Path) -> dict:
    return json.loads((folder / "findings.json").read_text("utf-8"))


def _tables(document: Mapping) -> dict[str, pd.DataFrame]:
    groups = figures.rows_of(document)
    directions = pd.DataFrame(groups, columns=list(_COLUMNS))
    directions["directions"] = [figures.directions_of(group) for group in groups]
    channels = pd.DataFrame(document["channels"], columns=["channels", "leads"])
    channels["channels"] = [figures.channels_of(group) for group in document["channels"]]
    return {
        "directions": directions,
        "channels": channels,
        "claims": pd.DataFrame(document["claims"]),
    }


def _chapters(
    document: Mapping, tables: Mapping[str, pd.DataFrame], *, folder: Path, name: str
) -> list[Chapter]:
    day = date.fromisoformat(document["as_of"])
    stages = figures.stages(document["directions"], source=name, as_of=day)
    channels = figures.channels(document["channels"], source=name, as_of=day)
    money = dict.fromkeys(("cost", "revenue"), document["currency"].lower())
    shown = tables["directions"].dropna(axis="columns", how="all")
    parts = (
        (
            "stages",
            "How many leads came, and how far did they come?",
            stages,
            html_table(shown, "directions", caption=f"So far, {words.as_of(day)}", units=money),
        ),
        ("channels", "Which channels brought them?", channels, ""),
    )
    return [
        Chapter(
            anchor=anchor,
            title=title,
            body=markdown(f"## {title}") + _saved(drawing, folder) + Markup(table),
        )
        for anchor, title, drawing, table in parts
    ]


def _rule() -> Chapter:
    title = "What is left out, and why"
    return Chapter(anchor="left-out", title=title, body=markdown(f"## {title}\n\n{RULE}"))


def _saved(drawing: Drawing, folder: Path) -> Markup:
    """Save a drawing as PNG and SVG and return it as HTML."""
    settle(drawing)
    png = image(drawing, "png")
    (folder / f"{drawing.name}.png").write_bytes(png)
    (folder / f"{drawing.name}.svg").write_bytes(image(drawing, "svg"))
    return Markup(figure(b64encode(png).decode(), f"{drawing.title}. {drawing.alt}"))
