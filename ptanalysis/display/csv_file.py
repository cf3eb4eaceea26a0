"""Tables as CSV that spreadsheets open safely and that come out the same at every run."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

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
