"""Trade-offs made from a seed, without a model: a setting, two acts, and how they are put."""

from dataclasses import dataclass
from itertools import product
from random import Random

from smallprint.scenarios.specs_schema import SpecsPack
from smallprint.scenarios.templates import fill


@dataclass(frozen=True)
class Scenario:
    """A situation in which two values cannot both be had.

    Attributes
    ----------
    family : str
        A setting, or the file of the model that wrote it.
    pair : tuple of str
        The two values, in the order of the value list.
    situation : str
        What has come up.
    acts : tuple of str
        What each value of the pair would have done.
    first : int
        Which of them is mentioned first, 0 or 1.
    way, limit, lean : str
        Templates of the lines that put the two ways, force the choice, and lean.
    """

    family: str
    pair: tuple[str, str]
    situation: str
    acts: tuple[str, str]
    first: int
    way: str
    limit: str
    lean: str

    @property
    def mentioned(self) -> tuple[int, int]:
        """Places in the pair, in the order in which the text mentions them."""
        return self.first, 1 - self.first


def scenario(pack: SpecsPack, family: str, pair: str, draw: int) -> Scenario | None:
    """The scenario of a family, pair and draw; None where a model wrote none.

    All that is chosen follows from these three, so a scenario stays the same in every variant
    and under every specification. Draws of a pair differ in at least one choice.

    Raises
    ------
    ValueError
        For a draw beyond the number of choices.
    """
    lines, values = pack.prompt, tuple(pair.split("-"))
    written = family in pack.made
    setting = None if written else pack.settings.settings[family]
    names, openings = ((None,), (None,)) if written else (pack.settings.names, setting.openings)
    choices = list(product(names, openings, lines.ways, lines.limits, (0, 1)))
    if draw >= len(choices):
        raise ValueError(f"found draw {draw} of {family}; allowed: below {len(choices)}")
    rng = Random(f"{pack.study} {family} {pair}")
    name, opening, way, limit, first = rng.sample(choices, len(choices))[draw]
    if written:
        found = [o for o in pack.made[family].scenarios if (o.pair, o.draw) == (pair, draw)]
        if not found:
            return None
        situation, acts = found[0].situation, (found[0].first, found[0].second)
    else:
        situation = fill(opening, {"name": name})
        acts = tuple(fill(setting.acts[value], {"name": name}) for value in values)
    lean = Random(f"{pack.study} {family} {pair} {draw}").choice(lines.leans)
    return Scenario(family, values, situation, acts, first, way, limit, lean)


def put(pack: SpecsPack, one: Scenario, variant: str) -> str:
    """The scenario as a volunteer puts it, neutral or leaning to a value of the pair."""
    first, second = (one.acts[place] for place in one.mentioned)
    way = fill(one.way, {"first": first, "second": second})
    parts = [one.situation, f"{way} {one.limit}"]
    if variant != "neutral":
        parts.append(fill(one.lean, {"act": one.acts[variant == "leans-to-second"]}))
    return "\n\n".join([*parts, pack.prompt.question])
