from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

HERE = Path(__file__).parent
ENGINES = HERE.parent / "batch"  # with engines that crash and hang
sys.path += [str(HERE), str(ENGINES)]


@pytest.fixture(scope="session")
def ray_environment():
    """The environment of programs that import the engines of the tests and connect to clusters without a password."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("OCRKIT_", "RAY_"))}
    paths = [str(HERE), str(ENGINES), *filter(None, [kept.get("PYTHONPATH")])]
    return {
        **kept,
        "PYTHONPATH": os.pathsep.join(paths),
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_AUTH_MODE": "disabled",
    }


class Cluster:
    """Three nodes on this machine."""

    def __init__(self, process, said):
        self._process, self._said = process, said
        address, folder = json.loads(self._line())
        self.address, self.folder = address, Path(folder)

    def lose_a_node(self):
        self._process.stdin.write("kill\n")
        self._process.stdin.flush()
        assert self._line() == "killed"

    def _line(self):
        line = self._process.stdout.readline()
        assert line, f"the cluster has ended: {self._said.read_text()[-2000:]}"
        return line.strip()


@pytest.fixture(scope="module")
def cluster(require_module, ray_environment, tmp_path_factory):
    require_module("ray")
    said = tmp_path_factory.mktemp("cluster") / "said"
    with said.open("wb") as stderr:
        process = subprocess.Popen(
            [sys.executable, str(HERE / "cluster.py")], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=stderr, text=True, env=ray_environment, start_new_session=True,
        )  # fmt: skip
    try:
        yield Cluster(process, said)
    finally:
        process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(20)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()


@pytest.fixture
def program(tmp_path, ray_environment):
    """Starts a program of `runs.py`. Programs that still run at the end of the test are killed."""
    started = []

    def start(name, *arguments, **options):
        with (tmp_path / "said").open("w") as said:
            process = subprocess.Popen(
                [sys.executable, str(HERE / "runs.py"), name, json.dumps([arguments, options])],
                stdout=subprocess.PIPE, stderr=said, text=True, cwd=tmp_path, env=ray_environment,
            )  # fmt: skip
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.fixture
def answer(tmp_path):
    """The last line of the output of a program, as JSON."""

    def answer(process):
        lines = process.communicate()[0].splitlines()
        assert process.returncode == 0, (tmp_path / "said").read_text()
        return json.loads(lines[-1])

    return answer


@pytest.fixture
def scans(tmp_path):
    """Draws a folder of documents: TIFFs of several pages each, and PNGs with a gray corner."""

    def make(tiffs=2, pages=3, **corners):
        folder = tmp_path / "scans"
        folder.mkdir()
        chance = np.random.default_rng(7)

        def image(gray=255):
            pixels = chance.integers(0, 256, (24, 40), dtype=np.uint8)
            pixels[0, 0] = gray
            return Image.fromarray(pixels)

        for number in range(tiffs):
            first, *more = [image() for _ in range(pages)]
            first.save(folder / f"scan-{number}.tif", save_all=True, append_images=more)
        for name, gray in corners.items():
            image(gray).save(folder / f"{name}.png")
        return folder

    return make
