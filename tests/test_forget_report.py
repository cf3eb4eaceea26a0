"""Run, publish, forget, run and publish again, as an owner would: she is in nothing made since.

Ada is the one lead with a payment of 777 dollars; thirty others have none.
"""

import json
import os
import subprocess
import sys

import pytest

from ptanalysis import intake
from ptanalysis.cli import output
from ptanalysis.definitions import Places
from ptanalysis.privacy.publish import published_report
from ptanalysis.privacy.publish.small_cells import CHAIN, clear
from ptanalysis.report.findings_json import write_json
from tests import engine_answers
from tests.scanner import forms, hashes, scan

ROOT = Places.default().root
INQUIRIES = "inquiry_id,received_at,source,first_name,last_name,email,phone,service_interest"
ADA = "ada.zyxwater@example.org"
VALUES = (ADA, "617-555-0142", "Zyxwater", "A1-zyx", "777")
#: The one that shows single channels; the others take as long and read the same tables.
NOTEBOOK = "2-lead-quality.ipynb"


def others(month, number):
    """Return as many people of a month, from two channels."""
    return [
        f"P{month}-{n},2026-{month:02}-{1 + n:02} 09:00,{('google ads', 'cold call')[n % 2]},"
        f"Pat{n},Elm{month}x{n},pat{month}.{n}@example.org,,knee"
        for n in range(number)
    ]


def write_exports(raw):
    ada = f"A1-zyx,2026-01-05 09:00,google organic,Ada,Zyxwater,{ADA},617-555-0142,knee"
    files = {
        "2026Q1/inquiries.csv": [INQUIRIES, ada, *others(1, 28), *others(2, 28)],
        "2026Q1/payments.csv": [
            "inquiry_id,paid_at,amount,kind,payer",
            "A1-zyx,2026-02-01,777.00,payment,self",
        ],
        "2026Q2/inquiries.csv": [INQUIRIES, *others(4, 28), *others(5, 28)],
    }
    for file, lines in files.items():
        (raw / file).parent.mkdir(parents=True, exist_ok=True)
        (raw / file).write_text("\n".join(lines) + "\n", "utf-8")


class Owner:
    """A clinic, and its owner's commands."""

    def __init__(self, root):
        self.root, self.raw = root, root / "data" / "raw" / "c"
        self.reports = root / "reports" / "c"
        write_exports(self.raw)
        (root / "notebooks").mkdir()
        (root / "notebooks" / NOTEBOOK).symlink_to(ROOT / "notebooks" / NOTEBOOK)

    def publish_first_quarter(self):
        """As `run --publish` does, without the notebooks, of which nothing is published."""
        self.tables = intake.run("c", "2026Q1", root=self.root)
        report = self.reports / "2026Q1"
        report.mkdir(parents=True)
        write_json(engine_answers.document(self.tables), report / "findings.json")
        published_report.publish(report, name="c")

    def call(self, *words, given=""):
        environment = os.environ | {
            "PTANALYSIS_ROOT": str(self.root),
            "PYTHONPATH": str(ROOT),
            "PTANALYSIS_KEY_DIR": str(self.root / "keys"),
        }
        done = subprocess.run(
            [sys.executable, "-m", "ptanalysis.cli.commands", *words],
            cwd=self.root,
            env=environment,
            input=given,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    def published(self, quarter):
        folder = self.reports / f"{quarter}.published"
        return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def owner(tmp_path_factory):
    made = Owner(tmp_path_factory.mktemp("owner"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PTANALYSIS_KEY_DIR", str(made.root / "keys"))
        made.publish_first_quarter()
        made.frozen = made.published("2026Q1")
        made.forgot = made.call("forget", "c", given=f"{ADA}\n\n")
        made.ran = made.call("run", "c", "2026Q2", "--publish")
        made.after = intake.read_processed("c", "2026Q2", root=made.root)
        yield made


def test_the_commands_end_well_and_the_published_quarter_is_said(owner):
    code, said = owner.forgot
    assert code == output.DONE
    assert owner.ran[0] in (output.DONE, output.NEEDS_EYES), owner.ran
    told = said.splitlines()
    assert told[told.index(next(line for line in told if "Published" in line)) + 1] == "  c 2026Q1"


def test_nothing_made_since_holds_her(owner):
    """Her values, their plain hashes and the pseudonyms of her lead and person, in every file."""
    lead = owner.tables.payments["lead_id"].iloc[0]
    person = owner.tables.leads.set_index("lead_id")["person_id"][lead]
    wanted = {value: forms(value) | hashes(value) for value in VALUES[:-1]}
    wanted |= {name: forms(name) for name in (lead, person)}
    said = owner.root / "said"
    said.write_text(owner.forgot[1] + owner.ran[1])
    made = [
        path
        for folder in (owner.reports, owner.root / "data" / "processed")
        for path in folder.rglob("*")
        if path.is_file()
    ]
    assert len(made) > 30
    assert scan([*made, said], wanted) == []


def test_the_counts_are_those_of_the_others_and_the_ledger_balances(owner):
    assert (len(owner.tables.leads), len(owner.after.leads)) == (57, 112)
    assert owner.after.payments.empty
    document = json.loads((owner.reports / "2026Q2" / "findings.json").read_text("utf-8"))
    assert sum(row["leads"] for row in document["stages"]) == 112
    assert sum(row["revenue"] or 0 for row in document["stages"]) == 0
    gone = 0
    for entry in owner.after.ledger["by_file"]:
        ends = ("used", "duplicates", "rejected", "excluded")
        assert entry["rows_in"] == sum(entry[end] for end in ends)
        gone += entry["reasons"].get("forgotten", 0)
    assert gone == 2


def test_what_was_published_stays_and_she_is_not_found_by_subtraction(owner):
    assert owner.published("2026Q1") == owner.frozen
    first, second = (
        json.loads(owner.published(quarter)["findings.json"]) for quarter in ("2026Q1", "2026Q2")
    )
    assert (first["together"]["leads"], second["together"]["leads"]) == (57, 112)
    then, after = sides(first), sides(second)
    assert ("together",) in set(then) & set(after)
    for side in set(then) & set(after):
        now = after[side]
        told = {
            stage: now[stage] - then[side][stage]
            for stage in CHAIN
            if None not in (now[stage], then[side][stage])
        }
        assert "leads" in told
        assert all(map(clear, told.values()))
        before = now["leads"] - now["new_leads"] if now["new_leads"] else then[side]["leads"]
        assert before == then[side]["leads"]


def sides(document):
    """Return the groups of a published document."""
    apart = {tuple(side["directions"]): side for side in document["directions"]}
    return apart | {("together",): document["together"]}
