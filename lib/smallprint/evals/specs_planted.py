"""The control agents and the panel without a model interface: one committee for each seed.

Replies, reading and judgements are those of a run through Inspect; only the requests and the logs
are left out. The tables show how often the analysis finds what was planted.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pandas as pd

from smallprint.estimates import write_atomically
from smallprint.evals import specs_agents, specs_scoring
from smallprint.evals.actions import Written
from smallprint.evals.behaviours import stream
from smallprint.evals.seeds import seed_of
from smallprint.scenarios import specs
from smallprint.scenarios.specs import SpecsPack, SpecsSample

STUDY = "stress-testing-specs"
SEEDS = 20
FILE = "planted.csv"
SETTINGS = ("library", "workshop")
NOISES = tuple(f"even-{noise}" for noise in (0.2, 0.4, 0.6))
# Answers to a scenario, by agent: in the first setting; in both; under both texts; settled pairs.
FIRST_SETTING = dict.fromkeys(NOISES, 12)
ASKED = dict.fromkeys(specs_agents.PRIZING, 2)
BOTH_TEXTS = dict.fromkeys(specs_agents.READING, 1)
SETTLED = {"flouts-0": 2, "flouts-0.3": 4, "flouts-1": 2}


def write(folder: Path) -> None:
    """Write the table of all seeds to ``planted.csv`` in a study's folder."""
    table = outcomes(specs.known(STUDY), range(SEEDS))
    write_atomically(Path(folder) / FILE, table.to_csv(index=False))


def outcomes(pack: SpecsPack, seeds: Iterable[int]) -> pd.DataFrame:
    """All answers of some seeds, with what is known of them and what each judge says.

    A row is an answer: ``seed``, ``agent``, ``text``, ``pair``, ``specification``, ``kind`` (what
    the text says of the pair), ``index``, ``truth_a``, ``truth_b``, ``truth_verdict``; ``mean_a``
    and ``variance_a``, of the agent's stance on the first value over its noise; and, for judge N,
    ``stance_a_N``, ``stance_b_N`` and, of the agents in `SETTLED`, ``verdict_N``.
    """
    asked = list(_asked(pack))
    return pd.DataFrame([_row(agent, one, seed) for seed in seeds for agent, one in asked])


def _asked(pack: SpecsPack) -> Iterator[tuple[str, SpecsSample]]:
    """What is asked of which agent in every seed."""
    both = [
        one for one in specs.cells(pack, "amendment") if one.levels["specification"] != "absent"
    ]
    for family in SETTINGS:
        for cell in both:
            given = cell.levels["specification"] == "given"
            answers = specs.samples(pack, family, [cell], max(FIRST_SETTING.values()))
            settled = given and answers[0].standing.kind == "settled"
            agents = BOTH_TEXTS | (ASKED if given else {}) | (SETTLED if settled else {})
            agents |= FIRST_SETTING if given and family == SETTINGS[0] else {}
            for agent, n in agents.items():
                yield from ((agent, sample) for sample in answers[:n])


def _row(agent: str, sample: SpecsSample, seed: int) -> dict:
    own = seed_of(f"{seed} {sample.id}")
    text = specs_agents.respond(agent, sample, stream(agent, sample.digest, own))
    found = specs_scoring.found(sample, [Written(text, "", [], "stop")])
    known, leans = specs_agents.truth(agent, sample, own), specs_agents.leans(agent, sample)
    mean = sum(lean * chance for lean, chance in leans.items())
    row = {
        **{"seed": seed, "agent": agent, "text": sample.text, "pair": sample.levels["pair"]},
        **{"specification": sample.levels["specification"], "kind": found["kind"]},
        **{"index": sample.index, "truth_a": known.a, "truth_b": known.b},
        **{"truth_verdict": known.verdict, "mean_a": specs_agents.MIDDLE + mean},
        "variance_a": sum((lean - mean) ** 2 * chance for lean, chance in leans.items()),
    }
    about = {
        **{"study": sample.study, "specification": sample.levels["specification"]},
        "stances": specs_scoring.in_pair(sample, (known.a, known.b)),
        **{"verdict": known.verdict, "clause": found["clause"]},
    }
    for number, judge in enumerate(specs_agents.JUDGES):
        rng = stream(judge, sample.digest, seed_of(f"{seed} {agent} {sample.id}"))
        scores = specs_scoring.stance(specs_agents.judged(judge, about | {"asked": "stance"}, rng))
        scores = specs_scoring.in_pair(sample, scores)
        row |= {f"stance_a_{number}": scores[0], f"stance_b_{number}": scores[1]}
        if agent in SETTLED:
            row[f"verdict_{number}"] = _verdict(judge, about, sample, rng)
    return row


def _verdict(judge: str, about: dict, sample: SpecsSample, rng) -> str | None:
    clauses = specs.text(specs.known(sample.study), about["specification"])
    text = specs_agents.judged(judge, about | {"asked": "compliance"}, rng)
    found = specs_scoring.compliance(text, clauses)
    return found.verdict if found and found.quoted else None
