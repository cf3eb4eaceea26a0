"""Computed sentences: Markdown whose numbers come from the data and whose names are only names."""

from __future__ import annotations

import re
import string

import pandas as pd

from ptanalysis.display import formatting, wording
from ptanalysis.estimate import Estimate
from ptanalysis.estimate.tidy import Estimates, estimate_of

_INLINE = re.compile(r"([\\`*_\[\]$|~#@])")
_AT_START = re.compile(r"^([-+=>]|\d+[.)])")


class Sentence(str):
    """Markdown that a notebook shows as such; elsewhere it is a plain string."""

    def _repr_markdown_(self) -> str:
        return str(self)

    def __repr__(self) -> str:
        return str(self)


def say(text: str, /, **values: object) -> Sentence:
    r"""Return a sentence with its values in words; the last line of a cell shows it.

    Parameters
    ----------
    text : str
        Markdown with ``{name}`` for each value; ``{name:.0%}`` and its like format plain numbers.
    **values
        Estimates of one row (``27% (19%-36%)``), numbers, dates, names. Names are data: what would
        be Markdown or HTML in them is shown as it is written.

    Returns
    -------
    Sentence

    Raises
    ------
    ValueError
        A value that the text names is not given, or the other way round.

    Examples
    --------
    >>> say("Of {n:,} leads {share:.0%} came from {source}.", n=1204, share=0.27, source="a_b <i>")
    Of 1,204 leads 27% came from a\\_b &lt;i>.
    """
    named = {field for _, field, _, _ in string.Formatter().parse(text) if field}
    if named != set(values):
        raise ValueError(
            f"the text names {', '.join(sorted(named)) or 'no value'};"
            f" given: {', '.join(sorted(values)) or 'none'}"
        )
    parts = [
        escape_dollars(literal) + ("" if field is None else _worded(values[field], spec or ""))
        for literal, field, spec, _ in string.Formatter().parse(text)
    ]
    return Sentence("".join(parts))


def markdown_safe(name: str) -> str:
    r"""Return a name in which nothing is Markdown, HTML or a formula.

    Examples
    --------
    >>> print(markdown_safe("[x](http://e) <b> $1 a_b"))
    \[x\](http\://e) &lt;b> \$1 a\_b
    """
    text = _INLINE.sub(r"\\\1", str(name).replace("&", "&amp;").replace("<", "&lt;"))
    text = text.replace("://", "\\://").replace("www.", "www\\.")
    return _AT_START.sub(
        lambda found: (
            "\\" + found[0] if len(found[0]) == 1 else found[0][:-1] + "\\" + found[0][-1]
        ),
        text.replace("\n", " "),
    )


def escape_dollars(text: str) -> str:
    r"""Return text in which ``$`` starts no formula."""
    return re.sub(r"(?<!\\)\$", r"\\$", text)


def _worded(value: object, spec: str) -> str:
    if isinstance(value, pd.DataFrame):
        value = Estimates(value).only()
    if isinstance(value, pd.Series):
        value = estimate_of(value)
    if isinstance(value, Estimate):
        return escape_dollars(formatting.estimate_words(value))
    if isinstance(value, pd.Timestamp):
        return formatting.date_words(value)
    if isinstance(value, Sentence):
        return value
    if isinstance(value, str):
        return markdown_safe(wording.label(value))
    if spec:
        return escape_dollars(format(value, spec))
    if pd.api.types.is_number(value):
        return escape_dollars(formatting.number(float(value), "number"))
    return markdown_safe(str(value))
