"""Shuffled, split in two, re-encoded or re-delimited: the same rows give the same answer."""

import codecs
import csv
import io

import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ptanalysis import intake

HEADERS = {
    "inquiries": "inquiry_id,received_at,source,medium,campaign,first_name,last_name,email,phone,"
    "service_interest,notes",
    "screenings": "inquiry_id,screened_at,outcome,reason",
    "payments": "inquiry_id,paid_at,amount,kind",
    "spend": "period_start,period_end,source,medium,campaign,amount,kind",
}
ROWS = {
    "inquiries": [
        [
            "I1",
            "2026-04-02 10:00",
            "google",
            "cpc",
            "Été, genoux",
            "Zoë",
            "Müller",
            "z@example.org",
            "",
            "knee",
            'asked; twice | "now"',
        ],
        [
            "I2",
            "2026-04-03 10:00",
            "google",
            "organic",
            "",
            "Zoe",
            "Mueller",
            "Z@example.org",
            "",
            "knee",
            "one line\nand another",
        ],
        [
            "I3",
            "2026-04-03 10:00",
            "radio",
            "",
            "Soirée",
            "José",
            "Ibáñez",
            "j@example.org",
            "617-555-0142",
            "pain",
            "",
        ],
        [
            "I4",
            "2026-04-31",
            "google",
            "organic",
            "",
            "Ann",
            "Lee",
            "a@example.org",
            "",
            "knee",
            "",
        ],
        ["I5", "2026-05-01", "referral", "", "", "Renée", "Roy", "", "", "knee", ""],
        [
            "I6",
            "2026-05-02",
            "google",
            "cpc",
            "Été, genoux",
            "Bo",
            "Ek",
            "",
            "617-555-0143",
            "massage",
            "",
        ],
        ["I7", "2026-05-03", "postcard", "", "", "Åsa", "Öst", "o@example.org", "", "job", ""],
    ],
    "screenings": [
        ["I1", "2026-04-04", "qualified", ""],
        ["I3", "2026-04-05", "disqualified", "too far"],
        ["I6", "2026-05-04", "qualified", ""],
    ],
    "payments": [
        ["I1", "2026-05-01", "1,200.50", "payment"],
        ["I1", "2026-05-02", "(30.00)", "refund"],
        ["I6", "2026-06-01", "75", "payment"],
        ["I99", "2026-06-01", "10", "payment"],
    ],
    "spend": [
        ["2026-04-01", "2026-04-30", "google", "cpc", "Été, genoux", "500.10", "media"],
        ["2026-05-01", "2026-05-31", "google", "cpc", "Été, genoux", "1,000", "media"],
        ["2026-04-01", "2026-04-30", "radio", "", "Soirée", "250", "media"],
    ],
}
TABLES = ("leads", "touches", "payments", "spend", "campaigns", "broad_only")
COUNTS = ("rows_in", "leads", "duplicates", "rejected", "not_leads", "not_leads_by_reason")
ENCODINGS = {
    "utf-8": lambda text: text.encode(),
    "utf-8 with BOM": lambda text: codecs.BOM_UTF8 + text.encode(),
    "utf-16": lambda text: text.encode("utf-16"),
    "utf-16-be": lambda text: codecs.BOM_UTF16_BE + text.encode("utf-16-be"),
    "windows-1252": lambda text: text.encode("cp1252"),
}
AS_THEY_ARE = ("utf-8", ",")


def written(kind, rows, how):
    """Return a file's bytes: its header and these rows, in an encoding and with a delimiter."""
    encoding, delimiter = how
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\r\n")
    writer.writerows([HEADERS[kind].split(","), *rows])
    return ENCODINGS[encoding](text.getvalue())


def answer(root, files):
    """Return the tables and counts of a clinic whose quarter holds these files and no others."""
    folder = root / "data" / "raw" / "c" / "2026Q2"
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        path.unlink()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    tables = intake.run("c", "2026Q2", root=root)
    return (
        {name: getattr(tables, name) for name in TABLES},
        {name: tables.ledger[name] for name in COUNTS},
    )


@pytest.fixture(scope="module")
def clinic(tmp_path_factory):
    """A root, and the answer to the files as they are."""
    root = tmp_path_factory.mktemp("same")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PTANALYSIS_KEY_DIR", str(root / "keys"))
        files = {f"{kind}.csv": written(kind, rows, AS_THEY_ARE) for kind, rows in ROWS.items()}
        yield root, answer(root, files)


def of_each_kind(strategy):
    return st.fixed_dictionaries({kind: strategy(rows) for kind, rows in ROWS.items()})


#: Every way of writing in one clinic, a kind of files each; reversed, split after the first row.
WAYS = (("utf-8 with BOM", ";"), ("utf-16", "\t"), ("windows-1252", "|"), ("utf-16-be", ";"))


@example(
    orders={kind: rows[::-1] for kind, rows in ROWS.items()},
    cuts=dict.fromkeys(ROWS, 1),
    ways={kind: [AS_THEY_ARE, way] for kind, way in zip(ROWS, WAYS, strict=True)},
)
@settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    orders=of_each_kind(st.permutations),
    cuts=of_each_kind(lambda rows: st.integers(0, len(rows))),
    ways=of_each_kind(
        lambda _: st.lists(
            st.tuples(st.sampled_from(list(ENCODINGS)), st.sampled_from(",;\t|")),
            min_size=2,
            max_size=2,
        )
    ),
)
def test_the_same_rows_give_the_same_answer(clinic, orders, cuts, ways):
    files = {}
    for kind, rows in orders.items():
        for part, (lines, how) in enumerate(
            zip((rows[: cuts[kind]], rows[cuts[kind] :]), ways[kind], strict=True)
        ):
            if lines:
                files[f"{kind}{part}.csv"] = written(kind, lines, how)
    root, (tables, counts) = clinic
    found, counted = answer(root, files)
    for name, table in tables.items():
        pd.testing.assert_frame_equal(found[name], table, obj=name)
    assert counted == counts
