"""Dotted paths of steps: what they name is checked before it is imported, called or created."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from ocrkit import formats, registry
from ocrkit.errors import ConfigError
from ocrkit.plugins import PluginGroup

MODULE = """
import pathlib

class Created:
    def __init__(self, **parameters):
        pathlib.Path("ran").write_text("")

class Callable(Created):
    def __call__(self): ...

class Step:
    def __init__(self, strength=1): ...
    def __call__(self, page): return page

def without_page(*, strength=1): ...
def step(page, strength=1): return page
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "named_steps.py").write_text(MODULE)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.chdir(tmp_path)
    sys.modules.pop("named_steps", None)
    return "named_steps"


@pytest.mark.parametrize(
    "path", ["subprocess:Popen", "os:system", "builtins:exec", "runpy:run_path", "ctypes:CDLL"]
)
@pytest.mark.parametrize("group", [registry.PREPROCESS, registry.POSTPROCESS], ids=["before", "after"])
def test_the_standard_library_has_no_plug_ins(path: str, group: PluginGroup) -> None:
    with pytest.raises(ConfigError, match="standard library"):
        registry.create_chain([{path: {"args": ["touch", "ran"]}}], group)
    with pytest.raises(ConfigError, match="standard library"):
        registry.create_backend(path)
    with pytest.raises(ConfigError, match="standard library"):
        formats.exporter(path)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("Created", "has no __call__"),
        ("Callable", "first argument"),
        ("without_page", "first argument"),
        ("pathlib", "not callable"),
    ],
)
def test_what_is_no_step_is_never_called(module: str, tmp_path: Path, name: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        registry.create_step(f"{module}:{name}", {"strength": 2})
    with pytest.raises(ConfigError):
        registry.create_backend(f"{module}:{name}")
    assert not (tmp_path / "ran").exists()


def test_classes_and_functions_that_take_a_page_are_steps(module: str) -> None:
    for name in ("Step", "step"):
        assert registry.create_step(f"{module}:{name}", {"strength": 2})("a page") == "a page"
