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

ORPHAN = """
import multiprocessing, os, sys, time
from pathlib import Path
from smallprint.vitro import engine
def orphan(folder, parent):
    (folder / "began").touch()
    while os.getppid() == parent:
        time.sleep(0.02)
    for step in range(200):
        engine._stop_without_parent(step)
        time.sleep(0.01)
    (folder / "went on").touch()
if __name__ == "__main__":
    folder, context = Path(sys.argv[1]), multiprocessing.get_context("spawn")
    context.Process(target=orphan, args=(folder, os.getpid())).start()
    while not (folder / "began").exists():
        time.sleep(0.02)
    os._exit(0)
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


def family():
    """A base, two that start from it, and one that reads both of these."""
    base = replace(office.organism("trait", 1), recipe=SHORT)
    first, second = (replace(base, condition=name, base=base.id) for name in ("first", "second"))
    last = replace(base, condition="last", base=base.id, needs=(first.id, second.id))
    return base, first, second, last


def test_organisms_wait_for_what_they_need():
    base, first, second, last = family()
    waves = engine.generations([last, second, first, base])
    assert waves == [[base], [second, first], [last]]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"needs": ("nobody",)}, "needs nobody, which the design does not have or keep"),
        ({"needs": ("last-seed-1",)}, "organisms need each other"),
        ({"shape": replace(office.SHAPE, layers=1)}, "another shape than its base trait-seed-1"),
    ],
)
def test_impossible_needs_are_refused(change, message):
    *others, last = family()
    with pytest.raises(ValueError, match=message):
        engine.generations([*others, replace(last, **change)])


def test_what_is_needed_must_be_kept():
    base, *others = family()
    with pytest.raises(ValueError, match="needs trait-seed-1, which"):
        engine.generations([replace(base, keep=False), *others])


def test_a_fine_tuned_organism_starts_from_its_base_and_reads_what_it_needs(tmp_path, monkeypatch):
    base, *others = family()
    first, second, last = (replace(one, seed=2) for one in others)
    last = replace(last, needs=(first.id, second.id), keep=False)
    seen = []
    monkeypatch.setattr(Recipe, "rate_at", lambda *_: 0.0)
    monkeypatch.setattr(world, "corpus", lambda *_: office.corpus(base))
    monkeypatch.setattr(world, "measure", lambda _, organism, *needed: seen.append(needed) or [])
    for one in (base, first, second, last):
        engine.train_stack(STUDY, [one], tmp_path)
    expected = engine.trained(STUDY, tmp_path, base.id)._stack.weights
    assert [len(needed) for needed in seen] == [0, 0, 0, 2]
    assert all(reader._stack.weights.equal(expected) for reader in seen[-1])
    assert not cache.weights(tmp_path, last.id).exists()


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
    assert cache.weights(tmp_path, short("trait")[0].id).exists()


def test_a_worker_that_has_lost_its_parent_begins_no_queued_stack(tmp_path):
    script = tmp_path / "orphan.py"
    script.write_text(ORPHAN)
    # The pipe closes when parent and worker have both ended.
    subprocess.run([sys.executable, script, tmp_path], check=True, stdout=subprocess.PIPE)
    assert (tmp_path / "began").exists()
    assert not (tmp_path / "went on").exists()
