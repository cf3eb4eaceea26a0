"""What a frame still knows of its clinic after it was filtered, and the words a question takes."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pandas as pd

from ptanalysis.stats import Estimate, average

_FACTS = "clinic_facts"


class FrameError(ValueError):
    """A frame, a column or a word that cannot be used; the message says which can."""


def with_facts(frame: pd.DataFrame, **known) -> pd.DataFrame:
    """Return a copy of `frame` that keeps what is known of its clinic through filters.

    Examples
    --------
    >>> frame = with_facts(pd.DataFrame({"cost": [1, 2]}), money="usd")
    >>> facts(frame[frame["cost"] > 1])
    {'money': 'usd'}
    """
    frame = frame.copy()
    frame.attrs[_FACTS] = known
    return frame


def given(rows: pd.DataFrame, column: str) -> pd.Series:
    """Return the group of each row: what a column says, a group of its own where it says nothing.

    Examples
    --------
    >>> given(pd.DataFrame({"vendor": ["Harbor", None]}), "vendor").tolist()
    ['Harbor', 'unknown vendor']
    """
    return rows[column].astype("str").fillna(f"unknown {column}")


def facts(frame: pd.DataFrame) -> dict:
    """Return what `with_facts` gave a frame, or raise FrameError."""
    if _FACTS not in frame.attrs:
        raise FrameError(
            "this frame no longer knows its clinic: filter what pt.units, pt.stops, pt.waits or"
            " pt.assets returned"
        )
    return frame.attrs[_FACTS]


def each_clinic(
    ask: Callable[..., Estimate], *frames: pd.DataFrame, label: tuple[str, str, str], **test
) -> list[Estimate]:
    """Return what is asked of a clinic's frames; of several, their average and then each.

    Parameters
    ----------
    ask : callable
        Takes the frames, each with ``clinic``, and returns one estimate.
    *frames : DataFrame
    label : (str, str, str)
        Id, question and group; a clinic's own estimate has its name as group.
    **test
        ``null``, ``confidence_level``.
    """
    clinics = sorted(set().union(*(frame["clinic"].unique() for frame in frames)))
    if len(clinics) < 2:
        return [ask(*frames).labelled(*label)]
    of = [ask(*(frame[frame["clinic"] == name] for frame in frames)) for name in clinics]
    named = [each.labelled(*label[:2], name) for each, name in zip(of, clinics, strict=True)]
    return [average(of, **test).labelled(*label), *named]


def allowed(option: str, word: str, words: Iterable[str]) -> str:
    """Return a word that is one of `words`, or raise FrameError with those that are.

    Examples
    --------
    >>> allowed("by", "channel", ["direction", "channel"])
    'channel'
    """
    words = list(words)
    if word not in words:
        raise FrameError(f"{option} is one of {', '.join(map(repr, words))}, not {word!r}")
    return word
