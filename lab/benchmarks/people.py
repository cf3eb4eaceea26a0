"""Precision and recall of joining the same person, on the sample's truth and on FEBRL dataset1.

Run: .venv/bin/python lab/benchmarks/people.py [path of FEBRL's dataset1.csv]
"""

from __future__ import annotations

import json
import sys
from itertools import combinations
from pathlib import Path

import ibis
import numpy as np
import pandas as pd

from ptanalysis.intake import people
from ptanalysis.intake.clean import usable_email, usable_phone, with_email, with_phone
from ptanalysis.intake.people.link import groups
from ptanalysis.intake.people.match_model import sure_pairs

SAMPLE = Path(__file__).parents[2] / "data" / "raw" / "sample"
FEBRL = Path(__file__).parents[2] / "shared" / "data" / "febrl" / "dataset1.csv"


def scores(found: set, true: set) -> dict[str, float]:
    """Return precision and recall of pairs, after joining."""
    right = len(found & true)
    return {"pairs": len(found), "precision": right / len(found), "recall": right / len(true)}


def pairs(ids, people) -> set[tuple]:
    """Return every pair of ids of one person."""
    table = pd.DataFrame({"id": list(ids), "person": list(people)}).sort_values("id")
    return {pair for _, alike in table.groupby("person")["id"] for pair in combinations(alike, 2)}


def febrl(path: Path = FEBRL) -> dict[str, float]:
    """Score the model on FEBRL dataset1: 1,000 records, 500 true pairs."""
    raw = pd.read_csv(path, skipinitialspace=True, dtype=str, keep_default_na=False)
    raw.columns = raw.columns.str.strip()
    raw = raw.apply(lambda column: column.str.strip()).replace("", np.nan)
    records = pd.DataFrame(
        {
            "identity": range(len(raw)),
            "first": raw["given_name"],
            "last": raw["surname"],
            "birth": raw["date_of_birth"],
            "zip": raw["postcode"],
            "street": raw["street_number"].fillna("") + " " + raw["address_1"].fillna(""),
        }
    )
    joined = groups(len(records), sure_pairs(records))
    return scores(
        pairs(records["identity"], joined["group"]),
        pairs(records["identity"], raw["rec_id"].str.split("-").str[1]),
    )


def sample(folder: Path = SAMPLE) -> dict[str, float]:
    """Score the joining of the sample clinic's inquiries against truth.json."""
    files = sorted(folder.glob("*/inquiries.csv"))
    rows = pd.concat([pd.read_csv(file, dtype=str) for file in files])
    rows = rows.drop_duplicates("inquiry_id", keep="last").reset_index(names="inquiry")
    rows["inquiry"] = range(len(rows))
    connection = ibis.duckdb.connect()
    table = ibis.memtable(rows)
    table = with_phone(with_email(table, "email"), "phone")
    table = table.mutate(email=usable_email(table.email), phone=usable_phone(table.phone))
    found = people.persons(table, connection=connection)
    joined = found.table.execute().merge(rows[["inquiry", "inquiry_id"]])
    truth = pd.DataFrame(json.loads((folder / "truth.json").read_text("utf-8"))["inquiries"])
    both = joined.merge(truth, on="inquiry_id", suffixes=("", "_true"))
    return {"method": found.method} | scores(
        pairs(both["inquiry_id"], both["person"]), pairs(both["inquiry_id"], both["person_true"])
    )


if __name__ == "__main__":
    print("sample", sample())
    print("FEBRL dataset1", febrl(Path(sys.argv[1]) if len(sys.argv) > 1 else FEBRL))
