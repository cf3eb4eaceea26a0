"""How a table of estimates shows itself: in a client's words, the same bytes every time."""

from __future__ import annotations

import pandas as pd

from ptanalysis.display import phrases, words
from ptanalysis.display.notebook_output import html_table
from ptanalysis.stats.estimate import Estimate
from ptanalysis.stats.estimates_frame import Estimates

_COLUMNS = ["", "of", "estimate", "95% interval", "n", "note"]


def in_words(found: Estimates) -> pd.DataFrame:
    """Return estimates as text: what, of whom, value, interval, number behind it, note.

    Examples
    --------
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
    """Return a table of estimates as HTML; its id is made of what it holds, not of chance."""
    shown = in_words(found)
    shown = shown.drop(columns=[name for name in ("of", "note") if not shown[name].str.len().any()])
    name = "-".join(dict.fromkeys(found["measure"].astype(str))) or "estimates"
    return html_table(shown, name.replace(" ", "-"), caption="", units={})


def as_text(found: Estimates) -> str:
    """Return a table of estimates as plain text."""
    return in_words(found).to_string(index=False)


def phrase(found: Estimate, *, of: str) -> str:
    """Return one estimate in words, with its interval and the number behind it.

    Examples
    --------
    >>> phrase(Estimate(value=.25, ci_low=.15, ci_high=.38, unit="share", n=60, method="Wilson"),
    ...        of="leads")
    '25% (15 to 38%; 60 leads)'
    """
    known = found.known or found.ci_low is not None or found.ci_high is not None
    if not known:
        return f"not known: {phrases.remark(found)}"
    return phrases.brief(found, behind=words.count(found.n, of))


Estimates.as_phrase = staticmethod(phrase)
Estimates.as_finding = staticmethod(phrases.compared)
Estimates.as_html = staticmethod(as_html)
Estimates.as_text = staticmethod(as_text)
