"""What the scoreboard counts over all studies, each count recorded as an estimate."""

from collections.abc import Iterable, Mapping, Sequence

from smallprint.estimates import Estimate, Run
from smallprint.scoreboard import Record
from smallprint.stats.intervals import clopper_pearson_interval
from smallprint.stats.power import detectable_rate
from smallprint.vocabulary import AUDIT_RESULTS

# What a study took away in its control cells: the factor and level of its claims file. A study
# that is not named prints no such cell with a rate and its n.
CONTROLS = {
    "agentic-misalignment": ("arm", "control"),
    "scheming": ("goal", "matched"),
    "stress-testing-specs": ("scenarios", "random"),
    "inoculation-prompting": ("prompt_kind", "none"),
    "believe-it-or-not": ("documents", "none"),
}


def count(run: Run, id: str, quantity: str, value: int, n: int | None = None) -> Estimate:
    """Record a count over the studies' runs."""
    return run.estimate(
        id,
        claims=(),
        tier="reanalysis",
        quantity=quantity,
        unit="count",
        value=value,
        n=n,
        method="counted over the runs of the studies' own pages",
    )


def audits(run: Run, records: Iterable[Record]) -> dict[str, dict[str, Estimate]]:
    """Audited numbers and wordings by study and result, and over all studies under ``all``."""
    results = {record.study: [audit.result for audit in record.run.audits] for record in records}
    results["all"] = [result for found in results.values() for result in found]
    return {
        study: {
            result: count(
                run,
                f"audits--{study}--{result}",
                f"audits that came out as {result}, {study}",
                found.count(result),
                len(found),
            )
            for result in AUDIT_RESULTS
        }
        for study, found in results.items()
    }


def rivals(
    run: Run, matrix: Mapping[str, Mapping[str, str]], words: Sequence[str]
) -> dict[str, dict[str, Estimate]]:
    """Studies by rival explanation and by what their pages say of it."""
    return {
        confound: {
            word: count(
                run,
                f"rivals--{confound}--{word}",
                f"studies for which {confound} is {word}",
                list(by_study.values()).count(word),
                len(by_study),
            )
            for word in words
        }
        for confound, by_study in matrix.items()
    }


def control_cells(record: Record) -> list[Estimate]:
    """Printed rates with their n from the cells in which a study took its treatment away."""
    factor, level = CONTROLS.get(record.study, (None, None))
    return [
        estimate
        for estimate in record.run.estimates
        if estimate.tier == "published"
        and estimate.unit == "proportion"
        and estimate.n
        and estimate.value is not None
        and estimate.condition.get(factor) == level
        and factor
    ]


def power_of_zeros(run: Run, record: Record) -> dict[str, Estimate]:
    """What a study's control cells without a positive can exclude, at the smallest n among them.

    Returns
    -------
    dict
        ``excluded``: upper Clopper-Pearson limit of no positive; ``told apart``:
        smallest rate of a treated cell of the same n that Fisher's two-sided test
        at 5% tells from this one with a power of 80%. Empty where no cell is zero.
    """
    zeros = [estimate for estimate in control_cells(record) if estimate.value == 0]
    if not zeros:
        return {}
    n = min(estimate.n for estimate in zeros)
    limits = {
        "excluded": (
            clopper_pearson_interval(0, n).high,
            "upper 95% limit of a control cell without a positive",
            "Clopper-Pearson",
        ),
        "told apart": (
            detectable_rate(n, 0.0, n, 0.05, alternative="two-sided"),
            "smallest treated rate that is told from a zero control with 80% power",
            "Fisher's exact test, two-sided, 5%, cells of equal size",
        ),
    }
    return {
        name: run.estimate(
            f"controls--{record.study}--{name}",
            claims=tuple(dict.fromkeys(claim for zero in zeros for claim in zero.claims)),
            tier="reanalysis",
            quantity=f"{quantity}, {record.study}",
            unit="proportion",
            value=value,
            n=n,
            sources=tuple(dict.fromkeys(source for zero in zeros for source in zero.sources)),
            method=method,
        )
        for name, (value, quantity, method) in limits.items()
    }
