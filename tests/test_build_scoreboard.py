"""The scoreboard in the build graph: after the studies, from their runs and claims only."""

from pathlib import Path

import pytest
from test_build import project, snakemake, write_study

__all__ = ["project"]
BOARD = "reports/studies/scoreboard.ipynb"


@pytest.fixture
def with_board(project: Path) -> Path:
    write_study(project, "scoreboard", "")
    (project / "data/claims/scoreboard.yaml").unlink()
    return project


def test_the_scoreboard_follows_every_study_and_needs_no_claims_of_its_own(with_board: Path):
    plan = snakemake(with_board, "--dry-run", BOARD, "reports/downloads/scoreboard").stdout
    assert "rule notebook_scoreboard:" in plan and "rule downloads_scoreboard:" in plan
    rule = plan.split("rule notebook_scoreboard:")[1].split("\n\n")[0]
    inputs = rule.split("input:")[1].split("output:")[0]
    for study in ("first", "second"):
        assert f"data/estimates/{study}/profile-quick_seed-0_" in inputs
        assert f"data/claims/{study}.yaml" in inputs
        assert f"notebooks/{study}.ipynb" not in inputs
    assert "reports/_generated/headlines.svg" in rule.split("output:")[1]


def test_a_project_without_a_scoreboard_still_builds(project: Path):
    done = snakemake(project, "--dry-run")
    assert done.returncode == 0 and "notebook_scoreboard" not in done.stdout
