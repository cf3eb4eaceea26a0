"""docs/privacy.md names tests that exist, and G4: nothing real in the repository."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import nbformat
import pytest

PAGE = Path("docs/privacy.md").read_text("utf-8")
PARTS = dict(re.findall(r"^## (G\d+) (.+?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))
TESTS = set(
    re.findall(
        r"^def (test_\w+)",
        "\n".join(path.read_text("utf-8") for path in Path("tests").glob("test_*.py")),
        re.MULTILINE,
    )
)
DATA = {
    ".csv",
    ".tsv",
    ".xls",
    ".xlsx",
    ".xlsm",
    ".parquet",
    ".feather",
    ".duckdb",
    ".db",
    ".sqlite",
    ".pkl",
    ".zip",
    ".gz",
    ".pptx",
    ".pdf",
}
#: Results of simulations, and names of channels; no row is a person.
OF_NO_PERSON = {"ptanalysis/claims/calibration.csv", "tests/channel_labels.csv"}


def test_every_guarantee_has_its_part():
    assert list(PARTS) == [f"G{number}" for number in range(1, 11)]


@pytest.mark.parametrize("part", PARTS)
def test_a_guarantee_says_what_it_is_not_and_names_tests_that_exist(part):
    promised, rest = PARTS[part].split("**Not promised.**")
    limits, tests = rest.split("**Tests.**")
    named = re.findall(r"`(test_\w+)`", tests)
    assert "**Promised.**" in promised
    assert limits.strip()
    assert named
    assert set(named) <= TESTS


def test_every_test_of_a_guarantee_is_named_on_the_page():
    own = {name for name in TESTS if re.match(r"test_g\d+_", name)}
    assert {name for name in own if f"`{name}`" not in PAGE} == set()


def committed() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [Path(name) for name in listed.stdout.decode().split("\0") if name]


def test_g4_no_file_of_data_is_committed_but_the_sample():
    data = [path for path in committed() if path.suffix.lower() in DATA]
    sample = [path for path in data if path.is_relative_to("data/raw/sample")]
    assert sample
    assert {path.as_posix() for path in data} - {path.as_posix() for path in sample} == OF_NO_PERSON
    outputs = ("data/processed", "reports")
    made = [path for path in committed() if any(map(path.is_relative_to, outputs))]
    assert [path.as_posix() for path in made] == ["data/processed/README.md"]


def test_g4_notebooks_have_no_attachments():
    notebooks = [path for path in committed() if path.suffix == ".ipynb"]
    assert {path.parent for path in notebooks} - {Path("notebooks")} == {Path()}
    assert [path.name for path in notebooks if path.parent == Path()] == ["START.ipynb"]
    cells = [cell for path in notebooks for cell in nbformat.read(path, as_version=4).cells]
    assert not [cell for cell in cells if "attachments" in cell]
