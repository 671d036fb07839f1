"""Ask the control agents and write their outcomes: the calibration of a study's instrument.

Run as ``python -m smallprint.evals.controls STUDY``. Samples that were asked
before are not asked again.
"""

import json
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from datetime import UTC, datetime
from math import inf
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

from smallprint import commands, disk, paths, scenarios
from smallprint.estimates import write_atomically
from smallprint.evals import control, studies
from smallprint.evals.asking import Asked, ask
from smallprint.evals.logs import LogError
from smallprint.evals.shelf import AskingError
from smallprint.evals.studies import Study


class Done(NamedTuple):
    """What was asked of one agent and about its replies."""

    agent: str
    asked: int
    reused: int


def calibrate(study: Study, agent: str, logs: Path) -> Done:
    """Ask one agent and its judges, and write its outcomes.

    Parameters
    ----------
    study : Study
    agent : str
        Name without ``control/``.
    logs : Path
        Folder of all logs; the agent's is ``<logs>/<study>/<slug of the model>``.

    Raises
    ------
    AskingError
        If a sample got no reply.
    """
    model = f"control/{agent}"
    folder = Path(logs) / study.slug / paths.slug(model)
    samples = study.samples(study.families, study.design, study.agents[agent])
    control.know(samples, study.answer)
    done = [_ask(samples, model, folder / "asked", study)]
    for judge in study.judges:
        questions = study.questions(folder)
        control.know(questions, study.judged)
        done.append(_ask(questions, judge, folder / "judged" / paths.slug(judge)))
    _describe(folder, study, model)
    study.write(folder, None)
    for judge in () if study.compares else study.judges[1:]:
        study.write(folder, judge)
    return Done(agent, sum(one.asked for one in done), sum(one.reused for one in done))


def main(arguments: list[str] | None = None) -> None:
    """Ask all control agents, several at once in processes of their own."""
    parser = commands.Parser(prog="python -m smallprint.evals.controls")
    parser.add_argument("study")
    cores = len(os.sched_getaffinity(0))
    parser.add_argument("--workers", type=int, default=cores, help="processes; one a core")
    chosen = parser.parse_args(arguments)
    if wrong := commands.out_of_range("workers", chosen.workers, inf):
        commands.end(*wrong, 2)
    try:
        study = studies.of(chosen.study)
    except scenarios.ScenarioError as error:
        commands.end(str(error), 1)
    # The bars of several processes would overwrite each other.
    os.environ["TQDM_DISABLE"] = "1"
    workers = min(chosen.workers, len(study.agents))
    # Those that are asked most come first, so that no process is left with a long one.
    agents = sorted(study.agents, key=study.agents.get, reverse=True)
    try:
        _ask_all(chosen.study, agents, workers)
    except (AskingError, LogError) as error:
        commands.end(str(error), 1)
    except OSError as error:
        if not (refused := disk.line(error, paths.LOGS)):
            raise
        commands.end(refused, 1)
    if study.extra:
        study.extra(paths.LOGS / chosen.study)
    (paths.LOGS / chosen.study / ".controls").touch()


def _ask_all(study: str, agents: Sequence[str], workers: int) -> None:
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        jobs = [pool.submit(_calibrate, study, agent, paths.LOGS) for agent in agents]
        for number, job in enumerate(as_completed(jobs), start=1):
            done = job.result()
            print(
                f"[{number}/{len(jobs)}] control/{done.agent}: "
                f"{done.asked} asked, {done.reused} there already",
                flush=True,
            )


def _calibrate(study: str, agent: str, logs: Path) -> Done:
    return calibrate(studies.of(study), agent, logs)


def _ask(samples: list, model: str, folder: Path, study: Study | None = None) -> Asked:
    converse = study and study.converse
    done = ask(
        samples, model=model, folder=folder, seeded=True, converse=converse, max_connections=50
    )
    if done.failed or done.remaining:
        first = next(iter(done.failed.values()), done.stopped_by)
        raise RuntimeError(f"{folder}: {model} left samples without a reply: {first}")
    return done


def _describe(folder: Path, study: Study, model: str) -> None:
    judges = study.judges if study.compares else study.judges[:1]
    asked = {
        "study": study.slug,
        "model": model,
        "judge": ",".join(judges),
        "samples": study.agents[model.removeprefix("control/")],
        "design": study.design,
        "families": ",".join(study.families),
        "date": datetime.now(UTC).date().isoformat(),
    }
    write_atomically(folder / "run.json", json.dumps(asked, indent=1) + "\n")


if __name__ == "__main__":
    main()
