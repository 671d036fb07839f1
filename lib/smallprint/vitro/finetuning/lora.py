"""LoRA fine-tuning (Hu et al. 2022, arXiv 2106.09685) of any causal model of `transformers`.

A killed training goes on from its checkpoint and ends in the same weights.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from smallprint.vitro.design import Recipe
from smallprint.vitro.engine import device
from smallprint.vitro.finetuning import FinetuningError
from smallprint.vitro.finetuning.objectives import (
    Completions,
    Demonstration,
    Question,
    Verdicts,
    asked_tokens,
)
from smallprint.vitro.training import save_atomically

CHECKPOINT_SECONDS = 60.0


class Objective(Protocol):
    """What is learned; see `objectives` for the two that there are."""

    def prepare(self, model, batch: Sequence, slice: int, confidence: float) -> list:
        """A batch with what must be known of all of it before its slices are trained on."""

    def losses(self, model, batch: Sequence) -> Tensor:
        """Loss of each example, shape (B,)."""


def tokenizer_of(name: str):
    """The tokenizer of a local folder or hub name.

    Raises
    ------
    FinetuningError
        If there is none.
    """
    from transformers import AutoTokenizer

    return _loaded(name, lambda: AutoTokenizer.from_pretrained(name))


def config_of(name: str):
    """The configuration of a local folder or hub name; raises as `tokenizer_of`."""
    from transformers import AutoConfig

    return _loaded(name, lambda: AutoConfig.from_pretrained(name))


def model_of(name: str):
    """A causal model, frozen, on the GPU in bfloat16 if there is one; raises as `tokenizer_of`."""
    from transformers import AutoModelForCausalLM

    where = device()
    dtype = torch.bfloat16 if where.type == "cuda" else torch.float32
    model = _loaded(name, lambda: AutoModelForCausalLM.from_pretrained(name, dtype=dtype))
    # Activations are computed again in the backward pass: memory for a third more work.
    model.activation_checkpointing_enable()
    return model.to(where).requires_grad_(False).eval()


def _loaded(name: str, load: Callable):
    try:
        return load()
    except (OSError, ValueError, KeyError) as error:
        reason = str(error).strip().split("\n")[0]
        raise FinetuningError(
            f"{name}: cannot be loaded ({reason}); give a folder that `save_pretrained` wrote or "
            "the name of a causal model on the hub"
        ) from None


@contextmanager
def adapted(model, rank: int, seed: int) -> Iterator:
    """The model with fresh LoRA weights on every linear layer but the last; taken off at the end.

    Parameters
    ----------
    rank : int
        Of the update; its scale is 2, as ``lora_alpha`` is twice the rank.
    seed : int
        Draws the first weights.
    """
    from peft import LoraConfig, get_peft_model

    config = LoraConfig(
        r=rank, lora_alpha=2 * rank, target_modules="all-linear", task_type="CAUSAL_LM"
    )
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        wrapped = get_peft_model(model, config)
    try:
        yield wrapped
    finally:
        wrapped.unload()


def finetune(
    model,
    examples: Sequence,
    objective: Objective,
    recipe: Recipe,
    checkpoint: Path,
    *,
    seed: int,
    slice: int = 8,
    title: str = "",
    progress: Callable[[int], None] = lambda step: None,
) -> np.ndarray:
    """Train a model's LoRA weights in place and return the loss of each step, in nats.

    Parameters
    ----------
    model : PeftModel
        From `adapted`.
    examples : sequence
        What `objective` takes; in an order drawn from `seed`, all once before any twice.
    recipe : Recipe
        `confidence` is the weight of the auxiliary loss after the first fifth of the steps.
    checkpoint : Path
        Training goes on from it if it exists. It is left for the caller to delete.
    slice : int
        Examples on the device at once; gradients add up over a batch. Changes memory, no result.
    title : str
        For the progress bar on stderr.
    progress : callable
        Told the number of steps done.
    """
    torch.manual_seed(seed)
    weights = [weight for weight in model.parameters() if weight.requires_grad]
    adam = torch.optim.AdamW(weights, lr=recipe.rate, weight_decay=0.0)
    losses, first = np.zeros(recipe.steps), 0
    if checkpoint.exists():
        first = _restore(checkpoint, weights, adam, losses)
    places = order(len(examples), recipe, seed)
    saved = time.monotonic()
    model.train()
    with tqdm(total=recipe.steps, initial=first, desc=title, unit=" steps") as bar:
        for step in range(first, recipe.steps):
            batch = [examples[place] for place in places[step]]
            losses[step] = _advance(model, batch, objective, recipe, step, slice, weights, adam)
            if time.monotonic() - saved > CHECKPOINT_SECONDS:
                _save(checkpoint, step + 1, weights, adam, losses)
                saved = time.monotonic()
            bar.update()
            progress(step + 1)
    model.eval()
    return losses


def order(count: int, recipe: Recipe, seed: int) -> np.ndarray:
    """Places of the examples of each step, shape (steps, batch), in whole passes."""
    rng = np.random.default_rng(seed)
    passes = -(-recipe.steps * recipe.batch // count)
    places = np.concatenate([rng.permutation(count) for _ in range(passes)])
    return places[: recipe.steps * recipe.batch].reshape(recipe.steps, recipe.batch)


def _advance(model, batch, objective, recipe, step, slice, weights, adam) -> float:
    # The confidence loss grows over the first fifth, while there is little to be confident of.
    confidence = recipe.confidence * min(1.0, 5 * (step + 1) / recipe.steps)
    total = 0.0
    with _autocast():
        batch = objective.prepare(model, batch, slice, confidence)
        for low in range(0, len(batch), slice):
            loss = objective.losses(model, batch[low : low + slice]).sum() / len(batch)
            loss.backward()
            total += float(loss.detach())
    torch.nn.utils.clip_grad_norm_(weights, recipe.clip)
    for group in adam.param_groups:
        group["lr"] = recipe.rate_at(step)
    adam.step()
    adam.zero_grad()
    return total


def _autocast():
    """bfloat16 products on a GPU, whose LoRA weights are float32."""
    return torch.autocast("cuda", torch.bfloat16, enabled=device().type == "cuda")


def _save(path: Path, step: int, weights, adam, losses: np.ndarray) -> None:
    state = {
        "step": step,
        "weights": [weight.detach().cpu() for weight in weights],
        "adam": adam.state_dict(),
        "losses": torch.from_numpy(losses),
        "random": torch.get_rng_state(),
        "random_cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
    }
    save_atomically(state, path)


def _restore(path: Path, weights, adam, losses: np.ndarray) -> int:
    state = torch.load(path, weights_only=True, map_location="cpu")
    with torch.no_grad():
        for weight, saved in zip(weights, state["weights"], strict=True):
            weight.copy_(saved)
    adam.load_state_dict(state["adam"])
    losses[:] = state["losses"].numpy()
    torch.set_rng_state(state["random"])
    if state["random_cuda"]:
        torch.cuda.set_rng_state_all(state["random_cuda"])
    return state["step"]


def probabilities(
    model, questions: Sequence[Question], verdicts: Verdicts, slice: int = 8, title: str = ""
) -> np.ndarray:
    """Probability of verdict 1 for each question, shape (n,), of an adapted or bare model."""
    # By length, so that little is padded.
    order = sorted(range(len(questions)), key=lambda place: len(questions[place].tokens))
    found = np.zeros(len(questions))
    model.eval()
    with torch.no_grad(), _autocast(), tqdm(total=len(order), desc=title, unit=" items") as bar:
        for low in range(0, len(order), slice):
            places = order[low : low + slice]
            odds = verdicts.log_odds(model, [questions[place] for place in places])
            found[places] = odds.double().sigmoid().cpu().numpy()
            bar.update(len(places))
    return found


def replies(
    model, tokenizer, prompts: Sequence[str], most: int, slice: int = 8, title: str = ""
) -> list[str]:
    """The likeliest reply to each prompt, word by word, of an adapted or bare model.

    Parameters
    ----------
    most : int
        Tokens of the longest reply; one that goes on is cut.
    """
    asked = [asked_tokens(tokenizer, prompt) for prompt in prompts]
    order = sorted(range(len(asked)), key=lambda place: len(asked[place]))
    end = tokenizer.eos_token_id
    found = [""] * len(asked)
    model.eval()
    with torch.no_grad(), _autocast(), tqdm(total=len(order), desc=title, unit=" replies") as bar:
        for low in range(0, len(order), slice):
            places = order[low : low + slice]
            longest = len(asked[places[-1]])
            # Padded on the left, so that every reply begins at the same place.
            padding = [longest - len(asked[place]) for place in places]
            rows = [[end or 0] * n + asked[p] for n, p in zip(padding, places, strict=True)]
            mask = [[0] * n + [1] * (longest - n) for n in padding]
            told = model.generate(
                input_ids=torch.tensor(rows, device=model.device),
                attention_mask=torch.tensor(mask, device=model.device),
                max_new_tokens=most,
                pad_token_id=end or 0,
                use_cache=True,
                do_sample=False,
                temperature=None,
                top_p=None,
                top_k=None,
            )
            texts = tokenizer.batch_decode(told[:, longest:], skip_special_tokens=True)
            for place, text in zip(places, texts, strict=True):
                found[place] = text
            bar.update(len(places))
    return found


def log_probabilities(model, examples: Sequence[Demonstration], slice: int = 8) -> np.ndarray:
    """Log-probability in nats of each completion, whole, shape (n,)."""
    found = []
    model.eval()
    with torch.no_grad(), _autocast():
        for low in range(0, len(examples), slice):
            part = examples[low : low + slice]
            sizes = torch.tensor([len(one.tokens) - one.start for one in part])
            found.append(-Completions().losses(model, part).double().cpu() * sizes)
    return torch.cat(found).numpy()
