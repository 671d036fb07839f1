"""What the hand-written pages include: tables and texts made from estimates, schema and code.

Run as ``python -m smallprint.site.fragments FOLDER``.

A text with numbers is written in a file whose name begins with an underscore,
beside the page that includes it; its numbers are placeholders (see `quoting`).
"""

import ast
import re
from pathlib import Path

import pandas as pd
import yaml

from smallprint import commands, display, estimates, paths, reference, vocabulary
from smallprint.display import Inline, badge, plain, table
from smallprint.estimates import ConfoundVerdict, HeadlineVerdict, RunFile, write_atomically
from smallprint.site import dictionary, explorables, faults, rubric, speed
from smallprint.site.errors import SiteError
from smallprint.site.quoting import fill, recorded
from smallprint.site.titles import studies, study_links

STATISTICS = paths.ROOT / "lib" / "smallprint" / "stats"
TESTS = paths.ROOT / "tests" / "stats"
TEXTS = ("method", "ja")
FIGURE_ALT = (
    "One row a study: the headline as a mark, and the range of its number over other "
    "specifications as a bar. The table below names what turns each."
)
# The study whose first row on a rival explanation shows best what it means.
EXAMPLES = {
    "instruction-following": "scheming",
    "narrative-pattern": "agentic-misalignment",
    "goal-precedence": "agentic-misalignment",
    "reasoning-as-motive": "scheming",
    "elicitation-by-design": "agentic-misalignment",
    "test-awareness": "believe-it-or-not",
    "judge-error": "ciphered-reasoning",
    "aggregation": "stress-testing-specs",
    "selection": "weak-to-strong",
    "transfer": "inoculation-prompting",
    "exposure": "inoculation-prompting",
    "small-n": "stress-testing-specs",
}
# The headline that travelled, where it is not the first that the study's notebook records.
TRAVELLED = {"stress-testing-specs": 2}


def confound_examples() -> str:
    """The taxonomy as Markdown, each rival explanation with one verdict from a study."""
    parts = []
    for word, meaning in vocabulary.CONFOUNDS.items():
        study = EXAMPLES[word]
        run = estimates.read(reference.path(study))
        found = next((one for one in run.confounds if one.confound == word), None)
        if found is None:
            raise SiteError(
                f"fragments.EXAMPLES: {study} records no verdict on {word}; name another"
            )
        parts.append(f"## {word} {{#{word}}}\n\n{meaning}\n\n{_example(study, found)}")
    return "\n\n".join(parts) + "\n"


def _example(study: str, found: ConfoundVerdict) -> str:
    link = f"[{studies()[study]}](../studies/{study}.ipynb#sec-confounds)"
    numbers = [
        f"{plain(one.quantity)}: {display.number(one, with_interval=True)}"
        for one in (recorded(study)[id] for id in found.estimates[:3])
    ]
    kind = f" {display.tier(found.tier)}" if found.tier else ""
    rows = {
        "study": link,
        "what would separate it": plain(found.manipulation),
        "what the numbers say": _elsewhere(found.finding, study),
        "verdict": badge("verdict", found.verdict) + kind,
        "estimates": "<br>".join(numbers) or "none",
    }
    lines = [f"| {name} | {value} |" for name, value in rows.items()]
    return "| an example | |\n|:-----|:------------|\n" + "\n".join(lines)


def _elsewhere(finding: str, study: str) -> str:
    """A finding, which is Markdown, for a table on another page than its study's."""
    linked = re.sub(
        r"@(sec-[a-z-]+)",
        rf"[this section](../studies/{study}.ipynb#\1)",
        " ".join(finding.split()),
    )
    return linked.replace("|", "&#124;")


def headlines() -> str:
    """One row a study: the headline that travelled, its number, verdicts and what turns it."""
    rows = []
    for study, title in studies().items():
        verdict = _travelled(study, estimates.read(reference.path(study)))
        first = recorded(study)[verdict.estimates[0]]
        answers = (
            f"{name} {badge('answer', getattr(verdict, name))}"
            for name in ("reproducible", "robust", "replicable")
        )
        link = f"[**{title}**](reports/studies/{study}.ipynb)"
        number = f"**{display.number(first, with_interval=True)}**"
        rows.append(
            {
                "headline": Inline(f"{link}<br>{plain(verdict.headline)}: {number}"),
                "the same number?": Inline("<br>".join(answers)),
                "what turns it": verdict.flip_point,
            }
        )
    return table(pd.DataFrame(rows)).data + "\n"


def figure(folder: Path) -> str:
    """The figure that the scoreboard draws into `folder` for the start page; '' without one."""
    caption = folder / "headlines.md"
    themes = {"headlines.svg": "only-light", "headlines-dark.svg": "only-dark"}
    if not all(file.is_file() for file in (caption, *(folder / name for name in themes))):
        return ""
    images = "\n".join(
        f'![](reports/_generated/{name}){{.{kind} fig-alt="{FIGURE_ALT}"}}'
        for name, kind in themes.items()
    )
    return f"::: {{#fig-headlines}}\n\n{images}\n\n{caption.read_text(encoding='utf-8')}\n\n:::\n"


def _travelled(study: str, run: RunFile) -> HeadlineVerdict:
    try:
        return run.headlines[TRAVELLED.get(study, 0)]
    except IndexError:
        raise SiteError(f"{study}: the reference run records too few headlines") from None


def statistics() -> str:
    """Every module of the statistics with its functions and the tests that check it."""
    tests = {file: _imports(file) for file in sorted(TESTS.glob("test_*.py"))}
    rows = []
    for file in sorted(STATISTICS.glob("[a-z]*.py")):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        functions = [
            f"`{node.name}`"
            for node in tree.body
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
        ]
        module = f"smallprint.stats.{file.stem}"
        checking = [test for test, names in tests.items() if module in names]
        rows.append(
            {
                "module": Inline(f"[{file.stem}](../../lib/smallprint/stats/{file.name})"),
                "what": (ast.get_docstring(tree) or "").splitlines()[0],
                "functions": Inline(", ".join(functions)),
                "tests": Inline(", ".join(map(_test, checking))),
            }
        )
    return table(pd.DataFrame(rows)).data + "\n"


def _imports(file: Path) -> set[str]:
    """Modules that a file imports, or imports from."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{name.name}" for name in node.names)}
        elif isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
    return found


def _test(file: Path) -> str:
    return f"[{file.stem.removeprefix('test_')}](../../tests/stats/{file.name})"


def downloads() -> str:
    """Links to what each study offers for download."""
    rows = [
        {
            "study": Inline(study_links()[study]),
            **{
                kind: Inline(f"[{name}](../downloads/{study}/{name})")
                for kind, name in (
                    ("table", "estimates.csv"),
                    ("everything", "estimates.json"),
                    ("published numbers", "claims.yaml"),
                    ("executed notebook", f"{study}.ipynb"),
                )
            },
        }
        for study in studies()
    ]
    return table(pd.DataFrame(rows)).data + "\n"


def citation() -> str:
    """How to cite the collection, from CITATION.cff, as text and as BibTeX."""
    cited = yaml.safe_load((paths.ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    year = cited["date-released"].year
    fields = {
        "author": " and ".join("{" + author["name"] + "}" for author in cited["authors"]),
        "title": cited["title"],
        "version": cited["version"],
        "date": cited["date-released"],
    }
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items()]
    entry = "\n".join([f"@software{{smallprint{year},", *lines, "}"])
    names = ", ".join(author["name"] for author in cited["authors"])
    text = f"{names} ({year}). *{plain(cited['title'])}*. Version {cited['version']}."
    return f"> {text}\n\n```bibtex\n{entry}\n```\n"


def texts() -> dict[str, str]:
    """The texts with numbers, by the name of their fragment; a text's file is its study."""
    return {
        f"{file.parent.name}/{file.name.removeprefix('_')}": fill(
            file.read_text(encoding="utf-8"), file.stem.removeprefix("_"), file.name
        )
        for folder in TEXTS
        for file in sorted((paths.REPORTS / folder).glob("_*.md"))
    }


def write(folder: Path) -> None:
    """Write every fragment below `folder`."""
    made = {
        "confound-examples.md": confound_examples(),
        "headline-figure.md": figure(folder),
        "headline-table.md": headlines(),
        "statistics.md": statistics(),
        "downloads.md": downloads(),
        "citation.md": citation(),
        "dictionary.md": dictionary.markdown(),
        "rubric.md": rubric.markdown(rubric.read()),
        **{f"explore-{name}.md": explorables.markdown(name) for name in explorables.EXPLORABLES},
        "explore-script.md": explorables.inline_script(),
        **faults.markdown(),
        **speed.markdown(),
        **texts(),
    }
    for name, text in made.items():
        write_atomically(folder / name, text)


def main(arguments: list[str] | None = None) -> None:
    """Write the fragments into a folder."""
    (folder,) = commands.places("smallprint.site.fragments", __doc__, "FOLDER", given=arguments)
    try:
        write(folder)
    except (SiteError, ValueError) as error:
        commands.end(f"The fragments were not written: {error}", 1)


if __name__ == "__main__":
    main()
