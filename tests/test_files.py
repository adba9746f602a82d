"""Atomic writes: a file is complete or unchanged."""

from __future__ import annotations

import stat
import sys
import types

import pytest

from ocrkit.document import Document
from ocrkit.errors import ExportError
from ocrkit.result import Block, Line, PageResult, Trace

PAGE = PageResult(width=9, height=9, blocks=(Block(lines=(Line(text="text"),)),), trace=Trace(backend="test"))
DOCUMENT = Document(page_count=1, pages=(PAGE,))


def failing(document):
    raise OSError(28, "No space left on device")


def test_a_failed_write_leaves_the_old_file_unchanged(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "own_formats", types.SimpleNamespace(failing=failing))
    path = tmp_path / "a.txt"
    path.write_text("old")
    path.chmod(0o640)
    with pytest.raises(ExportError, match=r"a\.txt: cannot be written: No space left"):
        DOCUMENT.save(path, "own_formats:failing")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
    DOCUMENT.save(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


@pytest.mark.parametrize("where", ["nowhere/a.txt", "."])
def test_a_path_that_cannot_be_written_is_an_export_error(tmp_path, where):
    with pytest.raises(ExportError, match="cannot be written"):
        DOCUMENT.save(tmp_path / where, "text")


def test_a_file_name_may_have_the_maximum_length(tmp_path):
    DOCUMENT.save(tmp_path / ("a" * 251 + ".txt"))
    assert len(list(tmp_path.iterdir())) == 1
