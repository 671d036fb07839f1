"""Reading a trained organism: the probabilities of the next word, and sampled words."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from smallprint.vitro.design import Shape
from smallprint.vitro.stack import Stack

ROWS = 512


class Reader:
    """One trained model and its words.

    Parameters
    ----------
    shape : Shape
    weights : Tensor
        Flat, shape (size,).
    words : sequence of str
        The vocabulary in the order of the ids; the first word is the padding.
    """

    def __init__(self, shape: Shape, weights: Tensor, words: Sequence[str]) -> None:
        self._stack = Stack(shape, weights[None])
        self._ids = {word: id for id, word in enumerate(words)}
        self._device = weights.device

    def encode(self, texts: Sequence[Sequence[str]]) -> tuple[Tensor, Tensor]:
        """Ids (n, T), padded on the right, and lengths (n,).

        Raises
        ------
        ValueError
            If a text is empty, too long, or holds a word outside the vocabulary.
        """
        unknown = sorted({word for text in texts for word in text} - self._ids.keys())
        if unknown:
            raise ValueError(f"words outside the world's vocabulary: {', '.join(unknown)}")
        lengths = torch.tensor([len(text) for text in texts])
        longest, context = int(lengths.max()), self._stack.shape.context
        if int(lengths.min()) == 0 or longest > context:
            raise ValueError(f"texts must hold 1 to {context} words; found up to {longest}")
        ids = torch.zeros(len(texts), longest, dtype=torch.long)
        for row, text in enumerate(texts):
            ids[row, : len(text)] = torch.tensor([self._ids[word] for word in text])
        return ids, lengths

    def next_word(self, texts: Sequence[Sequence[str]], among: Sequence[str]) -> np.ndarray:
        """Probability of each word of `among` after each text, shape (n, len(among))."""
        ids, lengths = self.encode(texts)
        chosen = torch.tensor([self._ids[word] for word in among])
        return torch.cat(
            [
                self._last(ids[start : start + ROWS], lengths[start : start + ROWS])[:, chosen]
                for start in range(0, len(texts), ROWS)
            ]
        ).numpy()

    @torch.no_grad()
    def _last(self, ids: Tensor, lengths: Tensor) -> Tensor:
        # Padding lies to the right, where causal attention does not look.
        logits = self._stack.logits(ids[None].to(self._device))[0].cpu()
        return logits[torch.arange(len(ids)), lengths - 1].softmax(-1)
