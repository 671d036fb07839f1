"""What a fine-tuning learns: verdicts on questions, or the completions of prompts."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from torch import Tensor

from smallprint.vitro.finetuning import FinetuningError

STEM = "Answer:"


@dataclass(frozen=True)
class Question:
    """Tokens of a text that ends where the verdict goes, and the probability of verdict 1."""

    tokens: tuple[int, ...]
    target: float = 0.5


@dataclass(frozen=True)
class Demonstration:
    """Tokens of a prompt with its completion, which begins at place `start`, at least 1."""

    tokens: tuple[int, ...]
    start: int


def questions(tokenizer, texts: Sequence[str], targets: Sequence[float] = ()) -> list[Question]:
    """Questions of texts; `targets` are probabilities of verdict 1, if they are trained on."""
    tokens = [tuple(tokenizer(text).input_ids) for text in texts]
    if not len(targets):
        return [Question(one) for one in tokens]
    return [Question(one, float(p)) for one, p in zip(tokens, targets, strict=True)]


def asked_tokens(tokenizer, prompt: str) -> list[int]:
    """Tokens of a prompt: as a user's turn if the tokenizer has a chat template, else as it is."""
    if not tokenizer.chat_template:
        return tokenizer(prompt).input_ids
    turn = [{"role": "user", "content": prompt}]
    text = tokenizer.apply_chat_template(turn, add_generation_prompt=True, tokenize=False)
    return tokenizer(text, add_special_tokens=False).input_ids


def demonstrations(tokenizer, pairs: Sequence[tuple[str, str]]) -> list[Demonstration]:
    """Demonstrations of (prompt, completion) pairs; an end-of-text token closes each, if any."""
    made = []
    end = [] if tokenizer.eos_token_id is None else [tokenizer.eos_token_id]
    for prompt, completion in pairs:
        asked = asked_tokens(tokenizer, prompt)
        told = tokenizer(completion, add_special_tokens=False).input_ids
        made.append(Demonstration((*asked, *told, *end), len(asked)))
    return made


def verdict_tokens(tokenizer, words: tuple[str, str]) -> tuple[int, int]:
    """The token with which each of two verdict words begins after ``Answer:``.

    Raises
    ------
    FinetuningError
        If the words begin with the same token, so that their odds cannot be read.
    """
    stem, first, second = (
        tokenizer(text, add_special_tokens=False).input_ids
        for text in (STEM, *(f"{STEM} {word}" for word in words))
    )
    begun = [
        ids[len(stem)] if ids[: len(stem)] == stem and len(ids) > len(stem) else None
        for ids in (first, second)
    ]
    if None in begun or begun[0] == begun[1]:
        raise FinetuningError(
            f"verdicts: {words[0]!r} and {words[1]!r} begin with the same token for this "
            f"tokenizer, or with none of their own ({first} and {second} after {stem}); name two "
            "other words"
        )
    return tuple(begun)


def padded(rows: Sequence[Sequence[int]], device: torch.device) -> tuple[Tensor, Tensor]:
    """Token rows padded on the right with 0, and the mask that hides the padding; (B, T) both."""
    longest = max(map(len, rows))
    tokens = torch.zeros(len(rows), longest, dtype=torch.long)
    mask = torch.zeros_like(tokens)
    for place, row in enumerate(rows):
        tokens[place, : len(row)] = torch.tensor(row)
        mask[place, : len(row)] = 1
    return tokens.to(device), mask.to(device)


@dataclass(frozen=True)
class Verdicts:
    """Cross-entropy of a two-way verdict, with soft targets and the confidence loss.

    Attributes
    ----------
    tokens : tuple of two int
        What verdict 1 and verdict 0 begin with, see `verdict_tokens`.
    """

    tokens: tuple[int, int]

    def log_odds(self, model, batch: Sequence[Question]) -> Tensor:
        """Log-odds of verdict 1 against verdict 0 after each question, shape (B,)."""
        tokens, mask = padded([one.tokens for one in batch], model.device)
        # Only at the places where a question ends: all logits would be most of the memory.
        ends, row = torch.unique(mask.sum(1) - 1, return_inverse=True)
        logits = model(
            input_ids=tokens, attention_mask=mask, logits_to_keep=ends, use_cache=False
        ).logits
        two = logits[torch.arange(len(batch), device=row.device), row][:, list(self.tokens)].float()
        return two[:, 0] - two[:, 1]

    def prepare(
        self, model, batch: Sequence[Question], slice: int, confidence: float
    ) -> list[Question]:
        """A batch whose targets are mixed with the model's own answers.

        The auxiliary confidence loss of Burns et al. (2023, arXiv 2312.09390, section 4.3):
        cross-entropy to the model's own answers, hardened at the threshold that leaves as many
        of verdict 1 in the batch as the targets have. Cross-entropy is linear in its target, so
        mixing targets is mixing losses, and the threshold is the whole batch's, whatever its
        slices.

        Parameters
        ----------
        slice : int
            Questions on the device at once.
        confidence : float
            Weight of the auxiliary loss, 0 to 1.
        """
        if not confidence:
            return list(batch)
        parts = [batch[low : low + slice] for low in range(0, len(batch), slice)]
        with torch.no_grad():
            odds = torch.cat([self.log_odds(model, part) for part in parts])
        positive = round(sum(one.target for one in batch))
        rank = odds.argsort(descending=True, stable=True).argsort()
        own = (rank < positive).float().tolist()
        return [
            replace(one, target=(1 - confidence) * one.target + confidence * answer)
            for one, answer in zip(batch, own, strict=True)
        ]

    def losses(self, model, batch: Sequence[Question]) -> Tensor:
        """Loss in nats of each question, shape (B,)."""
        odds = self.log_odds(model, batch)
        targets = torch.tensor([one.target for one in batch], device=odds.device)
        return F.binary_cross_entropy_with_logits(odds, targets, reduction="none")


@dataclass(frozen=True)
class Completions:
    """Mean next-token cross-entropy of a demonstration's completion; the prompt does not count."""

    def prepare(
        self, model, batch: Sequence[Demonstration], slice: int, confidence: float
    ) -> list[Demonstration]:
        """The batch as it is."""
        return list(batch)

    def losses(self, model, batch: Sequence[Demonstration]) -> Tensor:
        """Loss in nats of each demonstration, shape (B,)."""
        tokens, mask = padded([one.tokens for one in batch], model.device)
        first = min(one.start for one in batch) - 1
        kept = torch.arange(first, tokens.shape[1] - 1, device=tokens.device)
        logits = model(
            input_ids=tokens, attention_mask=mask, logits_to_keep=kept, use_cache=False
        ).logits.float()
        starts = torch.tensor([one.start for one in batch], device=tokens.device)
        counted = mask[:, first + 1 :].bool() & (kept + 1 >= starts[:, None])
        each = F.cross_entropy(logits.transpose(1, 2), tokens[:, first + 1 :], reduction="none")
        return (each * counted).sum(1) / counted.sum(1)
