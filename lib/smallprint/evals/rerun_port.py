"""Ask a model the study's own prompts, through the port in inspect-evals.

Run as ``python -m smallprint.evals.rerun_port STUDY --model PROVIDER/NAME --judge PROVIDER/NAME``.
Results stand on the model's page, which `rerun` makes, with the port's known defects beside them.
"""

import argparse

from smallprint import commands, live
from smallprint.estimates import write_atomically
from smallprint.evals import plan, port
from smallprint.evals.agentic_misalignment import STUDY
from smallprint.evals.asking import MAX_TOKENS, Asked, price_for, text_of, unanswered
from smallprint.evals.connecting import connect
from smallprint.evals.redaction import redact
from smallprint.evals.rerun import JUDGE_TOKENS, bad_name, bad_numbers, consent, stop, why
from smallprint.evals.shelf import AskingError


def main(arguments: list[str] | None = None) -> None:
    """Read the command line, ask, and end with one clear line if that cannot be done."""
    about = __doc__.split("\n")[0]
    parser = commands.Parser(prog="python -m smallprint.evals.rerun_port", description=about)
    parser.add_argument("study", type=commands.one_of([STUDY]), help=STUDY)
    parser.add_argument("--model", required=True)
    parser.add_argument("--judge", required=True, help="model that plays the port's judge")
    parser.add_argument("--samples", type=int, default=4, help="samples for each condition")
    parser.add_argument("--budget", type=float, help="USD for replies, and again for judgements")
    parser.add_argument("--batch", action="store_true")
    parser.add_argument("--yes", action="store_true")
    chosen = parser.parse_args(arguments)
    try:
        _run(chosen)
    except Exception as error:
        stop(error)
    except KeyboardInterrupt:
        commands.end("interrupted; the same command goes on where this stopped", 130)


def _run(chosen: argparse.Namespace) -> None:
    problems = bad_numbers(chosen.budget, samples=chosen.samples)
    problems += bad_name("--model", chosen.model) + bad_name("--judge", chosen.judge)
    if problems:
        raise AskingError("; ".join(problems))
    folder = live.folder(chosen.study, chosen.model)
    samples = port.samples(port.CONDITIONS, chosen.samples)
    todo = unanswered(samples, folder / port.ASKED)
    kept = len(samples) - len(todo)
    steps = [
        plan.step("Replies", chosen.model, [text_of(one) for one in todo], kept, MAX_TOKENS),
        plan.guess("Judgements", chosen.judge, len(todo), kept, JUDGE_TOKENS),
    ]
    if todo:
        for name in (chosen.model, chosen.judge):
            price_for(name, chosen.budget)
            connect(name)
        print(plan.describe(steps, batch=chosen.batch, budget=chosen.budget), flush=True)
        consent(chosen.yes)
    done = port.run(
        *(chosen.model, chosen.judge, chosen.samples, folder),
        budget=chosen.budget,
        batch=chosen.batch,
    )
    _conclude(chosen, folder, done)


def _conclude(chosen: argparse.Namespace, folder, done: list[Asked]) -> None:
    if not list((folder / port.ASKED).glob("*.eval")):
        live.prune(folder)
        raise AskingError(f"{chosen.model}: no reply; {why(done[0])}")
    frame = port.read(folder, chosen.study, chosen.model, chosen.judge)
    write_atomically(folder / port.OUTCOMES, frame.to_csv(index=False))
    print(f"Outcomes: {folder / port.OUTCOMES}")
    short = [one for one in done if one.failed or one.remaining]
    if short:
        said = f"not complete: {why(short[0])}; the same command goes on where this stopped"
        commands.end(redact(said), 1)


if __name__ == "__main__":
    main()
