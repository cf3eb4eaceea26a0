"""Raw exports are never written or removed: what a clinic may be called, and what a run may own."""

import io
import shutil
import sys
from pathlib import Path

import pytest

from lab.simulate import write_sample
from ptanalysis import intake
from ptanalysis.cli import commands, output
from ptanalysis.definitions import PlaceError, Places, Quarter, QuarterError
from ptanalysis.intake.load_quarter import open_quarter
from ptanalysis.intake.storage import atomic
from ptanalysis.privacy import pseudonyms
from ptanalysis.privacy.publish.published_report import publish
from ptanalysis.report.assemble import make_report

HEADER = "inquiry_id,received_at,source,email,service_interest\n"
EXPORT = HEADER + "1,2026-04-02,google,ann@example.org,knee\n"


def content(folder):
    """Return every path below a folder, with the bytes of files."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else None
        for path in folder.rglob("*")
    }


@pytest.fixture
def root(tmp_path, monkeypatch):
    """Make a checkout with the exports of one clinic; they must be the same at the end."""
    monkeypatch.setenv("PTANALYSIS_ROOT", str(tmp_path))
    monkeypatch.setenv("PTANALYSIS_KEY_DIR", str(tmp_path / "keys"))
    folder = tmp_path / "data" / "raw" / "victim" / "2026Q2"
    folder.mkdir(parents=True)
    (folder / "inquiries.csv").write_text(EXPORT)
    (folder.parent / "clinic.toml").write_text('name = "Victim"\n')
    monkeypatch.chdir(tmp_path)
    before = content(tmp_path / "data" / "raw")
    yield tmp_path
    assert content(tmp_path / "data" / "raw") == before


def call(*words, monkeypatch) -> int:
    monkeypatch.setattr(sys, "argv", ["ptanalysis", *map(str, words)])
    with pytest.raises(SystemExit) as done:
        commands.main()
    return done.value.code or 0


def test_a_dragged_folder_is_refused_and_its_exports_stay(root, monkeypatch, capsys):
    before = content(root)
    assert call("run", root / "data/raw/victim", "2026Q2", monkeypatch=monkeypatch) == 1
    said = " ".join(capsys.readouterr().err.split())
    assert "a clinic is the name of one folder" in said
    assert said.endswith("write victim")
    assert content(root) == before  # no key, no lock, no folder


def test_a_run_of_an_absolute_path_is_refused(root):
    before = content(root)
    with pytest.raises(PlaceError, match=": write victim"):
        intake.run(str(root / "data/raw/victim"), "2026Q2", root=root)
    assert content(root) == before


def test_forgetting_in_a_path_out_of_processed_is_refused(root, monkeypatch, capsys):
    before = content(root)
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    assert call("forget", "../raw/victim", "--anyway", monkeypatch=monkeypatch) == output.REFUSED
    assert "write victim" in capsys.readouterr().err
    with pytest.raises(PlaceError):
        intake.forget("../raw/victim", {"email": "ann@example.org"}, root=root, anyway=True)
    assert content(root) == before


#: What was typed, and the clinic it may have meant.
NO_NAMES = {
    "": "",
    "/": "",
    ".": "",
    "..": "",
    "../": "",
    ".hidden": "",
    "victim/2026Q2": "victim",
    "victim\\2026Q2": "victim",
    "./victim": "victim",
    "../raw/victim": "victim",
    "data/raw/victim/": "victim",
    "C:\\checkout\\data\\raw\\victim": "victim",
    "/elsewhere/data/raw/victim/2026Q2/inquiries.csv": "victim",
    "C:victim": "",
    "vic\ntim": "",
    "vic\u202etim": "",
    " victim": "",
    "victim.": "",
    "\0": "",
    "data/raw": "",
}


@pytest.mark.parametrize("typed", NO_NAMES)
def test_what_is_no_folder_s_name_is_refused_by_everything(root, typed):
    places, before = Places(root), content(root)
    actions = [
        lambda: places.raw(typed),
        lambda: places.processed(typed, "2026Q2"),
        lambda: places.report(typed, "2026Q2"),
        lambda: places.outputs(typed),
        lambda: intake.run(typed, "2026Q2", root=root),
        lambda: intake.forget(typed, {"email": "ann@example.org"}, root=root, anyway=True),
        lambda: intake.read_processed(typed, "2026Q2", root=root),
        lambda: intake.problems(typed, "2026Q2", root=root),
        lambda: open_quarter(typed, "2026Q2", root=root),
        lambda: pseudonyms.clinic_key(typed),
    ]
    for action in actions:
        with pytest.raises(PlaceError) as refused:
            action()
        said = str(refused.value)
        assert said.startswith("a clinic is the name of one folder below data/raw, like my-clinic")
        assert said.partition(": write ")[2] == NO_NAMES[typed]
    assert content(root) == before


@pytest.mark.parametrize("typed", ["victim/", "victim//", "victim\\"])
def test_a_separator_of_tab_completion_is_taken_off(root, typed):
    tables = intake.run(typed, "2026q2", root=root)
    assert tables.clinic == "victim"
    assert sorted(path.name for path in (root / "keys").iterdir()) == ["victim.key"]
    assert (root / "data/processed/victim/2026Q2/manifest.json").is_file()
    assert open_quarter(typed, "2026Q2", root=root).clinic == "victim"
    assert [each.file for each in intake.check(typed, root=root)] == ["2026Q2/inquiries.csv"]


def test_files_and_folders_may_still_be_checked_by_their_path(root):
    folder = root / "data/raw/victim"
    for path in ("data/raw/victim", str(folder), str(folder / "2026Q2/inquiries.csv")):
        assert len(intake.check(path, root=root)) == 1
    with pytest.raises(PlaceError):
        intake.check("", root=root)


@pytest.mark.parametrize(
    "quarter",
    ["", "..", "../../raw/victim", "2026", "2026Q5", "2026Q2/..", "٢٠٢٦Q2", "0001Q1", "9999Q4"],
)
def test_a_quarter_is_one_before_it_becomes_a_folder(root, quarter):
    before = content(root)
    for action in (
        lambda: Places(root).processed("victim", quarter),
        lambda: Places(root).report("victim", quarter),
        lambda: intake.run("victim", quarter, root=root),
        lambda: open_quarter("victim", quarter, root=root),
        lambda: intake.read_processed("victim", quarter, root=root),
    ):
        with pytest.raises(QuarterError, match="like 2026Q2"):
            action()
    assert content(root) == before


def test_a_quarter_is_spelled_in_one_way():
    places = Places(Path("/project"))
    for quarter in ("2026q2", " 2026Q2 ", Quarter(2026, 2)):
        assert places.processed("c", quarter) == places.processed("c", "2026Q2")


@pytest.mark.parametrize("way", ["clinic", "all", "quarter", "reports", "raw is a link"])
def test_links_into_the_raw_exports_are_not_followed(root, monkeypatch, way):
    raw, processed = root / "data" / "raw", root / "data" / "processed"
    if way == "clinic":
        processed.mkdir()
        (processed / "victim").symlink_to(raw / "victim")
    elif way == "all":
        processed.symlink_to(raw)
    elif way == "quarter":
        (processed / "victim").mkdir(parents=True)
        (processed / "victim" / "2026Q2").symlink_to(raw / "victim" / "2026Q2")
    elif way == "reports":
        (root / "reports").symlink_to(raw)
    else:  # the exports lie elsewhere, and so do the tables
        shutil.move(raw, root / "share")
        raw.symlink_to(root / "share")
        processed.symlink_to(root / "share")
    before = content(root / "data" / "raw" / "victim")
    with pytest.raises(PlaceError, match="raw exports"):
        intake.run("victim", "2026Q2", root=root)
    with pytest.raises(PlaceError, match="raw exports"):
        intake.forget("victim", {"email": "ben@example.org"}, root=root, anyway=True)
    assert content(root / "data" / "raw" / "victim") == before


def test_a_clinic_that_is_a_link_out_of_raw_is_spared_too(root):
    other = root / "disk" / "other"
    shutil.copytree(root / "data/raw/victim", other)
    (root / "data/raw/other").symlink_to(other)
    (root / "data/processed").mkdir()
    (root / "data/processed/other").symlink_to(other)
    before = content(other)
    with pytest.raises(PlaceError, match="raw exports"):
        intake.run("other", "2026Q2", root=root)
    assert content(other) == before
    (root / "data/raw/other").unlink()


def test_tables_and_findings_in_one_folder_are_refused(root):
    (root / "data/processed").mkdir()
    (root / "reports").symlink_to(root / "data/processed")
    with pytest.raises(PlaceError, match="a folder of its own"):
        intake.run("victim", "2026Q2", root=root)
    assert not (root / "keys").exists()


def test_the_key_never_lies_in_the_raw_exports(root, monkeypatch):
    monkeypatch.setenv("PTANALYSIS_KEY_DIR", str(root / "data" / "raw" / "keys"))
    with pytest.raises(PlaceError, match="raw exports"):
        intake.run("victim", "2026Q2", root=root)


@pytest.mark.parametrize("place", ["data/raw/victim/2026Q2", "data/raw/victim", "data/raw", "data"])
@pytest.mark.parametrize("project", ["in use", "another"])
def test_no_folder_of_raw_exports_is_ever_replaced_or_removed(root, monkeypatch, place, project):
    if project == "another":
        monkeypatch.delenv("PTANALYSIS_ROOT")
    target, new = root / place, root / "new"
    new.mkdir()
    (new / "findings.json").write_text("{}")
    for action in (
        lambda: atomic.put_in_place(new, target, old=root / "old"),
        lambda: atomic.put_in_place(root / "missing", root / "out", old=target),
        lambda: atomic.recover(root / "out", old=target),
        lambda: atomic.recover(target, old=new),
        lambda: atomic.remove(target),
        lambda: atomic.alone(target).__enter__(),
        lambda: make_report(None, notebooks=root, out=target / "2026Q2"),
        lambda: publish(target / "2026Q2", name="x"),
    ):
        with pytest.raises(PlaceError):
            action()
    assert (new / "findings.json").is_file()


def test_a_project_below_a_folder_that_is_called_raw_can_be_worked_in(root, tmp_path):
    inner = tmp_path / "store" / "data" / "raw" / "project"
    shutil.copytree(root / "data" / "raw", inner / "data" / "raw")
    intake.run("victim", "2026Q2", root=inner)
    with pytest.raises(PlaceError):
        atomic.remove(inner / "data" / "raw" / "victim")


def test_the_sample_replaces_no_link(root, tmp_path):
    folder = tmp_path / "sample"
    folder.mkdir()
    (folder / "truth.json").write_text("{}")
    (folder / "2024Q1").symlink_to(root / "data/raw/victim/2026Q2")
    with pytest.raises(FileExistsError, match="link"):
        write_sample(folder)
