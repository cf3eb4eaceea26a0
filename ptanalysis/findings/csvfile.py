"""Tables as CSV that spreadsheets open safely and that come out the same at every run."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

#: A spreadsheet takes text that starts so for a formula.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def write_csv(frame: pd.DataFrame, path: Path) -> None:
    """Write a table without its index: UTF-8, one line feed a row, 10 significant digits.

    Parameters
    ----------
    frame : DataFrame
    path : Path
        Its folder exists.

    Notes
    -----
    Text that a spreadsheet would run as a formula gets a leading apostrophe; numbers, negative
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
    """Return a cell with text that starts a formula quoted.

    Examples
    --------
    >>> harmless("=1+1"), harmless(-3), harmless("seo")
    ("'=1+1", -3, 'seo')
    """
    if isinstance(cell, str) and cell.startswith(FORMULA_STARTS):
        return "'" + cell
    return cell


def _harmless_column(column: pd.Series) -> pd.Series:
    if pd.api.types.is_numeric_dtype(column) or pd.api.types.is_datetime64_dtype(column):
        return column
    return column.map(harmless)
