"""Full, read-only and damaged places: one line with the place and the fix, and nothing lost."""

import errno
import importlib.util
import json
import os
import tempfile
import zipfile

import pytest
from fakes import serving
from inspect_ai.dataset import Sample

from smallprint import build, disk, estimates, paths
from smallprint.evals import logs, rerun
from smallprint.evals.asking import ask
from smallprint.evals.shelf import Received
from smallprint.vitro import kept

CLAUDE = "anthropic/claude-sonnet-5"
FULL = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk is full",
    errno.EROFS: "cannot be written to (Read-only file system)",
    errno.EACCES: "cannot be written to (Permission denied)",
}


def refusing(code: int):
    def refuse(*_, **__):
        raise OSError(code, os.strerror(code), "some/place")

    return refuse


@pytest.mark.parametrize("code", FULL, ids=errno.errorcode.get)
def test_a_place_that_takes_nothing_is_named_once_with_the_fix(tmp_path, monkeypatch, code):
    assert disk.problems([tmp_path], room=1) == []
    monkeypatch.setattr(tempfile, "TemporaryFile", refusing(code))
    (line,) = disk.problems([tmp_path / "not" / "there", tmp_path], room=1)
    assert line.startswith(f"{tmp_path}: {FULL[code]}")
    assert line.endswith(disk.GOES_ON)
    assert disk.line(OSError(code, "refused"), tmp_path).startswith(f"{tmp_path}: ")


def test_too_little_room_is_said_in_numbers_and_other_errors_are_not_about_disks(tmp_path):
    (line,) = disk.problems([tmp_path], room=10**18)
    assert "MB are free and 1000000000000 MB are wanted; make room" in line
    assert disk.line(ConnectionRefusedError(errno.ECONNREFUSED, "refused"), tmp_path) == ""
    assert disk.line(ValueError("x"), tmp_path) == ""


def test_a_build_does_not_start_where_it_could_not_end(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(build, "ROOM", 10**18)
    monkeypatch.setattr(build.subprocess, "Popen", refusing(errno.ENOENT))
    with pytest.raises(SystemExit) as end:
        build.main([])
    assert end.value.code == 2
    said = capsys.readouterr().err
    assert "make room" in said
    assert len(said.splitlines()) <= 5


def test_nothing_is_asked_where_nothing_can_be_kept(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(paths, "LOGS", tmp_path / "logs")
    monkeypatch.setattr(rerun, "ROOM", 10**18)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "not-a-real-key")
    with serving() as fake:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", fake.url)
        with pytest.raises(SystemExit) as end:
            rerun.main(["agentic-misalignment", f"--model={CLAUDE}", "--samples=1", "--yes"])
        assert fake.stats()["requests"] == {}
    assert end.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(str(tmp_path)) and "make room" in line


def test_a_disk_that_fills_up_stops_the_asking(tmp_path, monkeypatch):
    monkeypatch.setenv("ANTHROPIC_API_KEY", "not-a-real-key")
    keep, kept_whole = Received.keep, 5

    def until_full(self, id, digest, output):
        if len(self._replies) >= kept_whole:
            refusing(errno.ENOSPC)()
        keep(self, id, digest, output)

    monkeypatch.setattr(Received, "keep", until_full)
    samples = [Sample(id=f"s{n}", input=f"hello {n}", metadata={"digest": "d"}) for n in range(60)]
    with serving(latency=0.02) as fake:
        done = ask(samples, model=CLAUDE, folder=tmp_path, base_url=fake.url, max_connections=4)
        asked = sum(fake.stats()["requests"].values())
        monkeypatch.setattr(Received, "keep", keep)
        again = ask(samples, model=CLAUDE, folder=tmp_path, base_url=fake.url)
        billed = fake.stats()["billed"].values()
    assert "some/place: the disk is full" in done.stopped_by
    assert asked <= kept_whole + 2 * 4
    assert again.remaining == 0 and not again.failed
    assert sum(billed) <= 60 + 4, "what was paid is not paid again, but for what was under way"


@pytest.mark.parametrize("name", ["reference.json", "profile-quick.json"])
def test_a_truncated_estimate_names_the_command_that_brings_it_back(tmp_path, name):
    whole = (paths.ESTIMATES / "scheming" / "reference.json").read_text()
    (tmp_path / name).write_text(whole[: len(whole) // 2])
    with pytest.raises(ValueError) as error:
        estimates.read(tmp_path / name)
    fix = "git checkout -- " if name == "reference.json" else "make report"
    first, *more = str(error.value).splitlines()
    assert first.startswith(f"{tmp_path / name}: not a readable run file") and fix in first
    assert len(more) < 10


@pytest.fixture
def organisms(tmp_path):
    """Two trained profiles, the first with its digests and the second cut off before them."""
    for study in ("noted", "unfinished"):
        folder = tmp_path / study / "d1"
        (folder / "weights").mkdir(parents=True)
        (folder / "stack.json").write_text(json.dumps([{"rate": 0.25}]))
        (folder / "measurements.csv").write_text("rate\n0.25\n")
        with zipfile.ZipFile(folder / "weights" / "one.pt", "w") as packed:
            packed.writestr("data", bytes(range(256)) * 20)
        (tmp_path / study / "quick.done").write_text("d1\n")
    kept.note(tmp_path / "noted" / "d1")
    return tmp_path


def test_whole_organisms_are_kept(organisms):
    (organisms / "noted" / "d1" / ".left.1").write_text("by a killed run")
    before = sorted(organisms.rglob("*"))
    assert kept.forget_damaged(organisms) == []
    assert sorted(organisms.rglob("*")) == before


def cut(file):
    file.write_bytes(file.read_bytes()[:-30])


def other_bytes(file):
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 0xFF
    file.write_bytes(content)


@pytest.mark.parametrize(
    ("study", "name", "harm"),
    [
        ("noted", "weights/one.pt", cut),
        ("noted", "weights/one.pt", os.unlink),
        ("noted", "measurements.csv", lambda file: file.write_text("rate\n0.35\n")),
        ("noted", "stack.json", other_bytes),
        ("noted", "sums.json", cut),
        ("noted", "sums.json", lambda file: file.write_text("[1]")),
        ("unfinished", "weights/one.pt", cut),
        ("unfinished", "weights/one.pt", other_bytes),
        ("unfinished", "stack.json", cut),
    ],
)
def test_damaged_organisms_are_named_and_trained_again(organisms, study, name, harm):
    file = organisms / study / "d1" / name
    harm(file)
    assert kept.forget_damaged(organisms) == [file]
    assert not file.parent.exists() or study not in str(file.parent.relative_to(organisms))
    assert not (organisms / study / "quick.done").exists(), "the build graph trains it again"
    other = {"noted": "unfinished", "unfinished": "noted"}[study]
    assert (organisms / other / "quick.done").exists()


@pytest.mark.parametrize("mark", [b"d2\n", b"", b"\xff\xfe", b"../d1"])
def test_a_mark_of_another_version_is_forgotten_and_the_organisms_stay(organisms, mark):
    (organisms / "noted" / "quick.done").write_bytes(mark)
    assert kept.forget_damaged(organisms) == []
    assert not (organisms / "noted" / "quick.done").exists()
    assert (organisms / "noted" / "d1" / "stack.json").exists()


def test_an_installation_that_was_killed_starts_again_and_another_stays(tmp_path, monkeypatch):
    file = paths.ROOT / "lib" / "bootstrap.py"
    spec = importlib.util.spec_from_file_location("bootstrap", file)
    bootstrap = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(bootstrap)
    monkeypatch.setattr(bootstrap, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(bootstrap, "UNFINISHED", tmp_path / ".venv" / ".unfinished")
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "somebody's").touch()
    bootstrap.forget_unfinished()
    assert (tmp_path / ".venv" / "somebody's").exists()
    bootstrap.UNFINISHED.touch()
    bootstrap.forget_unfinished()
    assert list(tmp_path.iterdir()) == []


def test_an_unreadable_log_of_an_agent_is_one_line(tmp_path, capsys):
    asked = tmp_path / "agentic-misalignment" / "control--refuse" / "asked"
    asked.mkdir(parents=True)
    (asked / "foreign.eval").write_bytes(b"PK\x03\x04 something else")
    with pytest.raises(logs.LogError) as error:
        logs.read(asked)
    with pytest.raises(SystemExit) as end:
        rerun.stop(error.value)
    assert end.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"{asked / 'foreign.eval'}: not a readable log")
    assert "restore it from a copy" in line
