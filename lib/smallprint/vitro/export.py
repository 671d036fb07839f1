"""An organism as a real `transformers` model: weights, tokenizer and a model card."""

from pathlib import Path

import torch
from torch import Tensor

from smallprint.vitro.design import Shape
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
    return PreTrainedTokenizerFast(
        tokenizer_object=made, pad_token=pad, eos_token=end, unk_token=unknown
    )


def save(folder: Path, model, words_tokenizer, card: str) -> Path:
    """Write safetensors, config, tokenizer and the model card; return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(folder)
    words_tokenizer.save_pretrained(folder)
    (folder / "README.md").write_text(card, encoding="utf-8")
    return folder


def saved_logits(folder: Path, tokens: Tensor) -> Tensor:
    """Logits (B, T, vocabulary) of a saved organism for `tokens` (B, T)."""
    from transformers import AutoModelForCausalLM

    with torch.no_grad():
        return AutoModelForCausalLM.from_pretrained(folder)(tokens).logits
