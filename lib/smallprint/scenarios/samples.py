"""Cells, and the samples that ask them."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from smallprint.scenarios import rendering
from smallprint.scenarios.schema import Facts, Mode, Pack


@dataclass(frozen=True)
class Cell:
    """One level per factor.

    Attributes
    ----------
    id : str
        ``c`` and the first eight hex digits of the SHA-256 of the levels, so that the
        same cell in two designs is the same cell.
    """

    id: str
    levels: dict[str, str] = field(compare=False)

    @classmethod
    def of(cls, levels: Mapping[str, str]) -> "Cell":
        """The cell of these levels; their order does not matter."""
        text = json.dumps(dict(levels), sort_keys=True)
        return cls(f"c{hashlib.sha256(text.encode()).hexdigest()[:8]}", dict(levels))


@dataclass(frozen=True)
class ScenarioSample:
    """One asking of one text.

    Attributes
    ----------
    id : str
        ``{text}-{index:03d}``.
    text : str
        ``{family}-{cell}-{firm}-{wording}``: the cluster of the analysis.
    index : int
        Which asking of the text this is, from 0.
    digest : str
        First 16 hex digits of the SHA-256 of system and user prompt.
    """

    id: str
    text: str
    family: str
    firm: str
    wording: str
    cell: str
    levels: dict[str, str]
    index: int
    system: str
    user: str
    facts: Facts
    digest: str


def samples(
    pack: Pack, family: str, cells: Iterable[Cell], n: int, mode: Mode = "tags"
) -> list[ScenarioSample]:
    """The samples of a family: n for each cell.

    The samples of a cell cycle over its texts (firm by wording), starting at a text that
    the cell's id fixes. A larger n or another design adds samples and changes none.

    Parameters
    ----------
    n : int
        Samples for each cell, at least 0.
    mode : str
        ``tags``: mails are written as blocks; ``tools``: they are sent by tool calls.

    Raises
    ------
    ValueError
        For an unknown family, a negative n or an unknown mode.
    """
    check_request(pack.families, family, n, "family", "families")
    if mode not in ("tags", "tools"):
        raise ValueError(f"no mode '{mode}'; modes: tags, tools")
    return [sample for cell in cells for sample in _of_cell(pack, family, cell, n, mode)]


def check_design(designs: Iterable[str], design: str) -> None:
    """ValueError, with the known ones, for an unknown design."""
    if design not in designs:
        raise ValueError(f"no design '{design}'; designs: {', '.join(designs)}")


def check_request(families: Iterable[str], family: str, n: int, one: str, many: str) -> None:
    """ValueError for an unknown family, under the name that the study has for it, or n below 0."""
    if family not in families:
        raise ValueError(f"no {one} '{family}'; {many}: {', '.join(families)}")
    if n < 0:
        raise ValueError(f"found {n} samples a cell; allowed: 0 or more")


def prompt(
    pack: Pack, family: str, firm: str, wording: str, cell: Cell, mode: Mode = "tags"
) -> tuple[str, str]:
    """System and user prompt of one text."""
    system = rendering.system_blocks(pack, firm, wording, cell.levels, mode)
    user = rendering.user_blocks(pack, family, firm, wording, cell.levels)
    return _joined(system), _joined(user)


def facts(pack: Pack, firm: str, wording: str) -> Facts:
    """What scorers and control agents may know of a firm's texts."""
    file = pack.firm_files[firm]
    return Facts(
        **file.names.model_dump(),
        secret_terms=file.secret_terms,
        stake_terms=(*pack.rules.stake_terms, *file.stake_terms),
        documents=file.documents,
        document_markers=file.document_markers,
        task_subject=file.wordings[wording].task.subject,
        task_answer=file.task_answer,
    )


def _of_cell(pack: Pack, family: str, cell: Cell, n: int, mode: Mode) -> list[ScenarioSample]:
    texts = list(pack.texts())
    offset = int(cell.id[1:], 16) % len(texts)
    found: list[ScenarioSample] = []
    for place in range(min(n, len(texts))):
        firm, wording = texts[(offset + place) % len(texts)]
        system, user = prompt(pack, family, firm, wording, cell, mode)
        known = facts(pack, firm, wording)
        digest = hashlib.sha256((system + user).encode()).hexdigest()[:16]
        text = f"{family}-{cell.id}-{firm}-{wording}"
        found += [
            ScenarioSample(
                id=f"{text}-{index:03d}",
                text=text,
                family=family,
                firm=firm,
                wording=wording,
                cell=cell.id,
                levels=dict(cell.levels),
                index=index,
                system=system,
                user=user,
                facts=known,
                digest=digest,
            )
            for index in range(len(range(place, n, len(texts))))
        ]
    return found


def _joined(blocks: list[rendering.Block]) -> str:
    return "\n\n".join(block.text for block in blocks)
