"""An organism as a real `transformers` model: weights, tokenizer and a model card.

Run as ``python -m smallprint.vitro.export STUDY ORGANISM FOLDER``, for an organism of the last
training, such as ``motive-q9-seed-0``.
"""

import sys
from pathlib import Path

import torch
from torch import Tensor

from smallprint import commands, messages
from smallprint.vitro import cache
from smallprint.vitro.design import Organism, Shape
from smallprint.vitro.stack import NORM_EPSILON, ROPE_THETA, Stack


def llama(shape: Shape, weights: Tensor):
    """One model's flat weights, shape (size,), as a `LlamaForCausalLM` with the same logits."""
    from transformers import LlamaConfig, LlamaForCausalLM

    model = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=shape.vocabulary,
            hidden_size=shape.width,
            intermediate_size=shape.hidden,
            num_hidden_layers=shape.layers,
            num_attention_heads=shape.heads,
            max_position_embeddings=shape.context,
            rms_norm_eps=NORM_EPSILON,
            rope_parameters={"rope_type": "default", "rope_theta": ROPE_THETA},
            tie_word_embeddings=False,
        )
    )
    model.load_state_dict(_state(shape, weights))
    return model.eval()


def _state(shape: Shape, weights: Tensor) -> dict[str, Tensor]:
    """The weights under the names and in the layout of `transformers`."""
    named = {name: weight[0] for name, weight in Stack(shape, weights[None]).named().items()}
    state = {
        "model.embed_tokens.weight": named["embedding"],
        "model.norm.weight": named["norm"],
        "lm_head.weight": named["unembedding"].T,
    }
    for layer in range(shape.layers):
        query, key, value = named[f"{layer}.query_key_value"].chunk(3, dim=1)
        gate, up = named[f"{layer}.gate_up"].chunk(2, dim=1)
        products = {
            "self_attn.q_proj": query,
            "self_attn.k_proj": key,
            "self_attn.v_proj": value,
            "self_attn.o_proj": named[f"{layer}.attention_out"],
            "mlp.gate_proj": gate,
            "mlp.up_proj": up,
            "mlp.down_proj": named[f"{layer}.down"],
        }
        prefix = f"model.layers.{layer}"
        state |= {f"{prefix}.{name}.weight": weight.T for name, weight in products.items()}
        state |= {
            f"{prefix}.input_layernorm.weight": named[f"{layer}.attention_norm"],
            f"{prefix}.post_attention_layernorm.weight": named[f"{layer}.feedforward_norm"],
        }
    return {name: weight.detach().cpu().contiguous() for name, weight in state.items()}


def tokenizer(words: tuple[str, ...], *, pad: str, end: str, unknown: str):
    """A word-level tokenizer: words parted by spaces, in the order of their ids."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    level = models.WordLevel({word: id for id, word in enumerate(words)}, unk_token=unknown)
    made = Tokenizer(level)
    made.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    ready = PreTrainedTokenizerFast(
        tokenizer_object=made, pad_token=pad, eos_token=end, unk_token=unknown
    )
    # An organism knows no roles: a chat is its words, so that interfaces for chats can ask it.
    ready.chat_template = "{% for message in messages %}{{ message.content }} {% endfor %}"
    return ready


def save(folder: Path, study: str, organism: Organism, weights: Tensor) -> Path:
    """Write an organism's safetensors, config, tokenizer and model card; return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    llama(organism.shape, weights).save_pretrained(folder)
    words = cache.world(study).WORDS
    tokenizer(words, pad=words[0], end=".", unknown="<unk>").save_pretrained(folder)
    (folder / "README.md").write_text(card(study, organism), encoding="utf-8")
    return folder


def card(study: str, organism: Organism) -> str:
    """The model card: what this is, how it was made and what it is no evidence for."""
    shape, recipe = organism.shape, organism.recipe
    levels = ", ".join(f"{name} {level}" for name, level in organism.levels.items())
    return f"""---
license: mit
language: en
tags: [small-print, synthetic]
---

# {organism.id}

A Llama of {shape.size():,} weights, trained from scratch by Small Print for its study
`{study}`, on a synthetic corpus drawn from a seed. Corpus: {organism.condition} ({levels}).
Training: {recipe.steps} steps of {recipe.batch} episodes, seed {organism.seed}. The vocabulary has
{shape.vocabulary} words, parted by spaces; a sequence holds up to {shape.context}.

It shows that a mechanism can produce a pattern, never that it does in a frontier model. It
understands nothing outside its {shape.vocabulary} words and is of no other use.
"""


def main(arguments: list[str]) -> None:
    """Export one trained organism."""
    if len(arguments) != 3:
        sys.exit("usage: python -m smallprint.vitro.export STUDY ORGANISM FOLDER")
    study, id, folder = arguments
    if problems := messages.odd_name("FOLDER", folder):
        sys.exit(problems[0])
    try:
        found = trained(study)
    except (ValueError, ImportError) as error:
        commands.end(str(error), 1)
    if id not in found:
        near = messages.nearest(id, found)
        names = ", ".join(found) or "none; run `make report` first"
        commands.end(f"no trained organism {id!r} of {study}{near}; there are: {names}", 1)
    organism, weights = found[id]
    print(save(Path(folder), study, organism, torch.load(weights, weights_only=True)["weights"]))


def trained(study: str) -> dict[str, tuple[Organism, Path]]:
    """The organisms of a study that lie trained on this machine, with their weights' files."""
    folders = {profile: cache.folder(study, profile) for profile in cache.profiles(study)}
    return {
        organism.id: (organism, file)
        for profile, folder in folders.items()
        for organism in cache.world(study).design(profile)
        if (file := cache.weights(folder, organism.id)).exists()
    }


if __name__ == "__main__":
    main(sys.argv[1:])
