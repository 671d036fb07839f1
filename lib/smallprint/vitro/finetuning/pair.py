"""Weak-to-strong with two real models: teachers, students, controls and ceilings.

Each training leaves its predictions on disk and is not repeated.
"""

import gc
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from smallprint.vitro import weak_labels
from smallprint.vitro.design import Recipe
from smallprint.vitro.finetuning import FinetuningError, lora, shelf
from smallprint.vitro.finetuning.arms import ARMS, CONFIDENT_SHARE, KNOWN_SHARE, Job, Settings
from smallprint.vitro.finetuning.data import PARTS, Data
from smallprint.vitro.finetuning.objectives import (
    Question,
    Verdicts,
    questions,
    verdict_tokens,
)
from smallprint.vitro.finetuning.recovery import CEILING, TEACHER

MADE_OF = ("pair", "arms", "lora", "objectives", "../weak_labels", "../design")


class Experiment:
    """Two models, data and settings, and the predictions that lie in a folder.

    Parameters
    ----------
    weak, strong : str
        Local folders or hub names.
    slice : int
        Questions on the device at once.

    Raises
    ------
    FinetuningError
        If a model has no readable configuration or tokenizer, if the verdict words do not fit
        it, or if a question is longer than it can read.
    """

    def __init__(
        self, weak: str, strong: str, data: Data, settings: Settings, folder: Path, slice: int = 8
    ) -> None:
        self.names = {True: weak, False: strong}
        self.data, self.settings, self.slice = data, settings, slice
        self.configs = {which: lora.config_of(name) for which, name in self.names.items()}
        self._tokenizers = {which: lora.tokenizer_of(name) for which, name in self.names.items()}
        self._verdicts = {
            which: Verdicts(verdict_tokens(tokenizer, settings.verdicts))
            for which, tokenizer in self._tokenizers.items()
        }
        self._check_lengths()
        self.folder = folder / "trainings" / self.digest

    @cached_property
    def digest(self) -> str:
        """Sixteen hex digits of all that a prediction depends on, but method and seed."""
        content = [repr(self.settings), self.data.digest]
        content += [shelf.identity(name, self.configs[which]) for which, name in self.names.items()]
        return shelf.digest(content, MADE_OF)

    @cached_property
    def lengths(self) -> dict[tuple[bool, str], np.ndarray]:
        """Tokens of each item, by whether the weak model reads it and by part of the data."""
        return {
            (weak, part): np.array([len(one.tokens) for one in self._questions(weak, part)])
            for weak in (True, False)
            for part in PARTS
        }

    def _questions(self, weak: bool, part: str) -> list[Question]:
        return questions(self._tokenizers[weak], getattr(self.data, part).texts)

    def _check_lengths(self) -> None:
        for (weak, part), lengths in self.lengths.items():
            text = self.configs[weak].get_text_config()
            most = getattr(text, "max_position_embeddings", None) or np.inf
            if lengths.max() > most:
                raise FinetuningError(
                    f"{part}.jsonl: item {lengths.argmax() + 1}: text: {lengths.max()} tokens, "
                    f"more than the {most} that {self.names[weak]} reads; shorten it"
                )

    def recipe(self, job: Job) -> Recipe:
        """How a job is trained."""
        if job.method == TEACHER:
            return self.settings.recipe(len(self.data.train_label))
        confidence = 0.0 if job.method == CEILING else ARMS[job.method].confidence
        return self.settings.recipe(len(self.data.train_unlabel), confidence)

    def open(self, wanted: Sequence[Job]) -> list[Job]:
        """The jobs whose predictions are not there yet."""
        return [job for job in wanted if not self._shelf.has(job.name)]

    def run(self, wanted: Sequence[Job]) -> None:
        """Train and score what is not there yet, one model in memory at a time."""
        for which in (True, False):
            todo = [job for job in self.open(wanted) if job.weak == which]
            if todo:
                model = lora.model_of(self.names[which])
                for place, job in enumerate(todo, 1):
                    self._do(model, job, f"{job.name} ({place} of {len(todo)})")
                del model
                gc.collect()

    def _do(self, model, job: Job, title: str) -> None:
        verdicts, checkpoint = self._verdicts[job.weak], self.folder / f"{job.name}.checkpoint"
        if job.method == "zero_shot":
            made = self._scored(model, job, title)
        else:
            texts, training = self._training(job)
            kept = [texts[place] for place in training.kept]
            examples = questions(self._tokenizers[job.weak], kept, training.targets[training.kept])
            with lora.adapted(model, self.settings.rank, job.seed) as student:
                losses = lora.finetune(
                    student,
                    examples,
                    verdicts,
                    self.recipe(job),
                    checkpoint,
                    seed=job.seed,
                    slice=self.slice,
                    title=title,
                )
                made = self._scored(student, job, title)
            made["final_loss"] = float(losses[-20:].mean())
        self._shelf.put(job.name, made)
        checkpoint.unlink(missing_ok=True)

    def _scored(self, model, job: Job, title: str) -> dict:
        return {
            part: lora.probabilities(
                model,
                self._questions(job.weak, part),
                self._verdicts[job.weak],
                self.slice,
                f"{title}, {part}",
            ).tolist()
            for part in ("test", *(["train_unlabel"] if job.labels_pool else []))
        }

    def _training(self, job: Job) -> tuple[tuple[str, ...], weak_labels.Training]:
        """Texts and targets of a job."""
        data, pool = self.data, self.data.train_unlabel
        if job.method == TEACHER:
            return data.train_label.texts, weak_labels.plain(data.train_label.labels)
        if job.method == CEILING:
            return pool.texts, weak_labels.plain(pool.labels)
        ps = np.array([self._shelf.get(name)["train_unlabel"] for name in job.needs])
        p = ps[0] if len(ps) else None
        return pool.texts, weak_labels.labels(
            ARMS[job.method].labels,
            p=p,
            ps=ps,
            n=len(pool),
            truths=pool.labels,
            accuracy=None if p is None else np.mean(weak_labels.verdicts(p) == pool.labels),
            share=CONFIDENT_SHARE,
            count=round(KNOWN_SHARE * len(pool)),
            # A stream of its own, so that no draw repeats the order of the training.
            rng=np.random.default_rng([job.seed, 1]),
        )

    @property
    def _shelf(self) -> shelf.Shelf:
        return shelf.Shelf(self.folder)

    def outcomes(self, wanted: Sequence[Job]) -> pd.DataFrame:
        """A row for each job and test item; the columns of `recovery.recovered`, and `correct`."""
        return pd.concat(map(self._rows, wanted), ignore_index=True)

    def _rows(self, job: Job) -> pd.DataFrame:
        test, p = self.data.test, np.array(self._shelf.get(job.name)["test"])
        return pd.DataFrame(
            {
                "method": job.method,
                "seed": job.seed,
                "item": test.ids,
                "truth": test.labels,
                "probability": p,
                "correct": (weak_labels.verdicts(p) == test.labels).astype(int),
            }
        )
