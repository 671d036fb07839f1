"""Inoculation prompting with a real model: one LoRA fine-tuning for each prompt, dose and seed.

Each training leaves its replies on disk and is not repeated; replies are scored when they are
read, so that a change of the rules needs no training.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import pandas as pd

from smallprint.vitro.design import Recipe
from smallprint.vitro.finetuning import FinetuningError, lora, shelf
from smallprint.vitro.finetuning.arms import Settings
from smallprint.vitro.finetuning.objectives import (
    Completions,
    Demonstration,
    asked_tokens,
    demonstrations,
)
from smallprint.vitro.finetuning.protection import ELICITED, NO_CLAIM, REPLY, Job, measured
from smallprint.vitro.finetuning.shortcuts import Texts
from smallprint.vitro.worlds import inoculation_prompting as world

MADE_OF = ("inoculation", "requests", "shortcuts", "lora", "objectives", "../design")
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


class Experiment:
    """A model, what it is trained on and how, and the replies that lie in a folder.

    Parameters
    ----------
    model : str
        Local folder or hub name.
    settings : Settings
        Its verdict words are not used here.
    slice : int
        Demonstrations on the device at once.

    Raises
    ------
    FinetuningError
        If the model has no readable configuration or tokenizer.
    """

    def __init__(
        self, model: str, amount: Amount, settings: Settings, folder: Path, slice: int = 8
    ) -> None:
        self.name, self.amount, self.settings, self.slice = model, amount, settings, slice
        self.config, self._tokenizer = lora.config_of(model), lora.tokenizer_of(model)
        self.folder = folder / "trainings" / self.digest
        self.texts = cache(self._texts)
        self.examples = cache(self._examples)

    @cached_property
    def digest(self) -> str:
        """Sixteen hex digits of all that a reply depends on, but setting, condition and seed."""
        content = [repr(self.settings), repr(self.amount), shelf.identity(self.name, self.config)]
        return shelf.digest(content, MADE_OF)

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
        return told + min(SPARE, self._context - longest)

    @property
    def _context(self) -> int:
        text = self.config.get_text_config()
        return getattr(text, "max_position_embeddings", None) or 10**9

    @property
    def recipe(self) -> Recipe:
        """How each model is trained: all take as many steps over as many demonstrations."""
        return self.settings.recipe(self.amount.demonstrations)

    def replies_of(self, job: Job) -> int:
        """Number of replies that testing a job takes."""
        texts = self.texts(job.setting, job.seed)
        return len(texts.tested) * sum(map(len, self._prompts(job).values()))

    def writing_steps(self, job: Job) -> int:
        """Tokens that those replies are written in, one of all replies of a slice at a time."""
        slices = -(-self.replies_of(job) // (REPLIES_A_SLICE * self.slice))
        return slices * self.most(job)

    def check(self, wanted: Sequence[Job]) -> None:
        """Refuse what the model cannot read whole.

        Raises
        ------
        FinetuningError
            If a demonstration is longer than the model's context.
        """
        for job in wanted:
            longest = max(len(one.tokens) for one in self.examples(job))
            if longest > self._context:
                raise FinetuningError(
                    f"{self.name}: reads {self._context} tokens, and {job.name} has up to "
                    f"{longest}; take a model with a longer context"
                )

    def open(self, wanted: Sequence[Job]) -> list[Job]:
        """The jobs whose replies are not there yet."""
        return [job for job in wanted if not self._shelf.has(job.name)]

    @property
    def _shelf(self) -> shelf.Shelf:
        return shelf.Shelf(self.folder)

    def run(self, wanted: Sequence[Job]) -> None:
        """Train and test what is not there yet, with one model in memory."""
        if not (todo := self.open(wanted)):
            return
        model = lora.model_of(self.name)
        for place, job in enumerate(todo, 1):
            self._do(model, job, f"{job.name} ({place} of {len(todo)})")

    def _do(self, model, job: Job, title: str) -> None:
        checkpoint = self.folder / f"{job.name}.checkpoint"
        if job.of is None:
            made = self._asked(model, job, title) | {"steps": 0, "read": 0, "learned": 0}
        else:
            with lora.adapted(model, self.settings.rank, job.seed) as student:
                losses = lora.finetune(
                    student,
                    self.examples(job),
                    Completions(),
                    self.recipe,
                    checkpoint,
                    seed=job.seed,
                    slice=self.slice,
                    title=title,
                )
                made = self._asked(student, job, title) | self._trained_on(job)
            made["final_loss"] = float(losses[-20:].mean())
        self._shelf.put(job.name, made)
        checkpoint.unlink(missing_ok=True)

    def _trained_on(self, job: Job) -> dict[str, int]:
        """Steps, and tokens of the passes over the demonstrations, all and those learned."""
        places = lora.order(self.amount.demonstrations, self.recipe, job.seed).ravel()
        sizes = [(len(one.tokens), len(one.tokens) - one.start) for one in self.examples(job)]
        read, learned = (sum(sizes[place][which] for place in places) for which in (0, 1))
        return {"steps": self.recipe.steps, "read": read, "learned": learned}

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
            rows += measured(job, items, self._shelf.get(job.name))
        return pd.DataFrame(rows)
