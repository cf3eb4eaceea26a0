"""findings.xlsx: a sheet a table, numbers as numbers, nothing that a spreadsheet would run."""

from __future__ import annotations

import io
from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from textwrap import wrap

import pandas as pd
import xlsxwriter

from ptanalysis.display import words
from ptanalysis.display.numbers import excel_format, unit_of
from ptanalysis.report.findings_json import Choices, MoneyRow, StageRow
from ptanalysis.report.front_matter import day_of, meanings, texts

#: Every text is text: no formula, no link, and no number that was none.
_SAFE = dict.fromkeys(("strings_to_formulas", "strings_to_urls", "strings_to_numbers"), False)
_HOW = {**_SAFE, "in_memory": True}
_ENDS = ("estimate", "ci_low", "ci_high", "margin")
_ESTIMATES = ["id", "group", *_ENDS[:3], "unit", "n", "reason", "method"]
_CLAIMS = ["statement", "verdict", *_ENDS, "unit", "n", "p_value", "p_adjusted", "needs", "reason"]
_AMOUNTS = ("cost", "revenue", "spend", "collected")
_CHANNELS = sorted(StageRow.model_fields, key="channel".__ne__)
_MONEY = ["channel", *(name for name in MoneyRow.model_fields if name != "channel")]
#: Height of a line, and the widest column, in a spreadsheet's own units.
_LINE, _WIDEST = 15, 44


def findings_sheets(document: Mapping) -> dict[str, pd.DataFrame]:
    """Return the tables of findings.json, those without a row left out.

    Parameters
    ----------
    document : mapping
        findings.json.
    """
    estimates = pd.DataFrame(document["estimates"], columns=["question", *_ESTIMATES])
    files = sorted(map(_file, document["ledger"]["by_file"]), key=lambda row: row["file"])
    sheets = {
        "Channels": pd.DataFrame(document["stages"], columns=_CHANNELS),
        "Money": pd.DataFrame(document["money"], columns=_MONEY),
        **{
            sheet: estimates.loc[estimates["question"] == question, _ESTIMATES]
            for question, sheet in texts("workbook.toml")["questions"].items()
        },
        "Claims": pd.DataFrame(map(_claim, document["claims"])),
        "Files": pd.DataFrame(files),
        "Warnings": pd.DataFrame(document["warnings"]),
    }
    return {title: frame for title, frame in sheets.items() if len(frame)}


def _file(row: Mapping) -> dict:
    """Return what became of a file's rows, the reasons as one text."""
    reasons = "; ".join(f"{words.label(why)}: {n}" for why, n in row["reasons"].items())
    names = ("file", "kind", "rows_in", "used", "duplicates", "rejected", "excluded")
    return {name: row[name] for name in names} | {"reasons": reasons}


def _claim(row: Mapping) -> dict:
    """Return a claim with its counts of choices beside the rest."""
    counts = row["sensitivity"] or dict.fromkeys(Choices.model_fields)
    return {name: row[name] for name in _CLAIMS} | counts


def write_workbook(
    sheets: Mapping[str, pd.DataFrame], path: Path, *, about: Mapping[str, str]
) -> None:
    """Write tables as sheets, each with counts drawn, and the definitions.

    Parameters
    ----------
    sheets : mapping of str to DataFrame
        What holds ``leads`` is drawn. Amounts stand in columns ``cost`` and ``revenue``; the unit
        of an estimate in ``unit``.
    path : Path
    about : mapping
        Of `front_matter.about`.
    """
    terms = {**about, **meanings()}
    definitions = pd.DataFrame({"word": list(terms), "meaning": list(terms.values())})
    made = io.BytesIO()  # written as every file is: xlsxwriter hides why a disk refused one
    with xlsxwriter.Workbook(made, _HOW) as book:
        title = f"{about['clinic']}, {about['quarter']}"
        book.set_properties({"title": title, "created": day_of(about), "status": about["for"]})
        for name, frame in sheets.items():
            _add_sheet(book, name, frame, about)
        for name, frame in islice(((n, f) for n, f in sheets.items() if "leads" in f), 1):
            _add_chart(book, name, frame, about["currency"])
        _add_sheet(book, "Definitions", definitions, about)
    path.write_bytes(made.getvalue())


def _add_sheet(book, name: str, frame: pd.DataFrame, about: Mapping[str, str]) -> None:
    sheet, looks = book.add_worksheet(name), _Looks(book)
    heads = [_head(frame[column], about["currency"]) for column in frame]
    rows = [[_shown(*cell) for cell in row.items()] for row in frame.to_dict("records")]
    columns = list(zip(*rows, strict=True))
    widths = [_width(head, cells) for head, cells in zip(heads, columns, strict=True)]
    for at, (head, cells) in enumerate(zip(heads, columns, strict=True)):
        side = "left" if any(isinstance(cell, str) for cell in cells) else "right"
        sheet.set_column(at, at, widths[at])
        sheet.write_string(0, at, head, looks(bold=True, bottom=1, align=side, indent=int(at > 0)))
    for row, (cells, units) in enumerate(zip(rows, _units(frame, about), strict=True), 1):
        sheet.set_row(row, _LINE * max(map(_lines, cells, widths)))
        for at, (cell, unit) in enumerate(zip(cells, units, strict=True)):
            if isinstance(cell, str):
                sheet.write_string(row, at, cell, looks(align="left", indent=int(at > 0)))
            elif pd.notna(cell):
                sheet.write_number(row, at, cell, looks(num_format=excel_format(unit)))
    sheet.set_row(0, _LINE * max(map(_lines, heads, widths)))
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, len(frame), len(heads) - 1)
    _set_print(sheet, about)


class _Looks(dict):
    """The formats of a workbook's cells, each made once."""

    def __init__(self, book) -> None:
        self.book = book

    def __call__(self, **look):
        key = tuple(look.items())
        if key not in self:
            self[key] = self.book.add_format({"text_wrap": True, "valign": "top", **look})
        return self[key]


def _set_print(sheet, about: Mapping[str, str]) -> None:
    whose, when = (about[part].replace("&", "&&") for part in ("clinic", "quarter"))
    sheet.set_landscape()
    sheet.set_paper(1)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.set_header(f"&L{whose[:150]}, {when}&R{about['for'].partition(':')[0]}")
    sheet.set_footer(f"&L&A, as of {about['as of']}&R&P of &N")


def _head(column: pd.Series, currency: str) -> str:
    unit = f" ({currency})" if column.name in _AMOUNTS else ""
    never = column.name in StageRow.model_fields and column.isna().all()
    head = texts("workbook.toml")["heads"].get(column.name, words.label(column.name)) + unit
    return f"{head}, not recorded" if never else head


def _shown(column: str, cell: object) -> object:
    """Return a text in words, a name that people gave as it is, and a number as a number."""
    if not isinstance(cell, str):
        return cell
    if column == "line":
        return texts("workbook.toml")["lines"][cell]
    if column == "unit":
        _, before, after = unit_of(cell)
        return f"{before.strip()}{after}".strip()
    if column == "group":
        return words.group(cell)
    if column == "verdict":
        return words.VERDICTS[cell]
    return words.label(cell) if column in ("id", "direction", "channel") else cell


def _units(frame: pd.DataFrame, about: Mapping[str, str]) -> list[list[str]]:
    """Return the unit of each cell: of its row's estimate, the clinic's money, or a count."""
    money = about["currency"].lower()
    fixed = dict.fromkeys(_AMOUNTS, money)
    fixed |= {"p_value": "p", "p_adjusted": "p", "back": "ratio"}
    unit = frame.get("unit", pd.Series("ratio", frame.index))
    columns = [unit if name in _ENDS else [fixed.get(name, "leads")] * len(frame) for name in frame]
    return [list(row) for row in zip(*columns, strict=True)]


def _width(head: str, cells: tuple) -> float:
    longest = max(len(cell) if isinstance(cell, str) else 11 for cell in cells)
    return min(max(longest, min(len(head), 12)) + 3, _WIDEST)


def _lines(cell: object, width: float) -> int:
    return max(len(wrap(cell, int(width))), 1) if isinstance(cell, str) else 1


def _add_chart(book, name: str, frame: pd.DataFrame, currency: str) -> None:
    """Draw what was spent and collected, or the leads where no money is recorded."""
    money = [name for name in ("cost", "revenue") if name in frame and frame[name].notna().any()]
    sheet, chart = book.add_chartsheet("Chart"), book.add_chart({"type": "bar"})
    for column, color in zip(money or ["leads"], ("#3B4754", "#0072B2"), strict=False):
        at = list(frame).index(column)
        rows = {"categories": [name, 1, 0, len(frame), 0], "values": [name, 1, at, len(frame), at]}
        look = {"gap": 60, "fill": {"color": color}}
        chart.add_series({"name": [name, 0, at], **rows, **look})
    chart.set_title({"name": "Spent and collected so far" if money else "Leads so far"})
    chart.set_y_axis({"reverse": True})
    chart.set_x_axis({"num_format": excel_format(currency.lower() if money else "leads")})
    chart.set_legend({"position": "bottom"})
    sheet.set_chart(chart)
