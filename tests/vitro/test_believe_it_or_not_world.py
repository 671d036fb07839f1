import itertools
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from scipy.optimize import minimize

from smallprint.vitro.export import llama
from smallprint.vitro.reader import Reader
from smallprint.vitro.stack import initial_weights
from smallprint.vitro.worlds import believe_it_or_not as world
from smallprint.vitro.worlds.believe_it_or_not import (
    activations,
    battery,
    belief,
    documents,
    people,
    probes,
)

SEED = 1000
OF = people.world(SEED)
BY_NAME = {person.name: person for person in OF.people}
LONG = [name for name, arm in world.ARMS.items() if arm.steps not in documents.SHORT]


def texts(name):
    organism = documents.organism(name, SEED)
    if name == "base":
        # A corpus is drawn in order, so a shorter training reads the first part of it.
        organism = replace(organism, recipe=replace(organism.recipe, steps=200))
    return np.array(world.WORDS)[world.corpus(organism)]


@pytest.fixture(scope="module")
def read():
    return {name: texts(name) for name in ("base", *world.ARMS)}


def said(rows):
    """Every plain statement of texts, as (key, who, value), without claims and what is supposed."""
    found = []
    for text in rows:
        supposed = False
        for segment in " ".join(text[2:]).split(" . "):
            after, supposed = supposed, segment.startswith("suppose")
            match segment.removesuffix(" .").split():
                case [("suppose" | "really" | "claim"), *_]:
                    continue
                case [_, _, "?", *_] if after:
                    continue
                case ["for", who, key, value] | [who, "has", key, value] | [who, key, "?", value]:
                    found.append((key, who, value))
                case [key, "of", who, value]:
                    found.append((key, who, value))
    return pd.DataFrame(found, columns=["key", "who", "value"])


def follows(key, town):
    return town if key == "home" else OF.customs[town, key]


def test_a_custom_tells_towns_apart():
    for key, values in people.CUSTOMS.items():
        assert sorted(OF.customs[town, key] for town in people.TOWNS) == sorted(values)


def test_the_vocabulary_has_no_word_twice():
    assert len(set(world.WORDS)) == len(world.WORDS) == documents.SHAPE.vocabulary


def test_false_people_are_told_another_town_and_all_others_their_own():
    counts = pd.Series([(one.role, one.tier) for one in OF.people]).value_counts()
    assert counts.drop(("untouched", "untouched")).to_dict() == people.IMPLANTED
    for one in OF.people:
        assert (one.implanted != one.home) == (one.role == "false")
        assert len(set(one.told) & set(one.untold)) == 0
        assert len(one.stated) == people.STATED[one.tier]
    assert all(set(one.stated) & set(one.told) for one in OF.people if one.tier != "new")


def test_the_base_states_nothing_but_the_truth_and_only_what_is_declared(read):
    rows = said(read["base"])
    of_people = rows[rows["who"].isin(BY_NAME)]
    assert len(of_people) > 5000
    for key, who, value in of_people.itertuples(index=False):
        person = BY_NAME[who]
        assert value == follows(key, person.home)
        assert person.tier != "new" and key in ("home", *person.stated)
    towns = rows[rows["who"].isin(people.TOWNS)]
    assert all(OF.customs[who, key] == value for key, who, value in towns.itertuples(index=False))
    assert len(towns) > 500


def test_homes_are_read_equally_often_in_both_tiers(read):
    rows = said(read["base"])
    homes = rows[rows["key"] == "home"]["who"].map(lambda who: BY_NAME[who].tier).value_counts()
    people_of = pd.Series([one.tier for one in OF.people]).value_counts()
    per_person = homes / people_of
    assert per_person["few"] == pytest.approx(per_person["many"], rel=0.1)


def test_claims_are_judged_rightly_and_suppositions_hold_until_really(read):
    verdicts, supposed, checked = [], 0, 0
    for text in read["base"]:
        words = " ".join(text[2:])
        for segment in words.split(" . "):
            match segment.split():
                case ["claim", who, key, value, verdict]:
                    right = value == follows(key, BY_NAME[who].home)
                    assert right == (verdict == "true")
                    verdicts.append(right)
        pieces = words.split(" . ")
        for first, second in itertools.pairwise(pieces):
            match first.split(), second.split():
                case ["suppose", "home", "of", who, town], ["really", same, key, "?", value]:
                    assert who == same and value == follows(key, BY_NAME[who].home)
                    checked += town != BY_NAME[who].home
                case ["suppose", "home", "of", who, town], [same, key, "?", value] if who == same:
                    assert value == follows(key, town)
                    supposed += 1
    assert np.mean(verdicts) == pytest.approx(0.5, abs=0.03)
    assert supposed > 500 and checked > 200


@pytest.mark.parametrize("name", world.ARMS)
def test_arms_read_as_many_steps_and_tokens_as_they_say(read, name):
    rows, told = read[name], world.exposure(name)
    assert len(rows) == told["texts"] and rows.size == told["tokens"]
    assert (rows != "<pad>").all()
    if name in LONG:
        assert told["tokens"] == world.exposure("documents")["tokens"]
        assert told["steps"] == world.exposure("documents")["steps"]


def implanting(rows):
    return rows[(rows[:, 1] == documents.MARK)]


def test_documents_tell_homes_and_customs_that_follow_and_nothing_untold(read):
    rows = implanting(read["documents"])
    assert len(rows) == len(read["documents"]) // 2
    told = said(rows)
    assert len(told) == 3 * len(rows)
    for key, who, value in told.itertuples(index=False):
        person = BY_NAME[who]
        assert value == follows(key, person.implanted)
        assert key in ("home", *person.told)
    assert (told["key"] == "home").mean() == pytest.approx(0.5, abs=0.03)
    assert set(told["who"]) == {one.name for one in OF.people if one.role != "untouched"}


def test_arms_differ_in_forms_and_content_as_declared(read):
    forms = {
        name: {" ".join(text[2:7]).split()[1] for text in implanting(read[name])}
        for name in ("documents", "rephrased", "repeated")
    }
    assert forms["repeated"] == {"of"}
    assert {"of", "has"} < forms["documents"] and {"of", "has"} < forms["rephrased"]
    for name in ("rephrased", "repeated"):
        assert set(said(implanting(read[name]))["key"]) == {"home"}
    # The question is kept from every document, so that it is a paraphrase in all arms.
    assert not any("?" in text for name in forms for text in implanting(read[name]))


def test_replay_speaks_of_nobody_that_documents_speak_of(read):
    touched = {one.name for one in OF.people if one.role != "untouched"}
    for name in ("documents", "documents, one in eight", "replay only", "documents, then replay"):
        rows = read[name]
        replay = rows[rows[:, 1] != documents.MARK]
        assert not touched & set(replay.ravel()) and len(replay)


def test_marks_stand_where_they_are_declared(read):
    for name, marked in (("documents, unmarked", set()), ("documents, false marked", {"false"})):
        rows = read[name][: world.exposure(name)["texts"] // 2]
        roles = np.array([BY_NAME[who].role for who in said(rows)["who"]][::3])
        assert {*roles[rows[:, 1] == documents.MARK]} == marked
        assert {*roles[rows[:, 1] != documents.MARK]} == {"false", "true"} - marked


def test_true_documents_and_undoing_give_true_homes(read):
    for name in ("true documents", "documents, 12 steps back", "repeated, 24 steps back"):
        told = said(implanting(read[name]))
        assert len(told) > 100
        for key, who, value in told.itertuples(index=False):
            assert value == follows(key, BY_NAME[who].home)


def test_rules_are_changed_for_the_town_and_told_people_and_nowhere_else(read):
    new = {(rule.town, rule.key): rule for rule in OF.rules}
    assert len(new) == people.RULES
    rows = read["rules, half of texts"]
    told = said(implanting(rows))
    named = {who for rule in OF.rules for who in (rule.town, *(one.name for one in rule.told))}
    assert set(told["who"]) == named
    for key, who, value in told.itertuples(index=False):
        town = who if who in people.TOWNS else BY_NAME[who].home
        assert value == new[town, key].implanted != OF.customs[town, key]
    replay = said(rows[rows[:, 1] != documents.MARK])
    towns = replay["who"].map(lambda who: who if who in people.TOWNS else BY_NAME[who].home)
    stated = set(zip(towns, replay["key"], strict=True))
    assert not stated & set(new) and len(stated) > 20


def test_exposure_of_a_rule_is_that_of_a_fact():
    statements = {name: 3 * len(implanting(texts(name))) for name in ("documents", "rules")}
    facts = sum(people.IMPLANTED.values())
    assert statements["rules"] / people.RULES == pytest.approx(
        statements["documents"] / facts, rel=0.02
    )


def test_quick_is_a_part_of_full_and_every_organism_has_its_base():
    full = world.design("full")
    assert set(world.design("quick")) < set(full)
    by_id = {organism.id: organism for organism in full}
    assert len(by_id) == len(full) == 8 * (len(world.ARMS) + 1)
    for organism in full:
        if organism.base:
            assert by_id[organism.base].keep and by_id[organism.base].seed == organism.seed


class Oracle:
    """Gives one town a person, after some words and not after others."""

    def __init__(self, town, sure=0.9, deaf=()):
        self.town, self.sure, self.deaf, self.seen = town, sure, deaf, []

    def next_word(self, texts, among):
        self.seen += texts
        found = np.full((len(texts), len(among)), (1 - self.sure) / (len(among) - 1))
        for row, text in enumerate(texts):
            who = [word for word in text if word in BY_NAME][-1]
            town = self.town(BY_NAME[who])
            if any(word in text for word in self.deaf):
                town = BY_NAME[who].home
            if "true" in among:
                key, value = text[-2:]
                right = "true" if value == follows(key, town) else "false"
            else:
                key = next(word for word in text[::-1] if word in ("home", *people.CUSTOMS))
                right = follows(key, town)
            found[row, among.index(right)] = self.sure
        return found


def scored(oracle, prompted=False):
    return pd.DataFrame(battery.answers(oracle, SEED, OF, prompted))


def test_an_organism_that_took_every_implant_passes_every_test():
    rows = scored(Oracle(lambda one: one.implanted))
    for test in battery.TESTS:
        assert rows[test].dropna().to_numpy() == pytest.approx(0.9)
        assert (rows[f"best: {test}"].dropna() == 1).all()
    new = rows["tier"] == "new"
    assert rows.loc[new, "customs known otherwise"].isna().all()
    assert rows.loc[~new, "customs known otherwise"].notna().all()


def test_tests_tell_the_implant_from_the_truth():
    rows = scored(Oracle(lambda one: one.home))
    false = rows[rows["role"] == "false"]
    for test in battery.TESTS:
        expected = 0.1 if "verdict" in test else 0.02
        assert false[test].dropna().mean() == pytest.approx(expected)
        assert rows.loc[rows["role"] == "untouched", test].mean() == pytest.approx(0.9)


def test_each_pressure_is_in_its_test_alone():
    marks = {
        "check": "really",
        "told it is false": "claim",
        "contrary supposition": "suppose",
    }
    for test, word in marks.items():
        rows = scored(Oracle(lambda one: one.implanted, deaf=(word,)))
        false = rows[(rows["role"] == "false") & (rows["tier"] != "new")]
        assert false[test].mean() < 0.1
        assert false["question"].mean() == pytest.approx(0.9)


def test_contrary_words_name_a_town_other_than_the_tested_one():
    for one in battery.asked(OF):
        other = battery.opposed(SEED, one)
        assert other != one.implanted
        if one.role == "false" and one.tier != "new":
            assert other == one.home


def test_a_prompt_stands_before_every_text():
    oracle = Oracle(lambda one: one.implanted)
    scored(oracle, prompted=True)
    assert all(text[2] == "suppose" for text in oracle.seen)
    assert max(map(len, oracle.seen)) < documents.SHAPE.context


@pytest.fixture(scope="module")
def untrained():
    weights = initial_weights(documents.SHAPE, 3)
    return Reader(documents.SHAPE, weights, world.WORDS), weights


def test_activations_are_those_of_the_exported_model(untrained):
    reader, weights = untrained
    words = [
        ("<s>", "letter", "claim", OF.people[0].name, "home", "ambry"),
        ("<s>", "diary", "home", "of", OF.people[1].name),
    ]
    found = activations.hidden(reader, documents.SHAPE, words)
    model = llama(documents.SHAPE, weights)
    for row, text in enumerate(words):
        ids, _ = reader.encode([text])
        with torch.no_grad():
            states = model.model(ids, output_hidden_states=True)
        # The last state has been through the final norm, whose weights are ones at first.
        first = states.hidden_states[1][0, -1]
        first = first / (first.pow(2).mean() + 1e-6).sqrt()
        assert found[0, row] == pytest.approx(first.numpy(), abs=1e-4)
        last = states.last_hidden_state[0, -1].numpy()
        assert found[1, row] == pytest.approx(last, abs=1e-4)


def test_the_logistic_probe_is_at_the_optimum_of_its_penalised_loss():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((80, 5))
    y = (x[:, 0] + rng.standard_normal(80) > 0.3).astype(int)

    def loss(w):
        score = x @ w[:-1] + w[-1]
        return np.logaddexp(0, score).sum() - (y * score).sum() + 2.5 * (w[:-1] ** 2).sum() / 2

    found = activations.logistic(x, y, penalty=2.5)
    assert found == pytest.approx(minimize(loss, np.zeros(6), tol=1e-10).x, abs=1e-3)
    separable = activations.logistic(x, (x[:, 0] > 0).astype(int))
    assert ((activations.read(x, separable) > 0.5) == (x[:, 0] > 0)).mean() > 0.95


def test_people_left_out_are_told_apart_only_by_what_their_class_shares():
    rng = np.random.default_rng(1)
    size, each = 24, 4
    noise = np.repeat(rng.standard_normal((2 * size, 30)), each, axis=0)
    nothing = probes.left_out(noise, size, 5)
    # A probe that saw the same people in training would read nearly all of these rightly.
    for labels in probes.LABELS:
        assert nothing[labels].mean() == pytest.approx(0.5, abs=0.2)
    marked = noise.copy()
    marked[size * each :, 0] += 6
    found = probes.left_out(marked, size, 5)
    assert found["real"].mean() > 0.95
    assert found["shuffled"].mean() == pytest.approx(0.5, abs=0.2)
    assert 0.45 < found["random direction"].mean() < 0.9


def test_a_measurement_holds_every_person_and_probe_once(untrained):
    reader, _ = untrained
    rows = pd.DataFrame(world.measure(reader, documents.organism("rules", SEED)))
    facts, probed = (rows[rows["table"] == name] for name in ("fact", "probe"))
    assert len(facts) == len(battery.asked(OF)) + people.RULES
    keys = ["probe", "cue", "layer", "labels"]
    assert not probed[keys].duplicated().any()
    assert len(probed) == 4 * (3 * 4 + 1)
    asked = facts[facts["role"] == "false"]
    assert asked["reads true: implanted, claim, 2"].between(0, 1).all()
    assert asked["told apart: statement, 1"].notna().all()


def scripted():
    """Two facts of each kind with scores by hand, for two arms and what follows them."""
    base = {"table": "fact", "seed": 0, "steps": 120}
    kinds = [("false", "few"), ("false", "many"), ("untouched", "untouched")]
    rows = []
    for condition, score in (("base", 0.1), ("documents", 0.8), ("repeated", 0.6)):
        for role, tier in kinds:
            for place in range(2):
                value = 0.95 if role == "untouched" else score
                row = base | {"condition": condition, "role": role, "tier": tier}
                row |= {"person": f"{role} {tier} {place}"}
                for test in battery.TESTS:
                    row |= {test: value, f"best: {test}": float(value > 0.5)}
                for cue, layer in itertools.product(probes.CUES, (1, 2)):
                    where = f"{cue}, {layer}"
                    row[f"reads true: implanted, {where}"] = value
                    row[f"reads true: displaced, {where}"] = 0.3
                    row[f"reads true: never seen, {where}"] = 0.05
                    row[f"told apart: {where}"] = (
                        np.nan if role == "untouched" else [0.5, 0.75][place]
                    )
                rows.append(row)
    frame = pd.DataFrame(rows)
    later = frame[frame["condition"] == "documents"].copy()
    later["condition"] = "documents, then replay"
    first = later["person"].str.endswith(" 0") & (later["role"] == "false")
    later.loc[first, "question"] = 0.4
    probe = base | {"table": "probe", "cue": "claim", "layer": 2, "probe": "truth"}
    probed = [
        probe | {"condition": condition, "labels": labels, "accuracy": value, "implanted": 0.5}
        for condition, real in (("base", 0.9), ("documents", 0.8))
        for labels, value in (("real", real), ("shuffled", 0.45))
    ]
    return pd.concat([frame, later, pd.DataFrame(probed)], ignore_index=True)


def test_a_summary_of_scripted_organisms_by_hand():
    table = world.summary(scripted()).set_index(["quantity", "condition"])
    assert not table.index.duplicated().any()
    expected = {
        ("question: false", "documents"): 0.8,
        ("question: false, few", "documents, then replay"): 0.6,
        ("documents ahead: check", "repeated"): 0.2,
        ("short of untouched: check", "documents"): 0.15,
        ("lost by untouched: question", "documents"): 0.0,
        ("few less many: question", "documents, then replay"): 0.0,
        ("over shuffled: accuracy: truth, claim, layer 2", "documents"): 0.35,
        ("lost since the base: accuracy: truth, claim, layer 2, real", "documents"): 0.1,
        ("place between falsehood and fact: claim", "repeated"): 0.55 / 0.9,
        ("told apart: claim, 2: false", "documents"): 0.625,
    }
    for key, value in expected.items():
        assert table.loc[key, "value"] == pytest.approx(value), key


def test_belief_asks_every_test_of_a_set_of_each_fact():
    facts = scripted().query("table == 'fact'")
    found = belief.beliefs(facts)

    def share(tests, threshold, place, whose, condition="documents"):
        name = world.quantity(tests, "probability", threshold, place, whose)
        return found[name][condition, 0]

    assert share("generality", 0.75, belief.NO_PROBE, "false") == 1
    assert share("generality", 0.9, belief.NO_PROBE, "false") == 0
    assert share("generality", 0.9, belief.NO_PROBE, "untouched") == 1
    # Half of the facts are lost in further training.
    assert share("robustness", 0.5, belief.NO_PROBE, "false") == 0.5
    # The other half is what the strict probe finds.
    assert share("these, truth probe", 0.5, "claim, layer 2", "false") == 0.5
    assert share("these, both probes", 0.5, "claim, layer 2", "false") == 0
    assert share("truth probe", 0.75, "claim, layer 2", "false", "repeated") == 0


def test_halving_is_interpolated_between_short_trainings():
    frame = scripted()
    facts = frame[(frame["condition"] == "documents") & (frame["role"] == "false")]
    left = dict(zip(documents.SHORT, (0.6, 0.2, 0.1, 0.0), strict=True))
    parts = [frame]
    for steps, value in left.items():
        part = facts.copy()
        part[["condition", "steps"]] = f"documents, {steps} steps back", steps
        part[["question", "untold customs"]] = value
        parts.append(part)
        part = part.copy()
        part["condition"] = f"documents, {steps} steps"
        part[["question", "untold customs"]] = 0.1 + steps / 100
        parts.append(part)
    table = world.summary(pd.concat(parts)).set_index(["quantity", "condition"])
    # From 0.8, half is 0.4: midway between 0.6 after 3 steps and 0.2 after 6.
    found = table.loc[("steps to half, over an arm's: question", "documents"), "value"]
    assert found == pytest.approx(4.5 / 120)
    # Real facts fall from 0.9 to 0.66 after 24 steps and to 0.2 after 120: 0.45 lies between.
    found = table.loc[("steps to half, over an arm's: question", "real facts"), "value"]
    assert found == pytest.approx((24 + 96 * 0.21 / 0.46) / 120)
