"""The rule of what may be published: no count of 1 to 10 people, and none that can be worked out.

A count is shown of 0 or at least `LEAST` people, and the same holds of every difference of two that
count people within people: SQLs not yet patients, leads since the last publication.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

#: The fewest people a number may count, unless it counts none.
LEAST = 11

#: Each stage holds people of the one before.
CHAIN = ("leads", "mql", "sql", "patients")

#: Directions counted together.
Block = frozenset[str]
Counts = Mapping[str, int]
Table = Mapping[Block, Counts]


def clear(people: float) -> bool:
    """Return whether a number of people may be shown.

    Examples
    --------
    >>> [clear(people) for people in (0, 1, 10, 11, -3)]
    [True, False, False, True, False]
    """
    return people == 0 or abs(people) >= LEAST


def groupings(directions: Sequence[str]) -> Iterator[list[Block]]:
    """Yield every way to count directions together, each alone first.

    Examples
    --------
    >>> [[sorted(block) for block in each] for each in groupings(["inbound", "outbound"])]
    [[['inbound'], ['outbound']], [['inbound', 'outbound']]]
    """
    if not directions:
        yield []
        return
    first, *rest = directions
    for blocks in groupings(rest):
        yield [frozenset({first}), *blocks]
        for place, block in enumerate(blocks):
            yield [*blocks[:place], block | {first}, *blocks[place + 1 :]]


def safe(table: Table, earlier: Sequence[Table] = ()) -> bool:
    """Return whether a table neither shows nor gives away a small count.

    Parameters
    ----------
    table : Table
        Columns of `CHAIN`, and ``new_leads``.
    earlier : sequence of Table
        Those published before, whose people are among this one's.

    Notes
    -----
    A block counts 0 or at least `LEAST` people in every column, and so does what one column lacks
    to the one above. Which of its people are of which member, nothing says: any assignment of the
    people to the members gives the same table. A member's count therefore lies anywhere between 0
    and the least of the block's margins, and those are all `LEAST` or more.
    """
    shown = [count for counts in table.values() for count in _shown(counts)]
    shown += [
        change
        for other in earlier
        for region in _regions(table, other)
        for change in _changes(table, other, region)
    ]
    return all(map(clear, shown))


def _shown(counts: Counts) -> Iterator[int]:
    """Yield the counts and each difference of people within people."""
    chain = [counts[column] for column in CHAIN if column in counts]
    yield from counts.values()
    yield from (more - fewer for place, more in enumerate(chain) for fewer in chain[place + 1 :])
    if "new_leads" in counts:
        yield counts["leads"] - counts["new_leads"]


def _regions(table: Table, other: Table) -> set[Block]:
    """Return each block of a table, and the smallest unions that both tables add up to."""
    unions: list[Block] = []
    for block in [*table, *other]:
        touching = [union for union in unions if union & block]
        unions = [union for union in unions if not union & block]
        unions.append(block.union(*touching))
    return {*table, *unions}


def _changes(table: Table, other: Table, region: Block) -> Iterator[int]:
    now, then = _sums(table, region), _sums(other, region)
    for column, count in now.items():
        for before in ("leads", "before") if column in ("leads", "before") else (column,):
            if before in then:
                yield count - then[before]


def _sums(table: Table, region: Block) -> dict[str, int]:
    """Return what a table counts inside a region; ``before`` are the leads of earlier quarters."""
    inside = [counts for block, counts in table.items() if block <= region]
    columns = next(iter(table.values()))
    sums = {name: sum(counts[name] for counts in inside) for name in CHAIN if name in columns}
    if "new_leads" in columns:
        sums["before"] = sum(counts["leads"] - counts["new_leads"] for counts in inside)
    return sums
