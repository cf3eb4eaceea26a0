"""Text made comparable before it is parsed: spaces of every kind, and the ways to write nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import zip_longest

#: One step of a parser: from a table to the columns the step adds or replaces.
Stage = Callable[[object], dict[str, object]]

#: What parts the words of a value list, however they are written.
BETWEEN_WORDS = r"[\s_\-/]+"
#: Cells people write for "nothing"; never applied to names (there are people called None).
BLANKS = ("", "-", "--", "---", "n/a", "na", "none", "null", "nil", "unknown", "?", "tbd", ".")

#: Control characters and marks that turn the direction of writing count as spaces: they are not
#: seen, or change what is.
_SPACES = (
    r"[\s\x{00A0}\x{2007}\x{202F}\x{3000}\x{FEFF}\x{200B}"
    r"\x{01}-\x{1F}\x{7F}-\x{9F}\x{061C}\x{200E}\x{200F}\x{2028}-\x{202E}\x{2066}-\x{2069}]+"
)
#: All that may change when spaces are squeezed; to look for it costs a third of squeezing.
_UNTIDY = r"[^ -~]|^ | $|  "


def squeezed(text):
    r"""Return `text` with every run of spaces (of any kind) as one, and none at the ends.

    Examples
    --------
    >>> import ibis
    >>> squeezed(ibis.literal("  1\u00a0234,50 ")).execute()
    '1 234,50'
    """
    tidy = text.re_replace(_SPACES, " ").strip()
    return text.re_search(_UNTIDY).ifelse(tidy, text)


def folded(text):
    """Return `text` squeezed and in lower case; missing where it says nothing."""
    return _said(squeezed(text).lower())


def folding(column: str) -> list[Stage]:
    """Return the steps that add ``folded_<column>``, from which every parser starts."""
    name = f"folded_{column}"
    return [
        lambda table: {name: squeezed(table[column])},
        lambda table: {name: table[name].lower()},
        lambda table: {name: _said(table[name])},
    ]


def _said(lower):
    return lower.isin(BLANKS).ifelse(None, lower)


def token(text):
    """Return `text` as one word of a value list: lower case, words joined by an underscore.

    Examples
    --------
    >>> import ibis
    >>> token(ibis.literal(" No-Show ")).execute()
    'no_show'
    """
    return one_word(folded(text))


def one_word(lower):
    """Return what `token` does, of a folded text."""
    return lower.re_replace(BETWEEN_WORDS, "_")


def part(text, pattern: str, group: int):
    """Return one group of a regular expression, missing where it does not match."""
    return text.re_extract(pattern, group).nullif("")


def step(table, **columns):
    """Add columns to a table as a step of its own.

    Ibis otherwise copies each step's expression into every place of the next that uses it, which
    grows without bound; a view between them keeps the query as long as it is written.
    """
    return table.mutate(**columns).view()


def parsed(table, column: str, stages: Sequence[Stage]):
    """Run one parser on a column as it is written."""
    return staged(table, [[*folding(column), *stages]])


def staged(table, parsers: Sequence[Sequence[Stage]]):
    """Run parsers of several columns side by side, and drop their working columns.

    Parameters
    ----------
    table : ibis Table
    parsers : sequence of sequences of Stage
    """
    return side_by_side(table, parsers).select(*table.columns)


def side_by_side(table, parsers: Sequence[Sequence[Stage]]):
    """Run the steps of several columns side by side, and keep all that they add."""
    for stages in zip_longest(*parsers):
        table = step(
            table,
            **{name: value for stage in stages if stage for name, value in stage(table).items()},
        )
    return table
