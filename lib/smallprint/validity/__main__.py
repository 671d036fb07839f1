"""Tables and figure of both studies for the method page, from the committed draws.

Run as ``python -m smallprint.validity FOLDER`` to write them into a folder, and as
``python -m smallprint.validity --draw`` to draw everything anew and rewrite
``data/validity``.
"""

import sys
from pathlib import Path

from smallprint.estimates import write_atomically
from smallprint.validity import null, planted


def main(arguments: list[str]) -> None:
    """Write the fragments of the page, or the draws behind them."""
    if len(arguments) != 1:
        sys.exit("usage: python -m smallprint.validity FOLDER | --draw")
    if arguments == ["--draw"]:
        for study in (null, planted):
            write_atomically(study.FILE, study.draw().to_csv(index=False))
            print(f"{study.FILE.name} written", file=sys.stderr, flush=True)
        return
    folder = Path(arguments[0])
    for study, name in ((null, "null"), (planted, "planted")):
        if not study.FILE.exists():
            sys.exit(f"{study.FILE}: no draws; run python -m smallprint.validity --draw")
        write_atomically(folder / f"validity-{name}.md", study.markdown(study.read()) + "\n")
    planted.figure(planted.read()).savefig(folder / "validity-power.svg", metadata={"Date": None})


if __name__ == "__main__":
    main(sys.argv[1:])
