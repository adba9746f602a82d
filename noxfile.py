"""Development tasks. Continuous integration runs `.ci/run`, which needs no nox."""

from __future__ import annotations

from pathlib import Path

import nox

nox.options.sessions = ["lint", "types", "tests", "docs"]
nox.options.default_venv_backend = "venv"
nox.options.reuse_existing_virtualenvs = True


@nox.session
def lint(session: nox.Session) -> None:
    """Style, and the direction of imports."""
    session.install("-e", ".[dev]")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("lint-imports")


@nox.session
def types(session: nox.Session) -> None:
    """The library, its examples and a user's code, in mypy's strict mode."""
    session.install("-e", ".[dev]")
    session.run("mypy")


@nox.session(python=["3.10", "3.11", "3.12", "3.13"])
def tests(session: nox.Session) -> None:
    """The tests, on each supported Python that is installed."""
    session.install("-e", ".[dev]")
    session.run("pytest", *session.posargs)


@nox.session
def long(session: nox.Session) -> None:
    """The tests that `pytest` leaves out: clusters, kills, browsers, frameworks."""
    session.install("-e", ".[dev]")
    session.run("pytest", "-m", "long and not live", *session.posargs)


@nox.session
def fuzz(session: nox.Session) -> None:
    """Random and mutated files, settings and journals, for an hour."""
    session.install("-e", ".[dev]")
    session.run(
        "pytest", "-m", "long", "tests/hostile/test_fuzz.py", *session.posargs, env={"FUZZ_EXAMPLES": "20000"}
    )


@nox.session
def live(session: nox.Session) -> None:
    """Backends against the services themselves, where their keys are in the environment. It costs money."""
    session.install("-e", ".[dev]")
    session.run("pytest", "-n0", "-m", "live", "--force-enable-socket", *session.posargs)


@nox.session
def coverage(session: nox.Session) -> None:
    """The tests, with the share of the code they reach."""
    session.install("-e", ".[dev]")
    session.run("pytest", "--cov", "--cov-report=term-missing", *session.posargs)


@nox.session
def docs(session: nox.Session) -> None:
    """The site; a dead link or a missing name is an error."""
    session.install("-e", ".[dev]")
    session.run("mkdocs", "build", "--strict")


@nox.session
def bench(session: nox.Session) -> None:
    """The embedded engine beside plain rapidocr and Tesseract, on pages drawn here."""
    session.install("-e", ".[dev]")
    session.run("python", "benchmarks/engine.py", *session.posargs)


@nox.session
def throughput(session: nox.Session) -> None:
    """Whole programs on all cores: ocrkit beside its peers, which get an environment of their own."""
    session.install("-e", ".[dev]")
    peers = session.create_tmp()
    session.run("python", "-m", "venv", peers)
    python = f"{peers}/bin/python"
    session.run(
        python, "-m", "pip", "install", "--quiet",
        "pdf2image", "pytesseract", "ocrmypdf", "kreuzberg", "rapidocr", "onnxruntime", external=True,
    )  # fmt: skip
    session.run("python", "benchmarks/throughput.py", "--peers", python, *session.posargs)


@nox.session
def accuracy(session: nox.Session) -> None:
    """Characters wrong: ocrkit beside its peers, on drawn pages, or with `-- --pages DIR` on one's own."""
    session.install("-e", ".[dev]")
    peers = session.create_tmp()
    session.run("python", "-m", "venv", peers)
    python = f"{peers}/bin/python"
    session.run(
        python, "-m", "pip", "install", "--quiet",
        "pdf2image", "pytesseract", "kreuzberg", "rapidocr", "onnxruntime", external=True,
    )  # fmt: skip
    session.run("python", "benchmarks/accuracy.py", "--peers", python, *session.posargs)


@nox.session
def lock(session: nox.Session) -> None:
    """Write the versions that continuous integration installs, newest first, for all supported Pythons."""
    session.install("uv")
    path = Path(".ci/constraints.txt")
    first, *_ = path.read_text(encoding="utf-8").splitlines()
    options = "--extra dev --extra aspose-local --universal --python-version 3.10 --no-emit-index-url"
    session.run(
        "uv",
        "pip",
        "compile",
        "pyproject.toml",
        *options.split(),
        "--no-annotate",
        "--no-header",
        "--upgrade",
        "-o",
        str(path),
    )
    path.write_text(f"{first}\n{path.read_text(encoding='utf-8')}", encoding="utf-8")


@nox.session
def audit(session: nox.Session) -> None:
    """Known vulnerabilities of the locked versions. It asks a database on the network."""
    session.install("pip-audit")
    session.run("pip-audit", "-r", ".ci/constraints.txt", "--no-deps", "--disable-pip", *session.posargs)


@nox.session
def sbom(session: nox.Session) -> None:
    """The bill of materials (CycloneDX) of an installation without extras: dist/ocrkit.cdx.json."""
    installed = Path(session.create_tmp()) / "installed"  # without the program that writes it
    session.run("python", "-m", "venv", "--clear", str(installed))
    locked = {"PIP_CONSTRAINT": str(Path(".ci/constraints.txt").resolve())}
    session.run("python", "-m", "pip", "--python", str(installed), "install", ".", env=locked)
    session.install("cyclonedx-bom")
    Path("dist").mkdir(exist_ok=True)
    session.run("cyclonedx-py", "environment", "--of", "JSON", "-o", "dist/ocrkit.cdx.json", str(installed))


@nox.session
def package(session: nox.Session) -> None:
    """Build the sdist and the wheel into dist, install the wheel as a user would, and read a page."""
    session.install("hatchling")
    session.run("python", "-m", "hatchling", "build", "--directory", "dist")
    wheel = max(Path("dist").glob("*.whl"), key=lambda path: path.stat().st_mtime)
    session.install("--force-reinstall", str(wheel))
    session.run("ocrkit", "read", "examples/letter.png")
