"""Write the pages of runs: ``python -m smallprint.site.transcripts OUTPUT FOLDER ...``.

Each FOLDER holds a run's logs, ``run.json`` and ``outcomes.csv``; its page is
``OUTPUT/<name of the folder>.html``.
"""

from pathlib import Path

from smallprint import commands, runs
from smallprint.estimates import write_atomically
from smallprint.evals import studies
from smallprint.site.transcripts import ACTS, Transcript, Words, page


def write(folder: Path, output: Path) -> None:
    """Write the page of the run in `folder`."""
    asked = runs.read(folder / "run.json")
    frame, replies = studies.of(asked.study).shown(folder)
    columns = list(frame.columns)
    between = columns[columns.index("cell") + 1 : columns.index("index")]
    factors = [name for name in between if name != "text"]
    said = frame.attrs.get("words")
    words = Words(**said) if said else ACTS
    rows = {row["sample"]: row for row in frame.to_dict("records")}
    transcripts = (
        Transcript(
            sample=one.sample,
            text=one.text,
            system=one.system,
            user=one.user,
            whole=one.reply.whole,
            mails=one.reply.mails,
            commands=one.reply.commands,
            why=one.reply.why,
            row=rows[one.sample],
            words=words,
        )
        for one in replies
    )
    named = (asked.study, asked.model, asked.judge, factors)
    write_atomically(output, page(*named, transcripts, words))


def main(arguments: list[str] | None = None) -> None:
    """Write a page for each folder."""
    written, folders = commands.places(
        "smallprint.site.transcripts", __doc__, "OUTPUT", "FOLDER...", given=arguments
    )

    def action() -> None:
        for one in folders:
            write(one, written / f"{one.name}.html")

    commands.carry_out(action, ValueError)


if __name__ == "__main__":
    main()
