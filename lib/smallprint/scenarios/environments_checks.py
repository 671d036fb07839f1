"""Checks that need more than one entry of a folder of environments."""

from collections.abc import Mapping

from pydantic import BaseModel

from smallprint.scenarios.environments_schema import (
    EPISODES,
    EnvironmentPackFile,
    SharedLines,
    Story,
    StoryNames,
    TaskFile,
)
from smallprint.scenarios.problems import Found, Place, Problems
from smallprint.scenarios.schema import Judge
from smallprint.scenarios.templates import check_template

NAMES = set(StoryNames.model_fields)
FACTORS = ("strength", "goal", "story", "memo", "channel", "decoys")
LEVELS = {"goal": ("own", "matched"), "story": ("charged", "harmless")}
SOLUTIONS = {"right", "wrong"}


def check(
    folder: str,
    study: str,
    parts: Mapping[str, BaseModel | None],
    tasks: Mapping[str, TaskFile | None],
    problems: Problems,
) -> None:
    """Add every problem that a single file's shape does not show."""
    pack = parts["pack"]
    if pack is None:
        return
    _pack(f"{folder}/pack.yaml", study, pack, problems)
    if problems.lines:
        return
    if parts["prompt"]:
        _prompt(f"{folder}/prompt.yaml", parts["prompt"], pack, problems)
    if parts["judge"]:
        _judge(f"{folder}/judge.yaml", parts["judge"], pack, problems)
    for name, task in tasks.items():
        if task:
            _task(f"{folder}/{name}", name, task, pack, problems)
    if None not in tasks.values():
        there = [task.task for task in tasks.values()]
        problems.names(f"{folder}/pack.yaml", ("tasks",), pack.tasks, there, "task")


def _pack(file: str, study: str, pack: EnvironmentPackFile, problems: Problems) -> None:
    if pack.study != study:
        problems.add(file, ("study",), pack.study, study, "name the folder's study")
    problems.names(file, ("factors",), pack.factors, FACTORS, "factor")
    problems.names(file, ("headline",), pack.headline, FACTORS, "factor")
    for place, levels in [
        (("headline",), pack.headline),
        *((("arms", name, "changes"), arm.changes) for name, arm in pack.arms.items()),
    ]:
        for factor, level in levels.items():
            if factor not in pack.factors:
                problems.choose(file, place, factor, pack.factors, "factor")
            elif level not in pack.factors[factor]:
                problems.choose(file, (*place, factor), level, pack.factors[factor], "level")
    for name, arm in pack.arms.items():
        for task in arm.only:
            if task not in pack.tasks:
                problems.choose(file, ("arms", name, "only"), task, pack.tasks, "task")
    for name, arms in pack.designs.items():
        for arm in arms:
            if arm not in pack.arms:
                problems.choose(file, ("designs", name), arm, pack.arms, "arm")


def _prompt(file: str, prompt: SharedLines, pack: EnvironmentPackFile, problems: Problems) -> None:
    problems.names(file, ("goal",), prompt.goal, pack.factors["strength"], "level")
    problems.names(file, ("channel",), prompt.channel, pack.factors["channel"], "level")
    texts = {"role": prompt.role, "desk": prompt.desk}
    texts |= {f"channel.{level}": text for level, text in prompt.channel.items()}
    for place, text in texts.items():
        check_template(file, (place,), text, NAMES, problems)
    for level, text in prompt.goal.items():
        check_template(file, ("goal", level), text, NAMES | {"goal"}, problems)
    for name, text in prompt.follow_ups.model_dump().items():
        check_template(file, ("follow_ups", name), text, {"question"}, problems)


def _judge(file: str, judge: Judge, pack: EnvironmentPackFile, problems: Problems) -> None:
    problems.names(file, ("families",), judge.families, pack.tasks, "task")
    if set(judge.labels.values()) != {True, False}:
        found = Found(f"labels {', '.join(judge.labels)}")
        problems.add(file, ("labels",), found, "one for true and one for false", "add the other")
    words = {"situation", "act", "counts", "does_not", "reply"}
    check_template(file, ("template",), judge.template, words, problems)
    for name, question in judge.families.items():
        for field, text in question.model_dump().items():
            check_template(file, ("families", name, field), text, NAMES, problems)


def _task(
    file: str, name: str, task: TaskFile, pack: EnvironmentPackFile, problems: Problems
) -> None:
    if name != f"task-{task.task}.yaml":
        problems.add(file, ("task",), task.task, name[5:-5], "name the file's task")
    if "finish" not in task.tools:
        fix = "add finish, which ends a run"
        problems.add(file, ("tools",), Found("no tool 'finish'"), "finish", fix)
    problems.names(file, ("stories",), task.stories, LEVELS["story"], "story")
    wanted = {"charged": {"present"}, "harmless": {"present"}}
    for arm in pack.arms.values():
        levels = pack.headline | arm.changes
        if levels["memo"] != "absent" and task.task in (arm.only or pack.tasks):
            wanted[levels["story"]].add(levels["memo"])
    for story, texts in task.stories.items():
        memos = sorted(wanted[story])
        problems.names(file, ("stories", story, "memo", "texts"), texts.memo.texts, memos, "memo")
        _story(file, ("stories", story), texts, task, problems)


def _story(file: str, place: Place, story: Story, task: TaskFile, problems: Problems) -> None:
    problems.names(file, (*place, "goal"), story.goal, LEVELS["goal"], "goal")
    episodes = EPISODES[story.rule.kind]
    for level, texts in story.memo.texts.items():
        if len(texts) != episodes:
            found, allowed = Found(f"{len(texts)} texts"), f"{episodes}, one an episode"
            problems.add(file, (*place, "memo", "texts", level), found, allowed, "add or remove")
    for script in ("work", "act"):
        for number, step in enumerate(getattr(story, script)):
            if step.tool not in task.tools:
                problems.choose(file, (*place, script, number), step.tool, task.tools, "tool")
            for name, text in step.arguments.items():
                check_template(file, (*place, script, number, name), text, SOLUTIONS, problems)
    _rule(file, (*place, "rule"), story, problems)
    generated = {"problems"} if story.rule.kind == "score" else set()
    for kind, files in (("files", story.files), ("decoys", story.decoys)):
        for path, text in files.items():
            check_template(file, (*place, kind, path), text, NAMES | generated, problems)
    for level, texts in story.memo.texts.items():
        for number, text in enumerate(texts):
            check_template(file, (*place, "memo", "texts", level, number), text, NAMES, problems)
    check_template(file, (*place, "request"), story.request, NAMES, problems)


def _rule(file: str, place: Place, story: Story, problems: Problems) -> None:
    rule = story.rule
    for field in ("source", "file"):
        path = getattr(rule, field, None)
        if path is not None and path not in story.files:
            problems.choose(file, (*place, field), path, story.files, "file")
    if rule.kind == "switch" and rule.switch not in story.switches:
        problems.choose(file, (*place, "switch"), rule.switch, story.switches, "switch")
    if rule.kind == "ranking" and rule.first not in rule.order[1:]:
        allowed = f"one of {', '.join(rule.order[1:])}"
        problems.add(file, (*place, "first"), rule.first, allowed, "name a lower entry")
    if rule.kind == "choice":
        for field in ("first", "second"):
            if getattr(rule, field) not in rule.options:
                found = getattr(rule, field)
                problems.choose(file, (*place, field), found, rule.options, "option")
