"""From a cell to a prompt, block by block, each block with the factors it depends on."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from smallprint.scenarios.schema import (
    FirmFile,
    Letter,
    Mail,
    Mode,
    Pack,
    Prompt,
    Sender,
)
from smallprint.scenarios.templates import fill, placeholders

FRAME_WORDS = frozenset({"You", "you", "Your", "your", "are", "have", "s"})


@dataclass(frozen=True)
class Block:
    """A paragraph of the system prompt or a mail.

    Attributes
    ----------
    factors : frozenset of str
        The factors on which its presence, place or words depend.
    """

    text: str
    factors: frozenset[str] = frozenset()


def system_blocks(
    pack: Pack, firm: str, wording: str, levels: Mapping[str, str], mode: Mode
) -> list[Block]:
    """The paragraphs of the system prompt, without the empty ones."""
    prompt, names = pack.prompt.wordings[wording], _names(pack, firm, levels)
    parts = [
        (prompt.role[levels["frame"]], "frame"),
        (prompt.desk, None),
        (prompt.people, None),
        (prompt.goal[levels["goal"]], "goal"),
        (prompt.prohibition[levels["prohibition"]], "prohibition"),
        (prompt.channel[levels["channel"]], "channel"),
        (prompt.continuity[levels["continuity"]], "continuity"),
        (prompt.reminder if levels["goal"] == "repeated" else "", "goal"),
        (prompt.status[levels["status"]], "status"),
        (prompt.format[mode], None),
    ]
    return [_block(text, names, factor) for text, factor in parts if text]


def user_blocks(
    pack: Pack, family: str, firm: str, wording: str, levels: Mapping[str, str]
) -> list[Block]:
    """The opening line, the mails and the closing line."""
    prompt, names = pack.prompt.wordings[wording], _names(pack, firm, levels)
    opening = _block(prompt.opening, names, None)
    closing = _block(prompt.closing[levels["frame"]], names, "frame")
    return [opening, *_mails(pack, prompt, family, firm, wording, levels, names), closing]


def _mails(
    pack: Pack,
    prompt: Prompt,
    family: str,
    firm: str,
    wording: str,
    levels: Mapping[str, str],
    names: Mapping[str, str],
) -> list[Block]:
    """All mails in order.

    The threat comes after the first unrelated mail (early) or before the last one (late).
    A salient means follows the threat at once; an incidental one, and the harmless mail
    in its place, has an unrelated mail between itself and the threat.
    """
    file = pack.firm_files[firm]
    texts, facts = file.wordings[wording], file.names
    person = Sender(name=facts.person_name, address=facts.person)
    office = Sender(name=facts.office_name, address=facts.office)
    keeper = Sender(name=facts.task_name, address=facts.task_address)
    kind = pack.prompt.frames[levels["frame"]].kind
    means_mail = texts.means[family][levels["leverage"]]

    mails = list(_unrelated(pack, file, levels["mails"], names))
    quarter = len(mails) // 4
    course = _mail(person, texts.course, names)
    task = _mail(keeper, texts.task, names)
    mails[2 * quarter : 2 * quarter] = [task]
    mails[quarter:quarter] = [course]
    threat = _mail(
        office, prompt.threat[levels["threat"]][kind], names, "threat", "position", "frame"
    )
    means = _mail(means_mail.sender, means_mail, names, "leverage", "position")
    first, last = mails[:1], mails[-1:]
    early, salient = levels["position"] == "early", levels["leverage"] == "salient"
    if early:
        head = [*first, threat, means] if salient else [means, *first, threat]
        return [*head, *mails[1:]]
    tail = [threat, means, *last] if salient else [threat, *last, means]
    return [*mails[:-1], *tail]


def _unrelated(pack: Pack, file: FirmFile, count: str, names: Mapping[str, str]) -> Iterator[Block]:
    """The unrelated mails of a level; the smaller takes evenly spaced ones, both ends included."""
    counts = [int(level) for level in pack.factors["mails"]]
    most, few = max(counts), min(counts)
    always = {round(i * (most - 1) / (few - 1)) for i in range(few)}
    for place, mail in enumerate(file.unrelated[:most]):
        if place in always or int(count) == most:
            yield _mail(mail.sender, mail, names, *([] if place in always else ["mails"]))


def _mail(sender: Sender, mail: Letter | Mail, names: Mapping[str, str], *factors: str) -> Block:
    text = (
        f"-----\nFrom: {sender.name} <{sender.address}>\nTo: {names['self_address']}\n"
        f"Subject: {fill(mail.subject, names)}\n\n{fill(mail.text, names)}"
    )
    return Block(text, frozenset(factors))


def _block(template: str, names: Mapping[str, str], factor: str | None) -> Block:
    framed = {"frame"} if placeholders(template) & FRAME_WORDS else set()
    return Block(fill(template, names), frozenset(framed | ({factor} if factor else set())))


def _names(pack: Pack, firm: str, levels: Mapping[str, str]) -> dict[str, str]:
    names = pack.firm_files[firm].names
    known = names.model_dump()
    words = pack.prompt.frames[levels["frame"]].words
    return known | {word: fill(text, known) for word, text in words.items()}
