"""A process that is killed leaves nothing half-written, nothing locked and nothing lost."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time

import nbformat
import papermill
import pytest
from inspect_ai.model import ModelOutput
from test_build import project, write_study  # noqa: F401

from smallprint import execute, folders, locks
from smallprint.evals.shelf import Received
from smallprint.site.project import Project

SLOW = """
import time
from pathlib import Path
Path("began").touch()
while not Path("go on").exists():
    time.sleep(0.05)
"""
BUILD = [sys.executable, "-m", "smallprint.build", "--cores", "2", "reports/downloads/first"]


def start(root) -> subprocess.Popen:
    return subprocess.Popen(
        BUILD,
        cwd=root,
        env=os.environ | {"PYTHONPATH": str(root / "lib")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def test_after_a_kill_the_same_command_completes_and_a_second_build_is_refused(project):  # noqa: F811
    good = (project / "notebooks" / "first.ipynb").read_text()
    body = nbformat.reads(good, as_version=4).cells[-1].source.partition("\n")[2]
    write_study(project, "first", SLOW + body)
    killed = start(project)
    while not (project / "began").exists():
        assert killed.poll() is None, killed.communicate()[0]
        time.sleep(0.05)
    second = start(project)
    said, _ = second.communicate()
    assert second.returncode == 2
    (line,) = said.splitlines()
    assert f"another build is running (process {killed.pid}); wait for it" in line
    assert str(project) in line
    os.killpg(killed.pid, signal.SIGKILL)
    killed.communicate()
    (project / "go on").touch()
    done = start(project)
    said, _ = done.communicate()
    assert done.returncode == 0, said
    assert (project / "reports" / "downloads" / "first" / "estimates.csv").exists()


def hold(path, ready) -> None:
    with path.open("a+") as file:
        locks.take(file)
        ready.set()
        time.sleep(60)


def test_a_lock_names_its_holder_and_falls_when_the_holder_is_killed(tmp_path):
    context = multiprocessing.get_context("fork")
    ready = context.Event()
    holder = context.Process(target=hold, args=(tmp_path / "lock", ready))
    holder.start()
    ready.wait()
    with (tmp_path / "lock").open("a+") as file:
        with pytest.raises(locks.Busy, match=f"^{holder.pid}$"):
            locks.take(file)
        os.kill(holder.pid, signal.SIGKILL)
        holder.join()
        locks.take(file)


def test_a_folder_is_replaced_as_a_whole_or_stays(tmp_path):
    folder = tmp_path / "made"
    with folders.replaced(folder) as new:
        (new / "a").write_text("old")
        assert not folder.exists()
    left = tmp_path / ".made.partial"
    left.mkdir()
    (left / "half").touch()
    with pytest.raises(ZeroDivisionError), folders.replaced(folder) as new:
        assert not (new / "half").exists(), "what a killed process left is no part of the next"
        (new / "a").write_text("new")
        raise ZeroDivisionError
    assert (folder / "a").read_text() == "old"
    with folders.replaced(folder) as new:
        (new / "b").touch()
    assert [path.name for path in folder.iterdir()] == ["b"]
    assert [path.name for path in tmp_path.iterdir()] == ["made"]


def test_a_notebook_that_is_being_written_has_no_visible_name(tmp_path, monkeypatch):
    monkeypatch.setattr(execute, "FAILED", tmp_path / "failed")

    def half(notebook, partial, **_):
        partial.write_text('{"cells": [')
        raise KeyboardInterrupt

    monkeypatch.setattr(papermill, "execute_notebook", half)
    with pytest.raises(KeyboardInterrupt):
        execute.execute(tmp_path / "x.ipynb", tmp_path / "out" / "x.ipynb", {})
    assert [p.name for p in tmp_path.rglob("*.ipynb") if not p.name.startswith(".")] == []


def test_what_a_killed_process_left_is_not_published(tmp_path):
    for name in ("made/x/a.csv", "made/x/.a.csv.k3", "made/.x.partial/a.csv"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    found = Project(tmp_path, {"project": {"resources": ["made/**"]}}).resources()
    assert [str(path.relative_to(tmp_path)) for path in found] == ["made/x/a.csv"]


@pytest.mark.parametrize("torn", ['["s0", "d", "{', '["s0", "d", "{\\"model\\"\n'])
def test_a_line_that_was_cut_off_does_not_take_the_next_reply_with_it(tmp_path, torn):
    (tmp_path / "received.jsonl").write_text(torn)
    Received(tmp_path).keep("s1", "d", ModelOutput.from_content("m", "paid"))
    again = Received(tmp_path)
    assert again.get("s1", "d").completion == "paid"
    assert again.get("s0", "d") is None
