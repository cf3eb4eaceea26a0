"""Text in the width it has, and whether it fits: measured in a wide font, so narrower ones fit."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache

_LEADING = 1.22


@cache
def _font(bold: bool):
    from matplotlib import get_data_path
    from matplotlib.ft2font import FT2Font

    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    font = FT2Font(f"{get_data_path()}/fonts/ttf/{name}")
    font.set_size(100, 72)
    return font


@cache
def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """Return how wide a line is, in points."""
    font = _font(bold)
    font.set_text(text)
    return font.get_width_height()[0] / 64 * size / 100


def text_height(
    paragraphs: Iterable[str], width: float, size: float, *, bold: bool = False
) -> float:
    """Return how high paragraphs are when wrapped at a width, in points."""
    lines = sum(len(folded(each, width, size, bold=bold).split("\n")) for each in paragraphs)
    return lines * size * _LEADING


def folded(text: str, width: float, size: float, *, bold: bool = False) -> str:
    r"""Return text on lines that are no wider than a width, in points.

    Examples
    --------
    >>> folded("157 leads came in April", 90, 10)
    '157 leads came\nin April'
    >>> folded("service-page-direct-access", 70, 10)
    'service-page-\ndirect-access'
    """
    lines = [""]
    for part in re.findall(r"\n|[^ \n]+", text):
        if part == "\n":
            lines.append("")
            continue
        longer = f"{lines[-1]} {part}".lstrip(" ")
        if lines[-1] and text_width(longer, size, bold=bold) > width:
            lines, longer = [*lines, part], part
        while (fits := _fitting(longer, width, size, bold)) < len(longer):
            lines[-1:] = [longer[:fits], longer[fits:]]
            longer = longer[fits:]
        lines[-1] = longer
    return "\n".join(lines)


def _fitting(word: str, width: float, size: float, bold: bool) -> int:
    """Return how many letters of a word fit on a line, one at least."""
    fits = (n for n in range(len(word), 1, -1) if text_width(word[:n], size, bold=bold) <= width)
    return next(fits, 1)


def unbroken(text: str) -> str:
    """Return text whose parentheses stay on a line, where they are short."""
    return re.sub(r"\([^)]{,60}\)", lambda found: found[0].replace(" ", "\u00a0"), text)


def fitting_size(
    paragraphs: Sequence[str], width: float, height: float, *, sizes: range, bold: bool = False
) -> int:
    """Return the largest size at which paragraphs fit a box, the smallest where none does.

    Examples
    --------
    >>> fitting_size(["157 leads came"], 200, 30, sizes=range(10, 25))
    24
    >>> fitting_size(["157 leads came in April"] * 3, 200, 60, sizes=range(10, 25))
    16
    """
    fits = (
        size
        for size in reversed(sizes)
        if text_height(paragraphs, width, size, bold=bold) <= height
    )
    return next(fits, sizes[0])
