"""One person, one lead: rules pair by pair, the model on published data."""

from __future__ import annotations

from pathlib import Path

import ibis
import pandas as pd
import pytest

from lab.benchmarks import people as benchmark
from ptanalysis.intake import people
from ptanalysis.intake.people.names import nicknames

ROOT = Path(__file__).parents[1]

FEBRL = ROOT.parent / "shared" / "data" / "febrl" / "dataset1.csv"


def joined(*rows):
    """Return the person of each (first, last, email, phone)."""
    columns = ["first_name", "last_name", "email", "phone"]
    table = pd.DataFrame(list(rows), columns=columns).astype("str")
    table = table.assign(inquiry=range(len(rows)), zip=pd.Series([None] * len(rows), dtype="str"))
    connection = ibis.duckdb.connect()
    found = people.persons(ibis.memtable(table), connection=connection)
    return found.table.execute().sort_values("inquiry")["person"].tolist(), found


ANN = ("Ann", "Lee", "ann.lee@example.org", "+16185550101")


@pytest.mark.parametrize(
    "other",
    [
        ("Annie", "Lee", "ann.lee@example.org", None),
        (None, None, "ann.lee@example.org", None),
        ("Ann", "Lee-Roy", None, "+16185550101"),
        ("A", "Lee", None, "+16185550101"),
        ("Ann", "Roy", "ann.lee@example.org", "+16185550199"),
        ("Ann", "Lee", "ann.lee@exmaple.org", None),
        ("Ann", "Lee", None, "+16185550110"),
        ("Lee", "Ann", None, "+16185550101"),
        ("Lee", "Anne", "ann.lee@example.org", None),
    ],
    ids=[
        "nickname",
        "no name",
        "double name",
        "initial",
        "married",
        "typo",
        "digits swapped",
        "names swapped",
        "names swapped, one slip",
    ],
)
def test_one_person(other):
    assert joined(ANN, other)[0] == [0, 0]


@pytest.mark.parametrize(
    "other",
    [
        ("Ben", "Lee", "ben.lee@example.org", "+16185550101"),
        ("Ben", "Lee", "ann.lee@example.org", None),
        ("Carla", "Roy", None, "+16185550101"),
        ("Ann", "Lee", "other@example.org", "+16185550222"),
        ("Ann", "Lee", None, None),
    ],
    ids=["family phone", "family email", "front desk", "same name only", "no contact"],
)
def test_two_people(other):
    assert joined(ANN, other)[0] == [0, 1]


def test_two_slips_at_once_are_two_people():
    """A name a letter away and a number a digit away: found by an analyst's dense numbers."""
    tara = ("Tara", "Cole", "tara.cole@example.org", "+16185551118")
    assert joined(tara, ("Yara", "Cole", None, "+16185551151"))[0] == [0, 1]
    assert joined(tara, ("Tara", "Cole", None, "+16185551119"))[0] == [0, 0]


def test_digits_tell_addresses_apart():
    one = ("Ann", "Lee", "ann.lee1@example.org", None)
    assert joined(one, ("Ann", "Lee", "ann.lee2@example.org", None))[0] == [0, 1]


def test_a_family_is_not_joined_through_a_caller_without_a_name():
    ben = ("Ben", "Lee", "ben.lee@example.org", "+16185550101")
    caller = (None, None, None, "+16185550101")
    found, made = joined(ANN, ben, caller)
    assert found == [0, 1, 2]
    assert made.shared_contacts == 1


def test_joining_is_transitive_over_contacts():
    assert joined(
        ANN,
        ("Ann", "Lee", "ann@work.example.org", "+16185550101"),
        ("Ann", "Lee", "ann@work.example.org", None),
    )[0] == [0, 0, 0]


def test_nicknames_go_both_ways():
    pairs = nicknames()
    assert {(b, a) for a, b in pairs} == pairs
    assert ("bob", "robert") in pairs
    assert ("bob", "bill") not in pairs


def test_the_sample_clinics_people_are_found():
    found = benchmark.sample()
    assert found["precision"] >= 0.99
    assert found["recall"] >= 0.95


@pytest.mark.skipif(not FEBRL.exists(), reason="published data not here")
def test_febrl_dataset1():
    found = benchmark.febrl(FEBRL)
    assert found["precision"] >= 0.99
    assert found["recall"] >= 0.95


def test_many_inquiries_without_names_are_judged_by_rules():
    """A call log names nobody: nothing to train on, and no error for it."""
    calls = [(None, None, f"caller{number}@example.org", None) for number in range(5_100)]
    found, made = joined(*calls)
    assert (len(set(found)), made.method) == (5_100, "rules")


def test_the_model_is_used_where_there_is_data_to_train_it(monkeypatch):
    from ptanalysis.intake.people import link

    monkeypatch.setattr(link, "FEWEST_TO_TRAIN", 2)
    seen = []

    def sure_pairs(records):
        seen.append(len(records))
        return pd.DataFrame({"identity_1": [0], "identity_2": [1], "probability": [1.0]})

    monkeypatch.setattr(link, "sure_pairs", sure_pairs)
    monkeypatch.setattr(link, "trainable", lambda records: True)
    # The model says one person; the rules know a family's phone, and keep it apart.
    ben = ("Ben", "Lee", "ben.lee@example.org", "+16185550101")
    found, made = joined(ANN, ben)
    assert (found, made.method, seen) == ([0, 1], "rules and Splink", [2])
