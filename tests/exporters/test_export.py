"""A document that writes itself, and formats by the names of files."""

from __future__ import annotations

import stat
import subprocess
import sys
import types

import pytest

from ocrkit.document import Document
from ocrkit.errors import ConfigError, ExportError
from ocrkit.formats import exporter, format_names, format_of_suffix, suffix_of
from ocrkit.result import Block, Line, PageResult, Trace

PAGE = PageResult(width=9, height=9, blocks=(Block(lines=(Line(text="text"),)),), trace=Trace(backend="test"))
DOCUMENT = Document(page_count=1, pages=(PAGE,))


def broken(document):
    raise OSError(28, "No space left on device")


def test_without_a_path_it_is_bytes():
    assert DOCUMENT.export("text") == b"text\n"
    assert DOCUMENT.export("json") == exporter("json")(DOCUMENT)
    assert DOCUMENT.export("ocrkit.exporters.text:export") == b"text\n"


@pytest.mark.parametrize("name", ["text", "json", "markdown", "csv", "tsv", "html", "layout"])
def test_with_a_path_the_same_is_in_the_file(tmp_path, name):
    path = tmp_path / f"a{suffix_of(name)}"
    assert DOCUMENT.save(tmp_path / "b", name) is None
    assert DOCUMENT.save(path) is None
    assert path.read_bytes() == (tmp_path / "b").read_bytes() == DOCUMENT.export(name)
    DOCUMENT.save(str(path), "text")
    assert path.read_bytes() == b"text\n"


def test_a_file_is_whole_or_not_at_all(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "own_formats", types.SimpleNamespace(broken=broken))
    path = tmp_path / "a.txt"
    path.write_text("old")
    path.chmod(0o640)
    with pytest.raises(ExportError, match=r"a\.txt: cannot be written: No space left"):
        DOCUMENT.save(path, "own_formats:broken")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
    DOCUMENT.save(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


@pytest.mark.parametrize("where", ["nowhere/a.txt", "."])
def test_where_nothing_can_be_written(tmp_path, where):
    with pytest.raises(ExportError, match="cannot be written"):
        DOCUMENT.save(tmp_path / where, "text")


def test_a_name_may_be_as_long_as_names_can_be(tmp_path):
    DOCUMENT.save(tmp_path / ("a" * 251 + ".txt"))
    assert len(list(tmp_path.iterdir())) == 1


def test_what_is_not_said_or_not_known_is_an_error():
    with pytest.raises(ConfigError, match=r"unknown format 'markdwon'\. Did you mean 'markdown'"):
        DOCUMENT.export("markdwon")
    with pytest.raises(
        ConfigError, match=r"a\.odt: no format has the suffix '\.odt'; name the format.*markdown"
    ):
        DOCUMENT.save("a.odt")
    with pytest.raises(ConfigError, match=r"a: the file name has no suffix"):
        DOCUMENT.save("a")


def test_a_program_that_has_only_a_result_can_export_it():
    """Nothing else needs to have been imported, and importing results imports no format."""
    code = (
        "import sys; from ocrkit.document import Document\n"
        "assert not any(name.startswith(('ocrkit.registry', 'ocrkit.exporters.')) for name in sys.modules if name != 'ocrkit.exporters.base')\n"
        "print(Document.from_json(sys.argv[1]).export('text').decode(), end='')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, DOCUMENT.to_json()], capture_output=True, text=True, check=True
    )
    assert done.stdout == "text\n"


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("a.txt", "text"), ("a.text", "text"), (".md", "markdown"), ("A.MARKDOWN", "markdown"), ("a.b.json", "json"),
        ("a.layout.txt", "layout"), ("a.layout", "layout"), ("a.html", "html"), ("a.csv", "csv"), ("a.tsv", "tsv"),
        ("json", None), ("a.xml", None), ("a.md.bak", None), ("", None),
    ],
)  # fmt: skip
def test_the_format_of_a_name(name, found):
    assert format_of_suffix(name) == found


def test_every_format_is_found_by_its_own_ending():
    for name in format_names():
        assert format_of_suffix(f"letter{suffix_of(name)}") == name


@pytest.mark.parametrize(("name", "suffix"), [("alto", ".alto.xml"), ("page", ".page.xml"), ("pdf", ".pdf")])
def test_an_ending_stands_for_a_format_only_where_it_is_installed(name, suffix):
    assert suffix_of(name) == suffix
    assert format_of_suffix(f"a{suffix}") == (name if name in format_names() else None)
