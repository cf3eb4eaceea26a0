"""G5 and G6: from everything published nobody can work out a count of 1 to 10 people.

The attacker (`tests.attacker`) bounds every count by integer programming from the published tables
alone. A count it can place within fewer than eleven values counts as found.
"""

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ptanalysis.privacy.publish.small_cells import groupings, safe
from ptanalysis.privacy.publish.suppress import published
from tests.attacker import STAGES, Attacker, counted, lives

UNITS = (
    ("inbound", "seo"),
    ("inbound", "email"),
    ("outbound", "radio"),
    ("outbound", "direct_mail"),
    ("neither", "walk_in"),
    ("unknown", "unknown"),
)
FEW = (*UNITS[:3], UNITS[5])
WIDTH = 11
SHOWN = (*STAGES, "new_leads")


def units_of(people: Counter) -> list[tuple]:
    return sorted({unit for unit, _ in people})


def document(people: Counter, place: int) -> dict:
    """Return the parts of findings.json that counts are published from, at one publication."""
    units = units_of(people)

    def count(unit, name):
        return sum(
            n for (at, life), n in people.items() if at == unit and counted(life[place], name)
        )

    return {
        "clinic": "mine",
        "quarter": f"2026Q{place + 1}",
        "as_of": "2026-06-30",
        "claims": [],
        "currency": "USD",
        "stages": [
            {"direction": unit[0], "channel": unit[1], "cost": None, "revenue": None}
            | {stage: count(unit, stage) for stage in STAGES}
            for unit in units
        ],
        "estimates": [
            {"id": "leads", "group": unit[1], "estimate": count(unit, "new_leads")}
            for unit in units
        ],
    }


def publications(people: Counter, quarters: int) -> list[dict]:
    told = []
    for place in range(quarters):
        told.append(published(document(people, place), told))
    return told


@st.composite
def clinics(draw, quarters: int, units):
    """Draw how many people live each life, in channels large and small, many lives rare."""
    people = Counter()
    for unit in units:
        most = draw(st.sampled_from((0, 1, 2, 5, 20, 60)))
        for life in lives(quarters):
            people[unit, life] = draw(st.sampled_from((0, 0, 1, most, most // 2, most // 3)))
    return people


def secrets(attacker: Attacker, units: list[tuple], quarters: int):
    """Yield counts of people in one channel: each stage, who got no further, who is new."""
    for place in range(quarters):
        for unit in units:
            at = {name: attacker.cells(name, place, {unit}) for name in (*STAGES, "new_leads")}
            yield from at.values()
            yield from (at[more] - at[fewer] for more, fewer in pairwise(STAGES))
            yield at["leads"] - at["new_leads"]
            if place:
                yield from (at[name] - attacker.cells(name, place - 1, {unit}) for name in STAGES)


def found(people: Counter, told: list[dict]) -> list[tuple]:
    """Return each count of 1 to 10 that lies in a narrow range: the count and the range."""
    attacker = Attacker(units_of(people), told)
    truth = attacker.truth(people)
    counts = secrets(attacker, units_of(people), len(told))
    small = [cells for cells in counts if 1 <= round(cells @ truth) <= 10]
    ranges = [(round(cells @ truth), *attacker.range(cells)) for cells in small]
    assert all(low <= true <= high for true, low, high in ranges)
    return [each for each in ranges if each[2] - each[1] < WIDTH]


def lived(**counts) -> Counter:
    """Return people of one publication: channel to {(stage, new): people}."""
    of = {unit[1]: unit for unit in UNITS}
    return Counter(
        {
            (of[channel], (state,)): n
            for channel, states in counts.items()
            for state, n in states.items()
        }
    )


# -- the attack ------------------------------------------------------------------------------------


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(clinics(1, UNITS))
def test_one_publication_gives_no_small_count_away(people):
    assert found(people, publications(people, 1)) == []


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(clinics(2, FEW))
def test_nor_do_two_quarters_subtracted(people):
    assert found(people, publications(people, 2)) == []


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(clinics(2, UNITS))
def test_no_number_told_is_small_and_no_two_differ_by_little(people):
    for told in publications(people, 2):
        groups = told["directions"] + [told["together"]] * bool(told["together"])
        for group in groups:
            chain = [group[stage] for stage in STAGES if group[stage] is not None]
            steps = [more - fewer for more, fewer in pairwise(chain)]
            assert not [n for n in [*chain, *steps, group["new_leads"] or 0] if 1 <= n <= 10]


LARGE = {(0, False): 40, (1, False): 40, (2, False): 40, (3, False): 40, (0, True): 20}
SMALL = {(0, False): 6, (3, False): 2, (0, True): 1}
CLINIC = lived(seo=LARGE, radio=LARGE, direct_mail=LARGE, walk_in=LARGE, unknown=SMALL)


def test_without_grouping_the_attacker_finds_the_small_direction():
    """The negative control: the small row is only left out, as in simple suppression."""
    whole = published(document(CLINIC, 0))
    (inbound,) = [row for row in whole["directions"] if row["directions"] == ["inbound"]]
    large = [("outbound", 2), ("neither", 1)]
    naive = [inbound] + [
        {name: 2 ** (times - 1) * value for name, value in inbound.items() if name in SHOWN}
        | {"directions": [side]}
        for side, times in large
    ]
    assert (9, 9, 9) in found(CLINIC, [whole | {"directions": naive}])
    assert found(CLINIC, [whole]) == []


def test_without_a_look_at_the_quarter_before_three_late_leads_are_found():
    """The negative control of G6: 3 leads of last quarter came to light since it was published."""
    before, late, now = ((0, False),) * 2, ((-1, False), (0, False)), ((-1, False), (0, True))
    people = Counter({(unit, life): n for unit in UNITS for life, n in ((before, 200), (now, 30))})
    people[UNITS[0], late] = 3
    first = published(document(people, 0))
    for others, found_out in (([], True), ([first], False)):
        attacker = Attacker(UNITS, [first, published(document(people, 1), others)])
        everyone = set(UNITS)
        low, high = attacker.range(
            attacker.cells("leads", 1, everyone)
            - attacker.cells("new_leads", 1, everyone)
            - attacker.cells("leads", 0, everyone)
        )
        assert ((low, high) == (3, 3)) is found_out
        assert (high - low < WIDTH) is found_out


@pytest.mark.parametrize("quarters", [1, 2])
def test_a_clinic_with_people_enough_is_told_in_full(quarters):
    """Suppression that leaves nothing is safe too, and of no use."""
    kinds = [(unit, life) for unit in UNITS for life in lives(quarters)]
    people = Counter(dict.fromkeys(kinds, 12))
    for told in publications(people, quarters):
        assert [row["directions"] for row in told["directions"]] == [
            ["inbound"],
            ["neither"],
            ["outbound"],
            ["unknown"],
        ]
        assert all(
            value is not None
            for row in told["directions"]
            for name, value in row.items()
            if name in (*STAGES, "new_leads")
        )


# -- grouping by hand ------------------------------------------------------------------------------


def leads(**of):
    return {frozenset(name.split("_")): {"leads": n} for name, n in of.items()}


def directions(shown):
    return [row["directions"] for row in shown["directions"]]


def test_four_directions_can_be_counted_together_in_fifteen_ways():
    """Bell's number of 4, each way a partition of all four."""
    ways = list(groupings(["inbound", "neither", "outbound", "unknown"]))
    assert len({frozenset(way) for way in ways}) == len(ways) == 15
    assert all(sorted(name for block in way for name in block) == sorted(ALL) for way in ways)


ALL = ("inbound", "outbound", "neither", "unknown")


@pytest.mark.parametrize(
    ("people", "together"),
    [
        ({"seo": 40, "radio": 11}, [["inbound"], ["outbound"]]),
        ({"seo": 40, "radio": 10}, [["inbound", "outbound"]]),
        (
            {"seo": 40, "radio": 40, "walk_in": 5, "unknown": 6},
            [["inbound"], ["neither", "unknown"], ["outbound"]],
        ),
        ({"seo": 40, "radio": 5, "unknown": 5}, [["inbound", "outbound", "unknown"]]),
        ({"seo": 40, "radio": 5, "unknown": 6}, [["inbound"], ["outbound", "unknown"]]),
        ({"seo": 9}, []),
    ],
)
def test_small_directions_are_counted_together(people, together):
    of = lived(**{channel: {(0, False): n} for channel, n in people.items()})
    assert directions(published(document(of, 0))) == together


def test_growth_by_a_few_is_not_safe_and_growth_by_many_is():
    before = leads(inbound=40, outbound=24)
    assert not safe(leads(inbound=60, outbound=27), [before])
    assert safe(leads(inbound=60, outbound=35), [before])
    assert safe(leads(inbound=60, outbound=24), [before])


def test_a_direction_shown_before_does_not_uncover_its_partner_in_a_group():
    """45 of a group of 50 were shown last quarter: the other 5 are new or its partner's."""
    assert not safe(leads(inbound_outbound=50), [leads(inbound=45)])
    assert safe(leads(inbound_outbound=56), [leads(inbound=45)])


def test_groups_that_overlap_are_subtracted_where_they_add_up():
    """Neither group changed its members' bounds alone, and together they gained 3."""
    then = leads(inbound_outbound=50, neither_unknown=50)
    assert not safe(leads(inbound_neither=53, outbound_unknown=50), [then])
    assert safe(leads(inbound_neither=61, outbound_unknown=50), [then])


def test_inbound_and_outbound_stay_apart_before_patients_are_shown():
    few = lived(seo=LARGE, radio={(0, False): 40, (1, False): 30, (2, False): 20, (3, False): 5})
    shown = published(document(few, 0))
    assert directions(shown) == [["inbound"], ["outbound"]]
    assert {row["patients"] for row in shown["directions"]} == {None}
    assert shown["together"]["patients"] == 45
