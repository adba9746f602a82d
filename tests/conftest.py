"""What tests need from the machine. Absent, it skips them; with TESTS_REQUIRE=all it fails them.

What TESTS_WITHOUT names may be absent all the same: a browser is not to be had everywhere.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# The same examples in every run, however long they take. `pytest --hypothesis-profile=search` tries others.
settings.register_profile(
    "repeat", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("search", settings.get_profile("repeat"), derandomize=False)
settings.load_profile("repeat")

os.environ.setdefault("HAYSTACK_TELEMETRY_ENABLED", "False")  # else it writes to the home folder, and reports


@pytest.fixture(scope="session", autouse=True)
def no_user_settings(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Without the settings and approvals of the developer who runs the tests."""
    os.environ["XDG_CONFIG_HOME"] = str(tmp_path_factory.mktemp("user"))


LATIN_FONT = Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")
CJK_FONT = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")


def _absent(what: str) -> None:
    if os.environ.get("TESTS_REQUIRE") == "all":
        pytest.fail(f"{what} is not installed, and TESTS_REQUIRE=all wants it to be")
    pytest.skip(f"{what} is not installed")


@pytest.fixture(scope="session")
def require_program() -> Callable[[str], str]:
    """The path of a program that a test cannot do without."""

    def require(name: str) -> str:
        found = shutil.which(name)
        if found is None and name in os.environ.get("TESTS_WITHOUT", "").split():
            pytest.skip(f"the program '{name}' cannot be had here")
        if found is None:
            _absent(f"the program '{name}'")
        return found or name

    return require


@pytest.fixture(scope="session")
def require_module() -> Callable[[str], None]:
    """A package that a test cannot do without."""

    def require(name: str) -> None:
        if importlib.util.find_spec(name) is None:
            _absent(f"the package '{name}'")

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
