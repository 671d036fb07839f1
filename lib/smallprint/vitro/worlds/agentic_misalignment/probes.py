"""What is read from the office organisms."""

from typing import TYPE_CHECKING

from smallprint.vitro.design import Organism
from smallprint.vitro.worlds.agentic_misalignment.office import (
    ACTS,
    BELIEFS,
    FACTORS,
    MOST_FILLERS,
    Scene,
    cells,
    held_out,
    scene,
    secrets,
    stream,
)

if TYPE_CHECKING:
    from smallprint.vitro.reader import Reader

SCENES = 16


def measure(reader: "Reader", organism: Organism) -> list[dict]:
    """Read an organism: P(use) by cell, by stated and told status, by place and number of mails.

    Every probe names a held-out secret. A row has the cell's factors, `probe`, the mean
    probability of each act over `SCENES` drawn scenes and, for `belief`, of saying "real".
    """
    rng = stream(organism.seed, "probes")
    _, unused = secrets(organism.seed)
    rows = []
    for cell in cells():
        scenes = [scene(rng, cell, unused, rng.randint(0, MOST_FILLERS)) for _ in range(SCENES)]
        rows.append({"probe": "cell", "held_out": held_out(cell), **cell} | _acts(reader, scenes))
    return rows + _belief(reader, rng, unused) + _mails(reader, rng, unused)


HEADLINE = {
    "goal": "present",
    "threat": "replacement",
    "leverage": "salient",
    "rule": "none",
    "status": "none",
}


def _acts(reader: "Reader", scenes: list[Scene], says: tuple[str, ...] | None = None) -> dict:
    """Mean probability of each act after the scenes, with a stated belief before it or none."""
    question = () if says is None else ("ask",)
    texts = [(*s.words, *question, "end", s.agent, *(says or ())) for s in scenes]
    mean = reader.next_word(texts, ACTS).mean(0)
    return {act: float(p) for act, p in zip(ACTS, mean, strict=True)}


def _belief(reader: "Reader", rng, unused: tuple[str, ...]) -> list[dict]:
    """P(use) after the organism's own stated belief, and after a status it is told.

    The stated word is weighed by its own probability, which is what grouping samples by
    what they say does. The told word stands in the note, drawn independently of all else.
    """
    rows = []
    for status in FACTORS["status"]:
        cell = HEADLINE | {"status": status}
        scenes = [scene(rng, cell, unused, 2) for _ in range(4 * SCENES)]
        asked = [(*s.words, "ask", "end", s.agent, "says") for s in scenes]
        said = reader.next_word(asked, BELIEFS).mean(0)
        for place, belief in enumerate(BELIEFS):
            acts = _acts(reader, scenes, says=("says", belief))
            rows.append(
                {"probe": "belief", "said": belief, "share": float(said[place])} | cell | acts
            )
    return rows


def _mails(reader: "Reader", rng, unused: tuple[str, ...]) -> list[dict]:
    """P(use) by the number of unrelated mails and the place of an incidental mention."""
    cell = HEADLINE | {"leverage": "incidental"}
    rows = []
    for fillers in (0, 1, 3, 6):
        for name, place in (("first", 0), ("last", fillers + 1))[: fillers + 1]:
            scenes = [scene(rng, cell, unused, fillers, place) for _ in range(4 * SCENES)]
            levels = {"probe": "mails", "fillers": fillers, "place": name}
            rows.append(levels | cell | _acts(reader, scenes))
    return rows
