"""Decides before each request whether it may be made: the budget, and errors that will not pass."""

import asyncio
from collections.abc import Mapping

from inspect_ai.util import EarlyStop

from smallprint.evals.redaction import redact
from smallprint.messages import visible

HOPELESS = {401: "the key is refused", 402: "payment is required", 403: "access is refused"}
HOPELESS |= {404: "the server does not know this model"}
FAILURES_IN_A_ROW = 20


class Gate:
    """Inspect's early-stopping manager for one call of `ask`.

    Parameters
    ----------
    budget : float or None
        USD that this call may spend.
    worst : mapping of sample id to USD, or None
        Most that one request for the sample can cost; needed with a budget.

    Notes
    -----
    A request is let through once what is spent, what the requests under way
    may still cost and its own worst case fit the budget. While others are
    under way it waits, because they usually cost less than their worst case.
    A request that failed may have been billed, so unless the server refused
    it its worst case counts as spent.
    """

    def __init__(self, budget: float | None, worst: Mapping[str, float] | None) -> None:
        self.spent = 0.0
        self.stopped_by: str | None = None
        self._budget = budget
        self._worst = worst or {}
        self._reserved: dict[str, float] = {}
        self._changed = asyncio.Condition()
        self._failures = 0

    async def start_task(self, task, samples, epochs) -> str:
        """Name this manager in the log."""
        return "smallprint"

    async def schedule_sample(self, id, epoch) -> EarlyStop | None:
        """Wait until the request fits the budget; stop it if it never will."""
        if await self.reserve(id, self._worst.get(id, 0.0)):
            return None
        return EarlyStop(id=id, epoch=epoch, reason=self.stopped_by)

    async def reserve(self, id: str, worst: float) -> bool:
        """Wait until a request of at most `worst` USD fits; False if it never will."""
        async with self._changed:
            while self.stopped_by is None and not self._fits(worst) and self._reserved:
                await self._changed.wait()
            if self.stopped_by is None and not self._fits(worst):
                self.stopped_by = f"the budget of {self._budget:g} USD"
            if self.stopped_by is None:
                self._reserved[id] = worst
        return self.stopped_by is None

    async def complete_sample(self, id, epoch, scores) -> None:
        """Nothing: a request is settled as soon as its reply is there."""

    async def complete_task(self) -> dict:
        """What the log keeps about this manager."""
        return {"spent": self.spent, "stopped_by": self.stopped_by}

    async def replied(self, id: str, cost: float) -> None:
        """Settle a request by what its reply cost, in USD."""
        self._failures = 0
        await self._settle(id, cost)

    async def failed(self, id: str, error: BaseException) -> None:
        """Settle a failed request and stop the run if no other can succeed."""
        status = getattr(error, "status_code", None)
        self._failures += 1
        if status in HOPELESS:
            self.stopped_by = f"{HOPELESS[status]} (HTTP {status}: {short(error)})"
        elif self._failures >= FAILURES_IN_A_ROW:
            self.stopped_by = f"{FAILURES_IN_A_ROW} failed requests in a row ({short(error)})"
        refused = status is not None and 400 <= status < 600
        await self._settle(id, 0.0 if refused else self._reserved.get(id, 0.0))

    async def stop(self, why: str) -> None:
        """Let no further request through."""
        async with self._changed:
            self.stopped_by = self.stopped_by or why
            self._changed.notify_all()

    async def _settle(self, id: str, cost: float) -> None:
        async with self._changed:
            self._reserved.pop(id, None)
            self.spent += cost
            self._changed.notify_all()

    def _fits(self, worst: float) -> bool:
        if self._budget is None:
            return True
        return self.spent + sum(self._reserved.values()) + worst <= self._budget


def short(error: BaseException | str) -> str:
    """One line that says what went wrong, without secrets."""
    text = getattr(error, "provider_message", None) or str(error)
    text = visible(" ".join(redact(text).split())) or type(error).__name__
    return text if len(text) <= 200 else f"{text[:200]}…"
