"""Whether text fits its box: measured in a wide font, so that narrower ones fit too."""

from __future__ import annotations

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
    lines = sum(
        _wrapped(line, width, size, bold) for each in paragraphs for line in each.split("\n")
    )
    return lines * size * _LEADING


def _wrapped(text: str, width: float, size: float, bold: bool) -> int:
    lines, at = 1, 0.0
    for word in text.split(" "):
        long = text_width(f"{word} ", size, bold=bold)
        lines, at = (lines, at + long) if at + long <= width or not at else (lines + 1, long)
        lines, at = lines + int(at // width), at % width
    return lines


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
