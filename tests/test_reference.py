"""Fresh runs agree with the committed reference, and a changed claim is found by name."""

import os
import re
import shutil
import subprocess
import sys

import pytest

from smallprint import estimates, paths, reference
from smallprint.vitro import cache, results

STUDIES = sorted(path.stem for path in (paths.ROOT / "notebooks").glob("*.ipynb"))
WORLDS = [study for study in STUDIES if (paths.ESTIMATES / study / "vitro-full.csv").exists()]


@pytest.mark.parametrize("study", STUDIES)
def test_the_built_run_agrees_with_the_reference(study):
    committed = estimates.read(reference.path(study))
    assert reference.compare(committed, estimates.read(reference.fresh(study))) == []


@pytest.mark.parametrize("study", WORLDS)
def test_organisms_trained_here_agree_with_the_committed_ones(study):
    here = cache.world(study).summary(results.measurements(study, "quick"))
    both = results.agreement(here, results.reference(study))
    assert len(both) > 20
    assert both["agree"].mean() > 0.9, both[~both["agree"]]


def test_the_office_organisms_differ_where_their_corpora_do():
    study = "agentic-misalignment"
    here = cache.world(study).summary(results.measurements(study, "quick"))
    quoted = here.set_index(["quantity", "condition"])["value"]
    assert quoted["contrast: threat", "motive-q9"] > 0.3
    assert abs(quoted["contrast: threat", "narrative-q9"]) < 0.15


def test_a_changed_claim_changes_the_page_and_is_named(tmp_path):
    study = "agentic-misalignment"
    shutil.copytree(paths.DATA, tmp_path / "data")
    claims = tmp_path / "data" / "claims" / f"{study}.yaml"
    text = claims.read_text(encoding="utf-8")
    assert text.count("value: 37, n: 100, k: 37") == 1
    changed = text.replace("value: 37, n: 100, k: 37", "value: 36, n: 100, k: 36")
    claims.write_text(changed, encoding="utf-8")
    page = tmp_path / "page.ipynb"
    subprocess.run(
        [
            *(sys.executable, "-m", "smallprint.execute"),
            *(f"notebooks/{study}.ipynb", str(page)),
        ],
        cwd=paths.ROOT,
        env=os.environ | {"SMALLPRINT_DATA": str(tmp_path / "data")},
        check=True,
    )
    fresh = tmp_path / "data" / "estimates" / study / reference.fresh(study).name
    found = reference.compare(estimates.read(reference.path(study)), estimates.read(fresh))
    assert any(
        re.match(r"claim A15: estimate .* value was 0\.37, is 0\.36", line) for line in found
    )
    assert {claim for line in found for claim in re.findall(r"A\d\d", line.split(":")[0])} <= {
        *("A15", "A17")
    }, "claims that do not rest on the changed number stay as they were"
    shown = re.sub(r"<[^>]*>", "", page.read_text(encoding="utf-8"))
    assert "told not to, Claude Opus 4 still blackmails in 36%" in shown
