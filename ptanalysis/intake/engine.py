"""DuckDB for the steps of intake: each distinct query compiled once, its tables kept between steps.

What a small clinic's intake costs is not its rows but turning some hundred expressions into SQL.
They are the same for every clinic with the same kinds of files, but for the tables' names.
"""

from __future__ import annotations

import os
import re
import shutil
import uuid
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import duckdb
import ibis.expr.operations as ops
import ibis.expr.types as ir
import sqlglot.expressions as sge
from ibis import options
from ibis.backends.duckdb import Backend
from ibis.backends.sql.compilers.duckdb import DuckDBCompiler
from ibis.common.graph import Node
from ibis.expr.schema import Schema

from ptanalysis.definitions import UserError

DUCKDB = "duckdb"
_NAMED = (ops.DatabaseTable, ops.InMemoryTable)
#: Names that nothing else in a query has.
_RANDOM = re.compile(r"_[0-9a-z]{26,}$").search
#: SQL by what it computes, its tables' names left open.
_COMPILED: dict[tuple, str] = {}
#: So many are kept; a clinic with every kind of file has some 200.
_MOST = 4_000


class EngineError(UserError, RuntimeError):
    """What an engine needs is not installed."""


def connected(engine: str, work: Path):
    """Return the connection of a run, with `connect`, `create_table` and `each` of Ibis's backends.

    Parameters
    ----------
    engine : str
        ``duckdb``; ``spark`` for all cores of this machine; or the master of a cluster of Spark.
    work : Path
        Private folder. What does not fit in memory spills there, encrypted: a run that is killed
        leaves it, so it must hold nothing that can be read.

    Raises
    ------
    EngineError
        Spark or Java is not there.

    Notes
    -----
    DuckDB calls its own cipher unsafe for its random numbers; a better one is an extension to be
    downloaded.
    """
    if engine != DUCKDB:
        return _spark(engine)(engine, work)
    return Engine().connect(
        ":memory:",
        temp_directory=str(work),
        temp_file_encryption=True,
        force_mbedtls_unsafe="true",
        memory_limit=os.environ.get("PTANALYSIS_MEMORY", "2GB"),
    )


def _spark(master: str) -> Callable:
    """Return what connects to a Spark, once all that it needs is there."""
    java = "JAVA_HOME" in os.environ or shutil.which("java")
    if not java and not master.startswith("sc://"):
        raise EngineError(f"--engine {master} needs Java 17 or later: install it, or set JAVA_HOME")
    if find_spec("pyspark") is None:
        raise EngineError(
            f"--engine {master} needs pyspark: make spark, or pip install 'ptanalysis[spark]'"
        )
    from ptanalysis.intake import spark_engine

    return spark_engine.connected


class _Compiler(DuckDBCompiler):
    """Ibis's own, but a view is no copy of all that is below it: that is quadratic in the steps."""

    def visit_SelfReference(self, op, *, parent, **_: object):  # noqa: N802
        return parent.this if isinstance(parent, sge.Subquery) else parent

    visit_JoinReference = visit_SelfReference  # noqa: N815


class Engine(Backend):
    """Ibis's DuckDB backend with SQL that is compiled once and tables whose schema is known.

    Examples
    --------
    >>> import ibis
    >>> connection = Engine().connect(":memory:")
    >>> one = connection.create_table("one", ibis.memtable({"a": [1, 2]}), temp=True)
    >>> one.a.sum().execute()
    3
    """

    compiler = _Compiler()

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **options)
        self._unused: list[str] = []

    def compile(self, expr, /, *, limit=None, params=None, pretty=False) -> str:
        """Return the SQL of an expression; compiled anew only where none like it was before."""
        limit = options.sql.default_limit if limit == "default" else limit
        if limit is not None or params or pretty:
            return super().compile(expr, limit=limit, params=params, pretty=pretty)
        key, names = _key_of(expr.op())
        if not all(map(_RANDOM, names)):
            return super().compile(expr)
        if key not in _COMPILED:
            if len(_COMPILED) >= _MOST:
                _COMPILED.clear()
            _COMPILED[key] = _renamed(super().compile(expr), names, _places(names))
        return _renamed(_COMPILED[key], _places(names), names)

    def to_pyarrow_batches(self, expr, /, *, chunk_size: int, **_: object):
        """Return rows as a stream; Ibis's own asks for what DuckDB no longer has."""
        return self._to_duckdb_relation(expr).to_arrow_reader(chunk_size)

    def each(self, read: Callable, paths: Sequence[Path], **options: object) -> list:
        """Call `read` on each file."""
        return [read(path, connection=self, **options) for path in paths]

    def create_table(self, name, obj=None, /, *, schema=None, temp=False, **more: object):
        """Create a table; a temporary one of an expression without asking DuckDB what it knows.

        A temporary table that no expression reads any more is dropped before the next is made.
        """
        while self._unused:
            self.con.execute(f'DROP TABLE IF EXISTS "{self._unused.pop()}"')
        if not temp:
            return super().create_table(name, obj, schema=schema, temp=temp, **more)
        table = self._temporary(name, obj, schema, more)
        weakref.finalize(table.op(), self._unused.append, name).atexit = False
        return table

    def _temporary(self, name: str, obj, schema, more: dict):
        if not isinstance(obj, ir.Table) or schema is not None:
            return super().create_table(name, obj, schema=schema, temp=True, **more)
        self._run_pre_execute_hooks(obj)
        types = {column: _stored_type(type_) for column, type_ in obj.schema().items()}
        columns = ", ".join(f'"{column}" {sql}' for column, (sql, _) in types.items())
        self.con.execute(f'CREATE TEMPORARY TABLE "{name}" ({columns})')
        self.con.execute(f'INSERT INTO "{name}" {self.compile(obj)}').fetchall()
        known = Schema({column: type_ for column, (_, type_) in types.items()})
        return ops.DatabaseTable(name, known, self, ops.Namespace()).to_expr()


@cache
def _stored_type(type_) -> tuple[str, object]:
    """Return a column's type in SQL, and as Ibis reads it back."""
    mapper = _Compiler.type_mapper
    sql = mapper.from_ibis(type_.copy(nullable=True)).sql("duckdb")
    return sql, mapper.from_string(sql, nullable=True)


def _places(names: list[str]) -> list[str]:
    return [f"\x00{place}\x00" for place in range(len(names))]


def _renamed(sql: str, before: list[str], after: list[str]) -> str:
    for old, new in zip(before, after, strict=True):
        sql = sql.replace(f'"{old}"', f'"{new}"')
    return sql


def _key_of(root: Node) -> tuple[tuple, list[str]]:
    """Return what an expression computes, and the names of the tables it reads."""
    places, names, key = {}, [], []
    for node in _children_first(root):
        if isinstance(node, _NAMED):
            names.append(node.name)
            said = (type(node), node.schema)
        elif isinstance(node, ops.Reference):
            said = (type(node), places[node.parent])
        else:
            said = (type(node), *(_said(each, places) for each in node.__args__))
        places[node] = len(key)
        key.append(said)
    return tuple(key), names


def _children_first(root: Node) -> Iterator[Node]:
    """Yield each node once, after all it is made of, in the order they are written."""
    seen, stack = set(), [root]
    while stack:
        node = stack[-1]
        if node not in seen and (left := [n for n in node.__children__ if n not in seen]):
            stack.extend(reversed(left))
            continue
        stack.pop()
        if node not in seen:
            seen.add(node)
            yield node


def _said(value, places: dict):
    if isinstance(value, Node):
        return ("@", places[value])
    if isinstance(value, tuple):
        return tuple(_said(each, places) for each in value)
    if isinstance(value, dict):
        return tuple((name, _said(each, places)) for name, each in value.items())
    return (type(value), value)


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
