"""What a notebook shows: a sentence, a figure, a table; the report's files are saved on the way.

While a report is made, PTANALYSIS_REPORT names its folder and every figure and table shown is
saved there too (figures/*.png and *.svg, tables/*.csv).
"""

from __future__ import annotations

from html import escape

import pandas as pd
from IPython.display import HTML, Markdown, display

from ptanalysis.display import escaping, numbers, phrases, words
from ptanalysis.display.csv_file import write_csv
from ptanalysis.display.drawing import Drawing
from ptanalysis.display.report_files import record, report_folder
from ptanalysis.stats.estimate import Estimate

#: A number with the sign or the code of a currency, a dash for none, or an open end.
_NUMBER = r"^(−?([A-Z]{0,3}[$£¥₠-₿]|[A-Z]{3} )?[\d,.]+|–|at (least|most) )"
_TABLE_STYLE = [
    {
        "selector": "caption",
        "props": "caption-side: top; text-align: left; padding: 4px 0; font-weight: bold;",
    },
    {
        "selector": "th",
        "props": "text-align: right; padding: 4px 10px; border-bottom: 1px solid #5f6670;"
        " vertical-align: bottom; font-weight: 600;",
    },
    {
        "selector": "td",
        "props": "text-align: right; padding: 3px 10px; border-bottom: 1px solid #e3e6ea;",
    },
]


def say(text: str) -> None:
    """Show computed Markdown, such as the short answer; nothing in it is HTML, a link or a formula.

    Examples
    --------
    >>> say("**Short answer.** 27%")
    <IPython.core.display.Markdown object>
    """
    display(Markdown(escaping.without_formulas(escaping.sentence(text))))


def short_answer(text: str) -> None:
    """Show the answer in a sentence or two, and record it for the head of the page.

    Parameters
    ----------
    text : str
        Markdown, every number computed.
    """
    record(text, "answer")
    say(f"**Short answer.** {text}")


def show(drawing: Drawing) -> None:
    """Show a drawing with its alt text, and save it where a report is being made.

    Its finding and alt text are the plain-text form of the output, so a check of stored outputs
    compares them although it never compares images.
    """
    data, metadata = drawing._repr_mimebundle_()
    display(data, metadata=metadata, raw=True)


def table(
    frame: pd.DataFrame, name: str, *, caption: str, units: dict[str, str] | None = None
) -> None:
    """Show a small table, and save its unrounded numbers where a report is being made.

    Parameters
    ----------
    frame : DataFrame
        Its index is not shown.
    name : str
        Of its file, like ``channels``.
    caption : str
        What it holds, and of when.
    units : dict, optional
        Column to unit (see `numbers.number`); whole numbers and text need none.
    """
    folder = report_folder("tables")
    if folder:
        write_csv(frame, folder / f"{name}.csv")
    display(HTML(html_table(frame, name, caption=caption, units=units or {})))


def estimates(
    found: list[Estimate], name: str, *, caption: str, of: str = "leads", given: bool = False
) -> None:
    """Show estimates one a row: of whom, value, likely range, number behind it, how.

    Parameters
    ----------
    found : list of Estimate
    name, caption : str
        As in `table`.
    of : str
        What ``n`` counts; of two groups that are compared, say so (``leads in both quarters``).
    given : bool
        Whether the groups are names that people gave (campaigns, vendors).
    """
    rows = pd.DataFrame(
        {
            "": [_of_whom(each, given=given) for each in found],
            "Estimate": [phrases.value(each) for each in found],
            "Likely between": [phrases.interval(each) for each in found],
            words.head(of): [f"{each.n:,.0f}" for each in found],
            "Remark": [phrases.remark(each) for each in found],
        }
    )
    if not any(each.reason for each in found):
        rows = rows.drop(columns="Remark")
    table(rows, name, caption=caption)


def _of_whom(estimate: Estimate, *, given: bool) -> str:
    if estimate.group in ("", estimate.id):
        return words.label(estimate.id)
    return words.group(estimate.group, given=given)


def html_table(frame: pd.DataFrame, name: str, *, caption: str, units: dict[str, str]) -> str:
    """Return a table as HTML with its style, numbers in words; see `table`."""
    shown = _in_words(frame, units)
    left = [
        {"selector": f".col{place}", "props": "text-align: left;"}
        for place, column in enumerate(frame)
        if not pd.api.types.is_numeric_dtype(frame[column]) and not _numeric_text(frame[column])
    ]
    styler = shown.style.hide(axis="index").set_caption(escape(caption)).set_uuid(name)
    styler.cell_ids = False
    styler = styler.set_table_attributes('class="tex2jax_ignore mathjax_ignore"')
    html = styler.set_table_styles(_TABLE_STYLE + left).format(escape="html")
    html = html.format_index(escape="html", axis="columns").to_html()
    return html.replace("<th class", '<th scope="col" class')


def _numeric_text(column: pd.Series) -> bool:
    """Whether a text column holds formatted numbers, to be set flush right."""
    texts = column.dropna().astype(str)
    return bool(texts.str.match(_NUMBER).all()) and len(texts) > 0


def _in_words(frame: pd.DataFrame, units: dict[str, str]) -> pd.DataFrame:
    shown = {
        words.label(column): [_cell(cell, units.get(column)) for cell in frame[column]]
        for column in frame
    }
    return pd.DataFrame(shown)


def _cell(cell: object, unit: str | None) -> str:
    if pd.isna(cell):
        return "–"
    if unit:
        return numbers.number(float(cell), unit)
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return f"{cell:,.0f}" if float(cell).is_integer() else f"{cell:,.2f}"
    if isinstance(cell, pd.Timestamp):
        return f"{cell:%Y-%m-%d}"
    return str(cell)
