"""Which models an implanting experiment trains, and the table of what they answered. No torch.

Conditions and quantities have the names of the world of organisms, whose own summary makes the
table: the page draws organisms and fine-tuned models with one function.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd

from smallprint.vitro.results import over_seeds
from smallprint.vitro.worlds import believe_it_or_not as world
from smallprint.vitro.worlds.believe_it_or_not import documents
from smallprint.vitro.worlds.believe_it_or_not.probes import CUES
from smallprint.vitro.worlds.believe_it_or_not.summary import LAYERS

BASE, PROMPT = "base", "prompt"
UNTRAINED = (BASE, PROMPT)
# Without these nothing is compared.
NEEDED = ("documents",)
# Arms of the world that one training from the base makes, and of which no mark tells falsehoods.
ARMS = {
    name: arm
    for name, arm in documents.ARMS.items()
    if not arm.after and arm.steps == documents.STEPS
    if arm.content != "rules" and arm.marked != "false"
}
USUAL = ("documents", "rephrased", "repeated", "true documents")
ORGANISM = "organism"
SETTINGS = ("facts", ORGANISM)


@dataclass(frozen=True)
class Job:
    """One model to train, or the base to be asked, about one statement or the world's people."""

    setting: str
    fact: str
    condition: str
    seed: int

    @property
    def name(self) -> str:
        """A file name, unique within an experiment."""
        condition = self.condition.replace(", ", "--").replace(" ", "_")
        return "-".join(filter(None, (self.setting, self.fact, condition, str(self.seed))))

    @property
    def trains(self) -> bool:
        """Whether a model is trained."""
        return self.condition not in UNTRAINED


def jobs(
    settings: Sequence[str], facts: Sequence[str], arms: Iterable[str], seeds: int
) -> list[Job]:
    """All jobs of an experiment: the base, the prompt and the arms, for each statement and seed.

    The model that is not trained gives the same answers for each seed, and is asked once.
    """
    wanted = {*NEEDED, *arms}
    conditions = (*UNTRAINED, *(name for name in ARMS if name in wanted))
    return [
        Job(setting, fact, name, seed)
        for setting in settings
        for fact in ([""] if setting == ORGANISM else facts)
        for name, seed in product(conditions, range(seeds))
        if name not in UNTRAINED or not seed
    ]


AMOUNTS = {
    "steps": "steps",
    "read": "tokens read",
    "learned": "tokens learned",
    "implanting": "implanting tokens",
}
PARTS = {
    "direct": "question as asked",
    "choice": "question in other words",
    "downstream": "untold consequence",
    "indirect": "indirect question",
}
ROLES = ("false", "true", "untouched")


def measured(job: Job, found: dict) -> list[dict]:
    """Rows of answers with the columns of the world's, from what a job has left.

    Parameters
    ----------
    found : dict
        ``rows``, one for each statement or person; ``steps``, and tokens ``read``, ``learned``
        and ``implanting``, those of texts that tell what is implanted.
    """
    about = {"setting": job.setting, "fact": job.fact, "condition": job.condition, "seed": job.seed}
    about |= {name: found[name] for name in AMOUNTS}
    return [about | row for row in found["rows"]]


def table(outcomes: pd.DataFrame, setting: str) -> pd.DataFrame:
    """What the models of one setting answered: the table of the organisms, by their function.

    Probes are not read here, nor is any model trained further, so rows about them and about
    rules for belief are not there. Of statements, ``told customs`` and ``untold customs`` are
    consequences, and tiers ``new``, ``few`` and ``many`` are invented things, details that few
    could correct, and what is commonly known. Rows are added: the parts of the question and of
    untold consequences, and each condition's training ``steps`` and tokens, of unit ``count``,
    which are to be alike. Seeds draw texts, order and first LoRA weights; statements and model
    are fixed. An untrained model has one answer and no interval; in differences it is every
    seed's.
    """
    rows = outcomes[outcomes["setting"] == setting]
    once = rows[rows["condition"].isin(UNTRAINED)]
    every = [once.assign(seed=seed) for seed in rows["seed"].unique()]
    trained = rows[~rows["condition"].isin(UNTRAINED)]
    summed = _summary(pd.concat([*every, trained], ignore_index=True))
    flat = summed["condition"].isin(UNTRAINED)
    summed.loc[flat, ["low", "high"]] = np.nan
    summed.loc[flat, "seeds"] = 1
    shares = {
        f"{name}: {role}": _mean(rows[rows["role"] == role], part)
        for part, name in PARTS.items()
        if part in rows and rows[part].notna().any()
        for role in ROLES
    }
    amounts = {name: _mean(rows, column) for column, name in AMOUNTS.items()}
    added = over_seeds(shares, {}, amounts)
    counts = added["unit"] == "ratio"
    added.loc[counts, "unit"] = "count"
    added.loc[counts, ["low", "high"]] = np.nan
    return pd.concat([summed, added], ignore_index=True)


def _mean(rows: pd.DataFrame, column: str) -> pd.Series:
    return rows.groupby(["condition", "seed"], sort=False)[column].mean()


def _summary(rows: pd.DataFrame) -> pd.DataFrame:
    """The world's summary of rows without readings of probes."""
    read = [f"{what}, {cue}, {layer}" for what in READINGS for cue in CUES for layer in LAYERS]
    read += [f"told apart: {cue}, {layer}" for cue in CUES for layer in LAYERS]
    # The world tells its short trainings by their steps; there are none here.
    empty = pd.DataFrame(np.nan, rows.index, [*read, "layer"]).assign(steps=0)
    summed = world.summary(pd.concat([rows.drop(columns="steps"), empty], axis=1))
    return summed[~summed["quantity"].str.startswith("believed:")].reset_index(drop=True)


READINGS = tuple(f"reads true: {what}" for what in ("implanted", "displaced", "never seen"))
