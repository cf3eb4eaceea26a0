"""environment.yml for conda users, written from pyproject.toml: one list of dependencies."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]

#: Where conda-forge's name is not PyPI's.
CONDA_NAMES = {
    "duckdb": "python-duckdb",
    "ibis-framework[duckdb]": "ibis-duckdb",
    "jupyter-client": "jupyter_client",
    "matplotlib": "matplotlib-base",
}
_REQUIREMENT = re.compile(r"([A-Za-z0-9_.\-]+(?:\[[a-z,]+\])?)(.*)")


def requirements() -> list[tuple[str, str]]:
    """Return (name, version range) of every base and test dependency of pyproject.toml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    lines = project["dependencies"] + project["optional-dependencies"]["test"]
    return [_REQUIREMENT.fullmatch(line).groups() for line in lines]


def environment() -> str:
    """Return the text of environment.yml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    conda = sorted(f"{CONDA_NAMES.get(name, name)}{versions}" for name, versions in requirements())
    lines = [
        "# Written by `make lock` from pyproject.toml. Checked for agreement with it, not solved.",
        "name: ptanalysis",
        "channels: [conda-forge, nodefaults]",
        "dependencies:",
        f'  - "python{project["requires-python"]}"',
        *(f'  - "{requirement}"' for requirement in conda),
        "  - pip",
        '  - pip: ["-e ."]',
    ]
    return "\n".join(lines) + "\n"


def extra(name: str) -> str:
    """Return the requirements of one extra of pyproject.toml, a line each."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return "\n".join([*project["optional-dependencies"][name], ""])


if __name__ == "__main__":
    print(extra(sys.argv[1]) if sys.argv[1:] else environment(), end="")
