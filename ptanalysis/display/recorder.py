"""Records: what a notebook found, written where a report is being made, and nowhere else.

One JSON file a record, ``recorded/NNN-<name>.json`` in the order of the cells (of notebook 2:
2001, 2002, ...). Page and findings.json are assembled from these files alone.
"""

from __future__ import annotations

import json
import re
from itertools import count
from pathlib import Path
from typing import TypeVar

import pandas as pd

from ptanalysis.definitions.allowed_words import check_word
from ptanalysis.definitions.report_folder import notebook_name, report_folder
from ptanalysis.display.client_table import slug
from ptanalysis.estimate.tidy import COLUMNS

Thing = TypeVar("Thing", pd.DataFrame, str)

QUESTIONS = ("volume", "quality", "roi", "decay", "trust")
_DIGITS = 10
_numbers: dict[str, count] = {}


def record(
    thing: Thing,
    *,
    question: str | None = None,
    name: str | None = None,
    headline: str | None = None,
) -> Thing:
    """Record a result for page and findings.json; without a report being made it does nothing.

    Parameters
    ----------
    thing : Estimates, DataFrame or str
        Estimates for findings.json's ``estimates``, any other table under its `name`, or a
        sentence (`say`) under its `headline` or `name`.
    question : {"volume", "quality", "roi", "decay", "trust"}, optional
        Needed for estimates.
    name : str, optional
        Of a table: ``stages``, ``claims``, ``choices``.
    headline : str, optional
        The question that a sentence answers, as the page's head shows it.

    Returns
    -------
    The same thing, so that a cell may end with it.

    Raises
    ------
    ValueError
        What it is to be called is not said, or the question is not one of these.

    Examples
    --------
    >>> record("157 leads came.", headline="Volume: how many leads came?")
    '157 leads came.'
    """
    if question is not None:
        check_word("question", question, QUESTIONS)
    content = _content(thing, question, name, headline)
    if folder := report_folder("recorded"):
        _write(folder, content)
    return thing


def record_figure(name: str, title: str, alt: str, folder: Path) -> None:
    """Record that a figure was drawn; its files are ``figures/<name>.png`` and ``.svg``."""
    _write(folder, {"kind": "figure", "name": name, "title": title, "alt": alt})


def plain(thing):
    """Return JSON types only, floats at 10 significant digits, missing values None.

    Examples
    --------
    >>> plain({"a": float("nan"), "b": (1 / 3, pd.Timestamp("2026-06-30"))})
    {'a': None, 'b': [0.3333333333, '2026-06-30']}
    """
    if isinstance(thing, dict):
        return {str(key): plain(value) for key, value in thing.items()}
    if isinstance(thing, list | tuple):
        return [plain(value) for value in thing]
    if thing is None or thing is pd.NaT or thing is pd.NA:
        return None
    if hasattr(thing, "item"):
        thing = thing.item()
    if isinstance(thing, float):
        return _number(thing)
    if isinstance(thing, bool | int):
        return thing
    return str(thing) if isinstance(thing, str) else f"{thing:%Y-%m-%d}"


def _content(thing, question: str | None, name: str | None, headline: str | None) -> dict:
    if isinstance(thing, pd.DataFrame):
        if set(COLUMNS[:9]) <= set(thing.columns):
            if question is None:
                raise ValueError(f"question is needed: one of {', '.join(QUESTIONS)}")
            return {
                "kind": "estimates",
                "name": name or str(thing["measure"].iloc[0] if len(thing) else "none"),
                "question": question,
                "rows": _rows(thing),
            }
        if name is None:
            raise ValueError("name is needed for a table, like 'stages'")
        return {"kind": "table", "name": name, "question": question, "rows": _rows(thing)}
    if headline is None and name is None:
        raise ValueError("headline (or name) is needed for a sentence")
    return {
        "kind": "headline" if headline else "text",
        "name": name or slug(headline or ""),
        "question": question,
        "headline": headline,
        "text": str(thing),
    }


def _rows(frame: pd.DataFrame) -> list[dict]:
    flat = frame.reset_index() if any(frame.index.names) else frame
    return flat.astype(object).to_dict("records")


def _write(folder: Path, content: dict) -> None:
    notebook = notebook_name()
    first = re.match(r"\d+", notebook)
    number = next(_numbers.setdefault(f"{folder}{notebook}", count(1)))
    start = f"{first[0] if first else ''}{number:03d}"
    text = json.dumps(
        plain({"notebook": notebook, **content}), indent=1, ensure_ascii=False, allow_nan=False
    )
    (folder / f"{start}-{slug(content['name'])}.json").write_text(text + "\n", "utf-8")


def _number(value: float) -> float | int | None:
    if value != value:
        return None
    rounded = float(f"{value:.{_DIGITS}g}")
    return int(rounded) if rounded.is_integer() and abs(rounded) < 10**_DIGITS else rounded
