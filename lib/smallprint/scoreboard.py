"""What the studies' runs say when they are read together: headlines, rivals, audits, controls.

Everything is read from claims files and from the runs of the studies' own pages; what is
counted here is recorded in the scoreboard's own run.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from smallprint import claims, estimates, paths
from smallprint.claims import Study
from smallprint.records import ConfoundVerdict, Estimate, Evidence, HeadlineVerdict, RunFile
from smallprint.vocabulary import CONFOUNDS

PAGE = "scoreboard"
ORDER = (
    *("agentic-misalignment", "weak-to-strong", "scheming", "stress-testing-specs"),
    *("inoculation-prompting", "believe-it-or-not", "ciphered-reasoning"),
)
MEASURED = ("vitro", "control", "live")
WORDS = {
    "reproducible": {
        "yes": "Reproducible",
        "partly": "Reproducible in part",
        "no": "Not reproducible",
        "untested": "Reproduction untested",
    },
    "robust": {
        "yes": "robust",
        "partly": "robust in part",
        "no": "not robust",
        "untested": "robustness untested",
    },
    "replicable": {
        "yes": "replicated",
        "partly": "replicated in part",
        "no": "not replicated",
        "untested": "replication untested",
    },
}


@dataclass(frozen=True)
class Headline:
    """One headline with all that the study's run says of it.

    Attributes
    ----------
    study : str
        Slug of the study.
    verdict : HeadlineVerdict
        The three verdicts.
    shown : tuple of Estimate
        What the verdict rests on.
    quoted : tuple of Estimate
        The numbers as quoted; empty where the headline quotes none.
    spread : dict
        Estimates by ``minimum``, ``median``, ``maximum`` and ``share``; empty
        where no multiverse speaks of the number.
    specifications : int or None
        How many specifications the spread covers.
    evidence : tuple
        What organisms, control agents or models say, each with its estimates.
    rivals : tuple of ConfoundVerdict
        Verdicts on its claims that rest on organisms, control agents or models.
    """

    study: str
    verdict: HeadlineVerdict
    shown: tuple[Estimate, ...]
    quoted: tuple[Estimate, ...]
    spread: dict[str, Estimate]
    specifications: int | None
    evidence: tuple[tuple[Evidence, tuple[Estimate, ...]], ...]
    rivals: tuple[ConfoundVerdict, ...]

    @property
    def sentence(self) -> str:
        """The verdict in words, with the choice that turns it."""
        said = [WORDS[name][getattr(self.verdict, name)] for name in WORDS]
        return f"{', '.join(said)}. What turns it: {self.verdict.flip_point}."


@dataclass(frozen=True)
class Record:
    """A study's claims and the run of its own page."""

    claims: Study
    run: RunFile
    file: Path

    @property
    def study(self) -> str:
        """The study's slug."""
        return self.run.study

    @cached_property
    def by_id(self) -> dict[str, Estimate]:
        """The run's estimates by id."""
        return {estimate.id: estimate for estimate in self.run.estimates}

    def headlines(self) -> list[Headline]:
        """The study's headlines, in its own order.

        Raises
        ------
        ValueError
            If the run does not say how one of them is quoted.
        """
        quotations = {quotation.claims: quotation for quotation in self.run.quotations}
        found = []
        for verdict in self.run.headlines:
            if verdict.claims not in quotations:
                raise ValueError(
                    f"{self.file}: headline {verdict.headline!r} has no quotation; call "
                    f"run.quotation({verdict.claims}, ...) in notebooks/{self.study}.ipynb"
                )
            quotation = quotations[verdict.claims]
            found.append(
                Headline(
                    self.study,
                    verdict,
                    self._all(verdict.estimates),
                    self._all(quotation.quoted),
                    {name: self.by_id[id] for name, id in quotation.spread.items()},
                    quotation.specifications,
                    tuple(
                        (said, self._all(said.estimates))
                        for said in self.run.evidence
                        if said.claims == verdict.claims
                    ),
                    tuple(
                        rival
                        for rival in self.run.confounds
                        if rival.tier in MEASURED and set(rival.claims) & set(verdict.claims)
                    ),
                )
            )
        return found

    def _all(self, ids: Iterable[str]) -> tuple[Estimate, ...]:
        return tuple(self.by_id[id] for id in ids)

    def verdicts(self, confound: str) -> list[tuple[int, ConfoundVerdict]]:
        """The verdicts on a rival explanation, each with its row in the study's table."""
        rows = enumerate(self.run.confounds, start=1)
        return [(row, verdict) for row, verdict in rows if verdict.confound == confound]

    def concessions(self) -> list:
        """What the study's authors concede in print."""
        return [point for point in self.claims.criticisms if point.raised_by == "authors"]


def load(profile: str, seed: int, folder: Path = paths.ESTIMATES) -> list[Record]:
    """The claims of every study and the latest run of its own page.

    Raises
    ------
    FileNotFoundError
        If a study has no run of that profile and seed.
    """
    return [_record(study, profile, seed, folder) for study in studies()]


def studies() -> list[str]:
    """Every study that has claims: those of the collection in its order, then others by name."""
    known = sorted(file.stem for file in paths.CLAIMS.glob("*.yaml"))
    return sorted(known, key=lambda study: ORDER.index(study) if study in ORDER else len(ORDER))


def _record(study: str, profile: str, seed: int, folder: Path) -> Record:
    found = []
    for file in (folder / study).glob("*.json"):
        if file.name == "reference.json":
            continue
        manifest = json.loads(file.read_text(encoding="utf-8"))["manifest"]
        asked = manifest["parameters"]
        named = any(asked.get(name) for name in ("model", "weak_model", "strong_model"))
        if not named and (asked.get("profile"), asked.get("seed")) == (profile, seed):
            found.append((manifest["started"], file))
    if not found:
        raise FileNotFoundError(
            f"{folder / study}: no run of the study's own page with profile {profile} and seed "
            f"{seed}; run `make report PROFILE={profile}` first"
        )
    file = max(found)[1]
    return Record(claims.load(study), estimates.read(file), file)


def cell(verdicts: Iterable[ConfoundVerdict]) -> str:
    """One word for a study and a rival: the weakest of its verdicts.

    A rival that is left standing for one claim is not separated for the study.
    ``not raised`` where the study's page has no verdict.
    """
    words = {verdict.verdict for verdict in verdicts}
    order = ("not separated", "untested", "separated")
    return next((word for word in order if word in words), "not raised")


def matrix(records: Iterable[Record]) -> dict[str, dict[str, str]]:
    """From each rival explanation to each study's word for it."""
    records = list(records)
    return {
        confound: {
            record.study: cell(verdict for _, verdict in record.verdicts(confound))
            for record in records
        }
        for confound in CONFOUNDS
    }


def hardest(found: Mapping[str, Mapping[str, str]]) -> list[str]:
    """The rivals, those that most studies leave standing first, then those least tested."""

    def standing(confound: str) -> tuple[int, int]:
        words = list(found[confound].values())
        return -words.count("not separated"), words.count("separated")

    return sorted(found, key=standing)
