"""An estimate: the only way a number reaches a page.

A notebook opens one `Run`, records estimates, audits and verdicts in it and
writes it once. Pages, downloads and the scoreboard read what runs wrote.
"""

import json
import os
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pandas as pd
from pydantic import ValidationError

from smallprint import messages, paths, provenance
from smallprint.claims import Claim, Value, implied_count
from smallprint.records import (
    Audit,
    ConfoundVerdict,
    Estimate,
    Evidence,
    HeadlineVerdict,
    Note,
    Quotation,
    Record,
    RunFile,
    Tier,
)
from smallprint.stats.intervals import wilson_interval

UNITS = {
    "percent": "proportion",
    "percentage points": "difference",
    "count": "count",
    "ratio": "ratio",
}
STRENGTH = ("S1", "CALC", "S2+", "S2", "MEM")
REFERENCE = "reference.json"
SPREAD = ("minimum", "median", "maximum", "share")


class Run:
    """Collects what one execution of a notebook finds.

    Parameters
    ----------
    study : str
        Slug of the study.
    version : int
        The study's comparability version.
    parameters : dict
        Every parameter that can change a result, and no other: they are the
        run's identity.
    read : iterable of Path, optional
        The files below ``data`` that it rests on; by default the study's claims.
    """

    def __init__(
        self,
        study: str,
        version: int,
        parameters: dict,
        read: Iterable[Path] | None = None,
    ) -> None:
        self.study = study
        self._read = [paths.CLAIMS / f"{study}.yaml"] if read is None else list(read)
        self.version = version
        self.parameters = parameters
        self.id = provenance.run_id(parameters)
        self._clock = provenance.Clock()
        self._estimates: dict[str, Estimate] = {}
        self._findings: list[Record] = []
        self._cells: dict[str, int] = {}

    def estimate(self, id: str, **fields) -> Estimate:
        """Record one estimate and return it.

        Raises
        ------
        ValueError
            If the run already holds an estimate of that id.
        """
        if id in self._estimates:
            raise ValueError(f"estimate {id!r} is recorded twice in this run; ids are unique")
        made = Estimate(id=id, study=self.study, **fields)
        self._estimates[id] = made
        if cell := _running_cell():
            self._cells[id] = cell
        return made

    def published(self, id: str, claim: Claim, value: Value, *, level: float = 0.95) -> Estimate:
        """Record one printed value of a claim, with the Wilson interval of its exact count.

        The value is the study's; the interval is computed here for a share, and absent
        where the count is not known and does not follow from value and n.
        """
        k = value.k
        if k is None and value.unit == "percent" and not value.approximate:
            k = implied_count(value.value, value.n, *value.n_also)
        percent = value.unit in ("percent", "percentage points")
        share = value.unit == "percent" and k is not None
        return self.estimate(
            id,
            claims=(claim.id,),
            tier="published",
            quantity=value.quantity,
            unit=UNITS[value.unit],
            value=value.value / 100 if percent and value.value is not None else value.value,
            interval=wilson_interval(k, value.n, level) if share else None,
            model=value.model,
            condition=dict(value.condition),
            n=value.n,
            k=k,
            sources=tuple(claim.sources),
            confidence=value.confidence or claim.confidence,
            method=claim.measured_by,
            note=value.note,
        )

    def derived(
        self, id: str, of: Iterable[Estimate], tier: Tier = "reanalysis", **fields
    ) -> Estimate:
        """Record a reanalysis of other estimates; of measured ones, give it their tier.

        Claims and sources are united and the weakest confidence code is kept,
        so a number is never surer than what it was computed from.
        """
        parts = list(of)
        codes = [part.confidence for part in parts if part.confidence]
        return self.estimate(
            id,
            claims=tuple(dict.fromkeys(claim for part in parts for claim in part.claims)),
            tier=tier,
            sources=tuple(dict.fromkeys(source for part in parts for source in part.sources)),
            confidence=max(codes, key=STRENGTH.index) if codes else None,
            **fields,
        )

    def audit(self, **fields) -> Audit:
        """Record one audited number or wording and return it."""
        return self._add(Audit(**fields))

    def note(self, what: str, recomputed: str) -> Note:
        """Record a derived number that there is nothing printed to compare with."""
        self._findings.append(Note(what=what, recomputed=recomputed))
        return self._findings[-1]

    def confound(self, **fields) -> ConfoundVerdict:
        """Record one verdict on a rival explanation and return it."""
        return self._add(ConfoundVerdict(**fields))

    def headline(self, **fields) -> HeadlineVerdict:
        """Record the three verdicts on one headline and return them."""
        return self._add(HeadlineVerdict(**fields))

    def quotation(
        self,
        claims: Sequence[str],
        quoted: Iterable[Estimate] = (),
        spread: Mapping[str, Estimate] | None = None,
        specifications: int | None = None,
    ) -> Quotation:
        """Record how a headline's number is quoted and how far specifications move it.

        Parameters
        ----------
        claims : sequence of str
            Those of a headline recorded before.
        quoted : iterable of Estimate
            The numbers that the headline quotes.
        spread : mapping, optional
            Estimates by the names that `Quotation` and ``stats.multiverse.Summary`` use;
            others of these names, such as the quartiles, are left out.
        specifications : int, optional
            How many specifications the spread covers; by default the n of its minimum.

        Raises
        ------
        ValueError
            If no headline of these claims is recorded.
        """
        if tuple(claims) not in [headline.claims for headline in self._of(HeadlineVerdict)]:
            raise ValueError(f"no headline of the claims {tuple(claims)} is recorded before this")
        names = {"share_at_least": "share"} | {name: name for name in SPREAD}
        kept = {names[name]: e.id for name, e in (spread or {}).items() if name in names}
        if kept and specifications is None:
            specifications = spread["minimum"].n
        return self._add(
            Quotation(
                claims=tuple(claims),
                quoted=tuple(estimate.id for estimate in quoted),
                spread=kept,
                specifications=specifications,
            )
        )

    def evidence(
        self, claims: Sequence[str], tier: Tier, says: str, estimates: Iterable[Estimate]
    ) -> Evidence:
        """Record in one sentence what evidence of a tier says about a headline."""
        ids = tuple(estimate.id for estimate in estimates)
        return self._add(Evidence(claims=tuple(claims), tier=tier, says=says, estimates=ids))

    def _add(self, finding: Record) -> Record:
        missing = [id for id in finding.estimates if id not in self._estimates]
        if missing:
            raise ValueError(f"{type(finding).__name__} names estimates never recorded: {missing}")
        self._findings.append(finding)
        return finding

    def _of(self, kind: type) -> tuple:
        return tuple(finding for finding in self._findings if isinstance(finding, kind))

    def file(self) -> RunFile:
        """All that is recorded so far, with its manifest."""
        return RunFile(
            run=self.id,
            study=self.study,
            manifest=provenance.manifest(self.version, self.parameters, self._clock, self._read),
            estimates=tuple(self._estimates.values()),
            audits=self._of(Audit),
            confounds=self._of(ConfoundVerdict),
            headlines=self._of(HeadlineVerdict),
            quotations=self._of(Quotation),
            evidence=self._of(Evidence),
            notes=self._of(Note),
            cells=self._cells,
        )

    def write(self, folder: Path = paths.ESTIMATES) -> Path:
        """Write the run to ``folder/<study>/<run>.json`` and return the path."""
        text = json.dumps(self.file().model_dump(mode="json"), indent=1, allow_nan=False)
        return write_atomically(folder / self.study / f"{self.id}.json", text + "\n")


def _running_cell() -> int | None:
    """The execution count of the notebook cell that is running, if one is."""
    ipython = sys.modules.get("IPython")
    shell = ipython and ipython.get_ipython()
    return shell and shell.execution_count


def write_atomically(path: Path, text: str) -> Path:
    """Write `text` so that a reader sees the old file or the new one, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        umask = os.umask(0)
        os.umask(umask)
        Path(name).chmod(0o666 & ~umask)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return path


def read(path: Path) -> RunFile:
    """Read one run.

    Raises
    ------
    ValueError
        If the file is not there or no run file; the message names it, the field and what to do.
    """
    try:
        return RunFile.model_validate_json(Path(path).read_bytes())
    except (OSError, ValidationError) as error:
        said = messages.fields(error) if isinstance(error, ValidationError) else [str(error)]
        again = f"`git checkout -- {path}`" if Path(path).name == REFERENCE else "`make report`"
        first = f"{path}: not a readable run file; delete it and run {again}"
        raise ValueError(messages.screen([first, *said])) from None


def table(runs: Iterable[RunFile]) -> pd.DataFrame:
    """One tidy table, a row an estimate, of any number of runs."""
    return pd.DataFrame([_row(run, estimate) for run in runs for estimate in run.estimates])


def _row(run: RunFile, estimate: Estimate) -> dict:
    fields = estimate.model_dump(exclude={"interval", "condition", "claims", "sources"})
    low, high, level, method = estimate.interval or (None, None, None, None)
    return {
        "run": run.run,
        **fields,
        "claims": " ".join(estimate.claims),
        "sources": " ".join(estimate.sources),
        "condition": "; ".join(f"{name}={level}" for name, level in estimate.condition.items()),
        "low": low,
        "high": high,
        "level": level,
        "interval_method": method,
    }
