"""`ocrkit batch --ray` without a cluster: what is refused, and the error without Ray."""

import subprocess
import sys

import pytest
from typer.testing import CliRunner

from ocrkit.cli import app

WITHOUT_RAY = """
import importlib.machinery, sys
found = importlib.machinery.PathFinder.find_spec
importlib.machinery.PathFinder.find_spec = classmethod(
    lambda cls, name, *rest: None if name.partition(".")[0] == "ray" else found(name, *rest)
)
sys.argv = ["ocrkit", "batch", "scans", "--out", "out", "--backend", "null", "--ray", "auto"]
from ocrkit.cli import main
main()
"""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--gpus", "0.5"], "--gpus needs --ray"),
        (["--ray", "auto", "--no-isolate"], "--ray always reads in worker processes"),
        (["--ray", ""], "--ray is empty"),
    ],
)
def test_options_that_exclude_each_other(tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "scans").mkdir()
    done = CliRunner().invoke(app, ["batch", "scans", "--out", "out", "--backend", "null", *arguments])
    assert done.exit_code == 2
    assert message in done.output


def test_without_ray_the_error_says_how_to_install_it(tmp_path):
    (tmp_path / "scans").mkdir()
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_RAY], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert done.returncode == 3
    assert done.stderr.endswith("install it with: pip install 'ocrkit[ray]'\n")
    assert "'ray[data]', which is not installed" in done.stderr
