"""Install the locked environment into .venv; needs nothing but Python 3.11.

Run by the Makefile as ``python3.11 lib/bootstrap.py``. The lock file is
resolved for Linux on x86-64; on other platforms uv adds what those need.

Environment
-----------
TORCH
    torch backend for uv: ``cpu`` (default), ``cu130``, ``auto`` and so on.
"""

import os
import subprocess
import sys
import venv
from pathlib import Path

UV = "uv==0.13.8"
QUARTO = "quarto-cli==1.10.19"
ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "requirements.lock"
VENV = ROOT / ".venv"
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


def install() -> None:
    """Create .venv and install the lock file and this package."""
    if sys.version_info[:2] != (3, 11):
        sys.exit(f"Small Print needs Python 3.11; this is {sys.version.split()[0]}. Set PYTHON=python3.11.")
    if not (BIN / "python").exists():
        venv.create(VENV, with_pip=True)
    pip = [BIN / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, UV], check=True)
    links = find_links()
    extra = [option for link in links for option in ("--find-links", link)]
    uv = [BIN / "uv", "pip", "install", "--python", BIN / "python", "--quiet"]
    subprocess.run([*uv, *extra, *torch_options(links), "-r", LOCK], check=True)
    subprocess.run([*uv, *extra, "--no-deps", "--editable", ROOT], check=True)


def install_quarto() -> None:
    """Try the Quarto package, which downloads Quarto; say so when it cannot."""
    uv = [BIN / "uv", "pip", "install", "--python", BIN / "python", "--no-deps", QUARTO]
    try:
        done = subprocess.run(uv, capture_output=True, timeout=180).returncode == 0
    except subprocess.TimeoutExpired:
        done = False
    print("Quarto installed." if done else "Quarto cannot be installed here: pandoc will render the site.")


if __name__ == "__main__":
    install()
