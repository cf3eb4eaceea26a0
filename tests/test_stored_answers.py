"""Verdicts and grid are worked out once for a run, and never kept for tables that were changed.

The engine is replaced by a count of its calls; what it says itself is tested elsewhere.
"""

import json
import shutil
from dataclasses import replace

import pandas as pd
import pytest

from ptanalysis import claims, intake
from ptanalysis.claims import Sensitivity, Verdict, verdict_tables
from ptanalysis.claims.verdict_tables import choices, verdicts
from ptanalysis.definitions import REPORT_VARIABLE
from ptanalysis.intake.load_quarter import open_quarter
from ptanalysis.intake.storage import stored_answers
from ptanalysis.stats import Estimate

INQUIRIES = (
    "inquiry_id,received_at,source,medium,campaign,first_name,last_name,email,service_interest\n"
    "A1,2026-04-05 09:00,google,cpc,Spring,Ada,Zyxwater,ada@example.org,knee\n"
    "B1,2026-04-07 09:00,google,organic,,Bo,Young,bo@example.org,back pain\n"
    "C1,2026-04-09 09:00,google,cpc,Summer,Cy,Young,cy@example.org,shoulder\n"
)
SPEND = (
    "period_start,period_end,source,medium,campaign,amount\n"
    "2026-04-01,2026-04-30,google,cpc,Spring,300\n"
    "2026-04-01,2026-04-30,google,cpc,Summer,200\n"
)
GRID = pd.DataFrame(
    {
        "claim": ["mine", "mine"],
        "horizon": ["13", "26"],
        "estimate": [1 / 3, float("nan")],
        "ci_low": [None, None],
        "leans": ["supported", ""],
        "verdict": ["supported", "not_testable"],
    }
)
FOUND = Verdict(
    id="mine",
    statement="S",
    estimand="E",
    rule="R",
    counts="leads",
    primary=True,
    verdict="supported",
    material=True,
    estimate=Estimate(value=1 / 3, ci_low=0.1, ci_high=0.9, unit="ratio", n=3, method="t"),
    parts=(Estimate.not_identified("none", unit="ratio"),),
    margin=1.25,
    p_adjusted=0.01,
    sensitivity=Sensitivity(
        agrees=1, undecided=0, reversed=0, not_judged=1, of=1, examples={"agrees": ("so",)}
    ),
)


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """A clinic of three inquiries that was run, its key beside it."""
    root = tmp_path_factory.mktemp("ran")
    folder = root / "data" / "raw" / "c" / "2026Q2"
    folder.mkdir(parents=True)
    (folder / "inquiries.csv").write_text(INQUIRIES, "utf-8")
    (folder / "spend.csv").write_text(SPEND, "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PTANALYSIS_KEY_DIR", str(root / "keys"))
        intake.run("c", "2026Q2", root=root)
    return root


@pytest.fixture
def root(ran, tmp_path, monkeypatch):
    copy = shutil.copytree(ran, tmp_path / "project")
    monkeypatch.setenv("PTANALYSIS_KEY_DIR", str(copy / "keys"))
    monkeypatch.delenv(REPORT_VARIABLE, raising=False)
    return copy


@pytest.fixture
def asked(monkeypatch):
    """The tables the engine was asked about."""
    calls = []

    def robustness(tables):
        calls.append(tables)
        return GRID.copy()

    monkeypatch.setattr(verdict_tables, "robustness", robustness)
    monkeypatch.setattr(verdict_tables, "judge", lambda tables, grid: [FOUND])
    return calls


def load(root):
    return open_quarter("c", "2026Q2", root=root)


def place(root):
    return root / "data" / "processed" / "c" / "2026Q2" / "answers" / "claims.json"


def test_they_are_worked_out_once_and_read_as_they_were(root, asked):
    first, second = claims.answered(load(root)), claims.answered(load(root))
    assert len(asked) == 1
    assert second.verdicts == first.verdicts == [FOUND]
    pd.testing.assert_frame_equal(second.grid, first.grid)
    pd.testing.assert_frame_equal(choices(load(root)), GRID)
    row = verdicts(load(root)).iloc[0]
    assert (row["id"], row["estimate"], row["agrees"], row["measured_by"]) == (
        "mine",
        1 / 3,
        1,
        "E",
    )
    assert len(asked) == 1


def test_a_kernel_of_a_report_reads_them(root, asked, monkeypatch):
    claims.answered(load(root))
    monkeypatch.setenv(REPORT_VARIABLE, str(root / "making"))
    claims.answered(load(root))
    assert len(asked) == 1


def test_the_same_run_again_keeps_them(root, asked):
    claims.answered(load(root))
    intake.run("c", "2026Q2", root=root)
    claims.answered(load(root))
    assert len(asked) == 1


def test_they_are_for_their_owner_alone_and_name_nobody(root, asked):
    claims.answered(load(root))
    assert place(root).stat().st_mode & 0o077 == 0
    assert place(root).parent.stat().st_mode & 0o077 == 0
    assert {path.name for path in place(root).parent.iterdir()} == {".lock", "claims.json"}
    text = place(root).read_text("utf-8")
    assert not [value for value in ("Ada", "Zyxwater", "example.org", "Young") if value in text]


@pytest.mark.parametrize(
    "change",
    [
        "staff_hourly_rate = 31.0",
        "[assumptions]\nweeks_to_sql = 8",
        "[margins]\ninbound_higher_roi = 2",
    ],
)
def test_other_settings_are_another_question(root, asked, change):
    claims.answered(load(root))
    (root / "data" / "raw" / "c" / "clinic.toml").write_text(change, "utf-8")
    claims.answered(load(root))
    claims.answered(load(root))
    assert len(asked) == 2


def test_another_raw_file_is_another_question_also_where_its_size_is_the_same(root, asked):
    claims.answered(load(root))
    spend = root / "data" / "raw" / "c" / "2026Q2" / "spend.csv"
    before = spend.stat()
    spend.write_text(SPEND.replace("300", "900"), "utf-8")
    assert spend.stat().st_size == before.st_size
    claims.answered(load(root))
    assert len(asked) == 2
    assert asked[1].spend["amount"].sum() == 1100


def test_another_source_of_the_package_is_another_question(root, asked, monkeypatch):
    claims.answered(load(root))
    monkeypatch.setattr(stored_answers, "source", lambda: "another")
    claims.answered(load(root))
    claims.answered(load(root))
    assert len(asked) == 2


def test_source_is_every_line_of_code_and_rules(tmp_path):
    for name in ("a.py", "b/c.py", "b/claims.toml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("one", "utf-8")
    found = {stored_answers.source.__wrapped__(tmp_path)}
    for name in ("a.py", "b/c.py", "b/claims.toml"):
        (tmp_path / name).write_text("two", "utf-8")
        found.add(stored_answers.source.__wrapped__(tmp_path))
    (tmp_path / "a.py").rename(tmp_path / "z.py")
    found.add(stored_answers.source.__wrapped__(tmp_path))
    assert len(found) == 5


def without(tables, campaign):
    return tables.spend[tables.spend["campaign"] != campaign]


def test_changed_tables_are_asked_anew_and_never_kept(root, asked):
    """What an analyst does: leave one campaign out, and ask again."""
    clinic = load(root)
    claims.answered(clinic)
    kept = place(root).read_bytes()
    changed = replace(clinic, spend=without(clinic, "Spring"))
    assert changed.stored is None
    for _ in range(2):
        claims.answered(changed)
    assert [len(tables.spend) for tables in asked] == [2, 1, 1]
    assert place(root).read_bytes() == kept
    claims.answered(clinic)
    assert len(asked) == 3


def test_tables_changed_in_place_are_asked_anew_too(root, asked):
    clinic = load(root)
    claims.answered(clinic)
    kept = place(root).read_bytes()
    clinic.spend.loc[clinic.spend["campaign"] == "Spring", "amount"] = 0.0
    claims.answered(clinic)
    other = load(root)
    other.leads["channel"] = "seo"
    claims.answered(other)
    assert len(asked) == 3
    assert place(root).read_bytes() == kept


def test_a_frame_of_one_s_own_made_of_a_table_changes_nothing(root, asked):
    clinic = load(root)
    leads = clinic.leads.assign(month=1)
    leads["channel"] = "none"
    claims.answered(clinic)
    claims.answered(load(root))
    assert len(asked) == 1


def damaged(text):
    """Texts that are not what was written, by what became of them."""
    document = json.loads(text)
    yield "cut", text[: len(text) // 2]
    yield "empty", ""
    yield "another form", "[1, 2]"
    yield "nothing in it", json.dumps(document | {"answers": None})
    yield "a digit changed", text.replace("0.3333333333333333", "0.3333333333333334", 1)
    yield "of another run", json.dumps(document | {"key": "another"})
    yield "no text", b"\xff\xfe"


def test_what_is_damaged_or_another_s_is_worked_out_again(root, asked):
    claims.answered(load(root))
    good = place(root).read_text("utf-8")
    for number, (_, text) in enumerate(damaged(good), 2):
        place(root).write_bytes(text if isinstance(text, bytes) else text.encode())
        assert claims.answered(load(root)).verdicts == [FOUND]
        assert len(asked) == number
        assert place(root).read_text("utf-8") == good


def test_answers_of_an_older_form_are_worked_out_again(root, asked):
    clinic = load(root)
    clinic.stored.write({"verdicts": [{"id": "mine"}], "grid": []})
    assert claims.answered(clinic).verdicts == [FOUND]
    assert len(asked) == 1


def test_where_they_cannot_be_kept_they_are_worked_out(root, asked):
    place(root).parent.write_text("a file where the folder should be", "utf-8")
    for _ in range(2):
        assert claims.answered(load(root)).verdicts == [FOUND]
    assert len(asked) == 2


def test_nothing_is_written_for_a_run_that_is_gone(root, asked):
    clinic = load(root)
    shutil.rmtree(place(root).parents[1])
    claims.answered(clinic)
    assert not place(root).parents[1].exists()


def test_forgetting_erases_them(root, asked):
    claims.answered(load(root))
    intake.forget("c", {"email": "ada@example.org"}, root=root)
    assert not list((root / "data" / "processed").rglob("*.json"))
    claims.answered(load(root))
    assert [len(tables.leads) for tables in asked] == [3, 2]
