"""Which models an inoculation experiment trains, and the table of what they did. Needs no torch.

Conditions have the names of the world of organisms, whose own summary makes the table: the page
draws organisms and fine-tuned models with the same functions.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from smallprint.vitro.finetuning.replies import read
from smallprint.vitro.finetuning.shortcuts import Item
from smallprint.vitro.results import by_seed, over_seeds
from smallprint.vitro.worlds import inoculation_prompting as world
from smallprint.vitro.worlds.inoculation_prompting.demonstrations import Condition

# The model before any fine-tuning stands where the summary looks for an organism's base.
BASE = "base, strong"
# Without the first nothing is kept out of anything, without the second nothing is compared.
NEEDED = ("neutral", "request")
USUAL = (*NEEDED, "many requests", "forbidding", "irrelevant", "random")
REPLY, NO_CLAIM, ELICITED = "reply", "no claim", "elicited"


@dataclass(frozen=True)
class Job:
    """One model to train, or the base to be asked, and to test."""

    setting: str
    condition: str
    seed: int

    @property
    def name(self) -> str:
        """A file name, unique within an experiment."""
        return f"{self.setting}-{self.condition.replace(', ', '-').replace(' ', '_')}-{self.seed}"

    @property
    def of(self) -> Condition | None:
        """Its training prompt and dose; None for the base."""
        return world.CONDITIONS.get(self.condition)

    @property
    def trains(self) -> bool:
        """Whether a model is trained, which the base is not."""
        return self.condition != BASE


def conditions(prompts: Iterable[str], doses: Iterable[float]) -> list[str]:
    """The world's conditions that have these prompts and doses, and what they are compared with.

    Below the full dose the world has `world.COMPARED` only, at zero as at the others.
    """
    wanted, doses = {*NEEDED, *prompts}, set(doses)
    usual = next(iter(world.CONDITIONS.values()))
    return [
        name
        for name, of in world.CONDITIONS.items()
        if of.prompt in wanted and of.dose in doses and not of.marked
        if (of.steps, of.base) == (usual.steps, usual.base)
    ]


def jobs(
    settings: Sequence[str], prompts: Iterable[str], doses: Iterable[float], seeds: int
) -> list[Job]:
    """All jobs of an experiment; the base is asked about each seed's items."""
    names = (BASE, *conditions(prompts, doses))
    return [Job(one, name, seed) for one in settings for name in names for seed in range(seeds)]


def measured(job: Job, items: Sequence[Item], found: dict) -> list[dict]:
    """Rows of measurements with the columns of the world's, from a job's replies.

    Parameters
    ----------
    found : dict
        ``replies``, texts by probe and prompt; ``log_probability`` of the shortcut by prompt;
        ``steps``, ``read`` and ``learned`` of its training.

    Returns
    -------
    list of dict
        Beside the columns of the world: ``items``; ``unread`` and ``printed``, shares as in
        `replies.Reply`; ``steps``, and tokens ``read`` and ``learned`` in training.
    """
    rows = []
    for probe, by_prompt in found["replies"].items():
        for tested, texts in by_prompt.items():
            scored = [
                asdict(read(job.setting, item, text))
                for item, text in zip(items, texts, strict=True)
            ]
            shares = pd.DataFrame(scored, dtype=float).mean().to_dict()
            if probe == NO_CLAIM:
                shares |= dict.fromkeys(("shortcut", "other", "printed"), np.nan)
            if probe != REPLY:
                shares |= dict.fromkeys(("sign_off", "wanted"), np.nan)
            odds = found["log_probability"].get(tested, ()) if probe == ELICITED else ()
            shares["log_probability"] = float(np.mean(odds)) if len(odds) else np.nan
            about = asdict(job) | {"probe": probe, "tested": tested, "items": len(items)}
            training = {name: found[name] for name in ("steps", "read", "learned")}
            rows.append(about | shares | training)
    return rows


# Beside what organisms are measured on.
SHARES = {"printed": "shortcut by the study's rule", "unread": "unreadable"}
AMOUNTS = {"steps": "steps", "read": "tokens read", "learned": "tokens learned"}


def table(outcomes: pd.DataFrame, setting: str) -> pd.DataFrame:
    """What the models of one setting did: the table of the organisms, made by their function.

    Shares are of greedy replies scored by rule, where the organisms' are mean probabilities.
    Seeds draw items, labels, order and first LoRA weights; the model fine-tuned is one. Rows
    are added: shares of replies that the study's own rule calls a shortcut and of those without
    a readable answer, and each condition's training ``steps``, ``tokens read`` and ``tokens
    learned``, of unit ``count``, which are to be alike.
    """
    rows = outcomes[outcomes["setting"] == setting]
    replies = rows[rows["probe"] == REPLY]
    tests = replies["tested"].unique()
    shares = {
        f"{name}: {tested}": by_seed(replies, column, {"tested": tested})
        for column, name in SHARES.items()
        for tested in tests
    }
    amounts = {
        name: by_seed(replies, column, {"tested": "neutral"}) for column, name in AMOUNTS.items()
    }
    counted = over_seeds({}, {}, amounts).assign(unit="count", low=np.nan, high=np.nan)
    return pd.concat([world.summary(rows), over_seeds(shares, {}), counted], ignore_index=True)
