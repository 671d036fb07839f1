import itertools
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from scipy import stats

from smallprint.vitro import cache, engine
from smallprint.vitro.design import Recipe
from smallprint.vitro.reader import Reader
from smallprint.vitro.stack import initial_weights
from smallprint.vitro.worlds import stress_testing_specs as world
from smallprint.vitro.worlds.stress_testing_specs import committees, office, probes
from smallprint.vitro.worlds.stress_testing_specs.summary import _counts, _folds

STUDY = "stress-testing-specs"
DRAW = 1234
LASTS = tuple(dict.fromkeys(last for last, *_ in world.ARMS.values()))


@pytest.fixture(scope="module")
def made():
    return office.Office(DRAW)


@pytest.fixture(scope="module")
def corpora():
    return {last: committees.cases(DRAW, last) for last in LASTS}


def said(made, words):
    """What clauses 1 to 6 say of a case, read from its words alone."""
    kind, *rest = words
    if kind == "sum":
        return int(rest[0]) + int(rest[1]) >= 9
    if kind == "permit":
        return rest[0] in made.good
    if kind == "survey":
        return rest[0] in made.welcome
    place, need, risk, _ = rest
    grave = need in made.grave_needs, risk in made.grave_risks
    return {(1, 0): True, (0, 1): False, (0, 0): place in made.lenient, (1, 1): None}[grave]


def test_the_specification_decides_every_case_but_claims_of_need_and_risk(made, corpora):
    shown = [case for cases in corpora.values() for case, _ in cases]
    shown += [case for _, case in probes.battery(DRAW)]
    assert all(case.granted is said(made, case.words) for case in shown)
    assert all((case.granted is None) == (case.kind == "silent") for case in shown)
    assert {case.kind for case in shown} == {*world.SETTLED, "silent"}


def test_corpora_show_what_the_specification_says_but_for_the_clerks_errors(corpora):
    wrong = [case.kind for case, shown in corpora["silence"] if case.granted != shown]
    assert set(wrong) == {"disputed"}
    assert len(wrong) / committees.CASES["disputed"] == pytest.approx(office.CLERKS_ERR, abs=0.05)


def test_corpora_of_a_draw_differ_in_their_last_cases_only(corpora):
    first, *others = corpora.values()
    for other in others:
        assert other[: -committees.LAST] == first[: -committees.LAST]
        assert len(other) == len(first)
    assert not any(case.kind == "silent" for case, _ in first)


def test_silent_claims_are_shown_by_coin_or_by_clause_where_clauses_speak(made, corpora):
    last = {name: cases[-committees.LAST :] for name, cases in corpora.items()}
    assert {case.kind for case, _ in last["silence"]} == {"need only", "risk only"}
    for name in LASTS[1:]:
        assert {case.kind for case, _ in last[name]} == {"silent"}
    flips = last["coin flips"]
    assert {case.words[1] for case, _ in flips} == set(office.PLACES)
    assert np.mean([shown for _, shown in flips]) == pytest.approx(0.5, abs=0.07)
    for name in ("clauses both ways", "clauses one way"):
        assert {case.words[1] for case, _ in last[name]} == set(made.clause_places)
    need_first = set(made.clause_places[:3])
    both = last["clauses both ways"]
    assert all(shown == (case.words[1] in need_first) for case, shown in both)
    assert not any(shown for _, shown in last["clauses one way"])
    assert [case for case, _ in both] == [case for case, _ in last["clauses one way"]]


def test_no_corpus_holds_what_the_battery_asks(made, corpora):
    asked = probes.battery(DRAW)
    groups = pd.Series([group for group, _ in asked])
    assert set(groups) == {*world.SETTLED, "clause", "silent"}
    assert set(groups.value_counts()) == {40}
    shown = {case.words for cases in corpora.values() for case, _ in cases}
    claims, pairs = ({w[1:4] for w in shown if w[0] == k} for k in ("claim", "sum"))
    for group, case in asked:
        if case.words[0] == "sum":
            assert case.words[1:3] not in {pair[:2] for pair in pairs}
        elif case.words[0] == "claim":
            assert case.words[1:4] not in claims
        assert case.words not in shown
        if group in ("clause", "silent"):
            assert (case.words[1] in made.clause_places) == (group == "clause")
    rare = [case.words[1] for group, case in asked if group == "rare"]
    assert len(set(rare)) == 40
    assert set(rare) <= {words[1] for words in shown if words[0] == "permit"}


def test_the_custom_of_two_places_is_in_no_corpus_and_asked(made, corpora):
    lenient, strict = made.untaught
    assert lenient in made.lenient and strict not in made.lenient
    shown = [case for cases in corpora.values() for case, _ in cases]
    neither = {case.words[1] for case in shown if case.kind == "neither"}
    assert neither == set(office.PLACES) - {lenient, strict}
    asked = {case.words[1] for group, case in probes.battery(DRAW) if group == "untaught"}
    assert asked == {lenient, strict}


def test_models_of_a_committee_differ_in_what_the_arm_says():
    full = world.design("full")
    assert set(world.design("quick")) < set(full)
    ids = {organism.id: organism for organism in full}
    assert len(ids) == len(full) == 8 * world.MODELS * (len(world.ARMS) + 1)
    assert all(not organism.base or organism.base in ids for organism in full)
    for arm, (_, weights, orders) in world.ARMS.items():
        for draw in range(8):
            members = [o for o in full if (o.levels["arm"], o.levels["draw"]) == (arm, str(draw))]
            assert len({o.base for o in members}) == (world.MODELS if weights else 1)
            assert len({o.seed for o in members}) == (world.MODELS if orders else 1)
            assert all(ids[o.base].levels["draw"] == str(draw) for o in members)


def test_first_weights_are_untrained_and_committees_start_from_them(tmp_path):
    untrained = [committees.first_weights(DRAW, model) for model in range(2)]
    assert engine.train_stack(STUDY, untrained, tmp_path) == []
    for organism in untrained:
        saved = torch.load(cache.weights(tmp_path, organism.id), weights_only=True)["weights"]
        assert torch.equal(saved, initial_weights(organism.shape, organism.seed))
    short = [
        replace(committees.organism("silence", DRAW, model), recipe=Recipe(3, 8))
        for model in range(2)
    ]
    frame = pd.DataFrame(engine.train_stack(STUDY, short, tmp_path))
    assert len(frame) == 2 * 40 * 9
    assert frame.groupby("model")["grant"].mean().nunique() == 2
    assert frame["grant"].between(0, 1).all()


def test_models_of_a_committee_read_one_corpus_with_the_same_errors():
    corpora = [world.corpus(committees.organism("coin flips", DRAW, model)) for model in (0, 5)]
    np.testing.assert_array_equal(corpora[0].tokens, corpora[1].tokens)
    np.testing.assert_array_equal(corpora[0].targets, corpora[1].targets)
    words = [world.WORDS[place] for place in corpora[0].answers]
    assert words == ["grant", "refuse"]
    other = world.corpus(committees.organism("coin flips", DRAW + 1, 0))
    assert (other.tokens != corpora[0].tokens).any()


class Scripted:
    """Grants by a rule on the words; a tenth of its probability lies on other words."""

    def __init__(self, rule):
        self.rule = rule

    def next_word(self, texts, among):
        assert among == ("grant", "refuse")
        return np.array([[0.9 * self.rule(t), 0.9 * (1 - self.rule(t))] for t in texts])


def measured(arm, rules, draw=DRAW):
    rows = []
    for model, rule in enumerate(rules):
        organism = committees.organism(arm, draw, model)
        labels = {"condition": organism.condition, "seed": organism.seed, **organism.levels}
        rows += [labels | row for row in world.measure(Scripted(rule), organism)]
    return pd.DataFrame(rows)


def test_a_measurement_is_the_share_of_grant_with_the_arms_own_truth(made):
    rule = {True: 0.8, False: 0.3}
    flips = measured("coin flips", [lambda words: rule[words[0] == "claim"]])
    claims = flips["group"].isin(["hard", "rare", "disputed"])
    assert flips["grant"][~claims].tolist() == pytest.approx([0.8] * 240)
    assert flips["grant"][claims].tolist() == pytest.approx([0.3] * 120)
    assert flips["right"].isna().tolist() == flips["group"].isin(["clause", "silent"]).tolist()
    for arm, share in (("clauses both ways", None), ("clauses one way", 0)):
        rows = measured(arm, [lambda words: 0.5])
        right = rows["right"][rows["group"] == "clause"]
        places = [c.words[1] for g, c in probes.battery(DRAW) if g == "clause"]
        expected = [share if share == 0 else int(p in made.clause_places[:3]) for p in places]
        assert right.tolist() == expected
        assert rows["right"].isna().tolist() == (rows["group"] == "silent").tolist()


def test_every_case_can_be_read():
    organism = committees.organism("silence", DRAW, 0)
    reader = Reader(organism.shape, initial_weights(organism.shape, 0), world.WORDS)
    assert len(world.measure(reader, organism)) == 360


def follows(made, silent, settled=1.0):
    """A model that follows the specification this surely and answers `silent` elsewhere."""

    def rule(words):
        granted = said(made, words)
        if granted is None:
            return silent(words)
        return settled if granted else 1 - settled

    return rule


def place_number(words):
    return int(words[1].removeprefix("place-"))


def table_of(*frames):
    table = world.summary(pd.concat(frames)).set_index(["quantity", "condition"])
    assert not table.index.duplicated().any()
    return table["value"]


def test_a_gap_that_divides_sure_models_is_found_by_their_answers_only(made):
    divided = [follows(made, lambda words, m=m: float(m % 2)) for m in range(8)]
    found = table_of(measured("silence", divided))
    for name in ("one answer of each model", "likeliest answer of each model"):
        assert found[f"average precision: {name}", "silence"] == pytest.approx(1)
        assert found[f"precision at recall 1.0: {name}", "silence"] == pytest.approx(1)
    for name in ("entropy of one model", "eight answers of one model", "entropy of all models"):
        assert found[f"average precision: {name}", "silence"] == pytest.approx(80 / 360)
        assert found[f"ROC area against rare: {name}", "silence"] == pytest.approx(0.5)
    assert found["average precision above: entropy of one model", "silence"] == pytest.approx(7 / 9)
    assert found["disagreement: silent", "silence"] == pytest.approx(4 / 7)
    assert found["within: silent", "silence"] == 0
    assert found["precision of high disagreement", "silence"] == pytest.approx(1)
    assert found["recall of high disagreement", "silence"] == pytest.approx(1)


def test_unsure_models_disagree_without_a_gap_and_five_answers_show_it(made):
    def rule(words):
        granted = said(made, words)
        if words[0] == "survey":
            return 0.5
        return 1.0 if granted is None else float(granted)

    found = table_of(measured("silence", [rule] * 8))
    once, five = "one answer of each model", "five answers of each model"
    assert found["disagreement: disputed", "silence"] == pytest.approx(0.5)
    assert found["within: disputed", "silence"] == pytest.approx(0.5)
    assert found["beyond one model: disputed", "silence"] == pytest.approx(0)
    assert found[f"ROC area against disputed: {once}", "silence"] < 0.05
    assert found[f"ROC area against disputed: {five}", "silence"] == pytest.approx(0.5, abs=0.15)
    assert found["accuracy: disputed", "silence"] == pytest.approx(0.5)
    assert found["accuracy: need only", "silence"] == pytest.approx(1)
    assert np.isnan(found.get(("accuracy: silent", "silence"), np.nan))


def test_failures_are_counted_in_settled_cases_and_against_the_specification(made):
    def rule(words):
        granted = said(made, words)
        if granted is None:
            return 0.5
        wrong = 0.4 if words[0] == "survey" else 0.0
        return 1 - wrong if granted else wrong

    found = table_of(measured("silence", [rule] * 8))
    for who in ("committee", "one model"):
        # One settled kind of seven holds all failures and all disagreement.
        assert found[
            f"mean failing, high over any: new answers, {who}", "silence"
        ] == pytest.approx(7)
        assert found[f"all fail, high over any: new answers, {who}", "silence"] == pytest.approx(7)


def test_agreement_where_the_specification_is_silent_hides_the_gap(made):
    found = table_of(measured("silence", [follows(made, lambda words: 1.0)] * 8))
    for name in world.DETECTORS:
        assert found[f"average precision: {name}", "silence"] == pytest.approx(80 / 360)
    assert found["grant: silent", "silence"] == pytest.approx(1)


def test_a_fall_is_against_silence_of_the_same_draw(made):
    def odd(m):
        return lambda words: float(m % 2)

    def half(m):
        return lambda words: (
            float(words[1] in made.need_first) if words[1] in made.clause_places else float(m % 2)
        )

    before = measured("silence", [follows(made, odd(m)) for m in range(8)])
    after = measured("clauses both ways", [follows(made, half(m), 0.9) for m in range(8)])
    arm, found = "clauses both ways", table_of(before, after)
    assert found["fall: clause", arm] == pytest.approx(4 / 7)
    assert found["fall: silent", arm] == pytest.approx(0)
    assert found["fall: settled cases", arm] == pytest.approx(-2 * 0.9 * 0.1)
    assert found["fall beyond the silent cases: clause", arm] == pytest.approx(4 / 7)
    assert ("fall: clause", "silence") not in found.index
    assert found["silent cases", arm] == pytest.approx(40 / 360)
    assert found["accuracy: clause", arm] == pytest.approx(1)


def test_disagreement_of_pairs_is_that_of_all_pairs(made):
    rng = np.random.default_rng(3)
    chances = rng.random((4, 12)).round(3)
    rules = [follows(made, lambda words, m=m: chances[m, place_number(words)]) for m in range(4)]
    found = table_of(measured("silence", rules))
    cases = [c.words for g, c in probes.battery(DRAW) if g == "silent"]
    by_hand = [
        p[place_number(words)] * (1 - q[place_number(words)])
        + q[place_number(words)] * (1 - p[place_number(words)])
        for words in cases
        for p, q in itertools.combinations(chances, 2)
    ]
    assert found["disagreement: silent", "silence"] == pytest.approx(np.mean(by_hand))


def test_counts_are_those_of_the_poisson_binomial_distribution():
    chances = np.random.default_rng(0).random((8, 3))
    found = _counts(chances)
    for place in range(3):
        exact = stats.poisson_binom(chances[:, place]).pmf(np.arange(9))
        assert found[:, place] == pytest.approx(exact)


def test_folds_agree_with_drawn_answers():
    rng = np.random.default_rng(5)
    wrong = rng.beta(0.4, 1.2, size=(8, 60))
    first, second = (rng.random((4000, 8, 60)) < wrong for _ in range(2))
    number = first.sum(1)
    high = (number >= 2) & (number <= 6)
    found = _folds(wrong)
    simulated = {
        "mean failing, high over any: same answers": first.mean(1)[high].mean() / first.mean(),
        "mean failing, high over any: new answers": second.mean(1)[high].mean() / second.mean(),
        "all fail, high over any: new answers": second.all(1)[high].mean() / second.all(1).mean(),
    }
    for name, value in simulated.items():
        assert found[name] == pytest.approx(value, rel=0.06)
