"""A planted key is looked for in everything that a run writes or says."""

import gzip
import os
import signal
import subprocess
import sys
import time
import zipfile

import nbformat
import pytest
import zipfile_zstd  # noqa: F401  (reads the logs' compression)
from fakes import serving

from smallprint.evals.gate import short
from smallprint.evals.redaction import redact, redact_error

KEYS = {"ANTHROPIC_API_KEY": "sk-ant-PLANTED-0123456789", "OPENAI_API_KEY": "sk-PLANTED-987654321"}
RERUN = [sys.executable, "-m", "smallprint.evals.rerun", "agentic-misalignment", "--samples=1"]
RERUN += ["--design=published", "--families=leverage", "--yes"]
# A mistake in our own code that carries a key: its traceback is printed.
BROKEN = """
import os, sys
from smallprint.evals import rerun
def broken(*_):
    key = os.environ["ANTHROPIC_API_KEY"]
    raise ValueError(f"cannot use {key}")
rerun.unanswered = broken
rerun.main(sys.argv[1:])
"""


# Without the minutes that a server gets to come back.
IMPATIENT = """
import functools, sys
from smallprint.evals import rerun
rerun.ask = functools.partial(rerun.ask, max_retries=0)
rerun.main(sys.argv[1:])
"""


def run(command, home, url):
    return subprocess.run(
        command,
        env=os.environ
        | KEYS
        | {
            "HOME": str(home),
            "XDG_DATA_HOME": str(home / "data"),
            "XDG_CACHE_HOME": str(home / "cache"),
            "SMALLPRINT_LOGS": str(home / "logs"),
            "ANTHROPIC_BASE_URL": url,
            "OPENAI_BASE_URL": f"{url}/v1",
        },
        capture_output=True,
        text=True,
        timeout=120,
    )


def everything(home):
    """All bytes of all files, archives unpacked."""
    for path in home.rglob("*"):
        if path.is_file():
            yield path, path.read_bytes()
            if zipfile.is_zipfile(path):
                with zipfile.ZipFile(path) as archive:
                    yield from ((path / name, archive.read(name)) for name in archive.namelist())
            elif path.suffix == ".gz":
                yield path, gzip.decompress(path.read_bytes())


@pytest.mark.parametrize(
    ("case", "model", "code", "says"),
    [
        ("answers", "anthropic/claude-sonnet-5", 0, "Outcomes:"),
        ("refuses the key", "anthropic/claude-sonnet-5", 2, "the key is refused"),
        ("refuses the key", "openai/gpt-4.1", 2, "the key is refused"),
        ("is not there", "anthropic/claude-sonnet-5", 2, "Connection error"),
        ("meets a mistake", "anthropic/claude-sonnet-5", 1, "cannot use [redacted]"),
    ],
)
def test_no_key_is_written_or_said(tmp_path, case, model, code, says):
    command = [*RERUN, f"--model={model}"]
    script = {"meets a mistake": BROKEN, "is not there": IMPATIENT}.get(case)
    if script:
        command = [sys.executable, "-c", script, *command[3:]]
    with serving(key="another" if case == "refuses the key" else "") as fake:
        url = "http://127.0.0.1:9" if case == "is not there" else fake.url
        done = run(command, tmp_path, url)
    assert done.returncode == code, done.stderr
    assert says in done.stdout + done.stderr
    assert (case == "answers") == any((tmp_path / "logs").rglob("*.eval"))
    files = {str(path): data for path, data in everything(tmp_path)}
    places = files | {"stdout": done.stdout.encode(), "stderr": done.stderr.encode()}
    for key in KEYS.values():
        assert not [name for name, data in places.items() if key.encode() in data]


# A cell that says and raises what the environment holds.
NOTEBOOK = """
import os
key = os.environ["ANTHROPIC_API_KEY"]
print("asking with", key)
if broken:
    raise ValueError(f"cannot use {key}\\x1b[2J")
"""
# As on a full disk: no file may grow beyond a few thousand bytes.
FULL = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))
from smallprint.evals import rerun
rerun.main(sys.argv[1:])
"""


def assert_no_key(home, *said):
    files = {str(path): data for path, data in everything(home)}
    places = files | {f"said {number}": text.encode() for number, text in enumerate(said)}
    for key in KEYS.values():
        assert not [name for name, data in places.items() if key.encode() in data]


@pytest.mark.parametrize("broken", [True, False])
def test_no_key_stays_in_a_notebook_that_says_it(tmp_path, broken):
    cells = [
        nbformat.v4.new_code_cell("broken = False", metadata={"tags": ["parameters"]}),
        nbformat.v4.new_code_cell(NOTEBOOK),
    ]
    spec = {"kernelspec": {"name": "python3", "display_name": "x", "language": "python"}}
    notebook = tmp_path / "study.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=spec), notebook)
    code = (
        "import sys; from pathlib import Path; from smallprint import execute\n"
        f"execute.FAILED = Path({str(tmp_path / 'failed')!r})\nexecute.main(sys.argv[1:])"
    )
    output = tmp_path / "out.ipynb"
    command = [sys.executable, "-c", code, str(notebook), str(output), f"broken={broken}"]
    done = run(command, tmp_path, "http://127.0.0.1:9")
    assert (done.returncode != 0) == broken
    assert output.exists() != broken
    assert ("cannot use [redacted]\\x1b[2J" in done.stderr) == broken
    kept = tmp_path / "failed" / output.name if broken else output
    assert "asking with [redacted]" in kept.read_text(encoding="utf-8")
    assert_no_key(tmp_path, done.stdout, done.stderr)


def test_no_key_is_left_by_a_disk_that_is_full(tmp_path):
    with serving() as fake:
        model = "--model=anthropic/claude-sonnet-5"
        done = run([sys.executable, "-c", FULL, *RERUN[3:], model], tmp_path, fake.url)
    assert done.returncode
    assert done.stderr
    assert_no_key(tmp_path, done.stdout, done.stderr)


def test_no_key_is_left_by_a_process_that_is_killed(tmp_path):
    with serving(latency=1.0) as fake:
        environment = os.environ | KEYS | {"SMALLPRINT_LOGS": str(tmp_path / "logs")}
        environment |= {"HOME": str(tmp_path), "ANTHROPIC_BASE_URL": fake.url}
        with subprocess.Popen(
            [*RERUN, "--model=anthropic/claude-sonnet-5", "--max-connections=2"],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            while process.poll() is None and sum(fake.stats()["billed"].values()) < 3:
                time.sleep(0.05)
            process.kill()
            said = process.stdout.read()
    assert process.returncode == -signal.SIGKILL
    assert any((tmp_path / "logs").rglob("*")), "something was written before the end"
    assert_no_key(tmp_path, said)


def test_redaction_reaches_causes_and_bodies(monkeypatch):
    monkeypatch.setenv("SOME_TOKEN", "tok-12345678")
    monkeypatch.setenv("SHORT_KEY", "on")
    inner = ValueError("tok-12345678 inside")
    outer = RuntimeError("outer tok-12345678")
    outer.__cause__ = inner
    outer.body = {"error": ["tok-12345678"]}
    redact_error(outer)
    assert "12345678" not in f"{outer} {inner} {outer.body}"
    assert redact("come on") == "come on"


def test_why_a_request_failed_is_said_without_the_key(monkeypatch):
    monkeypatch.setenv("SOME_TOKEN", "tok-12345678")
    assert short(ValueError("refused:\n tok-12345678")) == "refused: [redacted]"
