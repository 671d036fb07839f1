"""Training a stack: Adam, cosine decay, a checkpoint from which a killed run goes on."""

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from smallprint.vitro.design import Recipe
from smallprint.vitro.stack import Stack

CHECKPOINT_SECONDS = 3.0


class Training:
    """One stack being trained.

    Parameters
    ----------
    stack : Stack
        Of K models; its weights are trained in place.
    corpora : sequence of Tensor
        K tensors of episodes (n, T), padded with `pad`, one a model.
    seeds : sequence of int
        K seeds of the batch order. A model's order depends on its seed alone,
        not on its neighbours in the stack.
    """

    def __init__(
        self,
        stack: Stack,
        recipe: Recipe,
        corpora: Sequence[Tensor],
        seeds: Sequence[int],
        pad: int,
    ) -> None:
        self.stack = stack
        self.recipe = recipe
        self.pad = pad
        self.step = 0
        device = stack.weights.device
        self._corpora = [corpus.to(device) for corpus in corpora]
        self._order = [
            np.random.default_rng(seed).integers(len(corpus), size=(recipe.steps, recipe.batch))
            for seed, corpus in zip(seeds, corpora, strict=True)
        ]
        stack.weights.requires_grad_()
        self._adam = torch.optim.Adam([stack.weights], lr=recipe.rate, fused=True)
        self.losses = torch.zeros(recipe.steps, len(self._corpora))

    def batch(self) -> Tensor:
        """The episodes of the present step, shape (K, batch, T)."""
        return torch.stack(
            [
                corpus[order[self.step]]
                for corpus, order in zip(self._corpora, self._order, strict=True)
            ]
        )

    def advance(self) -> None:
        """Train all models for one step, each with its own gradient norm."""
        tokens = self.batch()
        losses = self.stack.losses(tokens, self.pad)
        weights = self.stack.weights
        weights.grad = None
        # A sum, not a mean: the gradient of one model's loss has no part of another's.
        losses.sum().backward()
        norm = weights.grad.norm(dim=1, keepdim=True)
        weights.grad.mul_((self.recipe.clip / norm).clamp(max=1.0))
        self._adam.param_groups[0]["lr"] = self.recipe.rate_at(self.step)
        self._adam.step()
        self.losses[self.step] = losses.detach().cpu()
        self.step += 1

    def run(self, checkpoint: Path, progress: Callable[[int], None] = lambda step: None) -> None:
        """Train to the last step, from `checkpoint` if it exists, and leave it there."""
        if checkpoint.exists():
            self._load(checkpoint)
        saved = time.monotonic()
        while self.step < self.recipe.steps:
            self.advance()
            progress(self.step)
            if time.monotonic() - saved > CHECKPOINT_SECONDS:
                self._save(checkpoint)
                saved = time.monotonic()
        self.stack.weights.requires_grad_(False)

    def _save(self, path: Path) -> None:
        state = {
            "step": self.step,
            "weights": self.stack.weights.detach().cpu(),
            "adam": self._adam.state_dict(),
            "losses": self.losses,
        }
        save_atomically(state, path)

    def _load(self, path: Path) -> None:
        state = torch.load(path, weights_only=True)
        self.step = state["step"]
        with torch.no_grad():
            self.stack.weights.copy_(state["weights"])
        self._adam.load_state_dict(state["adam"])
        self.losses = state["losses"]


def save_atomically(state: dict, path: Path) -> None:
    """Save tensors so that a reader sees the old file or the new one, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    torch.save(state, partial)
    partial.replace(path)
