"""What a fresh machine installs: the lock file and the choices of lib/bootstrap.py."""

import importlib.util
import re
from pathlib import Path

import pytest

from smallprint import paths

LOCK = (paths.ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()


@pytest.fixture
def bootstrap():
    spec = importlib.util.spec_from_file_location("bootstrap", paths.ROOT / "lib" / "bootstrap.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_lock_pins_every_package_and_names_no_host():
    wrong = [line for line in LOCK if not re.fullmatch(r"[A-Za-z0-9._-]+==[\w.!]+", line)]
    assert wrong == []


def test_the_lock_pins_torch_without_a_build_and_brings_no_cuda():
    assert [line for line in LOCK if line.startswith("torch==")] == ["torch==2.13.0"]
    assert not [line for line in LOCK if line.startswith(("nvidia", "cuda", "triton"))]


def test_everything_the_project_declares_is_locked():
    declared = (paths.ROOT / "pyproject.toml").read_text(encoding="utf-8")
    names = re.findall(r'^ {4}"([A-Za-z0-9-]+)', declared, flags=re.MULTILINE)
    locked = {line.partition("==")[0] for line in LOCK}
    assert names
    assert set(names) <= locked


@pytest.mark.parametrize(
    ("wheel", "asked", "options"),
    [
        ("torch-2.13.0+cpu-cp311-cp311-linux_x86_64.whl", None, []),
        (None, None, ["--torch-backend", "cpu"]),
        ("torch-2.13.0+cpu-cp311-cp311-linux_x86_64.whl", "cu130", ["--torch-backend", "cu130"]),
    ],
)
def test_torch_comes_from_a_wheel_at_hand_or_from_the_backend_asked_for(
    bootstrap, tmp_path, monkeypatch, wheel, asked, options
):
    monkeypatch.delenv("TORCH", raising=False)
    if asked:
        monkeypatch.setenv("TORCH", asked)
    if wheel:
        (tmp_path / wheel).touch()
    assert bootstrap.torch_options([str(tmp_path)]) == options


def test_wheels_that_pip_is_told_of_are_offered_to_uv(bootstrap, tmp_path, monkeypatch):
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    assert ["--find-links", str(tmp_path)] == bootstrap.extra_wheels()[:2]


def test_the_declared_python_is_the_one_installed(bootstrap, monkeypatch):
    monkeypatch.setattr(bootstrap.sys, "version_info", (3, 12, 0))
    with pytest.raises(SystemExit, match=r"needs Python 3\.11"):
        bootstrap.install()


def test_conda_users_get_the_same_lock():
    assert "- -r requirements.lock" in Path(paths.ROOT / "environment.yml").read_text()
