"""Words an argument may be: what is not allowed gets an error that lists what is."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def check_word(what: str, word: object, allowed: Iterable[str]) -> None:
    """Raise ValueError where `word` is not one of `allowed`.

    Parameters
    ----------
    what : str
        The argument's name, like ``column``.
    word : object
        What was given.
    allowed : iterable of str

    Raises
    ------
    ValueError

    Examples
    --------
    >>> check_word("column", "chanel", ["channel", "direction"])
    Traceback (most recent call last):
    ValueError: column 'chanel' is not one of: channel, direction (did you mean 'channel'?)
    """
    names = [str(name) for name in allowed]
    if word in names:
        return
    near = get_close_matches(str(word), names, n=1)
    hint = f" (did you mean {near[0]!r}?)" if near else ""
    raise ValueError(f"{what} {word!r} is not one of: {', '.join(names)}{hint}")
