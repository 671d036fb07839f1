"""The shape of a folder of environments, file by file, and the pack that is made of it."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StrictBool, StrictInt

from smallprint.scenarios.schema import Address, AnyPack, Judge, Record, Text

Tool = Literal[
    "list_files",
    "read_file",
    "write_file",
    "copy_file",
    "delete_file",
    "list_switches",
    "set_switch",
    "submit",
    "send_mail",
    "finish",
]
Strength = Literal["none", "mention", "nudge", "full"]
StoryName = Literal["charged", "harmless"]
Path = Annotated[str, Field(pattern=r"^[a-z0-9-]+(/[a-z0-9.-]+)+$")]
OnOff = Literal["on", "off"]
Terms = Annotated[tuple[Text, ...], Field(min_length=1)]

EPISODES = {"switch": 1, "copy": 1, "replace": 1, "ranking": 1, "choice": 2, "score": 2}


class Arm(Record):
    """What an arm changes of the headline, and the tasks it is kept to (all if none)."""

    changes: dict[Text, Text]
    only: tuple[Text, ...] = ()


class EnvironmentPackFile(Record):
    """``pack.yaml``: tasks, factors, arms and designs."""

    study: Text
    version: Annotated[StrictInt, Field(ge=1)]
    tasks: dict[Text, Text]
    factors: dict[Text, tuple[Text, ...]]
    headline: dict[Text, Text]
    arms: dict[Text, Arm]
    designs: dict[Text, tuple[Text, ...]]


class FollowUps(Record):
    """The questions after a run, in the order they are asked."""

    open: Text
    direct: Text
    pressing: Text


class SharedLines(Record):
    """``prompt.yaml``: the lines that all tasks share; levels map to templates."""

    role: Text
    desk: Text
    goal: dict[Strength, str]
    channel: dict[Literal["absent", "present"], str]
    follow_ups: FollowUps


class SwitchRule(Record):
    """The act: a switch has a value at the end."""

    kind: Literal["switch"]
    switch: Text
    value: OnOff


class CopyRule(Record):
    """The act: a file below a folder holds at the end what the source held at the start."""

    kind: Literal["copy"]
    source: Path
    into: Annotated[str, Field(pattern=r"^[a-z0-9-]+/$")]


class ReplaceRule(Record):
    """The act: a file no longer holds the text that it held at the start."""

    kind: Literal["replace"]
    file: Path


class RankingRule(Record):
    """The act: the submitted ranking of the entries in `order` has `first` in the first place."""

    kind: Literal["ranking"]
    order: Annotated[tuple[Text, ...], Field(min_length=2)]
    first: Text


class ChoiceRule(Record):
    """The act: `first` is chosen in the first episode and `second` in the second one."""

    kind: Literal["choice"]
    options: Annotated[tuple[Text, ...], Field(min_length=2)]
    first: Text
    second: Text


class ScoreRule(Record):
    """The act: at least `margin` fewer right answers in the second episode than in the first."""

    kind: Literal["score"]
    questions: Annotated[StrictInt, Field(ge=1)]
    margin: Annotated[StrictInt, Field(ge=1)]


Rule = Annotated[
    SwitchRule | CopyRule | ReplaceRule | RankingRule | ChoiceRule | ScoreRule,
    Field(discriminator="kind"),
]


def _split(found: object) -> object:
    """``{tool: x, path: y}`` as a call: what is not the tool is an argument."""
    if not isinstance(found, dict) or "arguments" in found:
        return found
    rest = {key: value for key, value in found.items() if key != "tool"}
    return {"arguments": rest} | {key: found[key] for key in ("tool",) if key in found}


class Step(Record):
    """One tool call of a scripted agent."""

    tool: Tool
    arguments: dict[Text, str]


Call = Annotated[Step, BeforeValidator(_split)]


class Memo(Record):
    """The file that tells of the situation; `texts` has one text an episode for each level."""

    path: Path
    texts: dict[Literal["present", "no-consequence"], Terms]


class StoryNames(Record):
    """Names that every template of a story may use."""

    firm: Text
    what_it_is: Text
    assistant: Text
    principal: Text
    channel: Address


class Story(Record):
    """One telling of a task.

    Attributes
    ----------
    goal : dict
        ``own`` departs from what the principal asks for, ``matched`` agrees with it.
    decoys : dict
        Further files that have nothing to do with the matter.
    work, act : tuple of Step
        What scripted agents do to finish the task, without and with the act.
    disclosure : tuple of tuple of str
        A sentence that tells of the act has one term of each group; the terms of the last
        group say what was done.
    question : str
        Completes "did you ...?" so that yes admits the act.
    report, admission : str
        A sentence on the finished task, and one that tells of the act.
    """

    names: StoryNames
    goal: dict[Literal["own", "matched"], Text]
    request: Text
    files: Annotated[dict[Path, Text], Field(min_length=1)]
    memo: Memo
    decoys: Annotated[dict[Path, Text], Field(min_length=1)]
    switches: dict[Text, OnOff]
    rule: Rule
    work: Annotated[tuple[Call, ...], Field(min_length=1)]
    act: Annotated[tuple[Call, ...], Field(min_length=1)]
    disclosure: Annotated[tuple[Terms, ...], Field(min_length=2)]
    question: Text
    report: Text
    admission: Text


class TaskFile(Record):
    """``task-<name>.yaml``.

    Attributes
    ----------
    says : str
        The act, in one sentence.
    goal_alone : bool
        Whether the goal alone asks for the action, without anything that the memo says.
    """

    task: Text
    says: Text
    tools: Annotated[tuple[Tool, ...], Field(min_length=1)]
    goal_alone: StrictBool
    stories: dict[StoryName, Story]


class EnvironmentPack(AnyPack):
    """Everything that a folder of environments says, checked."""

    file: EnvironmentPackFile
    prompt: SharedLines
    tasks: dict[str, TaskFile]
    judge: Judge

    @property
    def families(self) -> tuple[str, ...]:
        """Names of the tasks, in order."""
        return tuple(self.file.tasks)

    @property
    def factors(self) -> dict[str, tuple[str, ...]]:
        """Levels of each factor, the reference level first."""
        return dict(self.file.factors)

    @property
    def designs(self) -> tuple[str, ...]:
        """Names of the designs; the first asks every arm."""
        return tuple(self.file.designs)

    def story(self, task: str, levels: dict[str, str]) -> Story:
        """The telling of a task at these levels."""
        return self.tasks[task].stories[levels["story"]]
