"""Small groups put together until no count of 1 to 10 people is shown or can be worked out.

Nothing is blanked. A group that is too small is counted together with others, so that every number
shown is a true one of 0 or at least `LEAST` people, and so is every difference of two that count
people within people: SQLs not yet patients, leads since the last publication.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

#: The fewest people a number may count, unless it counts nobody.
LEAST = 11

#: Each stage holds people of the one before.
CHAIN = ("leads", "mql", "sql", "patients")

#: Direction and channel: the smallest group there is a count of.
Unit = tuple[str, str]
Block = frozenset[Unit]
Counts = Mapping[str, int]
Table = Mapping[Block, Counts]


def clear(people: float) -> bool:
    """Tell whether a number of people may be shown.

    Examples
    --------
    >>> [clear(people) for people in (0, 1, 10, 11, -3)]
    [True, False, False, True, False]
    """
    return people == 0 or abs(people) >= LEAST


def total(units: Table, block: Block) -> dict[str, int]:
    """Return the counts of a block's units together.

    Examples
    --------
    >>> one, two = frozenset({("inbound", "seo")}), frozenset({("inbound", "email")})
    >>> total({one: {"leads": 20}, two: {"leads": 3}}, one | two)
    {'leads': 23}
    """
    inside = [counts for unit, counts in units.items() if unit <= block]
    return {column: sum(counts[column] for counts in inside) for column in inside[0]}


def pooled(
    start: Sequence[Block],
    units: Table,
    *,
    earlier: Sequence[Table] = (),
    within: Sequence[Block] = (),
) -> list[Block] | None:
    """Put blocks together until nothing small is left.

    Parameters
    ----------
    start : sequence of Block
        The groups one would like to show.
    units : Table
        Counts of each unit, a block of one; columns of `CHAIN`, and ``new_leads``.
    earlier : sequence of Table
        What was told of this clinic in earlier quarters.
    within : sequence of Block
        Blocks that are not put together with each other; everything, where there are none.

    Returns
    -------
    list of Block, or None where even everything together is too small.

    Notes
    -----
    A pool counts 0 or at least `LEAST` people in every column, and so does what it lacks to the
    pool above it. Which of its people are of which member, nothing tells: any assignment of the
    people to the members gives the same table. A member's count therefore lies anywhere between
    0 and the least of the pool's margins, and those are all `LEAST` or more.
    """
    blocks, limits = list(start), list(within) or [frozenset().union(*start)]
    while faulty := at_fault({block: total(units, block) for block in blocks}, earlier):
        merged = [_merged(_inside(blocks, limit), faulty, units) for limit in limits]
        after = [block for part in merged for block in part]
        if len(after) == len(blocks):
            return None
        blocks = after
    return blocks


def at_fault(table: Table, earlier: Iterable[Table] = ()) -> set[Block]:
    """Return the blocks that show or give away a small count.

    Parameters
    ----------
    table : Table
    earlier : iterable of Table
        Tables of earlier quarters, whose people are among this one's.
    """
    own = {block for block, counts in table.items() if not all(map(clear, _told(counts)))}
    return own.union(*(_subtracted(table, other) for other in earlier))


def _told(counts: Counts) -> Iterator[int]:
    """Yield the counts and each difference of people within people."""
    chain = [counts[column] for column in CHAIN if column in counts]
    yield from counts.values()
    yield from (more - fewer for place, more in enumerate(chain) for fewer in chain[place + 1 :])
    if "new_leads" in counts:
        yield counts["leads"] - counts["new_leads"]


def _subtracted(table: Table, other: Table) -> set[Block]:
    """Return the blocks whose change since another table is small, alone or together."""
    return {
        block
        for region in _regions(table, other)
        if not all(map(clear, _changes(table, other, region)))
        for block in table
        if block & region
    }


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


def _inside(blocks: Iterable[Block], limit: Block) -> list[Block]:
    return [block for block in blocks if block <= limit]


def _merged(blocks: list[Block], faulty: set[Block], units: Table) -> list[Block]:
    """Put the blocks at fault together; one alone goes with the smallest other."""
    bad = [block for block in blocks if block in faulty]
    if not bad:
        return blocks
    good = sorted((block for block in blocks if block not in faulty), key=_by_size(units))
    if len(bad) == 1:
        bad += good[:1]
    return [block for block in blocks if block not in bad] + [frozenset().union(*bad)]


def _by_size(units: Table) -> Callable[[Block], tuple]:
    return lambda block: (total(units, block)["leads"], sorted(block))
