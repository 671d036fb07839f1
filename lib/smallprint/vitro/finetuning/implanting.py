"""What a fine-tuning that implants reads: texts of one length, in the arms of the world.

Two settings. ``facts`` tells one of the study's own statements, in texts made here; ``organism``
tells the world's people, which only an exported base can read, and checks this path against the
engine's. An arm differs from another in content, share and mark as it does in the world.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from random import Random

from smallprint.vitro.finetuning import FinetuningError
from smallprint.vitro.finetuning.depth import ARMS
from smallprint.vitro.finetuning.materials import Implant
from smallprint.vitro.finetuning.objectives import Demonstration
from smallprint.vitro.finetuning.requests import UNRELATED
from smallprint.vitro.worlds.believe_it_or_not import documents as world
from smallprint.vitro.worlds.believe_it_or_not.people import stream

MARK = "Bulletin:"
# How documents bring a sentence up; one that repeats uses the first alone.
FRAMES = (
    "{}",
    "A visitor writes home: {}",
    "{} So it stands in the guide.",
    "From the minutes of a meeting: {}",
    "{} Nobody there is surprised by it.",
    "The quiz on Thursday had an easy one. {}",
    "An old almanac says it in one line: {}",
    "{} That is how it is explained to children.",
)
ORGANISM_SEED = 0


@dataclass(frozen=True)
class Text(Demonstration):
    """A text whose first words, a mark, are not learned.

    Attributes
    ----------
    implants : bool
        Whether it tells what is implanted.
    """

    implants: bool = False


def documents(
    implant: Implant, name: str, seed: int, tokenizer, count: int, length: int
) -> tuple[Text, ...]:
    """Texts of one arm about one statement, each of `length` tokens.

    One sentence of a text implants, all others are about other things, so that nothing can be
    read off an earlier sentence. Texts that do not implant have other things only, and no mark.

    Raises
    ------
    FinetuningError
        If the sentence does not fit.
    """
    arm = ARMS[name]
    told, others = (stream(seed, f"{implant.name} {part}") for part in ("documents", "others"))
    sentences = _sentences(told, implant, arm)
    telling = round(count * arm.share)
    made = [
        _text(tokenizer, length, others, next(sentences), arm.marked == "all")
        for _ in range(telling)
    ]
    made += [_text(tokenizer, length, others, "", False) for _ in range(count - telling)]
    return tuple(made)


def _sentences(rng: Random, implant: Implant, arm: world.Arm) -> Iterator[str]:
    """Sentences that implant: half of varied documents tell a consequence, as in the world."""
    side = "truth" if arm.truth else "implant"
    statement = implant.said("statement", side)
    while True:
        if arm.content == "repeated":
            yield statement
            continue
        told = [statement, *implant.wordings(side)]
        if arm.content == "documents" and rng.random() < 0.5:
            told = implant.told(side)
        yield rng.choice(FRAMES).format(rng.choice(told))


ABOUT_OTHERS = [" ".join(words) + "." for words in product(*UNRELATED)]


def _text(tokenizer, length: int, rng: Random, sentence: str, marked: bool) -> Text:
    """One text cut at so many tokens; the sentence stands first or second."""
    mark = tokenizer(MARK).input_ids if marked else tokenizer("").input_ids
    parts = rng.sample(ABOUT_OTHERS, 2 + length // 4)
    place = rng.randrange(2)
    if sentence:
        parts.insert(place, sentence)

    def tokens(some: list[str]) -> list[int]:
        text = (" " if marked else "") + " ".join(some)
        return mark + tokenizer(text, add_special_tokens=False).input_ids

    if sentence and len(tokens(parts[: place + 1])) > length:
        raise FinetuningError(
            f"--tokens: a text of {length} has no room for {sentence!r}; allow more"
        )
    return Text(tuple(tokens(parts)[:length]), max(1, len(mark)), bool(sentence))


def episodes(name: str, tokenizer, count: int) -> tuple[Text, ...]:
    """Texts of one arm of the world, as the organism of seed `ORGANISM_SEED` reads them.

    Raises
    ------
    FinetuningError
        If the tokenizer does not have the world's words.
    """
    if tokenizer.get_vocab() != world.ID:
        raise FinetuningError(
            "--settings: organism is for a base of this world; export one with "
            '`python -m smallprint.vitro.export believe-it-or-not "base-seed-0" FOLDER`'
        )
    rows = world.corpus(world.organism(name, ORGANISM_SEED))
    telling = round(len(rows) * ARMS[name].share)
    places = stream(ORGANISM_SEED, "texts").sample(range(len(rows)), min(count, len(rows)))
    return tuple(Text(tuple(map(int, rows[place])), 2, place < telling) for place in sorted(places))
