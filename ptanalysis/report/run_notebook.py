"""Run a notebook for a clinic's quarter with papermill, and keep what a report may keep of it."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import nbformat
import papermill
from nbformat import NotebookNode
from papermill.exceptions import PapermillExecutionError
from traitlets.config import Config

#: The kernel of this very environment, without its warning that it speaks over plain TCP.
_KERNEL = "python3"
_QUIET = Config({"KernelManager": {"transport_encryption": "auto"}})
#: Papermill's tag of the cell with the parameters it was given.
_INJECTED = "injected-parameters"
#: Its tag of the two cells it adds beside one that failed.
_ERROR_MARK = "papermill-error-cell-tag"
_VOLATILE = ("papermill", "execution", "language_info")


class NotebookError(RuntimeError):
    """A notebook that did not run to its end; the message names notebook, cell and error."""


def execute(
    notebook: Path, output: Path, *, parameters: Mapping[str, str], environment: Mapping[str, str]
) -> NotebookNode:
    """Run a notebook in its own folder and write it, outputs and all, to `output`.

    Parameters
    ----------
    notebook, output : Path
    parameters : mapping
        Values for the cell tagged ``parameters``.
    environment : mapping
        Environment variables the kernel gets besides this process's own.

    Returns
    -------
    NotebookNode
        The executed notebook, without times and paths.

    Raises
    ------
    NotebookError
        A parameter the notebook does not know, or a cell that failed; what had run until then is
        in `output`.
    """
    refuse_unknown(notebook, parameters)
    try:
        with _environment({**environment, "JUPYTER_PREFER_ENV_PATH": "1"}):
            papermill.execute_notebook(
                notebook,
                output,
                dict(parameters),
                kernel_name=_KERNEL,
                cwd=notebook.parent,
                progress_bar=False,
                config=_QUIET,
            )
    except PapermillExecutionError as error:
        _settled(output)
        what = f"{error.ename}: {error.evalue}".splitlines()[0]
        raise NotebookError(f"{notebook.name}, cell [{error.exec_count}]: {what}") from None
    return _settled(output)


def _settled(output: Path) -> NotebookNode:
    """Rewrite an executed notebook without what differs from run to run."""
    executed = strip(nbformat.read(output, as_version=4))
    for place, cell in enumerate(executed.cells):
        for tag in {_INJECTED, _ERROR_MARK} & set(cell.metadata.get("tags", ())):
            cell.id = f"{tag}-{place}"  # papermill's is random
    nbformat.write(executed, output)
    return executed


def refuse_unknown(notebook: Path, parameters: Mapping[str, str]) -> None:
    """Refuse parameters the notebook does not declare (papermill itself would go on).

    Raises
    ------
    NotebookError
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        known = papermill.inspect_notebook(notebook)
    unknown = sorted(set(parameters) - set(known))
    if unknown:
        raise NotebookError(
            f"{notebook.name} has no parameter {', '.join(unknown)};"
            f" its parameters are {', '.join(known) or 'none'}"
        )


def strip(notebook: NotebookNode) -> NotebookNode:
    """Return a notebook without run times, machine paths and interpreter version."""
    for part in (notebook, *notebook.cells):
        for name in _VOLATILE:
            part.metadata.pop(name, None)
    return notebook


@contextmanager
def _environment(more: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in more}
    os.environ.update(more)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
