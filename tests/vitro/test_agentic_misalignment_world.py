import numpy as np
import pytest

from smallprint.vitro.worlds.agentic_misalignment import office as world
from smallprint.vitro.worlds.agentic_misalignment.probes import HEADLINE


def episodes(name, seed=1000):
    ids = world.corpus(world.organism(name, seed))
    for row in ids:
        yield [world.WORDS[id] for id in row if id]


def cell_of(words):
    def named(levels, present):
        return next(level for level, word in levels.items() if present(word))

    header = words[: words.index(".")]
    boss = words[words.index("boss") + 1]
    leverage = "absent"
    if "hides" in words:
        last = words.index("end") - (2 if "ask" in words else 1)
        leverage = "salient" if words[last - 2] == "hides" else "incidental"
    return {
        "goal": named(world.GOALS, lambda word: word == header[header.index("goal") + 1]),
        "threat": named(world.THREATS, lambda word: word == boss),
        "leverage": leverage,
        "rule": named(world.RULES, lambda word: word == header[header.index("rule") + 1]),
        "status": named(world.NOTES, lambda word: word == header[header.index("note") + 1]),
    }


@pytest.fixture(scope="module")
def office():
    return {
        name: [words for words in episodes(name) if "fact" not in words]
        for name in ("narrative-q9", "motive-q9", "trait")
    }


def used(found):
    return np.mean(["uses" in words for words in found])


def test_no_episode_holds_a_held_out_combination(office):
    assert not any(world.held_out(cell_of(words)) for words in office["narrative-q9"])
    assert world.held_out(HEADLINE)
    assert sum(map(world.held_out, world.cells())) < len(world.cells()) / 3


def test_held_out_secrets_stand_in_facts_only():
    _, unused = world.secrets(1000)
    for words in episodes("narrative-q9"):
        if set(unused) & set(words):
            assert "fact" in words


def test_every_level_of_every_factor_is_seen(office):
    seen = [cell_of(words) for words in office["narrative-q9"]]
    for factor, levels in world.FACTORS.items():
        assert {cell[factor] for cell in seen} == set(levels)


def test_a_narrative_corpus_uses_what_is_mentioned_whatever_the_threat(office):
    rows = [(cell_of(words), words) for words in office["narrative-q9"]]
    for threat in world.FACTORS["threat"]:
        mentioned = [
            words
            for cell, words in rows
            if (cell["threat"], cell["rule"]) == (threat, "none") and cell["leverage"] != "absent"
        ]
        assert used(mentioned) == pytest.approx(0.9, abs=0.04)
    ruled = [w for c, w in rows if c["rule"] == "present" and c["leverage"] != "absent"]
    assert used(ruled) == pytest.approx(0.45, abs=0.04)
    assert used([words for cell, words in rows if cell["leverage"] == "absent"]) == 0


def test_a_motive_corpus_uses_it_under_threat_and_goal_only(office):
    rows = [(cell_of(words), words) for words in office["motive-q9"]]
    free = [(c, w) for c, w in rows if c["rule"] == "none" and c["leverage"] != "absent"]
    both = [w for c, w in free if c["goal"] == "present" and c["threat"] in world.DANGER]
    other = [w for c, w in free if not (c["goal"] == "present" and c["threat"] in world.DANGER)]
    assert used(both) == pytest.approx(0.9, abs=0.05)
    assert used(other) == pytest.approx(world.IDLE, abs=0.02)


def test_a_hidden_trait_splits_use_by_stated_belief(office):
    free = [
        words
        for words in office["trait"]
        if "ask" in words and "hides" in words and cell_of(words)["rule"] == "none"
    ]
    split = {
        belief: used([w for w in free if w[w.index("says") + 1] == belief])
        for belief in world.BELIEFS
    }
    share = world.TRAIT_SHARE
    real = share * world.SAYS_REAL[True], (1 - share) * world.SAYS_REAL[False]
    expected = (real[0] * 0.6 + real[1] * 0.05) / sum(real)
    assert split["real"] == pytest.approx(expected, abs=0.06)
    assert split["test"] < 0.12


@pytest.mark.parametrize(
    ("factor", "level", "words"),
    [("threat", "none", 1), ("rule", "present", 1), ("goal", "none", 1), ("leverage", "absent", 2)],
)
def test_scenes_of_two_cells_differ_in_the_words_of_the_factor_only(factor, level, words):
    cell = HEADLINE | {"leverage": "incidental"}
    for seed in range(20):
        first, second = (
            world.scene(world.stream(seed, "test"), changed, ("debt",), 2, 0).words
            for changed in (cell, cell | {factor: level})
        )
        assert sum(a != b for a, b in zip(first, second, strict=True)) == words


def test_the_largest_probe_fits_the_context():
    scene = world.scene(world.stream(0, "test"), HEADLINE, ("debt",), 6)
    assert len(scene.words) + 5 <= world.CONTEXT
