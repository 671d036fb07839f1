"""What a fine-tuning takes: memory, arithmetic and hours. Estimates, not measurements."""

from dataclasses import dataclass
from typing import NamedTuple

GIB = 2**30
# Assumptions of the estimates: share of a GPU's peak that a fine-tuning of short texts reaches,
# seconds that a step of writing takes beside the weights' way through the chip, and what the
# CUDA context and fragments of freed memory take.
UTILISATION = 0.25
WRITING_SECONDS = 0.03
CONTEXT_BYTES, FRAGMENTS = 1 * GIB, 0.1


class Gpu(NamedTuple):
    """Data sheets: peak dense bfloat16 FLOP/s, memory in bytes, and bytes read a second."""

    peak: float
    memory: float
    bandwidth: float


GPUS = {
    "RTX-4090": Gpu(165.2e12, 24 * GIB, 1.008e12),
    "A100": Gpu(312e12, 80 * GIB, 2.039e12),
    "H100": Gpu(989.4e12, 80 * GIB, 3.35e12),
}


@dataclass(frozen=True)
class Size:
    """A causal model's size.

    Attributes
    ----------
    parameters : int
        All weights, embeddings too.
    adapted : int
        Inputs plus outputs, over all linear layers that get LoRA weights.
    layers, width, hidden, vocabulary : int
        Blocks, model dimension, feed-forward width, words.
    """

    parameters: int
    adapted: int
    layers: int
    width: int
    hidden: int
    vocabulary: int


def size_of(config) -> Size:
    """Size of a model with this `transformers` configuration; no weights are made or read."""
    import torch
    from transformers import AutoModelForCausalLM

    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(config)
    last, text = model.get_output_embeddings(), config.get_text_config()
    # By their weights' shape: some models have linear layers of a class of their own.
    products = [
        one.weight
        for one in model.modules()
        if "Linear" in type(one).__name__ or type(one).__name__ == "Conv1D"
        if one is not last
    ]
    return Size(
        parameters=sum(weight.numel() for weight in model.parameters()),
        adapted=sum(sum(weight.shape) for weight in products),
        layers=text.num_hidden_layers,
        width=text.hidden_size,
        hidden=getattr(text, "intermediate_size", None) or 4 * text.hidden_size,
        vocabulary=text.vocab_size,
    )


def memory(size: Size, rank: int, slice: int, longest: int, learned: int = 0) -> dict[str, float]:
    """Estimated bytes on a GPU of training LoRA weights, by what they are for.

    Weights: 2 bytes each (bfloat16), frozen. LoRA: 16 bytes each, for the float32 weight, its
    gradient and Adam's two moments. Activations: the input of every block, 2 bytes a value
    (Korthikanti et al. 2022, arXiv 2205.05198, for full recomputation), and one block at work:
    34 bytes per unit of width and 8 per unit of feed-forward width, twice for the gradients,
    with attention that keeps no scores. Logits of verdicts: 4 bytes, at the places where the
    questions of a slice end; of completions: 14 bytes at each place that is learned, for the
    bfloat16 and float32 values, the loss and its gradient. Then a tenth for fragments, and the
    CUDA context.

    Parameters
    ----------
    rank, slice, longest : int
        Of the update; questions on the device at once; tokens of the longest.
    learned : int
        Tokens of the longest completion; 0 for verdicts.
    """
    tokens = slice * longest
    logits = 14.0 * slice * learned if learned else 4.0 * slice * min(slice, longest)
    parts = {
        "weights": 2.0 * size.parameters,
        "LoRA and Adam": 16.0 * rank * size.adapted,
        "activations": tokens
        * (2.0 * size.width * size.layers + 2 * (34 * size.width + 8 * size.hidden)),
        "logits": logits * size.vocabulary,
    }
    parts["fragments and context"] = FRAGMENTS * sum(parts.values()) + CONTEXT_BYTES
    return parts


def training_flops(size: Size, tokens: int, confidence: bool = False) -> float:
    """Estimated FLOP of training on `tokens`: six for each weight and token.

    Two forward, two when activations are computed again, two for their gradients; frozen
    weights get none. The confidence loss asks once more beforehand: two more.
    """
    return (8.0 if confidence else 6.0) * size.parameters * tokens


def scoring_flops(size: Size, tokens: int) -> float:
    """Estimated FLOP of reading `tokens` once."""
    return 2.0 * size.parameters * tokens


def hours(flops: float, gpu: Gpu) -> float:
    """Estimated hours on one GPU at the assumed share of its peak."""
    return flops / (gpu.peak * UTILISATION) / 3600


def writing_hours(size: Size, steps: int, gpu: Gpu) -> float:
    """Estimated hours of writing replies.

    Each step adds a token to all replies on the device and reads every weight once.
    """
    return steps * (2.0 * size.parameters / gpu.bandwidth + WRITING_SECONDS) / 3600
