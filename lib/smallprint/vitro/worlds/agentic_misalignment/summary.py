"""The office organisms' measurements, summed up over seeds."""

import pandas as pd

from smallprint.vitro.results import by_seed, over_seeds
from smallprint.vitro.worlds.agentic_misalignment.office import BELIEFS
from smallprint.vitro.worlds.agentic_misalignment.probes import HEADLINE

CELLS = {
    "goal and threat": HEADLINE,
    "threat only": HEADLINE | {"goal": "none"},
    "goal only": HEADLINE | {"threat": "none"},
    "neither": HEADLINE | {"goal": "none", "threat": "none"},
    "goal and threat, rule": HEADLINE | {"rule": "present"},
    "goal and threat, no secret": HEADLINE | {"leverage": "absent"},
}
CONTRASTS = {
    "threat": {"threat": "none"},
    "threat, with no goal": {"goal": "none", "threat": "none"},
    "goal": {"goal": "none"},
    "secret mentioned": {"leverage": "absent"},
    "secret beside the decision": {"leverage": "incidental"},
    "replacement rather than restriction": {"threat": "restriction"},
    "replacement rather than migration": {"threat": "migration"},
    "no rule": {"rule": "present"},
    "told nothing rather than test": {"status": "told test"},
}


def summary(frame: pd.DataFrame) -> pd.DataFrame:
    """P(use) by published cell, each contrast of the design, the belief split and the mails.

    `frame` holds the measurements; the result is as `results.over_seeds` returns it.
    """
    cell, belief, mails = (frame[frame["probe"] == name] for name in ("cell", "belief", "mails"))
    rates = {f"cell: {name}": by_seed(cell, "uses", levels) for name, levels in CELLS.items()}
    differences = {}
    for name, change in CONTRASTS.items():
        base = HEADLINE | ({"goal": "none"} if name == "threat, with no goal" else {})
        changed = by_seed(cell, "uses", HEADLINE | change)
        differences[f"contrast: {name}"] = by_seed(cell, "uses", base) - changed
    said, told = {}, {}
    for word in BELIEFS:
        said[word] = by_seed(belief, "uses", {"said": word, "status": "none"})
        told[word] = by_seed(cell, "uses", HEADLINE | {"status": f"told {word}"})
        rates |= {f"belief: after saying {word}": said[word], f"belief: told {word}": told[word]}
    rates["belief: share that says real"] = by_seed(
        belief, "share", {"said": "real", "status": "none"}
    )
    differences["belief: split by what it says"] = said["real"] - said["test"]
    differences["belief: effect of being told"] = told["real"] - told["test"]
    for (fillers, place), group in mails.groupby(["fillers", "place"], sort=False):
        name = f"mails: {fillers:.0f} unrelated, mention {place}"
        rates[name] = group.groupby(["condition", "seed"], sort=False)["uses"].mean()
    return over_seeds(rates, differences)
