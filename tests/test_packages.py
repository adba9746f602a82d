"""The sdist and the wheel, built, installed and used as by a user."""

from __future__ import annotations

import site
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
pytestmark = pytest.mark.long


def build(source: Path, target: Path, kind: str) -> Path:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--directory", str(target), "--target", kind],
        cwd=source, check=True, capture_output=True,
    )  # fmt: skip
    (built,) = target.iterdir()
    return built


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(ROOT, tmp_path_factory.mktemp("sdist"), "sdist")


@pytest.fixture(scope="module")
def unpacked(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    (root,) = folder.iterdir()
    return root


def test_the_sdist_holds_what_a_packager_needs(unpacked: Path) -> None:
    expected = (
        "pyproject.toml",
        "README.md",
        "LICENSE",
        "SECURITY.md",
        "tests/conftest.py",
        "ocrkit/py.typed",
        "docs/index.md",
    )
    assert [name for name in expected if not (unpacked / name).is_file()] == []
    top = {path.name for path in unpacked.iterdir()}
    assert not top & {"shared", ".git", "dist", ".ci"}


def test_the_wheel_of_the_sdist_is_that_of_the_checkout(unpacked: Path, tmp_path: Path) -> None:
    names = []
    for number, source in enumerate((ROOT, unpacked)):
        with zipfile.ZipFile(build(source, tmp_path / str(number), "wheel")) as wheel:
            names.append(sorted(wheel.namelist()))
            assert wheel.testzip() is None
    assert names[0] == names[1]
    assert all(name.startswith(("ocrkit/", "ocrkit-")) for name in names[0])
    assert "ocrkit/evaluate/assets/report.css" in names[0]


def test_the_installed_wheel_reads_a_page(tmp_path: Path) -> None:
    wheel = build(ROOT, tmp_path / "dist", "wheel")
    environment = tmp_path / "environment"
    venv.create(environment, with_pip=False, symlinks=True)
    binaries = environment / ("Scripts" if sys.platform == "win32" else "bin")
    packages = next((environment / "lib").glob("python*/site-packages"))
    # The dependencies are those of this environment; its own ocrkit comes later on the path, or not at all.
    (packages / "dependencies.pth").write_text("\n".join(site.getsitepackages()))
    install = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(binaries / "python"),
        "install",
        "--no-index",
        "--no-deps",
    ]
    subprocess.run([*install, "--ignore-installed", "--quiet", str(wheel)], check=True)
    folder = tmp_path / "scans"
    folder.mkdir()
    code = "import ocrkit; print(ocrkit.__file__)"
    where = subprocess.run(
        [str(binaries / "python"), "-c", code], cwd=folder, env={}, capture_output=True, text=True, check=True
    )
    assert str(packages) in where.stdout
    read = subprocess.run(
        [str(binaries / "ocrkit"), "read", str(ROOT / "examples/letter.png")],
        cwd=folder, env={"PATH": str(binaries)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert read.returncode == 0, read.stderr
    assert len(read.stdout.split()) > 10
