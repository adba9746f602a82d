"""Development tasks. Continuous integration runs `.ci/run`, which needs no nox."""

from __future__ import annotations

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
