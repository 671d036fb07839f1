"""Tables and figure of both studies for the method page, from the committed draws.

Run as ``python -m smallprint.validity FOLDER`` to write them into a folder, and as
``python -m smallprint.validity --draw`` to draw everything anew and rewrite
``data/validity``. With words after it, ``--draw`` draws the rows that hold them, those that
are new and those whose number of draws changed.
"""

import sys
from pathlib import Path

from smallprint import commands
from smallprint.estimates import write_atomically
from smallprint.validity import null, planted


def main(arguments: list[str] | None = None) -> None:
    """Write the fragments of the page, or the draws behind them."""
    parser = commands.Parser(
        prog="python -m smallprint.validity", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("folder", nargs="?", type=Path, help="where the tables are written")
    parser.add_argument("--draw", nargs="*", metavar="WORD", help="draw, and rewrite the counts")
    chosen = parser.parse_args(arguments)
    if (chosen.folder is None) == (chosen.draw is None):
        parser.error("a folder or --draw is needed, and not both")
    if chosen.folder:
        _write(chosen.folder)
        return
    for study in (null, planted):
        drawn = study.draw(" ".join(chosen.draw))
        write_atomically(study.FILE, drawn.to_csv(index=False))
        print(f"{study.FILE.name} written", file=sys.stderr, flush=True)


def _write(folder: Path) -> None:
    for study, name in ((null, "null"), (planted, "planted")):
        if not study.FILE.exists():
            commands.end(f"{study.FILE}: no draws; run python -m smallprint.validity --draw", 1)
        write_atomically(folder / f"validity-{name}.md", study.markdown(study.read()) + "\n")
    planted.figure(planted.read()).savefig(folder / "validity-power.svg", metadata={"Date": None})


if __name__ == "__main__":
    main()
