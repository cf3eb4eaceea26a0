"""From records to a text table in the connection: batch by batch, the mapped columns only."""

from __future__ import annotations

import io
import uuid
from collections.abc import Sequence

import ibis
import pyarrow as pa
import pyarrow.csv as arrow_csv

from ptanalysis.intake.read.csv_grammar import Records

ROW = "row"


class RawTable:
    """The mapped columns of one file as text, with the row each record starts in.

    It is a temporary table of the connection, which keeps it in bounded memory.

    Parameters
    ----------
    connection : ibis backend
    positions : dict
        Column name to its place in the record.
    width : int
        Cells of a record.
    """

    def __init__(self, connection, positions: dict[str, int], width: int) -> None:
        self.connection, self.width = connection, width
        self.positions = dict(sorted(positions.items(), key=lambda item: item[1]))
        self.name = f"source_{uuid.uuid4().hex}"
        schema = dict.fromkeys(self.positions, "string") | {ROW: "int64"}
        #: The Ibis table.
        self.table = connection.create_table(self.name, schema=ibis.schema(schema), temp=True)
        self.rows = 0

    def drop(self) -> None:
        """Remove the table."""
        self.connection.raw_sql(f'DROP TABLE "{self.name}"')

    def add(self, records: Records, delimiter: str) -> None:
        """Append the records of one batch."""
        if records.texts:
            self._insert(self._cut(records.texts, delimiter), records.rows)
        if records.cells:
            columns = list(zip(*records.cells, strict=True))
            arrays = [pa.array(columns[place], pa.string()) for place in self.positions.values()]
            self._insert(arrays, records.cells_rows)

    def _cut(self, texts: Sequence[str], delimiter: str) -> list[pa.ChunkedArray]:
        """Cut records known to match the grammar and to have the right number of cells."""
        names = [str(place) for place in range(self.width)]
        data = "\n".join(texts).encode()
        table = arrow_csv.read_csv(
            io.BytesIO(data),
            read_options=arrow_csv.ReadOptions(
                column_names=names, use_threads=False, block_size=len(data) + 1
            ),
            parse_options=arrow_csv.ParseOptions(
                delimiter=delimiter, newlines_in_values=True, ignore_empty_lines=False
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                strings_can_be_null=False,
                include_columns=[str(place) for place in self.positions.values()],
            ),
        )
        return table.columns

    def _insert(self, columns: Sequence, rows: Sequence[int]) -> None:
        table = pa.table([*columns, pa.array(rows, pa.int64())], names=[*self.positions, ROW])
        self.connection.insert(self.name, table)
        self.rows += len(rows)
