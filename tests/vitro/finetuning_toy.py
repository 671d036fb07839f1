"""Tiny models of random weights, a tokenizer trained on our texts, a task they can learn."""

from pathlib import Path

import numpy as np
import torch

from smallprint.vitro.finetuning import data

ADJECTIVES = ["red", "blue", "tall", "small", "old", "new", "wet", "dry"]
ANIMALS = ["fox", "hen", "owl", "cat", "dog", "ant", "bee", "cow"]


def questions(count, seed=0):
    """Distinct questions whose verdict is whether the first animal is of the first four."""
    rng = np.random.default_rng(seed)
    made = {}
    while len(made) < count:
        first, second = rng.choice(ANIMALS, 2, replace=False)
        one, other = rng.choice(ADJECTIVES, 2)
        text = f"Is the {one} {first} before the {other} {second} ? Answer:"
        made[text] = int(ANIMALS.index(first) < 4)
    return list(made.items())


def tokenizer(texts=(), size=400):
    """Byte-level pairs, as most models have them; of the task every word is one token."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    bare = Tokenizer(models.BPE())
    bare.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bare.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=["<end>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    texts = texts or [text for text, _ in questions(400)]
    bare.train_from_iterator([*texts, *[" yes no"] * 50], trainer)
    return PreTrainedTokenizerFast(tokenizer_object=bare, eos_token="<end>")


def model(folder: Path, width: int, layers: int, seed: int) -> Path:
    from transformers import LlamaConfig, LlamaForCausalLM

    words = tokenizer()
    torch.manual_seed(seed)
    LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(words),
            hidden_size=width,
            intermediate_size=2 * width,
            num_hidden_layers=layers,
            num_attention_heads=2,
            max_position_embeddings=48,
            # Random weights that are as large as those of a trained model can be tuned.
            initializer_range=0.3,
        )
    ).save_pretrained(folder)
    words.save_pretrained(folder)
    return folder


def laid_out(folder: Path, labelled: int, unlabelled: int, test: int) -> Path:
    items = questions(labelled + unlabelled + test)
    middle = labelled + unlabelled
    return data.write(
        folder,
        train_label=items[:labelled],
        train_unlabel=items[labelled:middle],
        test=items[middle:],
    )
