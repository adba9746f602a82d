"""The vendor that the documentation writes: its own tests are run, and it stays as short as the page says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGE_OF_DOCS = Path(__file__).parents[3] / "docs" / "how-to" / "write-a-remote-backend.md"
LONGEST = 220

BLOCKS = re.findall(
    r"^```python\n(.*?)^```$", PAGE_OF_DOCS.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
)
BACKEND, SERVER, TESTS = BLOCKS[:3]

for block in (BACKEND, SERVER, TESTS):
    exec(compile(block, str(PAGE_OF_DOCS), "exec"), globals())


@pytest.fixture(autouse=True)
def _engine(require_program):
    require_program("tesseract")


def test_the_vendor_is_short():
    lines = sum(len(block.splitlines()) for block in (BACKEND, SERVER, TESTS))
    assert lines <= LONGEST, f"{lines} lines"
