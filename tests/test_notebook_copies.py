"""A clinic's own copies of the notebooks: made once, executed in the originals' place."""

import shutil
from pathlib import Path

import nbformat
import pytest

from ptanalysis.definitions import UserError
from ptanalysis.report.assemble import listed
from ptanalysis.report.copy_notebooks import newest_quarter, own_copies

ORIGINALS = Path(__file__).parents[1] / "notebooks"


@pytest.fixture
def notebooks(tmp_path):
    folder = tmp_path / "notebooks"
    folder.mkdir()
    for original in ORIGINALS.glob("*.ipynb"):
        shutil.copy(original, folder)
    return folder


def test_copies_are_set_to_the_clinic_and_hold_nothing_of_the_sample(notebooks):
    made, there = own_copies(notebooks, clinic="own", quarter="2026Q1")
    assert [path.name for path in made] == sorted(path.name for path in ORIGINALS.glob("*.ipynb"))
    assert there == []
    for path in made:
        cells = nbformat.read(path, as_version=4).cells
        (parameters,) = (c.source for c in cells if "parameters" in c.metadata.get("tags", []))
        assert parameters.splitlines() == ['clinic = "own"', 'quarter = "2026Q1"']
        assert not any(cell.get("outputs") for cell in cells)


def test_a_copy_that_is_there_stays_as_it_is(notebooks):
    made, _ = own_copies(notebooks, clinic="own", quarter="2026Q1")
    made[0].write_text("mine", "utf-8")
    made[1].unlink()
    again, there = own_copies(notebooks, clinic="own", quarter="2026Q2")
    assert (again, there) == ([made[1]], [made[0], *made[2:]])
    assert made[0].read_text("utf-8") == "mine"


def test_a_report_takes_the_copies_of_its_clinic_alone(notebooks):
    originals = listed(notebooks)
    made, _ = own_copies(notebooks, clinic="own", quarter="2026Q1")
    made[0].unlink()
    assert listed(notebooks, clinic="own") == [originals[0], *made[1:]]
    assert listed(notebooks, clinic="other") == listed(notebooks) == originals


def test_the_newest_quarter_is_the_last_folder():
    assert newest_quarter(["2025Q4", "2026Q1"], clinic="own") == "2026Q1"
    with pytest.raises(UserError, match="no quarter's folder"):
        newest_quarter([], clinic="own")


def test_git_does_not_see_the_copies():
    assert "notebooks/*/" in (ORIGINALS.parent / ".gitignore").read_text("utf-8").splitlines()
