"""The drawing of the house, held against the code."""

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "ocrkit"
MODULES = sorted(PACKAGE.rglob("*.py"))


def tree(path):
    return ast.parse(path.read_text())


def imported(path):
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def test_imports_flow_down():
    program = Path(sys.executable).with_name("lint-imports")
    if not program.exists() and not shutil.which("lint-imports"):
        pytest.skip("import-linter is not installed")
    done = subprocess.run(
        [program if program.exists() else "lint-imports"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_nobody_inside_imports_the_facade(path):
    names = {
        alias.name
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
        if isinstance(node, ast.Import) or node.module == "ocrkit"
    }
    assert "ocrkit" not in names
    submodules = {each.stem for each in PACKAGE.iterdir()}
    from_facade = {
        alias.name
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ImportFrom) and node.module == "ocrkit"
        for alias in node.names
    }
    assert from_facade <= submodules


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_only_programs_print_and_exit(path):
    if path.is_relative_to(PACKAGE / "cli") or path.name == "__main__.py":
        return
    if path == PACKAGE / "workers" / "child.py":
        return
    calls = {ast.unparse(node.func) for node in ast.walk(tree(path)) if isinstance(node, ast.Call)}
    assert not calls & {
        "print",
        "exit",
        "quit",
        "sys.exit",
        "os._exit",
        "sys.stdout.write",
        "sys.stderr.write",
    }


@pytest.mark.parametrize(
    "path",
    [path for path in MODULES if path.is_relative_to(PACKAGE / "backends")],
    ids=lambda path: path.stem,
)
def test_backends_neither_configure_themselves_nor_start_threads(path):
    names = set(imported(path))
    assert not any(
        name.startswith(("ocrkit.config", "ocrkit.registry", "concurrent", "multiprocessing"))
        for name in names
    )
    text = path.read_text()
    assert "os.environ[" not in text
    assert "getenv" not in text
    assert "threading.Thread(" not in text


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_room_is_too_large(path):
    assert len(path.read_text().splitlines()) <= 400


def test_there_is_no_junk_drawer():
    names = {path.stem for path in MODULES}
    assert not names & {"utils", "util", "helpers", "helper", "common", "core", "manager", "misc"}


@pytest.mark.parametrize("stage", ["sources", "preprocess", "backends", "postprocess", "exporters"])
def test_every_stage_says_what_one_is(stage):
    assert ast.get_docstring(tree(PACKAGE / stage / "base.py"))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_every_module_says_what_it_is_for(path):
    if path.read_text().strip():
        assert ast.get_docstring(tree(path))


def test_every_backend_has_its_options_its_test_and_its_page():
    from ocrkit.registry import backend_class
    from ocrkit.registry.backends import FAMILY

    for path in (PACKAGE / "backends").iterdir():
        name = path.stem
        if name.startswith("_") or name in FAMILY.skip:
            continue
        assert backend_class(name).name == name
        assert (ROOT / "tests" / "backends" / f"test_{name}.py").exists()
        assert (ROOT / "docs" / "how-to" / "backends" / f"{name}.md").exists()
