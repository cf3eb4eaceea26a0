"""Who has every published table of a clinic and subtracts: what can be known of each count.

Knows nothing of how the tables were made: only that each person is in one channel, that stages
follow each other, and that nobody goes back. Counts are bounded by integer programming.
"""

from __future__ import annotations

from itertools import product

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

STAGES = ("leads", "mql", "sql", "patients")


def lives(publications: int) -> list[tuple]:
    """Return what a person can be at each publication: (stage reached or -1, came this quarter)."""
    paths = [()]
    for _ in range(publications):
        paths = [(*path, state) for path in paths for state in _next(path)]
    return [path for path in paths if path[-1][0] >= 0]


def _next(path: tuple) -> list[tuple]:
    if not path or path[-1][0] < 0:
        absent = [(-1, False)]
        return absent + [(stage, new) for stage in range(4) for new in (True, False)]
    return [(stage, False) for stage in range(path[-1][0], 4)]


def counted(state: tuple, name: str) -> bool:
    """Tell whether a person in a state is in a count."""
    stage, new = state
    if name == "new_leads":
        return stage >= 0 and new
    return stage >= STAGES.index(name)


class Attacker:
    """Bounds on the counts behind the publications of one clinic, oldest first."""

    def __init__(self, units: list[tuple], publications: list[dict]):
        self.kinds = list(product(units, lives(len(publications))))
        told = [(np.zeros(len(self.kinds)), 0)]
        for place, each in enumerate(publications):
            told += self._told(each, place)
        counts = [count for _, count in told]
        self.rules = LinearConstraint(np.array([row for row, _ in told]), counts, counts)

    def _told(self, publication: dict, place: int):
        """Yield each published count as a sum over kinds of person."""
        together = [publication["together"]] if publication["together"] else []
        for row in publication["directions"] + together:
            members = {unit for unit, _ in self.kinds if unit[0] in row["directions"]}
            for name in (*STAGES, "new_leads"):
                if row[name] is not None:
                    yield self.cells(name, place, members), row[name]

    def cells(self, name: str, place: int, members) -> np.ndarray:
        """Return which kinds of person a count takes in."""
        return np.array(
            [float(unit in members and counted(life[place], name)) for unit, life in self.kinds]
        )

    def truth(self, people: dict) -> np.ndarray:
        """Return how many people there really are of each kind, for the judge."""
        return np.array([people.get(kind, 0) for kind in self.kinds])

    def range(self, cells: np.ndarray, *, at_most: int = 500) -> tuple[int, int]:
        """Return the least and the most that a count can be."""
        ends = [
            milp(
                sign * cells,
                constraints=self.rules,
                bounds=Bounds(0, at_most),
                integrality=np.ones(len(cells)),
            )
            for sign in (1, -1)
        ]
        assert all(end.success for end in ends), "what is published contradicts itself"
        return round(ends[0].fun), round(-ends[1].fun)
