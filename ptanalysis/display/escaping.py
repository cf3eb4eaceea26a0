"""Text that people wrote is data: no markup in Markdown, no formula in a spreadsheet.

Names (of campaigns, vendors, clinics) stand in sentences, tables and figures as they were written.
HTML is escaped where it is made (jinja2, pandas' Styler), figures read no formulas
(``text.parse_math`` in `style`), and spreadsheets are `csvfile`'s.
"""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

#: What starts markup, a link or a formula in the middle of a line.
_INSIDE = re.compile(r"&(?!#\d+;)|[<\[\]`$\\|~_@]|:(?=//)|(?<=www)\.", re.IGNORECASE)
#: What else does in a name, which may stand at the start of a line.
_IN_NAMES = re.compile(r"&|[*>#]|^[-+=]|(?<=^\d)[.)]|(?<=^\d\d)[.)]|(?<=^\d\d\d)[.)]")
#: Not a letter: line ends, control characters, and those that turn the direction of reading.
_UNSEEN = re.compile(r"[\x00-\x20\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]+")

_NO_FORMULAS = ('<div class="tex2jax_ignore mathjax_ignore">\n\n', "\n\n</div>")


def name(text: str) -> str:
    """Return a text that people gave as Markdown that shows it letter for letter, on one line.

    Examples
    --------
    >>> print(name("[x](http://a.b) *A* & B"))
    &#91;x&#93;(http&#58;//a.b) &#42;A&#42; &#38; B
    """
    return sentence(_IN_NAMES.sub(_entity, legible(text)))


def legible(text: str) -> str:
    r"""Return a text that people gave on one line, without what is no letter.

    Examples
    --------
    >>> legible("Spring\x0b mailer\u202e & \n flyers")
    'Spring mailer & flyers'
    """
    return _UNSEEN.sub(" ", text).strip()


def sentence(text: str) -> str:
    """Return our own Markdown with nothing left but emphasis, lists and headings.

    Parameters
    ----------
    text : str
        Markdown; names in it have been through `name`, which this leaves as it is.

    Examples
    --------
    >>> print(sentence("**$240** <b> " + name("a_b")))
    **&#36;240** &#60;b> a&#95;b
    """
    return _INSIDE.sub(_entity, text)


def without_formulas(text: str) -> str:
    r"""Return Markdown in which JupyterLab sets no formula.

    Neither ``\$`` nor ``&#36;`` is enough: what stands between two dollars becomes a formula after
    the text is on the page, where both are plain dollars.
    """
    return text.join(_NO_FORMULAS)


def shown(text: str) -> str:
    """Return the Markdown that `without_formulas` was given."""
    start, end = _NO_FORMULAS
    return text.removeprefix(start).removesuffix(end)


def _entity(found: re.Match) -> str:
    return f"&#{ord(found[0])};"


#: A spreadsheet takes text that starts so for a formula, also in wide signs and after spaces; so it
#: does with what follows a semicolon, a tab or a line end. Quotes do not hold there: where another
#: separator is in use, they do not stand at the start of what is then a cell.
_SIGN = r"[=+\-@\uFF1D\uFF0B\uFF0D\uFF20]"
_STARTS = re.compile(rf"^(?=\s*{_SIGN})|^(?=[\t\r])|(?!^)([;\t\r\n])(?=[\s\"]*{_SIGN})")


def write_csv(frame: pd.DataFrame, path: Path) -> None:
    """Write a table without its index: UTF-8, one line feed a row, 10 significant digits.

    Parameters
    ----------
    frame : DataFrame
    path : Path
        Its folder exists.

    Notes
    -----
    Text that a spreadsheet would run as a formula gets an apostrophe before it; numbers, negative
    ones included, stay as they are.

    References
    ----------
    OWASP, CSV Injection.
    """
    safe = frame.rename(columns=harmless).apply(_harmless_column)
    safe.to_csv(
        path, index=False, float_format="%.10g", lineterminator="\n", date_format="%Y-%m-%d"
    )


def harmless(cell: object) -> object:
    """Return a cell with an apostrophe before all that a spreadsheet would run as a formula.

    Examples
    --------
    >>> harmless("=1+1"), harmless(-3), harmless("seo"), harmless("A;=1+1")
    ("'=1+1", -3, 'seo', "A;'=1+1")
    """
    return _STARTS.sub(lambda found: f"{found[1] or ''}'", cell) if isinstance(cell, str) else cell


def _harmless_column(column: pd.Series) -> pd.Series:
    if pd.api.types.is_numeric_dtype(column) or pd.api.types.is_datetime64_dtype(column):
        return column
    return column.map(harmless)
