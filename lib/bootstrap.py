"""Install what the project needs; itself needs nothing but Python 3.11.

Run by the Makefile as ``python3.11 lib/bootstrap.py install|lock|chromium``.
The lock file is resolved for Linux on x86-64; elsewhere uv adds what is needed.

Environment
-----------
TORCH
    torch backend for uv: ``cpu`` (default), ``cu130``, ``auto`` and so on.
"""

import os
import re
import shutil
import subprocess
import sys
import venv
from pathlib import Path

UV = "uv==0.13.8"
QUARTO = "quarto-cli==1.10.19"
# Only the reveal.js that its wheel carries is used, so what it depends on is not installed.
REVEAL = "sphinx-revealjs==3.2.1"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "requirements.lock"
VENV = ROOT / ".venv"
UNFINISHED = VENV / ".unfinished"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")


def find_links() -> list[str]:
    """Folders and pages of extra wheels that pip is configured to use."""
    listed = subprocess.run(
        [BIN / "python", "-m", "pip", "config", "list"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    values = [
        line.partition("=")[2].strip("'\"")
        for line in listed.splitlines()
        if line.partition("=")[0].endswith("find-links")
    ]
    return list(dict.fromkeys(link for value in values for link in value.split()))


def torch_options(links: list[str]) -> list[str]:
    """Options by which uv picks the torch build.

    A torch wheel in a find-links folder is used as it is; otherwise uv's
    backend option chooses, since the registry's own torch brings CUDA.
    """
    asked = os.environ.get("TORCH", "cpu")
    has_wheel = any(Path(link).is_dir() and any(Path(link).glob("torch-*.whl")) for link in links)
    return [] if has_wheel and asked == "cpu" else ["--torch-backend", asked]


def extra_wheels() -> list[str]:
    """Options that offer pip's find-links to uv."""
    return [option for link in find_links() for option in ("--find-links", link)]


def install() -> None:
    """Create .venv; install the lock file, this package and, if it can be had, Quarto."""
    if sys.version_info[:2] != (3, 11):
        found = sys.version.split()[0]
        sys.exit(f"Small Print needs Python 3.11; this is {found}. Try: make PYTHON=python3.11")
    forget_unfinished()
    VENV.mkdir(exist_ok=True)
    UNFINISHED.touch()
    if not (BIN / "python").exists():
        venv.create(VENV, with_pip=True)
    pip = [BIN / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    print("Installing the locked packages into .venv ...", flush=True)
    subprocess.run([*pip, UV], check=True)
    uv = [BIN / "uv", "pip", "install", "--python", BIN / "python", "--quiet", *extra_wheels()]
    subprocess.run([*uv, *torch_options(find_links()), "-r", LOCK], check=True)
    subprocess.run([*uv, "--no-deps", REVEAL, "--editable", ROOT], check=True)
    UNFINISHED.unlink()
    if not shutil.which("quarto"):
        install_quarto()


def forget_unfinished() -> None:
    """Remove the .venv of an installation that was killed: packages may be there in part."""
    removed = VENV.with_name(".venv.unfinished")
    shutil.rmtree(removed, ignore_errors=True)
    if UNFINISHED.exists():
        print("The last installation was cut off; it starts again.", flush=True)
        VENV.rename(removed)
        shutil.rmtree(removed)


def install_quarto() -> None:
    """Try the Quarto package, which downloads Quarto; say so when it cannot."""
    uv = [BIN / "uv", "pip", "install", "--python", BIN / "python", "--no-deps", QUARTO]
    try:
        done = subprocess.run(uv, capture_output=True, timeout=180).returncode == 0
    except subprocess.TimeoutExpired:
        done = False
    print("Quarto installed." if done else "No Quarto can be had here: pandoc renders the site.")


def lock() -> None:
    """Resolve pyproject.toml into the lock file; torch is pinned without its build tag."""
    resolved = subprocess.run(
        [
            *(BIN / "uv", "pip", "compile", "pyproject.toml", "--all-extras", "--upgrade"),
            *("--python-version", "3.11", "--python-platform", "x86_64-manylinux_2_28"),
            *("--no-header", "--no-annotate", "--no-emit-index-url", "--no-emit-find-links"),
            *("--quiet", *extra_wheels(), *torch_options(find_links())),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    LOCK.write_text(re.sub(r"^(torch==[\d.]+)\+\w+", r"\1", resolved, flags=re.MULTILINE))


def chromium() -> None:
    """Install Chromium for the page tests where this is allowed; else say the line to type."""
    if os.environ.get("SMALLPRINT_CHROMIUM") or any(map(shutil.which, BROWSERS)):
        return
    if shutil.which("apt-get") and os.geteuid() == 0:
        print("Installing Chromium for the page tests ...", flush=True)
        quiet = {"stdout": subprocess.DEVNULL}
        subprocess.run(["apt-get", "update", "-qq"], check=True, **quiet)
        apt = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"]
        subprocess.run(apt, check=True, **quiet)
    else:
        print("The page tests need Chromium; type: sudo apt-get install chromium")


if __name__ == "__main__":
    commands = {"install": install, "lock": lock, "chromium": chromium}
    if len(sys.argv) != 2 or sys.argv[1] not in commands:
        sys.exit(f"usage: python3.11 lib/bootstrap.py {'|'.join(commands)}")
    commands[sys.argv[1]]()
