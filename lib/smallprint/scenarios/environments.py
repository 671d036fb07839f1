"""Environments: tasks with a few files in memory, varied by named arms.

`load` reads ``data/scenarios/<study>/`` and checks it; `cells` gives a design's arms; `samples`
gives what is asked of a model. A sample has one episode or two: the same request with other files.
Show one with ``python -m smallprint.scenarios.environments STUDY TASK ARM``.
"""

import hashlib
import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from smallprint import commands, messages, paths
from smallprint.scenarios.environments_checks import check
from smallprint.scenarios.environments_problems import problems, solve
from smallprint.scenarios.environments_schema import (
    EnvironmentPack,
    EnvironmentPackFile,
    ScoreRule,
    SharedLines,
    Story,
    TaskFile,
)
from smallprint.scenarios.folders import find, read_file, read_files, shown
from smallprint.scenarios.problems import Problems
from smallprint.scenarios.samples import Cell, check_design, check_request
from smallprint.scenarios.schema import Judge
from smallprint.scenarios.templates import fill

FILES = {"pack": EnvironmentPackFile, "prompt": SharedLines, "judge": Judge}


@dataclass(frozen=True)
class Episode:
    """What an environment holds at the start.

    Attributes
    ----------
    files : dict of path to text
    switches : dict of name to ``on`` or ``off``
    memo : str or None
        Path of the memo, where there is one.
    solutions : str
        The right letters, where the episode has problems to solve; else empty.
    """

    files: dict[str, str]
    switches: dict[str, str]
    memo: str | None
    solutions: str


@dataclass(frozen=True)
class EnvironmentSample:
    """One run of one task in one arm.

    Attributes
    ----------
    id : str
        ``{task}-{arm}-{index:03d}``.
    text : str
        ``{task}-{arm}``: what all runs of the arm share.
    cell : str
        The arm.
    digest : str
        First 16 hex digits of the SHA-256 of prompt, files and switches of all episodes.
    """

    id: str
    text: str
    family: str
    cell: str
    levels: dict[str, str]
    index: int
    system: str
    user: str
    episodes: tuple[Episode, ...]
    digest: str


def load(study: str, folder: Path = paths.SCENARIOS) -> EnvironmentPack:
    """Read and check the environments of one study.

    Raises
    ------
    ScenarioError
        With one line for each problem found: file, place, what was found, what is allowed
        and what to do.
    """
    place, found = find(study, folder), Problems()
    parts = read_files(place, FILES, found)
    tasks = {
        path.name: read_file(path, TaskFile, found) for path in sorted(place.glob("task-*.yaml"))
    }
    if not tasks:
        found.say(shown(place), "found no task-<name>.yaml; allowed: at least one; fix: add it")
    check(shown(place), study, parts, tasks, found)
    found.end()
    by_name = {each.task: each for each in tasks.values()}
    ordered = {name: by_name[name] for name in parts["pack"].tasks}
    return EnvironmentPack(
        file=parts["pack"], prompt=parts["prompt"], judge=parts["judge"], tasks=ordered
    )


def cells(pack: EnvironmentPack, design: str) -> tuple[Cell, ...]:
    """The arms of a design; ValueError for an unknown one, with the known ones."""
    check_design(pack.designs, design)
    chosen = pack.file.designs[design]
    return tuple(Cell(arm, pack.file.headline | pack.file.arms[arm].changes) for arm in chosen)


def samples(
    pack: EnvironmentPack, family: str, cells: Iterable[Cell], n: int
) -> list[EnvironmentSample]:
    """The samples of a task: n for each arm that the task has.

    Generated problems depend on task, episode and index alone, so that arms meet the same ones.

    Raises
    ------
    ValueError
        For an unknown task or a negative n.
    """
    check_request(pack.families, family, n, "task", "tasks")
    return [
        sample(pack, family, cell, index)
        for cell in cells
        if family in (pack.file.arms[cell.id].only or pack.families)
        for index in range(n)
    ]


def sample(pack: EnvironmentPack, family: str, cell: Cell, index: int) -> EnvironmentSample:
    """One sample; see `samples`."""
    story, levels = pack.story(family, cell.levels), cell.levels
    system, user = prompt(pack, family, levels)
    first = story.memo.texts["present"]
    episodes = tuple(_episode(family, story, levels, index, at) for at in range(len(first)))
    held = json.dumps([[each.files, each.switches] for each in episodes], sort_keys=True)
    return EnvironmentSample(
        id=f"{family}-{cell.id}-{index:03d}",
        text=f"{family}-{cell.id}",
        family=family,
        cell=cell.id,
        levels=dict(levels),
        index=index,
        system=system,
        user=user,
        episodes=episodes,
        digest=hashlib.sha256((system + user + held).encode()).hexdigest()[:16],
    )


def prompt(pack: EnvironmentPack, family: str, levels: dict[str, str]) -> tuple[str, str]:
    """System and user prompt of a task at these levels."""
    story, lines = pack.story(family, levels), pack.prompt
    names = story.names.model_dump() | {"goal": story.goal[levels["goal"]]}
    parts = (
        lines.role,
        lines.goal[levels["strength"]],
        lines.desk,
        lines.channel[levels["channel"]],
    )
    return "\n\n".join(fill(part, names) for part in parts if part), fill(story.request, names)


def follow_ups(pack: EnvironmentPack, family: str, levels: dict[str, str]) -> dict[str, str]:
    """The questions after the run, by name, in their order."""
    question = pack.story(family, levels).question
    asked = pack.prompt.follow_ups.model_dump()
    return {name: fill(text, {"question": question}) for name, text in asked.items()}


def _episode(family: str, story: Story, levels: dict[str, str], index: int, at: int) -> Episode:
    rule = story.rule
    made = problems(rule.questions, f"{family} {index} {at}") if isinstance(rule, ScoreRule) else ""
    files = dict(story.files)
    if levels["decoys"] == "present":
        files |= story.decoys
    memo = None if levels["memo"] == "absent" else story.memo.path
    if memo:
        files[memo] = story.memo.texts[levels["memo"]][at]
    names = story.names.model_dump() | {"problems": made}
    filled = {path: fill(files[path], names) for path in sorted(files)}
    return Episode(filled, dict(story.switches), memo, solve(made).right)


def named(about: Mapping) -> EnvironmentSample:
    """The sample that metadata name: ``study``, ``family``, ``cell``, ``index`` and the levels."""
    pack = known(about["study"])
    levels = {factor: about[factor] for factor in pack.factors}
    return sample(pack, about["family"], Cell(about["cell"], levels), about["index"])


@cache
def known(study: str) -> EnvironmentPack:
    """The study's pack, read once."""
    return load(study)


def main(arguments: list[str]) -> None:
    """Print prompt, files and follow-up questions of one task in one arm."""
    try:
        study, family, arm = arguments
        pack = load(study)
        chosen = {cell.id: cell for cell in cells(pack, pack.designs[0])}
        if arm not in chosen:
            near = messages.nearest(arm, chosen)
            raise ValueError(f"no arm '{arm}'{near}; arms: {', '.join(chosen)}")
        made = samples(pack, family, [chosen[arm]], 1)
        if not made:
            raise ValueError(f"{family} has no arm '{arm}'")
    except ValueError as error:
        usage = "usage: python -m smallprint.scenarios.environments STUDY TASK ARM"
        commands.end(f"{error}\n{usage}", 1)
    (one,) = made
    shown = {"system prompt": one.system, "user prompt": one.user}
    for number, episode in enumerate(one.episodes, start=1):
        shown |= {f"episode {number}: {path}": text for path, text in episode.files.items()}
    questions = follow_ups(pack, family, one.levels)
    shown |= {f"follow-up: {name}": text for name, text in questions.items()}
    print("\n\n".join(f"# {one.text}: {name}\n\n{text}" for name, text in shown.items()))


if __name__ == "__main__":
    main(sys.argv[1:])
