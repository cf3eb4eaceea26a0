"""What a notebook shows: a sentence, a figure, a table; the report's files are saved on the way.

While a report is made, PTANALYSIS_REPORT names its folder and every figure and table shown is
saved there too (figures/*.png and *.svg, tables/*.csv).
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

import pandas as pd
from IPython.display import HTML, Markdown, display

from ptanalysis.dataset import ClinicData
from ptanalysis.display import escaping, numbers, phrases, words
from ptanalysis.display.escaping import write_csv
from ptanalysis.display.report_files import record, report_folder
from ptanalysis.stats.estimate import Estimates

#: A number with the sign or the code of a currency, a dash for none, or an open end.
_NUMBER = r"^(−?([A-Z]{0,3}[$£¥₠-₿]|[A-Z]{3} )?[\d,.]+|–|at (least|most) )"
#: Styles stand in each cell: a notebook that is not trusted drops a style sheet.
_CELL = "padding: 3px 10px; border-bottom: 1px solid #8b939c66; text-align: "
_HEAD = "padding: 4px 10px; border-bottom: 1px solid #8b939c; vertical-align: bottom; text-align: "
_CAPTION = "caption-side: top; text-align: left; padding: 4px 0; font-weight: bold"


def say(text: str) -> None:
    """Show computed Markdown, such as the short answer; nothing in it is HTML, a link or a formula.

    Examples
    --------
    >>> say("**Short answer.** 27%")
    <IPython.core.display.Markdown object>
    """
    display(Markdown(escaping.without_formulas(escaping.sentence(text))))


def short_answer(text: str, clinic: ClinicData | None = None) -> None:
    """Show the answer in a sentence or two, and record it for the head of the page.

    Parameters
    ----------
    text : str
        Markdown, every number computed.
    clinic : ClinicData, optional
        That it is about: what is assumed of it is named, here and on the page.
    """
    record(text, "answer")
    say(f"**Short answer.** {text}")
    if clinic is not None:
        record("\n".join(clinic.assumed), "assumed")
        record(f"{clinic.assumptions.weeks_to_patient:g}", "weeks")
        if clinic.assumed:
            say(f"Assumed: {'; '.join(map(escaping.name, clinic.assumed))}.")


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
        named = {column: f"{column} ({unit})" for column, unit in (units or {}).items()}
        write_csv(frame.rename(columns=named), folder / f"{name}.csv")
    display(HTML(html_table(frame, caption=caption, units=units or {})))


def html_table(frame: pd.DataFrame, *, caption: str, units: dict[str, str]) -> str:
    """Return a table as HTML, styles inline and numbers in words; see `table`."""
    shown = _in_words(frame, units)
    sides = ["right" if _is_numeric(frame[column]) else "left" for column in frame]
    head = _row('th scope="col"', _HEAD, shown, sides)
    rows = "\n".join(_row("td", _CELL, cells, sides) for cells in shown.itertuples(index=False))
    return (
        '<table class="tex2jax_ignore mathjax_ignore" style="border-collapse: collapse">\n'
        + (f'<caption style="{_CAPTION}">{escape(caption)}</caption>\n' if caption else "")
        + f"<thead>\n{head}\n</thead>\n<tbody>\n{rows}\n</tbody>\n</table>\n"
    )


def _row(tag: str, style: str, cells: Iterable[str], sides: Iterable[str]) -> str:
    parts = (
        f'<{tag} style="{style}{side}">{escape(cell)}</{tag.split()[0]}>'
        for cell, side in zip(cells, sides, strict=True)
    )
    return f"<tr>{''.join(parts)}</tr>"


def _is_numeric(column: pd.Series) -> bool:
    """Return whether a column holds numbers, or text of formatted ones, to be set flush right."""
    texts = column.dropna().astype(str)
    formatted = len(texts) > 0 and bool(texts.str.match(_NUMBER).all())
    return formatted or pd.api.types.is_numeric_dtype(column)


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


_COLUMNS = ["", "of", "estimate", "95% interval", "n", "note"]


def in_words(found: Estimates) -> pd.DataFrame:
    """Return estimates as text: what, of whom, value, interval, number behind it, note.

    Examples
    --------
    >>> from ptanalysis.stats import Estimate
    >>> rate = Estimate(value=.25, ci_low=.15, ci_high=.38, unit="share", n=60, method="Wilson")
    >>> in_words(Estimates.of([rate.labelled("sql_rate", "quality", "inbound")])).values.tolist()
    [['SQL rate', 'Inbound', '25%', '15 to 38%', '60', '']]
    """
    rows = [
        (
            words.label(each.id),
            words.group(each.group),
            phrases.value(each),
            phrases.interval(each),
            f"{each.n:,.0f}",
            phrases.remark(each),
        )
        for each in found.each()
    ]
    return pd.DataFrame(rows, columns=_COLUMNS)


def as_html(found: Estimates) -> str:
    """Return a table of estimates as HTML."""
    shown = in_words(found)
    shown = shown.drop(columns=[name for name in ("of", "note") if not shown[name].str.len().any()])
    return html_table(shown, caption="", units={})


def as_text(found: Estimates) -> str:
    """Return a table of estimates as plain text."""
    return in_words(found).to_string(index=False)


Estimates.as_phrase = staticmethod(phrases.phrase)
Estimates.as_finding = staticmethod(phrases.compared)
Estimates.as_html = staticmethod(as_html)
Estimates.as_text = staticmethod(as_text)
