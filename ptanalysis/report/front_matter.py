"""What deck and workbook say of themselves, the words they explain, and the clinic's own look."""

from __future__ import annotations

import tomllib
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from pathlib import Path

from ptanalysis.definitions import ClinicConfig, UserError
from ptanalysis.display import words

INTERNAL = "Internal: not for readers outside the clinic"


class LookError(UserError, ValueError):
    """A template or logo that cannot be used; the message says what to save instead."""


@dataclass(frozen=True, kw_only=True)
class Brand:
    """What slides are made with: the clinic's two colors, and its files where it has them."""

    colors: tuple[str, str]
    template: Path | None = None
    logo: Path | None = None

    def color(self, direction: str) -> str:
        """Return the color of a side, like ``0072B2``; what is on neither side is gray."""
        inbound, outbound = self.colors
        grays = {"neither": "#7A828C", "unknown": "#B9BFC7"}
        own = {"inbound": inbound, "outbound": outbound} | grays
        return own.get(direction, "#3B4754").lstrip("#")


def brand_of(config: ClinicConfig, folder: Path | None = None) -> Brand:
    """Return a clinic's look.

    Parameters
    ----------
    config : ClinicConfig
    folder : Path, optional
        ``data/raw/<clinic>``, which may hold template.pptx and logo.png.

    Raises
    ------
    LookError
        A template that is no .pptx, or a logo that is no PNG.
    """
    template, logo = (folder and folder / name for name in ("template.pptx", "logo.png"))
    template, logo = (path if path and path.is_file() else None for path in (template, logo))
    if template and not zipfile.is_zipfile(template):
        raise LookError("template.pptx is not a PowerPoint file: save it again as .pptx")
    if logo and not logo.read_bytes().startswith(b"\x89PNG"):
        raise LookError("logo.png is not a PNG picture: save it again as PNG")
    return Brand(colors=config.report.colors, template=template, logo=logo)


def about(document: Mapping, *, name: str, readers: str = INTERNAL) -> dict[str, str]:
    """Return whose numbers these are, of when, under which assumptions, and for whom.

    Parameters
    ----------
    document : mapping
        findings.json, or what is published of it.
    name : str
        The clinic's, as its readers know it.
    readers : str
    """
    last = date.fromisoformat(document["as_of"])
    return {
        "clinic": name,
        "quarter": words.quarter(last),
        "as of": words.as_of(last).removeprefix("as of "),
        "currency": document["currency"],
        "assumptions": "; ".join(document["assumptions"]) or "the usual ones",
        "for": readers,
    }


def day_of(about: Mapping[str, str]) -> datetime:
    """Return the day on which a file says that it was made: the as-of date.

    Examples
    --------
    >>> day_of({"as of": "June 30, 2026"}).isoformat()
    '2026-06-30T00:00:00'
    """
    return datetime.strptime(about["as of"], "%B %d, %Y")


@cache
def texts(name: str) -> dict:
    """Return a TOML file of this room; read once."""
    return tomllib.loads(files(__package__).joinpath(name).read_text("utf-8"))


def meanings() -> dict[str, str]:
    """Return the words of the findings and what each means.

    Examples
    --------
    >>> meanings()["patient"]
    'A lead with a first net payment.'
    """
    return texts("glossary.toml")
