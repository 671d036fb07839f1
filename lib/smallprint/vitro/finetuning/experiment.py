"""One model, LoRA fine-tuned once for each job: what inoculation and implants share.

Each training leaves what was found on disk and is not repeated.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import Protocol

from smallprint.vitro.design import Recipe
from smallprint.vitro.finetuning import FinetuningError, lora, shelf
from smallprint.vitro.finetuning.arms import Settings
from smallprint.vitro.finetuning.objectives import Completions, Demonstration


class Job(Protocol):
    """One model to train and test, or an untrained one to test.

    Attributes
    ----------
    name : str
        A file name, unique within an experiment.
    trains : bool
    seed : int
    """

    name: str
    trains: bool
    seed: int


class Experiment(ABC):
    """A model, how it is trained, and what was found, which lies in a folder.

    A study says in a subclass what a job is trained on and how it is tested.

    Parameters
    ----------
    model : str
        Local folder or hub name.
    amount : object
        How much is trained on and asked; its ``repr`` tells experiments apart.
    settings : Settings
        Its verdict words are not used here.
    slice : int
        Texts on the device at once.

    Attributes
    ----------
    made_of : tuple of str
        Modules of the study that can change what is found.
    made_with : tuple of str
        Texts that can, beside them.

    Raises
    ------
    FinetuningError
        If the model has no readable configuration or tokenizer.
    """

    made_of: tuple[str, ...] = ()
    made_with: tuple[str, ...] = ()

    def __init__(
        self, model: str, amount: object, settings: Settings, folder: Path, slice: int = 8
    ) -> None:
        self.name, self.amount, self.settings, self.slice = model, amount, settings, slice
        self.config, self._tokenizer = lora.config_of(model), lora.tokenizer_of(model)
        self.folder = folder / "trainings" / self.digest
        self.examples = cache(self._examples)

    @cached_property
    def digest(self) -> str:
        """Sixteen hex digits of all that a result depends on, but the job."""
        content = [repr(self.settings), repr(self.amount), shelf.identity(self.name, self.config)]
        shared = ("experiment", "lora", "objectives", "../design")
        return shelf.digest([*content, *self.made_with], (*self.made_of, *shared))

    @property
    @abstractmethod
    def count(self) -> int:
        """Number of texts that a job is trained on."""

    @abstractmethod
    def _examples(self, job: Job) -> tuple[Demonstration, ...]:
        """What a job is trained on; for one that is not, what it would be."""

    @abstractmethod
    def _asked(self, model, job: Job, title: str) -> dict:
        """What a model answers, as it is to be kept."""

    @property
    def context(self) -> int:
        """Tokens that the model reads at once."""
        text = self.config.get_text_config()
        return getattr(text, "max_position_embeddings", None) or 10**9

    @property
    def recipe(self) -> Recipe:
        """How each model is trained: all take as many steps over as many texts."""
        return self.settings.recipe(self.count)

    def check(self, wanted: Sequence[Job]) -> None:
        """Refuse what the model cannot read whole.

        Raises
        ------
        FinetuningError
            If a text is longer than the model's context.
        """
        for job in wanted:
            longest = max(len(one.tokens) for one in self.examples(job))
            if longest > self.context:
                raise FinetuningError(
                    f"{self.name}: reads {self.context} tokens, and {job.name} has up to "
                    f"{longest}; take a model with a longer context"
                )

    def open(self, wanted: Sequence[Job]) -> list[Job]:
        """The jobs of which nothing was found yet."""
        return [job for job in wanted if not self.shelf.has(job.name)]

    @property
    def shelf(self) -> shelf.Shelf:
        """What was found, by the jobs' names."""
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
        if not job.trains:
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
        self.shelf.put(job.name, made)
        checkpoint.unlink(missing_ok=True)

    def _trained_on(self, job: Job) -> dict[str, int]:
        """Steps, and tokens of the passes over the texts, all and those learned."""
        sizes = [(len(one.tokens), len(one.tokens) - one.start) for one in self.passed(job)]
        read, learned = (sum(size[which] for size in sizes) for which in (0, 1))
        return {"steps": self.recipe.steps, "read": read, "learned": learned}

    def passed(self, job: Job) -> list[Demonstration]:
        """The texts of a training as often as they are read, in their order."""
        places = lora.order(self.count, self.recipe, job.seed).ravel()
        examples = self.examples(job)
        return [examples[place] for place in places]
