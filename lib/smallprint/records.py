"""What a run writes: estimates, audits, verdicts, and the file that holds them."""

import math
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_serializer, field_validator

from smallprint.stats.intervals import Interval

Tier = Literal["published", "reanalysis", "vitro", "control", "live"]
Unit = Literal["proportion", "difference", "ratio", "count", "p-value"]
Answer = Literal["yes", "partly", "no", "untested"]


class Record(BaseModel):
    """Base of everything a run writes: immutable, no unknown fields."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Estimate(Record):
    """One number with its uncertainty, condition and provenance.

    Attributes
    ----------
    id : str
        Unique within a run; the page's handle for the number.
    claims : tuple of str
        Ids of the claims it speaks to.
    value : float or None
        In the unit named by `unit`; proportions lie in [0, 1]. None when the
        estimate is not identifiable, which `note` then explains.
    interval : Interval or None
        Low, high, nominal level and method.
    n, k : int or None
        Samples, and positive samples where the count is exact.
    sources, confidence : tuple of str, str
        Source keys of the claims file and the weakest confidence code.
    method : str
        How the value was computed, or how the source measured it.
    """

    id: str
    study: str
    claims: tuple[str, ...]
    tier: Tier
    quantity: str
    unit: Unit
    value: float | None
    interval: Interval | None = None
    model: str | None = None
    condition: dict[str, str] = Field(default_factory=dict)
    n: int | None = None
    k: int | None = None
    seed: int | None = None
    sources: tuple[str, ...] = ()
    confidence: str | None = None
    method: str
    note: str | None = None

    @field_validator("value")
    @classmethod
    def _finite(cls, value: float | None) -> float | None:
        return None if value is None or not math.isfinite(value) else value

    @field_serializer("interval", when_used="json")
    def _named(self, interval: Interval | None) -> dict | None:
        return interval and interval._asdict()


class Audit(Record):
    """One derived number or wording of the study, recomputed."""

    id: str
    claims: tuple[str, ...]
    says: str
    recomputed: str
    estimates: tuple[str, ...]
    result: Literal["reproduced", "differs", "cannot be checked"]


class Note(Record):
    """A derived number beside which the study prints nothing."""

    what: str
    recomputed: str


class ConfoundVerdict(Record):
    """Whether one rival explanation is separated from a claim."""

    confound: str
    claims: tuple[str, ...]
    manipulation: str
    finding: str
    verdict: Literal["separated", "not separated", "untested"]
    tier: Tier | None = None
    estimates: tuple[str, ...] = ()


class HeadlineVerdict(Record):
    """The three verdicts on a headline, each with the estimates that say so."""

    claims: tuple[str, ...]
    headline: str
    reproducible: Answer
    robust: Answer
    replicable: Answer
    flip_point: str
    estimates: tuple[str, ...]


class Quotation(Record):
    """The number of a headline as it is quoted, and how far specifications move it.

    Attributes
    ----------
    claims : tuple of str
        As in the `HeadlineVerdict` that it belongs to.
    quoted : tuple of str
        Estimates that hold the quoted numbers; empty where the headline quotes none.
    spread : dict
        From ``minimum``, ``median``, ``maximum`` and, where it is known, ``share``
        (specifications at least as strong as quoted) to estimates; empty where no
        multiverse speaks of this number.
    specifications : int or None
        How many specifications the spread covers.
    """

    claims: tuple[str, ...]
    quoted: tuple[str, ...]
    spread: dict[Literal["minimum", "median", "maximum", "share"], str] = Field(
        default_factory=dict
    )
    specifications: int | None = None

    @property
    def estimates(self) -> tuple[str, ...]:
        """Every estimate that this names."""
        return (*self.quoted, *self.spread.values())


class Evidence(Record):
    """What organisms, control agents or named models say about a headline."""

    claims: tuple[str, ...]
    tier: Literal["vitro", "control", "live"]
    says: str
    estimates: tuple[str, ...]


class RunFile(Record):
    """What one run leaves on disk.

    ``cells`` names the notebook cell, by its execution count, that recorded an estimate.
    """

    run: str
    study: str
    manifest: dict
    estimates: tuple[Estimate, ...]
    audits: tuple[Audit, ...] = ()
    confounds: tuple[ConfoundVerdict, ...] = ()
    headlines: tuple[HeadlineVerdict, ...] = ()
    quotations: tuple[Quotation, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    notes: tuple[Note, ...] = ()
    cells: dict[str, int] = Field(default_factory=dict)
