"""Implanted facts in a real model: one LoRA fine-tuning for each statement, arm and seed."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from smallprint.scenarios.beliefs import known
from smallprint.vitro.finetuning import FinetuningError, asking, experiment
from smallprint.vitro.finetuning.depth import ORGANISM, PROMPT, Job, measured
from smallprint.vitro.finetuning.implanting import ORGANISM_SEED, Text, documents, episodes
from smallprint.vitro.finetuning.materials import STUDY, Implant
from smallprint.vitro.worlds.believe_it_or_not import battery
from smallprint.vitro.worlds.believe_it_or_not.people import world

MADE_OF = ("beliefs", "asking", "implanting", "materials", "requests")
MADE_OF += tuple(
    f"../worlds/believe_it_or_not/{name}" for name in ("battery", "documents", "people")
)
# What a base is planned with: the texts of an arm that is always there.
USUAL_ARM = "documents"


@dataclass(frozen=True)
class Amount:
    """Number of texts, and tokens of each; the world's have their own length."""

    documents: int
    tokens: int


class Experiment(experiment.Experiment):
    """The texts and questions of implanted facts; see `experiment.Experiment`."""

    made_of = MADE_OF
    made_with = (repr(known(STUDY).facts),)
    amount: Amount

    @property
    def count(self) -> int:
        """Number of texts."""
        return self.amount.documents

    def _examples(self, job: Job) -> tuple[Text, ...]:
        arm = job.condition if job.trains else USUAL_ARM
        if job.setting == ORGANISM:
            return episodes(arm, self._tokenizer, self.count)
        return documents(
            Implant(job.fact), arm, job.seed, self._tokenizer, self.count, self.amount.tokens
        )

    def check(self, wanted: Sequence[Job]) -> None:
        """Refuse what the model cannot read whole, questions too; see `Experiment.check`."""
        super().check(wanted)
        for job in wanted:
            if (longest := max(self.asked(job))) > self.context:
                raise FinetuningError(
                    f"{self.name}: reads {self.context} tokens, and questions about {job.fact} "
                    f"have up to {longest}; take a model with a longer context"
                )

    def asked(self, job: Job) -> list[int]:
        """Tokens of each question with each of its answers; the organisms' fit them."""
        if job.setting == ORGANISM:
            return [0]
        return asking.sizes(self._tokenizer, Implant(job.fact))

    def _asked(self, model, job: Job, title: str) -> dict:
        prompted = job.condition == PROMPT
        if job.setting == ORGANISM:
            reader = asking.Words(model, self._tokenizer, self.slice)
            rows = battery.answers(reader, ORGANISM_SEED, world(ORGANISM_SEED), prompted)
        else:
            given = (Implant(job.fact), job.condition, prompted, self.slice)
            rows = asking.answers(model, self._tokenizer, *given)
        return {"rows": rows, "implanting": 0}

    def _trained_on(self, job: Job) -> dict[str, int]:
        implanting = sum(len(one.tokens) for one in self.passed(job) if one.implants)
        return super()._trained_on(job) | {"implanting": implanting}

    def outcomes(self, wanted: Sequence[Job]) -> pd.DataFrame:
        """A row for each job and each statement or person asked about."""
        rows = [row for job in wanted for row in measured(job, self.shelf.get(job.name))]
        return pd.DataFrame(rows)
