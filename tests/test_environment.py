"""The three lists of dependencies agree, and none names a registry."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from tests.environment import CONDA_NAMES, environment

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
REQUIREMENTS = [
    Requirement(line) for line in PROJECT["dependencies"] + PROJECT["optional-dependencies"]["test"]
]


def test_all_that_the_package_imports_is_declared():
    trees = [ast.parse(path.read_text("utf-8")) for path in (ROOT / "ptanalysis").rglob("*.py")]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    names = {each.name for node in nodes if isinstance(node, ast.Import) for each in node.names}
    names |= {node.module for node in nodes if isinstance(node, ast.ImportFrom)}
    roots = {name.split(".")[0] for name in names} - sys.stdlib_module_names - {"ptanalysis"}
    sellers = packages_distributions()
    needed = {canonicalize_name(each) for root in roots for each in sellers.get(root, [root])}
    extras = [Requirement(line).name for line in PROJECT["optional-dependencies"]["spark"]]
    declared = {canonicalize_name(Requirement(line).name) for line in PROJECT["dependencies"]}
    assert needed - declared - set(extras) == set()


def conda_dependencies() -> dict[str, SpecifierSet]:
    document = yaml.safe_load((ROOT / "environment.yml").read_text("utf-8"))
    strings = [item for item in document["dependencies"] if isinstance(item, str)]
    parsed = [re.fullmatch(r"([a-z0-9_.\-]+)(.*)", item).groups() for item in strings]
    return {name: SpecifierSet(versions) for name, versions in parsed}


def test_environment_holds_the_same_names_and_ranges_as_pyproject():
    to_pypi = {conda: pypi for pypi, conda in CONDA_NAMES.items()}
    conda = conda_dependencies()
    assert conda.pop("python") == SpecifierSet(PROJECT["requires-python"])
    conda.pop("pip")
    listed = {
        canonicalize_name(Requirement(to_pypi.get(name, name)).name): versions
        for name, versions in conda.items()
    }
    assert listed == {canonicalize_name(r.name): r.specifier for r in REQUIREMENTS}


def test_environment_is_what_make_lock_writes():
    assert (ROOT / "environment.yml").read_text("utf-8") == environment()


def test_environment_uses_conda_forge_alone():
    document = yaml.safe_load((ROOT / "environment.yml").read_text("utf-8"))
    assert document["channels"] == ["conda-forge", "nodefaults"]


def locked_versions() -> dict[str, list[str]]:
    text = (ROOT / "requirements.lock").read_text("utf-8")
    versions: dict[str, list[str]] = {}
    for name, version in re.findall(r"^([A-Za-z0-9_.\-]+)==([^\s;\\]+)", text, re.MULTILINE):
        versions.setdefault(canonicalize_name(name), []).append(version)
    return versions


@pytest.mark.parametrize("requirement", REQUIREMENTS, ids=lambda r: r.name)
def test_lock_satisfies_pyproject(requirement):
    locked = locked_versions()[canonicalize_name(requirement.name)]
    assert all(version in requirement.specifier for version in locked)


def test_every_locked_version_has_a_hash_and_no_host_is_named():
    text = (ROOT / "requirements.lock").read_text("utf-8")
    assert "://" not in text
    blocks = re.split(r"^(?=[A-Za-z0-9_.\-]+==)", text, flags=re.MULTILINE)[1:]
    assert len(blocks) > 100
    assert all("--hash=sha256:" in block for block in blocks)
