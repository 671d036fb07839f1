"""Full, read-only and damaged places, on a copy that is built: what is said, and what comes next.

Run as root, after ``bench/faults.py``, as ``python bench/faults_places.py BUILT FOLDER``; BUILT is
the copy that it built in peace, FOLDER takes another. Disks are small tmpfs mounts, so that a full
one is really full. Writes ``data/faults/places.csv``.
"""

import csv
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from faults import FAULTS, MODEL, STUDY, Fake, differing, environment, serving
from record import table

PLACES = FAULTS / "places.csv"
REPORT = ("make", "report")
ASKED = 40
WORLD = "inoculation-prompting"


def asking(samples: int) -> tuple[str, ...]:
    """The first step of ``make rerun``: asking, without drawing the page."""
    options = (f"--model={MODEL}", f"--samples={samples}", "--design=published")
    command = (".venv/bin/python", "-m", "smallprint.evals.rerun", STUDY)
    return (*command, *options, "--families=leverage", "--yes")


class Place:
    """A built copy, its provider, and the rows found so far."""

    def __init__(self, built: Path, folder: Path, fake: Fake) -> None:
        self.built, self.root, self.fake = built, folder / "places", fake
        self.rows: list[dict] = []
        self.before: list[dict] = []
        ignored = shutil.ignore_patterns(".venv")
        shutil.copytree(built, self.root, ignore=ignored, copy_function=shutil.copy2)
        (self.root / ".venv").symlink_to(built / ".venv")

    def environment(self) -> dict[str, str]:
        """As of the kills; this copy's library comes before the one that is installed."""
        return environment(self.fake) | {"PYTHONPATH": str(self.root / "lib")}

    def run(self, command: tuple[str, ...]) -> tuple[int, str]:
        """Run a command to its end: its exit status and what it said."""
        return ended(background(self, command))

    def faults(self) -> set[str]:
        """What was tried in this run."""
        return {row["fault"] for row in self.rows}

    def paid(self) -> int:
        """Replies that the provider has billed."""
        return sum(self.fake.stats()["billed"].values())

    def row(self, fault: str, command: tuple[str, ...], after: tuple[int, str], then: str) -> None:
        """Note what a command said under a fault, then what it does once the fault is mended."""
        code, said = after
        began = self.paid()
        again, more = self.run(command)
        self.rows.append(
            {
                "fault": fault,
                "command": " ".join(command[:2]) if command[0] == "make" else "make rerun",
                "exit": code,
                "lines": len(said.strip().splitlines()),
                "traceback": "Traceback" in said,
                "said": last(said, self.root),
                "mended_by": then,
                "next_exit": again,
                "next_paid": self.paid() - began,
            }
        )
        print(self.rows[-1], flush=True)
        if again:
            print(more[-3000:], flush=True)
        table(PLACES, [row for row in self.before if row["fault"] not in self.faults()] + self.rows)


def last(said: str, root: Path) -> str:
    """The last line that names a place and a fix, else the last that is not make's own."""
    lines = [line for line in said.strip().splitlines() if not re.match(r"make(\[\d\])?: ", line)]
    named = [line for line in lines if "data/" in line and "; " in line and ": " in line]
    own = [line for line in named if "export OMP" not in line]
    told = (own or lines or [""])[-1].replace(str(root), "small-print").replace("\r", " ")
    return told.strip()[-300:]


@contextmanager
def mounted(place: Path, *options: str) -> Iterator[None]:
    """A mount that is taken away at the end."""
    subprocess.run(["mount", *options, str(place)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


@contextmanager
def small(place: Path, spare: int) -> Iterator[Callable[[int], None]]:
    """The folder on a disk of its own with that many MB to spare; gives what resizes it."""
    content = place.with_name(f".{place.name}.content")
    shutil.copytree(place, content)
    used = sum(path.stat().st_size + 4096 for path in content.rglob("*")) // 1_000_000 + 1

    def resize(spare: int) -> None:
        size = f"remount,size={used + spare}m"
        subprocess.run(["mount", "-o", size, str(place)], check=True)

    with mounted(place, "-t", "tmpfs", "-o", f"size={used + spare}m", "tmpfs"):
        shutil.copytree(content, place, dirs_exist_ok=True)
        yield resize
        shutil.rmtree(content)
        shutil.copytree(place, content)
    shutil.rmtree(place)
    content.rename(place)


def fill(place: Path) -> Path:
    """A file that takes all that is left."""
    filler = place / ".filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while file.write(b"\0" * 65536):
                pass
        except OSError:
            return filler
    return filler


def disks(place: Place) -> None:
    """A disk that is full before the work, and one that fills up while a model is asked."""
    logs = place.root / "data" / "logs"
    with small(place.root / "data" / "estimates", 5) as resize:
        after = place.run(REPORT)
        resize(2000)
        place.row("data/estimates on a full disk", REPORT, after, "room was made")
    with small(logs, 5) as resize:
        after = place.run(asking(ASKED + 60))
        resize(2000)
        place.row("data/logs on a full disk", asking(ASKED + 60), after, "room was made")
        resize(60)
        began, more = place.paid(), asking(ASKED + 80)
        process = background(place, more)
        while place.paid() < began + 40 and process.poll() is None:
            time.sleep(0.02)
        filler = fill(logs)
        after = ended(process)
        filler.unlink()
        place.row("data/logs full during the asking", more, after, "room was made")
        print("replies wanted: 200, paid in all:", place.paid() - began, flush=True)


def build(place: Place) -> None:
    """A disk that fills up while pages are made."""
    estimates = place.root / "data" / "estimates"
    with small(estimates, 150):
        claims = place.root / "data" / "claims" / "scheming.yaml"
        claims.write_text(claims.read_text(encoding="utf-8") + "\n# changed\n", encoding="utf-8")
        process = background(place, REPORT)
        time.sleep(5)
        filler = fill(estimates)
        after = ended(process)
        filler.unlink()
        place.row("data/estimates full during the build", REPORT, after, "room was made")


def background(place: Place, command: tuple[str, ...]) -> subprocess.Popen:
    """Start a command whose output is read later."""
    return subprocess.Popen(
        command,
        cwd=place.root,
        env=place.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )


def ended(process: subprocess.Popen) -> tuple[int, str]:
    """Wait for a command: its exit status and what it said."""
    said, _ = process.communicate()
    return process.returncode, said


def rights(place: Place) -> None:
    """A data folder that is mounted read-only."""
    data, more = place.root / "data", asking(ASKED + 30)
    with mounted(data, "--bind", str(data)):
        subprocess.run(["mount", "-o", "remount,bind,ro", str(data)], check=True)
        report, asked = place.run(REPORT), place.run(more)
    place.row("data mounted read-only", REPORT, report, "it was mounted for writing")
    place.row("data mounted read-only", more, asked, "it was mounted for writing")


def caches(place: Place) -> None:
    """Trained organisms that are cut short, changed, or of another version."""
    kept = place.root / "data" / "vitro" / WORLD
    (folder,) = (path for path in kept.iterdir() if path.is_dir())
    want(place)
    weights = sorted((folder / "weights").iterdir())[0]
    os.truncate(weights, weights.stat().st_size // 2)
    place.row("trained weights truncated", REPORT, place.run(REPORT), "itself")
    measured = next(kept.glob("*/measurements.csv"))
    measured.write_text(measured.read_text(encoding="utf-8").replace("1", "2", 1), encoding="utf-8")
    want(place)
    place.row("a digit of the measurements changed", REPORT, place.run(REPORT), "itself")
    want(place)
    (kept / "quick.done").write_text("another-version\n", encoding="utf-8")
    place.row("organisms of another version", REPORT, place.run(REPORT), "itself")


def want(place: Place) -> None:
    """Take a page and the site away: organisms are trained only for what is not there."""
    (place.root / "reports" / "studies" / f"{WORLD}.ipynb").unlink()
    shutil.rmtree(place.root / "reports" / "_site")


def logs(place: Place) -> None:
    """Logs of a model that are truncated, of another program, or away."""
    asked = place.root / "data" / "logs" / STUDY / MODEL.replace("/", "--") / "asked"
    log = max(asked.glob("*.eval"), key=lambda path: path.stat().st_size)
    whole = log.read_bytes()
    for name, content in (("truncated", whole[: len(whole) // 2]), ("foreign", b"GIF89a" * 50)):
        log.write_bytes(content)
        after = place.run(asking(ASKED))
        log.write_bytes(whole)
        place.row(f"a log of replies is {name}", asking(ASKED), after, "the copy was restored")


def estimates(place: Place) -> None:
    """Estimates of a page and reference results that are cut short."""
    folder = place.root / "data" / "estimates" / "scheming"
    (run,) = (path for path in folder.glob("*.json") if path.name != "reference.json")
    os.truncate(run, run.stat().st_size // 2)
    after = place.run(REPORT)
    run.unlink()
    place.row("estimates of a page truncated", REPORT, after, "they were deleted")
    file = folder / "reference.json"
    os.truncate(file, file.stat().st_size // 2)
    after = place.run(REPORT)
    subprocess.run(["git", "checkout", "--", str(file)], cwd=place.root, check=True)
    mended = f"git checkout -- {file.name}"
    place.row("reference results truncated", REPORT, after, mended)


def two(place: Place) -> None:
    """A second build, and a rerun, while a build is running."""
    shutil.rmtree(place.root / "reports" / "_site")
    more = ("make", "rerun", f"STUDY={STUDY}", f"MODEL={MODEL}", f"SAMPLES={ASKED}")
    first = background(place, REPORT)
    time.sleep(15)
    second = place.run(REPORT)
    asked = place.run((*more, "DESIGN=published", "FAMILIES=leverage"))
    whole = ended(first)
    place.row("a build that met two others", REPORT, whole, "nothing was wrong")
    place.row("a second build at once", REPORT, second, "the first one ended")
    place.row("a rerun during a build", REPORT, asked, "the build ended")


def main(built: Path, folder: Path, *only: str) -> None:
    """Try every fault, or those that are named, then compare with the copy that had none."""
    parts = {"two": two, "rights": rights, "logs": logs, "disks": disks}
    parts |= {"estimates": estimates, "build": build, "caches": caches}
    with serving(latency=0.2) as fake:
        place = Place(built, folder, fake)
        if only:
            with PLACES.open(newline="", encoding="utf-8") as file:
                place.before = list(csv.DictReader(file))
        for name in only or parts:
            parts[name](place)
    print("differs from the copy without faults:", *differing(built, place.root), sep="\n")


if __name__ == "__main__":
    main(*(Path(word).resolve() for word in sys.argv[1:3]), *sys.argv[3:])
