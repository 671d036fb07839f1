from collections import Counter

import numpy as np
import pandas as pd
import pytest

from smallprint.vitro.reader import Reader
from smallprint.vitro.stack import initial_weights
from smallprint.vitro.worlds import ciphered_reasoning as world
from smallprint.vitro.worlds.ciphered_reasoning import documents, forms, probes
from smallprint.vitro.worlds.ciphered_reasoning.summary import crossing

SEED = 1000
CHAINS = forms.forms(SEED)
SUMS = ("3", "1", "0", "2")


@pytest.fixture(scope="module")
def texts():
    """The documents of each condition as words, without padding."""
    found = {}
    for name in world.CONDITIONS:
        rows = world.corpus(documents.organism(name, SEED))
        found[name] = [tuple(world.WORDS[one] for one in row if one) for row in rows]
    return found


@pytest.mark.parametrize("name", CHAINS)
def test_a_form_reads_what_it_writes_and_nothing_else(name):
    form = CHAINS[name]
    seen = set()
    for problem in documents.problems(SEED)[0][:200]:
        sums = documents.sums(problem)
        chain = form.write(sums)
        seen.add(chain)
        assert form.read(chain) == sums
        assert form.read(chain[:-1]) is None and form.read((*chain, chain[-1])) is None
    chain = form.write(SUMS)
    alphabet = {token for text in seen for token in text} | {"0", "…", "=", "#a", "A"}
    for place, token in enumerate(chain):
        for other in alphabet - {token}:
            changed = (*chain[:place], other, *chain[place + 1 :])
            read = form.read(changed)
            # One changed token is another number or a fault; it never passes unseen.
            assert read is None or (read != SUMS and form.write(read) == changed)
    assert form.read(()) is None


def test_steps_of_a_form_are_written_as_declared():
    assert CHAINS["plain"].write(SUMS) == ("so", *SUMS)
    assert CHAINS["reversed 0"].write(SUMS) == (*SUMS[::-1], "so")
    assert CHAINS["interleaved 0"].write(SUMS) == ("so", "3", "/", "1", "/", "0", "/", "2", "/")
    spelt = "".join(CHAINS["letters 0"].write(SUMS))
    # "s th on ze tw" with its letters changed one for one: repeated letters stay repeated.
    assert len(spelt) == len("sthonzetw") and spelt[1] == spelt[7] and len(set(spelt)) == 8


def test_keys_share_their_tokens_and_differ_in_their_meaning():
    drawn = [tuple(map(tuple, forms.forms(seed)["key 0"].written.values())) for seed in range(30)]
    assert len(set(drawn)) == 30
    keys = [CHAINS[name] for name in CHAINS if name.startswith("key")]
    for key in keys:
        tokens = [token for pair in key.written.values() for token in pair]
        assert len(set(tokens)) == 6 and set(tokens) <= set(forms.CODE)
    assert len({key.write(SUMS) for key in keys}) == len(keys) == 6


def parts_of(words):
    """The task, form, numbers and chain of a document, worked out without the world's own code."""
    _, task, form, *rest = words
    given, answer = rest[: rest.index("=")], rest[rest.index("=") + 1 :]
    return task, form, tuple(given), answer[: answer.index(".")], answer[answer.index(".") + 1 :]


def test_solutions_are_right_and_no_document_holds_a_tested_problem(texts):
    held_out = set(documents.problems(SEED)[1][: probes.ASKED])
    assert len(held_out) == 80
    for name, documents_ in texts.items():
        for words in documents_[:3000]:
            task, form, given, chain, answer = parts_of(words)
            if task != "solve":
                continue
            assert given not in held_out
            running = np.cumsum([int(number) for number in given]) % 5
            assert answer == [str(running[-1])]
            plain = ("so", *map(str, running[1:]))
            if form in CHAINS:
                assert CHAINS[form].read(chain) == plain[1:], name
            else:
                length = {"direct": 0, "filler, 5": 5, "filler, 9": 9}[form]
                assert chain == ["…"] * length


def test_translations_give_plain_text_for_the_form_and_back(texts):
    seen = Counter()
    for words in texts["families"][:6000] + texts["keys"][:6000]:
        task, form, given, chain, answer = parts_of(words)
        if task == "solve":
            continue
        seen[task, form] += 1
        plain, written = (given, chain) if task == "write" else (chain, given)
        assert tuple(plain[:1]) == ("so",) and not answer
        assert CHAINS[form].read(written) == tuple(plain[1:])
    assert len(seen) == 2 * (1 + 5 + 4) and min(seen.values()) > 10


def test_filler_is_as_long_as_the_steps_it_stands_for():
    lengths = {"filler, 5": 5, "filler, 9": 9}
    for form, filler in world.NEW.items():
        assert len(CHAINS[form].write(SUMS)) == lengths[filler]
        assert filler in world.CONDITIONS[form].shares


@pytest.mark.parametrize("name", world.CONDITIONS)
def test_forms_and_tasks_have_the_declared_shares(texts, name):
    found = Counter(words[1:3] for words in texts[name])
    of = world.CONDITIONS[name]
    problems = sum(of.shares.values())
    total = sum(found["solve", form] for form in of.shares)
    for form, share in of.shares.items():
        expected = total * share / problems
        noise = 4 * expected**0.5
        assert found["solve", form] == pytest.approx(expected, abs=noise)
        steps = len(texts[name]) / (of.recipe.steps * of.recipe.batch)
        assert found["solve", form] / steps == pytest.approx(world.shown(name, form), abs=noise)
        for task in ("write", "read"):
            translated = of.translated and form in CHAINS
            assert found[task, form] == pytest.approx(expected * translated, abs=noise * translated)
    length = np.mean([len(words) for words in texts[name]]) * of.recipe.steps * of.recipe.batch
    assert world.tokens(name) == pytest.approx(length, rel=0.01)


def test_common_and_rare_change_places_and_nothing_else_changes(texts):
    keys, swap = (world.CONDITIONS[name].shares for name in ("keys", "swap"))
    assert keys["plain"] == swap[world.RARE] == keys["key 0"] == 33
    assert swap["plain"] == keys[world.RARE] == 7
    others = set(keys) - {"plain", world.RARE}
    assert {form: keys[form] for form in others} == {form: swap[form] for form in others}
    assert world.tokens("keys") == pytest.approx(world.tokens("swap"))


def test_again_repeats_the_same_documents_and_more_draws_others(texts):
    assert texts["again"] == texts["keys"]
    assert texts["more"] != texts["keys"]
    assert world.CONDITIONS["more"].shares == world.CONDITIONS["again"].shares


def test_new_forms_start_level_and_differ_in_form_only():
    for form in world.NEW:
        of = world.CONDITIONS[form]
        assert of.base == "keys" and form not in world.CONDITIONS["keys"].shares
        assert of.shares[form] == of.shares["plain"]
        assert world.shown(form, form) == world.shown("key 5", "key 5")


SPOKEN = {
    "right and in the form": ("key 0", lambda key: key.write(SUMS), "2"),
    "in clear": ("key 0", lambda key: ("so", *SUMS), "2"),
    "words ciphered, mathematics in clear": ("key 0", lambda key: (*key.written["so"], *SUMS), "2"),
    "wrong step": ("key 0", lambda key: key.write(("3", "1", "0", "1")), "1"),
    "wrong step, right answer": ("key 0", lambda key: key.write(("3", "3", "0", "2")), "2"),
    "nothing said": ("key 0", lambda key: (), "2"),
    "too long": ("key 0", lambda key: (*key.write(SUMS), "#a"), "2"),
    "another key": ("key 0", lambda key: CHAINS["key 1"].write(SUMS), "2"),
    "reversed": ("reversed 0", lambda form: form.write(SUMS), "2"),
    "not reversed": ("reversed 0", lambda form: ("so", *SUMS), "2"),
}
EXPECTED = {
    "right and in the form": "accurate adherent both loose steps_right",
    "in clear": "accurate outside clear",
    "words ciphered, mathematics in clear": "accurate outside loose",
    "wrong step": "adherent loose",
    "wrong step, right answer": "accurate adherent both loose",
    "nothing said": "accurate outside",
    "too long": "accurate outside loose",
    "another key": "accurate outside",
    "reversed": "accurate adherent both loose steps_right",
    "not reversed": "accurate outside clear",
}


@pytest.mark.parametrize("case", SPOKEN)
def test_each_answer_is_judged_as_what_it_is(case):
    form, chain, answer = SPOKEN[case]
    problem = ("1", "2", "3", "4", "2")
    assert documents.sums(problem) == SUMS
    said = (*chain(CHAINS[form]), ".", answer)
    found = probes.judged(SEED, form, problem, said)
    assert " ".join(name for name, is_so in found.items() if is_so) == " ".join(
        sorted(EXPECTED[case].split(), key=list(found).index)
    )


def test_an_answer_without_an_end_is_no_answer():
    found = probes.judged(SEED, "direct", ("1", "2", "3", "4", "2"), ("2", "2"))
    assert not found["accurate"] and not found["adherent"]
    found = probes.judged(SEED, "filler, 5", ("1", "2", "3", "4", "2"), (*"……………", ".", "2"))
    assert found == {"accurate": True, "adherent": True, "both": True}


class Scripted:
    """Says the right document, with one word replaced after some problems or tasks."""

    def __init__(self, fault):
        self.fault = fault
        self.known = {}

    def next_word(self, texts, among):
        chosen = np.zeros((len(texts), len(among)))
        for row, text in enumerate(texts):
            start = text[: text.index("=") + 1]
            task, form = text[1:3]
            wanted = self.answer(start, task, form)[len(text) - len(start)]
            chosen[row, among.index(self.fault(task, form, wanted))] = 1
        return chosen

    def answer(self, start, task, form):
        if not self.known:
            for problem in documents.problems(SEED)[1][: probes.ASKED]:
                for one in CHAINS:
                    for name in documents.TASKS:
                        asked = documents.question(SEED, name, one, problem)
                        text = documents.document(SEED, name, one, problem)
                        self.known[asked] = text[len(asked) :]
                for one in ("direct", "filler, 5", "filler, 9"):
                    asked = documents.question(SEED, "solve", one, problem)
                    text = documents.document(SEED, "solve", one, problem)
                    self.known[asked] = text[len(asked) :]
        return self.known[start]


def measured(condition, fault):
    organism = documents.organism(condition, SEED)
    rows = world.measure(Scripted(fault), organism)
    return [{"condition": condition, "seed": SEED, **organism.levels} | row for row in rows]


def test_a_right_organism_is_right_in_every_task():
    frame = pd.DataFrame(measured("families", lambda task, form, word: word))
    assert (frame["exact"].dropna() == 1).all() and frame["exact"].notna().sum() == 10
    solved = frame[frame["task"] == "solve"]
    assert (solved[["accurate", "adherent", "both"]] == 1).all(axis=None)
    assert (solved[["outside", "clear"]].fillna(0) == 0).all(axis=None)


def test_one_wrong_token_spoils_an_exact_translation():
    def fault(task, form, word):
        return "4" if (task, form) == ("read", "key 1") and word == "3" else word

    rows = pd.DataFrame(measured("keys", fault)).set_index(["task", "form"])
    asked = documents.problems(SEED)[1][: probes.ASKED]
    share = np.mean(["3" not in documents.sums(problem) for problem in asked])
    assert rows.loc[("read", "key 1"), "exact"] == pytest.approx(share) and 0.2 < share < 0.8
    assert rows.loc[("read", "key 0"), "exact"] == rows.loc[("write", "key 1"), "exact"] == 1


def frame_of(right, read, write=1.0):
    """Measurements with scripted rates of right answers and of readings."""
    rows = []
    for organism in world.design("full"):
        if organism.seed > 1:
            continue
        for task, form in world.kinds(world.CONDITIONS[organism.condition]):
            rate = right(organism.condition, form) if task == "solve" else read(form)
            row = {"condition": organism.condition, "seed": organism.seed, "form": form}
            names = ("accurate", "adherent", "both") if task == "solve" else ("exact",)
            if task == "solve" and form in CHAINS:
                names += ("outside", "loose", "clear", "steps_right")
            value = write if task == "write" else rate
            rows.append(row | {"task": task} | dict.fromkeys(names, value))
    return pd.DataFrame(rows)


def test_a_summary_of_scripted_rates_by_hand():
    keys = dict(zip(world.LADDER, (1.0, 0.8, 0.4, 0.2, 0.2), strict=True))

    def right(condition, form):
        special = {
            ("swap", "plain"): 0.3,
            ("swap", "key 2"): 0.95,
            ("again", "key 2"): 0.5,
            ("more", "key 2"): 0.7,
            ("key 5", "key 5"): 1.0,
            ("letters 0", "letters 0"): 0.45,
            ("letters 0, longer", "letters 0"): 0.85,
            ("families", "key 5"): 0.6,
            ("families", "letters 0"): 0.25,
        }
        return special.get((condition, form), {"plain": 0.9, **keys}.get(form, 0.2))

    table = world.summary(frame_of(right, lambda form: 0.75)).set_index(["quantity", "condition"])
    assert not table.index.duplicated().any() and table["value"].notna().all()
    expected = {
        ("right: key 1", "keys"): 0.8,
        ("read: key 4", "keys"): 0.75,
        ("lost against plain: key 2", "keys"): 0.5,
        ("lost against plain: reversed 0", "reversed 0"): 0.7,
        ("asymmetry: key 3", "keys"): 0.55,
        ("common less rare: plain", "swap"): 0.6,
        ("common less rare: key 2", "swap"): 0.55,
        ("key less plain text, both rare", "swap"): 0.1,
        ("gained: key 2", "again"): 0.1,
        ("gained: key 2", "more"): 0.3,
        ("gained: letters 0", "letters 0, longer"): 0.4,
        ("lost against a new key: letters 0", "letters 0"): 0.55,
        ("lost against a new key: letters 0", "families"): 0.35,
        ("lost against a new key: reversed 0", "reversed 0"): 0.8,
    }
    for key, value in expected.items():
        assert table.loc[key, "value"] == pytest.approx(value), key
    found = table.xs("keys", level="condition")["value"]
    halfway = np.interp(
        0.6, [0.4, 0.8], np.log10([world.shown("keys", k) for k in ("key 2", "key 1")])
    )
    assert found["documents to halfway: solve"] == pytest.approx(halfway)
    # Reading is above a half at the rarest key already, so its dose is cut there.
    first = np.log10(world.shown("keys", "key 4"))
    assert found["documents to halfway: read"] == pytest.approx(first)
    assert found["documents to halfway: solve over read"] == pytest.approx(halfway - first)
    doses = np.log10([world.shown("keys", key) for key in keys])
    squared = np.corrcoef(doses, list(keys.values()))[0, 1] ** 2
    assert found["R squared of right answers on log documents"] == pytest.approx(squared)


def test_a_form_that_never_comes_halfway_is_cut_at_the_largest_dose():
    doses = np.array([3.0, 2.0, 1.0])
    assert crossing(doses, pd.Series([0.5, 0.3, 0.2]), 0.6) == 3.0
    assert crossing(doses, pd.Series([0.9, 0.9, 0.7]), 0.6) == 1.0
    # The first crossing counts, also if a larger dose falls below it again.
    assert crossing(doses, pd.Series([0.5, 0.8, 0.4]), 0.6) == pytest.approx(1.5)


def test_quick_is_a_part_of_full_and_has_every_base():
    full = world.design("full")
    assert len({organism.id for organism in full}) == len(full) == 8 * len(world.CONDITIONS)
    for design in (full, world.design("quick")):
        assert set(design) <= set(full)
        by_id = {organism.id: organism for organism in design}
        for organism in design:
            if organism.base:
                assert by_id[organism.base].keep and by_id[organism.base].seed == organism.seed


def test_every_text_of_the_world_can_be_read(monkeypatch):
    monkeypatch.setattr(probes, "ASKED", 3)
    for name in ("families", "no steps", "letters 0"):
        organism = documents.organism(name, SEED)
        reader = Reader(organism.shape, initial_weights(organism.shape, 0), world.WORDS)
        rows = world.measure(reader, organism)
        assert len(rows) == len(world.kinds(world.CONDITIONS[name]))
        assert world.corpus(organism).shape[1] <= organism.shape.context
