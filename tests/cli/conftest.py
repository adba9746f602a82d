from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

ROOT = Path(__file__).parents[2]
Draw = Callable[..., str]
Program = Callable[..., "subprocess.CompletedProcess[bytes]"]
Start = Callable[..., "subprocess.Popen[bytes]"]


def _environment(**more: str) -> dict[str, str]:
    """The process's environment without any setting of ours."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OCRKIT_")}
    return {**kept, **more}


@pytest.fixture
def start(tmp_path: Path) -> Start:
    """Starts the installed `ocrkit` in the folder of the test."""

    def start(*arguments: str, stderr: int = subprocess.PIPE, **environ: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [str(Path(sys.executable).with_name("ocrkit")), *arguments],
            stdout=subprocess.PIPE,
            stderr=stderr,
            cwd=tmp_path,
            env=_environment(**environ),
        )

    return start


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """Runs the installed `ocrkit` in an empty folder."""

    def run(*arguments: str, stdin: bytes = b"", **environ: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [str(Path(sys.executable).with_name("ocrkit")), *arguments],
            input=stdin,
            capture_output=True,
            cwd=tmp_path,
            env=_environment(**environ),
            check=False,
        )

    return run


@pytest.fixture
def draw(tmp_path: Path) -> Draw:
    """Draws a small page into the folder of the test."""

    def draw(name: str, text: str = "hello") -> str:
        picture = Image.new("L", (200, 60), 255)
        ImageDraw.Draw(picture).text((20, 20), text, fill=0)
        picture.save(tmp_path / name)
        return name

    return draw


@pytest.fixture(scope="session")
def plug_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package of tests/plugin_package, built and installed as a user would, into a folder of its own."""
    source = tmp_path_factory.mktemp("source")
    for name in ("pyproject.toml", "ocrkit_parrot.py"):
        (source / name).write_bytes((ROOT / "tests/plugin_package" / name).read_bytes())
    target = tmp_path_factory.mktemp("site")
    options = ["--no-deps", "--no-build-isolation", "--no-index", "--disable-pip-version-check", "--quiet"]
    subprocess.run(
        [sys.executable, "-m", "pip", "install", *options, "--target", str(target), str(source)],
        check=True,
        capture_output=True,
    )
    return target
