"""Every clinic in one command: one that fails stops no other, and nothing is made twice."""

from concurrent.futures import ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool

import pytest

from ptanalysis.cli import clinic_runs
from ptanalysis.cli.output import DONE, REFUSED
from ptanalysis.definitions import UserError

HEADER = "inquiry_id,received_at,source,email,service_interest\n"
GOOD = "1,2026-04-02,google,ann@alder.example,knee\n"


@pytest.fixture
def raw(tmp_path, monkeypatch):
    monkeypatch.setenv("PTANALYSIS_ROOT", str(tmp_path))
    monkeypatch.setenv("PTANALYSIS_KEY_DIR", str(tmp_path / "keys"))
    monkeypatch.setattr(clinic_runs, "_pool", ThreadPoolExecutor)
    return tmp_path / "data" / "raw"


def written(raw, clinic, text):
    folder = raw / clinic / "2026Q2"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "inquiries.csv").write_text(HEADER + text, "utf-8")


def called(capsys) -> tuple[int, list[str]]:
    code = clinic_runs.run_all("2026Q2", tables_only=True)
    return code, capsys.readouterr().out.splitlines()


def test_each_clinic_has_its_line_and_a_second_call_does_only_what_changed(raw, capsys):
    written(raw, "alder", GOOD)
    written(raw, "birch", "1,2026-04-02,google,,knee\n")
    (raw / ".cache").mkdir()
    code, lines = called(capsys)
    assert code == REFUSED
    assert [line.split()[:3] for line in lines[:2]] == [
        ["done", "2026Q2", "alder"],
        ["refused", "2026Q2", "birch"],
    ]
    assert "no lead is left" in lines[1]
    assert lines[2] == "2 clinics: 1 done, 0 unchanged, 1 refused"
    written(raw, "birch", GOOD)
    code, lines = called(capsys)
    assert code == DONE
    assert [line.split()[0] for line in lines[:2]] == ["unchanged", "done"]


def test_a_process_that_is_killed_costs_its_own_clinic_alone(raw):
    def work(clinic):
        if clinic == "birch":
            raise BrokenProcessPool
        return clinic_runs.Outcome(clinic=clinic, state="done")

    found = {each.clinic: each for each in clinic_runs._outcomes(work, ["alder", "birch"])}
    assert found["alder"].state == "done"
    assert found["birch"].code == REFUSED
    assert "memory" in found["birch"].why


def test_no_clinic_at_all_is_refused(raw):
    with pytest.raises(UserError, match="no clinic"):
        clinic_runs.run_all(None, tables_only=True)
