"""Documents as bytes and files."""

from __future__ import annotations

import subprocess
import sys

import pytest

from ocrkit.document import Document
from ocrkit.formats import exporter, suffix_of
from ocrkit.result import Block, Line, PageResult, Trace

PAGE = PageResult(width=9, height=9, blocks=(Block(lines=(Line(text="text"),)),), trace=Trace(backend="test"))
DOCUMENT = Document(page_count=1, pages=(PAGE,))


def test_export_returns_bytes():
    assert DOCUMENT.export("text") == b"text\n"
    assert DOCUMENT.export("json") == exporter("json")(DOCUMENT)


@pytest.mark.parametrize("name", ["text", "json", "markdown", "csv", "tsv", "html", "layout"])
def test_save_writes_the_exported_bytes(tmp_path, name):
    path = tmp_path / f"a{suffix_of(name)}"
    assert DOCUMENT.save(tmp_path / "b", name) is None
    assert DOCUMENT.save(path) is None
    assert path.read_bytes() == (tmp_path / "b").read_bytes() == DOCUMENT.export(name)
    DOCUMENT.save(str(path), "text")
    assert path.read_bytes() == b"text\n"


def test_importing_documents_imports_no_format():
    """And exporting needs no other import."""
    code = (
        "import sys; from ocrkit.document import Document\n"
        "assert not any(name.startswith(('ocrkit.registry', 'ocrkit.exporters.')) for name in sys.modules if name != 'ocrkit.exporters.base')\n"
        "print(Document.from_json(sys.argv[1]).export('text').decode(), end='')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, DOCUMENT.to_json()], capture_output=True, text=True, check=True
    )
    assert done.stdout == "text\n"
