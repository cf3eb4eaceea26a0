"""How a table of estimates shows itself: in a client's words, the same bytes every time."""

from __future__ import annotations

import pandas as pd

from ptanalysis.display import phrases, words
from ptanalysis.display.notebook_output import html_table
from ptanalysis.stats.estimates_frame import Estimates

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
