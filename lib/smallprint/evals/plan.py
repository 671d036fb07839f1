"""What a rerun will ask and what it may cost, before anything is asked."""

from collections.abc import Sequence
from typing import NamedTuple

from smallprint.evals import prices

# Replies are a few hundred tokens long; models that think at length use more.
USUAL_OUTPUT = 500
JUDGE_PROMPT_CHARACTERS = 5000


class Step(NamedTuple):
    """One model asked about a number of prompts.

    Attributes
    ----------
    what : str
        For the printed line.
    calls : int
        Requests still to be made; `reused` are answered already.
    input_tokens : int
        Estimated at four characters a token.
    max_tokens : int
        Most tokens of one reply.
    """

    what: str
    model: str
    calls: int
    reused: int
    input_tokens: int
    max_tokens: int

    @property
    def output_tokens(self) -> tuple[int, int]:
        """Usual and most output tokens of all calls."""
        return self.calls * min(USUAL_OUTPUT, self.max_tokens), self.calls * self.max_tokens

    def cost(self, batch: bool) -> tuple[float, float] | None:
        """USD for usual and for longest replies; None where the price is unknown."""
        price = prices.price(self.model)
        if price is None:
            return None
        factor = (price.batch if batch else 1.0) / prices.MILLION
        return tuple(
            (self.input_tokens * price.input + output * price.output) * factor
            for output in self.output_tokens
        )


def step(what: str, model: str, texts: Sequence[str], reused: int, max_tokens: int) -> Step:
    """A step whose prompts are known."""
    tokens = sum(len(text) for text in texts) // prices.CHARACTERS_PER_TOKEN
    return Step(what, model, len(texts), reused, tokens, max_tokens)


def guess(what: str, model: str, calls: int, reused: int, max_tokens: int) -> Step:
    """A step whose prompts will hold replies that are not there yet."""
    tokens = calls * JUDGE_PROMPT_CHARACTERS // prices.CHARACTERS_PER_TOKEN
    return Step(what, model, calls, reused, tokens, max_tokens)


def describe(steps: Sequence[Step], *, batch: bool, budget: float | None) -> str:
    """The plan in plain lines: calls, tokens, cost, and when its prices were looked up."""
    lines = [_line(one, batch) for one in steps]
    costs = [one.cost(batch) for one in steps if one.calls]
    if len(costs) > 1 and None not in costs:
        low, high = (sum(values) for values in zip(*costs, strict=True))
        lines.append(f"Together {_dollars(low, high)}.")
    if any(costs):
        mode = "batch prices" if batch else "prices"
        dates = sorted({price.date for one in steps if (price := prices.price(one.model))})
        lines.append(f"Estimates, at {mode} looked up on {', '.join(dates)} ({prices.FILE.name}).")
    if budget is not None:
        lines.append(f"Stops before {budget:g} USD are exceeded.")
    return "\n".join(lines)


def _line(one: Step, batch: bool) -> str:
    asked = f"{one.what}: {one.calls:,} calls to {one.model}"
    if one.reused:
        asked += f", {one.reused:,} answered already"
    if not one.calls:
        return asked + "."
    usual, most = one.output_tokens
    tokens = f"about {one.input_tokens:,} tokens in, {usual:,} to {most:,} out"
    cost = one.cost(batch)
    if cost is None:
        return f"{asked}; {tokens}; price unknown."
    return f"{asked}; {tokens}; {_dollars(*cost) if cost[1] else 'free of charge'}."


def _dollars(low: float, high: float) -> str:
    return f"{low:,.2f} to at most {high:,.2f} USD"
