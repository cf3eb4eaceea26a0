"""What may be a person's name in labels, headers and names of files, and what may not be."""

from __future__ import annotations

import sys
from pathlib import Path

import ibis
import pytest

from ptanalysis import intake  # noqa: F401 - its module is taken by name
from ptanalysis.definitions import Problem
from ptanalysis.intake.read.header import shown
from ptanalysis.privacy.redact import fit_files, personal

PEOPLE = ibis.memtable(
    [
        ("Robin", "Alder"),
        ("Mary Ann", "O'Neil"),
        ("J", "Le"),
        ("Spring", None),
        (None, "Knee"),
        ("Zoë", "Brün"),
        ("Grace", "Park"),
        ("Ann", "Day"),
    ],
    schema={"first_name": "string", "last_name": "string"},
)


@pytest.mark.parametrize(
    "label",
    [
        "Robin Alder",
        "alder, ROBIN",
        "Story of Robin Alder 2026",
        "robin_alder-knee",
        "RobinAlder",
        "Mary Ann O'Neil",
        "Mary O’Neil".replace("’", "'"),
        "ONeil Mary",
        "call 617-555-0199",
        "(617) 555-0199",
        "16175550199",
        "a@example.org",
        "078-05-1120",
        "Robin M. Alder story",
        "Robin Marie Alder",
        "robin and bob alder",
        "R. Alder",
        "r-alder",
        "Story of A. Day",
        "zoe-brun",
        "Zoe%20Brun",
        "ZOË BRÜN",
        "KneeZoëBrün",
        "ssn 078051012",
        "+44 20 7946 0958",
        "call 555-0142",
        "555-0142",
        "jane at host dot example",
        "jane_at_host_dot_example",
        "jane%40host.example",
    ],
)
def test_a_label_with_a_person_is_personal(label):
    assert personal([label], PEOPLE) == {label}


@pytest.mark.parametrize(
    "label",
    [
        "Alder Street mailer",
        "Robin newsletter",
        "Spring Knee",
        "Knees 2026-04-01 to 2026-06-30",
        "Mailer 12345",
        "Robins Alders",
        "EDDM 02139",
        "Spring Grace",
        "Grace under pressure",
        "Have a Day",
        "Q2 Alder",
        "Alder spring Robin",
        "Robin and the old street of Alder",
        "Yoga @ noon",
        "Sale 150-2026",
        "Save $100-200",
        "sale+20260401",
        "Meet us at the dot race",
        "20260401_20260630",
        "knee%20pain+spring 50%25 off",
    ],
)
def test_a_label_without_a_whole_name_passes(label):
    assert personal([label], PEOPLE) == set()


def test_without_inquiries_only_contacts_are_personal():
    assert personal(["Robin Alder", "a@example.org"]) == {"a@example.org"}


def test_files_are_named_by_their_place_wherever_they_are_told(tmp_path):
    folder = tmp_path / "2026Q2"
    folder.mkdir()
    for name in ("Robin Alder.csv", "a.csv", "z.csv"):
        (folder / name).touch()
    old = "2026Q2/Robin Alder.csv"
    problem = Problem(
        code="double",
        severity="refused",
        file="2026Q2/a.csv",
        what=f"as {old}",
        fix=f"delete {old}",
    )
    files = {old: folder / "Robin Alder.csv", "2026Q2/a.csv": folder / "a.csv"}
    names, (note, told) = fit_files([problem], files, PEOPLE)
    new = "2026Q2/(item 1, name hidden).csv"
    assert names == {old: new}
    assert (note.code, note.severity, note.file) == ("name_withheld", "note", new)
    assert (told.file, told.what, told.fix) == ("2026Q2/a.csv", f"as {new}", f"delete {new}")


def test_a_suffix_that_is_part_of_an_address_is_left_out(tmp_path):
    path = tmp_path / "robin@example.org"
    path.touch()
    assert fit_files([], {path.name: Path(path)})[0] == {path.name: "(item 1, name hidden)"}


@pytest.mark.parametrize(
    "cell",
    [
        "robin@example.org",
        "Robin Alder",
        "Robin phone",
        "617-555-0199",
        "02139",
        "knee " * 20,
        "2026",
        "Zuhörer",
    ],
)
def test_a_header_that_may_be_data_is_not_shown(cell):
    assert shown(cell, 7) == "column 7 (name hidden)"


@pytest.mark.parametrize("cell", ["Lead Owner", "utm_source", "Date of birth", "Custom field 12"])
def test_a_header_of_known_words_is_shown(cell):
    assert shown(cell, 7) == cell


def test_what_intake_spills_cannot_be_read(tmp_path, monkeypatch):
    """A run that is killed leaves these files."""
    monkeypatch.setenv("PTANALYSIS_MEMORY", "120MB")
    with sys.modules["ptanalysis.intake.run_intake"]._connection(tmp_path) as connection:
        connection.raw_sql(
            "create temp table t as select 'Zzyzxandra ' || i as name from range(12000000) s(i)"
        )
        spilled = [path.read_bytes() for path in tmp_path.rglob("*.tmp")]
    assert sum(map(len, spilled)) > 1_000_000
    assert not any(b"Zzyzxandra" in data for data in spilled)
