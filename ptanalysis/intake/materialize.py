"""Tables kept in the connection between the steps of intake, and Ctrl-C while it computes."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

#: What every error says by which DuckDB tells of Ctrl-C.
_INTERRUPT = "interrupt"


def stored(connection, expression):
    """Compute `expression` once, as a temporary table, and return the table."""
    name = f"step_{uuid.uuid4().hex}"
    return connection.create_table(name, expression, temp=True)


@contextmanager
def stoppable() -> Iterator[None]:
    """Let Ctrl-C be Ctrl-C again: DuckDB tells of it as an error of its own.

    Examples
    --------
    >>> try:
    ...     with stoppable():
    ...         raise RuntimeError("Query interrupted")
    ... except KeyboardInterrupt:
    ...     print("stopped")
    stopped
    """
    try:
        yield
    except (RuntimeError, duckdb.Error) as error:
        if _INTERRUPT in str(error).lower():
            raise KeyboardInterrupt from None
        raise
