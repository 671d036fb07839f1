"""Kill builds and reruns at random moments, and show that nothing is lost.

Run as ``python bench/faults.py FOLDER [--seed N] [--built]``; FOLDER, outside the project, takes
two copies of it. One is built and rerun without a fault. The other is killed, the whole process
group with SIGKILL, while it installs, while it builds and while it asks a fake server on loopback;
after each kill every result is opened. At the end both are compared. The kills are written to
``data/faults/kills.csv`` and what the comparison found to ``data/faults/compared.csv``.

Moments follow from the seed. With ``--built`` the first copy is there from an earlier run, and the
second begins as a copy of it that lacks only `ANEW`, its installation and what the rerun made;
without, it begins with nothing.
"""

import argparse
import csv
import hashlib
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator, Sequence
from html.parser import HTMLParser
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

import psutil
from fakes import Fake, serving
from record import table

ROOT = Path(__file__).resolve().parents[1]
FAULTS = ROOT / "data" / "faults"
SEED = 20261121
KILLS = {"install": 3, "report": 17, "rerun": 10}
STUDY, MODEL = "agentic-misalignment", "anthropic/claude-sonnet-5"
CELLS, SAMPLES, CONNECTIONS = 10, 40, 20
REPORT = ("make", "report")
RERUN = ("make", "rerun", f"STUDY={STUDY}", f"MODEL={MODEL}", f"SAMPLES={SAMPLES}")
RERUN = (*RERUN, "DESIGN=published", "FAMILIES=leverage", "YES=1")
COMMANDS = {"install": ("make", ".venv/.installed"), "report": REPORT, "rerun": RERUN}
COLUMNS = ("kill", "during", "seconds", "what_ran", "outlived", "files", "half_written", "next")
# What is taken from a built copy, so that it is made again: some of what each rule makes.
ANEW = ("data/vitro/inoculation-prompting", "data/logs/ciphered-reasoning", "reports/downloads")
ANEW += ("reports/_generated", "reports/_site", "reports/seminar/built")
# Organisms are trained only for a page that is not there.
ANEW += ("reports/studies/inoculation-prompting.ipynb",)
NEXT = "went on until the next kill"
# Kernels have a session of their own and end themselves once they see that they are orphans.
ORPHANS = 15.0
STAMPS = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(\+00:00|Z)?|\b[\d,.]+ (s|seconds|minutes)\b"
    r"|\bseconds\W+(?:/?td\W+)*[\d.]+|(?<=\.json) [0-9a-f]{8}\b"
)
TAG = re.compile(r'<(\w+)((?:\s+[\w:-]+(?:="[^"]*")?)+)\s*>')
ATTRIBUTE = re.compile(r'[\w:-]+(?:="[^"]*")?')


def copy(target: Path) -> Path:
    """The project's files as they are now, in a repository of their own."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, names.split("\0")):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@example.org"]
    dates = {"GIT_AUTHOR_DATE": "2026-01-01T00:00Z", "GIT_COMMITTER_DATE": "2026-01-01T00:00Z"}
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "copy"]):
        subprocess.run([*git, *words], cwd=target, check=True, env=os.environ | dates)
    return target


def begun(built: Path, target: Path) -> Path:
    """A copy of a built one without its installation, the rerun, and `ANEW`."""
    provider = MODEL.partition("/")[0]
    names = (".venv", f"{STUDY}--{provider}*", f"*model-{provider}*", f"{provider}--*")
    shutil.copytree(built, target, ignore=shutil.ignore_patterns(*names))
    again("report", target)
    return target


def environment(fake: Fake) -> dict[str, str]:
    """What the commands see: a provider on loopback and a key that is none."""
    return os.environ | {"ANTHROPIC_BASE_URL": fake.url, "ANTHROPIC_API_KEY": "not-a-real-key"}


def start(command: Sequence[str], where: Path, fake: Fake) -> subprocess.Popen:
    """Start a command in a process group of its own; what it says goes to a file."""
    with (where.parent / f"{where.name}.log").open("ab") as log:
        return subprocess.Popen(
            command,
            cwd=where,
            env=environment(fake),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def of(folder: Path) -> list[psutil.Process]:
    """Processes that work in the folder."""
    found = []
    for process in psutil.process_iter():
        try:
            if Path(process.cwd()).is_relative_to(folder) and process.status() != "zombie":
                found.append(process)
        except (psutil.Error, OSError):
            continue
    return found


def working(folder: Path) -> str:
    """Which of the project's modules run in the folder, with their first argument."""
    said = set()
    for process in of(folder):
        try:
            words = process.cmdline()
        except psutil.Error:
            continue
        text = " ".join(words)
        if found := re.search(r"-m smallprint\.(?!build)(\S+)(?: (\S+))?", text):
            said.add(f"{found[1]} {Path(found[2] or '').stem}".strip())
        elif re.search(r"bootstrap\.py|/uv |-m pip|ensurepip", text):
            said.add("installation")
    return "; ".join(sorted(said)) or "Snakemake"


def results(folder: Path) -> Iterator[Path]:
    """Every file of results; names with a dot are unfinished work, which nothing reads."""
    for top in (folder / "data", folder / "reports"):
        for path in sorted(top.rglob("*")):
            hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
            if path.is_file() and not hidden:
                yield path


class Page(HTMLParser):
    """Sees the end of a page."""

    ended = False

    def handle_endtag(self, tag: str) -> None:
        """Notice the last tag."""
        self.ended = self.ended or tag == "html"


def broken(path: Path) -> str | None:
    """Why a file of results cannot be read as a whole; None if it can."""
    try:
        if path.suffix in (".json", ".ipynb"):
            json.loads(path.read_text(encoding="utf-8"))
        elif path.suffix in (".eval", ".npz", ".pt", ".checkpoint"):
            with zipfile.ZipFile(path) as packed:
                packed.infolist()
        elif path.suffix == ".csv":
            with path.open(newline="", encoding="utf-8") as file:
                widths = {len(row) for row in csv.reader(file)}
            return None if len(widths) == 1 else f"rows of {sorted(widths)} fields"
        elif path.suffix == ".html":
            page = Page()
            page.feed(path.read_text(encoding="utf-8"))
            return None if page.ended else "no end"
        elif path.suffix == ".svg":
            return (
                None if path.read_text(encoding="utf-8").rstrip().endswith("</svg>") else "no end"
            )
    except FileNotFoundError:
        return None
    except (ValueError, OSError, zipfile.BadZipFile) as error:
        return f"{type(error).__name__}: {error}"
    return None


def kill(process: subprocess.Popen, where: Path) -> tuple[str, int, float]:
    """Kill the group: what ran, how many processes were still there at once, seconds until none."""
    ran = working(where)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    killed = time.monotonic()
    outlived = len(of(where))
    while of(where) and time.monotonic() - killed < ORPHANS:
        time.sleep(0.1)
    if left := of(where):
        raise RuntimeError(f"still there after {ORPHANS:g} s: {[p.cmdline() for p in left]}")
    return ran, outlived, time.monotonic() - killed


def unreadable(where: Path) -> tuple[int, list[str]]:
    """How many results there are, and those that are not whole."""
    files = list(results(where))
    return len(files), [
        f"{path.relative_to(where)}: {why}" for path in files if (why := broken(path))
    ]


def finish(command: Sequence[str], where: Path, fake: Fake) -> float:
    """Run a command to its end; the seconds it took. Ends the harness if it fails."""
    began = time.monotonic()
    if code := start(command, where, fake).wait():
        sys.exit(f"{' '.join(command)} in {where} ended with {code}; see {where}.log")
    return time.monotonic() - began


def again(during: str, where: Path) -> None:
    """Make work anew where a command had nothing left to do."""
    if during == "rerun":
        shutil.rmtree(where / "data" / "logs" / STUDY / MODEL.replace("/", "--"))
    elif during == "report":
        for name in ANEW:
            path = where / name
            path.unlink(missing_ok=True) if path.is_file() else shutil.rmtree(path, True)
    else:
        shutil.rmtree(where / ".venv")


def kills(
    where: Path, fake: Fake, whole: dict[str, float], rng: random.Random
) -> tuple[list[dict], int]:
    """Kill each command as often as `KILLS` says; a row a kill, and how often all was asked."""
    rows: list[dict] = []
    rounds = 1
    for during, number in KILLS.items():
        command = COMMANDS[during]
        # So that progress is made between kills, and every part of the work is met by one.
        longest = max(8.0, whole[during] / number + 6)
        done = 0
        while done < number:
            moment = rng.uniform(0.5, longest)
            process = start(command, where, fake)
            try:
                code = process.wait(moment)
            except subprocess.TimeoutExpired:
                ran, outlived, _ = kill(process, where)
                files, wrong = unreadable(where)
                done += 1
                found = (len(rows) + 1, during, f"{moment:.1f}", ran, outlived, files, len(wrong))
                rows.append(dict(zip(COLUMNS, (*found, NEXT), strict=True)))
                print(*rows[-1].values(), *wrong, sep=" | ", flush=True)
                table(FAULTS / "kills.csv", rows)
            else:
                if code:
                    sys.exit(
                        f"after kill {len(rows)}: {command} ended with {code}; see {where}.log"
                    )
                if rows:
                    rows[-1]["next"] = "completed"
                rounds += during == "rerun"
                again(during, where)
        finish(command, where, fake)
        rows[-1]["next"] = "completed"
        table(FAULTS / "kills.csv", rows)
    return rows, rounds


def differing(one: Path, other: Path) -> list[str]:
    """Names of results that differ, but for dates, durations and the path of the copy."""
    contents = []
    for folder in (one, other):
        kept = {}
        for path in results(folder):
            name = path.relative_to(folder).as_posix()
            if path.suffix in (".json", ".csv", ".html", ".md", ".svg", ".js", ".ipynb", ".yaml"):
                kept[name] = plain(path, folder)
            elif path.suffix not in (".eval", ".pt", ".pdf"):
                kept[name] = hashlib.sha256(path.read_bytes()).hexdigest()
        contents.append(kept)
    first, second = contents
    return sorted(name for name in first | second if first.get(name) != second.get(name))


def plain(path: Path, folder: Path) -> str:
    """The text of a result without what changes from run to run.

    That is dates, durations, the path of the copy, the digests of files that hold dates, the ids
    of cells that papermill draws, and the order of attributes, which pandoc's filters leave open.
    """
    text = path.read_text(encoding="utf-8").replace(str(folder), "")
    if path.suffix in (".json", ".ipynb"):
        content = json.loads(text)
        if "manifest" in content:
            content["manifest"] = _undated(content["manifest"])
        for cell in content.get("cells", []) if path.suffix == ".ipynb" else []:
            cell |= {"metadata": {}, "id": ""}
        if path.suffix == ".ipynb":
            content["metadata"] = {}
        text = json.dumps(content, indent=0)
    elif path.suffix == ".html":
        text = TAG.sub(
            lambda tag: f"<{tag[1]} {' '.join(sorted(ATTRIBUTE.findall(tag[2])))}>", text
        )
    return STAMPS.sub("", text)


def _undated(manifest: dict) -> dict:
    """A run's manifest without dates, and without the digests of other runs, which have dates."""
    kept = {name: value for name, value in manifest.items() if name not in ("started", "seconds")}
    data = manifest["data"].items()
    return kept | {"data": {name: value for name, value in data if "estimates/" not in name}}


def main() -> None:
    """Build one copy in peace, kill the other, compare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=lambda given: Path(given).resolve())
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--built", action="store_true", help="begin with the copy that is there")
    given = parser.parse_args()
    folder, seed = given.folder, given.seed
    print(f"seed {seed}", flush=True)
    rng = random.Random(seed)
    with serving(latency=0.5) as peace, serving(latency=0.5) as war:
        whole, told = folder / "whole", folder / "seconds.json"
        if not given.built:
            copy(whole)
            seconds = {name: finish(command, whole, peace) for name, command in COMMANDS.items()}
            seconds["paid"] = sum(peace.stats()["billed"].values())
            told.write_text(json.dumps(seconds), encoding="utf-8")
        seconds = json.loads(told.read_text(encoding="utf-8"))
        target = folder / "killed"
        killed = begun(whole, target) if given.built else copy(target)
        print(seconds, flush=True)
        rows, rounds = kills(killed, war, seconds, rng)
        paid = sum(war.stats()["billed"].values())
    differ = differing(whole, killed)
    estimates = [name for name in differ if name.startswith("data/estimates/")]
    runs = [path.relative_to(whole) for path in (whole / "data" / "estimates").glob("*/*.json")]
    made = [run for run in runs if (whole / run).read_bytes() != (killed / run).read_bytes()]
    absent = [name for name in differ if not (killed / name).exists()]
    found = {
        "kills": len(rows),
        "seed": seed,
        "opened after kills": sum(row["files"] for row in rows),
        "half-written": sum(row["half_written"] for row in rows),
        "estimate files": len(runs),
        "estimate files made anew under kills": len(made),
        "estimate files that differ": len(estimates),
        "other results that differ": len(differ) - len(estimates) - len(absent),
        "results that were not made anew": len(absent),
        "replies wanted": CELLS * SAMPLES,
        "replies paid, undisturbed": seconds["paid"],
        "replies paid twice, killed": paid - rounds * CELLS * SAMPLES,
        "most requests under way at kills": KILLS["rerun"] * CONNECTIONS,
    }
    table(
        FAULTS / "compared.csv", [{"what": name, "found": value} for name, value in found.items()]
    )
    print(*(f"{name}: {value}" for name, value in found.items()), *differ, sep="\n")


if __name__ == "__main__":
    main()
