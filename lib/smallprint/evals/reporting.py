"""What a rerun leaves behind and says at its end."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from smallprint import live
from smallprint.estimates import write_atomically
from smallprint.evals.asking import Asked

if TYPE_CHECKING:
    from smallprint.evals.rerun import Order


def record(order: "Order", complete: bool) -> None:
    """Write ``run.json``: what was asked, and whether all of it was."""
    pack = live.texts(order.study.slug).load(order.study.slug)
    file = order.folder / "run.json"
    try:
        old = json.loads(file.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        old = {}
    asked = {
        "study": order.study.slug,
        "model": order.model,
        "judge": order.judge or old.get("judge", ""),
        "samples": order.samples,
        "design": order.design,
        "families": ",".join(order.families),
        "date": datetime.now(UTC).date().isoformat(),
        "prompts": live.fingerprint(pack, order.design, order.families, order.samples),
        "complete": complete,
    }
    write_atomically(file, json.dumps(asked, indent=1) + "\n")


def report(order: "Order", replies: Sequence[Asked], judged: Sequence[Asked]) -> str:
    """What was asked and kept, what it cost, and where the outcomes are."""
    lines = [f"Replies: {_counted(replies)}."]
    if judged:
        lines.append(f"Judgements: {_counted(judged)}.")
    done = [*replies, *judged]
    costs = [one.cost for one in done]
    lines.append("Cost: unknown." if None in costs else f"Cost: {sum(costs):,.2f} USD.")
    lines.append(f"Outcomes: {order.folder / 'outcomes.csv'}")
    return "\n".join(lines)


def incomplete(done: Sequence[Asked]) -> str:
    """Why a run is not complete, and how to go on, in one line."""
    short = next(one for one in done if one.failed or one.remaining or one.stopped_by)
    goes_on = "the same command goes on where this stopped; `make report` shows what is there"
    return f"not complete: {why(short)}; {goes_on}"


def why(done: Asked) -> str:
    """What kept a call from finishing, in one line."""
    parts = [f"stopped by {done.stopped_by}"] if done.stopped_by else []
    if done.remaining:
        parts.append(f"{done.remaining:,} samples not asked")
    if done.failed:
        reason = next(iter(done.failed.values()))
        parts.append(f"{len(done.failed):,} samples failed, the first with: {reason}")
    return "; ".join(parts)


def _counted(done: Sequence[Asked]) -> str:
    new, kept = (sum(getattr(one, name) for one in done) for name in ("asked", "reused"))
    return f"{new:,} new, {kept:,} kept"
