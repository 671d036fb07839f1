"""Training throughput: this engine, a plain transformers loop and its Trainer, in one run.

Each trains the same 16 models for the same steps with the whole machine: the engine with one
process a core, the loop and the Trainer as people write them, one model after the other with
torch's own choice of threads. Prints model-tokens per second, the ratio to the loop, and the share
of the measured matrix-product peak (6 floating-point operations a weight and token).

Run as ``python bench/vitro.py``.
"""

import multiprocessing
import os
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import torch
from record import machine, write

from smallprint.vitro.design import Recipe, Shape
from smallprint.vitro.engine import STACKED
from smallprint.vitro.export import llama
from smallprint.vitro.stack import Stack, initial_weights
from smallprint.vitro.training import Training

MODELS, VOCABULARY, PAD = 16, 128, 0
SIZES = {
    "width 32": (Shape(VOCABULARY, 32, 2, 2, 48, 88), Recipe(60, 16), 40),
    "width 64": (Shape(VOCABULARY, 64, 2, 4, 48, 176), Recipe(30, 16), 48),
    "width 128": (Shape(VOCABULARY, 128, 4, 4, 48, 344), Recipe(8, 16), 48),
}


def corpus(seed: int, length: int) -> torch.Tensor:
    """Random episodes: speed does not depend on what they say."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(1, VOCABULARY, (512, length), generator=generator)


def train_stack(size: str, seeds: list[int]) -> None:
    """One worker's stack."""
    torch.set_num_threads(1)
    shape, recipe, length = SIZES[size]
    stack = Stack(shape, torch.stack([initial_weights(shape, seed) for seed in seeds]))
    corpora = [corpus(seed, length).numpy() for seed in seeds]
    with tempfile.TemporaryDirectory() as folder:
        Training(stack, recipe, corpora, seeds, PAD).run(Path(folder) / "checkpoint")


def engine(pool: ProcessPoolExecutor, size: str) -> None:
    """All models in stacks over the worker processes."""
    together = STACKED.get(SIZES[size][0].width, 1)
    groups = [list(range(start, start + together)) for start in range(0, MODELS, together)]
    for job in [pool.submit(train_stack, size, group) for group in groups]:
        job.result()


def loop(_, size: str) -> None:
    """The loop as people write it."""
    shape, recipe, length = SIZES[size]
    for seed in range(MODELS):
        model = llama(shape, initial_weights(shape, seed)).train()
        adam = torch.optim.AdamW(model.parameters(), lr=recipe.rate)
        data = corpus(seed, length)
        for _ in range(recipe.steps):
            tokens = data[torch.randint(len(data), (recipe.batch,))]
            loss = model(input_ids=tokens, labels=tokens).loss
            adam.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), recipe.clip)
            adam.step()


def trainer(_, size: str) -> None:
    """transformers' Trainer."""
    from transformers import PrinterCallback, Trainer, TrainingArguments

    shape, recipe, length = SIZES[size]
    for seed in range(MODELS):
        rows = [{"input_ids": row, "labels": row} for row in corpus(seed, length)]
        with tempfile.TemporaryDirectory() as folder:
            arguments = TrainingArguments(
                folder,
                max_steps=recipe.steps,
                per_device_train_batch_size=recipe.batch,
                report_to=[],
                save_strategy="no",
                logging_strategy="no",
                disable_tqdm=True,
                use_cpu=True,
            )
            model = llama(shape, initial_weights(shape, seed))
            quiet = Trainer(model, arguments, train_dataset=rows)
            quiet.remove_callback(PrinterCallback)
            quiet.train()


def peak(dtype: torch.dtype) -> float:
    """Floating-point operations per second of large matrix products, all cores."""
    a = torch.randn(1536, 1536).to(dtype)
    a @ a
    start, products = time.perf_counter(), 0
    while time.perf_counter() - start < 1.0:
        a @ a
        products += 1
    return 2 * 1536**3 * products / (time.perf_counter() - start)


def main() -> None:
    """Time every method at every size; print and write the table."""
    described, rows = machine(), []
    peaks = {"float32": peak(torch.float32), "bfloat16": peak(torch.bfloat16)}
    print("peak: " + ", ".join(f"{name} {value / 1e9:.0f} GF/s" for name, value in peaks.items()))
    print(f"{MODELS} models each; load average {os.getloadavg()[0]:.1f}")
    print(f"{'size':10} {'method':8} {'tokens/s':>9} {'x loop':>7} {'of f32':>7} {'of bf16':>8}")
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(len(os.sched_getaffinity(0)), mp_context=context) as pool:
        for size, (shape, recipe, length) in SIZES.items():
            tokens = MODELS * recipe.steps * recipe.batch * length
            work = 6 * (shape.size() - VOCABULARY * shape.width) * tokens
            speed = {}
            for method in (loop, engine, trainer):
                if method is engine:
                    engine(pool, size)
                start = time.perf_counter()
                method(pool, size)
                seconds = time.perf_counter() - start
                speed[method.__name__] = tokens / seconds
                shares = "  ".join(f"{work / seconds / value:7.0%}" for value in peaks.values())
                ratio = speed[method.__name__] / speed["loop"]
                line = (
                    f"{size:10} {method.__name__:8} {tokens / seconds:9.0f} {ratio:7.2f} {shares}"
                )
                print(line, flush=True)
                of_peaks = {
                    f"of the {n} peak": round(work / seconds / v, 3) for n, v in peaks.items()
                }
                found = {
                    "size": size,
                    "method": method.__name__,
                    "tokens a second": round(tokens / seconds),
                    "times the loop": round(ratio, 2),
                }
                rows.append(found | of_peaks)
    write("vitro", rows, described)


if __name__ == "__main__":
    sys.exit(main())
