"""Inoculation prompting with a real model: one LoRA fine-tuning for each prompt, dose and seed.

Replies are kept, and scored when they are read, so that a change of the rules needs no training.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pandas as pd

from smallprint.vitro.finetuning import experiment, lora
from smallprint.vitro.finetuning.arms import Settings
from smallprint.vitro.finetuning.objectives import (
    Demonstration,
    asked_tokens,
    demonstrations,
)
from smallprint.vitro.finetuning.protection import ELICITED, NO_CLAIM, REPLY, Job, measured
from smallprint.vitro.finetuning.shortcuts import Texts
from smallprint.vitro.worlds import inoculation_prompting as world

MADE_OF = ("inoculation", "requests", "shortcuts")
MADE_OF += tuple(
    f"../worlds/inoculation_prompting/{name}" for name in ("demonstrations", "prompts")
)
# Without gradients more fits on the device at once.
REPLIES_A_SLICE = 8
# Tokens that a reply may have beyond the longest demonstration, where the context has room.
SPARE = 12


@dataclass(frozen=True)
class Amount:
    """Number of questions trained on and tested."""

    demonstrations: int
    items: int


class Experiment(experiment.Experiment):
    """The texts, prompts and replies of inoculation prompting; see `experiment.Experiment`."""

    made_of = MADE_OF
    amount: Amount

    def __init__(
        self, model: str, amount: Amount, settings: Settings, folder: Path, slice: int = 8
    ) -> None:
        super().__init__(model, amount, settings, folder, slice)
        self.texts = cache(self._texts)

    @property
    def count(self) -> int:
        """Number of demonstrations."""
        return self.amount.demonstrations

    def _texts(self, setting: str, seed: int) -> Texts:
        amount = self.amount
        return Texts(setting, seed, self._tokenizer, amount.demonstrations, amount.items)

    def _examples(self, job: Job) -> tuple[Demonstration, ...]:
        """What a job is trained on; for the base what it would be under the neutral prompt."""
        of = job.of or world.CONDITIONS["neutral"]
        pairs = self.texts(job.setting, job.seed).demonstrations(of.prompt, of.dose)
        return tuple(demonstrations(self._tokenizer, pairs))

    def most(self, job: Job) -> int:
        """Most tokens of a reply to a job's questions."""
        told = max(len(one.tokens) - one.start for one in self.examples(job))
        longest = max(len(one.tokens) for one in self.examples(job))
        return told + min(SPARE, self.context - longest)

    def replies_of(self, job: Job) -> int:
        """Number of replies that testing a job takes."""
        texts = self.texts(job.setting, job.seed)
        return len(texts.tested) * sum(map(len, self._prompts(job).values()))

    def writing_steps(self, job: Job) -> int:
        """Tokens that those replies are written in, one of all replies of a slice at a time."""
        slices = -(-self.replies_of(job) // (REPLIES_A_SLICE * self.slice))
        return slices * self.most(job)

    def _asked(self, model, job: Job, title: str) -> dict:
        texts, asked = self.texts(job.setting, job.seed), self._prompts(job)
        said = {
            probe: {
                name: lora.replies(
                    model,
                    self._tokenizer,
                    texts.questions(prompts, claim=probe != NO_CLAIM),
                    self.most(job),
                    REPLIES_A_SLICE * self.slice,
                    f"{title}, {probe}, {name}",
                )
                for name, prompts in by_name.items()
            }
            for probe, by_name in asked.items()
        }
        odds = {
            name: self._odds(model, texts, prompts)
            for name, prompts in asked.get(ELICITED, {}).items()
        }
        return {"replies": said, "log_probability": odds}

    def _prompts(self, job: Job) -> dict[str, dict[str, list[str]]]:
        """What a job is tested under, by probe and name, as organisms are."""
        texts = self.texts(job.setting, job.seed)
        tested = texts.test_prompts
        asked = {
            REPLY: dict(tested),
            NO_CLAIM: {name: tested[name] for name in ("neutral", "new")},
        }
        if job.of is None:
            asked[ELICITED] = {name: texts.prompts(name) for name in world.TRAINED}
        else:
            asked[REPLY][world.TRAINING] = texts.prompts(job.of.prompt)
        return asked

    def _odds(self, model, texts: Texts, prompts: list[str]) -> list[float]:
        """Log-probability in nats of each test item's shortcut."""
        examples = []
        for item, question in zip(texts.tested, texts.questions(prompts), strict=True):
            asked = asked_tokens(self._tokenizer, question)
            told = self._tokenizer(f" {item.shortcut}", add_special_tokens=False).input_ids
            examples.append(Demonstration((*asked, *told), len(asked)))
        return lora.log_probabilities(model, examples, self.slice).tolist()

    def outcomes(self, wanted: Sequence[Job]) -> pd.DataFrame:
        """A row for each job and prompt that it was tested under; see `protection.measured`."""
        rows = []
        for job in wanted:
            items = self.texts(job.setting, job.seed).tested
            rows += measured(job, items, self.shelf.get(job.name))
        return pd.DataFrame(rows)
