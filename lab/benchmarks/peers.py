"""Reading, cleaning and classifying inquiries as an analyst would in Polars or in pandas.

Run: python -m lab.benchmarks.peers floor|intake|polars|pandas ROOT
(of the clinic "big" below ROOT; prints seconds and peak memory, imports not counted)

They give the tables that intake's own steps give of the same files (`ours`; a test compares them),
for the spellings that `big_clinic` writes. Nothing else is done: no strict reading, no record of
what was left out, no copies, people or leads. The floor is what any way must do: DuckDB reads all
files as text and writes Parquet.
"""

from __future__ import annotations

import json
import re
import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pandas as pd

from ptanalysis import intake
from ptanalysis.definitions import load_config
from ptanalysis.intake import classify, typed_rows
from ptanalysis.intake.classify.channels import channel_of
from ptanalysis.intake.classify.lexicon import other_service_pattern, service_patterns, words
from ptanalysis.intake.clean.text_folding import BLANKS
from ptanalysis.intake.engine import Engine

KINDS = ("inquiries", "screenings", "payments", "spend")
COLUMNS = ["inquiry_id", "received_at", "email", "phone", "zip", "channel", "service", "reason"]
LABELS, SAID = ["source", "medium"], ["service_interest", "notes", "touch_type"]
EMAIL, PHONE, ZIP = r"^[\w.+-]+@[a-z0-9.-]+\.[a-z]+$", r"^[2-9]\d{2}[2-9]\d{6}$", r"^\d{5}$"
#: Numbers that stand for none.
NO_PHONE = r"^\d{3}(?:5555555|0000000)$"
EXTENSION, NO_DIGIT = r" ?x ?\d+$", r"[^0-9]"
TIMES = ("%Y-%m-%d %H:%M", "%m/%d/%Y %I:%M %p", "%b %d, %Y")


def ours(folder: Path) -> pd.DataFrame:
    """Return what intake's own steps make of the inquiries, in the order of their ids."""
    config, connection = load_config(None), Engine().connect(":memory:")
    paths = [(path, age) for age, path in enumerate(sorted(folder.glob("*/inquiries.csv")))]
    options = {"clinic_folder": folder, "config": config, "connection": connection}
    table = typed_rows.read_rows(paths, **options).tables["inquiries"]
    table = classify.with_interest(classify.with_channel(table, config), config)
    return _ordered(table.select(*COLUMNS).execute())


def by_pandas(folder: Path) -> pd.DataFrame:
    """Return the same by pandas."""
    files = sorted(folder.glob("*/inquiries.csv"))
    table = pd.concat([pd.read_csv(file, dtype=str) for file in files], ignore_index=True)
    at = pd.Series(pd.NaT, index=table.index, dtype="datetime64[us]")
    for form in TIMES:
        at = at.fillna(pd.to_datetime(table["received_at"], format=form, errors="coerce"))
    email = table["email"].str.strip().str.lower()
    phone = table["phone"].str.replace(EXTENSION, "", regex=True)
    phone = phone.str.replace(NO_DIGIT, "", regex=True).str.replace("^1", "", regex=True)
    sound = phone.str.contains(PHONE, na=False) & ~phone.str.contains(NO_PHONE, na=False)
    table = table.assign(
        received_at=at,
        email=email.where(email.str.contains(EMAIL, na=False)),
        phone=("+1" + phone).where(sound),
        zip=table["zip"].where(table["zip"].str.contains(ZIP, na=False)),
    )
    for keys, name in ((LABELS, _channels), (SAID, _interests)):
        table = table.merge(name(table[keys].drop_duplicates()), on=keys, how="left")
    nobody = table["reason_of_nobody"].where(table["email"].isna() & table["phone"].isna())
    return table.assign(reason=nobody.fillna(table["reason"]))[COLUMNS]


def by_polars(folder: Path):
    """Return the same by Polars, as its lazy frame."""
    import polars as pl

    table = pl.scan_csv(str(folder / "*" / "inquiries.csv"), infer_schema=False)
    at, phone = pl.col("received_at"), pl.col("phone").str.replace(EXTENSION, "")
    phone = phone.str.replace_all(NO_DIGIT, "").str.replace("^1", "")
    email = pl.col("email").str.strip_chars().str.to_lowercase()
    sound = phone.str.contains(PHONE) & ~phone.str.contains(NO_PHONE)
    table = table.with_columns(
        received_at=pl.coalesce(
            at.str.to_datetime(form, strict=False) for form in TIMES[:2]
        ).fill_null(at.str.to_date(TIMES[2], strict=False).cast(pl.Datetime("us"))),
        email=pl.when(email.str.contains(EMAIL)).then(email),
        phone=pl.when(sound).then(pl.lit("+1") + phone),
        zip=pl.when(pl.col("zip").str.contains(ZIP)).then("zip"),
    )
    for keys, name in ((LABELS, _channels), (SAID, _interests)):
        named = name(table.select(keys).unique().collect().to_pandas())
        named = pl.from_pandas(named).lazy()
        table = table.join(named, on=keys, how="left", nulls_equal=True, maintain_order="left")
    nobody = pl.col("email").is_null() & pl.col("phone").is_null()
    nobody = pl.when(nobody).then("reason_of_nobody")
    return table.with_columns(reason=pl.coalesce(nobody, "reason")).select(COLUMNS)


def _channels(labels: pd.DataFrame) -> pd.DataFrame:
    rows = labels.fillna("").itertuples(index=False)
    return labels.assign(channel=[channel_of(*row) for row in rows])


def _interests(said: pd.DataFrame) -> pd.DataFrame:
    found = [_interest(*map(_folded, row)) for row in said.fillna("").itertuples(index=False)]
    names = ["service", "reason", "reason_of_nobody"]
    return said.assign(**dict(zip(names, zip(*found, strict=True), strict=True)))


def _folded(text: str) -> str:
    lower = " ".join(text.split()).lower()
    return "" if lower in BLANKS else lower


def _interest(stated: str, notes: str, touch: str) -> tuple:
    """Return the service, and why it is no lead: with contact, and without."""
    services = load_config(None).services
    patterns = service_patterns(services).items()
    service = next((name for name, pattern in patterns if re.search(pattern, stated)), None)
    for text in (stated, "" if service else notes):
        if reason := next(_against(text), None):
            return None, reason, reason
    asks = touch.replace(" ", "_") in words()["requests"]["touch_types"]
    if service or not re.search(other_service_pattern(services) or r"^\b$", stated):
        wish = service or asks or re.search(words()["care"]["pattern"], stated)
        silent = "interest_not_recognized" if stated else "no_interest_stated"
        return service, None if wish else silent, "no_contact"
    return None, "service_not_offered", "no_contact"


def _against(text: str) -> Iterator[str]:
    unless = words()["except"]
    for reason, pattern in words()["not_leads"].items():
        spared = reason in unless and re.search(unless[reason], text)
        if re.search(pattern, text) and not spared:
            yield reason


def _ordered(table: pd.DataFrame) -> pd.DataFrame:
    return table.sort_values([*COLUMNS]).reset_index(drop=True)


def compared(folder: Path) -> dict[str, pd.DataFrame]:
    """Return the tables of all ways, in the same order and types."""
    made = {"ours": ours(folder), "pandas": by_pandas(folder)}
    made["polars"] = by_polars(folder).collect().to_pandas()
    types = dict.fromkeys(COLUMNS, "str") | {"received_at": "datetime64[us]"}
    return {name: _ordered(table.astype(types)) for name, table in made.items()}


def floor(folder: Path, out: Path) -> None:
    """Read all files as text and write Parquet, by DuckDB alone."""
    with duckdb.connect() as connection:
        for kind in KINDS:
            read = f"read_csv('{folder}/*/{kind}.csv', all_varchar = true, header = true)"
            connection.execute(f"COPY (SELECT * FROM {read}) TO '{out}/{kind}.parquet'")


def whole_intake(folder: Path, out: Path) -> None:
    """Run all of intake, from strict reading to the tables of the analysis."""
    intake.run(folder.name, root=folder.parents[2])


def pandas_to_parquet(folder: Path, out: Path) -> None:
    """Write what pandas makes of the inquiries."""
    by_pandas(folder).to_parquet(out / "inquiries.parquet")


def polars_to_parquet(folder: Path, out: Path) -> None:
    """Write what Polars makes of the inquiries."""
    by_polars(folder).sink_parquet(out / "inquiries.parquet")


WAYS = {
    "floor": floor,
    "intake": whole_intake,
    "polars": polars_to_parquet,
    "pandas": pandas_to_parquet,
}


def cost(way: str, root: Path) -> dict[str, float]:
    """Return what one way costs this process, which has done its imports."""
    folder, out = root / "data" / "raw" / "big", root / way
    out.mkdir(exist_ok=True)
    wall, cpu = time.perf_counter(), time.process_time()
    WAYS[way](folder, out)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"wall_s": round(wall, 2), "cpu_s": round(cpu, 2), "peak_mb": round(peak / 1024)}


if __name__ == "__main__":
    print(json.dumps(cost(sys.argv[1], Path(sys.argv[2]))))
