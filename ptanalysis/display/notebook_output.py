"""What a notebook shows: a sentence, a figure, a table; the report's files are saved on the way.

While a report is made, PTANALYSIS_REPORT names its folder and every figure and table shown is
saved there too (figures/*.png and *.svg, tables/*.csv).
"""

from __future__ import annotations

import os
from base64 import b64encode
from html import escape
from io import BytesIO
from pathlib import Path

import matplotlib as mpl
import pandas as pd
from IPython.display import HTML, Markdown, display

from ptanalysis.definitions import spare_raw
from ptanalysis.display import escaping, numbers, phrases, words
from ptanalysis.display.csv_file import write_csv
from ptanalysis.display.style import Drawing
from ptanalysis.stats.estimate import Estimate

#: Environment variable that names the folder of the report being made.
REPORT_VARIABLE = "PTANALYSIS_REPORT"

_SAVE = {
    "svg.hashsalt": "ptanalysis",
    "svg.fonttype": "path",
    "savefig.dpi": 144,
    "text.parse_math": False,
}
_NO_DATE = {"png": {"Software": None}, "svg": {"Date": None, "Creator": None}}
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
    >>> say("**Short answer.** 27 %")
    <IPython.core.display.Markdown object>
    """
    display(Markdown(escaping.without_formulas(escaping.sentence(text))))


def show(drawing: Drawing) -> None:
    """Show a drawing with its alt text, and save it where a report is being made.

    Its finding and alt text are the plain-text form of the output, so a check of stored outputs
    compares them although it never compares images.

    Parameters
    ----------
    drawing : Drawing
    """
    settle(drawing)
    png = image(drawing, "png")
    folder = report_folder("figures")
    if folder:
        (folder / f"{drawing.name}.png").write_bytes(png)
        (folder / f"{drawing.name}.svg").write_bytes(image(drawing, "svg"))
    display(
        {"image/png": b64encode(png).decode(), "text/plain": f"{drawing.title}\n{drawing.alt}"},
        metadata={"image/png": {"alt": f"{drawing.title}. {drawing.alt}"}},
        raw=True,
    )


def settle(drawing: Drawing) -> None:
    """Lay a figure out once, so that each file is not laid out anew."""
    with mpl.rc_context(_SAVE):
        drawing.figure.draw_without_rendering()
    drawing.figure.set_layout_engine("none")


def image(drawing: Drawing, kind: str) -> bytes:
    """Return a drawing as the bytes of a ``png`` or ``svg``, the same at every call."""
    file = BytesIO()
    with mpl.rc_context(_SAVE):
        drawing.figure.savefig(file, format=kind, metadata=_NO_DATE[kind])
    return file.getvalue()


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


def report_folder(part: str) -> Path | None:
    """Return the folder of the report being made for `part`, None where none is made."""
    report = os.environ.get(REPORT_VARIABLE)
    if not report:
        return None
    folder = Path(report) / part
    spare_raw(folder)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


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
