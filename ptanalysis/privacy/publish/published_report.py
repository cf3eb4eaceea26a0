"""The folder of a quarter that may leave the clinic; everything in it comes from `published`.

A published quarter is frozen: two versions of it could be subtracted from each other.
"""

from __future__ import annotations

import json
from pathlib import Path

from ptanalysis.definitions import UserError
from ptanalysis.intake.storage.atomic import alone, put_in_place, remove
from ptanalysis.privacy.publish.published_page import write
from ptanalysis.privacy.publish.suppress import published
from ptanalysis.report.front_matter import Brand


class FrozenQuarterError(UserError, RuntimeError):
    """A quarter that is published already, or can no longer be."""


class NoStagesError(UserError, RuntimeError):
    """A report whose notebooks recorded no stages: there is nothing to publish."""


def place_of(report: Path) -> Path:
    """Return the folder that a report is published in.

    Raises
    ------
    FrozenQuarterError
        There is one already, or one of a later quarter: earlier ones cannot follow it.

    Examples
    --------
    >>> place_of(Path("/project/reports/mine/2026Q2")).name
    '2026Q2.published'
    """
    place = report.with_name(f"{report.name}.published")
    if place.exists():
        raise FrozenQuarterError(
            f"{report.name} is published already and stays as it is, because two versions could be"
            f" subtracted to find single people; run without --publish, or, where no one has it"
            f" yet, remove {place} and publish again"
        )
    later = [each.stem for each in _published(report) if each.stem > report.name]
    if later:
        raise FrozenQuarterError(
            f"{later[-1]} is published already, and quarters are published in order, because an"
            f" earlier one could be subtracted from it; run without --publish"
        )
    return place


def publish(report: Path, *, name: str, brand: Brand | None = None) -> Path:
    """Write what of a report may leave the clinic.

    Parameters
    ----------
    report : Path
        Folder of the report, as `report.make_report` made it.
    name : str
        The clinic's, as its readers know it.
    brand : Brand, optional
        The look of the slides.

    Returns
    -------
    Path
        Folder beside the report: findings (.html, .pptx, .xlsx, .json), figures/ and tables/.

    Raises
    ------
    FrozenQuarterError
        The quarter is published already.
    NoStagesError
        No notebook recorded the stages by channel.
    """
    with alone(report.parent):
        place = place_of(report)
        if not _read(report)["stages"]:
            raise NoStagesError(
                "no notebook recorded the leads by channel, so there is nothing to publish: put"
                ' back the cell that ends with pt.record(..., "stages") in notebook 2'
            )
        making = place.with_name(f"{place.name}.making")
        remove(making)
        before = [_read(folder) for folder in _published(report)]
        try:
            document = _read(report)
            shown = published(document, before, assumptions=document["assumptions"])
            write(shown, making, name=name, brand=brand)
            put_in_place(making, place, old=place.with_name(f"{place.name}.old"))
        finally:
            remove(making)
    return place


def _published(report: Path) -> list[Path]:
    return sorted(report.parent.glob("*.published"))


def _read(folder: Path) -> dict:
    return json.loads((folder / "findings.json").read_text("utf-8"))
