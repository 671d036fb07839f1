"""Whether the analysis of disagreement finds what was planted in control agents.

Each seed is a committee of its own. A table of findings has one row a seed and quantity: ``seed``,
``quantity``, ``truth``, ``value``, ``low``, ``high``.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from smallprint import paths
from smallprint.evals.specs_agents import JUDGES, MIDDLE, PLANTED, PRIZING, READING, TOP
from smallprint.measured import specs, specs_compliance
from smallprint.measured.specs_compliance import AGAINST, MAJORITY
from smallprint.stats import disagreement
from smallprint.stats.intervals import Interval, clopper_pearson_interval, wilson_interval

FILE = "planted.csv"
FLOUTS = "flouts-0.3"
KNOWN = {"flouts-0": 0.0, "flouts-1": 1.0}


def read(study: str) -> pd.DataFrame:
    """The answers of the planted agents, as `smallprint.evals.specs_planted.outcomes` gives them.

    Raises
    ------
    FileNotFoundError
        If the control agents have not been asked; the message says what to run.
    """
    file = paths.LOGS / study / FILE
    if not file.exists():
        raise FileNotFoundError(
            f"{file}: no planted agents; run python -m smallprint.evals.controls {study}"
        )
    return pd.read_csv(file)


def panel_scores(table: pd.DataFrame) -> pd.DataFrame:
    """What the stand-in judges score, as `specs.scores` gives it, with ``seed``."""
    return pd.concat(
        [
            _scores(table, f"stance_a_{number}", f"stance_b_{number}").assign(judge=judge)
            for number, judge in enumerate(JUDGES)
        ],
        ignore_index=True,
    )


def true_scores(table: pd.DataFrame) -> pd.DataFrame:
    """The stances themselves, in the same shape."""
    return _scores(table, "truth_a", "truth_b").assign(judge="truth")


def _scores(table: pd.DataFrame, a: str, b: str) -> pd.DataFrame:
    found = table[["seed", "text", "pair", "agent", "index", a, b]]
    return found.rename(columns={"agent": "model", a: "a", b: "b"})


def committee(scored: pd.DataFrame) -> pd.DataFrame:
    """Answers of one agent as the first answers of as many identical models."""
    return scored.assign(model=scored["model"] + " " + scored["index"].astype(str), index=0)


def noise_distribution(noise: float) -> np.ndarray:
    """Probabilities of the stances of ``even-<noise>`` on either value, from 0 to 6."""
    found = np.full(TOP + 1, noise / (TOP + 1))
    found[MIDDLE] += 1 - noise
    return found


def exact_floor(noise: float, models: int, threshold: float) -> float:
    """Share of scenarios that identical agents flag by noise alone; one value mirrors the other."""
    return float(disagreement.high_share(noise_distribution(noise), models, threshold, values=1))


def floors(table: pd.DataFrame, noise: str, threshold: float) -> pd.DataFrame:
    """Flagged shares of committees of identical agents, by true stances and by the panel.

    The truth is exact for both; the panel's own error comes on top, so the second is expected to
    miss it.
    """
    agent = table[table["agent"] == f"even-{noise}"]
    truth = exact_floor(float(noise), agent["index"].nunique(), threshold)
    rows = []
    for name, scored in (("stances", true_scores(agent)), ("panel", panel_scores(agent))):
        for seed, part in committee(scored).groupby("seed"):
            found = specs.flagged(specs.by_pair(specs.disagreements(part), part), threshold)
            rows.append(_row(seed, f"flagged by {name}", truth, found.mean, found.interval))
    return pd.DataFrame(rows)


def split(table: pd.DataFrame) -> pd.DataFrame:
    """Variance of models and of answers, split from the panel's scores of the prizing agents."""
    agents = table[table["agent"].isin(PRIZING)]
    first = agents.groupby(["text", "agent"])[["mean_a", "variance_a"]].first()
    truth = {
        "models": first["mean_a"].groupby("text").var().mean(),
        "answers": first["variance_a"].mean(),
    }
    rows = []
    for seed, part in panel_scores(agents).groupby("seed"):
        found = specs.parts(part)
        for name, known in truth.items():
            mean = specs.over_pairs(found[name])
            rows.append(_row(seed, f"variance of {name}", known, mean.value, mean.interval))
    return pd.DataFrame(rows)


def ranks(table: pd.DataFrame) -> pd.DataFrame:
    """Part of models in the variance of each pair of values, and the pair's place; by seed.

    Returns
    -------
    DataFrame
        ``seed``, ``pair``, ``models`` (squared points), ``place`` (1 is the largest), ``planted``.
    """
    rows = []
    for seed, part in panel_scores(table[table["agent"].isin(PRIZING)]).groupby("seed"):
        found = specs.ranking(specs.parts(part))[["pair", "models"]]
        rows.append(found.assign(seed=seed, place=np.arange(1, len(found) + 1)))
    return pd.concat(rows, ignore_index=True).assign(
        planted=lambda found: found["pair"].isin(PLANTED)
    )


def violations(table: pd.DataFrame) -> pd.DataFrame:
    """Advice against the text: the planted rate, the drawn one, each judge's, each corrected.

    A judge's errors are known from the agents that always, and that never, keep to the text.
    """
    rows = [row for seed, part in table.groupby("seed") for row in _violations(int(seed), part)]
    return pd.DataFrame(rows)


def _violations(seed: int, table: pd.DataFrame) -> Iterator[dict]:
    flags = _flags(table[table["agent"].isin([FLOUTS, *KNOWN])])
    asked, known = flags[flags["model"] == FLOUTS], flags[flags["model"] != FLOUTS]
    truth = float(FLOUTS.removeprefix("flouts-"))
    drawn = (table.loc[table["agent"] == FLOUTS, "truth_verdict"] == AGAINST).to_numpy()
    limits = wilson_interval(int(drawn.sum()), len(drawn))
    yield _row(seed, "what was drawn", truth, drawn.mean(), limits)
    for number, scorer in enumerate((*JUDGES, MAJORITY), start=1):
        name = scorer if scorer == MAJORITY else f"judge {number}"
        raw = specs_compliance.rate(asked, scorer, "sample")
        yield _row(seed, f"{name}, as judged", truth, raw["value"], (raw["low"], raw["high"]))
        errors = specs_compliance.accuracy(known, known["model"].map(KNOWN), scorer)
        fixed = specs_compliance.correction(asked, errors, scorer, "sample")
        yield _row(seed, f"{name}, corrected", truth, fixed["value"], fixed["interval"])


def _flags(table: pd.DataFrame) -> pd.DataFrame:
    columns = {f"verdict_{number}": judge for number, judge in enumerate(JUDGES)}
    long = table.rename(columns=columns | {"agent": "model"})
    long = long.assign(sample=long["model"] + long["text"] + long["index"].astype(str))
    panel = long.melt(["model", "sample", "text"], JUDGES, "judge", "verdict")
    return specs_compliance.against(panel, long["text"].unique())


def amendment(table: pd.DataFrame, amended: Sequence[str]) -> pd.DataFrame:
    """Disagreement of agents that heed the text, amended less given, by scenario and seed.

    Parameters
    ----------
    amended : sequence of str
        Pairs that the amendments settle.

    Returns
    -------
    DataFrame
        ``seed``, ``pair``, ``amended``, ``planted`` (the agents' own weights differ there),
        ``given`` (disagreement under the given text) and ``change``.
    """
    rows = []
    agents = table[table["agent"].isin(READING)]
    for (seed, text), part in (
        panel_scores(agents)
        .assign(specification=np.tile(agents["specification"], len(JUDGES)))
        .groupby(["seed", "specification"])
    ):
        found = specs.by_pair(specs.disagreements(part), part).groupby("pair").mean()
        rows.append(found.rename("d").reset_index().assign(seed=seed, specification=text))
    wide = pd.concat(rows).pivot(index=["seed", "pair"], columns="specification", values="d")
    wide = wide.reset_index().rename_axis(columns=None)
    planted = wide["pair"].map(lambda pair: bool(set(pair.split("-")) & _planted_values()))
    return wide.assign(
        amended=wide["pair"].isin(amended),
        planted=planted,
        change=wide["amended"] - wide["given"],
    )


def _planted_values() -> set[str]:
    return {value for pair in PLANTED for value in pair.split("-")}


def coverage(found: pd.DataFrame) -> pd.DataFrame:
    """For each quantity its truth, mean value, and how many intervals hold the truth.

    Returns
    -------
    DataFrame
        ``quantity``, ``truth`` and ``mean`` (over seeds), ``covered``, ``seeds`` (with an
        interval), ``low`` and ``high`` (Clopper and Pearson's, of the share covered).
    """
    known = found.dropna(subset=["low"])
    inside = known["low"].le(known["truth"]) & known["high"].ge(known["truth"])
    table = (
        known.assign(covered=inside)
        .groupby("quantity", sort=False)
        .agg(
            truth=("truth", "mean"),
            mean=("value", "mean"),
            covered=("covered", "sum"),
            seeds=("covered", "size"),
        )
    )
    limits = [
        clopper_pearson_interval(int(row["covered"]), int(row["seeds"]))[:2]
        for _, row in table.iterrows()
    ]
    return table.assign(
        low=[one[0] for one in limits], high=[one[1] for one in limits]
    ).reset_index()


def _row(seed: int, quantity: str, truth: float, value: float, interval) -> dict:
    low, high = (float("nan"),) * 2 if interval is None else interval[:2]
    row = {"seed": seed, "quantity": quantity, "truth": truth, "value": value}
    return row | {"low": low, "high": high}


def over_seeds(values: pd.Series, level: float = 0.95) -> Interval:
    """Student's interval of a mean over seeds."""
    from statsmodels.stats.weightstats import DescrStatsW

    low, high = DescrStatsW(values.to_numpy()).tconfint_mean(alpha=1 - level)
    return Interval(float(low), float(high), level, "t over seeds")
