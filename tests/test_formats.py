"""Formats by name, by dotted path and by suffix."""

from __future__ import annotations

import pytest

from ocrkit.document import Document
from ocrkit.errors import ConfigError
from ocrkit.formats import exporter, format_names, format_of_suffix, suffix_of
from ocrkit.result import Block, Line, PageResult, Trace

PAGE = PageResult(width=9, height=9, blocks=(Block(lines=(Line(text="text"),)),), trace=Trace(backend="test"))
DOCUMENT = Document(page_count=1, pages=(PAGE,))


def test_unknown_formats_and_suffixes_are_config_errors():
    with pytest.raises(ConfigError, match=r"unknown format 'markdwon'\. Did you mean 'markdown'"):
        DOCUMENT.export("markdwon")
    with pytest.raises(
        ConfigError, match=r"a\.odt: no format has the suffix '\.odt'; name the format.*markdown"
    ):
        DOCUMENT.save("a.odt")
    with pytest.raises(ConfigError, match=r"a: the file name has no suffix"):
        DOCUMENT.save("a")


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
