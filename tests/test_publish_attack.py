"""G5 and G6: from everything published nobody can work out a count of 1 to 10 people.

The attacker (`tests.attacker`) bounds every count by integer programming from the published tables
alone. A count it can place within fewer than eleven values counts as found.
"""

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ptanalysis.privacy.publish import suppress
from ptanalysis.privacy.publish.small_cells import at_fault, pooled
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
        assert not [row for row in told["channels"] if 1 <= row["leads"] <= 10]


LARGE = {(0, False): 40, (1, False): 40, (2, False): 40, (3, False): 40, (0, True): 20}
SMALL = {(0, False): 6, (3, False): 2, (0, True): 1}
CLINIC = lived(seo=LARGE, email=SMALL, radio=LARGE, direct_mail=LARGE, walk_in=LARGE)


def test_without_pooling_the_attacker_finds_the_small_channel():
    """The negative control: the small row is only left out, as in simple suppression."""
    whole = published(document(CLINIC, 0))
    rows = [
        {"channels": [(row["direction"], row["channel"])], "leads": row["leads"]}
        for row in document(CLINIC, 0)["stages"]
    ]
    naive = whole | {"channels": [row for row in rows if not 1 <= row["leads"] <= 10]}
    assert (9, 9, 9) in found(CLINIC, [naive])
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
        assert [row["channels"] for row in told["channels"]] == sorted([list(u)] for u in UNITS)


# -- pooling by hand -------------------------------------------------------------------------------


def block(*channels):
    return frozenset(unit for unit in UNITS if unit[1] in channels)


def leads(**of):
    return {block(channel): {"leads": n} for channel, n in of.items()}


@pytest.mark.parametrize(
    ("units", "together"),
    [
        ({"seo": 40, "email": 11}, [["email"], ["seo"]]),
        ({"seo": 40, "email": 10}, [["email", "seo"]]),
        ({"seo": 40, "email": 5, "radio": 6}, [["email", "radio"], ["seo"]]),
        (
            {"seo": 40, "email": 5, "radio": 5, "walk_in": 20},
            [["email", "radio", "walk_in"], ["seo"]],
        ),
        ({"seo": 40, "email": 0}, [["email"], ["seo"]]),
    ],
)
def test_small_channels_are_counted_with_the_next_smallest(units, together):
    blocks = pooled(list(leads(**units)), leads(**units))
    assert sorted(sorted(channel for _, channel in each) for each in blocks) == together


def test_everything_too_small_is_told_not_at_all():
    assert pooled(list(leads(seo=4, email=5)), leads(seo=4, email=5)) is None
    assert published(document(lived(seo={(0, False): 9}), 0))["directions"] == []


def test_growth_by_a_few_is_at_fault_and_growth_by_many_is_not():
    before = leads(seo=40, radio=24)
    assert at_fault(leads(seo=60, radio=27), [before]) == {block("radio")}
    assert at_fault(leads(seo=60, radio=35), [before]) == set()
    assert at_fault(leads(seo=60, radio=24), [before]) == set()


def test_a_channel_told_before_does_not_uncover_its_partner_in_a_pool():
    """45 of a pool of 50 were told last quarter: the other 5 are new or its partner's."""
    pool = block("seo", "radio")
    assert at_fault({pool: {"leads": 50}}, [leads(seo=45)]) == {pool}
    assert at_fault({pool: {"leads": 56}}, [leads(seo=45)]) == set()


def test_pools_that_overlap_are_subtracted_where_they_add_up():
    """Neither pool changed its members' bounds alone, and together they gained 3."""
    now = {block("seo", "email"): {"leads": 53}, block("radio", "walk_in"): {"leads": 50}}
    then = {block("seo", "radio"): {"leads": 50}, block("email", "walk_in"): {"leads": 50}}
    assert at_fault(now, [then]) == set(now)
    now[block("seo", "email")] = {"leads": 61}
    assert at_fault(now, [then]) == set()


def test_inbound_and_outbound_stay_apart_before_patients_are_told():
    few = lived(seo=LARGE, radio={(0, False): 40, (1, False): 30, (2, False): 20, (3, False): 5})
    told = published(document(few, 0))
    assert [row["directions"] for row in told["directions"] if row["leads"]] == [
        ["inbound"],
        ["outbound"],
    ]
    assert {row["patients"] for row in told["directions"]} == {None}
    assert told["together"]["patients"] == 45
    assert suppress._worth({}) < suppress._worth({block("seo"): {"leads": 20}})
