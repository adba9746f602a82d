"""The structure of the package: the rules of `docs/explanation/architecture.md`, held against the code."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "ocrkit"
MODULES = sorted(PACKAGE.rglob("*.py"))
LONGEST_MODULE = 400
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "core", "manager", "misc"}
PRINTING = {"print", "exit", "quit", "sys.exit", "os._exit", "sys.stdout.write", "sys.stderr.write"}
CONFIGURING = ("ocrkit.config", "ocrkit.registry", "concurrent", "multiprocessing")


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(path: Path) -> Iterator[tuple[str, str | None]]:
    """The modules that a file imports, each with the name that is taken from it."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, None) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.module or "", alias.name) for alias in node.names)


def calls(path: Path) -> set[str]:
    return {ast.unparse(node.func) for node in ast.walk(tree(path)) if isinstance(node, ast.Call)}


def within(*parts: str) -> list[Path]:
    return [path for path in MODULES if path.is_relative_to(PACKAGE.joinpath(*parts))]


def listed(failures: dict[Path, object]) -> str:
    """One line for each file that breaks a rule, and what it does."""
    return "".join(f"\n{path.relative_to(ROOT)}: {what}" for path, what in failures.items())


def test_the_drawing_shows_every_module_and_the_layers_of_the_contract() -> None:
    drawing = (ROOT / "docs/explanation/architecture.md").read_text(encoding="utf-8")
    drawn = set(re.findall(r"^[├└]── (\w+)(?:\.py|/)? ", drawing, re.MULTILINE)) - {"__init__"}
    modules = {
        path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    assert drawn == {name for name in modules if not name.startswith("__")}
    contract = (ROOT / "pyproject.toml").read_text(encoding="utf-8").partition('type = "layers"')[2]
    layers = re.findall(r'^  "([\w :|]+)",$', contract.partition("]\n\n")[0], re.MULTILINE)
    assert "\n".join(layers).replace(" : ", " | ") in drawing


def test_imports_flow_down() -> None:
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


def test_no_module_imports_the_facade() -> None:
    submodules = {each.stem for each in PACKAGE.iterdir()}
    failures: dict[Path, object] = {}
    for path in MODULES:
        if wrong := [
            name or module for module, name in imports(path) if module == "ocrkit" and name not in submodules
        ]:
            failures[path] = f"imports {wrong}"
    assert not failures, listed(failures)


def test_only_programs_print_and_exit() -> None:
    programs = {*within("cli"), *PACKAGE.rglob("__main__.py"), PACKAGE / "workers" / "child.py"}
    failures: dict[Path, object] = {}
    for path in MODULES:
        if path not in programs and (wrong := sorted(calls(path) & PRINTING)):
            failures[path] = f"calls {wrong}"
    assert not failures, listed(failures)


def test_backends_neither_configure_themselves_nor_start_threads() -> None:
    failures: dict[Path, object] = {}
    for path in within("backends"):
        text = path.read_text(encoding="utf-8")
        wrong = [module for module, _ in imports(path) if module.startswith(CONFIGURING)]
        wrong += [word for word in ("os.environ[", "getenv", "threading.Thread(") if word in text]
        if wrong:
            failures[path] = wrong
    assert not failures, listed(failures)


def test_no_module_is_too_long() -> None:
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES}
    failures = {path: f"{length} lines" for path, length in lengths.items() if length > LONGEST_MODULE}
    assert not failures, listed(failures)


def test_no_module_is_named_utils_or_helpers() -> None:
    assert not {path.stem for path in MODULES} & FORBIDDEN_NAMES


def test_every_stage_describes_its_interface() -> None:
    bases = [
        PACKAGE / stage / "base.py"
        for stage in ("sources", "preprocess", "backends", "postprocess", "exporters")
    ]
    failures = {path: "no docstring" for path in bases if not ast.get_docstring(tree(path))}
    assert not failures, listed(failures)


def test_every_module_has_a_docstring() -> None:
    failures = {
        path: "no docstring" for path in MODULES if tree(path).body and not ast.get_docstring(tree(path))
    }
    assert not failures, listed(failures)


def test_every_backend_has_its_options_its_test_and_its_page() -> None:
    from ocrkit.registry import BACKENDS, backend_class

    for path in (PACKAGE / "backends").iterdir():
        name = path.stem
        if name.startswith("_") or name in BACKENDS.skip:
            continue
        assert backend_class(name).name == name
        assert (ROOT / "tests" / "backends" / f"test_{name}.py").exists()
        assert (ROOT / "docs" / "how-to" / "backends" / f"{name}.md").exists()


def test_tests_stand_where_the_code_stands() -> None:
    """Tests of a package are in the folder of its name, tests of a module in `test_` and its name."""
    # The tests of the registry, of cpu and of sources cover the last ones.
    elsewhere = {"__init__", "__main__", "opencv"} | {"plugins", "cgroups", "form", "glyphs"}
    missing = []
    for path in PACKAGE.iterdir():
        name = path.stem
        if path.is_dir() and (path / "__init__.py").exists():
            missing += [name] if not any((ROOT / "tests" / name).glob("test_*.py")) else []
        elif path.suffix == ".py" and name not in elsewhere:
            missing += [name] if not (ROOT / "tests" / f"test_{name}.py").exists() else []
    assert not missing
