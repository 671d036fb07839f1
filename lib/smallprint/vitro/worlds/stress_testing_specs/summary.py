"""What committees showed, summed up over draws; each arm has one committee a draw."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import entr

from smallprint.stats.detection import average_precision, precision_at_recall, roc_area
from smallprint.vitro.results import over_seeds
from smallprint.vitro.worlds.stress_testing_specs.committees import CLAUSES
from smallprint.vitro.worlds.stress_testing_specs.office import SETTLED

GROUPS = (*SETTLED, "clause", "silent")
# The study asks each model once; the others are simpler, or need more answers.
ASKED_ONCE = "one answer of each model"
DETECTORS = (
    ASKED_ONCE,
    "likeliest answer of each model",
    "five answers of each model",
    "entropy of one model",
    "eight answers of one model",
    "entropy of all models",
)
RECALLS = np.arange(1, 11) / 10
REPEATS, SAMPLES, ONE_MODEL_REPEATS = 20, 5, 4
SIZES = (2, 4)
# Disagreement is high if so many models give another answer than the majority does.
DEPART = 2


@dataclass(frozen=True)
class Committee:
    """The answers of one committee to the battery of its draw.

    Attributes
    ----------
    grants : array, shape (K, N)
        Probability of *grant*, a row a model.
    groups : array of str, shape (N,)
    right : array, shape (N,)
        1 and 0 where the specification says grant and refuse, NaN where it is silent.
    """

    grants: np.ndarray
    groups: np.ndarray
    right: np.ndarray

    @property
    def silent(self) -> np.ndarray:
        """Where the specification of the arm is silent, shape (N,)."""
        return np.isnan(self.right)


def summary(frame: pd.DataFrame) -> pd.DataFrame:
    """Disagreement by group, detectors of silence, falls after added clauses, and selection.

    Parameters
    ----------
    frame : DataFrame
        The measurements of the world.

    Returns
    -------
    DataFrame
        The columns of `results.over_seeds`; a seed is a draw, with one committee a condition.
        ``disagreement`` is the probability that single answers of two models differ, ``within``
        that two answers of one model do; ``high`` that at least `DEPART` models depart from the
        majority. Detectors are judged by whether they rank silent cases above settled ones.
        ``fall`` is the disagreement of the arm *silence* less that of the arm.
    """
    committees = _committees(frame)
    index = pd.MultiIndex.from_tuples(committees, names=["condition", "seed"])
    # A ratio is missing where a committee never fails, or never disagrees.
    with np.errstate(divide="ignore", invalid="ignore"):
        rates = pd.DataFrame([_rates(*one) for one in committees.items()], index)
        ratios = pd.DataFrame([_selection(one) for one in committees.values()], index)
    return over_seeds(*({k: v.dropna() for k, v in t.items()} for t in _all(rates, ratios)))


def _all(rates: pd.DataFrame, ratios: pd.DataFrame) -> tuple[pd.DataFrame, ...]:
    differences = pd.DataFrame(index=rates.index)
    for group in GROUPS:
        disagreement = rates[f"disagreement: {group}"]
        differences[f"beyond one model: {group}"] = disagreement - rates[f"within: {group}"]
        differences[f"fall: {group}"] = _fall(disagreement)
    settled = [differences[f"fall: {group}"] for group in SETTLED]
    differences["fall: settled cases"] = sum(settled) / len(settled)
    differences["fall beyond the silent cases: clause"] = (
        differences["fall: clause"] - differences["fall: silent"]
    )
    own = rates[f"average precision: {ASKED_ONCE}"]
    for other in DETECTORS[1:]:
        differences[f"average precision above: {other}"] = (
            own - rates[f"average precision: {other}"]
        )
    differences["average precision above: chance"] = own - rates["silent cases"]
    return rates, differences, ratios


def _fall(disagreement: pd.Series) -> pd.Series:
    """By how much it is lower in arms with added clauses than in *silence* of the same draw."""
    before = disagreement.xs("silence", level="condition")
    fall = before.reindex(disagreement.index, level="seed") - disagreement
    return fall.where(fall.index.get_level_values("condition").isin(list(CLAUSES)))


def _committees(frame: pd.DataFrame) -> dict[tuple[str, int], Committee]:
    found = {}
    for (arm, draw), rows in frame.groupby(["arm", "draw"], sort=False):
        grants = rows.pivot(index="model", columns="case", values="grant")
        cases = rows.drop_duplicates("case").set_index("case").loc[grants.columns]
        right = cases["right"].to_numpy(float)
        found[arm, int(draw)] = Committee(grants.to_numpy(), cases["group"].to_numpy(), right)
    return found


def _rates(of: tuple[str, int], committee: Committee) -> dict[str, float]:
    rng = np.random.default_rng(of[1])
    rates = {"silent cases": float(committee.silent.mean())}
    for group in GROUPS:
        rates |= {f"{k}: {group}": v for k, v in _group(committee, group).items()}
    scores = _scores(committee.grants, rng)
    for name in DETECTORS:
        rates |= {f"{k}: {name}": v for k, v in _detection(committee, scores[name]).items()}
    for size in SIZES:
        fewer = _fewer(committee.grants, size, rng)
        found = _detection(committee, fewer)
        for name in ("average precision", "ROC area"):
            rates[f"{name}: one answer of each of {size} models"] = found[name]
    high = _high(_counts(committee.grants))
    return rates | {
        "precision of high disagreement": float(high[committee.silent].sum() / high.sum()),
        "recall of high disagreement": float(high[committee.silent].mean()),
    }


def _group(committee: Committee, group: str) -> dict[str, float]:
    """Mean grants, disagreement between and within models, and accuracy where there is a truth."""
    chosen = committee.groups == group
    grants, right = committee.grants[:, chosen], committee.right[chosen]
    found = {
        "grant": grants.mean(),
        "disagreement": _pairs_differ(grants).mean(),
        "within": (2 * grants * (1 - grants)).mean(),
        "likeliest differ": _pairs_differ(grants > 0.5).mean(),
        "high": _high(_counts(grants)).mean(),
        "accuracy": np.where(right == 1, grants, 1 - grants).mean(),
    }
    if np.isnan(right).any():
        found["accuracy"] = np.nan
    return {name: float(value) for name, value in found.items()}


def _pairs_differ(grants: np.ndarray) -> np.ndarray:
    """Probability that single answers of two different models differ, shape (N,)."""
    models, total = len(grants), grants.sum(0)
    ordered = total * (models - total) - (grants * (1.0 - grants)).sum(0)
    return 2 * ordered / (models * (models - 1))


def _counts(chances: np.ndarray) -> np.ndarray:
    """Distribution of the number of yes among independent answers, shape (K + 1, N)."""
    counts = np.zeros((len(chances) + 1, chances.shape[1]))
    counts[0] = 1.0
    for chance in chances:
        counts[1:] = counts[1:] * (1 - chance) + counts[:-1] * chance
        counts[0] *= 1 - chance
    return counts


def _high(counts: np.ndarray) -> np.ndarray:
    """Probability of high disagreement, shape (N,), from `_counts`."""
    return counts[DEPART : len(counts) - DEPART].sum(0)


def _minority(yes: np.ndarray, asked: int) -> np.ndarray:
    return np.minimum(yes, asked - yes)


def _scores(grants: np.ndarray, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Scores of the battery by each detector, shape (repeats, N).

    Detectors of one model have a row a model. "five answers of each model" is the spread of the
    models' shares of *grant* less what five answers of one model would make of it.
    """
    models = len(grants)
    once = _minority(rng.binomial(1, grants, (REPEATS, *grants.shape)).sum(1), models)
    shares = rng.binomial(SAMPLES, grants, (REPEATS, *grants.shape)) / SAMPLES
    noise = (shares * (1 - shares)).mean(1) / (SAMPLES - 1)
    alone = rng.binomial(models, grants, (ONE_MODEL_REPEATS, *grants.shape))
    entropies = entr(grants) + entr(1 - grants)
    found = (
        once,
        _minority((grants > 0.5).sum(0), models)[None],
        shares.var(1, ddof=1) - noise,
        entropies,
        _minority(alone, models).reshape(-1, grants.shape[1]),
        entropies.mean(0)[None],
    )
    return dict(zip(DETECTORS, found, strict=True))


def _fewer(grants: np.ndarray, size: int, rng: np.random.Generator) -> np.ndarray:
    """Scores by one answer of each of `size` models, drawn anew for each repeat."""
    chosen = np.stack([rng.permutation(len(grants))[:size] for _ in range(REPEATS)])
    return _minority(rng.binomial(1, grants[chosen]).sum(1), size)


def _detection(committee: Committee, scores: np.ndarray) -> dict[str, float]:
    """How well scores find silent cases among all, and among each settled group alone."""
    silent, groups = committee.silent, committee.groups

    def mean(of, chosen):
        return np.mean([of(row[chosen], silent[chosen]) for row in scores], axis=0)

    everything = np.full(len(silent), True)
    curve = mean(lambda row, positive: precision_at_recall(row, positive, RECALLS), everything)
    found = {
        "average precision": mean(average_precision, everything),
        "ROC area": mean(roc_area, everything),
    }
    found |= {f"ROC area against {g}": mean(roc_area, silent | (groups == g)) for g in SETTLED}
    found |= {f"precision at recall {r:.1f}": p for r, p in zip(RECALLS, curve, strict=True)}
    return {name: float(value) for name, value in found.items()}


def _selection(committee: Committee) -> dict[str, float]:
    """Failures where disagreement was high over failures anywhere, in settled cases.

    On the same answers or on new ones, of the committee and of one model asked as often, whose
    disagreement is noise. Exact for independent answers.
    """
    settled = ~committee.silent
    right, grants = committee.right[settled], committee.grants[:, settled]
    wrong = np.where(right == 1, 1 - grants, grants)
    alone = [_folds(np.repeat(one[None], len(wrong), axis=0)) for one in wrong]
    single = {name: float(np.mean([one[name] for one in alone])) for name in alone[0]}
    whole = {f"{name}, committee": value for name, value in _folds(wrong).items()}
    return whole | {f"{name}, one model": value for name, value in single.items()}


def _folds(wrong: np.ndarray) -> dict[str, float]:
    """Ratios of failing, for the probabilities of a wrong answer, shape (K, N)."""
    counts, models = _counts(wrong), len(wrong)
    high, share = _high(counts), np.arange(models + 1)[:, None] / models
    same = (counts * share)[DEPART : models + 1 - DEPART].sum() / high.sum()
    events = {"mean failing": wrong.mean(0), "all fail": counts[-1]}
    folds = {
        f"{name}, high over any: new answers": high @ event / high.sum() / event.mean()
        for name, event in events.items()
    }
    return folds | {"mean failing, high over any: same answers": same / wrong.mean()}
