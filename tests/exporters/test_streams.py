"""Streaming: the chunks are those of the whole document, and pages are released after they are written."""

import weakref

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocrkit.document import Document
from ocrkit.formats import export_pages, exporter, format_names
from ocrkit.geometry import Box
from ocrkit.result import Block, Line, PageFailure, PageResult, Quality, Trace, Word

# Text that looks like the layout of JSON, breaks lines, or needs more than one byte per character.
TRICKY = [
    '"pages": []',
    "a\nb",
    "a\r\nb",
    "a\u2028b\u2029c\x85d\x0be\x0cf\x1cg",
    'quo"te\\',
    "{",
    "ß中😀",
    "\x00",
    " ",
]
texts = st.sampled_from(TRICKY) | st.text()
lines = st.builds(
    Line.of, st.lists(st.builds(Word, text=texts, confidence=st.none() | st.floats(0, 1)), max_size=3)
)
pages = st.builds(
    PageResult,
    index=st.integers(0, 99), width=st.integers(1, 9999), height=st.integers(1, 9999),
    blocks=st.lists(st.builds(Block.of, st.lists(lines, max_size=2)), max_size=2).map(tuple),
    warnings=st.lists(texts).map(tuple),
    trace=st.builds(Trace, backend=texts, timings=st.dictionaries(texts, st.floats(0, 9), max_size=2)),
)  # fmt: skip
failures = st.builds(PageFailure, index=st.integers(0, 99), kind=texts, message=texts)
documents = st.builds(
    Document,
    source=st.none() | texts, page_count=st.integers(0, 99),
    failures=st.lists(failures, max_size=2).map(tuple), pages=st.lists(pages, max_size=3).map(tuple),
)  # fmt: skip

STREAMING = {
    name: exporter(name) for name in ("csv", "html", "json", "layout", "markdown", "text", "tsv")
}  # once, because finding plug-ins takes time


def page(index=0, text="text"):
    word = Word(text=text, confidence=0.5, polygon=Box(1, 2, 3, 4).polygon)
    blocks = (Block.of([Line.of([word])]),) if text else ()
    return PageResult(
        index=index,
        width=10,
        height=20,
        blocks=blocks,
        quality=Quality(mean=0.5),
        trace=Trace(backend="test"),
    )


def head_of(document):
    return document.model_copy(update={"pages": ()})


def streamed(name, document):
    return b"".join(export_pages(STREAMING[name], head_of(document), iter(document.pages)))


# ── the same bytes ──


@given(documents)
def test_the_chunks_are_the_bytes_of_the_whole_document(document):
    for name, export in STREAMING.items():
        data = streamed(name, document)
        assert data == export(document), name
        assert data.endswith(b"\n"), name
        data.decode("utf-8")
    assert streamed("text", document) == f"{document.text}\n".encode()
    data = streamed("json", document)
    assert data == f"{document.to_json(indent=2)}\n".encode()
    assert Document.from_json(data) == document


@pytest.mark.parametrize("text", TRICKY, ids=ascii)
def test_json_of_text_that_looks_like_json(text):
    """Each of them by name, because a random example may not contain it."""
    failed = PageFailure(index=1, kind="BackendError", message=text)
    document = Document(source=text, page_count=3, failures=(failed,), pages=(page(0, text), page(2, text)))
    data = streamed("json", document)
    assert data == f"{document.to_json(indent=2)}\n".encode()
    assert Document.from_json(data) == document


@pytest.mark.parametrize("failed", [(), (PageFailure(index=0, kind="BackendError", message="no"),)])
def test_a_document_without_pages(failed):
    document = Document(source="empty.pdf", page_count=1, failures=failed)
    assert streamed("json", document) == f"{document.to_json(indent=2)}\n".encode()
    assert Document.from_json(streamed("json", document)) == document
    assert streamed("text", document) == b"\n"


def test_blank_pages_are_in_json_but_leave_no_gap_in_text():
    document = Document(page_count=5, pages=tuple(page(index, "x" * (index % 2)) for index in range(5)))
    assert streamed("text", document) == b"x\n\nx\n"
    assert [each.number for each in Document.from_json(streamed("json", document)).pages] == [1, 2, 3, 4, 5]


def test_json_has_the_failures_before_the_pages():
    failed = PageFailure(index=1, kind="BackendTimeoutError", message="no answer")
    document = Document(page_count=2, failures=(failed,), pages=(page(0),))
    data = streamed("json", document)
    assert Document.from_json(data).failures == (failed,)
    assert data.index(b"no answer") < data.index(b'"width": 10')
    assert streamed("text", document) == b"text\n"


def test_an_export_does_not_change_the_document():
    document = Document(page_count=1, pages=(page(),))
    before = document.model_copy(deep=True)
    for name in format_names():
        if name != "pdf":  # needs the source, and has tests of its own
            exporter(name)(document)
    assert document == before


# ── memory ──


def tracked_pages(references):
    """Five pages. `references` gets a weak reference to each page that is consumed."""
    for index in range(5):
        one = page(index)
        references.append(weakref.ref(one))
        yield one
        del one


@pytest.mark.parametrize("name", ["json", "text"])
def test_pages_are_consumed_one_by_one(name):
    references = []
    chunks = export_pages(STREAMING[name], Document(page_count=5), tracked_pages(references))
    assert references == []
    for number in range(1, 6):
        assert next(chunks)
        assert len(references) == number
    assert b"".join(chunks)
    assert len(references) == 5


@pytest.mark.parametrize("name", STREAMING)
def test_pages_are_released_after_they_are_written(name):
    references = []
    for _ in export_pages(STREAMING[name], Document(page_count=5), tracked_pages(references)):
        assert sum(reference() is not None for reference in references) <= 2
    assert len(references) == 5


@pytest.mark.parametrize("name", ["json", "text"])
def test_an_error_of_a_page_reaches_the_caller(name):
    def failing_pages():
        yield page(0)
        raise ZeroDivisionError("page 2")

    chunks = export_pages(STREAMING[name], Document(page_count=2), failing_pages())
    assert b"text" in next(chunks)
    with pytest.raises(ZeroDivisionError, match="page 2"):
        list(chunks)


# ── third-party exporters ──


def page_numbers(document):
    """An exporter that does not stream."""
    return f"{document.source} {[each.number for each in document.pages]}".encode()


def test_a_function_gets_the_whole_document():
    document = Document(source="a.pdf", page_count=2, pages=(page(0), page(1)))
    assert list(export_pages(page_numbers, head_of(document), iter(document.pages))) == [b"a.pdf [1, 2]"]


def test_an_object_with_a_stream_gets_the_pages_one_by_one():
    class Streaming:
        def stream(self, head, pages):
            yield str(head.source).encode()
            for each in pages:
                yield f" {each.number}".encode()

        def __call__(self, document):
            raise AssertionError("the stream is preferred")

    document = Document(source="a.pdf", page_count=2, pages=(page(0), page(1)))
    assert list(export_pages(Streaming(), head_of(document), iter(document.pages))) == [
        b"a.pdf",
        b" 1",
        b" 2",
    ]
