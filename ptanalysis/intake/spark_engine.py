"""Spark for the steps of intake: the same expressions, tables kept in the cluster, a file a task.

Where a function of Spark's differs from DuckDB's, `_Compiler` writes it so that it does not.
"""

from __future__ import annotations

import os
import pickle
import re
import sys
import uuid
import warnings
import weakref
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import ibis.expr.operations as ops
import ibis.expr.types as ir
import numpy as np
import pandas as pd
import pyarrow as pa
import sqlglot.expressions as sge
from ibis.backends.duckdb.converter import DuckDBPandasData
from ibis.backends.sql.compilers.pyspark import PySparkCompiler
from ibis.expr.schema import Schema

from ptanalysis.intake.engine import Engine, EngineError
from ptanalysis.intake.read.text_table import ROW

warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas")  # Arrow, here
from ibis.backends.pyspark import Backend  # noqa: E402
from ibis.backends.pyspark.datatypes import PySparkSchema  # noqa: E402
from pyspark.sql import SparkSession  # noqa: E402

#: A row of a file as a task gives it; the last of a file's has what else was found, `facts`.
_READ = "place int, nth int, kind string, row bigint, cells array<string>, facts binary"
_ROWS = Schema(
    {"place": "int32", "nth": "int32", "kind": "string", "row": "int64", "cells": "array<string>"}
)
_ARROW = _ROWS.to_pyarrow().append(pa.field("facts", pa.binary()))
_EVERYWHERE = {
    "spark.app.name": "ptanalysis",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "OFF",
}
#: Of a Spark that is this process's own: nothing readable on disk, no port, few and small tasks.
_LOCAL = {
    "spark.io.encryption.enabled": "true",
    "spark.ui.enabled": "false",
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.adaptive.enabled": "false",
    # Compiling what runs once takes longer than running it.
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
}
#: What RE2 means by a space, and what Java takes otherwise, outside a class and in one.
_SPACE = r"\t\n\f\r "
_OUTSIDE = {
    "$": r"\z",
    ".": r"[^\n]",
    r"\s": f"[{_SPACE}]",
    r"\S": f"[^{_SPACE}]",
    r"\b": r"(?:(?<=\w)(?!\w)|(?<!\w)(?=\w))",
    "(?i)": "(?iu)",
}
_INSIDE = {"[": r"\[", "&": r"\&", r"\s": _SPACE, r"\S": f"[^{_SPACE}]"}
#: Capitals that Java makes two letters of, or another at the end of a word.
_LETTERS = ("\u0130\u03a3", "i\u03c3")
_TOKENS = re.compile(r"\\.|\(\?i\)|.", re.DOTALL)


def java(pattern: str) -> str:
    r"""Return a regular expression that means to Java what `pattern` means to DuckDB.

    Examples
    --------
    >>> print(java(r"(?i)^[.$[\d]\.a.$"))
    (?iu)^[.$\[\d]\.a[^\n]\z
    """
    made, inside = [], False
    for token in _TOKENS.findall(pattern):
        opens, closes = token == "[" and not inside, token == "]" and inside
        made.append(token if opens else (_INSIDE if inside else _OUTSIDE).get(token, token))
        inside = (inside or opens) and not closes
    return "".join(made)


class _Compiler(PySparkCompiler):
    """Ibis's own, but each function does what DuckDB's does."""

    def visit_RegexSearch(self, op, *, arg, pattern):  # noqa: N802
        return self.f.regexp_like(arg, _java(pattern))

    def visit_RegexExtract(self, op, *, arg, pattern, index):  # noqa: N802
        return self.f.regexp_extract(arg, _java(pattern), index)

    def visit_RegexReplace(self, op, *, arg, pattern, replacement):  # noqa: N802
        return self.f.regexp_replace(arg, _java(pattern), replacement)

    def visit_StringSplit(self, op, *, arg, delimiter):  # noqa: N802
        return self.f.split(arg, self.f.concat(r"\Q", delimiter, r"\E"))

    def visit_ArrayIndex(self, op, *, arg, index):  # noqa: N802
        return self.f.anon.get(arg, index)

    def visit_Lowercase(self, op, *, arg):  # noqa: N802
        return self.f.lower(self.f.translate(arg, *_LETTERS))

    def visit_Levenshtein(self, op, *, left, right):  # noqa: N802
        return self.f.levenshtein(*(self._bytes(text) for text in (left, right)))

    def _bytes(self, text):
        """Return a text of as many letters as `text` has bytes: DuckDB counts those."""
        return self.f.anon.decode(self.f.anon.encode(text, "UTF-8"), "ISO-8859-1")


def _java(pattern: sge.Expression) -> sge.Expression:
    return sge.convert(java(pattern.this))


class SparkEngine(Backend):
    """Ibis's PySpark backend with temporary tables: kept by the executors, forgotten at the end."""

    compiler = _Compiler()

    def __init__(self, *args: object, own: bool = True, **options: object) -> None:
        super().__init__(*args, **options)
        #: Whether the session is this run's own, to be stopped at its end.
        self.own = own
        self._views: set[str] = set()
        self._unused: list[str] = []

    def disconnect(self) -> None:
        """Forget the run's tables."""
        if self.own:
            self._session.stop()
        else:
            self._drop([*self._views])

    def _drop(self, names: list[str]) -> None:
        while names:
            name = names.pop()
            self._session.catalog.dropTempView(name)
            self._views.discard(name)

    def create_table(self, name, obj=None, /, *, schema=None, temp=False, **more: object):
        """Create a table; a temporary one is computed now, and no plan goes back beyond it."""
        if not isinstance(obj, ir.Table) or not temp:
            return super().create_table(name, obj, schema=schema, temp=temp, **more)
        self._drop(self._unused)
        self._run_pre_execute_hooks(obj)
        known = obj.schema()
        frame = self._session.sql(self.compile(obj)).to(PySparkSchema.from_ibis(known))
        return self._kept(name, frame.localCheckpoint(), known)

    def _kept(self, name: str, frame, schema):
        frame.createOrReplaceTempView(name)
        self._views.add(name)
        table = ops.DatabaseTable(name, schema, self, ops.Namespace())
        weakref.finalize(table, self._unused.append, name).atexit = False
        return table.to_expr()

    def _register_in_memory_table(self, op) -> None:
        data = op.data.to_pyarrow(op.schema)
        self._session.createDataFrame(data).createOrReplaceTempView(op.name)

    def each(self, read: Callable, paths: Sequence[Path], **options: object) -> list:
        """Call `read` on each file, a file a task of the cluster; its rows stay there."""
        asked = self._session.createDataFrame(
            [*enumerate(map(str, paths))], "place int, path string"
        )
        task = partial(_read, read=partial(read, **options))
        rows = asked.repartition(len(paths)).mapInArrow(task, _READ).localCheckpoint()
        facts = rows.filter("facts is not null").select("place", "facts").toArrow().to_pylist()
        kept = rows.filter("facts is null").drop("facts")
        table = self._kept(f"source_{uuid.uuid4().hex}", kept, _ROWS)
        facts = {row["place"]: pickle.loads(row["facts"]) for row in facts}
        return [
            [_with_tables(source, table, place, nth) for nth, source in enumerate(facts[place])]
            for place in range(len(paths))
        ]

    def execute(self, expr, /, *, params=None, limit=None, **more: object):
        """Return what an expression gives, of the same types as from DuckDB."""
        self._run_pre_execute_hooks(expr)
        table = expr.as_table()
        sql = self.compile(table, params=params, limit=limit, **more)
        found = self._session.sql(sql).toArrow()
        columns = {
            name: column.to_pylist() if column.null_count else column.to_pandas()
            for name, column in zip(found.column_names, found.columns, strict=True)
        }
        made = DuckDBPandasData.convert_table(pd.DataFrame(columns), table.schema())
        return expr.__pandas_result__(made)

    def to_pyarrow_batches(self, expr, /, **_: object) -> pa.RecordBatchReader:
        """Return what `execute` does, as Arrow."""
        schema = expr.schema().to_pyarrow()
        found = self.execute(expr)
        return pa.Table.from_pandas(found, schema, preserve_index=False).to_reader()


def _read(batches: Iterator[pa.RecordBatch], *, read: Callable) -> Iterator[pa.RecordBatch]:
    """Read files as a task of the cluster, each with a DuckDB of its own."""
    for asked in (row for batch in batches for row in batch.to_pylist()):
        found = read(Path(asked["path"]), connection=Engine().connect(":memory:"))
        for nth, source in enumerate(found):
            for kind, table in source.tables.items():
                for batch in table.to_pyarrow().to_batches():
                    yield _rows(asked["place"], nth, kind, batch)
        named = {
            nth: {k: t.columns for k, t in source.tables.items()}
            for nth, source in enumerate(found)
        }
        facts = [replace(source, tables=named[nth]) for nth, source in enumerate(found)]
        yield _batch(place=[asked["place"]], facts=[pickle.dumps(facts)])


def _rows(place: int, nth: int, kind: str, batch: pa.RecordBatch) -> pa.RecordBatch:
    cells = batch.drop_columns([ROW])
    size, width = cells.num_rows, cells.num_columns
    by_row = np.arange(size * width).reshape(width, size).T.ravel()
    values = pa.concat_arrays(cells.columns).take(pa.array(by_row))
    offsets = pa.array(np.arange(size + 1, dtype=np.int32) * width)
    same = {"place": place, "nth": nth, "kind": kind}
    return _batch(
        **{name: [value] * size for name, value in same.items()},
        row=batch[ROW],
        cells=pa.ListArray.from_arrays(offsets, values),
    )


def _batch(**columns) -> pa.RecordBatch:
    size = len(next(iter(columns.values())))
    return pa.record_batch(
        [pa.array(columns.get(field.name, [None] * size), field.type) for field in _ARROW], _ARROW
    )


def _with_tables(source, rows, place: int, nth: int):
    """Return a file with its tables in the cluster, of which it has the names of columns."""
    mine = rows.filter(rows.place == place, rows.nth == nth)
    tables = {
        kind: mine.filter(mine.kind == kind).select(
            *(mine.cells[at].name(name) for at, name in enumerate(n for n in names if n != ROW)),
            ROW,
        )
        for kind, names in source.tables.items()
    }
    return replace(source, tables=tables)


def connected(master: str, work: Path) -> SparkEngine:
    """Return a connection to a Spark: of this session, by Connect, of a cluster or local.

    Parameters
    ----------
    master : str
        ``spark`` for all cores of this machine, or what Spark takes as its master.
    work : Path
        Private folder, for what does not fit in memory on this machine.
    """
    SparkEngine.register_options()
    engine = SparkEngine(own=SparkSession.getActiveSession() is None)
    try:
        engine.do_connect(_session(master, work))
    except Exception as error:
        raise EngineError(f"--engine {master}: no Spark could be started or reached") from error
    return engine


def _session(master: str, work: Path) -> SparkSession:
    if master.startswith("sc://"):
        return SparkSession.builder.remote(master).getOrCreate()
    local = master == "spark" or master.startswith("local")
    settings = _EVERYWHERE | {"spark.master": "local[*]" if master == "spark" else master}
    if local:
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        memory = os.environ.get("PTANALYSIS_MEMORY", "3GB").rstrip("bB")
        settings |= _LOCAL | {"spark.local.dir": str(work), "spark.driver.memory": memory}
    return SparkSession.builder.config(map=settings).getOrCreate()
