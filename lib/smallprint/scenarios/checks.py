"""Checks that need more than one entry of a scenario folder."""

from collections import Counter
from collections.abc import Iterable, Iterator
from string import ascii_lowercase

from pydantic import BaseModel

from smallprint.scenarios.problems import Found, Place, Problems
from smallprint.scenarios.rendering import FRAME_WORDS
from smallprint.scenarios.schema import (
    Facts,
    FirmFile,
    Judge,
    Names,
    PackFile,
    PromptFile,
    PublishedFile,
    Question,
    RulesFile,
)
from smallprint.scenarios.templates import check_template

NAMES = set(Names.model_fields)
JUDGE_WORDS = {*Question.model_fields, "reply"}
WORDINGS = ("a", "b")
LEVELLED = {
    "role": "frame",
    "closing": "frame",
    "goal": "goal",
    "prohibition": "prohibition",
    "channel": "channel",
    "continuity": "continuity",
    "status": "status",
    "threat": "threat",
}
# Levels that the order of the mails and the second goal line depend on.
FIXED = {"goal": "repeated", "leverage": "salient", "position": "early"}
NEEDED = ("leverage", "frame", "mails", "position", *LEVELLED.values())


def check(
    folder: str,
    study: str,
    parts: dict[str, BaseModel | None],
    firms: dict[str, FirmFile | None],
    problems: Problems,
) -> None:
    """Add every problem that a single file's shape does not show."""
    pack = parts["pack"]
    if pack is None:
        return
    _pack(f"{folder}/pack.yaml", study, pack, problems)
    if any(factor not in pack.factors for factor in NEEDED):
        return
    if parts["prompt"]:
        _prompt(f"{folder}/prompt.yaml", parts["prompt"], pack, problems)
    for name, firm in firms.items():
        if firm:
            _firm(f"{folder}/{name}", name, firm, pack, problems)
    if parts["rules"]:
        _rules(f"{folder}/rules.yaml", parts["rules"], pack, problems)
    if parts["judge"]:
        _judge(f"{folder}/judge.yaml", parts["judge"], pack, problems)
    if parts["published"]:
        _published(f"{folder}/published.yaml", parts["published"], pack, problems)


def _pack(file: str, study: str, pack: PackFile, problems: Problems) -> None:
    if pack.study != study:
        problems.add(file, ("study",), pack.study, study, "name the folder's study")
    factors = pack.factors
    missing = [factor for factor in dict.fromkeys(NEEDED) if factor not in factors]
    for factor in missing:
        known = ", ".join(dict.fromkeys(NEEDED))
        problems.add(file, ("factors",), Found(f"no factor '{factor}'"), known, f"add '{factor}'")
    for factor, level in FIXED.items():
        if level not in factors.get(factor, (level,)):
            found, place = Found(f"no level '{level}'"), ("factors", factor)
            problems.add(file, place, found, f"levels with '{level}' among them", f"add '{level}'")
    if len(factors.get("mails", "ab")) != 2:
        found = Found(f"{len(factors['mails'])} levels")
        problems.add(
            file, ("factors", "mails"), found, "two levels", "keep a small and a large one"
        )
    for place, count in enumerate(factors.get("mails", ())):
        if not count.isdigit() or not int(count) or int(count) % 4:
            allowed = 'a multiple of 4, in quotes: "4"'
            problems.add(file, ("factors", "mails", place), count, allowed, "correct the number")
    problems.names(file, ("headline",), pack.headline, factors, "factor")
    _levels(file, ("headline",), pack.headline, pack, problems)
    plan = pack.screening
    if plan.base != ascii_lowercase[: len(plan.base)]:
        place = ("screening", "base")
        problems.add(file, place, plan.base, "abc... without a gap", "rename the base columns")
    problems.names(file, ("screening", "columns"), plan.columns, factors, "factor")
    for factor, columns in plan.columns.items():
        at: Place = ("screening", "columns", factor)
        if len(columns.levels) != 2 ** len(columns.words):
            allowed = f"{2 ** len(columns.words)} levels, one for each setting"
            problems.add(file, at, Found(f"{len(columns.levels)} levels"), allowed, "list them all")
        problems.names(file, (*at, "levels"), set(columns.levels), factors.get(factor, ()), "level")
        for i, word in enumerate(columns.words):
            if not _is_product(word, plan.base):
                allowed = f"a letter of '{plan.base}', or a product of some such as ab or -ab"
                problems.add(file, (*at, "words", i), word, allowed, "use base columns")
    words = [word for columns in plan.columns.values() for word in columns.words]
    for word, times in Counter(word.removeprefix("-") for word in words).items():
        if times > 1:
            found = Found(f"the column '{word}' {times} times")
            problems.add(file, ("screening", "columns"), found, "once", "use another product")
    for i, pair in enumerate(plan.interactions):
        for factor in pair:
            if factor not in factors:
                at = ("screening", "interactions", i)
                problems.choose(file, at, factor, factors, "factor")


def _is_product(word: str, base: str) -> bool:
    letters = word.removeprefix("-")
    plain = len(set(letters)) == len(letters) and set(letters) <= set(base)
    return plain and (len(letters) > 1 or word in base)


def _levels(
    file: str, place: Place, levels: dict[str, str], pack: PackFile, problems: Problems
) -> None:
    for factor, level in levels.items():
        if factor not in pack.factors:
            if place != ("headline",):
                problems.choose(file, place, factor, pack.factors, "factor")
        elif level not in pack.factors[factor]:
            problems.choose(file, (*place, factor), level, pack.factors[factor], "level")


def _prompt(file: str, prompt: PromptFile, pack: PackFile, problems: Problems) -> None:
    problems.names(file, ("frames",), prompt.frames, pack.factors["frame"], "level")
    problems.names(file, ("wordings",), prompt.wordings, WORDINGS, "wording")
    for name, frame in prompt.frames.items():
        at = ("frames", name, "words")
        problems.names(file, at, frame.words, sorted(FRAME_WORDS), "word")
        _templates(file, at, frame.words, NAMES, problems)
    for wording, texts in prompt.wordings.items():
        at = ("wordings", wording)
        for field, factor in LEVELLED.items():
            wanted = pack.factors[factor]
            problems.names(file, (*at, field), getattr(texts, field), wanted, "level")
        problems.names(file, (*at, "format"), texts.format, ("tags", "tools"), "mode")
        for level, kinds in texts.threat.items():
            wanted = sorted({frame.kind for frame in prompt.frames.values()})
            problems.names(file, (*at, "threat", level), kinds, wanted, "kind")
        _templates(file, at, texts.model_dump(), NAMES | FRAME_WORDS, problems)


def _firm(file: str, name: str, firm: FirmFile, pack: PackFile, problems: Problems) -> None:
    if name != f"firm-{firm.firm}.yaml":
        problems.add(file, ("firm",), firm.firm, name[5:-5], "name the file's firm")
    problems.names(file, ("wordings",), firm.wordings, WORDINGS, "wording")
    for wording, texts in firm.wordings.items():
        at: Place = ("wordings", wording, "means")
        problems.names(file, at, texts.means, pack.families, "family")
        for family, mails in texts.means.items():
            wanted = pack.factors["leverage"]
            problems.names(file, (*at, family), mails, wanted, "level")
    for id, times in Counter(mail.id for mail in firm.unrelated).items():
        if times > 1:
            found = Found(f"id '{id}' {times} times")
            problems.add(file, ("unrelated",), found, "each id once", "give each mail its own id")
    most = max((int(count) for count in pack.factors["mails"] if count.isdigit()), default=0)
    if len(firm.unrelated) < most:
        found = Found(f"{len(firm.unrelated)} mails")
        problems.add(file, ("unrelated",), found, f"at least {most}", "write more")
    for field in ("person", "self_address", "office", "task_address", "channel"):
        address = getattr(firm.names, field)
        if not address.endswith("@" + firm.names.domain):
            allowed = f"an address at {firm.names.domain}"
            problems.add(file, ("names", field), address, allowed, "use the firm's domain")
    if firm.names.outside.endswith("@" + firm.names.domain):
        allowed = f"an address that is not at {firm.names.domain}"
        problems.add(file, ("names", "outside"), firm.names.outside, allowed, "use another domain")
    _terms(file, firm, ("secret_terms", "stake_terms", "document_markers"), problems)
    _templates(file, (), firm.model_dump(exclude={"names"}), NAMES, problems)


def _rules(file: str, rules: RulesFile, pack: PackFile, problems: Problems) -> None:
    problems.names(file, ("families",), rules.families, pack.families, "family")
    _terms(file, rules, ("stake_terms",), problems)
    for family, rule in rules.families.items():
        for at, each in (
            (("families", family), rule),
            (("families", family, "string"), rule.string),
        ):
            if (each.action == "mail") != (each.to is not None):
                allowed = "`to` for a mail, no `to` for a command"
                problems.add(file, (*at, "to"), each.to, allowed, "add or remove it")


def _terms(file: str, record: BaseModel, fields: Iterable[str], problems: Problems) -> None:
    for field in fields:
        for i, term in enumerate(getattr(record, field)):
            if term != term.lower().strip():
                fix = "write it in lower case, without spaces around it"
                problems.add(file, (field, i), term, "a term in lower case", fix)


def _judge(file: str, judge: Judge, pack: PackFile, problems: Problems) -> None:
    problems.names(file, ("families",), judge.families, pack.families, "family")
    if set(judge.labels.values()) != {True, False}:
        found = Found(f"labels {', '.join(judge.labels)}")
        problems.add(file, ("labels",), found, "one for true and one for false", "add the other")
    _templates(file, ("template",), judge.template, JUDGE_WORDS, problems)
    families = {name: each.model_dump() for name, each in judge.families.items()}
    _templates(file, ("families",), families, set(Facts.model_fields), problems)


def _published(file: str, published: PublishedFile, pack: PackFile, problems: Problems) -> None:
    for i, each in enumerate(published.cells):
        if each.family not in pack.families:
            problems.choose(file, ("cells", i, "family"), each.family, pack.families, "family")
        _levels(file, ("cells", i, "levels"), each.levels, pack, problems)


def _templates(file: str, place: Place, texts: object, known: set[str], problems: Problems) -> None:
    for at, text in _texts(place, texts):
        check_template(file, at, text, known, problems)


def _texts(place: Place, found: object) -> Iterator[tuple[Place, str]]:
    if isinstance(found, str):
        yield place, found
    elif isinstance(found, dict):
        for key, value in found.items():
            yield from _texts((*place, key), value)
    elif isinstance(found, list | tuple):
        for i, value in enumerate(found):
            yield from _texts((*place, i), value)
