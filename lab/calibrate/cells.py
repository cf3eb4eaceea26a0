"""The clinics calibrated on: worlds with known truth, at the sizes clinics have."""

from __future__ import annotations

from dataclasses import dataclass, replace

from lab import simulate
from lab.simulate import World
from ptanalysis.claims import load_claims

CLAIMS = load_claims()

#: Clinics and leads a month; None is many clinics of different sizes.
SIZES: dict[str, tuple[int, float | None]] = {
    "1 clinic, 20 leads a month": (1, 20.0),
    "1 clinic, 45 leads a month": (1, 45.0),
    "1 clinic, 80 leads a month": (1, 80.0),
    "6 clinics": (6, None),
    "20 clinics": (20, None),
}
#: Worlds that are what they are: too little data, or data that cannot answer.
GATED = ("SPARSE", "UNIDENTIFIABLE")
OWN_SIZE = "1 clinic"


@dataclass(frozen=True)
class Cell:
    """One world at one size.

    Parameters
    ----------
    world : str
        A key of `simulate.WORLDS`.
    size : str
        A key of SIZES, or OWN_SIZE for the gated worlds.

    Examples
    --------
    >>> Cell("NULL", "6 clinics").drawn_from.clinics
    6
    >>> abs(Cell("NULL", "6 clinics").truth["inbound_leads_more_often_sql"]) < 0.005
    True
    """

    world: str
    size: str

    @property
    def drawn_from(self) -> World:
        """The parameters of the cell's clinics."""
        world = simulate.WORLDS[self.world]
        if self.size == OWN_SIZE:
            return world
        clinics, leads_a_month = SIZES[self.size]
        return replace(world, clinics=clinics, leads_a_month=leads_a_month)

    @property
    def truth(self) -> dict[str, float | None]:
        """The true value of each claim's estimand."""
        return simulate.truth(self.drawn_from)

    @property
    def name(self) -> str:
        """A file name."""
        return f"{self.world}-{self.size}".replace(" ", "-").replace(",", "")


def cells(worlds: tuple[str, ...] = tuple(simulate.WORLDS)) -> list[Cell]:
    """Return every cell of `worlds`.

    Examples
    --------
    >>> len(cells(("NULL", "ARTICLE", "SPARSE")))
    11
    """
    return [
        Cell(world, size) for world in worlds for size in ((OWN_SIZE,) if world in GATED else SIZES)
    ]
