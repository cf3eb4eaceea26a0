"""A quarter's report: notebooks, page, slides, workbook, findings.json, figures and tables.

Everything is made in a folder beside and renamed at the end: a run that fails leaves the previous
report as it was, and what it had made until then in ``<quarter>.failed``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import partial
from pathlib import Path

import pandas as pd

from ptanalysis.claims import answered
from ptanalysis.claims.verdict_tables import COLUMNS, claim_records
from ptanalysis.dataset import ClinicData, active_spend
from ptanalysis.definitions import REPORT_VARIABLE, UserError, once
from ptanalysis.display import words
from ptanalysis.display.escaping import write_csv
from ptanalysis.display.report_files import NOTEBOOK_VARIABLE, recorded_in
from ptanalysis.intake.storage.atomic import alone, put_in_place, recover, remove
from ptanalysis.metrics.money.campaign_units import on_record
from ptanalysis.report.claim_lines import lines_of
from ptanalysis.report.deck_file import write_deck
from ptanalysis.report.deck_slides import findings_slides
from ptanalysis.report.findings_json import compose, write_json
from ptanalysis.report.front_matter import Brand, about, brand_of, texts
from ptanalysis.report.page import Chapter, chapter, render_page, summaries
from ptanalysis.report.report_text import Context, text_of
from ptanalysis.report.run_notebook import NotebookError, cores, execute, execute_all
from ptanalysis.report.sections import parts_of, rows_of
from ptanalysis.report.since_last import keep, last_report, since
from ptanalysis.report.workbook_file import findings_sheets, write_workbook


class ReportError(UserError, RuntimeError):
    """A report that could not be made; the message is one line for the reader."""


def make_report(
    tables: ClinicData,
    *,
    notebooks: Path,
    out: Path,
    raw: Path | None = None,
    progress: Callable[[str], object] | None = None,
    most: int | None = None,
) -> Path:
    """Make the report of a clinic's quarter.

    Parameters
    ----------
    tables : ClinicData
        As intake wrote them; the notebooks read the same from data/processed.
    notebooks : Path
        Folder with the notebooks, run in the order of their names.
    out : Path
        Folder of the report, replaced as a whole at the end.
    raw : Path, optional
        The clinic's folder of exports, where its slides' template and logo may lie.
    progress : callable, optional
        Called with the name of each step before it starts; see `steps`.
    most : int, optional
        Notebooks executed at a time; where not given, as many as there are cores, and one while
        the claims are judged, for which they wait.

    Returns
    -------
    Path
        `out`, now with findings (.html, .pptx, .xlsx, .json), figures/, tables/ and the notebooks.

    Raises
    ------
    ReportError
        A notebook failed; the previous report is still there.
    ptanalysis.report.front_matter.LookError
        A template or logo that cannot be used.
    ptanalysis.intake.storage.atomic.ClinicBusyError
        Another run makes a report of this clinic.
    """
    with alone(out.parent):
        brand = brand_of(tables.config, raw)
        recover(out, old=_old(out))
        making = _fresh(out.with_name(f"{out.name}.making"))
        try:
            tell = progress or (lambda step: None)
            work = _work(making, tables, notebooks=notebooks, tell=tell)
            keep(out)
            _make(making, tables, work, brand=brand, tell=tell, most=most)
            _replace(making, out)
        except NotebookError as error:
            failed = _replace(making, out.with_name(f"{out.name}.failed"))
            raise ReportError(f"{error} (what had run is in {failed.name})") from error
        finally:
            remove(making)
    remove(out.with_name(f"{out.name}.failed"))
    return out


def _work(making: Path, tables: ClinicData, *, notebooks: Path, tell: Callable) -> list[partial]:
    paths = listed(notebooks, clinic=tables.clinic)
    return [
        partial(_chapter, path, making, tables=tables, tell=tell, number=number)
        for number, path in enumerate(paths, 1)
    ]


def _make(
    making: Path, tables: ClinicData, work: list, *, brand: Brand, tell: Callable, most: int | None
) -> None:
    asked = any(b"pt.verdicts" in each.args[0].read_bytes() for each in work)
    # What takes longest is begun beside the first notebooks; those that ask for it wait for it,
    # and a core is free for one more.
    first = [partial(answered, tables)] if tables.stored and asked else []
    done = execute_all([*first, *work], most=most or cores() + len(first))
    chapters = done[len(first) :]
    tell("findings")
    kept = last_report(making.with_name(str(tables.quarter)), on=date.today())
    _write(making, tables, chapters, brand=brand, kept=kept)
    remove(making / "recorded")


def steps(notebooks: Path) -> list[str]:
    """Return the steps that `make_report` tells its progress callable, in order."""
    return [*(notebook.stem for notebook in listed(notebooks)), "findings"]


def listed(notebooks: Path, *, clinic: str = "") -> list[Path]:
    """Return the notebooks of a folder in the order they are read, a clinic's copies first.

    Parameters
    ----------
    notebooks : Path
    clinic : str
        Whose copies (``notebooks/CLINIC/``) take the place of the originals where they are.

    Raises
    ------
    ReportError
        There are none.
    """
    found = sorted(notebooks.glob("*.ipynb"))
    if not found:
        raise ReportError("the notebooks folder holds no notebook")
    own = [notebooks / clinic / each.name for each in found]
    return [copy if copy.is_file() else each for copy, each in zip(own, found, strict=True)]


def _chapter(
    notebook: Path, making: Path, *, tables: ClinicData, tell: Callable, number: int
) -> Chapter:
    tell(notebook.stem)
    executed = execute(
        notebook,
        making / notebook.name,
        parameters={"clinic": tables.clinic, "quarter": str(tables.quarter)},
        environment={REPORT_VARIABLE: str(making.resolve()), NOTEBOOK_VARIABLE: notebook.stem},
    )
    drawn = {
        png.read_bytes(): png.with_suffix(".svg").read_text("utf-8")
        for png in (making / "figures").glob("*.png")
    }
    return chapter(executed, notebook.stem, number=number, figures=drawn)


def _write(
    making: Path,
    tables: ClinicData,
    chapters: list[Chapter],
    *,
    brand: Brand,
    kept: dict | None = None,
) -> None:
    found = recorded_in(making / "recorded")
    claims = claim_records(found.claims, tables.config)
    document = compose(
        tables,
        stages=found.stages,
        money=found.money,
        estimates=found.estimates,
        claims=claims,
        assumptions=assumed_in(
            {each.anchor: found.assumed.get(each.anchor, tables.assumed) for each in chapters},
            found.kinds,
        ),
    )
    write_json(document, making / "findings.json")
    _write_tables(document, claims, found.stages, making / "tables")
    text = text_of(document, context_of(tables, found.weeks), lines_of(claims))
    front = about(document, name=name_of(tables))
    answers = [found.answers[each.anchor] for each in chapters if each.anchor in found.answers]
    write_workbook(findings_sheets(document), making / "findings.xlsx", about=front)
    note, rows = since(text, tables, kept)
    parts = parts_of(text, rows | rows_of(text, tables), since=note)
    past = next((each for each in parts if each["id"] == "since"), None)
    slides = findings_slides(text, about=front, answers=answers, since=past)
    write_deck(slides, making / "findings.pptx", brand=brand, about=front)
    lead = lead_line(tables, document["assumptions"])
    head = {
        "title": f"Leads of {front['clinic']}, {front['quarter']}",
        "lead": lead,
        "screen": text,
    }
    pages = summaries(**head)
    pages["findings.html"] = render_page(**head, sections=parts, chapters=chapters)
    for name, page in pages.items():
        (making / name).write_text(page, "utf-8")


def _write_tables(document: dict, claims: list, stages: pd.DataFrame, folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    currency = {"currency": document["currency"]}
    shown = pd.DataFrame(claims, columns=list(COLUMNS)).drop(columns="examples")
    write_csv(pd.DataFrame(document["estimates"]), folder / "estimates.csv")
    write_csv(shown, folder / "claims.csv")
    write_csv(stages.assign(**currency), folder / "stages.csv")
    if document["money"]:
        write_csv(pd.DataFrame(document["money"]).assign(**currency), folder / "money.csv")


def context_of(tables: ClinicData, weeks: float | None = None) -> Context:
    """Return what the words of a clinic's report need beside findings.json.

    `weeks` are those within which the notebooks counted patients; else the clinic's settings say.
    """
    weeks = weeks or tables.assumptions.weeks_to_patient
    last = tables.as_of - pd.Timedelta(weeks=weeks)
    first = max(active_spend(tables)["period_start"].min(), on_record(tables).min())
    return Context(
        spent=(first, last) if first <= last else (),
        quarter=words.quarter(tables.quarter.end),
        weeks_to_patient=weeks,
        most_per_patient=tables.config.most_per_patient,
    )


def assumed_in(
    notebooks: Mapping[str, Sequence[str]], kinds: Mapping[str, Sequence[str]]
) -> list[str]:
    """Return what notebooks assumed, each once; what it changes where not all of them did.

    Examples
    --------
    >>> assumed_in({"1-volume": ["8 weeks"], "2-quality": ["8 weeks", "no mailer"]},
    ...            {"2-quality": ["quality", "answer"]})
    ['8 weeks', 'no mailer (only in how many leads qualify)']
    """
    phrases = dict.fromkeys(each for said in notebooks.values() for each in said)
    where = {each: [name for name, said in notebooks.items() if each in said] for each in phrases}
    return [
        each
        if len(names) == len(notebooks)
        else f"{each} (only in {words.listed(_changed(names, kinds))})"
        for each, names in where.items()
    ]


def _changed(names: Sequence[str], kinds: Mapping[str, Sequence[str]]) -> list[str]:
    """Return what of the report notebooks recorded; their names where that is nothing."""
    said = texts("sentences.toml")["recorded"]
    found = [said[kind] for name in names for kind in kinds.get(name, ()) if kind in said]
    return list(dict.fromkeys(found)) or list(names)


def lead_line(tables: ClinicData, assumed: Sequence[str] = ()) -> str:
    """Return the line under the page's title: as of when, what differs, and dates not to trust."""
    lines = [f"Everything on this page is {words.as_of(tables.as_of)}."]
    if assumed:
        lines.append(f"Assumed: {'; '.join(assumed)}.")
    dates = [each for each in once(tables.problems) if each.code in ("one_day", "mostly_undated")]
    return " ".join([*lines, *(f"{each.file}: {each.what}." for each in dates)])


def name_of(tables: ClinicData) -> str:
    """Return what a clinic is called on its pages."""
    return tables.config.name or f"the {tables.clinic} clinic"


def _fresh(folder: Path) -> Path:
    remove(folder)
    folder.mkdir(parents=True)
    return folder


def _replace(making: Path, out: Path) -> Path:
    put_in_place(making, out, old=_old(out))
    return out


def _old(out: Path) -> Path:
    return out.with_name(f"{out.name}.old")
