"""Replies a second through `ask` and through the bare client, on the same fake server.

Run as ``python bench/throughput.py [samples [rounds [milliseconds]]]``. The two take
turns; each round's ratio is printed, and the median last. The server has a process of its own.
"""

import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from anthropic import AsyncAnthropic
from fakes import serving
from inspect_ai.dataset import Sample
from inspect_ai.model import ChatMessageSystem, ChatMessageUser
from record import machine, write

from smallprint.evals.asking import MAX_TOKENS, ask

CONNECTIONS = 50
MODEL = "claude-bench"
SYSTEM = "You sort mail. " * 100
BODY = "A line of ordinary office mail about nothing in particular.\n" * 100


def prompts(n: int) -> list[str]:
    """Prompts of about 1500 tokens, all different."""
    return [f"Mail {index}\n{BODY}" for index in range(n)]


async def bare(url: str, texts: list[str]) -> None:
    """Ask with nothing but the provider's client."""
    gate = asyncio.Semaphore(CONNECTIONS)
    async with AsyncAnthropic(base_url=url) as client:

        async def one(text: str) -> None:
            async with gate:
                await client.messages.create(
                    model=MODEL,
                    max_tokens=MAX_TOKENS,
                    system=SYSTEM,
                    messages=[{"role": "user", "content": text}],
                )

        await asyncio.gather(*(one(text) for text in texts))


def through_ask(url: str, texts: list[str]) -> None:
    """Ask through Inspect, with logs and all."""
    samples = [
        Sample(
            id=f"s{index}",
            input=[ChatMessageSystem(content=SYSTEM), ChatMessageUser(content=text)],
            metadata={"digest": "bench"},
        )
        for index, text in enumerate(texts)
    ]
    with tempfile.TemporaryDirectory() as folder:
        done = ask(
            samples,
            model=f"anthropic/{MODEL}",
            folder=Path(folder),
            base_url=url,
            max_connections=CONNECTIONS,
        )
    assert done.asked == len(samples), done


class Speed(NamedTuple):
    """Replies a second, and milliseconds of this process's processor time for each."""

    rate: float
    cpu: float


def measure(run: Callable[[], None], n: int) -> Speed:
    """Time one run over `n` prompts."""
    wall, cpu = time.perf_counter(), time.process_time()
    run()
    return Speed(n / (time.perf_counter() - wall), (time.process_time() - cpu) / n * 1000)


def main(n: int = 1000, rounds: int = 5, milliseconds: int = 200) -> None:
    """Warm both up, then let them take turns."""
    os.environ["ANTHROPIC_API_KEY"] = "not-a-key"
    described, rows = machine(), []
    with serving(latency=milliseconds / 1000) as fake:
        through_ask(fake.url, prompts(10))
        asyncio.run(bare(fake.url, prompts(10)))
        for index in range(rounds):
            client = measure(lambda: asyncio.run(bare(fake.url, prompts(n))), n)
            own = measure(lambda: through_ask(fake.url, prompts(n)), n)
            ratio = own.rate / client.rate
            rows.append(
                {
                    "samples": n,
                    "latency, ms": milliseconds,
                    "connections": CONNECTIONS,
                    "bare client, a second": round(client.rate, 1),
                    "ask, a second": round(own.rate, 1),
                    "ratio": round(ratio, 3),
                    "bare client, ms each": round(client.cpu, 1),
                    "ask, ms each": round(own.cpu, 1),
                }
            )
            print(
                f"round {index + 1}: "
                f"bare client {client.rate:5.1f}/s ({client.cpu:4.1f} ms processor time each), "
                f"ask {own.rate:5.1f}/s ({own.cpu:4.1f} ms), ratio {ratio:.2f}",
                flush=True,
            )
    print(f"median ratio {statistics.median(row['ratio'] for row in rows):.2f}")
    write("throughput", rows, described)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
