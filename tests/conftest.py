"""What the tests need from the machine, and how many processes run them.

A test is skipped if something that it needs is not installed. With TESTS_REQUIRE=all it fails instead, except for
the programs and packages that TESTS_WITHOUT names.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib.util
import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

import ocrkit
from ocrkit import cpu

# The same examples in every run, however long they take. `pytest --hypothesis-profile=search` tries others.
settings.register_profile(
    "repeat", max_examples=50, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("search", settings.get_profile("repeat"), max_examples=500, derandomize=False)
settings.load_profile("repeat")


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """A process a CPU. Chosen tests run in this process: they are done before others would have started."""
    chosen = any("::" in argument or argument.endswith(".py") for argument in config.args)
    if chosen or config.option.keyword or getattr(config.option, "lf", False):
        return 0
    return cpu.available()


# Closed engines return their memory to the system only if glibc keeps large blocks out of its heaps, and has few heaps.
if sys.platform == "linux":
    with contextlib.suppress(OSError, AttributeError):  # other C libraries have no such function
        _glibc = ctypes.CDLL("libc.so.6")
        _glibc.mallopt(-8, 1)  # M_ARENA_MAX
        _glibc.mallopt(-3, 256 * 1024)  # M_MMAP_THRESHOLD

os.environ.setdefault("HAYSTACK_TELEMETRY_ENABLED", "False")  # it would write to the home folder


@pytest.fixture(scope="session", autouse=True)
def answers_ctrl_c() -> None:
    """A shell has a suite in the background ignore Ctrl-C, and the programs of the tests would inherit that."""
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def no_user_settings(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Without the settings and approvals of the developer who runs the tests."""
    os.environ["XDG_CONFIG_HOME"] = str(tmp_path_factory.mktemp("user"))
    os.environ["XDG_DATA_HOME"] = str(tmp_path_factory.mktemp("data"))  # and without fetched models


LATIN_FONT = Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")
CJK_FONT = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")


def _absent(what: str) -> None:
    if os.environ.get("TESTS_REQUIRE") == "all":
        pytest.fail(f"{what} is not installed, and TESTS_REQUIRE=all requires it")
    pytest.skip(f"{what} is not installed")


@pytest.fixture(scope="session")
def default_engine() -> Iterator[ocrkit.OcrBackend]:
    """The embedded engine, loaded once: an `Ocr` does not close a backend that it did not create."""
    with ocrkit.Ocr("ppocr", settings=ocrkit.Settings(threads=2)) as ocr:
        yield ocr.backend


@pytest.fixture(scope="session")
def require_program() -> Callable[[str], str]:
    """The path of a program that a test needs."""

    def require(name: str) -> str:
        found = shutil.which(name)
        if found is None and name in os.environ.get("TESTS_WITHOUT", "").split():
            pytest.skip(f"the program '{name}' cannot be installed here")
        if found is None:
            _absent(f"the program '{name}'")
        return found or name

    return require


@pytest.fixture(scope="session")
def require_module() -> Callable[[str], None]:
    """Skip a test without a package that it needs."""

    def require(name: str) -> None:
        if importlib.util.find_spec(name) is not None:
            return
        if name in os.environ.get("TESTS_WITHOUT", "").split():
            pytest.skip(f"the package '{name}' cannot be installed here")
        _absent(f"the package '{name}'")

    return require


@pytest.fixture(scope="session")
def require_font() -> Callable[[Path], Path]:
    """A font file that a test needs."""

    def require(font: Path) -> Path:
        if not font.exists():
            _absent(f"the font {font}")
        return font

    return require


@pytest.fixture(scope="session")
def cjk_font() -> str:
    """A font file with Chinese and Japanese letters."""
    if not CJK_FONT.exists():
        _absent(f"the font {CJK_FONT}")
    return str(CJK_FONT)


@pytest.fixture(scope="session")
def latin_font() -> str:
    """A font file with the accented letters of Europe, which Pillow's own font lacks."""
    if not LATIN_FONT.exists():
        _absent(f"the font {LATIN_FONT}")
    return str(LATIN_FONT)
