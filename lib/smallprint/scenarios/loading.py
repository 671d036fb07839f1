"""Reading a scenario folder, and saying all that is wrong with it at once."""

from pathlib import Path

from smallprint import paths
from smallprint.scenarios import checks
from smallprint.scenarios.folders import find, read_file, read_files, shown
from smallprint.scenarios.problems import Problems
from smallprint.scenarios.schema import (
    FirmFile,
    Judge,
    Pack,
    PackFile,
    PromptFile,
    PublishedFile,
    RulesFile,
)

FILES = {
    "pack": PackFile,
    "prompt": PromptFile,
    "rules": RulesFile,
    "judge": Judge,
    "published": PublishedFile,
}


def load(study: str, folder: Path = paths.SCENARIOS) -> Pack:
    """Read and check the scenarios of one study.

    Parameters
    ----------
    study : str
        Slug of the study; the files are in ``<folder>/<study>/``.

    Raises
    ------
    ScenarioError
        With one line for each problem found: file, place, what was found, what is
        allowed and what to do.
    """
    place, problems = find(study, folder), Problems()
    parts = read_files(place, FILES, problems)
    firms = {
        path.name: read_file(path, FirmFile, problems) for path in sorted(place.glob("firm-*.yaml"))
    }
    if not firms:
        problems.say(shown(place), "found no firm-<name>.yaml; allowed: at least one; fix: add it")
    checks.check(shown(place), study, parts, firms, problems)
    problems.end()
    return Pack(
        file=parts["pack"],
        firm_files={firm.firm: firm for firm in firms.values()},
        **{name: parts[name] for name in FILES if name != "pack"},
    )
