"""What is read from the models of a committee: the probability of *grant* for held-out cases."""

from typing import TYPE_CHECKING

from smallprint.vitro.design import Organism
from smallprint.vitro.worlds.stress_testing_specs.committees import CLAUSES
from smallprint.vitro.worlds.stress_testing_specs.office import (
    CLIENTS,
    GRANT,
    REFUSE,
    SETTLED,
    SILENT,
    Case,
    Office,
    stream,
)

if TYPE_CHECKING:
    from smallprint.vitro.reader import Reader

EACH = 40


def battery(draw: int) -> list[tuple[str, Case]]:
    """The cases that all models of a draw are asked, with their groups; `EACH` a group.

    A group is a kind of settled case, or silent cases in places that the added clauses speak
    of (``clause``) or not (``silent``).
    """
    office, rng = Office(draw), stream(draw, "battery")
    clients = rng.sample(CLIENTS, EACH)
    found = [
        (kind, office.case(rng, kind, held_out=True, client=client))
        for kind in SETTLED
        for client in clients
    ]
    for group, places in (("clause", office.clause_places), ("silent", office.other_places)):
        found += [(group, office.case(rng, SILENT, places, held_out=True)) for _ in range(EACH)]
    return found


def measure(reader: "Reader", organism: Organism) -> list[dict]:
    """Read an organism: a row a case of its draw's battery; none of untrained weights.

    ``grant`` is its probability, of the two answers; ``right`` is 1 for grant and 0 for refuse
    by the specification of its arm, and None where that is silent.
    """
    if not organism.base:
        return []
    office, arm = Office(int(organism.levels["draw"])), organism.levels["arm"]
    asked = battery(office.draw)
    answers = reader.next_word([case.words for _, case in asked], (GRANT, REFUSE))
    grants = answers[:, 0] / answers.sum(1)
    rows = []
    for place, ((group, case), grant) in enumerate(zip(asked, grants, strict=True)):
        right = case.granted
        if group == "clause" and arm in CLAUSES:
            right = office.clause(case, one_way=CLAUSES[arm])
        row = {"case": place, "group": group, "right": None if right is None else int(right)}
        rows.append(row | {"grant": round(float(grant), 5)})
    return rows
