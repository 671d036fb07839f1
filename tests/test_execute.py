import subprocess
import sys

import nbformat
import pytest

from smallprint import execute


@pytest.fixture
def notebook(tmp_path, monkeypatch):
    """Write a notebook of the given code cells, the first tagged as parameters."""
    monkeypatch.setattr(execute, "FAILED", tmp_path / "failed")

    def write(*sources: str):
        cells = [nbformat.v4.new_code_cell(source) for source in sources]
        cells[0].metadata["tags"] = ["parameters"]
        spec = {"kernelspec": {"name": "python3", "display_name": "x", "language": "python"}}
        path = tmp_path / "study.ipynb"
        nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=spec), path)
        return path

    return write


def test_parameters_reach_the_notebook(notebook, tmp_path):
    output = tmp_path / "out" / "study.ipynb"
    execute.execute(notebook("seed = 0", "print(seed + 1)"), output, {"seed": 41})
    texts = [
        cell_output["text"]
        for cell in nbformat.read(output, as_version=4).cells
        for cell_output in cell.get("outputs", [])
    ]
    assert texts == ["42\n"]
    assert not list((tmp_path / "failed").iterdir())


def test_a_failing_cell_is_named_and_the_partial_notebook_kept(notebook, tmp_path):
    output = tmp_path / "study-out.ipynb"
    with pytest.raises(SystemExit) as failure:
        execute.execute(notebook("seed = 0", "1 / 0", "print('never')"), output, {})
    message = str(failure.value)
    assert "cell In[2] failed with ZeroDivisionError: division by zero" in message
    partial = tmp_path / "failed" / "study-out.ipynb"
    assert str(partial) in message
    assert any(
        output["output_type"] == "error"
        for cell in nbformat.read(partial, as_version=4).cells
        for output in cell.get("outputs", [])
    )
    assert not output.exists()


def test_a_killed_kernel_is_said_in_one_line(notebook, tmp_path):
    killed = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    with pytest.raises(SystemExit, match=r"study\.ipynb: the kernel was killed.*CORES=1"):
        execute.execute(notebook("seed = 0", killed), tmp_path / "study-out.ipynb", {})


def test_usage_is_one_line():
    done = subprocess.run(
        [sys.executable, "-m", "smallprint.execute", "x.ipynb"], capture_output=True, text=True
    )
    assert done.returncode == 1
    assert done.stderr.startswith("usage: ")
