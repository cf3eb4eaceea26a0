"""The plain templates: empty files to fill in, and what each column means."""

from __future__ import annotations

import os
from pathlib import Path

from ptanalysis.definitions import UserError
from ptanalysis.intake.clean.allowed_values import allowed
from ptanalysis.intake.read.format_files import load_formats
from ptanalysis.intake.read.format_model import KINDS, Format

GUIDE = "columns.md"


class TemplateError(UserError, ValueError):
    """A template that would be written over a file that is there."""


def write_templates(folder: Path) -> list[Path]:
    """Write an empty file of each kind into `folder`, and what the columns mean beside them.

    Raises
    ------
    TemplateError
        One of the files is there already; then none is written.
    """
    files = {f"{format.name}.csv": f"{','.join(_columns(format))}\n" for format in _templates()}
    files[GUIDE] = f"# Columns of the templates\n\n{explained()}"
    if there := [name for name in files if os.path.lexists(folder / name)]:
        raise TemplateError(f"{folder / there[0]} is there already: name an empty folder")
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8")
    return [folder / name for name in files]


def explained() -> str:
    """Return, in Markdown, a table for each template: column, what to write, words allowed."""
    return "\n".join(_explained(format) for format in _templates())


def _templates() -> list[Format]:
    made = {format.name: format for format in load_formats()}
    return [made[kind] for kind in KINDS if kind in made]


def _columns(format: Format) -> list[str]:
    """Return the columns that a template has; one that stands for others is only explained."""
    return [name for name, column in format.columns.items() if column.what and not _instead(column)]


def _instead(column) -> bool:
    return "in place of" in column.what


def _explained(format: Format) -> str:
    rows = [
        f"| {name} | {'yes' if column.required else ''} | {_meaning(format.kind, name, column)} |"
        for name, column in format.columns.items()
        if column.what
    ]
    head = ["| column | needed | what to write |", "|---|---|---|"]
    return "\n".join([f"## {format.name}.csv", "", *head, *rows, ""])


def _meaning(kind: str, name: str, column) -> str:
    words = ", ".join(f"`{word}`" for word in allowed(kind, name))
    return f"{column.what} ({words})" if words else column.what
