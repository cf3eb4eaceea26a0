"""How often a reader loads a file with one fault wrongly and without a word.

Run: python -m lab.benchmarks.reader_pollution [--write]
(--write: the table into docs/bad-input.md)

Each file of the sample's first quarter, and a report in which every value is quoted, is cut to a
few rows and polluted in one place, at every position of its header, first, middle and last row. A
reader that raises, warns or reports a problem has spoken. One that says nothing and gives the
values of the clean file was not harmed. Anything else is a silent error.
"""

from __future__ import annotations

import sys
import tempfile
import warnings
from collections import Counter
from pathlib import Path

import duckdb
import ibis
import pandas as pd

from lab.benchmarks.reader_pollutions import pollutions
from ptanalysis.definitions import load_config
from ptanalysis.intake import read as sources

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "data" / "raw" / "sample" / "2024Q1"
DOCUMENT = ROOT / "docs" / "bad-input.md"
MARKS = ("<!-- silent errors: start -->", "<!-- silent errors: end -->")
ROWS = 7
READERS = ("ptanalysis", "pandas", "DuckDB")
QUOTED = '''\
"Lead ID","First Name","Last Name","Lead Status","Lead Source","Create Date","Email"
"00Q5g00000AbCd1","Robin","Alder","Open - Not Contacted","Web","1/5/2026","robin@example.org"
"00Q5g00000AbCd2","Sam","Birch, Jr.","Closed - Converted","Purchased List","1/6/2026",""
"00Q5g00000AbCd3","Kim ""K.""","Cedar","Open - Not Contacted","Web","1/7/2026","kim@example.org"
"00Q5g00000AbCd4","Lee","Dogwood","Working - Contacted","","1/8/2026","lee@example.org"
'''


class Ours:
    """The reader of this project."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.config = folder, load_config(None)
        self.connection = ibis.duckdb.connect()

    def read(self, text: str) -> tuple[object, set[tuple[str, int | None]]]:
        """Return the values and the problems that are more than notes."""
        path = self.folder / "polluted.csv"
        path.write_text(text, "utf-8")
        source = sources.read_file(
            path, clinic_folder=self.folder, config=self.config, connection=self.connection
        )
        problems = {(p.severity, p.row) for p in source.problems if p.severity != "note"}
        frames = {kind: table.execute().to_csv() for kind, table in source.tables.items()}
        return frames, problems


def by_pandas(path: Path) -> str:
    """Return the values pandas' default reader gives; its warnings count as a word."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return pd.read_csv(path).to_csv()


def by_duckdb(path: Path) -> str:
    """Return the values DuckDB's default reader gives."""
    return duckdb.sql(f"select * from read_csv('{path}')").df().to_csv()


COMMON = {"pandas": by_pandas, "DuckDB": by_duckdb}


def clean_files() -> dict[str, str]:
    """Return the files to pollute, by name."""
    files = {
        path.stem: "\n".join(path.read_text("utf-8").splitlines()[:ROWS]) + "\n"
        for path in sorted(SAMPLE.glob("*.csv"))
    }
    return files | {"every value quoted": QUOTED}


def judge(files: dict[str, str]) -> pd.DataFrame:
    """Return one row a kind of fault: files, and per reader spoken, named and silent."""
    counts: dict[str, Counter[str]] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ours = Ours(folder)
        for text in files.values():
            _judge_file(text, folder, ours, counts)
    return pd.DataFrame(counts).T.fillna(0).astype(int)


def _judge_file(text: str, folder: Path, ours: Ours, counts: dict[str, Counter[str]]) -> None:
    path = folder / "polluted.csv"
    truth, before = ours.read(text)
    common = {name: _try(read, path) for name, read in COMMON.items()}
    last = text.count("\n")
    for polluted in pollutions(text, tuple(sorted({1, 2, (last + 2) // 2, last}))):
        count = counts.setdefault(polluted.kind, Counter())
        count["files"] += 1
        values, problems = ours.read(polluted.text)
        said = problems - before
        count["ptanalysis silent"] += not said and values != truth
        count["ptanalysis said"] += bool(said)
        count["ptanalysis named"] += any(row == polluted.row for _, row in said)
        for name, read in COMMON.items():
            count[f"{name} silent"] += _try(read, path) not in (None, common[name])


def _try(read, path: Path) -> str | None:
    try:
        return read(path)
    except Exception:
        return None


def as_markdown(table: pd.DataFrame) -> str:
    """Return the table of the document."""
    lines = [
        "| fault | files | ptanalysis | names the row | pandas | DuckDB |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    for kind, row in table.iterrows():
        named = row["ptanalysis named"] / max(row["ptanalysis said"], 1)
        rates = [f"{row[f'{name} silent'] / row['files']:.1%}" for name in READERS]
        lines.append(
            f"| {kind} | {row['files']:,} | {rates[0]} | {named:.1%} | {rates[1]} | {rates[2]} |"
        )
    return "\n".join(lines)


def main() -> None:
    """Print the table, and write it into the document where asked."""
    table = judge(clean_files())
    structural = table.drop(index="inside a quoted value").sum().rename("all faults of structure")
    table = pd.concat([table, structural.to_frame().T])
    text = as_markdown(table)
    print(text)
    if "--write" in sys.argv:
        before, _, rest = DOCUMENT.read_text("utf-8").partition(MARKS[0])
        after = rest.partition(MARKS[1])[2]
        DOCUMENT.write_text(f"{before}{MARKS[0]}\n{text}\n{MARKS[1]}{after}", "utf-8")


if __name__ == "__main__":
    main()
