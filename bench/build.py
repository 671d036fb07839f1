"""How long a build takes, and how well it uses the machine, beside papermill in sequence.

Run as ``python bench/build.py FOLDER [PROFILE]``; FOLDER, outside the project and empty, takes a
copy of it that uses this checkout's packages. In one run: a cold build (organisms trained, control
agents asked), a build with nothing to do, one after a change in the library, all notebooks alone
through the build graph, and the same notebooks one after another, once as the graph executes them
and once through papermill's own command, as people write it. Each row has seconds by the clock and
of processor time.
"""

import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import nbformat
from faults import copy
from record import machine, write

BIN = Path(sys.executable).parent
QUIET = ("--quiet", "rules", "reason", "host")
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


class Spent(NamedTuple):
    """What one command took.

    Attributes
    ----------
    seconds : float
        By the clock.
    cpu : float
        Processor seconds of it and of all that it started.
    """

    seconds: float
    cpu: float


def spent(commands: Sequence[Sequence[str]], where: Path, **environment: str) -> Spent:
    """Run commands one after another in the copy, whose own library they import."""
    env = os.environ | {"PYTHONPATH": str(where / "lib")} | environment
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    for command in commands:
        done = subprocess.run(command, cwd=where, env=env, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"{' '.join(command)} failed:\n{(done.stdout + done.stderr)[-2000:]}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Spent(time.perf_counter() - start, cpu)


def graph(profile: str, *targets: str) -> list[str]:
    """The build as the Makefile starts it."""
    configured = ["--config", f"profile={profile}"]
    build = [sys.executable, "-m", "smallprint.build"]
    return [*build, *targets, "--cores", "all", *QUIET, *configured]


def papermill(notebook: Path, profile: str) -> list[str]:
    """One notebook by papermill's own command."""
    given = ["-p", "profile", profile, "-k", "python3", "--no-progress-bar"]
    return [str(BIN / "papermill"), str(notebook), f"sequence/{notebook.name}", *given]


def execute(notebook: Path, profile: str) -> list[str]:
    """One notebook as the build graph executes it."""
    module = [sys.executable, "-m", "smallprint.execute"]
    return [*module, str(notebook), f"sequence/{notebook.name}", f"profile={profile}"]


def sections(page: Path) -> Iterator[dict]:
    """Seconds of an executed page by its sections of the second level."""
    heading, seconds = "setup", 0.0
    for cell in nbformat.read(page, as_version=4).cells:
        if cell.cell_type == "markdown":
            for line in cell.source.splitlines():
                if line.startswith("## "):
                    yield {"page": page.stem, "section": heading, "seconds": round(seconds, 2)}
                    heading, seconds = line[3:].partition(" {")[0], 0.0
        seconds += cell.metadata.get("papermill", {}).get("duration") or 0.0
    yield {"page": page.stem, "section": heading, "seconds": round(seconds, 2)}


def main(folder: str, profile: str = "quick") -> None:
    """Measure in one copy, in this order, and write both tables."""
    described, where = machine(), copy(Path(folder).resolve() / "copy")
    notebooks = sorted((where / "notebooks").glob("*.ipynb"))
    pages = [f"reports/studies/{notebook.stem}.ipynb" for notebook in notebooks]
    rows = []

    def record(what: str, found: Spent) -> Spent:
        share = found.cpu / (found.seconds * described["cores"])
        rows.append(
            {"what": what, "seconds": round(found.seconds, 1), "cpu": round(found.cpu, 1)}
            | {"of the cores": round(share, 3)}
        )
        print(rows[-1], flush=True)
        return found

    build = graph(profile)
    record("cold build", spent([build], where))
    record("nothing to do", spent([build], where))
    with (where / "lib" / "smallprint" / "display.py").open("a", encoding="utf-8") as module:
        module.write("# A change that changes nothing.\n")
    record("after a change in the library", spent([build], where))
    (where / "sequence").mkdir(exist_ok=True)
    forced = graph(profile, *pages, "--force")
    together = record("notebooks, build graph", spent([forced], where))
    names = [notebook.relative_to(where) for notebook in notebooks]
    for what, command in (("as the graph does it", execute), ("papermill", papermill)):
        commands = [command(name, profile) for name in names]
        alone = record(f"notebooks in sequence, {what}", spent(commands, where, **ONE_THREAD))
        efficiency = alone.seconds / (together.seconds * described["cores"])
        print(f"parallel efficiency against it: {efficiency:.0%}", flush=True)
    write("build", rows, described | {"profile": profile})
    write("sections", [row for page in pages for row in sections(where / page)], described)


if __name__ == "__main__":
    main(*sys.argv[1:])
