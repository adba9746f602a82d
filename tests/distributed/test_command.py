"""`ocrkit batch --ray` before there is any cluster: what is refused, and what it says without Ray."""

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
        (["--gpus", "0.5"], "--gpus belongs to --ray"),
        (["--ray", "auto", "--no-isolate"], "--ray reads in processes of their own"),
        (["--ray", ""], "--ray is empty"),
    ],
)
def test_what_does_not_go_together(tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "scans").mkdir()
    done = CliRunner().invoke(app, ["batch", "scans", "--out", "out", "--backend", "null", *arguments])
    assert done.exit_code == 2
    assert message in done.output


def test_without_ray_it_says_how_to_get_it(tmp_path):
    (tmp_path / "scans").mkdir()
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_RAY], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert done.returncode == 3
    assert done.stderr.endswith("install it with: pip install 'ocrkit[ray]'\n")
    assert "'ray[data]', which is not installed" in done.stderr
