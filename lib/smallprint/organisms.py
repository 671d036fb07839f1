"""The committed measurements of a study's organisms, as estimates. Needs no torch."""

from collections.abc import Iterable

from smallprint.estimates import Estimate, Run
from smallprint.stats.intervals import Interval
from smallprint.vitro import results


class Organisms:
    """The committed full profile of a study's world; what a page uses is recorded when it is used.

    Parameters
    ----------
    run : Run
        Takes the estimates, of tier ``vitro``.
    claims : iterable of str
        What the world speaks to.
    level : str
        What the conditions of this world are called.
    method : str
        How the organisms were trained.

    Examples
    --------
    ``organism = Organisms(run, ("B20",)); organism("innocent", "gap: neutral")``
    """

    def __init__(
        self,
        run: Run,
        claims: Iterable[str],
        level: str = "organism",
        method: str = "organisms of the committed full profile",
    ) -> None:
        self._run, self._claims, self._level, self._method = run, tuple(claims), level, method
        self._rows = results.reference(run.study).set_index(["condition", "quantity"])
        self._recorded: dict[tuple[str, str], Estimate] = {}

    def __contains__(self, measured: tuple[str, str]) -> bool:
        return measured in self._rows.index

    def __call__(self, condition: str, quantity: str) -> Estimate:
        """One number with its interval over seeds; KeyError if it was not measured."""
        measured = condition, quantity
        if measured not in self._recorded:
            row = self._rows.loc[measured]
            self._recorded[measured] = self._run.estimate(
                f"vitro--{condition}--{quantity}",
                claims=self._claims,
                tier="vitro",
                quantity=quantity,
                unit=row.unit,
                value=row.value,
                interval=Interval(row.low, row.high, 0.95, results.METHOD),
                condition={self._level: condition},
                n=int(row.seeds),
                method=self._method,
            )
        return self._recorded[measured]
