"""Reference results: the committed run that fresh runs are compared with.

Run as ``python -m smallprint.reference`` to replace them by the last default
run of each study, after printing what changes.
"""

import math
from pathlib import Path

from smallprint import commands, estimates, paths, runs
from smallprint.estimates import Estimate, RunFile
from smallprint.provenance import run_id

NOTEBOOKS = paths.ROOT / "notebooks"
EXACT_TIERS = ("published", "reanalysis", "control")


def path(study: str) -> Path:
    """The committed reference run of a study."""
    return paths.ESTIMATES / study / estimates.REFERENCE


def fresh(study: str) -> Path:
    """Where the study's run with default parameters is written."""
    parameters = runs.defaults(NOTEBOOKS / f"{study}.ipynb")
    return paths.ESTIMATES / study / f"{run_id(parameters)}.json"


def update(study: str) -> list[str]:
    """Make the last default run the reference; return what changed."""
    new = estimates.read(fresh(study))
    old = path(study)
    changes = compare(estimates.read(old), new) if old.exists() else ["first reference"]
    if changes:
        estimates.write_atomically(old, fresh(study).read_text(encoding="utf-8"))
    return changes


def compare(reference: RunFile, fresh: RunFile) -> list[str]:
    """Differences between two runs, one line each naming estimate and claims.

    Estimates of the tiers `published`, `reanalysis` and `control` must agree to
    nine significant digits (the room that numerical libraries need), and so must
    others without an interval; those with one must lie within the reference's.
    """
    old = {estimate.id: estimate for estimate in reference.estimates}
    new = {estimate.id: estimate for estimate in fresh.estimates}
    lines = [_line(old[id], "is gone") for id in old if id not in new]
    lines += [_line(new[id], "is new") for id in new if id not in old]
    lines += [line for id in old if id in new for line in _changes(old[id], new[id])]
    for kind in ("audits", "confounds", "headlines", "quotations", "evidence"):
        if getattr(reference, kind) != getattr(fresh, kind):
            lines.append(f"the recorded {kind} differ")
    return lines


def _line(estimate: Estimate, what: str) -> str:
    return f"claim {', '.join(estimate.claims)}: estimate {estimate.id} {what}"


def _changes(old: Estimate, new: Estimate) -> list[str]:
    if old.tier not in EXACT_TIERS:
        if old.interval is None:
            kept = _same(old.value, new.value)
            return [] if kept else [_line(old, f"was {old.value}, is {new.value}")]
        inside = old.interval.low <= new.value <= old.interval.high
        return [] if inside else [_line(old, f"was {old.value}, is {new.value}: outside interval")]
    before, after = (estimate.model_dump(mode="json") for estimate in (old, new))
    return [
        _line(old, f"{field} was {before[field]}, is {after[field]}")
        for field in before
        if not _same(before[field], after[field])
    ]


def _same(a: object, b: object) -> bool:
    if isinstance(a, float) and isinstance(b, float):
        return math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12)
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(_same(a[key], b[key]) for key in a)
    return a == b


def main(arguments: list[str] | None = None) -> None:
    """Replace every reference, after all fresh runs could be read."""
    commands.places("smallprint.reference", __doc__, given=arguments)
    commands.carry_out(_update_all, ValueError)


def _update_all() -> None:
    studies = sorted(folder.name for folder in paths.ESTIMATES.iterdir() if folder.is_dir())
    for study in studies:
        estimates.read(fresh(study))
    for study in studies:
        print(f"{study}:", *(update(study) or ["unchanged"]), sep="\n  ")


if __name__ == "__main__":
    main()
