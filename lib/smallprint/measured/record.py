"""Measured numbers as estimates of a run."""

import pandas as pd

from smallprint.estimates import ConfoundVerdict, Estimate, Run, Tier
from smallprint.measured import rivals
from smallprint.measured.rates import interval_of
from smallprint.measured.recovery import Share
from smallprint.stats.intervals import Interval


def tier_of(model: str) -> Tier:
    """``control`` for scripted agents, else ``live``."""
    return "control" if model.startswith(("control/", "mockllm/")) else "live"


def accuracy(run: Run, row: pd.Series, judge: str, family: str) -> Estimate:
    """Sensitivity or specificity of a scorer, from a row of `calibration.accuracy`."""
    by_judge = row["scorer"] in ("judge", "gate")
    return run.estimate(
        f"{row['side']}--{row['scorer']}--{row['agent']}--{family}",
        claims=(),
        tier="control",
        quantity=f"{row['side']} of the {row['scorer']}, {family}",
        unit="proportion",
        value=row["value"],
        interval=interval_of(row),
        model=row["agent"],
        condition={"judge": judge} if by_judge else {},
        n=int(row["n"]),
        k=int(row["k"]),
        method="scripted behaviour known; texts as clusters",
    )


def share(run: Run, id: str, quantity: str, found: Share, method: str) -> Estimate:
    """A share over control agents."""
    return run.estimate(
        id,
        claims=(),
        tier="control",
        quantity=quantity,
        unit="proportion",
        value=found.k / found.n,
        interval=found.interval,
        n=found.n,
        k=found.k,
        method=method,
    )


class Recorder:
    """Records one model's measured numbers with what they share.

    Parameters
    ----------
    run : Run
    model, judge : str
    claims : tuple of str
        Claims that the numbers speak to.
    """

    def __init__(self, run: Run, model: str, judge: str, claims: tuple[str, ...]) -> None:
        self.run = run
        self.judge = judge
        self.shared = {"claims": claims, "tier": tier_of(model), "model": model}

    def rate(self, id: str, quantity: str, row: pd.Series, condition: dict[str, str]) -> Estimate:
        """A rate from a row of `rates.rates`."""
        return self.run.estimate(
            id,
            quantity=quantity,
            unit="proportion",
            value=row["value"],
            interval=interval_of(row),
            condition=condition | {"judge": self.judge},
            n=int(row["n"]),
            k=int(row["k"]),
            method="scored samples, texts as clusters",
            note=f"{int(row['missing'])} samples without an answer" if row["missing"] else None,
            **self.shared,
        )

    def bounds(self, id: str, quantity: str, row: pd.Series) -> tuple[Estimate, Estimate]:
        """The rate if no, and if every, sample without an answer had said yes."""
        interval = Interval(row["bound_from"], row["bound_to"], 0.95, "Korn-Graubard, bounds")
        return tuple(
            self.run.estimate(
                f"{id}--{reading}",
                quantity=f"{quantity}, if {reading} sample without an answer acted",
                unit="proportion",
                value=row[column],
                interval=interval,
                n=int(row["n"] + row["missing"]),
                method="worst-case bounds",
                **self.shared,
            )
            for reading, column in (("no", "bound_low"), ("every", "bound_high"))
        )

    def difference(
        self, id: str, quantity: str, value: float, interval: Interval | None, method: str
    ) -> Estimate:
        """A difference between rates."""
        return self.run.estimate(
            id,
            quantity=quantity,
            unit="difference",
            value=value,
            interval=interval,
            method=method,
            **self.shared,
        )

    def corrected(self, id: str, quantity: str, fixed: dict) -> Estimate:
        """A rate from `calibration.corrected`; its note says why there is none."""
        return self.run.estimate(
            id,
            quantity=quantity,
            unit="proportion",
            value=fixed["value"],
            interval=fixed["interval"],
            method="Rogan-Gladen, errors from control agents",
            note=fixed["note"] or None,
            **self.shared,
        )

    def verdict(self, found: rivals.Found) -> ConfoundVerdict:
        """A verdict on a rival explanation, with the effects that carry it as estimates."""
        evidence = tuple(
            self.difference(
                f"rival--{found.rival}--{row['what']}",
                f"effect on the rate: {row['what']}",
                row["difference"],
                rivals.interval(row),
                row["method"],
            )
            for _, row in found.effects.iterrows()
        )
        return self.run.confound(
            confound=found.rival,
            claims=self.shared["claims"],
            manipulation=found.manipulation,
            finding=found.reason,
            verdict=found.verdict,
            tier=self.shared["tier"] if evidence else None,
            estimates=tuple(estimate.id for estimate in evidence),
        )
