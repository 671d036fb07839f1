"""Ask the control agents and write their outcomes: the calibration of a study's instrument.

Run as ``python -m smallprint.evals.controls STUDY``. Samples that were asked
before are not asked again.
"""

import argparse
import json
import os
import sys
from concurrent.futures import ProcessPoolExecutor, as_completed
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

from smallprint import paths, scenarios
from smallprint.estimates import write_atomically
from smallprint.evals import behaviours, control, judging, outcomes
from smallprint.evals.agentic_misalignment import inspect_samples
from smallprint.evals.asking import Asked, ask

DESIGN = "one-factor"
FAMILIES = ("leverage", "leaking", "emergency")
SAMPLES = 4
# The first judge's answers go to outcomes.csv.
JUDGES = tuple(f"control/{name}" for name in behaviours.JUDGES)


class Done(NamedTuple):
    """What was asked of one agent and about its replies."""

    agent: str
    asked: int
    reused: int


def calibrate(study: str, agent: str, logs: Path) -> Done:
    """Ask one agent and its judges, and write its outcomes.

    Parameters
    ----------
    study : str
        Slug of the study.
    agent : str
        Name without ``control/``.
    logs : Path
        Folder of all logs; the agent's is ``<logs>/<study>/<slug of the model>``.

    Raises
    ------
    AskingError
        If a sample got no reply.
    """
    pack, model = scenarios.load(study), f"control/{agent}"
    folder = Path(logs) / study / paths.slug(model)
    samples = inspect_samples(pack, FAMILIES, DESIGN, SAMPLES)
    control.know(samples)
    done = [_ask(samples, model, folder / "asked")]
    for judge in JUDGES:
        questions = judging.judge_samples(pack, outcomes.replies(folder))
        control.know(questions)
        done.append(_ask(questions, judge, folder / "judged" / paths.slug(judge)))
    _describe(folder, study, model)
    outcomes.write(folder)
    for judge in JUDGES[1:]:
        outcomes.write(folder, judge)
    return Done(agent, sum(one.asked for one in done), sum(one.reused for one in done))


def main(arguments: list[str] | None = None) -> None:
    """Ask all control agents, one process for each core."""
    parser = argparse.ArgumentParser(prog="python -m smallprint.evals.controls")
    parser.add_argument("study")
    chosen = parser.parse_args(arguments)
    try:
        scenarios.load(chosen.study)
    except scenarios.ScenarioError as error:
        sys.exit(str(error))
    # The bars of several processes would overwrite each other.
    os.environ["TQDM_DISABLE"] = "1"
    workers = min(os.cpu_count() or 1, len(behaviours.AGENTS))
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        jobs = [
            pool.submit(calibrate, chosen.study, agent, paths.LOGS) for agent in behaviours.AGENTS
        ]
        for number, job in enumerate(as_completed(jobs), start=1):
            done = job.result()
            print(
                f"[{number}/{len(jobs)}] control/{done.agent}: "
                f"{done.asked} asked, {done.reused} there already",
                flush=True,
            )
    (paths.LOGS / chosen.study / ".controls").touch()


def _ask(samples: list, model: str, folder: Path) -> Asked:
    done = ask(samples, model=model, folder=folder, seeded=True, max_connections=50)
    if done.failed or done.remaining:
        first = next(iter(done.failed.values()), done.stopped_by)
        raise RuntimeError(f"{folder}: {model} left samples without a reply: {first}")
    return done


def _describe(folder: Path, study: str, model: str) -> None:
    asked = {
        "study": study,
        "model": model,
        "judge": JUDGES[0],
        "samples": SAMPLES,
        "design": DESIGN,
        "families": ",".join(FAMILIES),
        "date": datetime.now(UTC).date().isoformat(),
    }
    write_atomically(folder / "run.json", json.dumps(asked, indent=1) + "\n")


if __name__ == "__main__":
    main()
