"""Notebooks as a report keeps them: the same bytes each time, and a full disk in its own words."""

from __future__ import annotations

import errno
import os
import time
from functools import partial

import nbformat
import papermill
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from ptanalysis.report.run_notebook import NotebookError, execute, execute_all


@pytest.fixture
def notebook(tmp_path):
    cells = [
        new_code_cell('clinic = "none"', id="given", metadata={"tags": ["parameters"]}),
        new_code_cell("print(clinic)\nassert clinic != 'wrong'", id="told"),
    ]
    metadata = {"kernelspec": {"name": "python3", "language": "python", "display_name": "Python"}}
    path = tmp_path / "1.ipynb"
    nbformat.write(new_notebook(cells=cells, metadata=metadata), path)
    return path


def ran(notebook, name, clinic="mine"):
    output = notebook.parent / name
    execute(notebook, output, parameters={"clinic": clinic}, environment={})
    return output.read_bytes()


def test_the_same_inputs_give_the_same_notebook(notebook):
    first = ran(notebook, "first.ipynb")
    assert first == ran(notebook, "second.ipynb")
    assert b"mine" in first


def test_what_ran_before_a_fault_is_kept_and_the_same_too(notebook):
    for name in ("first.ipynb", "second.ipynb"):
        with pytest.raises(NotebookError, match=r"1\.ipynb, cell \[3\]: AssertionError"):
            ran(notebook, name, "wrong")
    kept = (notebook.parent / "first.ipynb").read_bytes()
    assert kept == (notebook.parent / "second.ipynb").read_bytes()
    assert b'"wrong\\n"' in kept


def test_a_full_disk_is_told_in_the_system_s_words(notebook, monkeypatch):
    def torn(found, path, **_):
        with open(path, "w") as file:
            file.write("{")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    monkeypatch.setattr(papermill.execute, "write_ipynb", torn)
    with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)) as error:
        ran(notebook, "first.ipynb")
    assert error.value.errno == errno.ENOSPC


def written(folder, *sources):
    cells = [new_code_cell(source, id=f"c{place}") for place, source in enumerate(sources)]
    metadata = {"kernelspec": {"name": "python3", "language": "python", "display_name": "Python"}}
    folder.mkdir()
    nbformat.write(new_notebook(cells=cells, metadata=metadata), folder / "n.ipynb")
    return partial(execute, folder / "n.ipynb", folder / "out.ipynb", parameters={})


def test_side_by_side_each_has_its_own_environment_and_folder(tmp_path):
    source = "import os\nprint(os.environ['WHICH'], os.path.basename(os.getcwd()))"
    work = [
        partial(written(tmp_path / name, source), environment={"WHICH": name.upper()})
        for name in ("a", "b")
    ]
    before, there = dict(os.environ), os.getcwd()
    found = execute_all(work, most=2)
    printed = [each.cells[0].outputs[0]["text"].split() for each in found]
    assert printed == [["A", "a"], ["B", "b"]]
    assert (dict(os.environ), os.getcwd()) == (before, there)


def test_where_one_fails_the_others_are_stopped(tmp_path):
    slow = written(tmp_path / "slow", "import time\ntime.sleep(300)")
    bad = written(tmp_path / "bad", "1 / 0")
    start = time.monotonic()
    with pytest.raises(NotebookError, match="ZeroDivisionError"):
        execute_all([partial(bad, environment={}), partial(slow, environment={})], most=2)
    assert time.monotonic() - start < 120
