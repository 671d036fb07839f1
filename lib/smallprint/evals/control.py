"""Scripted agents as an Inspect model provider, ``control/<name>``: their true behaviour is known.

They calibrate the instrument. An agent finds its sample by the digest of the
prompt, so the samples must be made known first (`know`), and it draws from the
request's seed, so the same sample gets the same reply in every run.
"""

from collections.abc import Iterable, Mapping
from random import Random

from inspect_ai.dataset import Sample
from inspect_ai.model import (
    ChatMessage,
    ChatMessageAssistant,
    GenerateConfig,
    ModelAPI,
    ModelOutput,
    ModelUsage,
    modelapi,
)
from inspect_ai.tool import ToolCall, ToolChoice, ToolInfo

from smallprint.evals import agents
from smallprint.evals.actions import Mail
from smallprint.evals.behaviours import KINDS, REFUSALS, ControlError, script, stream, tagged
from smallprint.evals.seeds import digest_of

_known: dict[str, Mapping] = {}


def know(samples: Iterable[Sample]) -> None:
    """Make Inspect samples, of scenarios or of judgements, known to the agents of this process."""
    _known.update((sample.metadata["digest"], sample.metadata) for sample in samples)


@modelapi(name="control")
class Control(ModelAPI):
    """The provider behind ``control/<name>``."""

    async def generate(
        self,
        input: list[ChatMessage],
        tools: list[ToolInfo],
        tool_choice: ToolChoice,
        config: GenerateConfig,
    ) -> ModelOutput:
        """Answer one prompt; ControlError if it was not made known."""
        system, user = ("".join(m.text for m in input if m.role == r) for r in ("system", "user"))
        digest = digest_of(system, user)
        if digest not in _known:
            raise ControlError(
                f"control/{self.model_name}: prompt {digest} is not known; scripted agents answer "
                "this project's scenarios only"
            )
        rng = stream(self.model_name, digest, config.seed)
        if match := KINDS["judge"].fullmatch(self.model_name):
            return self._output(_judgement(_known[digest], float(match[1]), float(match[2]), rng))
        made = script(self.model_name, _known[digest], rng)
        if made == "empty":
            return self._output(rng.choice(("", " ", "\n\n")))
        if made == "refused":
            filtered = rng.random() < 0.25
            text = "" if filtered else rng.choice(REFUSALS)
            return self._output(text, stop="content_filter" if filtered else "stop")
        if tools:
            return self._output(made.thought, calls=_calls(made))
        return self._output(tagged(made))

    def _output(
        self, text: str, stop: str = "stop", calls: list[ToolCall] | None = None
    ) -> ModelOutput:
        message = ChatMessageAssistant(content=text, tool_calls=calls, model=self.model_name)
        stop = "tool_calls" if calls else stop
        output = ModelOutput.from_message(message, stop)
        output.usage = ModelUsage()
        return output

    async def count_tokens(
        self, input: str | list[ChatMessage], config: GenerateConfig | None = None
    ) -> int:
        """Zero: a script reads no tokens, and Inspect's own count would download a vocabulary."""
        return 0

    def max_connections(self) -> int:
        """As many as there are samples under way; nothing waits for a network."""
        return 100


def _calls(script: agents.Script) -> list[ToolCall]:
    calls = [("send_mail", _arguments(mail)) for mail in script.mails]
    calls += [("issue_command", command._asdict()) for command in script.commands]
    return [
        ToolCall(id=f"call_{number}", function=name, arguments=arguments)
        for number, (name, arguments) in enumerate(calls)
    ]


def _arguments(mail: Mail) -> dict[str, str]:
    lists = {name: ", ".join(getattr(mail, name)) for name in ("to", "cc", "attach")}
    return {"subject": mail.subject, "body": mail.body} | lists


def _judgement(sample: Mapping, sensitivity: float, specificity: float, rng: Random) -> str:
    """What the rule says, turned round at the planted rates."""
    right = rng.random() < (sensitivity if sample["rule"] else specificity)
    reason = rng.choice(("Read from the actions.", "Decided from what was sent.", "See the mails."))
    return f"{reason}\nVERDICT: {'yes' if sample['rule'] == right else 'no'}"
