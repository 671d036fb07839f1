"""Bad input through every door: one screen that names the place and the fix, nothing written."""

import json
import os
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import nbformat
import pytest
import refusals
from refusals import ESCAPE, LONG, NUL, ODD, OVERRIDE

from smallprint import claims, estimates, live, paths, runs
from smallprint.evals import prices
from smallprint.evals.shelf import AskingError
from smallprint.provenance import run_id
from smallprint.site import rubric
from smallprint.site.errors import SiteError
from smallprint.vitro.finetuning import FinetuningError, data

STUDY = "agentic-misalignment"
MOCK = "--model=mockllm/model"
RERUN = [STUDY, MOCK, "--samples=1", "--design=published"]
PORT = [STUDY, MOCK, "--judge=mockllm/model"]
PAIR = ["--weak-model=a", "--strong-model=b", "--data=nowhere"]
STUDIES = {
    STUDY: "pack",
    "scheming": "pack",
    "believe-it-or-not": "pack",
    "ciphered-reasoning": "pack",
    "stress-testing-specs": "pack",
}

# Module, arguments, and the words that say where it is wrong and what to do.
COMMANDS = [
    ("evals.rerun", [], ["study", "--model", "--help"]),
    ("evals.rerun", ["agentic-misaligment", MOCK], ["study", f"did you mean '{STUDY}'?"]),
    *(("evals.rerun", [name, MOCK], ["study", "there are", "scheming"]) for name in ODD),
    *(("evals.rerun", [*RERUN, f"--model={name}"], ["--model"]) for name in ODD if name != "../x"),
    ("evals.rerun", [*RERUN, "--model=../x"], ["../x", "not recognized"]),
    ("evals.rerun", [STUDY, "--model=anthropic/" + ESCAPE], ["--model", "does not print"]),
    ("evals.rerun", [STUDY, "--model=anthropic/" + LONG], ["--model", "200 at most"]),
    ("evals.rerun", [*RERUN, "--judge=a/" + OVERRIDE], ["--judge", "\\u202e", "type the name"]),
    ("evals.rerun", [*RERUN, "--model=nobody/some"], ["nobody/some"]),
    ("evals.rerun", [*RERUN, "--sampels=3"], ["--sampels", "did you mean '--samples'?"]),
    ("evals.rerun", [*RERUN, "--samples=many"], ["--samples", "'many'"]),
    ("evals.rerun", [*RERUN, "--samples="], ["--samples", "''"]),
    ("evals.rerun", [*RERUN, "--samples=1.5"], ["--samples", "'1.5'"]),
    ("evals.rerun", [*RERUN, "--samples=-1"], ["--samples: -1 is not above zero"]),
    ("evals.rerun", [*RERUN, "--samples=1000000000"], ["--samples", "above 10,000"]),
    ("evals.rerun", [*RERUN, "--max-connections=0"], ["--max-connections: 0 is not above zero"]),
    ("evals.rerun", [*RERUN, "--budget=nan"], ["--budget: nan", "leave it out"]),
    ("evals.rerun", [*RERUN, "--budget=inf"], ["--budget: inf", "leave it out"]),
    ("evals.rerun", [*RERUN, "--budget=5$"], ["--budget", "'5$'"]),
    ("evals.rerun", [*RERUN, "--design=screning"], ["--design", "did you mean 'screening'?"]),
    ("evals.rerun", [*RERUN, f"--design={LONG}"], ["--design", "there are screening"]),
    ("evals.rerun", [*RERUN, "--families=leverag"], ["--families", "did you mean 'leverage'?"]),
    ("evals.rerun", [*RERUN, f"--families={ESCAPE}"], ["--families", "\\x1b", "there are"]),
    ("evals.rerun_port", ["scheming", *PORT[1:]], ["study", f"there are {STUDY}"]),
    ("evals.rerun_port", [*PORT, "--samples=0"], ["--samples: 0 is not above zero"]),
    ("evals.rerun_port", [*PORT, f"--judge={ESCAPE}"], ["--judge", "\\x1b"]),
    ("evals.rerun_port", [*PORT, f"--model=a/{LONG}"], ["--model", "200 at most"]),
    ("evals.rerun_port", [*PORT, "--budgte=1"], ["--budgte", "did you mean '--budget'?"]),
    ("evals.specs_writing", [f"--model=a/{NUL}"], ["--model", "does not print"]),
    ("evals.specs_writing", [MOCK, "--draws=0"], ["--draws: 0 is not above zero"]),
    ("evals.controls", ["schemin"], ["did you mean 'scheming'?"]),
    ("evals.controls", ["scheming", "--workers=-1"], ["--workers: -1 is not above zero"]),
    ("measured.recovery", [ESCAPE], ["no scenarios", "\\x1b", "studies:"]),
    ("vitro.finetuning.__main__", [], ["--weak-model", "--data"]),
    ("vitro.finetuning.__main__", PAIR, ["train_label.jsonl: no such file"]),
    ("vitro.finetuning.__main__", [*PAIR, f"--data={LONG}"], ["--data", "10,000 characters"]),
    ("vitro.finetuning.__main__", [*PAIR, f"--data=a{NUL}"], ["--data", "does not print"]),
    ("vitro.finetuning.__main__", [*PAIR, "--epochs=inf"], ["--epochs: inf"]),
    ("vitro.finetuning.__main__", [*PAIR, "--seeds=1e9"], ["--seeds", "'1e9'"]),
    ("vitro.finetuning.__main__", [*PAIR, "--seeds=9000000"], ["--seeds: 9,000,000 is above"]),
    ("vitro.finetuning.__main__", [*PAIR, "--gpu=H10"], ["--gpu", "did you mean 'H100'?"]),
    ("vitro.finetuning.__main__", [*PAIR, "--verdicts=yes"], ["--verdicts", "yes,no"]),
    ("vitro.finetuning.inoculate", [f"--model={LONG}"], ["--model", "10,000 characters"]),
    ("vitro.finetuning.inoculate", ["--model=x", "--rate=nan"], ["--rate: nan"]),
    ("vitro.finetuning.inoculate", ["--model=x", "--doses=2"], ["--doses: '2' is not of 0,"]),
    ("vitro.finetuning.inoculate", ["--model=x", "--settings=sum"], ["did you mean 'sums'?"]),
    ("vitro.finetuning.implant", ["--model="], ["--model: found nothing"]),
    ("vitro.finetuning.implant", ["--model=x", "--tokens=-4"], ["--tokens: -4 is not above"]),
    ("vitro.finetuning.implant", ["--model=x", "--facts=karsk"], ["did you mean 'karsk-tea'?"]),
    ("vitro.engine", ["weak-to-strong", "quik"], ["'quik'", "there are: quick, full"]),
    (
        "vitro.engine",
        ["weak-to-weak", "quick"],
        ["'weak-to-weak'", "did you mean 'weak-to-strong'?"],
    ),
    ("vitro.engine", ["../weak-to-strong", "quick"], ["no world for '../weak-to-strong'"]),
    ("vitro.engine", ["weak_to_strong.grid", "quick"], ["no world for 'weak_to_strong.grid'"]),
    ("vitro.results", ["scheemin"], ["did you mean 'scheming'?"]),
    ("vitro.results", [], ["required: study"]),
    ("vitro.export", ["../x", "a", "out"], ["no world for '../x'"]),
    ("vitro.export", [LONG, "a", "out"], ["no world", "there are: agentic-misalignment"]),
    ("vitro.export", ["weak-to-strong", "a", f"o{NUL}"], ["FOLDER", "does not print"]),
    ("scenarios.__main__", [STUDY, "leverag"], ["did you mean 'leverage'?"]),
    ("scenarios.__main__", [STUDY, "leverage", "gaol=none"], ["did you mean 'goal'?"]),
    ("scenarios.__main__", [STUDY, "leverage", f"firm={LONG}"], ["level", "levels:"]),
    *(("scenarios.__main__", [name, "leverage"], ["studies:"]) for name in ODD),
    ("scenarios.beliefs", ["believe-it-or-not", "ostrel-ferry", "x"], ["cells:", "usage:"]),
    ("scenarios.ciphers", ["ciphered-reasoning", "reason-rot14"], ["did you mean", "usage:"]),
    ("scenarios.environments", ["scheming", OVERRIDE, "x"], ["arms:", "usage:"]),
    ("scenarios.specs", ["stress-testing-specs", "x"], ["usage:", "FAMILY CELL"]),
    ("site.compare", ["--fast"], ["unrecognized arguments: --fast"]),
    ("site.render", ["--renderer=pandco"], ["--renderer", "did you mean 'pandoc'?"]),
    ("site.runs", [], ["FILE"]),
    ("site.fragments", ["a", "b"], ["unrecognized arguments: b"]),
    ("seminar.__main__", ["now"], ["unrecognized arguments: now"]),
    ("reference", ["scheming"], ["unrecognized arguments: scheming"]),
    ("notebooks", ["nowhere.ipynb"], ["nowhere.ipynb", "no such file"]),
    ("vocabulary", [], ["FOLDER"]),
    ("downloads", ["out", "page.ipynb", "run.json"], ["run.json", "make report"]),
    ("downloads", [*"abcde"], ["unrecognized arguments: e"]),
]


@pytest.fixture
def place(tmp_path, monkeypatch):
    """An empty folder to work in; what is found there at the end was written."""
    for name in ("LOGS", "VITRO"):
        monkeypatch.setattr(paths, name, tmp_path / name.lower())
    monkeypatch.setattr(sys, "stdin", open(os.devnull))  # noqa: PTH123, SIM115
    monkeypatch.setenv("COLUMNS", "100")
    for name in ("ANTHROPIC_API_KEY", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("module", "arguments", "words"),
    COMMANDS,
    ids=[f"{number}-{module}" for number, (module, *_) in enumerate(COMMANDS)],
)
def test_a_command_says_what_is_wrong_with_its_line(place, module, arguments, words):
    said = refusals.of(import_module(f"smallprint.{module}").main, arguments)
    assert not [word for word in words if word not in said], said
    assert not refusals.contents(place)


# Its options are Snakemake's.
UNREAD = {"build"}


def commands() -> list[str]:
    """Every module that can be run."""
    found = sorted((paths.ROOT / "lib" / "smallprint").rglob("*.py"))
    files = [file for file in found if '\nif __name__ == "__main__":' in file.read_text()]
    parts = (file.relative_to(paths.ROOT / "lib" / "smallprint").with_suffix("") for file in files)
    return [name for one in parts if (name := ".".join(one.parts)) not in UNREAD]


@pytest.mark.parametrize("module", commands())
def test_asking_for_help_does_nothing_else(place, module, monkeypatch):
    kept = refusals.contents(paths.ESTIMATES)
    with pytest.raises(SystemExit):
        import_module(f"smallprint.{module}").main(["--help"])
    assert not list(place.iterdir())
    assert refusals.contents(paths.ESTIMATES) == kept


def test_the_fake_refusals_are_told_from_real_ones():
    for main in (lambda _: None, lambda _: print("\x1b[31m"), lambda _: sys.exit("a\n" * 20)):
        with pytest.raises(AssertionError):
            refusals.of(main, [])


HUGE = 20_000_000
# What happens to a file, and what the message must say beside the file's name.
DAMAGES = {
    "missing": (lambda file: file.unlink(), []),
    "empty": (lambda file: file.write_text(""), ["mapping"]),
    "a list": (lambda file: file.write_text("- 1\n- 2\n"), ["mapping"]),
    "broken": (lambda file: file.write_text("a: [1\nb: }\n"), ["line 2", "YAML"]),
    "no UTF-8": (lambda file: file.write_bytes(b"study: \xff\xfe\n"), []),
    "NUL": (lambda file: file.write_text(f"study: a{NUL}b\n"), ["YAML"]),
    "terminal": (lambda file: edit(file, f'"{ESCAPE!s}": 1\n'.replace("\x1b", "\\e")), ["\\x1b"]),
    "backwards": (lambda file: edit(file, f"{OVERRIDE}wrong: 1\n"), ["\\u202e"]),
    "unknown": (lambda file: edit(file, "studdy: x\n"), ["studdy"]),
    "twice": (lambda file: edit(file, "zz: 1\nzz: 2\n"), ["zz", "second time"]),
    "long name": (lambda file: edit(file, f"? {LONG}\n: 1\n"), ["xxx"]),
    "many": (lambda file: edit(file, "".join(f"k{n}: 1\n" for n in range(5000))), ["more"]),
    "huge": (lambda file: edit(file, "zz: " + "x" * HUGE + "\n"), ["zz"]),
}


def edit(file: Path, more: str) -> None:
    """Put a line of YAML below what a file holds."""
    file.write_text(file.read_text(encoding="utf-8").rstrip() + "\n" + more, encoding="utf-8")


@pytest.mark.parametrize(
    ("study", "damage"),
    # One reader opens the files of all studies, so that one huge file is enough.
    [(study, one) for study in STUDIES for one in DAMAGES if one != "huge" or study == STUDY],
)
def test_a_damaged_scenario_folder(tmp_path, study, damage):
    shutil.copytree(paths.SCENARIOS / study, tmp_path / study)
    spoil, words = DAMAGES[damage]
    file = next((tmp_path / study).glob(f"{STUDIES[study]}*.yaml"))
    spoil(file)
    with pytest.raises(ValueError, match=r"\.yaml") as error:
        live.texts(study).load(study, tmp_path)
    refusals.fits(str(error.value))
    expected = [*words, file.name] if damage != "missing" or study != STUDY else []
    assert not [word for word in expected if word not in str(error.value)], error.value


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_claims_file(tmp_path, damage):
    file = tmp_path / "scheming.yaml"
    shutil.copy(paths.CLAIMS / file.name, file)
    spoil, words = DAMAGES[damage]
    spoil(file)
    with pytest.raises(claims.ClaimsError) as error:
        claims.load("scheming", tmp_path)
    refusals.fits(str(error.value))
    expected = [*words, file.name]
    assert not [word for word in expected if word not in str(error.value)], error.value


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize(
    ("name", "read", "error"),
    [
        ("rubric.yaml", lambda file, _: rubric.read(file), SiteError),
        ("prices.yaml", lambda file, patch: price_in(file, patch), AskingError),
    ],
)
def test_a_damaged_list(tmp_path, monkeypatch, name, read, error, damage):
    file = tmp_path / name
    shutil.copy(paths.DATA / name, file)
    spoil, _ = DAMAGES[damage]
    spoil(file)
    with pytest.raises(error, match=name) as said:
        read(file, monkeypatch)
    refusals.fits(str(said.value))


def price_in(file: Path, monkeypatch) -> None:
    monkeypatch.setattr(prices, "FILE", file)
    prices.price("anthropic/claude-sonnet-5")


ENTRY = {"model": "a/*", "input": 1, "output": 2, "date": "2026-01-01", "source": "a page"}


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("input", -1, "greater than or equal to 0"),
        ("input", "4 USD", "valid number"),
        ("output", ".nan", "finite"),
        ("batch", 0, "greater than 0"),
        ("date", "yesterday", "valid date"),
        ("ouput", 3, "did you mean 'output'?"),
        ("source", '""', "at least 1 character"),
    ],
)
def test_a_price_that_cannot_be(tmp_path, monkeypatch, field, value, says):
    lines = [f"{name}: {given}" for name, given in (ENTRY | {field: value}).items()]
    file = tmp_path / "prices.yaml"
    file.write_text("- " + "\n  ".join(lines).replace("a/*", '"a/*"') + "\n")
    with pytest.raises(AskingError) as error:
        price_in(file, monkeypatch)
    refusals.fits(str(error.value))
    assert f"entry 1 (a/*): {field}: " in str(error.value)
    assert says in str(error.value)


def parameters(notebook: Path, *given: str) -> str:
    """What the execution of a notebook says of its parameters."""
    execute = import_module("smallprint.execute")
    return refusals.of(execute.main, [str(notebook), "out.ipynb", *given])


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("profile", "found no `=`; write name=value"),
        ("profle=quick", "did you mean 'profile'?"),
        ("profile=qick", "did you mean 'quick'?"),
        ("profile=", "found None; allowed: text"),
        ("profile={", "parameter profile: line 1"),
        ("seed=zero", "parameter seed: found 'zero'; allowed: a whole number"),
        ("seed=1.5", "allowed: a whole number"),
        ("seed=true", "parameter seed: found True"),
        ("seed=-1", "parameter seed: found -1; allowed: 0 to"),
        ("seed=99999999999999999999", "allowed: 0 to 2147483647"),
        ("samples=0", "parameter samples: found 0; allowed: 1 to"),
        ("samples=[1, 2]", "parameter samples: found [1, 2]"),
        ("model=3", "parameter model: found 3; allowed: text, in quotes"),
        (f"model={LONG}", "parameter model: 10,000 characters"),
        (f"model={OVERRIDE}", "parameter model"),
        (f"{LONG}=1", "no such parameter"),
        (f"{ESCAPE}=1", "no such parameter"),
    ],
)
def test_a_parameter_that_cannot_be(place, given, says):
    said = parameters(paths.ROOT / "notebooks" / "scheming.ipynb", given)
    assert says in said, said
    assert not refusals.contents(place)


@pytest.mark.parametrize("text", ["", "# no notebook", "[]", '{"cells": 3}', '{"cells": []}'])
def test_what_is_no_notebook(place, text):
    (place / "some.ipynb").write_text(text)
    assert "some.ipynb" in parameters(place / "some.ipynb", "seed=1")
    assert "gone.ipynb" in parameters(place / "gone.ipynb", "seed=1")
    assert [path.name for path in place.iterdir()] == ["some.ipynb"]


def run_file() -> dict:
    run = estimates.Run(STUDY, 1, {"profile": "quick", "seed": 0})
    run.estimate(
        *("one",),
        claims=("A01",),
        tier="published",
        quantity="rate",
        unit="proportion",
        value=0.5,
        method="printed",
    )
    return run.file().model_dump(mode="json")


@pytest.mark.parametrize(
    ("place_of", "value", "says"),
    [
        (("estimates", 0, "tier"), "guess", "estimates.0.tier"),
        (("estimates", 0, "value"), "half", "estimates.0.value"),
        (("estimates", 0, "value"), LONG, "estimates.0.value"),
        (("estimates", 0, "unti"), "ratio", "estimates.0.unti"),
        (("estimates", 0, "id"), None, "estimates.0.id"),
        (("estimates",), [{ESCAPE: 1}] * 1000, "estimates.0.id"),
        (("study",), 3, "study"),
        (("manifest",), [], "manifest"),
        (("surprise" + OVERRIDE,), 1, "surprise\\u202e"),
    ],
)
def test_an_estimates_file_of_ones_own(tmp_path, place_of, value, says):
    content = run_file()
    inner = content
    for key in place_of[:-1]:
        inner = inner[key]
    inner[place_of[-1]] = value
    file = tmp_path / "own.json"
    file.write_text(json.dumps(content))
    with pytest.raises(ValueError, match=r"own\.json: not a readable run file") as error:
        estimates.read(file)
    refusals.fits(str(error.value))
    assert says in str(error.value)


@pytest.mark.parametrize("content", [b"", b"\xff", b"null", b"[" * 100_000, b'{"run": NaN}'])
def test_what_is_no_estimates_file(tmp_path, content):
    file = tmp_path / "own.json"
    file.write_bytes(content)
    for wrong in (file, tmp_path / "gone.json", tmp_path):
        with pytest.raises(ValueError, match="not a readable run file") as error:
            estimates.read(wrong)
        refusals.fits(str(error.value))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "the file"),
        (b"\xff\xfe", "run.json"),
        (b'{"study": "scheming"}', "model"),
        (b'{"study": "scheming", "model": "a/b", "samples": 0}', "samples"),
        (b'{"study": "scheming", "model": "c/d", "samples": 1}', "move the folder back"),
        (b'{"study": "../x", "model": "a/b", "samples": 1}', "move the folder back"),
    ],
)
def test_a_log_folder_whose_record_is_wrong(tmp_path, content, says):
    folder = tmp_path / "scheming" / paths.slug("a/b")
    folder.mkdir(parents=True)
    (folder / "run.json").write_bytes(content)
    (folder / "outcomes.csv").write_text("")
    with pytest.raises(ValueError, match=r"run\.json") as error:
        runs.pages("scheming", {}, paths.ROOT / "notebooks", tmp_path)
    refusals.fits(str(error.value))
    assert says in str(error.value)


LINE = (
    '{"id": "a1", "text": "Is 1 = 1?", "label": 1}\n{"id": "a2", "text": "Is 1 = 2?", "label": 0}\n'
)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("", "found none"),
        ("hello", "not JSON"),
        ("[1]", "not an object"),
        ("[" * 100_000, "not JSON"),
        ('{"id": "b", "text": "t", "label": 2}', "label"),
        ('{"id": "b", "text": "t", "label": "1"}', "label"),
        ('{"id": "b", "text": "", "label": 1}', "text"),
        ('{"id": "b", "txet": "t", "label": 1}', "text"),
        ('{"id": "b", "text": "t", "label": 1' + "0" * 5000 + "}", "not JSON"),
        ('{"id": "b\\u001b[31m", "text": "t", "label": 1, "x\\u202e": 1}', "a line has the"),
        ('{"id": "a", "text": "t", "label": 1}\n' * 20_000, "is also on line 1"),
        (LINE + '{"id": "' + "x" * 10_000_000 + '", "text": "t", "label": 3}', ":3: label"),
    ],
)
def test_a_data_folder_of_ones_own(tmp_path, line, says):
    for part in data.PARTS:
        (tmp_path / f"{part}.jsonl").write_text(line)
    with pytest.raises(FinetuningError, match=r"train_label\.jsonl") as error:
        data.read(tmp_path)
    said = refusals.of(lambda _: refuse(error.value), [])
    assert says in said
    (tmp_path / "train_label.jsonl").write_bytes(b"\xff")
    with pytest.raises(FinetuningError, match=r"train_label\.jsonl:1: a byte that is not UTF-8"):
        data.read(tmp_path)


def refuse(error: Exception) -> None:
    """End as the fine-tuning commands end."""
    import_module("smallprint.commands").end(str(error), 2)


def make(*variables: str) -> str:
    """The commands that make would run."""
    command = ["make", "-n", "-W", "requirements.lock", *variables]
    return subprocess.run(
        command, cwd=paths.ROOT, capture_output=True, text=True, check=True
    ).stdout


@pytest.mark.parametrize(
    ("variables", "passed"),
    [
        (("rerun", "STUDY=a b", "MODEL=x"), '"a b"'),
        (("rerun", "SAMPLES=1 2", "MODEL=x"), '--samples="1 2"'),
    ],
)
def test_a_make_variable_reaches_its_command_whole(variables, passed):
    assert passed in make(*variables)


def test_a_build_with_an_unknown_profile_stops_before_it_starts(tmp_path):
    root = tmp_path / "project"
    (root / "notebooks").mkdir(parents=True)
    shutil.copy(paths.ROOT / "Snakefile", root)
    cell = nbformat.v4.new_code_cell("profile = 'quick'\nseed = 0", metadata={"tags": [runs.TAG]})
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), root / "notebooks" / "one.ipynb")
    command = [sys.executable, "-m", "snakemake", "--cores=1", "--quiet", "rules", "reason", "host"]
    done = subprocess.run(
        [*command, "--config", "profile=qick"], cwd=root, capture_output=True, text=True
    )
    assert done.returncode
    refusals.fits(done.stderr)
    assert "parameter profile: found 'qick' (did you mean 'quick'?)" in done.stderr


def test_a_reference_is_replaced_only_when_every_run_can_be_read(tmp_path, monkeypatch):
    reference = import_module("smallprint.reference")
    monkeypatch.setattr(paths, "ESTIMATES", tmp_path)
    for study in ("believe-it-or-not", "scheming"):
        (tmp_path / study).mkdir()
    first = reference.fresh("believe-it-or-not")
    first.write_text(json.dumps(run_file()))
    said = refusals.of(reference.main, [])
    assert f"{run_id(runs.defaults(paths.ROOT / 'notebooks' / 'scheming.ipynb'))}.json" in said
    assert not list(tmp_path.glob("*/reference.json"))
