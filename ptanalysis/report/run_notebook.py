"""Run a notebook for a clinic's quarter with papermill, and keep what a report may keep of it."""

from __future__ import annotations

import os
import signal
import warnings
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import nbformat
import papermill
from jupyter_client import AsyncKernelManager
from nbformat import NotebookNode
from papermill.exceptions import PapermillExecutionError
from traitlets.config import Config

T = TypeVar("T")

os.environ.setdefault("JUPYTER_PREFER_ENV_PATH", "1")
#: Processes of the kernels at work.
_running: set[int] = set()
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
        papermill.execute_notebook(
            notebook,
            output,
            dict(parameters),
            kernel_name=_KERNEL,
            kernel_manager_class=_kernels(notebook.parent, environment),
            progress_bar=False,
            config=_QUIET,
        )
    except PapermillExecutionError as error:
        _settled(output)
        what = f"{error.ename}: {error.evalue}".splitlines()[0]
        raise NotebookError(f"{notebook.name}, cell [{error.exec_count}]: {what}") from None
    return _settled(output)


def execute_all(work: Sequence[Callable[[], T]], *, most: int | None = None) -> list[T]:
    """Do what executes notebooks, `most` (else as many as there are cores) at a time, in order.

    Where one fails, or Ctrl-C comes, the others are stopped.
    """
    with ThreadPoolExecutor(min(len(work), most or cores())) as pool:
        waiting = [pool.submit(each) for each in work]
        try:
            return [each.result() for each in waiting]
        except BaseException:
            for each in waiting:
                each.cancel()
            for kernel in list(_running):
                with suppress(ProcessLookupError):
                    os.kill(kernel, signal.SIGTERM if os.name == "nt" else signal.SIGKILL)
            raise


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _kernels(folder: Path, environment: Mapping[str, str]) -> type[AsyncKernelManager]:
    """Return kernels with a folder and environment of their own, whatever runs beside them."""

    class Kernel(AsyncKernelManager):
        async def start_kernel(self, **options: object) -> None:
            env = {**os.environ, **environment}
            await super().start_kernel(**options, cwd=str(folder), env=env)
            _running.add(self.provisioner.pid)

        async def _async_interrupt_kernel(self) -> None:
            # jupyter_client interrupts before it stops a kernel; one that has run its notebook has
            # nothing to interrupt, and may print that it was.
            if not self.shutting_down:
                await super()._async_interrupt_kernel()

        async def cleanup_resources(self, restart: bool = False) -> None:
            _running.discard(getattr(self.provisioner, "pid", None))
            await super().cleanup_resources(restart=restart)

    return Kernel


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
