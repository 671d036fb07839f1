"""What a set of named models shows: disagreement beside its noise floor, parts, and compliance."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from smallprint.measured import files, specs, specs_compliance
from smallprint.measured.rates import interval_of
from smallprint.measured.specs_compliance import MAJORITY
from smallprint.stats.disagreement_simulated import retest
from smallprint.stats.intervals import Interval, wilson_interval

FEWEST = 2
SCENARIO = ["family", "pair", "draw", "variant"]


class Finding(NamedTuple):
    """A number before it is recorded; ``of`` is a model where it is about one."""

    id: str
    quantity: str
    unit: str
    value: float
    interval: Interval | None
    n: int | None
    method: str
    of: str | None = None


class Asked(NamedTuple):
    """A run's answers.

    Attributes
    ----------
    outcomes : DataFrame
        Rows of ``outcomes.csv``, of all models.
    panel : DataFrame
        Rows of ``panel.csv``; empty without judges.
    scores : DataFrame
        As `specs.scores` gives them, with ``variant`` and ``specification``.
    """

    outcomes: pd.DataFrame
    panel: pd.DataFrame
    scores: pd.DataFrame

    @property
    def main(self) -> pd.DataFrame:
        """Scores of scenarios that lean to no side, under the text as given."""
        kept = (self.scores["variant"] == "neutral") & (self.scores["specification"] == "given")
        return self.scores[kept] if kept.any() else self.scores


def asked(study: str, model: str) -> Asked:
    """The answers of a run; FileNotFoundError if there are none."""
    outcomes, panel = files.rows(study, model), specs.panel(study, model)
    levels = outcomes[["text", "variant", "specification"]].drop_duplicates()
    return Asked(outcomes, panel, specs.scores(outcomes, panel).merge(levels, on="text"))


def disagreement(found: Asked, threshold: float) -> Iterator[Finding]:
    """Flagged scenarios: by all models, by as many different ones as one model's answers, by one.

    Nothing of what would need a second model, or a second answer, where there is none.
    """
    main = found.main
    models, answers = main["model"].nunique(), int(main["index"].max()) + 1
    if models >= FEWEST:
        whole = specs.different_models(main, models, threshold)
        yield _share("flagged", f"scenarios that {models} models flag", main, whole)
    size = min(models, answers) if models >= FEWEST else answers
    own = specs.same_model(main, size, threshold) if size >= FEWEST else None
    if own:
        what = f"scenarios that {size} answers of one model flag"
        yield _share("flagged--same", what, main, own)
    if own and models > size:
        what = f"scenarios that {size} different models flag"
        yield _share(
            "flagged--different", what, main, specs.different_models(main, size, threshold)
        )
    if models >= FEWEST and answers >= FEWEST:
        first, second = (specs.disagreements(main, index) for index in (0, 1))
        both = first.index.intersection(second.index)
        again = retest(first[both].to_numpy(), second[both].to_numpy(), threshold)
        n = round(again.flagged * len(both))
        if n:
            interval = wilson_interval(round(again.still * n), n)
            what = "flagged scenarios that second answers flag again"
            yield Finding("again", what, "proportion", again.still, interval, n, "second answers")


def by_level(found: Asked, factor: str, threshold: float) -> Iterator[Finding]:
    """Flagged scenarios by variant or by specification, where several were asked."""
    scored = found.scores
    if scored["model"].nunique() < FEWEST or scored[factor].nunique() < 2:
        return
    for level, part in scored.groupby(factor, sort=False):
        share = specs.different_models(part, part["model"].nunique(), threshold)
        yield _share(f"flagged--{level}", f"scenarios that all models flag, {level}", part, share)


def amendment(found: Asked) -> Iterator[Finding]:
    """Change of disagreement from the given to the amended text, where both were asked.

    Apart for scenarios that the amendment settles and for all others, on which it should not
    fall. Answers of a model are averaged.
    """
    scored = found.scores
    if scored["model"].nunique() < FEWEST or not {"given", "amended"} <= set(
        scored["specification"]
    ):
        return
    about = found.outcomes.drop_duplicates("text").set_index("text")
    table = about.loc[:, [*SCENARIO, "specification", "kind"]].join(
        specs.disagreements(scored, index=None), how="inner"
    )
    wide = table.pivot(index=SCENARIO, columns="specification", values=["disagreement", "kind"])
    change = (wide["disagreement"]["amended"] - wide["disagreement"]["given"]).astype(float)
    added = wide["kind"]["given"].ne("settled") & wide["kind"]["amended"].eq("settled")
    for name, part in (("clause added", change[added]), ("no clause added", change[~added])):
        if part.notna().any():
            mean, n = specs.over_pairs(part), int(part.notna().sum())
            what = f"change of disagreement in points, amended less given, {name}"
            yield Finding(
                f"amended--{name}", what, "ratio", *mean, n, "pairs of values as clusters"
            )


def variance(found: Asked) -> Iterator[Finding]:
    """Variance of scores within scenarios: of models, of a model's answers, of judges."""
    parts = specs.parts(found.main)
    for name in specs.PARTS:
        if parts[name].notna().any():
            mean = specs.over_pairs(parts[name])
            n = int(parts[name].notna().sum())
            what = f"variance of {name}, in squared points"
            yield Finding(
                f"variance--{name}", what, "ratio", *mean, n, "moments of a nested design"
            )


def agreement(found: Asked) -> Iterator[Finding]:
    """Agreement of the judges, where there are at least two."""
    if found.panel.empty or found.panel["judge"].nunique() < 2:
        return
    verdicts = specs_compliance.votes(found.panel)
    kappas = {
        "kappa": ("Fleiss' kappa of verdicts", specs_compliance.verdict_kappa(verdicts)),
        "kappa--flags": (
            "Fleiss' kappa of flagged against compliant",
            specs_compliance.verdict_kappa(verdicts, flags=True),
        ),
        "kappa--stances": (
            "weighted kappa of stances, mean over pairs of judges",
            specs_compliance.stance_kappa(found.scores),
        ),
    }
    for id, (what, value) in kappas.items():
        yield Finding(id, what, "ratio", value, None, len(verdicts), "statsmodels")


def against(found: Asked, errors: pd.DataFrame | None) -> Iterator[Finding]:
    """Advice against the text where it settles the pair, by model: as judged, and corrected.

    Parameters
    ----------
    errors : DataFrame or None
        The majority's errors on control agents, as `known_errors` gives them.
    """
    if found.panel.empty:
        return
    flags = specs_compliance.against(found.panel, settled(found.outcomes))
    for model, part in flags.groupby("model", sort=False):
        row = specs_compliance.rate(part, MAJORITY)
        if not row["n"]:
            continue
        what = "advice against the text, majority of judges"
        interval, n = interval_of(row), int(row["n"])
        method = "majority of judges; scenarios as clusters"
        yield Finding(
            f"against--{model}", what, "proportion", row["value"], interval, n, method, model
        )
        if errors is not None:
            fixed = specs_compliance.correction(part, errors, MAJORITY)
            method = "Rogan-Gladen, errors from control agents"
            yield Finding(
                *(f"against--{model}--corrected", f"{what}, corrected", "proportion"),
                *(fixed["value"], fixed["interval"], n, method, model),
            )


def settled(outcomes: pd.DataFrame) -> Sequence[str]:
    """Scenarios whose pair the text settles."""
    return outcomes.loc[outcomes["kind"] == "settled", "text"].unique()


def known_errors(study: str, agents: dict[str, float], judge: str) -> pd.DataFrame | None:
    """The majority's errors about agents that always, or never, advise against the text.

    Parameters
    ----------
    agents : dict
        Agent to 1 or 0, whether it advises against the text.
    judge : str
        The panel; empty for the stand-in judges.

    Returns
    -------
    DataFrame or None
        As `specs_compliance.accuracy` gives it; None if the panel was not asked about the agents.
    """
    rows = []
    for agent in agents:
        panel = specs.panel(study, f"control/{agent}", judge)
        if panel.empty:
            return None
        texts = settled(files.rows(study, f"control/{agent}"))
        rows.append(specs_compliance.against(panel, texts))
    flags = pd.concat(rows, ignore_index=True)
    truth = flags["model"].str.removeprefix("control/").map(agents)
    return specs_compliance.accuracy(flags, truth, MAJORITY)


def _share(id: str, quantity: str, scored: pd.DataFrame, found) -> Finding:
    n = scored["text"].nunique()
    method = "larger standard deviation over models; pairs of values as clusters"
    return Finding(id, quantity, "proportion", found.mean, found.interval, n, method)


def findings(found: Asked, threshold: float, errors: pd.DataFrame | None) -> list[Finding]:
    """All that a run shows, in the order of the page; see the functions above."""
    return [
        *disagreement(found, threshold),
        *by_level(found, "variant", threshold),
        *by_level(found, "specification", threshold),
        *amendment(found),
        *variance(found),
        *agreement(found),
        *against(found, errors),
    ]


def as_scripted(study: str, agents: Sequence[str]) -> pd.DataFrame:
    """How control agents come through the pipeline.

    Returns
    -------
    DataFrame
        One row an agent: ``agent``, ``replies``, ``lost`` (without a score), ``own`` (share of
        replies whose own numbers are their stances) and ``off`` (mean distance of the panel's
        mean score from the stance, in points); missing where nothing is scored.
    """
    rows = []
    for agent in agents:
        replies = files.rows(study, f"control/{agent}")
        advice = replies[replies["state"] == "scored"].set_index(["text", "index"])
        own = (advice["stated_a"] == advice["truth_a"]) & (advice["stated_b"] == advice["truth_b"])
        panel = specs.scores(replies, specs.panel(study, f"control/{agent}"))
        means = panel.groupby(["text", "index"])[specs.VALUES].mean()
        known = advice[["truth_a", "truth_b"]].reindex(means.index)
        off = np.abs(means.to_numpy() - known.to_numpy())
        lost = len(replies) - len(advice)
        rows.append((agent, len(replies), lost, own.mean(), off.mean() if len(off) else np.nan))
    return pd.DataFrame(rows, columns=["agent", "replies", "lost", "own", "off"])
