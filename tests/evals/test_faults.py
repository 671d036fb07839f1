"""Faults of servers and of the machine: nothing is lost, nothing is paid twice."""

import multiprocessing
import os
import random
import signal
import time
from pathlib import Path

import fakes
import pytest
from fakes import asker, serving
from inspect_ai.dataset import Sample
from inspect_ai.model import ModelAPI
from tenacity import wait_fixed

from smallprint import scenarios
from smallprint.evals import outcomes
from smallprint.evals.asking import ask

CLAUDE = "anthropic/claude-sonnet-5"
PASSING = [["429"], ["429-silent"], ["500"], ["529"], ["timeout"], ["cut"], ["malformed"], []]


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-not-a-real-key")
    # Inspect waits three seconds and more before it repeats a request.
    monkeypatch.setattr(ModelAPI, "retry_wait", lambda self: wait_fixed(0.01))


def made(n):
    return [
        Sample(id=f"s{index}", input=f"hello {index}", metadata={"digest": str(index)})
        for index in range(n)
    ]


@pytest.mark.parametrize("max_tokens", [1000, 10_000], ids=["whole", "streamed"])
def test_passing_faults_leave_every_sample_answered_and_billed_once(tmp_path, max_tokens):
    with serving(faults=[*PASSING, ["refusal"], ["500", "cut", "429"]]) as fake:
        done = ask(
            made(40),
            model=CLAUDE,
            folder=tmp_path,
            base_url=fake.url,
            max_tokens=max_tokens,
            attempt_seconds=5,
        )
        stats = fake.stats()
    assert (done.asked, done.failed, done.stopped_by) == (40, {}, None)
    assert len(stats["billed"]) == 40
    assert set(stats["billed"].values()) == {1}
    assert sum(stats["requests"].values()) > 40 + 4 * 8


def test_refusals_are_finished_samples(tmp_path):
    with serving(faults=[["refusal"]]) as fake:
        for _ in range(2):
            ask(made(3), model=CLAUDE, folder=tmp_path, base_url=fake.url)
        assert sum(fake.stats()["requests"].values()) == 3


def test_what_fails_for_good_is_reported_and_tried_again_next_time(tmp_path):
    with serving(faults=[["400"] * 3, []]) as fake:
        first = ask(made(6), model=CLAUDE, folder=tmp_path, base_url=fake.url)
        assert (first.asked, sorted(first.failed)) == (3, ["s0", "s2", "s4"])
        assert "invalid_request_error" in first.failed["s0"]
        second = ask(made(6), model=CLAUDE, folder=tmp_path, base_url=fake.url)
        assert (second.asked, second.reused, second.failed) == (3, 3, {})
        assert set(fake.stats()["billed"].values()) == {1}


def test_a_server_that_only_fails_ends_the_run_early(tmp_path):
    with serving(faults=[["400"] * 9]) as fake:
        done = ask(made(200), model=CLAUDE, folder=tmp_path / "a", base_url=fake.url)
        assert "in a row" in done.stopped_by
        assert sum(fake.stats()["requests"].values()) < 60
    assert not (tmp_path / "a").exists()


CONNECTIONS = 10
KILLS = 10


def test_ten_kills_repeat_only_requests_under_way(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(Path(fakes.__file__).parents[1]))
    rng = random.Random(20)
    n = 20
    total = n * len(scenarios.cells(scenarios.load("agentic-misalignment"), "published"))
    process = multiprocessing.get_context("forkserver")
    process.set_forkserver_preload(["fakes.asker"])
    with serving(latency=0.05) as fake:

        def start(folder):
            child = process.Process(
                target=asker.run, args=(CLAUDE, fake.url, folder / "asked", n, CONNECTIONS)
            )
            child.start()
            return child

        def billed():
            return sum(fake.stats()["billed"].values())

        start(tmp_path / "whole").join()
        assert billed() == total
        moments = sorted(rng.sample(range(total, 2 * total), KILLS))
        for moment in moments:
            child = start(tmp_path / "killed")
            while child.is_alive() and billed() < moment:
                time.sleep(0.01)
            time.sleep(rng.random() * 0.05)
            os.kill(child.pid, signal.SIGKILL)
            child.join()
        start(tmp_path / "killed").join()
        repeated = billed() - 2 * total
    whole, killed = (outcomes.read(tmp_path / name) for name in ("whole", "killed"))
    with capsys.disabled():
        print(f"\n{KILLS} kills, {total} samples, {CONNECTIONS} connections: {repeated} repeated")
    assert 0 <= repeated <= KILLS * CONNECTIONS
    assert len(killed) == total
    assert whole.equals(killed)
