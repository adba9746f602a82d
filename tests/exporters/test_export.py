"""Export of documents, and formats by name, by dotted path and by suffix."""

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


def failing(document):
    raise OSError(28, "No space left on device")


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


def test_unknown_formats_and_suffixes_are_config_errors():
    with pytest.raises(ConfigError, match=r"unknown format 'markdwon'\. Did you mean 'markdown'"):
        DOCUMENT.export("markdwon")
    with pytest.raises(
        ConfigError, match=r"a\.odt: no format has the suffix '\.odt'; name the format.*markdown"
    ):
        DOCUMENT.save("a.odt")
    with pytest.raises(ConfigError, match=r"a: the file name has no suffix"):
        DOCUMENT.save("a")


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


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("a.txt", "text"), ("a.text", "text"), (".md", "markdown"), ("A.MARKDOWN", "markdown"), ("a.b.json", "json"),
        ("a.layout.txt", "layout"), ("a.layout", "layout"), ("a.html", "html"), ("a.csv", "csv"), ("a.tsv", "tsv"),
        ("json", None), ("a.xml", None), ("a.md.bak", None), ("", None),
    ],
)  # fmt: skip
def test_the_suffix_of_a_file_name_selects_the_format(name, found):
    assert format_of_suffix(name) == found


def test_every_format_is_found_by_its_own_suffix():
    for name in format_names():
        assert format_of_suffix(f"letter{suffix_of(name)}") == name


def test_every_format_has_its_own_suffix():
    names = format_names()
    assert {"json", "text"} <= {*names}
    assert len({suffix_of(name) for name in names}) == len(names)


@pytest.mark.parametrize(
    ("name", "suffix"),
    [
        ("text", ".txt"), ("json", ".json"), ("markdown", ".md"), ("hocr", ".hocr"), ("pdf", ".pdf"),
        ("alto", ".alto.xml"), ("page", ".page.xml"), ("own.formats:csv", ".csv"), ("own.formats:Tables.xlsx", ".xlsx"),
    ],
)  # fmt: skip
def test_suffixes_of_formats(name, suffix):
    assert suffix_of(name) == suffix


def test_a_format_may_be_a_dotted_path():
    assert exporter("ocrkit.exporters.text:export")(DOCUMENT) == b"text\n"
    assert DOCUMENT.export("ocrkit.exporters.text:export") == b"text\n"
    assert suffix_of("ocrkit.exporters.text:export") == ".export"


def test_a_format_that_is_not_a_function_is_a_config_error():
    with pytest.raises(ConfigError, match="must be a function from a document to bytes, not a str"):
        exporter("ocrkit.exporters.json:_EMPTY_PAGES")
