import json
import os
import subprocess
import sys

import pandas as pd
import pytest
from fakes import serving

from smallprint import live, paths
from smallprint.evals import rerun

STUDY = "agentic-misalignment"
SMALL = ["--design=published", "--families=leverage", "--samples=1"]
CLAUDE = "anthropic/claude-sonnet-5"


@pytest.fixture
def logs(tmp_path, monkeypatch):
    for name in ("ANTHROPIC_API_KEY", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(paths, "LOGS", tmp_path / "logs")
    monkeypatch.setenv("SMALLPRINT_LOGS", str(tmp_path / "logs"))
    return tmp_path / "logs"


def run(*arguments):
    with pytest.raises(SystemExit) as end:
        rerun.main([STUDY, *arguments])
        raise SystemExit(0)
    return end.value.code


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([f"--model={CLAUDE}", "--yes"], "ANTHROPIC_API_KEY"),
        (["--model=nobody/some", "--yes"], "nobody"),
        (["--model=some"], "write provider/model"),
        (["--model=mockllm/model", "--budget=0"], "--budget: 0 is no sum above zero"),
        (["--model=mockllm/model", "--budget=-3"], "--budget: -3 is no sum above zero"),
        (["--model=openai-api/local/x", "--budget=3", "--yes"], "no price in"),
        (["--model=mockllm/model", "--families=x,leverage"], "no such family: x"),
        (["--model=mockllm/model", "--samples=0"], "--samples: 0 is not above zero"),
        (["--model=mockllm/model", "--design=all"], "invalid choice: 'all'"),
        (["--model=mockllm/model"], "nobody is there to confirm"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_writes_nothing(logs, capsys, arguments, says):
    assert run(*arguments) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert says in lines[0]
    assert not logs.exists()


def test_an_unknown_model_is_one_line_and_leaves_nothing(logs, capsys, monkeypatch):
    with serving() as fake:
        monkeypatch.setenv("ANTHROPIC_API_KEY", "not-a-real-key")
        monkeypatch.setenv("ANTHROPIC_BASE_URL", fake.url)
        assert run("--model=anthropic/unknown", "--yes", *SMALL) == 2
    last = capsys.readouterr().err.splitlines()[-1]
    assert "the server does not know this model" in last
    assert not logs.exists()


def test_a_run_leaves_outcomes_and_the_same_run_asks_nothing(logs, capsys, monkeypatch):
    with serving() as fake:
        monkeypatch.setenv("ANTHROPIC_API_KEY", "not-a-real-key")
        monkeypatch.setenv("ANTHROPIC_BASE_URL", fake.url)
        assert run(f"--model={CLAUDE}", "--yes", *SMALL) == 0
        first = capsys.readouterr().out
        assert "10 calls to anthropic/claude-sonnet-5" in first
        assert "looked up on 2026-" in first
        asked = sum(fake.stats()["requests"].values())
        monkeypatch.delenv("ANTHROPIC_API_KEY")
        assert run(f"--model={CLAUDE}", *SMALL) == 0
        assert "0 new, 10 kept" in capsys.readouterr().out
        assert sum(fake.stats()["requests"].values()) == asked == 10
    folder = logs / STUDY / paths.slug(CLAUDE)
    table = pd.read_csv(folder / "outcomes.csv")
    assert len(table) == 10
    assert set(table["state"]) == {"scored"}
    described = json.loads((folder / "run.json").read_text())
    assert described["model"] == CLAUDE
    assert described["complete"] is True


def test_a_small_budget_ends_cleanly_and_says_how_to_go_on(logs, capsys, monkeypatch):
    monkeypatch.setattr(rerun, "MAX_TOKENS", 100)
    with serving() as fake:
        monkeypatch.setenv("ANTHROPIC_API_KEY", "not-a-real-key")
        monkeypatch.setenv("ANTHROPIC_BASE_URL", fake.url)
        assert run(f"--model={CLAUDE}", "--yes", "--budget=0.03", *SMALL) == 1
        said = capsys.readouterr()
        assert "stopped by the budget of 0.03 USD" in said.err
        assert "the same command goes on where this stopped" in said.err
        named = {"judge": "", "samples": 1, "design": "published", "families": ("leverage",)}
        assert not live.is_complete(STUDY, CLAUDE, **named)
        shown = pd.read_csv(live.ensure(STUDY, CLAUDE, **named))
        assert 0 < len(shown) < 10, "a run that stopped has a page of what is there"
        assert run(f"--model={CLAUDE}", "--yes", *SMALL) == 0
        assert live.is_complete(STUDY, CLAUDE, **named)
        assert sum(fake.stats()["billed"].values()) == 10


def test_a_notebook_gets_the_same_file_without_importing_inspect(logs):
    code = (
        "import sys; from smallprint import live; assert 'inspect_ai' not in sys.modules\n"
        f"print(live.ensure('{STUDY}', 'control/always-use-leverage', samples=1,"
        " design='published', families=['leverage'], yes=True))"
    )
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", code], env=os.environ, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        path = done.stdout.splitlines()[-1]
        assert len(pd.read_csv(path)) == 10
    assert "calls to" not in done.stdout


def test_a_notebook_is_told_the_commands_own_line(logs):
    with pytest.raises(RuntimeError, match="ANTHROPIC_API_KEY"):
        live.ensure(STUDY, CLAUDE, yes=True)
