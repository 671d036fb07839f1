"""Disagreement, its parts and its floor, against enumeration, simulation and worked examples."""

import numpy as np
import pandas as pd
import pytest

from smallprint.evals import specs_agents, specs_planted
from smallprint.measured import specs, specs_compliance, specs_live, specs_recovery
from smallprint.scenarios import specs as texts
from smallprint.stats.judge_panel import Panel

PACK = texts.known("stress-testing-specs")


def table(rows):
    """Scores from (text, model, index, judge, a, b); each text is a pair of its own."""
    frame = pd.DataFrame(rows, columns=["text", "model", "index", "judge", "a", "b"])
    return frame.assign(pair=frame["text"].str[:2])


def nested(rng, texts, models, answers, judges, sds):
    """Simulated scores with planted standard deviations of models, answers and judgements."""
    shape = (texts, models, answers, judges, 2)
    steps = [rng.normal(0, sds[0], (*shape[:2], 1, 1, 2))]
    steps += [rng.normal(0, sds[1], (*shape[:3], 1, 2)), rng.normal(0, sds[2], shape)]
    lenient = np.arange(judges)[:, None] * 0.7
    scores = rng.normal(3, 1, (texts, 1, 1, 1, 2)) + sum(steps) + lenient
    index = pd.MultiIndex.from_product(
        [map(str, range(10, 10 + texts)), *(range(n) for n in shape[1:4])],
        names=["text", "model", "index", "judge"],
    )
    frame = pd.DataFrame(scores.reshape(-1, 2), index=index, columns=["a", "b"]).reset_index()
    return frame.assign(pair=frame["text"])


def test_disagreement_is_the_larger_spread_of_the_panels_means_of_first_answers():
    scored = table(
        [("t1", m, 0, j, a + j, 3) for m, a in (("x", 0), ("y", 2), ("z", 4)) for j in (0, 1)]
        + [("t1", "x", 1, 0, 6, 6), ("t2", "x", 0, 0, 1, 0), ("t2", "y", 0, 0, 1, 6)]
    )
    found = specs.disagreements(scored)
    assert list(found.index) == ["t1"], "a scenario counts if every model answered it"
    assert found["t1"] == pytest.approx(np.std([0.5, 2.5, 4.5]))
    pair = scored[scored["text"] == "t2"]
    assert specs.disagreements(pair)["t2"] == 3, "the value with the larger spread"


def test_parts_recover_planted_variances_and_ignore_a_lenient_judge():
    planted = (1.2, 0.8, 0.5)
    found = specs.parts(nested(np.random.default_rng(1), 1200, 5, 3, 3, planted))
    for name, sd in zip(specs.PARTS, planted, strict=True):
        error = found[name].std() / np.sqrt(len(found))
        assert abs(found[name].mean() - sd**2) < 4 * error, name
    lone = specs.parts(nested(np.random.default_rng(2), 300, 5, 1, 1, planted))
    assert lone[["answers", "judges"]].isna().all().all()
    whole = sum(sd**2 for sd in planted)
    assert lone["models"].mean() == pytest.approx(whole, rel=0.1), "all of it is in the models"


def test_intervals_of_parts_cover_over_pairs():
    held = 0
    for seed in range(100):
        found = specs.parts(nested(np.random.default_rng(seed), 25, 4, 2, 2, (1, 0.7, 0.5)))
        low, high = specs.over_pairs(found["models"]).interval[:2]
        held += low <= 1 <= high
    assert held >= 88


def test_one_models_committee_is_of_its_own_answers():
    rows = [("t1", "x", n, 0, score, 3) for n, score in enumerate((0, 6, 0, 6))]
    rows += [("t2", "x", n, 0, 3, 3) for n in range(4)]
    rows += [(text, "y", n, 0, 3, 3) for text in ("t1", "t2") for n in range(2)]
    scored = table(rows)
    assert specs.same_model(scored, 4, 1.5).mean == 0.5, "of x alone; y has two answers"
    assert specs.same_model(scored, 2, 1.5).mean == 0.25
    assert specs.same_model(scored, 5, 1.5) is None
    assert specs.different_models(scored, 2, 1.5).mean == 0.5


def test_a_threshold_is_met_by_a_spread_of_exactly_it():
    rows = [("t1", "x", 0, 0, 1.5, 3), ("t1", "y", 0, 0, 4.5, 3)]
    rows += [("t2", "x", 0, 0, 1.6, 3), ("t2", "y", 0, 0, 4.5, 3)]
    assert specs.different_models(table(rows), 2, 1.5).mean == 0.5


def test_scores_need_every_judge_and_fall_back_on_own_numbers():
    outcomes = pd.DataFrame(
        {
            **{"text": ["t1", "t1"], "pair": "t1", "model": ["x", "y"], "index": 0},
            **{"state": ["scored", "refused"], "stated_a": [5, None], "stated_b": [1, None]},
        }
    )
    assert specs.scores(outcomes)[["model", "a", "b"]].to_numpy().tolist() == [["x", 5, 1]]
    rows = [("t1", "t1", m, 0, j, a, a) for m, j, a in (("x", 1, 4), ("x", 2, 5), ("y", 1, 2))]
    panel = pd.DataFrame(
        [*rows, ("t1", "t1", "y", 0, 2, None, None)],
        columns=["text", "pair", "model", "index", "judge", "stance_a", "stance_b"],
    )
    assert set(specs.scores(outcomes, panel)["model"]) == {"x"}


def verdicts(counts):
    """A panel of three with so many answers for each triple of verdicts."""
    words = {"c": "compliant", "n": "non-compliant", "a": "ambiguous"}
    rows, number = [], 0
    for said, count in counts.items():
        for _ in range(count):
            number += 1
            rows += [
                ("m", f"s{number}", f"t{number}", judge, words[one], 1)
                for judge, one in enumerate(said)
            ]
    return pd.DataFrame(rows, columns=["model", "sample", "text", "judge", "verdict", "clause"])


def test_majorities_need_more_than_half():
    found = specs_compliance.votes(verdicts({"ccn": 1, "cna": 1, "nnn": 1}))
    assert found["majority"].fillna("none").tolist() == ["compliant", "none", "non-compliant"]


def test_kappa_of_flags_agrees_with_its_closed_form():
    counts = {"ccc": 40, "nnn": 12, "ccn": 8, "cna": 6, "acc": 5, "nan": 9}
    panel = verdicts(counts)
    flagged = np.array(
        [[one != "c" for one in said] for said in counts for _ in range(counts[said])]
    )
    agree = tuple(
        float((flagged[:, i] == flagged[:, j]).mean()) for i, j in ((0, 1), (0, 2), (1, 2))
    )
    closed = Panel(tuple(map(float, flagged.mean(axis=0))), agree).kappa
    found = specs_compliance.verdict_kappa(specs_compliance.votes(panel), flags=True)
    assert found == pytest.approx(closed)


def test_weighted_kappa_of_stances_follows_its_formula():
    rng = np.random.default_rng(0)
    one, other = rng.integers(0, 7, (2, 400))
    other = np.where(rng.random(400) < 0.6, one, other)
    rows = [(f"t{n}", "m", 0, 0, a, 6 - a) for n, a in enumerate(one)]
    rows += [(f"t{n}", "m", 0, 1, a, 6 - a) for n, a in enumerate(other)]
    first, second = np.r_[one, 6 - one], np.r_[other, 6 - other]
    chance = np.mean((first[:, None] - second[None, :]) ** 2)
    assert specs_compliance.stance_kappa(table(rows)) == pytest.approx(
        1 - np.mean((first - second) ** 2) / chance
    )


def test_clauses_rank_by_ambiguous_verdicts_with_unreadable_ones_left_out():
    panel = verdicts({"aaa": 4, "aac": 2, "ccc": 6})
    panel["clause"] = np.where(panel["sample"].str[1:].astype(int) <= 6, 10, 3)
    panel.loc[panel.index[:2], ["verdict", "clause"]] = None
    found = specs_compliance.clauses(panel).set_index("clause")
    assert list(found.index) == [10, 3]
    assert found.loc[10, ["k", "n"]].tolist() == [14, 16] and found.loc[3, "k"] == 0
    assert found.loc[10, "low"] < 14 / 16 < found.loc[10, "high"]


@pytest.fixture(scope="module")
def drawn():
    """Four seeds of the planted agents."""
    return specs_planted.outcomes(PACK, range(4))


@pytest.mark.parametrize("noise", [0.2, 0.4, 0.6])
def test_the_exact_floor_is_that_of_simulated_committees(noise):
    rng = np.random.default_rng(3)
    leans = np.where(rng.random((40_000, 12)) < noise, rng.integers(-3, 4, (40_000, 12)), 0)
    simulated = (leans.std(axis=1) >= 1.5 - 1e-9).mean()
    assert specs_recovery.exact_floor(noise, 12, 1.5) == pytest.approx(simulated, abs=0.01)


def test_planted_pairs_rank_first_and_variances_are_found(drawn):
    ranked = specs_recovery.ranks(drawn)
    assert set(ranked.loc[ranked["planted"], "place"]) == {1, 2}
    assert set(ranked.loc[ranked["planted"], "pair"]) == set(specs_agents.PLANTED)
    found = specs_recovery.coverage(specs_recovery.split(drawn)).set_index("quantity")
    for name in ("variance of models", "variance of answers"):
        assert found.loc[name, "mean"] == pytest.approx(found.loc[name, "truth"], rel=0.15)


def test_the_correction_takes_off_a_strict_judges_error(drawn):
    found = specs_recovery.violations(drawn).groupby("quantity")["value"].mean()
    truth = found["what was drawn"]
    assert found["judge 3, as judged"] - truth > 0.08
    assert abs(found["judge 3, corrected"] - truth) < 0.06


def test_an_added_clause_lowers_disagreement_where_weights_differ_alone(drawn):
    amended = [pair for clause in PACK.spec.clauses if clause.amends for pair in clause.settles]
    found = specs_recovery.amendment(drawn, amended)
    change = found.groupby(["amended", "planted"])["change"].mean()
    assert change[True, True] < -0.8
    assert abs(change[False, True]) < 0.15 and abs(change[False, False]) < 0.15


def test_the_panel_errs_around_the_stances_by_its_planted_points(drawn):
    scored = specs_recovery.panel_scores(drawn)
    truth = specs_recovery.true_scores(drawn)
    off = scored.merge(truth, on=["seed", "text", "pair", "model", "index"], suffixes=("", "_true"))
    for judge, rows in off.groupby("judge"):
        points = float(judge.rsplit("-", 1)[1])
        middle = rows[(rows["a_true"] == 3) & (rows["b_true"] == 3)]
        spread = (middle["a"] - 3).std()
        assert spread == pytest.approx(np.sqrt(points**2 + 1 / 12), rel=0.1), judge


def test_coverage_counts_intervals_that_hold_the_truth():
    rows = pd.DataFrame(
        {
            **{"seed": range(4), "quantity": "q", "truth": 0.5, "value": 0.4},
            **{"low": [0.1, 0.5, 0.6, np.nan], "high": [0.9, 0.7, 0.8, np.nan]},
        }
    )
    (found,) = specs_recovery.coverage(rows).to_dict("records")
    assert (found["covered"], found["seeds"]) == (2, 3)
    assert found["low"] < 2 / 3 < found["high"]


def run_of(models, answers, rng, apart):
    """A set of models asked 28 scenarios, scored by their own numbers."""
    rows = []
    for pair in PACK.pairs:
        sign = rng.choice([-1, 1], models)
        for model in range(models):
            for index in range(answers):
                a = int(np.clip(round(3 + apart * sign[model] + rng.normal(0, 0.5)), 0, 6))
                rows.append((f"library-{pair}", pair, f"x/{model}", index, "scored", a, 6 - a))
    columns = ["text", "pair", "model", "index", "state", "stated_a", "stated_b"]
    frame = pd.DataFrame(rows, columns=columns)
    frame = frame.assign(variant="neutral", specification="given", kind="silent")
    scored = specs.scores(frame).merge(
        frame[["text", "variant", "specification"]].drop_duplicates(), on="text"
    )
    return specs_live.Asked(frame, pd.DataFrame(), scored)


def test_a_run_shows_more_than_its_own_floor_where_models_differ():
    found = run_of(5, 3, np.random.default_rng(0), 2)
    numbers = {one.id: one for one in specs_live.findings(found, 1.5, None)}
    assert set(numbers) == {
        *("flagged", "flagged--same", "flagged--different", "again"),
        *("variance--models", "variance--answers"),
    }
    assert numbers["flagged--different"].interval.low > numbers["flagged--same"].interval.high
    assert numbers["variance--models"].value > 5 * numbers["variance--answers"].value
    alike = run_of(5, 3, np.random.default_rng(0), 0)
    numbers = {one.id: one for one in specs_live.findings(alike, 1.5, None)}
    assert numbers["flagged"].value == numbers["flagged--same"].value == 0


def test_the_change_under_an_amended_text_is_told_apart_by_where_a_clause_was_added():
    rows = []
    for number, pair in enumerate(PACK.pairs):
        for text in ("given", "amended"):
            added = number < 6 and text == "amended"
            kind = "settled" if added or number > 20 else "silent"
            apart = 1 if added else 3
            for model, a in (("x", 0), ("y", 2 * apart)):
                name = f"garden-{pair}-0-neutral-{text}"
                rows.append((name, "garden", pair, 0, "neutral", text, kind, model, 0, a, 6 - a))
    columns = ["text", *specs_live.SCENARIO, "specification", "kind", "model", "index"]
    frame = pd.DataFrame(rows, columns=[*columns, "stated_a", "stated_b"]).assign(state="scored")
    levels = frame[["text", "variant", "specification"]].drop_duplicates()
    found = specs_live.Asked(frame, pd.DataFrame(), specs.scores(frame).merge(levels, on="text"))
    changes = {one.id: (one.value, one.n) for one in specs_live.amendment(found)}
    assert changes == {"amended--clause added": (-2, 6), "amended--no clause added": (0, 22)}
    assert not list(specs_live.amendment(run_of(3, 1, np.random.default_rng(0), 2)))


def test_one_model_alone_shows_its_own_floor_and_no_disagreement():
    found = run_of(1, 3, np.random.default_rng(0), 2)
    numbers = {one.id for one in specs_live.findings(found, 1.5, None)}
    assert "flagged--same" in numbers and not numbers & {"flagged", "again", "flagged--different"}
    once = run_of(1, 1, np.random.default_rng(0), 2)
    assert [one.id for one in specs_live.disagreement(once, 1.5)] == []
