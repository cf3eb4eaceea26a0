"""Queries compiled once: the same answers as Ibis's own backend, and never another's query."""

import ibis
import pytest

from ptanalysis.intake import engine
from ptanalysis.intake.clean import step
from ptanalysis.intake.engine import stored

ROWS = {"a": [1, 2, 3, None], "b": ["x", "y", "x", "z"]}
OTHER = {"a": [4.0, 5.0, 6.0, 7.0], "b": ["x", "x", "x", "x"]}


def sums(table):
    return step(table, c=table.a + 1).group_by("b").aggregate(c=ibis._.c.sum()).order_by("b")


def against_itself(table):
    table = step(table, n=ibis.row_number().over(ibis.window(order_by=["a", "b"])))
    other = table.view()
    pairs = table.inner_join(other, [table.b == other.b, table.n < other.n], rname="{name}_2")
    return step(pairs).select("n", "n_2").order_by("n", "n_2")


def twice(table):
    part = step(table, c=table.b.upper())
    return ibis.union(part, part.filter(part.a > 1)).order_by("c", "a")


@pytest.fixture
def connection():
    return engine.Engine().connect(":memory:")


@pytest.mark.parametrize("ask", [sums, against_itself, twice])
def test_the_answers_are_those_of_ibis_s_own_backend(connection, ask):
    plain = ibis.duckdb.connect()
    for number, rows in enumerate((ROWS, OTHER, ROWS)):  # the later ones with the first one's SQL
        ours = ask(stored(connection, ibis.memtable(rows))).execute()
        theirs = ask(plain.create_table(f"t{number}", ibis.memtable(rows))).execute()
        assert ours.to_csv() == theirs.to_csv()


def test_a_query_is_compiled_once_and_another_one_anew(connection):
    tables = [stored(connection, ibis.memtable(rows)) for rows in (ROWS, OTHER)]
    tables[0].filter(tables[0].a > 1).count().execute()
    before = len(engine._COMPILED)
    assert [table.filter(table.a > 1).count().execute() for table in tables] == [2, 4]
    assert len(engine._COMPILED) == before
    for number in (1, 1.0, True, "1"):  # the first three are equal in Python
        tables[1].mutate(n=ibis.literal(number)).execute()
    assert len(engine._COMPILED) == before + 4


def test_a_stored_table_has_the_types_that_duckdb_gives_it(connection):
    made = ibis.memtable(ROWS).mutate(
        at=ibis.timestamp("2026-05-04 10:00:00"), money=ibis.literal("1.5").cast("decimal(18, 2)")
    )
    table = stored(connection, made)
    assert table.schema() == connection.table(table.get_name()).schema()
