"""Keeps what the benchmarks found, with a description of the machine, in ``data/bench``."""

import csv
import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "data" / "bench"


def processor() -> str:
    """The processor's name as Linux tells it, or the architecture."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def machine() -> dict[str, object]:
    """Processor, cores, memory, versions, and how busy the machine was."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "processor": processor(),
        "cores": len(os.sched_getaffinity(0)),
        "memory, GiB": round(memory / 2**30),
        "Python": platform.python_version(),
        "torch": metadata.version("torch"),
        "load at the start": round(os.getloadavg()[0], 1),
    }


def write(name: str, rows: Sequence[dict], described: dict[str, object]) -> None:
    """Write ``data/bench/<name>.csv``, the machine's columns last in each row."""
    table(FOLDER / f"{name}.csv", [row | described for row in rows])
    print(f"written: data/bench/{name}.csv", flush=True)


def table(path: Path, rows: Sequence[dict]) -> None:
    """Write rows of the same columns."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
