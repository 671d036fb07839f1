"""Fresh runs agree with the committed reference, and a changed claim is found by name."""

import os
import re
import shutil
import subprocess
import sys

import pytest

from smallprint import estimates, paths, reference

STUDIES = sorted(path.stem for path in paths.CLAIMS.glob("*.yaml"))


@pytest.mark.parametrize("study", STUDIES)
def test_the_built_run_agrees_with_the_reference(study):
    committed = estimates.read(reference.path(study))
    assert estimates.compare(committed, estimates.read(reference.fresh(study))) == []


def test_a_changed_claim_changes_the_page_and_is_named(tmp_path):
    study = "agentic-misalignment"
    shutil.copytree(paths.DATA, tmp_path / "data")
    claims = tmp_path / "data" / "claims" / f"{study}.yaml"
    changed = _lower_a15_after_prohibition(claims.read_text(encoding="utf-8"))
    claims.write_text(changed, encoding="utf-8")
    page = tmp_path / "page.ipynb"
    subprocess.run(
        [sys.executable, "-m", "smallprint.execute", f"notebooks/{study}.ipynb", str(page)],
        cwd=paths.ROOT,
        env=os.environ | {"SMALLPRINT_DATA": str(tmp_path / "data")},
        check=True,
    )
    fresh = tmp_path / "data" / "estimates" / study / reference.fresh(study).name
    found = estimates.compare(estimates.read(reference.path(study)), estimates.read(fresh))
    assert any(re.match("claim A15: estimate .* value was 0.37, is 0.36", line) for line in found)
    assert "36% [27, 46]" in page.read_text(encoding="utf-8")
    assert "37% [28, 47]" not in page.read_text(encoding="utf-8")
