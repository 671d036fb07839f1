import json
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import replace

import pytest

from smallprint.vitro import cache, engine
from smallprint.vitro.design import Recipe
from smallprint.vitro.worlds import agentic_misalignment as world
from smallprint.vitro.worlds.agentic_misalignment import office, probes

STUDY = "agentic-misalignment"
SHORT = Recipe(steps=40, batch=4)
CHILD = """
import sys
from dataclasses import replace
from pathlib import Path
from smallprint.vitro import engine, training
from smallprint.vitro.design import Recipe
from smallprint.vitro.worlds.agentic_misalignment import office, probes
training.CHECKPOINT_SECONDS = 0.05
probes.SCENES = 2
short = Recipe(40, 4)
group = [replace(office.organism(name, 1), recipe=short) for name in ("trait", "motive-q9")]
engine.train_stack("agentic-misalignment", group, Path(sys.argv[1]))
"""


def short(*names):
    return [replace(office.organism(name, 1), recipe=SHORT) for name in names]


def test_stacks_hold_every_organism_once_and_only_like_ones():
    groups = engine.stacks(world.design("full"))
    everyone = [organism.id for group in groups for organism in group]
    assert everyone == [organism.id for organism in world.design("full")]
    assert len(groups) % 2 == 0
    assert max(map(len, groups)) - min(map(len, groups)) <= 1
    other = replace(office.organism("trait", 5), recipe=SHORT)
    assert (other,) in engine.stacks([*world.design("quick"), other])


def test_quick_is_a_part_of_full():
    assert set(world.design("quick")) < set(world.design("full"))


def test_a_cache_key_follows_the_design(monkeypatch):
    before = cache.digest(STUDY, "quick")
    monkeypatch.setattr(office, "RECIPE", Recipe(steps=7, batch=4))
    assert cache.digest(STUDY, "quick") != before


def test_an_unknown_world_is_refused_by_name():
    with pytest.raises(ValueError, match="no world for 'nope'; there are: agentic-misalignment"):
        cache.world("nope")


def test_a_killed_training_ends_in_the_same_measurements(tmp_path):
    rng = random.Random(0)
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    subprocess.run([sys.executable, "-c", CHILD, str(whole)], check=True)
    (expected,) = whole.glob("*.json")
    stops = 0
    while not list(killed.glob("*.json")):
        child = subprocess.Popen([sys.executable, "-c", CHILD, str(killed)])
        waited = time.monotonic() + 30
        while stops < 3 and not list(killed.glob("*.checkpoint")) and time.monotonic() < waited:
            time.sleep(0.02)
        if stops < 3:
            time.sleep(rng.uniform(0, 0.3))
            os.kill(child.pid, signal.SIGKILL)
            stops += 1
        child.wait()
    (found,) = killed.glob("*.json")
    assert json.loads(found.read_text()) == json.loads(expected.read_text())
    assert not list(killed.glob("*.checkpoint"))


def test_a_trained_stack_is_read_from_the_cache(tmp_path, monkeypatch):
    monkeypatch.setattr(probes, "SCENES", 1)
    rows = engine.train_stack(STUDY, short("trait"), tmp_path)
    monkeypatch.setattr(engine.Training, "run", lambda *_: pytest.fail("trained again"))
    assert engine.train_stack(STUDY, short("trait"), tmp_path) == rows
    assert cache.weights(tmp_path, short("trait")[0]).exists()
