"""The habits of the house (design section 7), so that they last."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "ptanalysis"
MODULES = {path: ast.parse(path.read_text("utf-8")) for path in sorted(PACKAGE.rglob("*.py"))}
#: A room and those it may not import: the ones above it.
ABOVE = {
    "definitions": {"intake", "stats", "metrics", "claims", "display", "findings", "report", "cli"},
    "stats": {"intake", "metrics", "claims", "display", "findings", "report", "privacy", "cli"},
    "metrics": {"intake", "claims", "display", "findings", "report", "privacy", "cli"},
    "claims": {"intake", "display", "findings", "report", "privacy", "cli"},
    "intake": {"stats", "metrics", "claims", "display", "findings", "report", "cli"},
}


def imported(tree: ast.Module) -> set[str]:
    """Return the dotted names a module imports, wherever in it."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def test_the_package_is_where_this_test_looks():
    assert len(MODULES) > 100


def test_a_room_imports_no_room_above_it():
    upward = {
        f"{path.relative_to(PACKAGE)} imports {name}"
        for path, tree in MODULES.items()
        for name in imported(tree)
        if name.split(".")[0] == "ptanalysis" and name.count(".")
        if name.split(".")[1] in ABOVE.get(path.relative_to(PACKAGE).parts[0], ())
    }
    assert not upward


def test_the_package_never_imports_the_lab():
    roots = {
        path: {name.split(".")[0] for name in imported(tree)} for path, tree in MODULES.items()
    }
    assert not [path for path, names in roots.items() if names & {"lab", "tests"}]


def test_nothing_lies_loose_beside_the_rooms():
    assert {path.stem for path in PACKAGE.glob("*.py")} <= {"__init__", "dataset", "load"}


def test_no_function_or_class_has_the_name_of_its_module():
    twins = [
        path.relative_to(PACKAGE).as_posix()
        for path, tree in MODULES.items()
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == path.stem
    ]
    assert not twins


def test_errors_are_called_errors():
    ends = ("Error", "Exception", "Warning")
    wrong = [
        node.name
        for tree in MODULES.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        and any(isinstance(base, ast.Name) and base.id.endswith(ends) for base in node.bases)
        and not node.name.endswith(ends)
    ]
    assert not wrong


@pytest.mark.parametrize("mark", ["# fmt: " + "skip", "# fmt: " + "off"])
def test_nothing_overrules_the_formatter(mark):
    files = [*MODULES, *(ROOT / "lab").rglob("*.py")]
    assert not [path for path in files if mark in path.read_text("utf-8")]


def test_a_file_s_name_occurs_once():
    names = Counter(path.name for path in MODULES if path.stem not in ("__init__", "__main__"))
    # The sentences and figures of the notebooks, until the notebooks hold them themselves.
    leaving = {"claims.py", "decay.py", "money.py", "quality.py", "volume.py"}
    assert {name for name, count in names.items() if count > 1} <= leaving
